"""A session with a running gateway for the command line: over its local socket, or over the web with a token."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs
from autobahn.twisted.rawsocket import WampRawSocketClientFactory, WampRawSocketClientProtocol
from autobahn.twisted.wamp import ApplicationSession
from autobahn.twisted.websocket import WampWebSocketClientFactory, WampWebSocketClientProtocol
from autobahn.wamp.exception import ApplicationError, TransportLost
from autobahn.wamp.serializer import JsonSerializer
from autobahn.wamp.types import ComponentConfig
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, UNIXClientEndpoint, wrapClientTLS
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.ssl import optionsForClientTLS

REALM = "tapecast"
DEFAULT_PORTS = {"ws": 80, "wss": 443}
LEFT_WITHIN_S = 1.0

Event = dict[str, Any]


@attrs.frozen(kw_only=True)
class Target:
    """
    Where a gateway is, and who comes to it.

    Attributes:
        place: The path of its local socket, or the URL of its WebSocket.
        token: What signs in at a URL; a local socket asks for none.
    """

    place: Path | str
    token: str | None = attrs.field(default=None, repr=False)


class AdminSession(ApplicationSession):
    """
    One session with a gateway.

    Attributes:
        joined: Fires when it has joined, or fails with why it has not.
        ended: Fires with the reason when the connection is gone.
    """

    def __init__(self, reactor: Any, token: str | None, timeout_s: float) -> None:
        super().__init__(ComponentConfig(REALM))
        self.joined: Deferred[None] = Deferred()
        self.ended: Deferred[str] = Deferred()
        self._reactor = reactor
        self._token = token
        self._timeout_s = timeout_s

    async def ask(self, procedure: str, arguments: Mapping[str, object]) -> Any:
        """
        Call a procedure.

        Raises:
            ApplicationError: The gateway refused.
            TimeoutError: It did not answer in time.
            ConnectionError: The connection is gone.
        """
        return await self.in_time(self.call(procedure, **arguments))

    async def follow(self, topic: str, receive: Callable[[Event], None]) -> None:
        """
        Hand over every event of a topic from now on.

        Raises:
            ApplicationError: The gateway refused.
            TimeoutError: It did not answer in time.
            ConnectionError: The connection is gone.
        """
        await self.in_time(self.subscribe(lambda **event: receive(event), topic))

    async def in_time(self, waiting: "Deferred[Any]") -> Any:
        """
        What a Deferred comes to.

        Raises:
            TimeoutError: It did not within the timeout.
            ConnectionError: The connection is gone.
        """

        def fail(_result: object, _timeout_s: float) -> None:
            raise TimeoutError(f"no answer within {self._timeout_s:g} s")

        try:
            return await waiting.addTimeout(self._timeout_s, self._reactor, onTimeoutCancel=fail)
        except TransportLost:
            raise ConnectionError("the connection is gone") from None

    async def end(self) -> None:
        """Leave, where the connection is still there, and wait a little until it is gone."""
        if self.ended.called:
            return
        with suppress(TransportLost):
            self.leave()
        await self.ended.addTimeout(LEFT_WITHIN_S, self._reactor, onTimeoutCancel=lambda *_: None)

    def lose(self, reason: str) -> None:
        """Take note that the connection is gone; the first reason is the best."""
        if not self.joined.called:
            self.joined.errback(ConnectionError(f"the connection ended before the join: {reason}"))
        if not self.ended.called:
            self.ended.callback(reason)

    def onConnect(self) -> None:
        """Say hello."""
        self.join(REALM, ["anonymous" if self._token is None else "ticket"])

    def onChallenge(self, _challenge: object) -> str | None:
        """Show the token."""
        return self._token

    def onJoin(self, _details: object) -> None:
        """Tell who waits for the join."""
        if not self.joined.called:
            self.joined.callback(None)

    def onLeave(self, details: Any) -> None:
        """Tell who waits for the join that it was refused, or who follows why it is over."""
        if not self.joined.called:
            self.joined.errback(ApplicationError(details.reason, message=details.message))
        self.lose(details.reason)
        self.disconnect()


class _OverWebSocket(WampWebSocketClientProtocol):
    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:  # noqa: FBT001, N803 - Autobahn's
        self.factory.session.lose(reason or "it broke")
        super().onClose(wasClean, code, reason)


class _OverSocket(WampRawSocketClientProtocol):
    def connectionLost(self, reason: Any) -> None:
        super().connectionLost(reason)
        self.factory.session.lose("the gateway closed it")


async def join(target: Target, reactor: Any, timeout_s: float) -> AdminSession:
    """
    Connect to a gateway and join its realm.

    Raises:
        ConnectionError: Nobody is there, or answers in time, or the connection was ended.
        ApplicationError: The gateway refused the join.
    """
    session = AdminSession(reactor, target.token, timeout_s)
    endpoint, factory = _ways(target.place, reactor, session)
    factory.session = session
    try:
        await session.in_time(endpoint.connect(factory))
        await session.in_time(session.joined)
    except (ConnectError, DNSLookupError, TimeoutError) as error:
        raise ConnectionError(f"{target.place}: {_reason(error)}") from None
    return session


def _ways(place: Path | str, reactor: Any, session: AdminSession) -> tuple[Any, Any]:
    if isinstance(place, Path):
        over_socket = WampRawSocketClientFactory(lambda: session, JsonSerializer())
        over_socket.protocol = _OverSocket
        return UNIXClientEndpoint(reactor, str(place)), over_socket
    parts = urlsplit(place)
    host = parts.hostname or ""
    endpoint: Any = HostnameEndpoint(reactor, host, parts.port or DEFAULT_PORTS[parts.scheme])
    if parts.scheme == "wss":
        endpoint = wrapClientTLS(optionsForClientTLS(host), endpoint)
    over_web = WampWebSocketClientFactory(lambda: session, url=place, serializers=[JsonSerializer()])
    over_web.protocol = _OverWebSocket
    return endpoint, over_web


def _reason(error: Exception) -> str:
    number = getattr(error, "osError", None)
    return os.strerror(number) if isinstance(number, int) else str(error)
