"""Asks Binance for the rules of instruments, again and again until it answers."""

from collections.abc import Callable, Collection

import treq
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.client import Agent
from twisted.web.http import OK

from components.marketdata.backoff import Backoff
from components.marketdata.binance.rules import (
    MAX_SYMBOLS_PER_REQUEST,
    is_unknown_symbol,
    read_rules,
    rules_path,
)
from components.marketdata.binance.streams import check_url
from components.model.errors import Unavailable, UnknownInstrument, VenueFault
from components.model.market import Instrument
from components.web.bounded_body_client import read_body

TIMEOUT_S = 10.0
MAX_BODY_BYTES = 8 * 1024 * 1024
RETRY_CAP_S = 300.0


class BinanceRulesClient:
    """
    The rules of instruments, as Binance tells them.

    For those followed from the start, a failure is reported and tried again with back-off; whoever asks waits until the
    venue answers. Others are looked up once.
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
        self._instruments = instruments
        self._url = check_url(rest_url, schemes=("https", "http"))
        self._http = treq.client.HTTPClient(Agent(reactor, connectTimeout=TIMEOUT_S))
        self._report = report
        self._backoff = Backoff(random=random, cap_s=RETRY_CAP_S)
        self._rules: tuple[Instrument, ...] | None = None if instruments else ()
        self._waiting: list[Deferred[tuple[Instrument, ...]]] = []
        self._asking: Deferred[None] | None = None
        self._looking_up: set[Deferred[tuple[Instrument, ...]]] = set()
        self._retry: IDelayedCall | None = None

    def list_instruments(self) -> "Deferred[tuple[Instrument, ...]]":
        """The rules, as soon as the venue has told them; none where it is stopped before."""
        if self._rules is not None:
            return succeed(self._rules)
        answer: Deferred[tuple[Instrument, ...]] = Deferred()
        self._waiting.append(answer)
        if self._asking is None:
            self._ask()
        return answer

    def look_up(self, instruments: Collection[str]) -> "Deferred[tuple[Instrument, ...]]":
        """
        The rules of some instruments, in the order asked.

        The Deferred fails with `UnknownInstrument` where the venue lacks one of them, and with `Unavailable` where it
        does not tell.
        """
        looking_up = ensureDeferred(self._look_up(tuple(instruments)))
        self._looking_up.add(looking_up)
        looking_up.addBoth(self._looked_up, looking_up)
        return looking_up

    def stop(self) -> None:
        """Ask no more; whoever waits gets nothing."""
        if self._retry is not None and self._retry.active():
            self._retry.cancel()
        if self._asking is not None:
            self._asking.cancel()
        for looking_up in tuple(self._looking_up):
            looking_up.cancel()
        self._answer_all()

    def _ask(self) -> None:
        self._asking = ensureDeferred(self._fetch())
        self._asking.addErrback(self._failed)

    async def _fetch(self) -> None:
        self._rules = await self._look_up(self._instruments)
        if self._retry is not None:
            self._report("instrument rules received")
        self._answer_all()

    def _failed(self, failure: Failure) -> None:
        if isinstance(failure.value, CancelledError):
            return
        self._report(f"instrument rules are not known: {_text_of(failure)}")
        self._retry = self._reactor.callLater(self._backoff.wait_after_failure_s(), self._ask)

    def _answer_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        for answer in waiting:
            answer.callback(self._rules or ())

    def _looked_up(
        self, result: "tuple[Instrument, ...] | Failure", looking_up: "Deferred[tuple[Instrument, ...]]"
    ) -> "tuple[Instrument, ...] | Failure":
        self._looking_up.discard(looking_up)
        if isinstance(result, Failure) and not isinstance(result.value, UnknownInstrument):
            return Failure(Unavailable(f"the venue does not tell the rules of instruments: {_text_of(result)}"))
        return result

    async def _look_up(self, instruments: tuple[str, ...]) -> tuple[Instrument, ...]:
        rules: dict[str, Instrument] = {}
        for start in range(0, len(instruments), MAX_SYMBOLS_PER_REQUEST):
            some = instruments[start : start + MAX_SYMBOLS_PER_REQUEST]
            told = await self._request(some)
            if told is None:
                raise _unknown(await self._find_unknown(some))
            rules.update((one.instrument_id, one) for one in told)
        for name in instruments:
            if name not in rules:
                raise _unknown(name)
        return tuple(rules[name] for name in instruments)

    async def _find_unknown(self, suspects: tuple[str, ...]) -> str:
        """The venue says that one does not exist, and not which: halve until one is left."""
        while len(suspects) > 1:
            half = suspects[: len(suspects) // 2]
            suspects = half if await self._request(half) is None else suspects[len(half) :]
        return suspects[0]

    async def _request(self, instruments: tuple[str, ...]) -> tuple[Instrument, ...] | None:
        """The rules; None where one of the instruments does not exist."""
        asked = ensureDeferred(self._get(rules_path(instruments)))
        asked.addTimeout(TIMEOUT_S, self._reactor)
        status, body = await asked
        if status == OK:
            return read_rules(body)
        if is_unknown_symbol(body):
            return None
        raise VenueFault(f"status {status}: {body[:200].decode(errors='replace')}")

    async def _get(self, path: str) -> tuple[int, bytes]:
        response = await self._http.get(self._url + path, unbuffered=True)
        return response.code, await read_body(response, most_bytes=MAX_BODY_BYTES)


def _unknown(name: str) -> UnknownInstrument:
    return UnknownInstrument(f"the venue has no instrument {name!r}")


def _text_of(failure: Failure) -> str:
    return failure.getErrorMessage() or type(failure.value).__name__
