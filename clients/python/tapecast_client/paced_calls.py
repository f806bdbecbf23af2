"""The client's own calls, not faster than the gateway takes them."""

import collections
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from tapecast_client.driver import Driver, Once
from tapecast_client.errors import ClientError, RateLimited
from tapecast_client.wamp_session import Done, WampSession

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000
BURST = 40
CALLS_PER_S = 40
"""With the burst at most 80 in any second; the gateway takes 100 points a second, and the user's calls count too."""
IN_FLIGHT = 40
"""Of the 100 that a session may have."""


@attrs.define
class CallBudget:
    """
    How many calls may be made now.

    Sans-I/O: a bucket of `BURST` calls that fills with `CALLS_PER_S`, and is empty while the gateway wants none.

    Units: nanoseconds on a clock that does not jump.
    """

    _calls: float = attrs.field(default=float(BURST), init=False)
    _filled_ns: int = attrs.field(default=0, init=False)
    _blocked_until_ns: int = attrs.field(default=0, init=False)

    def take(self, *, now_ns: int) -> bool:
        """Take one call out, where there is one."""
        if now_ns < self._blocked_until_ns:
            return False
        self._calls = min(float(BURST), self._calls + (now_ns - self._filled_ns) * CALLS_PER_S / NS_PER_S)
        self._filled_ns = now_ns
        if self._calls < 1:
            return False
        self._calls -= 1
        return True

    def block(self, *, until_ns: int) -> None:
        """The gateway wants no more before."""
        self._blocked_until_ns = max(self._blocked_until_ns, until_ns)

    def wait_s(self, *, now_ns: int) -> float:
        """How long until there is one again."""
        return max(1 / CALLS_PER_S, (self._blocked_until_ns - now_ns) / NS_PER_S)


class PacedCalls:
    """
    Calls that wait for their turn; they go with the session, and nobody hears of them then.

    Bounded by who asks: one call a topic at a time.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._budget = CallBudget()
        self._session: WampSession | None = None
        self._queue: collections.deque[Callable[[WampSession], None]] = collections.deque()
        self._in_flight = 0
        self._timer = Once(driver)

    def begin(self, session: WampSession) -> None:
        """Call on this session from now on."""
        self._session = session
        self._in_flight = 0

    def lose(self) -> None:
        """Forget what waits."""
        self._session = None
        self._queue.clear()
        self._timer.cancel()

    def call(self, procedure: str, arguments: Mapping[str, Any], done: Done) -> None:
        """Call as soon as it is its turn."""

        def make(session: WampSession) -> None:
            def answered(result: Any, error: ClientError | None) -> None:
                if session is self._session:
                    self._answered(error)
                    done(result, error)

            session.call(procedure, arguments, answered)

        self._queue.append(make)
        self._go_on()

    def _answered(self, error: ClientError | None) -> None:
        self._in_flight -= 1
        if isinstance(error, RateLimited) and error.retry_after_ms is not None:
            self._budget.block(until_ns=self._driver.now_ns() + error.retry_after_ms * NS_PER_MS)
        self._go_on()

    def _go_on(self) -> None:
        while self._session is not None and self._queue and self._in_flight < IN_FLIGHT:
            now_ns = self._driver.now_ns()
            if not self._budget.take(now_ns=now_ns):
                self._timer.set(self._budget.wait_s(now_ns=now_ns), self._go_on)
                return
            self._in_flight += 1
            self._queue.popleft()(self._session)
