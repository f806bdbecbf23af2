"""Connections that an operator ends: each really, and many of them a few in each turn of the reactor."""

from collections import deque
from collections.abc import Iterable

from twisted.internet.interfaces import IReactorTime

from components.contract.errors import Close
from router.connections import Connection

ENDED_PER_TURN = 256
"""How many are ended in one turn of the reactor, so that the others' sockets are served meanwhile."""


class Endings:
    """
    The connections of a process that are to end.

    The first few end in the next turn of the reactor, after all that is done in this one. Their peers have no say.
    """

    def __init__(self, clock: IReactorTime) -> None:
        """End nobody yet; the clock gives the turns."""
        self._clock = clock
        self._waiting: deque[tuple[Connection, Close]] = deque()

    def end(self, connections: Iterable[Connection], close: Close) -> None:
        """End these; one that is at its end by then is left alone."""
        is_idle = not self._waiting
        self._waiting.extend((connection, close) for connection in connections)
        if is_idle and self._waiting:
            self._clock.callLater(0, self._end_some)

    def _end_some(self) -> None:
        try:
            for _ in range(min(len(self._waiting), ENDED_PER_TURN)):
                connection, close = self._waiting.popleft()
                connection.end(close)
        finally:
            if self._waiting:
                self._clock.callLater(0, self._end_some)
