"""Asks Binance one thing after the other, as fast as its limits allow, the urgent first."""

import collections
from collections.abc import Callable
from typing import Any

import attrs
import treq
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred, fail
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure
from twisted.web.client import Agent
from twisted.web.http import OK

from components.marketdata.backoff import Backoff
from components.marketdata.binance.streams import check_url
from components.marketdata.binance.weight_budget import WeightBudget
from components.model.errors import VenueFault
from components.web.bounded_body_client import read_body
from components.web.failed_request_client import no_answer

TIMEOUT_S = 10.0
MAX_BODY_BYTES = 4 * 1024 * 1024
MAX_WAITING = 4096
"""Room for the books of all instruments that the pool has room for, and one request besides."""
RETRY_CAP_S = 60.0
TOO_MANY_REQUESTS = 429
BANNED = 418
"""Binance's answer to an address that went on asking after 429."""


@attrs.frozen
class _Request:
    path: str
    weight: int
    is_urgent: bool
    answer: "Deferred[bytes]"


class BinanceRequests:
    """
    Requests to Binance's REST interface, one at a time.

    A request that fails is its owner's to ask again. After a failure the next waits with back-off; after a refusal for
    too many requests the same one is asked again, once the venue allows it.

    Attributes:
        budget: What may still be spent.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        *,
        rest_url: str,
        random: Callable[[], float],
        report: Callable[[str], None],
        budget: WeightBudget | None = None,
    ) -> None:
        """
        Ask nothing yet.

        Args:
            reactor: Whose sockets and time are used.
            rest_url: Where the venue is.
            random: Gives a number from 0 up to, but not including, 1.
            report: Told in words for the operator when the venue refuses.
            budget: What may be spent; None for the venue's own limit.

        Raises:
            ConfigError: `rest_url` is no URL.
        """
        self.budget = budget or WeightBudget()
        self._reactor = reactor
        self._url = check_url(rest_url, schemes=("https", "http"))
        self._report = report
        self._http = treq.client.HTTPClient(Agent(reactor, connectTimeout=TIMEOUT_S))
        self._backoff = Backoff(random=random, cap_s=RETRY_CAP_S)
        self._urgent: collections.deque[_Request] = collections.deque()
        self._patient: collections.deque[_Request] = collections.deque()
        self._asking: Deferred[None] | None = None
        self._timer: IDelayedCall | None = None
        self._not_before_s = 0.0
        self._is_stopped = False

    def __len__(self) -> int:
        """How many wait."""
        return len(self._urgent) + len(self._patient)

    def request(self, path: str, *, weight: int, is_urgent: bool = False) -> "Deferred[bytes]":
        """
        Ask for something; the Deferred fails with what went wrong, or with VenueFault where too much waits already.

        Args:
            path: Path and query.
            weight: What it costs by the venue's documentation.
            is_urgent: Whether it goes before all that are not.
        """
        if len(self) >= MAX_WAITING:
            return fail(VenueFault(f"{MAX_WAITING} requests wait for the venue already"))
        one = _Request(path, weight, is_urgent, Deferred())
        self._queue_of(one).append(one)
        self._go_on()
        return one.answer

    def stop(self) -> None:
        """Ask no more; what waits fails with CancelledError."""
        self._is_stopped = True
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        waiting = [*self._urgent, *self._patient]
        self._urgent.clear()
        self._patient.clear()
        if self._asking is not None:
            self._asking.cancel()
        for one in waiting:
            one.answer.errback(CancelledError())

    def _queue_of(self, one: _Request) -> collections.deque[_Request]:
        return self._urgent if one.is_urgent else self._patient

    def _go_on(self) -> None:
        queue = self._urgent or self._patient
        if not queue or self._asking is not None:
            return
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        now_s = self._reactor.seconds()
        wait_s = max(self._not_before_s - now_s, self.budget.wait_s(queue[0].weight, now_s=now_s))
        if wait_s > 0:
            self._timer = self._reactor.callLater(wait_s, self._go_on)
            return
        self._ask(queue.popleft())

    def _ask(self, one: _Request) -> None:
        self.budget.spend(one.weight, now_s=self._reactor.seconds())
        fetching = ensureDeferred(self._fetch(one.path))
        fetching.addTimeout(TIMEOUT_S, self._reactor, onTimeoutCancel=no_answer(VenueFault))
        self._asking = fetching.addCallbacks(self._receive, self._fail, callbackArgs=(one,), errbackArgs=(one,))

    async def _fetch(self, path: str) -> tuple[int, bytes]:
        response = await self._http.get(self._url + path, unbuffered=True)
        now_s = self._reactor.seconds()
        used = _number(response, "X-MBX-USED-WEIGHT-1M")
        if used is not None:
            self.budget.receive_used(int(used), now_s=now_s)
        if response.code in (TOO_MANY_REQUESTS, BANNED):
            self.budget.receive_refusal(_number(response, "Retry-After"), now_s=now_s)
        return response.code, await read_body(response, most_bytes=MAX_BODY_BYTES)

    def _receive(self, answer: tuple[int, bytes], one: _Request) -> None:
        self._asking = None
        code, body = answer
        if code == OK:
            self._backoff.receive_data()
            one.answer.callback(body)
        elif code in (TOO_MANY_REQUESTS, BANNED):
            self._report(f"too many requests: the venue answered with status {code}")
            self._queue_of(one).appendleft(one)
        else:
            self._wait()
            one.answer.errback(VenueFault(f"status {code}: {body[:200].decode(errors='replace')}"))
        self._go_on()

    def _fail(self, failure: Failure, one: _Request) -> None:
        self._asking = None
        self._wait()
        one.answer.errback(CancelledError() if self._is_stopped else failure)
        self._go_on()

    def _wait(self) -> None:
        self._not_before_s = self._reactor.seconds() + self._backoff.wait_after_failure_s()


def _number(response: Any, header: str) -> float | None:
    (text,) = response.headers.getRawHeaders(header, [""])[:1]
    return float(text) if text.isascii() and text.isdecimal() else None
