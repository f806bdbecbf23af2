"""
When a service that fails is asked again: not at every occasion, and by one at first.

    CLOSED   everybody asks    -- so many failures in a row -->            OPEN
    OPEN     nobody asks       -- the wait is over, somebody would ask --> PROBING
    PROBING  one has asked     -- it fails -->                             OPEN, for twice as long
    any state                  -- an answer -->                            CLOSED
"""

import enum

import attrs

from components.contract.envelope import NS_PER_S


class BreakerState(enum.Enum):
    """Who may ask."""

    CLOSED = "closed"
    OPEN = "open"
    PROBING = "probing"


@attrs.define(kw_only=True)
class Breaker:
    """
    Keeps questions from a service that does not answer.

    Sans-I/O; times are monotonic nanoseconds. Whoever was let through says what came of it, once.

    Attributes:
        most_failures: So many in a row open it.
        first_wait_ns: How long it is open then; twice as long after each probe that fails.
        longest_wait_ns: But not longer than this.
        state: Who may ask.
    """

    most_failures: int = 5
    first_wait_ns: int = NS_PER_S
    longest_wait_ns: int = 30 * NS_PER_S
    state: BreakerState = attrs.field(default=BreakerState.CLOSED, init=False)
    _failures: int = attrs.field(default=0, init=False)
    _wait_ns: int = attrs.field(default=0, init=False)
    _ends_ns: int = attrs.field(default=0, init=False)

    def lets_through(self, *, now_ns: int) -> bool:
        """Whether one more may ask now; after a wait the first who would ask is the probe."""
        if self.state is BreakerState.OPEN and now_ns >= self._ends_ns:
            self.state = BreakerState.PROBING
            return True
        return self.state is BreakerState.CLOSED

    def receive_answer(self) -> None:
        """Take note that the service answers."""
        self.state = BreakerState.CLOSED
        self._failures = 0

    def receive_failure(self, *, now_ns: int) -> None:
        """Take note that a question came to nothing; of what was asked before it opened, nothing more follows."""
        if self.state is BreakerState.OPEN:
            return
        self._failures += 1
        if self.state is BreakerState.PROBING:
            self._open(min(self._wait_ns * 2, self.longest_wait_ns), now_ns)
        elif self._failures >= self.most_failures:
            self._open(self.first_wait_ns, now_ns)

    def _open(self, wait_ns: int, now_ns: int) -> None:
        self.state = BreakerState.OPEN
        self._wait_ns = wait_ns
        self._ends_ns = now_ns + wait_ns
