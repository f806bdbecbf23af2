"""Asks Binance for the rules of instruments, again and again until it answers."""

from collections.abc import Callable
from typing import Any, cast

import treq
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime, ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.client import Agent, ResponseDone
from twisted.web.http import OK

from components.marketdata.backoff import Backoff
from components.marketdata.binance_rules import read_rules, rules_path
from components.marketdata.binance_streams import check_url
from components.model.errors import VenueFault
from components.model.market import Instrument

TIMEOUT_S = 10.0
MAX_BODY_BYTES = 8 * 1024 * 1024
RETRY_CAP_S = 300.0


class BinanceRulesClient:
    """
    The rules of some instruments, as Binance tells them.

    A failure is reported and tried again with back-off; whoever asks waits until the venue answers.
    """

    _log = Logger(namespace="tapecast.feed.binance")

    def __init__(
        self,
        reactor: IReactorTime,
        *,
        instruments: tuple[str, ...],
        rest_url: str,
        random: Callable[[], float],
        report: Callable[[str], None],
    ) -> None:
        """
        Ask nothing yet.

        Raises:
            ConfigError: `rest_url` is no URL.
        """
        self._reactor = reactor
        self._url = check_url(rest_url, schemes=("https", "http")) + rules_path(instruments)
        self._http = treq.client.HTTPClient(Agent(reactor, connectTimeout=TIMEOUT_S))
        self._report = report
        self._backoff = Backoff(random=random, cap_s=RETRY_CAP_S)
        self._rules: tuple[Instrument, ...] = ()
        self._waiting: list[Deferred[tuple[Instrument, ...]]] = []
        self._asking: Deferred[None] | None = None
        self._retry: IDelayedCall | None = None

    def list_instruments(self) -> "Deferred[tuple[Instrument, ...]]":
        """The rules, as soon as the venue has told them; none where it is stopped before."""
        if self._rules:
            return succeed(self._rules)
        answer: Deferred[tuple[Instrument, ...]] = Deferred()
        self._waiting.append(answer)
        if self._asking is None:
            self._ask()
        return answer

    def stop(self) -> None:
        """Ask no more; whoever waits gets nothing."""
        if self._retry is not None and self._retry.active():
            self._retry.cancel()
        if self._asking is not None:
            self._asking.cancel()
        self._answer_all()

    def _ask(self) -> None:
        self._asking = ensureDeferred(self._fetch())
        self._asking.addTimeout(TIMEOUT_S, self._reactor)
        self._asking.addErrback(self._failed)

    async def _fetch(self) -> None:
        response = await self._http.get(self._url, unbuffered=True)
        body = await _read(response)
        if response.code != OK:
            raise VenueFault(f"status {response.code}: {body[:200].decode(errors='replace')}")
        self._rules = read_rules(body)
        if self._retry is not None:
            self._report("instrument rules received")
        self._answer_all()

    def _failed(self, failure: Failure) -> None:
        if isinstance(failure.value, CancelledError):
            return
        self._report(f"instrument rules are not known: {failure.getErrorMessage() or type(failure.value).__name__}")
        self._retry = self._reactor.callLater(self._backoff.wait_after_failure_s(), self._ask)

    def _answer_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        for answer in waiting:
            answer.callback(self._rules)


class _Body(Protocol):
    def __init__(self) -> None:
        self.result: Deferred[bytes] = Deferred(lambda _result: self._abort())
        self._data = b""

    def dataReceived(self, data: bytes) -> None:
        self._data += data
        if len(self._data) > MAX_BODY_BYTES:
            self._abort()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.result.called:
            return
        if len(self._data) > MAX_BODY_BYTES:
            self.result.errback(VenueFault(f"the answer is longer than {MAX_BODY_BYTES} bytes"))
        elif isinstance(reason.value, ResponseDone):
            self.result.callback(self._data)
        else:
            self.result.errback(reason)

    def _abort(self) -> None:
        cast("ITCPTransport", self.transport).abortConnection()


def _read(response: Any) -> "Deferred[bytes]":
    body = _Body()
    response.deliverBody(body)
    return body.result
