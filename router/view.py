"""This process's router as the components inside it see it."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from crossbar.router.session import RouterSession

from auth.users import ASKED_ROLES
from components.contract.errors import ErrorCode
from components.contract.roles import TOKEN_ROLES, Role
from components.model.credentials import Credential
from components.model.errors import TokenRejected
from components.model.sessions import JoinedSession
from components.wamp.router_view import LANES, Renewal, RouterFigures, SessionNews, SessionView
from router.client_connection import ClientConnection
from router.device import Device
from router.renewal import renew
from router.router import GatewayRouterFactory, role_of
from router.session import GatewayRouterSession
from router.session_limits import limits_of


class LiveRouterView:
    """The `RouterView` of a process that has one realm."""

    def __init__(self, factory: GatewayRouterFactory) -> None:
        self._factory = factory

    def find_session(self, session_id: int) -> SessionView | None:
        """A client's session that is joined now."""
        session = self._router._session_id_to_session.get(session_id)
        role = role_of(session) if isinstance(session, RouterSession) else None
        if role is None:
            return None
        transport = session._transport
        serializer = getattr(transport, "_serializer", None)
        outbox = getattr(transport, "outbox", None)
        return SessionView(
            session_id=session_id,
            user_id=session._authid,
            role=role,
            expires_at=session.expires_at,
            serializer=serializer and serializer.SERIALIZER_ID,
            subscriptions=len(self._router._broker._session_to_subscriptions.get(session, ())),
            connection=outbox and outbox.figures(self._factory.turn.clock_ns()),
            device=_body(session.device),
            limits=self._limits_of(session, role),
        )

    def list_sessions(self, user_ids: Iterable[str]) -> list[JoinedSession]:
        """The sessions of some users that are joined now, with a token."""
        sessions = self._router._authid_to_sessions
        return [
            JoinedSession(session_id=one._session_id, user_id=user_id, joined_ns=one.joined_ns)
            for user_id in user_ids
            for one in sessions.get(user_id, ())
            if isinstance(one, GatewayRouterSession) and role_of(one) in TOKEN_ROLES and one.expires_at is not None
        ]

    def set_pace(self, session_id: int, *, max_hz: float | None, background: bool) -> None:
        """Send a session so many events a second and conflated topic; in background hold its gapped topics."""
        session = self._router._session_id_to_session.get(session_id)
        outbox = getattr(session and session._transport, "outbox", None)
        if outbox is not None:
            outbox.set_pace(max_hz, background)

    def renew(self, session_id: int, credential: Credential) -> Renewal | None:
        """
        Let a session go on with another token of its user, and be of that token's role at once.

        Raises:
            TokenRejected: The operator lets nobody in with this token, or a directory is to be asked about its user,
                as it is at a join; the session is as it was.
        """
        session = self._router._session_id_to_session.get(session_id)
        if not isinstance(session, GatewayRouterSession) or session.grant is None:
            return None
        denied = self._factory.entry.denial(credential.role, credential)
        if denied is not None:
            raise TokenRejected(denied.code, denied.text)
        if self._factory.user_watch.is_asking and credential.role in ASKED_ROLES and session.standing is None:
            raise TokenRejected(ErrorCode.NOT_AUTHORIZED, "token: its user has to be asked about; join anew with it")
        return renew(session, credential)

    def watch_news(self, tell: Callable[[SessionNews], None]) -> None:
        """Hand over what users are to be told of their sessions, from now on."""
        self._factory.tell_news = tell

    def count_sessions(self) -> dict[Role, int]:
        """How many sessions are joined over a transport, by role."""
        counts = dict.fromkeys(Role, 0)
        for session in self._router._session_id_to_session.values():
            role = role_of(session)
            if role is not None and isinstance(session, RouterSession):
                counts[role] += 1
        return counts

    def count_subscribers(self, topic: str) -> int:
        """How many sessions get the events of a topic."""
        subscriptions = self._router._broker._subscription_map.match_observations(topic)
        sessions = sorted((one.observers for one in subscriptions), key=len)
        if not sessions:
            return 0
        most = sessions.pop()
        return len(most) + len(set().union(*(some - most for some in sessions)))

    def refusal_of(self, procedure: str) -> str | None:
        """What whoever calls a procedure is told while the gateway is worked on; None where it is answered."""
        return self._factory.entry.refusal_of_call(procedure)

    def figures(self) -> RouterFigures:
        """What the process has counted."""
        return self._factory.figures.read()

    def count_waiting(self) -> dict[str, int]:
        """How many messages wait for all connections together, by lane."""
        waiting = Counter(dict.fromkeys(LANES, 0))
        for connection in self._factory.connections:
            outbox: Any = connection.outbox
            if outbox.room is not None:
                waiting.update(outbox.room.waiting())
        return dict(waiting)

    @property
    def _router(self) -> Any:
        (router,) = self._factory._routers.values()
        return router

    def _limits_of(self, session: Any, role: Role) -> dict[str, object]:
        transport = session._transport
        if not isinstance(transport, ClientConnection):
            return {}
        return {
            **transport.own_limits(),
            "join_timeout_ms": round(transport.factory.join_timeout_s * 1000),
            **limits_of(self._factory.gate.limits, role, is_mobile=session.device.is_mobile, standing=session.standing),
        }


def _body(device: Device) -> dict[str, object]:
    # Of an enumeration's members not every serializer makes text.
    return {"type": device.type and device.type.value, "version": device.version, "background": device.background}
