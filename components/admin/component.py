"""What operators ask of the router worker itself: who is connected and who may be, and what was done."""

from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry

from components.admin.addresses_component import AddressesDesk
from components.admin.broadcast_component import BroadcastDesk
from components.admin.commands_component import Commands
from components.admin.keeper_component import Keeper
from components.admin.log_component import LogDesk
from components.admin.maintenance_component import MaintenanceDesk
from components.admin.operations_component import OperationsDesk
from components.admin.seams_component import AdminSeams
from components.admin.sessions_component import SessionsDesk
from components.admin.tokens_component import TokensDesk
from components.admin.trail_component import TrailDesk
from components.metrics.transfer import pack
from components.model.node_state import NodeState
from components.streams.stream import Streams
from components.wamp.procedures import register_procedures
from components.wamp.session import WampSession

FAMILIES = frozenset({"admin.alerts"})
"""Topics of the router's that go through the journal."""


class AdminComponent:
    """
    The component inside the router worker that acts for operators.

    It reaches the router through its view and its control alone. What it publishes goes through a journal of its own;
    its failure makes commands `unavailable`, and nothing else.

    Attributes:
        keeper: Keeps what operators say, and publishes.
        commands: Runs what changes something.
        families: Topic families that it publishes.
    """

    families = FAMILIES

    def __init__(
        self,
        session: WampSession,
        open_streams: Callable[[], Streams],
        seams: AdminSeams,
        *,
        registry: CollectorRegistry,
    ) -> None:
        """
        Wire it to the realm and the router; nothing happens before `start`.

        Args:
            session: Joined to the realm.
            open_streams: Makes the streams of `FAMILIES` with their journal, of the same place each time.
            seams: What else it is wired to.
            registry: Where the journal's figures are counted, and nothing else.
        """
        self._session = session
        self._registry = registry
        self.keeper = Keeper(session, open_streams, seams)
        self.commands = Commands(self.keeper, wall_clock_ns=seams.wall_clock_ns)
        self._operations = OperationsDesk(
            self.keeper, monotonic_ns=seams.monotonic_ns, wall_clock_ns=seams.wall_clock_ns
        )
        self._desks = (
            SessionsDesk(seams, self.commands),
            AddressesDesk(seams, self.keeper, self.commands),
            TokensDesk(seams, self.keeper, self.commands),
            MaintenanceDesk(seams, self.keeper, self.commands),
            BroadcastDesk(session, seams, self.commands),
            LogDesk(session, seams, self.commands),
            TrailDesk(self.keeper, self.commands),
        )

    async def start(self) -> None:
        """
        Have the router hold on to what operators have said before, and answer them from then on.

        Raises:
            ConfigError: The journal cannot be used.
        """
        await self.keeper.start()
        handlers = [item for desk in self._desks for item in desk.handlers().items()]
        await register_procedures(self._session, dict(handlers))

    async def stop(self) -> None:
        """Write what waits, and close the journal."""
        await self.keeper.stop()

    def health(self) -> list[dict[str, object]]:
        """How the journal is, as a part of the node's report."""
        return self.keeper.health()

    def observe(self, state: NodeState) -> None:
        """Tell operators what is new of how the node is."""
        self._operations.observe(state)

    def metric_families(self) -> list[dict[str, Any]]:
        """The journal's figures."""
        return pack(self._registry)

    def stream_get(self, caller: object, topic: object) -> object:
        """The whole state of one of its topics."""
        return self.keeper.stream_get(caller, topic)

    def stream_resume(self, caller: object, topic: object, epoch: object, seq: object) -> object:
        """What somebody has missed of one of its topics."""
        return self.keeper.stream_resume(caller, topic, epoch, seq)

    def stream_list(self, caller: object, prefix: object) -> object:
        """Its topics below a prefix."""
        return self.keeper.stream_list(caller, prefix)
