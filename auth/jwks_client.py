"""Fetches the keys of an issuer from its URL: now and then, and for all who wait for a new key at once."""

from collections.abc import Callable
from typing import Any

import treq
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure
from twisted.web.client import Agent
from twisted.web.http import OK

from auth.key_documents import MAX_DOCUMENT_BYTES
from auth.refresh_schedule import Demand, RefreshSchedule, read_max_age_s
from components.contract.envelope import NS_PER_S
from components.model.errors import ConfigError, ProviderFault
from components.web.bounded_body_client import read_body
from components.web.failed_request_client import cause_of, no_answer

TIMEOUT_S = 5.0
RELEASED_PER_TURN = 64
"""How many who waited go on in one turn of the reactor, so that the others' sockets are served meanwhile."""

_JSON_TYPES = ("application/json", "application/jwk-set+json")


class JwksClient:
    """
    Keeps the keys of one URL fresh.

    It asks nobody else, whatever a token or an answer says: a redirect is a failure. Proxies of the environment are
    not used. What an answer holds is for `receive` to judge.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        url: str,
        *,
        random: Callable[[], float],
        receive: Callable[[bytes], None],
        receive_failure: Callable[[str, str], None],
    ) -> None:
        """
        Ask nothing yet.

        Args:
            reactor: Whose timers and sockets it uses.
            url: Where the keys are.
            random: Gives a number from 0 up to, but not including, 1.
            receive: Takes the body of each answer; raises ConfigError where it cannot be used.
            receive_failure: Takes the reason for which there is none: one for everybody, and one for the log.
        """
        self._reactor = reactor
        self._url = url
        self._receive = receive
        self._receive_failure = receive_failure
        self._http = treq.client.HTTPClient(Agent(reactor, connectTimeout=TIMEOUT_S))
        self._schedule = RefreshSchedule(random=random)
        self._waiting: list[Deferred[None]] = []
        self._fetching: Deferred[None] | None = None
        self._timer: IDelayedCall | None = None
        self._is_stopped = False

    def start(self) -> None:
        """Begin to fetch, at once."""
        self._fetch_when_due()

    def stop(self) -> None:
        """Fetch no more; whoever waits goes on without."""
        self._is_stopped = True
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if self._fetching is not None:
            self._fetching.cancel()

    def seek(self, *, patience_s: float) -> "Deferred[None] | None":
        """
        Fetch on demand.

        Args:
            patience_s: How long to wait for it.

        Returns:
            What fires when a fetch is over, whatever came of it, or patience is; None where there was one only just.
        """
        demand = Demand.TOO_SOON if self._is_stopped else self._schedule.demand(now_ns=self._now_ns())
        if demand is Demand.TOO_SOON:
            return None
        over: Deferred[None] = Deferred()
        over.addTimeout(patience_s, self._reactor, onTimeoutCancel=lambda _result, _timeout_s: None)
        self._waiting.append(over)
        if demand is Demand.BEGIN:
            self._fetch()
        return over

    @property
    def is_fetching(self) -> bool:
        """Whether a fetch is on its way."""
        return self._fetching is not None

    def _now_ns(self) -> int:
        return int(self._reactor.seconds() * NS_PER_S)

    def _fetch_when_due(self) -> None:
        if self._schedule.begin_if_due(now_ns=self._now_ns()):
            self._fetch()
        else:
            self._wait_until_due()

    def _wait_until_due(self) -> None:
        due_ns = self._schedule.next_due_ns
        if due_ns is not None and not self._is_stopped:
            wait_s = max(0.0, due_ns / NS_PER_S - self._reactor.seconds())
            self._timer = self._reactor.callLater(wait_s, self._fetch_when_due)

    def _fetch(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        asked = self._fetching = ensureDeferred(self._ask())
        asked.addTimeout(TIMEOUT_S, self._reactor, onTimeoutCancel=no_answer(ProviderFault))
        asked.addErrback(self._fail)
        asked.addBoth(lambda _result: self._end())

    async def _ask(self) -> None:
        response: Any = await self._http.get(
            self._url,
            headers={"Accept": ", ".join(_JSON_TYPES)},
            unbuffered=True,
            allow_redirects=False,
        )
        body = await read_body(response, most_bytes=MAX_DOCUMENT_BYTES, fault=ProviderFault)
        _check_answer(response)
        self._receive(body)
        max_age_s = read_max_age_s(_header(response, "cache-control"))
        self._schedule.succeed(max_age_s, now_ns=self._now_ns())

    def _fail(self, failure: Failure) -> None:
        self._schedule.fail(now_ns=self._now_ns())
        if not self._is_stopped:
            self._receive_failure(*_reasons(failure.value))

    def _end(self) -> None:
        self._fetching = None
        self._wait_until_due()
        waited, self._waiting = self._waiting, []
        self._release(waited)

    def _release(self, waited: "list[Deferred[None]]") -> None:
        for one in waited[:RELEASED_PER_TURN]:
            if not one.called:
                one.callback(None)
        if len(waited) > RELEASED_PER_TURN:
            self._reactor.callLater(0, self._release, waited[RELEASED_PER_TURN:])


def _check_answer(response: Any) -> None:
    if 300 <= response.code < 400:  # noqa: PLR2004 - all that send somebody elsewhere
        raise ProviderFault(f"status {response.code}: it sends us elsewhere, and keys come from their own URL alone")
    if response.code != OK:
        raise ProviderFault(f"status {response.code}")
    content_type = (_header(response, "content-type") or "").partition(";")[0].strip().lower()
    if content_type not in _JSON_TYPES:
        raise ProviderFault(f"expected {' or '.join(_JSON_TYPES)}, received another type of content")


def _header(response: Any, name: str) -> str | None:
    value: str | None = response.headers.getRawHeaders(name, [None])[0]
    return value


def _reasons(error: BaseException | None) -> tuple[str, str]:
    if isinstance(error, ProviderFault):
        return str(error), str(error)
    if isinstance(error, ConfigError):
        return "the answer has no keys that can be used", str(error)
    return "it cannot be reached", cause_of(error)
