"""When one order book asks its venue for a snapshot: at once, then ever more rarely, and now and then in good times."""

import attrs

from components.contract.envelope import NS_PER_S

FIRST_WAIT_NS = 2 * NS_PER_S
LONGEST_WAIT_NS = 60 * NS_PER_S
STEADY_NS = 600 * NS_PER_S
"""A book that did not have to ask for so long has overcome whatever made it ask before."""

REFRESH_NS = 3600 * NS_PER_S
"""A book in step is compared with the venue's so often."""

_MOST_DOUBLINGS = 10


@attrs.define(kw_only=True)
class RequestPace:
    """
    The times at which one book asks for a snapshot.

    Sans-I/O. The first time is at once. Each further time waits twice as long as the one before, up to a minute, and
    that is forgotten only when the book has not had to ask for ten minutes: a book that goes wrong again and again
    asks once a minute, never in a storm.

    Units: nanoseconds on a monotonic clock.

    Attributes:
        refresh_ns: How long a book in step goes without a new snapshot.
    """

    refresh_ns: int = REFRESH_NS
    _asked: int = attrs.field(default=0, init=False)
    _next_ns: int | None = attrs.field(default=None, init=False)
    _joined_ns: int = attrs.field(default=0, init=False)

    def may_ask(self, *, now_ns: int) -> bool:
        """Whether it is time to ask; if so, it counts as asked."""
        if self._next_ns is not None and now_ns < self._next_ns:
            return False
        if self._next_ns is None or now_ns >= self._next_ns + STEADY_NS:
            self._asked = 0
        self._next_ns = now_ns + min(LONGEST_WAIT_NS, FIRST_WAIT_NS << min(self._asked, _MOST_DOUBLINGS))
        self._asked += 1
        return True

    def receive_join(self, *, now_ns: int) -> None:
        """A snapshot came that was of use."""
        self._joined_ns = now_ns

    def is_refresh_due(self, *, now_ns: int) -> bool:
        """Whether a book in step is to be compared with the venue's."""
        return now_ns >= self._joined_ns + self.refresh_ns
