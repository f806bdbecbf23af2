"""What each process runs: the sessions that the node's configuration names."""

import os
from pathlib import Path
from typing import Any, Protocol

import attrs
from autobahn.twisted.wamp import ApplicationSession
from prometheus_client import CollectorRegistry
from prometheus_client.twisted import MetricsResource
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.web.resource import Resource
from twisted.web.server import Site

from auth.component import ask_about_users, make_token_reader, observe_authentications
from auth.demo_users import DemoTokens
from auth.rotating_keys_component import TokenReader
from auth.secret_store import read_secret_file
from auth.service_key_store import ServiceKeyStore
from auth.settings import AuthenticatorSettings
from auth.users import EverybodyMayComeIn
from components.contract.topics import PREFIX, Owner
from components.metrics.process import read_process
from components.metrics.transfer import pack
from components.model.errors import ConfigError
from components.runtime.node_config import containers_of
from components.runtime.private_streams import PrivateStreams
from components.runtime.settings import Settings
from components.runtime.versions import versions
from components.runtime.wiring import make_admin, make_market_data, new_epoch, start_user_directory
from components.wamp.leaving import answer_open_calls
from components.wamp.log_level import LogLevelSwitch, duration_of, level_of
from components.wamp.procedures import Caller, register_procedures
from router.component import RouterComponent
from router.garbage import spare_what_is_loaded
from router.logs import set_level

REPORT_INTERVAL_S = 1.0

_log = Logger(namespace="tapecast.runtime")


class RouterSession(ApplicationSession):
    """The session inside the router worker."""

    async def onJoin(self, _details: Any) -> None:
        """Answer and publish what the router worker owns, or let the node not start: nobody may slip in without it."""
        try:
            await self._begin()
        except ConfigError as error:
            self.config.controller.fail_start(str(error))
        except Exception:  # noqa: BLE001 - whatever it is, Crossbar would log it and listen all the same
            _log.failure("the router cannot start; this is a bug in the gateway")
            self.config.controller.fail_start("a bug in the gateway")
        else:
            return
        # Crossbar takes a component for started whose `onJoin` returns, whatever came before.
        await Deferred()

    async def _begin(self) -> None:
        settings = Settings.from_environment(os.environ)
        registry = CollectorRegistry()
        worker = self.config.controller
        tokens = self._read_tokens()
        admin = make_admin(
            self,
            worker.router_view(),
            worker.router_control(),
            settings,
            reactor,
            announce=lambda topic, payload: component.announce(topic, payload),  # noqa: PLW0108 - made below
        )
        component = RouterComponent(
            self,
            worker.router_view(),
            reactor,
            containers=containers_of(settings),
            registry=registry,
            tokens=tokens,
            versions=versions(),
            new_epoch=new_epoch,
            companion=admin,
        )
        component.tell_of(tokens.keys.parts)
        component.tell_of(worker.tls_parts)
        users = start_user_directory(settings.users, reactor)
        if users is not None:
            ask_about_users(users)
            worker.ask_about_users(users)
            component.tell_of(users.health)
        if settings.service_keys is not None:
            services = ServiceKeyStore(settings.service_keys, reactor)
            worker.let_services_in(services)
            component.tell_of(services.health)
        observe_authentications(component.count_authentication)
        worker.answer_http(component.http_answers())
        if not settings.public:
            worker.close_http_to_the_public(tokens, users or EverybodyMayComeIn())
        if settings.demo_users:
            worker.let_demo_users_in(self._demo_tokens(settings))
        worker.announce_stop(component.announce_stop)
        worker.finish_with(admin.stop)
        await admin.start()
        await component.start()
        if settings.metrics_port:
            _serve_metrics(settings, registry)

    def _demo_tokens(self, settings: Settings) -> DemoTokens:
        secret = read_secret_file(Path(self.config.extra["authenticator"]["secret_file"]))
        return DemoTokens(users=settings.demo_users, secret=secret, rules=settings.tokens.rules)

    def _read_tokens(self) -> TokenReader:
        tokens = make_token_reader(AuthenticatorSettings.from_config(self.config.extra["authenticator"]), reactor)
        tokens.keys.start()
        self.config.controller.read_tokens_with(tokens)
        self.config.controller.announce_stop(tokens.keys.stop)
        return tokens


def _serve_metrics(settings: Settings, registry: CollectorRegistry) -> None:
    root = Resource()
    root.putChild(b"metrics", MetricsResource(registry))
    site: Any = Site(root)
    reactor.listenTCP(settings.metrics_port, site, interface=settings.metrics_host)


class Slice(Protocol):
    """What a container runs."""

    async def start(self) -> None:
        """
        Begin.

        Raises:
            ConfigError: It cannot, with these settings.
        """

    async def stop(self) -> None:
        """End, with everything in its place."""

    def health(self) -> list[dict[str, object]]:
        """How its parts are: `name`, `state`, `reason`, `age_ms`."""


class ContainerSession(ApplicationSession):
    """
    The session of a container: its slice starts with it, reports once a second, and ends with it.

    Attributes:
        container: Its name.
    """

    container: str
    _slice: Slice | None = None
    _reporting: LoopingCall | None = None
    _log_level = LogLevelSwitch(reactor, set_level)

    def make(self, settings: Settings, registry: CollectorRegistry) -> Slice:
        """
        What it runs, made of the settings.

        Raises:
            ConfigError: It cannot be made of them.
        """
        raise NotImplementedError

    async def onJoin(self, _details: Any) -> None:
        """Bring the slice in, and report how it goes once a second."""
        registry = CollectorRegistry()
        try:
            running = self.make(Settings.from_environment(os.environ), registry)
            self._slice = running
            await running.start()
            await register_procedures(self, {f"{PREFIX}.{self.container}.set_log_level": self._set_log_level})
        except ConfigError as error:
            _log.critical("{container} cannot start: {error}", container=self.container, error=str(error))
            self.leave()
            return
        spare_what_is_loaded()
        self._reporting = LoopingCall(self._report, running, registry)
        self._reporting.start(REPORT_INTERVAL_S)

    def _set_log_level(self, _caller: Caller, level: object, duration_s: object) -> bool:
        self._log_level.set(level_of(level), duration_of(duration_s))
        return True

    def _report(self, running: Slice, registry: CollectorRegistry) -> None:
        reported = self.call(
            "tapecast.node.report",
            container=self.container,
            parts=running.health(),
            families=pack(registry),
            process=attrs.asdict(read_process()),
        )
        reported.addErrback(lambda failure: _log.warn("a report was not taken: {error}", error=failure.value))

    async def finish(self) -> None:
        """End in order: the slice first, then what was asked is answered, then the session."""
        await self._stop()
        if self.is_attached():
            await answer_open_calls(self)
            await self.leave()

    async def onLeave(self, _details: Any) -> None:
        """Let the slice go."""
        await self._stop()
        self.disconnect()

    async def _stop(self) -> None:
        if self._reporting is not None and self._reporting.running:
            self._reporting.stop()
        running, self._slice = self._slice, None
        if running is not None:
            await running.stop()


class MarketSession(ContainerSession):
    """The session of the container `market`."""

    container = Owner.MARKET.value

    def make(self, settings: Settings, registry: CollectorRegistry) -> Slice:
        """The market data component with its feeds."""
        return make_market_data(self, settings, reactor, registry, on_fault=self.leave)


class TradingSession(ContainerSession):
    """The session of the container `trading`."""

    container = Owner.TRADING.value

    def make(self, settings: Settings, registry: CollectorRegistry) -> Slice:
        """Accounts, the venue on paper or the intake of another, risk and bots."""
        return PrivateStreams(self, settings, reactor, registry, new_epoch=new_epoch, on_fault=self.leave)
