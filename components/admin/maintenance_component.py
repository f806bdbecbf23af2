"""`tapecast.admin.maintenance.*`: who may still come in, and what is refused, while something is worked on."""

from components.admin.administration import Act
from components.admin.arguments import message_of, reason_of, refused_of, roles_of
from components.admin.commands_component import Commands, Deed
from components.admin.keeper_component import Keeper
from components.admin.payloads import concerned_body, maintenance_body
from components.admin.seams_component import AdminSeams
from components.contract.envelope import Payload
from components.contract.topics import PREFIX
from components.wamp.procedures import Caller, Handler


class MaintenanceDesk:
    """Begin and end maintenance; `admin` can always come in, and end it."""

    def __init__(self, seams: AdminSeams, keeper: Keeper, commands: Commands) -> None:
        self._seams = seams
        self._keeper = keeper
        self._commands = commands

    def handlers(self) -> dict[str, Handler]:
        """What answers which procedure."""
        begin, end = f"{PREFIX}.admin.maintenance.begin", f"{PREFIX}.admin.maintenance.end"
        return {
            f"{PREFIX}.admin.maintenance.get": self.get,
            begin: self._commands.command(begin, self.begin),
            end: self._commands.command(end, self.end),
        }

    def get(self, _caller: Caller) -> Payload:
        """Whether there is maintenance, and what it is."""
        return maintenance_body(self._keeper.state.maintenance)

    def begin(
        self,
        caller: Caller,
        roles: object = None,
        refuse: object = None,
        message: object = None,
        reason: object = None,
    ) -> Deed:
        """
        Let these roles alone be connected, and refuse these families of procedures; said again, it is as said last.

        Raises:
            InvalidArgument: An argument does not fit.
        """
        admitted, refused, told = roles_of(roles), refused_of(refuse), message_of(message)
        act = Act(by=caller.user_id, reason=reason_of(reason), now_ns=self._seams.wall_clock_ns())
        begun = self._keeper.administration.begin_maintenance(admitted, refused, told, act)
        concerned = [one for one in self._seams.control.connected_sessions() if one.role not in admitted]
        return lambda: {**maintenance_body(begun), **concerned_body(concerned, caller.session_id)}

    def end(self, caller: Caller, reason: object = None) -> Deed:
        """
        Let everything be as ever; where there is no maintenance, nothing is changed.

        Raises:
            InvalidArgument: An argument does not fit.
        """
        act = Act(by=caller.user_id, reason=reason_of(reason), now_ns=self._seams.wall_clock_ns())
        has_ended = self._keeper.administration.end_maintenance(act)
        return lambda: {**maintenance_body(None), "ended": has_ended}
