"""This process's router as an operator moves it, through the component that speaks for one."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from components.contract.envelope import NS_PER_US
from components.contract.errors import Close
from components.contract.roles import Role
from components.model.entry import EntryRules
from components.model.paging import Place
from components.wamp.router_control import ConnectedSession
from router.broker import shown_subscription
from router.router import GatewayRouterFactory, role_of
from router.session import GatewayRouterSession


class LiveRouterControl:
    """The `RouterControl` of a process that has one realm."""

    def __init__(self, factory: GatewayRouterFactory) -> None:
        self._factory = factory

    def connected_sessions(self, behind: Place | None = None) -> Iterator[ConnectedSession]:
        """All clients' sessions that are joined now, or those behind a place, in the order in which they joined."""
        return (self._shown(session, role) for session, role in self._clients(behind))

    def subscriptions_of(self, session_id: int) -> list[str]:
        """What a session follows, sorted: topics, and patterns with `*` or a trailing dot."""
        session = self._router._session_id_to_session.get(session_id)
        return sorted(map(shown_subscription, self._held_by(session)))

    def end_sessions(self, chosen: Callable[[ConnectedSession], bool], close: Close) -> list[ConnectedSession]:
        """End the connections of the chosen sessions, from the next turn of the reactor on; whom it concerns."""
        sessions = [(self._shown(session, role), session) for session, role in self._clients()]
        concerned = [(shown, session) for shown, session in sessions if chosen(shown)]
        for _, session in concerned:
            self._factory.endings.end(session._transport, close)
        return [shown for shown, _ in concerned]

    def set_entry_rules(self, rules: EntryRules) -> None:
        """Hold from now on to what the operator has said; whoever may not be connected any more is ended."""
        entry, endings, now_ns = self._factory.entry, self._factory.endings, time.time_ns()
        entry.set(rules)
        connections: set[Any] = self._factory.connections
        for connection in connections:
            session = connection._session
            # What a session was that has left stays with its connection, until another begins.
            role = None if session._session_id is None else role_of(session)
            client = None if connection.place is None else connection.place.client
            close = entry.close_of(role, session.credential, client, now_ns=now_ns)
            if close is not None:
                endings.end(connection, close)

    def _clients(self, behind: Place | None = None) -> Iterator[tuple[GatewayRouterSession, Role]]:
        for session in list(self._router._session_id_to_session.values()):
            if not isinstance(session, GatewayRouterSession):
                continue
            if behind is not None and (session.joined_ns // NS_PER_US, session._session_id) <= behind:
                continue
            role = role_of(session)
            if role is None or role is Role.GATEWAY:
                continue
            if not session._transport.is_at_end:
                yield session, role

    def _shown(self, session: GatewayRouterSession, role: Role) -> ConnectedSession:
        transport = session._transport
        client = None if transport.place is None else transport.place.client
        return ConnectedSession(
            session_id=session._session_id,
            user_id=session._authid,
            role=role,
            address=None if client is None else str(client),
            joined_ns=session.joined_ns,
            credential=session.credential,
            subscriptions=len(self._held_by(session)),
            connection=transport.outbox.figures(self._factory.turn.clock_ns()),
        )

    def _held_by(self, session: Any) -> Any:
        return self._router._broker._session_to_subscriptions.get(session, ())

    @property
    def _router(self) -> Any:
        (router,) = self._factory._routers.values()
        return router
