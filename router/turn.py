"""One turn of the reactor: which connections got something in it, flushed together when it ends."""

import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.interfaces import IReactorTime

from components.contract.envelope import NS_PER_MS
from router.events import Publication
from router.figures import Figures

SLICE_NS = 10 * NS_PER_MS
"""How long one turn flushes before the reactor reads, and answers pings, again."""

MAX_TURN_BYTES = 1 << 16
"""When more than this is published and not flushed yet, nobody who publishes is read from until all of it is."""

_FLUSHES_BETWEEN_CLOCK_READINGS = 32


class Flushable(Protocol):
    """What has something to send when the turn ends."""

    def flush(self) -> None:
        """Send it."""


class Turn:
    """
    The connections of a process that wait for the end of the turn.

    Attributes:
        reactor: Runs the turns.
        figures: What is counted.
        clock_ns: Tells monotonic nanoseconds.
    """

    def __init__(
        self, reactor: IReactorTime, figures: Figures, clock_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self.reactor = reactor
        self.figures = figures
        self.clock_ns = clock_ns
        self._touched: deque[Flushable] = deque()
        self._published: list[tuple[Publication, int]] = []
        self._published_bytes = 0
        self._is_scheduled = False
        self._held_back: set[Any] = set()

    def touch(self, connection: Flushable) -> None:
        """Flush a connection when the turn ends."""
        self._touched.append(connection)
        if not self._is_scheduled:
            self._is_scheduled = True
            self.reactor.callLater(0, self._end)

    def note_published(self, publication: Publication, receivers: int, size_bytes: int) -> None:
        """Learn of an event that was handed to its receivers, to tell later how long it took."""
        self._published.append((publication, receivers))
        self._published_bytes += size_bytes

    def hold_back(self, publisher: Any) -> None:
        """
        Read no more from a publisher's transport while too much is on its way.

        What has been read of it is published all the same, at most one read of the socket. That bounds what a
        connection is handed at once, however many there are to be flushed, a slice in each turn.
        """
        if self._published_bytes > MAX_TURN_BYTES and self._touched and publisher not in self._held_back:
            publisher.pauseProducing()
            self._held_back.add(publisher)

    def _end(self) -> None:
        try:
            self._flush_slice()
        finally:
            self._is_scheduled = bool(self._touched)
            if self._is_scheduled:
                self.reactor.callLater(0, self._end)
            else:
                self._observe()

    def _flush_slice(self) -> None:
        touched = self._touched
        ends_ns = self.clock_ns() + SLICE_NS
        while touched:
            for _ in range(min(len(touched), _FLUSHES_BETWEEN_CLOCK_READINGS)):
                touched.popleft().flush()
            if self.clock_ns() > ends_ns:
                break

    def _observe(self) -> None:
        now_ns = self.clock_ns()
        observe = self.figures.observe_delivery
        for publication, receivers in self._published:
            observe(publication.family, now_ns - publication.published_ns, receivers)
        self._published.clear()
        self._published_bytes = 0
        while self._held_back:
            self._held_back.pop().resumeProducing()
