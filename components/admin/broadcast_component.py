"""`tapecast.admin.broadcast`: tell everyone something, or a role, or one user."""

from typing import Any

from components.admin.broadcast import Broadcast, BroadcastRate, read_broadcast
from components.admin.commands_component import Commands, Deed
from components.admin.seams_component import AdminSeams
from components.contract.envelope import Payload
from components.contract.topics import PREFIX
from components.wamp.owners import Owners
from components.wamp.procedures import Caller, Handler
from components.wamp.session import WampSession

TELL_SESSION = f"{PREFIX}.trading.tell_session"
ANNOUNCEMENT = "announcement"

_ACCOUNTS_AWAY = "the process that keeps accounts tells users, and is away; tell a role or all"


class BroadcastDesk:
    """Tell many something, as an operator says it, once that is written down."""

    def __init__(self, session: WampSession, seams: AdminSeams, commands: Commands) -> None:
        """
        Tell nothing yet.

        Args:
            session: May call what is the gateway's own.
            seams: What else it is wired to.
            commands: Runs what changes something.
        """
        self._accounts = Owners(session, away=_ACCOUNTS_AWAY)
        self._router = seams.router
        self._commands = commands
        self._announce = seams.announce
        self._wall_clock_ns = seams.wall_clock_ns
        self._rate = BroadcastRate()

    def handlers(self) -> dict[str, Handler]:
        """What answers which procedure."""
        uri = f"{PREFIX}.admin.broadcast"
        return {uri: self._commands.command(uri, self.broadcast)}

    def broadcast(
        self,
        _caller: Caller,
        message: object = None,
        type: object = None,  # noqa: A002 - as the contract calls it
        severity: object = None,
        role: object = None,
        topic_family: object = None,
        user_id: object = None,
    ) -> Deed:
        """
        Tell everyone, or whom the arguments name.

        Raises:
            InvalidArgument: An argument does not fit.
            RateLimited: There were too many within a minute.
        """
        told = read_broadcast(
            message, kind=type, severity=severity, role=role, topic_family=topic_family, user_id=user_id
        )
        self._rate.take(now_ns=self._wall_clock_ns())
        return lambda: self._tell(told) if told.user_id is None else self._tell_user(told, told.user_id)

    def _tell(self, told: Broadcast) -> Payload:
        self._announce(told.topic, told.payload())
        return self._answer(told)

    async def _tell_user(self, told: Broadcast, user_id: str) -> Payload:
        await self._accounts.ask(TELL_SESSION, user_id=user_id, event=ANNOUNCEMENT, body=told.body())
        return self._answer(told)

    def _answer(self, told: Broadcast) -> dict[str, Any]:
        return {"topic": told.topic, "subscribers": self._router.count_subscribers(told.topic)}
