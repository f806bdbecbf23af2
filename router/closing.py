"""How the connections of a stopping router end: each as soon as it has what must not be lost, all with the reason."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from components.contract.errors import SHUTDOWN
from router.connections import Connection

DRAINED_WITHIN_S = 5.0
"""How long a connection may take what must not be lost before it is closed all the same."""

GONE_WITHIN_S = 2.5
"""How long the peers may take to go once they are told: by then the last sockets have been aborted."""

LOOK_INTERVAL_S = 0.05
CLOSED_PER_TURN = 64
"""How many are looked at in one turn of the reactor, so that the others' sockets are served meanwhile."""


class Closing:
    """
    The end of all connections of a process.

    It returns when the last is gone, or when its time is over; the socket of who does not take the close frame is
    aborted by its own protocol.
    """

    def __init__(self, connections: AbstractSet[Connection], clock: IReactorTime) -> None:
        """
        End connections, as soon as `run` is called.

        Args:
            connections: Those that are open; one that is gone is taken out by its owner.
            clock: Gives the turns, and says when time is over.
        """
        self._connections = connections
        self._clock = clock
        self._told: set[Connection] = set()

    async def run(self) -> None:
        """Tell every connection, also one that comes meanwhile, and wait until they are gone."""
        drained_by_s = self._clock.seconds() + DRAINED_WITHIN_S
        while waiting := list(self._connections - self._told):
            for start in range(0, len(waiting), CLOSED_PER_TURN):
                is_late = self._clock.seconds() >= drained_by_s
                self._tell(waiting[start : start + CLOSED_PER_TURN], is_late=is_late)
                await self._pause(0)
            await self._pause(LOOK_INTERVAL_S)
        gone_by_s = self._clock.seconds() + GONE_WITHIN_S
        while self._connections and self._clock.seconds() < gone_by_s:
            await self._pause(LOOK_INTERVAL_S)

    def _tell(self, batch: Sequence[Connection], *, is_late: bool) -> None:
        for connection in batch:
            if is_late or connection.outbox.is_drained:
                self._told.add(connection)
                connection.end(SHUTDOWN)

    async def _pause(self, seconds: float) -> None:
        await deferLater(self._clock, seconds)
