"""What each process runs: the sessions that the node's configuration names."""

import os
from typing import Any

from autobahn.twisted.wamp import ApplicationSession
from prometheus_client import CollectorRegistry
from prometheus_client.twisted import MetricsResource
from twisted.internet import reactor
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.web.resource import Resource
from twisted.web.server import Site

from auth.component import make_verifier, observe_authentications
from auth.settings import AuthenticatorSettings
from components.marketdata.component import MarketData
from components.metrics.transfer import pack
from components.model.errors import ConfigError
from components.runtime.settings import Settings
from components.runtime.wiring import make_market_data, new_epoch
from components.wamp.leaving import answer_open_calls
from router.component import RouterComponent

CONTAINERS = ("market",)
REPORT_INTERVAL_S = 1.0

_log = Logger(namespace="tapecast.runtime")


class RouterSession(ApplicationSession):
    """The session inside the router worker."""

    async def onJoin(self, _details: Any) -> None:
        """Answer and publish what the router worker owns, and serve its HTTP and metrics."""
        settings = Settings.from_environment(os.environ)
        registry = CollectorRegistry()
        worker = self.config.controller
        verifier = make_verifier(AuthenticatorSettings.from_config(self.config.extra["authenticator"]))
        worker.allow_leeway(verifier.leeway_s)
        component = RouterComponent(
            self,
            worker.router_view(),
            reactor,
            containers=CONTAINERS,
            registry=registry,
            verifier=verifier,
            new_epoch=new_epoch,
        )
        observe_authentications(component.count_authentication)
        worker.answer_http(component.http_answers())
        worker.announce_stop(component.announce_stop)
        await component.start()
        if settings.metrics_port:
            root = Resource()
            root.putChild(b"metrics", MetricsResource(registry))
            site: Any = Site(root)
            reactor.listenTCP(settings.metrics_port, site, interface=settings.metrics_host)


class MarketSession(ApplicationSession):
    """The session of the container `market`."""

    _market_data: MarketData | None = None
    _reporting: LoopingCall | None = None

    async def onJoin(self, _details: Any) -> None:
        """Bring the market in, and report how it goes once a second."""
        registry = CollectorRegistry()
        try:
            settings = Settings.from_environment(os.environ)
            market_data = make_market_data(self, settings, reactor, registry, on_fault=self.leave)
            self._market_data = market_data
            await market_data.start()
        except ConfigError as error:
            _log.critical("the market cannot start: {error}", error=str(error))
            self.leave()
            return
        self._reporting = LoopingCall(self._report, market_data, registry)
        self._reporting.start(REPORT_INTERVAL_S)

    def _report(self, market_data: MarketData, registry: CollectorRegistry) -> None:
        reported = self.call(
            "tapecast.node.report", container="market", parts=market_data.health(), families=pack(registry)
        )
        reported.addErrback(lambda failure: _log.warn("a report was not taken: {error}", error=failure.value))

    async def finish(self) -> None:
        """End in order: the feeds first, then what was asked is answered, then the session."""
        await self._stop()
        if self.is_attached():
            await answer_open_calls(self)
            await self.leave()

    async def onLeave(self, _details: Any) -> None:
        """Let the feeds go."""
        await self._stop()
        self.disconnect()

    async def _stop(self) -> None:
        if self._reporting is not None and self._reporting.running:
            self._reporting.stop()
        market_data, self._market_data = self._market_data, None
        if market_data is not None:
            await market_data.stop()
