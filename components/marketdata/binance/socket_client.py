"""A WebSocket connection to a venue, from the attempt to its end; the only file that touches Autobahn's client."""

import time
from typing import Any, Protocol

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.internet.ssl import optionsForClientTLS
from twisted.python.failure import Failure

CONNECT_TIMEOUT_S = 10.0
MAX_MESSAGE_BYTES = 4 * 1024 * 1024


class SocketOwner(Protocol):
    """Who a connection tells what happens to it."""

    def receive_open(self) -> None:
        """The handshake is done: messages can be sent."""

    def receive_data(self, data: bytes, received_ns: int) -> None:
        """A message came, text or binary, valid UTF-8 or not."""

    def receive_close(self, reason: str) -> None:
        """Nothing more will come; told exactly once, also of an attempt that failed."""


class VenueSocket:
    """
    One connection, whatever becomes of it.

    Answers the venue's pings with their own payload, which Autobahn does by itself, and sends none: they would count
    against the venue's limit of incoming messages. The server's certificate is verified as Twisted does by default.
    """

    def __init__(self, reactor: IReactorTime, url: str, owner: SocketOwner) -> None:
        self._owner = owner
        self._client: _Client | None = None
        self._is_open = False
        self._factory = WebSocketClientFactory(url, reactor=reactor)
        self._factory.protocol = lambda: _Client(self)
        self._factory.setProtocolOptions(
            # What is not UTF-8 is for the decoder to count, not a reason to hang up.
            utf8validateIncoming=False,
            maxFramePayloadSize=MAX_MESSAGE_BYTES,
            maxMessagePayloadSize=MAX_MESSAGE_BYTES,
            openHandshakeTimeout=CONNECT_TIMEOUT_S,
            autoPingInterval=0,
        )
        self._endpoint = self._endpoint_of(reactor)
        self._connecting: Deferred[Any] | None = None

    def open(self) -> None:
        """Begin the attempt; what comes of it is told to the owner."""
        self._connecting = self._endpoint.connect(self._factory)
        self._connecting.addCallbacks(self._connected, self._failed)

    def send(self, data: bytes) -> None:
        """Send one text message."""
        if self._client is not None:
            self._client.sendMessage(data)

    def close(self) -> None:
        """End it as the protocol wants it: the venue has a second to answer."""
        if self._client is not None and self._is_open:
            self._client.sendClose(WebSocketClientProtocol.CLOSE_STATUS_CODE_NORMAL)
        else:
            self.abort()

    def abort(self) -> None:
        """End it now, without a word to a venue that does not listen."""
        if self._client is not None:
            self._client.transport.abortConnection()
        elif self._connecting is not None:
            self._connecting.cancel()

    def receive_open(self) -> None:
        """The handshake is done."""
        self._is_open = True
        self._owner.receive_open()

    def receive_data(self, data: bytes) -> None:
        """A message came."""
        self._owner.receive_data(data, time.time_ns())

    def receive_close(self, reason: str) -> None:
        """It is over."""
        self._owner.receive_close(reason)

    def _endpoint_of(self, reactor: IReactorTime) -> IStreamClientEndpoint:
        host, port = self._factory.host, self._factory.port
        endpoint = HostnameEndpoint(reactor, host, port, timeout=CONNECT_TIMEOUT_S)
        return wrapClientTLS(optionsForClientTLS(host), endpoint) if self._factory.isSecure else endpoint

    def _connected(self, client: "_Client") -> None:
        self._client = client

    def _failed(self, failure: Failure) -> None:
        is_ours = isinstance(failure.value, CancelledError)
        self._owner.receive_close("ended by us" if is_ours else f"cannot connect: {failure.getErrorMessage()}")


class _Client(WebSocketClientProtocol):
    def __init__(self, socket: VenueSocket) -> None:
        super().__init__()
        self._socket = socket

    def onOpen(self) -> None:
        self._socket.receive_open()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: ARG002, FBT001, N803 - Autobahn's signature
        self._socket.receive_data(payload)

    def onClose(self, wasClean: bool, code: int | None, reason: Any) -> None:  # noqa: ARG002, FBT001, N803 - as above
        self._socket.receive_close(f"{reason or 'closed without a reason'} ({code})")
