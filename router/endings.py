"""Connections that an operator ends: each really, and many of them a few in each turn of the reactor."""

from collections import deque

from twisted.internet.interfaces import IReactorTime

from components.contract.errors import Close
from router.connections import Ended

ENDED_PER_TURN = 2500
"""How many are ended in one turn of the reactor, so that the others' sockets are served meanwhile."""


class Endings:
    """
    The connections of a process that are to end.

    The first few end in the next turn of the reactor, after all that is done in this one. Their peers have no say.
    """

    def __init__(self, clock: IReactorTime) -> None:
        """End nobody yet; the clock gives the turns."""
        self._clock = clock
        self._waiting: deque[tuple[Ended, Close]] = deque()
        self._is_due = False

    def end(self, connection: Ended, close: Close) -> None:
        """End one; where it is at its end by then, it is left alone."""
        self._waiting.append((connection, close))
        if not self._is_due:
            self._is_due = True
            self._clock.callLater(0, self._end_some)

    def _end_some(self) -> None:
        try:
            for _ in range(min(len(self._waiting), ENDED_PER_TURN)):
                connection, close = self._waiting.popleft()
                connection.end(close)
        finally:
            self._is_due = bool(self._waiting)
            if self._is_due:
                self._clock.callLater(0, self._end_some)
