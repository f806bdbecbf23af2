"""The worker processes: the router with what its own components may see of it, and the containers."""

import os
from collections.abc import Mapping
from typing import Any

from crossbar.router.session import RouterSession
from crossbar.worker.container import ContainerController
from crossbar.worker.router import RouterController

from auth.authenticator import TICKET
from components.contract.roles import Role
from components.wamp.router_view import SessionView
from router.http import Answer
from router.library_logs import paint_nothing
from router.limit_settings import LimitSettings
from router.logs import LogSettings, start_log
from router.router import GatewayRouterFactory, role_of
from router.serializers import limit_recursion
from router.session import GatewayRouterSessionFactory
from router.websocket import SAFE_OPTIONS


class GatewayContainerController(ContainerController):
    """A container that writes its own log."""

    def __init__(self, config: Any = None, reactor: Any = None, personality: Any = None) -> None:
        super().__init__(config=config, reactor=reactor, personality=personality)
        limit_recursion()
        start_log(LogSettings.from_environment(os.environ), process=config.extra.worker)


class GatewayRouterController(RouterController):
    """
    The router worker, on our own router and sessions.

    It is the `RouterView` of the components that run inside it, and keeps what answers over HTTP: a component says
    so with `answer_http` before the transports start.
    """

    router_factory_class = GatewayRouterFactory

    def __init__(self, config: Any = None, reactor: Any = None, personality: Any = None) -> None:
        super().__init__(config=config, reactor=reactor, personality=personality)
        limit_recursion()
        paint_nothing()
        start_log(LogSettings.from_environment(os.environ), process=config.extra.worker)
        self._router_factory.limit(LimitSettings.from_environment(os.environ))
        self._router_session_factory = GatewayRouterSessionFactory(self._router_factory)
        # Crossbar's own option for this passes its check and is then dropped on the way to the worker.
        self.config.extra.expose_controller = True
        self._http_answers: dict[str, Answer] = {}

    def answer_http(self, answers: Mapping[str, Answer]) -> None:
        """Answer these paths, and what is below them, from now on."""
        self._http_answers.update(answers)

    def http_answers(self) -> dict[str, Answer]:
        """What answers over HTTP."""
        return self._http_answers

    def find_session(self, session_id: int) -> SessionView | None:
        """A client's session that is joined now."""
        session = self._router._session_id_to_session.get(session_id)
        role = role_of(session) if isinstance(session, RouterSession) else None
        if role is None:
            return None
        serializer = getattr(session._transport, "_serializer", None)
        return SessionView(
            session_id=session_id,
            user_id=session._authid,
            role=role,
            # Crossbar copies what a session without a token says of itself into its authextra.
            expires_at=session._authextra["expires_at"] if session._authmethod == TICKET else None,
            serializer=serializer and serializer.SERIALIZER_ID,
            subscriptions=len(self._router._broker._session_to_subscriptions.get(session, ())),
        )

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
        return len(set().union(*(subscription.observers for subscription in subscriptions)))

    def limits(self) -> dict[str, int]:
        """What a connection may do."""
        return {
            "max_message_bytes": SAFE_OPTIONS["max_message_size"],
            "join_timeout_ms": SAFE_OPTIONS["open_handshake_timeout"],
            "ping_interval_ms": SAFE_OPTIONS["auto_ping_interval"],
        }

    @property
    def _router(self) -> Any:
        (realm,) = self.realms.values()
        return realm.router
