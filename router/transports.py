"""The transports that the gateway listens on: `web` or `websocket` for clients, `rawsocket` on the same machine."""

from http import HTTPStatus
from pathlib import Path
from typing import Any

from autobahn.twisted.resource import WebSocketResource
from autobahn.wamp.exception import ApplicationError
from crossbar.webservice.base import RouterWebService
from crossbar.worker.transport import RouterTransport, RouterWebTransport
from twisted.internet.defer import Deferred, succeed
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.web.server import Request

from auth.authenticator import ANONYMOUS
from components.contract.errors import ErrorCode
from components.contract.roles import Role
from router.http import NOTHING_HERE, refuse
from router.local_socket import LocalSocketFactory
from router.rawsocket import GatewayRawSocketFactory
from router.site import use_our_channel
from router.websocket import GatewayWebSocketFactory


class GatewayWebTransport(RouterWebTransport):
    """
    A transport of web paths, with our headers on all that is answered below it.

    Where its endpoint names a certificate, its connections are encrypted by us: Crossbar's own TLS knows no other
    version than 1.3, no IPv6, and no new certificate.
    """

    def __init__(self, worker: Any, transport_id: str, config: dict[str, Any]) -> None:
        super().__init__(worker, transport_id, config)
        endpoint = dict(config["endpoint"])
        self._certificate = endpoint.pop("tls", None)
        self._config = {**config, "endpoint": endpoint}

    @property
    def is_encrypted(self) -> bool:
        """Whether its connections are."""
        return self._certificate is not None

    def _create_web_factory(self, create_paths: bool = False, ignore: Any = ()) -> "Deferred[Any]":
        made: Deferred[Any] = super()._create_web_factory(create_paths, ignore)
        return made.addCallback(self._take_over)

    def _take_over(self, site_and_root: tuple[Any, Any]) -> tuple[Any, Any]:
        site, root = site_and_root
        use_our_channel(site, self._worker.router_session_factory.gate, is_encrypted=self.is_encrypted)
        if self._certificate is None:
            return site, root
        tls = self._worker.start_tls(Path(self._certificate["certificate"]), Path(self._certificate["key"]))
        encrypted = TLSMemoryBIOFactory(tls, isClient=False, wrappedFactory=site)
        encrypted.noisy = False
        return encrypted, root


class GatewayWebSocketTransport(RouterTransport):
    """A transport of WebSocket and nothing else."""

    def _create_factory(self, create_paths: bool = False, ignore: Any = ()) -> "Deferred[Any]":
        sessions = self._worker.router_session_factory
        factory = GatewayWebSocketFactory(sessions, self._cbdir, self._config, self._templates)
        factory.noisy = False
        return succeed((factory, None))


class GatewayRawSocketTransport(RouterTransport):
    """A transport of RawSocket: for the gateway's own processes where these are what it lets in, else for clients."""

    def _create_factory(self, create_paths: bool = False, ignore: Any = ()) -> "Deferred[Any]":
        is_ours = self._config["auth"][ANONYMOUS]["role"] == Role.GATEWAY
        kind = GatewayRawSocketFactory if is_ours else LocalSocketFactory
        factory = kind(self._worker.router_session_factory, self._config)
        factory.noisy = False
        return succeed((factory, None))


_TRANSPORTS = {
    "web": GatewayWebTransport,
    "websocket": GatewayWebSocketTransport,
    "rawsocket": GatewayRawSocketTransport,
}


def create_router_transport(worker: Any, transport_id: str, config: dict[str, Any]) -> RouterTransport:
    """
    Make the transport that a configuration describes.

    Raises:
        ApplicationError: It is of a kind that Crossbar has and the gateway has not.
    """
    kind = _TRANSPORTS.get(config["type"])
    if kind is None:
        text = f"transport {transport_id!r}: type must be one of {', '.join(_TRANSPORTS)}, received {config['type']!r}"
        raise ApplicationError("crossbar.error.invalid_configuration", text)
    return kind(worker, transport_id, config)


class _WebSocketPath(WebSocketResource):
    """
    The path that WebSocket connections begin at. Autobahn would end the connection of whoever asks for less.

    Attributes:
        websocket_factory: Makes the protocol of each.
    """

    def __init__(self, factory: GatewayWebSocketFactory) -> None:
        super().__init__(factory)
        self.websocket_factory = factory

    def render(self, request: Request) -> Any:
        if any(request.postpath or ()):
            return refuse(request, ErrorCode.NOT_FOUND, NOTHING_HERE)
        if request.method != b"GET":
            request.setHeader("Allow", "GET")
            return refuse(request, ErrorCode.METHOD_NOT_ALLOWED, "only GET is answered")
        if not request.getHeader("Upgrade"):
            request.setHeader("Upgrade", "websocket")
            text = "only WebSocket is spoken here"
            return refuse(request, ErrorCode.INVALID_ARGUMENT, text, HTTPStatus.UPGRADE_REQUIRED)
        channel: Any = request.channel
        channel.leave()
        return super().render(request)


class WebSocketService:
    """WAMP over WebSocket below a path of a web transport."""

    @staticmethod
    def create(transport: Any, path: str, config: dict[str, Any]) -> Any:
        """Make the service, as Crossbar calls it."""
        factory = GatewayWebSocketFactory(
            transport.worker.router_session_factory, transport.cbdir, config, transport.templates
        )
        factory.is_encrypted = transport.is_encrypted
        factory.startFactory()
        return RouterWebService(transport, path, config, _WebSocketPath(factory))
