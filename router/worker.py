"""The worker processes: the router with what its own components may see of it, and the containers."""

import os
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from autobahn import wamp
from autobahn.wamp.exception import ApplicationError
from crossbar.worker.container import ContainerController
from crossbar.worker.router import RouterController
from crossbar.worker.transport import RouterTransport
from twisted.internet.defer import Deferred, DeferredList
from twisted.logger import Logger

from auth.demo_users import DemoTokens
from auth.rotating_keys_component import TokenReader
from auth.service_key_store import ServiceKeyStore
from auth.users import UserDirectory
from components.wamp.deadline import comes_within
from router.closing import Closing
from router.control import LiveRouterControl
from router.demo_answers import DemoAnswers
from router.garbage import spare_what_is_loaded
from router.http import Answer
from router.http_guard import HttpGuard, OpenToAll, TokenGuard
from router.key_sign_in import end_former_services
from router.library_costs import save_library_costs
from router.limit_settings import LimitSettings
from router.logs import LogSettings, start_log
from router.router import GatewayRouterFactory
from router.serializers import limit_recursion
from router.session import GatewayRouterSessionFactory
from router.tls import NodeTls
from router.view import LiveRouterView

FINISHED_WITHIN_S = 3.0
"""How long the components of a container may take to finish."""

_log = Logger(namespace="tapecast.node")


class GatewayContainerController(ContainerController):
    """A container that writes its own log, and lets its components finish before it ends."""

    _is_finishing = False

    def __init__(self, config: Any = None, reactor: Any = None, personality: Any = None) -> None:
        super().__init__(config=config, reactor=reactor, personality=personality)
        limit_recursion()
        start_log(LogSettings.from_environment(os.environ), process=config.extra.worker)

    def shutdown(self, details: Any = None) -> None:
        """End in order, as SIGTERM asks for; Crossbar would cut the connections of the components."""
        if not self._is_finishing:
            self._is_finishing = True
            # A handler of signals runs in the middle of anything.
            self._reactor.callFromThread(lambda: Deferred.fromCoroutine(self._finish()))

    async def _finish(self) -> None:
        sessions = [component.proto._session for component in self.components.values()]
        finishing = [Deferred.fromCoroutine(session.finish()) for session in sessions if session is not None]
        for finished in finishing:
            finished.addErrback(lambda failure: _log.failure("a component could not finish", failure=failure))
        await comes_within(FINISHED_WITHIN_S, DeferredList(finishing), self._reactor)
        self.disconnect()


class GatewayRouterController(RouterController):
    """
    The router worker, on our own router and sessions.

    It keeps what answers over HTTP: a component says so with `answer_http` before the transports start. The controller
    alone says when it stops.
    """

    router_factory_class = GatewayRouterFactory

    def __init__(self, config: Any = None, reactor: Any = None, personality: Any = None) -> None:
        super().__init__(config=config, reactor=reactor, personality=personality)
        limit_recursion()
        save_library_costs()
        spare_what_is_loaded()
        start_log(LogSettings.from_environment(os.environ), process=config.extra.worker)
        self._router_factory.limit(LimitSettings.from_environment(os.environ))
        self._router_session_factory = GatewayRouterSessionFactory(self._router_factory)
        # Crossbar's own option for this passes its check and is then dropped on the way to the worker.
        self.config.extra.expose_controller = True
        self._http_answers: dict[str, Answer] = {}
        self._http_guard: HttpGuard = OpenToAll()
        self._demo_answers = DemoAnswers()
        self._tls: list[NodeTls] = []
        self._announcements: list[Callable[[], None]] = []
        self._failed_start: Deferred[Any] = Deferred()
        self._finishing: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._token_reader: TokenReader

    def shutdown(self, details: Any = None) -> None:
        """Pass over SIGTERM: who stops all processes at once, as systemd does, sends it to the controller too."""

    @wamp.register(None)  # type: ignore[untyped-decorator]
    def start_router_component(self, component_id: str, config: Any, details: Any = None) -> "Deferred[Any]":
        """
        Start a component, before the transports listen. Registered as `crossbar.worker.router.start_router_component`.

        The Deferred fails with what the component says where it cannot start: Crossbar hears of no failure of its own.
        """
        started: Deferred[Any] = super().start_router_component(component_id, config, details)
        return DeferredList(
            [started, self._failed_start], fireOnOneCallback=True, fireOnOneErrback=True, consumeErrors=True
        ).addCallbacks(lambda result: result[0], lambda failure: failure.value.subFailure)

    @wamp.register(None)  # type: ignore[untyped-decorator]
    async def stop_accepting(self, details: Any = None) -> None:
        """Listen no more, and announce the stop. Registered as `crossbar.worker.router.stop_accepting`."""
        for transport in self.transports.values():
            if transport.state == RouterTransport.STATE_STARTED:
                await transport.stop()
        for announce in self._announcements:
            announce()

    @wamp.register(None)  # type: ignore[untyped-decorator]
    async def close_and_end(self, details: Any = None) -> None:
        """Close all connections, and end this process. Registered as `crossbar.worker.router.close_and_end`."""
        await Closing(self._router_factory.connections, self._reactor).run()
        for finish in self._finishing:
            await comes_within(FINISHED_WITHIN_S, Deferred.fromCoroutine(finish()), self._reactor)
        await super().shutdown(details)

    def read_tokens_with(self, tokens: TokenReader) -> None:
        """Read the tokens of whoever joins with this, and end sessions with its leeway; before the transports start."""
        self._token_reader = tokens
        self._router_factory.token_watch.leeway_s = tokens.verifier.leeway_s

    def token_reader(self) -> TokenReader:
        """What reads tokens in this process; the authenticator, which Crossbar makes, asks for it."""
        return self._token_reader

    def ask_about_users(self, directory: UserDirectory) -> None:
        """Have sessions follow what a directory says of their users, before anybody has joined."""
        self._router_factory.user_watch.ask(directory)

    def let_services_in(self, store: ServiceKeyStore) -> None:
        """Let in whose keys are in a file, and end those whose are not any more; before the transports start."""
        self._router_factory.service_keys = lambda: store.keys
        store.start(
            on_change=lambda keys: end_former_services(
                self._router_factory.connections, keys, self._router_factory.endings
            )
        )

    def start_tls(self, certificate: Path, key: Path) -> NodeTls:
        """What encrypts the connections of a transport, from now on with the newest pair in these files."""
        tls = NodeTls(certificate, key, self._reactor)
        tls.start()
        self._tls.append(tls)
        return tls

    def tls_parts(self) -> list[dict[str, object]]:
        """How the certificates are, as parts of the node's report."""
        return [part for tls in self._tls for part in tls.health()]

    def announce_stop(self, announce: Callable[[], None]) -> None:
        """Call this when the router has begun to stop, while everyone is still connected."""
        self._announcements.append(announce)

    def fail_start(self, reason: str) -> None:
        """Have the node not start; nothing listens yet."""
        self._failed_start.errback(ApplicationError("tapecast.error.internal", reason))

    def finish_with(self, finish: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Let this end when all connections are closed, before the process does."""
        self._finishing.append(finish)

    def answer_http(self, answers: Mapping[str, Answer]) -> None:
        """Answer these paths, and what is below them, from now on."""
        self._http_answers.update(answers)

    def close_http_to_the_public(self, tokens: TokenReader, users: UserDirectory) -> None:
        """Tell of the market over HTTP to bearers of tokens alone; to be said before the transports start."""
        self._http_guard = TokenGuard(tokens=tokens, entry=self._router_factory.entry, users=users)

    def let_demo_users_in(self, tokens: DemoTokens) -> None:
        """Make tokens for demo users over HTTP; to be said before the transports start."""
        self._demo_answers = DemoAnswers(tokens)

    def demo_answers(self) -> DemoAnswers:
        """What is answered about demo users."""
        return self._demo_answers

    def http_guard(self) -> HttpGuard:
        """What decides who may ask over HTTP."""
        return self._http_guard

    def http_answers(self) -> dict[str, Answer]:
        """What answers over HTTP."""
        return self._http_answers

    def router_view(self) -> LiveRouterView:
        """The router as the components inside this process may see it."""
        return LiveRouterView(self._router_factory)

    def router_control(self) -> LiveRouterControl:
        """The router as those of them that speak for an operator move it."""
        return LiveRouterControl(self._router_factory)
