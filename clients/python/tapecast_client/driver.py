"""What the cores need of an event loop; Twisted and asyncio have a driver each, and the tests a third."""

from collections.abc import Callable
from typing import Any, Protocol

TokenSource = Callable[[], Any]
"""Gives a token as text, None for no token, or something to wait for that comes to one of them."""


class Timer(Protocol):
    """Something that is due later."""

    def cancel(self) -> None:
        """It is not to happen; it has not happened yet."""


class Transport(Protocol):
    """An open connection."""

    def send(self, message: Any) -> None:
        """Send a WAMP message."""

    def close(self) -> None:
        """Close in order."""


class Attempt(Protocol):
    """One attempt at a connection, as the driver reports on it."""

    def opened(self, transport: Transport) -> None:
        """The WebSocket is open."""

    def received(self, message: Any) -> None:
        """A WAMP message came."""

    def closed(self, code: int | None, reason: str | None, error: Exception | None = None) -> None:
        """It is over, with this close code and text, or before it was open with this error."""


class Driver(Protocol):
    """An event loop, as far as the cores are concerned."""

    def now_ns(self) -> int:
        """Nanoseconds on a clock that does not jump."""

    def wall_clock_ns(self) -> int:
        """What time it is, UNIX nanoseconds."""

    def random(self) -> float:
        """A number from 0 up to, but not including, 1."""

    def schedule(self, delay_s: float, action: Callable[[], None]) -> Timer:
        """Do something later."""

    def open(self, attempt: Attempt) -> Callable[[], None]:
        """Begin to connect to the gateway; what is returned ends the attempt or the connection at once."""

    def fetch(self, source: TokenSource, done: Callable[[str | None, Exception | None], None]) -> None:
        """Get a token, waiting for it where that is needed."""

    def report(self, what: str, error: object) -> None:
        """Tell whoever reads the log of something that nobody takes care of."""


class Once:
    """A timer that can be set again and cancelled at any time."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._timer: Timer | None = None

    def set(self, delay_s: float, action: Callable[[], None]) -> None:
        """Do this later, and nothing that was set before."""
        self.cancel()

        def act() -> None:
            self._timer = None
            action()

        self._timer = self._driver.schedule(delay_s, act)

    def cancel(self) -> None:
        """Do nothing."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
