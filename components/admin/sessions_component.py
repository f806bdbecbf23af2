"""`tapecast.admin.sessions.*`: who is connected, and the end of whom an operator names."""

from components.admin.arguments import reason_of, session_id_of
from components.admin.commands_component import Commands, Deed
from components.admin.payloads import concerned_body, session_body, session_row
from components.admin.seams_component import AdminSeams
from components.admin.session_filter import SessionFilter, filter_of, named_filter
from components.contract.envelope import Payload
from components.contract.errors import KICKED
from components.contract.topics import PREFIX
from components.model.errors import InvalidArgument
from components.model.paging import page_behind, place_behind
from components.wamp.procedures import Caller, Handler
from components.wamp.router_control import ConnectedSession


class SessionsDesk:
    """Answer about clients' sessions, and end them; the gateway's own are not among them."""

    def __init__(self, seams: AdminSeams, commands: Commands) -> None:
        self._seams = seams
        self._commands = commands

    def handlers(self) -> dict[str, Handler]:
        """What answers which procedure."""
        disconnect = f"{PREFIX}.admin.sessions.disconnect"
        return {
            f"{PREFIX}.admin.sessions.list": self.list_sessions,
            f"{PREFIX}.admin.sessions.get": self.get,
            disconnect: self._commands.command(disconnect, self.disconnect),
        }

    def list_sessions(
        self,
        _caller: Caller,
        user_id: object = None,
        role: object = None,
        address: object = None,
        limit: object = None,
        after: object = None,
    ) -> Payload:
        """
        Sessions in the order in which they joined, a page at a time.

        Raises:
            InvalidArgument: An argument does not fit.
        """
        chosen = filter_of(user_id=user_id, role=role, address=address)
        sessions = filter(chosen.matches, self._seams.control.connected_sessions(place_behind(after)))
        page = page_behind(sessions, _place, limit=limit, after=after)
        now_ns = self._seams.wall_clock_ns()
        return {"sessions": [session_row(one, now_ns=now_ns) for one in page.rows], "next": page.next}

    def get(self, _caller: Caller, session: object) -> Payload:
        """
        One session with all that is known of it.

        Raises:
            InvalidArgument: It is no session's number, or none that is joined now.
        """
        found = self._find(session_id_of("session", session))
        if found is None:
            raise InvalidArgument("session", "expected one that is joined now; see admin.sessions.list")
        view = self._seams.router.find_session(found.session_id)
        topics = self._seams.control.subscriptions_of(found.session_id)
        return session_body(found, view, topics, now_ns=self._seams.wall_clock_ns())

    def disconnect(
        self,
        caller: Caller,
        session: object = None,
        user_id: object = None,
        role: object = None,
        address: object = None,
        reason: object = None,
    ) -> Deed:
        """
        End the connections of all sessions for which all holds that is said.

        The operator's own is left out, unless it is named by its number or its user.

        Raises:
            InvalidArgument: An argument does not fit, or none says whom.
        """
        chosen = named_filter(filter_of(session=session, user_id=user_id, role=role, address=address))
        reason_of(reason)

        def is_meant(one: ConnectedSession) -> bool:
            return chosen.matches(one) and (one.session_id != caller.session_id or chosen.names(one))

        return lambda: concerned_body(self._seams.control.end_sessions(is_meant, KICKED), caller.session_id)

    def _find(self, session_id: int) -> ConnectedSession | None:
        chosen = SessionFilter(session_id=session_id)
        return next(filter(chosen.matches, self._seams.control.connected_sessions()), None)


def _place(session: ConnectedSession) -> tuple[int, int]:
    return session.joined_ns, session.session_id
