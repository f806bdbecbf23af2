"""How long to wait before the next attempt at a venue that does not answer, or answers and hangs up."""

from collections.abc import Callable

import attrs


@attrs.define(kw_only=True)
class Backoff:
    """
    Waits between attempts: doubling, capped, fully jittered, and forgotten only when data has flowed.

    Sans-I/O: it is told the time and gives the wait. A connection that opens and says nothing is a failure like one
    that does not open; only `receive_data` clears the count. Two attempts are never closer than `floor_s`, whatever
    the reason for them, so that the venue's limit of attempts holds by construction.

    Units: seconds, on any clock that does not jump.

    Source: Binance spot API docs, web-socket-streams.md, "There is a limit of 300 connections per attempt every 5
        minutes per IP".

    Attributes:
        random: Gives a number from 0 up to, but not including, 1.
        floor_s: Shortest time between two attempts.
        cap_s: Longest wait.
    """

    random: Callable[[], float]
    floor_s: float = 1.0
    cap_s: float = 30.0
    _failures: int = attrs.field(default=0, init=False)
    _last_attempt_s: float | None = attrs.field(default=None, init=False)

    def wait_after_failure_s(self) -> float:
        """Count one more failure, and say how long to wait for the next attempt."""
        # Beyond 2**32 the doubling has long met any cap, and a float would overflow in the end.
        self._failures = min(self._failures + 1, 32)
        longest_s = min(self.cap_s, self.floor_s * 2.0**self._failures)
        return self.floor_s + self.random() * max(0.0, longest_s - self.floor_s)

    def wait_for_planned_s(self, *, now_s: float) -> float:
        """How long an attempt that follows no failure has to wait; as a rule not at all."""
        if self._last_attempt_s is None:
            return 0.0
        return max(0.0, self._last_attempt_s + self.floor_s - now_s)

    def receive_attempt(self, *, now_s: float) -> None:
        """Take note that an attempt begins."""
        self._last_attempt_s = now_s

    def receive_data(self) -> None:
        """Forget the failures: the venue speaks to us again."""
        self._failures = 0
