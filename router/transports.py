"""The transports that the gateway listens on: `web` for clients, `rawsocket` for its own processes."""

from typing import Any

from autobahn.twisted.resource import WebSocketResource
from crossbar.webservice.base import RouterWebService
from crossbar.worker.transport import RouterTransport, RouterWebTransport
from twisted.internet.defer import Deferred, succeed

from router.rawsocket import GatewayRawSocketFactory
from router.websocket import GatewayWebSocketFactory


class GatewayTransport(RouterTransport):
    """A transport without web paths, on our own protocols."""

    def _create_factory(self, create_paths: bool = False, ignore: Any = ()) -> "Deferred[Any]":
        sessions = self._worker.router_session_factory
        factory: Any
        if self._config["type"] == "rawsocket":
            factory = GatewayRawSocketFactory(sessions, self._config)
        else:
            factory = GatewayWebSocketFactory(sessions, self._cbdir, self._config, self._templates)
        factory.noisy = False
        return succeed((factory, None))


def create_router_transport(worker: Any, transport_id: str, config: dict[str, Any]) -> RouterTransport:
    """Make the transport that a configuration describes."""
    kind = RouterWebTransport if config["type"] == "web" else GatewayTransport
    return kind(worker, transport_id, config)


class WebSocketService:
    """WAMP over WebSocket below a path of a web transport."""

    @staticmethod
    def create(transport: Any, path: str, config: dict[str, Any]) -> Any:
        """Make the service, as Crossbar calls it."""
        factory = GatewayWebSocketFactory(
            transport.worker.router_session_factory, transport.cbdir, config, transport.templates
        )
        factory.startFactory()
        return RouterWebService(transport, path, config, WebSocketResource(factory))
