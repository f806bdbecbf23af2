"""`tapecast.admin.log.set_level`: have all processes of the node write more to their logs, or less, for a while."""

from typing import Any

from autobahn.wamp.exception import ApplicationError, TransportLost
from twisted.internet.defer import DeferredList, maybeDeferred

from components.admin.arguments import reason_of
from components.admin.commands_component import Commands, Deed
from components.admin.seams_component import AdminSeams
from components.contract.envelope import NS_PER_S, Payload, format_time
from components.contract.topics import PREFIX, Owner
from components.wamp.log_level import duration_of, level_of
from components.wamp.procedures import Caller, Handler
from components.wamp.session import WampSession

ANSWERED_WITHIN_S = 5.0
"""A process that hangs is left as it is."""


class LogDesk:
    """Set the level here and in each container; one that is away, or begins anew, has that of the settings."""

    def __init__(self, session: WampSession, seams: AdminSeams, commands: Commands) -> None:
        """
        Set nothing yet.

        Args:
            session: May call what is the gateway's own.
            seams: What else it is wired to.
            commands: Runs what changes something.
        """
        self._session = session
        self._seams = seams
        self._commands = commands

    def handlers(self) -> dict[str, Handler]:
        """What answers which procedure."""
        uri = f"{PREFIX}.admin.log.set_level"
        return {uri: self._commands.command(uri, self.set_level)}

    def set_level(
        self, _caller: Caller, level: object = None, duration_s: object = None, reason: object = None
    ) -> Deed:
        """
        Have all processes write from this level on, until the time is up.

        Raises:
            InvalidArgument: An argument does not fit.
        """
        named, seconds = level_of(level), duration_of(duration_s)
        reason_of(reason)
        return lambda: self._set(named, seconds)

    async def _set(self, level: str, duration_s: int) -> Payload:
        until_ns = self._seams.wall_clock_ns() + duration_s * NS_PER_S
        self._seams.log_level.set(level, duration_s)
        waiting = [self._ask(container, level, duration_s) for container in self._seams.containers]
        answers: Any = await DeferredList(waiting)
        processes = [Owner.ROUTER.value]
        processes += [name for name, (_, is_set) in zip(self._seams.containers, answers, strict=True) if is_set]
        away = [name for name in self._seams.containers if name not in processes]
        return {"level": level, "until": format_time(until_ns), "processes": processes, "away": away}

    def _ask(self, container: str, level: str, duration_s: int) -> Any:
        procedure = f"{PREFIX}.{container}.set_log_level"
        asked = maybeDeferred(self._session.call, procedure, level=level, duration_s=duration_s)
        asked.addTimeout(ANSWERED_WITHIN_S, self._seams.clock, onTimeoutCancel=lambda *_: False)
        return asked.addCallbacks(lambda answer: answer is not False, _is_away)


def _is_away(failure: Any) -> bool:
    failure.trap(ApplicationError, TransportLost)
    return False
