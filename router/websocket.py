"""WAMP over WebSocket: the protocol of a client connection, from its opening handshake to its end."""

from functools import partial
from http import HTTPStatus
from typing import Any

import autobahn.twisted.websocket
from autobahn.wamp import message
from autobahn.wamp.exception import ProtocolError
from autobahn.websocket.types import ConnectionDeny
from crossbar.router.protocol import WampWebSocketServerFactory, WampWebSocketServerProtocol
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from components.contract.errors import (
    INTERNAL_FAULT,
    INVALID_MESSAGE,
    SLOW_CONSUMER,
    TOO_BIG,
    Close,
)
from router.client_connection import ClientConnection
from router.compression import COMPRESSED_WIRES, accept
from router.frames import BINARY, PONG, read_plain_frame, websocket_frame
from router.limits import Limits
from router.messages import read_message
from router.opening import read_opening
from router.origins import is_allowed_origin
from router.outbox import Outbox
from router.quotations import without_quotation
from router.refusal import TurnedAway
from router.serializers import WEBSOCKET_WIRES, client_serializers
from router.site import HTTPS_HEADERS, SERVER, last_response
from router.sockets import ABORT_AFTER_S, prepare
from router.unwritable import replace_unwritable

MS_PER_S = 1000
MAX_OPENING_BYTES = 16_384
"""How long an opening handshake may be."""

_END_OF_OPENING = b"\r\n\r\n"

_FAILURES = {close.code: close for close in (TOO_BIG, INTERNAL_FAULT)}

_log = Logger(namespace="tapecast.router")
_security = Logger(namespace="tapecast.security")


class GatewayWebSocketProtocol(ClientConnection, WampWebSocketServerProtocol):
    """
    One client connection.

    Never does: raise into the code that sends to many; keep a transport header.
    """

    _end: IDelayedCall | None = None
    _turned_away: TurnedAway | None = None
    _tokens: tuple[str, ...] = ()
    data: bytes

    def connectionMade(self) -> None:
        """Take over the socket."""
        super().connectionMade()
        prepare(self.transport, user_timeout_ms=self.factory.user_timeout_ms)
        self.outbox = Outbox(self.transport, self.factory.turn, self._overflow)

    def onConnect(self, request: Any) -> tuple[str | None, dict[str, str]]:
        """
        Choose the subprotocol of an opening handshake.

        Raises:
            ConnectionDeny: The page's origin is not allowed, there is no place for the address, a second token is in
                the request, or no subprotocol is one of ours.
        """
        origin, host = request.headers.get("origin"), request.headers.get("host")
        if not is_allowed_origin(origin, host, self.factory.origins, is_encrypted=self.factory.is_encrypted):
            raise ConnectionDeny(ConnectionDeny.FORBIDDEN, "this origin is not allowed")
        self._enter(request.headers.get("x-forwarded-for"))
        if len(self._tokens) > 1:
            raise ConnectionDeny(ConnectionDeny.BAD_REQUEST, "expected one token, in Authorization or as ?token=")
        # Crossbar's own method of this name keeps every header where meta events publish it, so it is left out.
        protocol, headers = autobahn.twisted.websocket.WampWebSocketServerProtocol.onConnect(self, request)
        self._authid = self._authrole = self._authrealm = self._authmethod = None
        self._authextra = self._authprovider = None
        self._transport_details.websocket_protocol = protocol
        return protocol, headers

    def take_bearer(self) -> str | None:
        """The token of the opening request; it is given once."""
        tokens, self._tokens = self._tokens, ()
        return tokens[0] if tokens else None

    def _enter(self, forwarded_for: str | None) -> None:
        peer = getattr(self.transport.getPeer(), "host", None)
        try:
            self.place = self.factory.gate.enter(peer, forwarded_for, now_ns=self.factory.turn.clock_ns())
        except TurnedAway as refused:
            self._turned_away = refused
            raise ConnectionDeny(refused.status, str(refused)) from None

    def onOpen(self) -> None:
        """Begin a session, and give the client a deadline to join."""
        wires = WEBSOCKET_WIRES if self._perMessageCompress is None else COMPRESSED_WIRES
        self.outbox.wire = wires[self._serializer.SERIALIZER_ID]
        super().onOpen()
        self.begin_to_join()

    def dataReceived(self, data: bytes) -> None:
        """Take what the client sent: whole plain messages at once, and by Autobahn's parser whatever else there is."""
        if self.state != self.STATE_OPEN or self.current_frame is not None or self.inside_message:
            if self.state != self.STATE_CLOSED:
                self._dataReceived(data)
            return
        if self.autoPingTimeoutCall is not None:
            self._cancelAutoPingTimeoutCall()
        if self.data:
            data = self.data + data
        offset = 0
        while self.state == self.STATE_OPEN:
            frame = read_plain_frame(data, offset, max_payload_bytes=self.maxMessagePayloadSize)
            if frame is None:
                break
            opcode, payload, offset = frame
            self.onMessage(payload, opcode == BINARY)
        self.data = data[offset:]
        if self.data:
            self.consumeData()

    def processHandshake(self) -> None:
        """
        Take the opening handshake, once it is complete; one that is too long is never waited for.

        Its token is taken out of it before Autobahn, which quotes requests in its log and its errors, has seen it.
        """
        end = self.data.find(_END_OF_OPENING, 0, MAX_OPENING_BYTES)
        if end < 0:
            if len(self.data) > MAX_OPENING_BYTES:
                too_large = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE.value
                self.failHandshake("the opening handshake is too long", too_large)
            return
        opening = read_opening(self.data[:end])
        self._tokens = opening.tokens
        self.data = opening.head + self.data[end:]
        super().processHandshake()

    def processData(self) -> bool:
        """Go on with what has come. Behind a breach nothing is read, not even a close: RFC 6455, section 7.1.7."""
        if self.failedByMe:
            self.data = b""
            return False
        goes_on: bool = super().processData()
        return goes_on

    def onPing(self, payload: bytes) -> None:
        """Answer a ping, as long as the client takes answers: pongs that it does not read wait like other messages."""
        self.outbox.send(websocket_frame(payload, opcode=PONG))

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Take one message; one that cannot be read or cannot come now ends the connection."""
        if self.state != self.STATE_OPEN or self._session is None:
            return
        try:
            self._session.onMessage(self._read(payload, isBinary))
        except ProtocolError as error:
            _log.debug("invalid message of {peer}: {error}", peer=self.peer, error=without_quotation(str(error)))
            self.end(INVALID_MESSAGE)
        except Exception:  # noqa: BLE001 - one client's message must not stop the others' router
            _log.failure("a message of {peer} could not be processed; this is a bug in the gateway", peer=self.peer)
            self.end(INTERNAL_FAULT)

    def _read(self, payload: bytes, isBinary: bool) -> Any:
        serializer = self._serializer._serializer
        if isBinary != serializer.BINARY:
            raise ProtocolError(f"expected {'bytes' if serializer.BINARY else 'text'}, as the subprotocol says")
        try:
            (decoded,) = serializer.unserialize(payload)
        except Exception as error:  # noqa: BLE001 - whatever it is, its text may quote what cannot be read
            raise ProtocolError(f"unreadable, {type(error).__name__}") from None
        return read_message(decoded)

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:
        """Send what Autobahn makes: handshakes, pings and closes."""
        self.outbox.write(data)

    def _overflow(self) -> None:
        """End the connection of a client that takes too little; not at once, since this may be a fan-out's middle."""
        self.outbox.close()
        self.factory.reactor.callLater(0, self.end, SLOW_CONSUMER)

    def send(self, msg: Any) -> None:
        """Send one message, or do nothing where the connection is at its end: the next receiver shall get it too."""
        if self.state != self.STATE_OPEN or self._session is None:
            return
        msg, close = self.as_told(msg)
        try:
            payload = msg.serialize(self._serializer._serializer)
        except Exception as error:  # noqa: BLE001 - what one client's serializer cannot write, another's can
            replace_unwritable(self, msg, error)
            return
        self.outbox.send(self.outbox.wire.frame(payload))
        if close is not None:
            self.end(close)

    def end(self, close: Close) -> None:
        """End the connection: say why, wait for nobody, and abort the socket two seconds later."""
        if self.state != self.STATE_OPEN:
            return
        self._ended_with = close
        if close.says_goodbye and self._session is not None and self._session._session_id is not None:
            goodbye = message.Goodbye(close.reason).serialize(self._serializer._serializer)
            self.outbox.write(self.outbox.wire.frame(goodbye))
        self._cancel_deadline()
        self.sendCloseFrame(code=close.code, reasonUtf8=close.reason.encode(), isReply=False)
        self._abort_soon()

    def own_limits(self) -> dict[str, object]:
        """What holds for this connection because of its transport, by name."""
        return {
            "max_message_bytes": self.maxMessagePayloadSize,
            "ping_interval_ms": round(self.autoPingInterval * MS_PER_S),
            "ping_timeout_ms": round(self.autoPingTimeout * MS_PER_S),
        }

    @property
    def is_at_end(self) -> bool:
        """Whether it was told to end, or is gone: nothing of it is listened to any more."""
        at_end: bool = self.state != self.STATE_OPEN
        return at_end

    def sendCloseFrame(self, code: int | None = None, reasonUtf8: bytes | None = None, isReply: bool = False) -> None:
        """Write the close frame, and nothing after it."""
        self.outbox.close()
        super().sendCloseFrame(code, reasonUtf8, isReply)

    def dropConnection(self, abort: bool = False) -> None:
        """Close the socket; where the peer does not read what is left, abort it."""
        self.outbox.close()
        # A close frame that breaks the protocol ends the connection, and Autobahn takes it for the answer as well.
        abort = abort and self.state != self.STATE_CLOSING
        super().dropConnection(abort=abort)
        if not abort:
            self._abort_soon()

    def onClose(self, wasClean: bool, code: int, reason: str | None) -> None:
        """Forget the session: the connection is gone."""
        self.outbox.close()
        if self._end is not None and self._end.active():
            self._end.cancel()
        self.forget_connection(was_clean=wasClean)
        super().onClose(wasClean, code, reason)

    def sendHttpErrorResponse(self, code: int, reason: str, responseHeaders: Any = None) -> None:
        """Refuse the opening handshake. Autobahn's reason tells what was wrong, but for failures of our own."""
        headers = {**self.factory.headers, **dict(responseHeaders or ())}
        if self._turned_away is not None:
            headers |= self._turned_away.headers
            self.sendData(last_response(code, reason, headers, details=self._turned_away.details))
            return
        text = without_quotation(reason) if code < HTTPStatus.INTERNAL_SERVER_ERROR else HTTPStatus(code).phrase
        self.sendData(last_response(code, text, headers))

    def _fail_connection(self, code: int = 1002, reason: str = "") -> None:
        told = without_quotation(reason)
        _log.debug("{peer} broke the protocol: {code} {reason}", peer=self.peer, code=code, reason=told)
        self.failedByMe = True
        self.end(_FAILURES.get(code, INVALID_MESSAGE))

    def _abort_soon(self) -> None:
        if self._end is None:
            self._end = self.factory.reactor.callLater(ABORT_AFTER_S, self.transport.abortConnection)


def _options_of(limits: Limits) -> dict[str, int]:
    """What Autobahn checks itself; 0 switches each off."""
    max_bytes, join_s = limits.message_bytes or 0, limits.join_s or 0
    return {"max_message_size": max_bytes, "max_frame_size": max_bytes, "open_handshake_timeout": join_s * MS_PER_S}


class GatewayWebSocketFactory(WampWebSocketServerFactory):
    """
    Makes the protocol for each connection.

    Attributes:
        origins: Origins besides its own whose pages may connect.
        join_timeout_s: How long a connection may be open without a session; 0 is for ever.
        gate: What the process lets its clients do.
        user_timeout_ms: How long a peer may acknowledge nothing of what it was sent.
        turn: The process's turn, at whose end connections send.
    """

    protocol = GatewayWebSocketProtocol
    _is_encrypted = False

    def __init__(self, session_factory: Any, cbdir: str, config: dict[str, Any], templates: Any) -> None:
        self.gate = session_factory.gate
        options = {**SAFE_OPTIONS, **_options_of(self.gate.limits), **config.get("options", {})}
        self.origins = frozenset(options.pop("allowed_origins"))
        self.join_timeout_s = options["open_handshake_timeout"] / MS_PER_S
        self.user_timeout_ms = 2 * (options["auto_ping_interval"] + options["auto_ping_timeout"])
        self.turn = session_factory.turn
        # Autobahn lets every origin through to onConnect, where our own rule knows the address of the page.
        every_origin = {"allowed_origins": ["*"], "allow_null_origin": True}
        safe = {**config, "options": {**options, **every_origin}, "serializers": ["json"]}
        super().__init__(session_factory, cbdir, safe, templates)
        if options["compression"]:
            # Crossbar's own rule for it bounds neither the state of a connection nor what a message unpacks to.
            accept_bounded = partial(accept, max_message_bytes=options["max_message_size"] or None)
            self.setProtocolOptions(perMessageCompressionAccept=accept_bounded)
        serializers = client_serializers()
        self._serializers = {serializer.SERIALIZER_ID: serializer for serializer in serializers}
        self._protocols = [f"wamp.2.{serializer.SERIALIZER_ID}" for serializer in serializers]
        self.protocols = self._protocols
        self.server = SERVER
        # Autobahn would copy some thirty options into every connection that does not find them in its class.
        options_of_all = {name: getattr(self, name) for name in self.protocol.CONFIG_ATTRS}
        options_of_all["perMessageCompressionAccept"] = staticmethod(self.perMessageCompressionAccept)
        configured: Any = type(self.protocol.__name__, (self.protocol,), options_of_all)
        self.protocol = configured

    @property
    def is_encrypted(self) -> bool:
        """Whether the node itself encrypts its connections."""
        return self._is_encrypted

    @is_encrypted.setter
    def is_encrypted(self, is_encrypted: bool) -> None:
        self._is_encrypted = is_encrypted
        self.headers = dict(HTTPS_HEADERS) if is_encrypted else {}


SAFE_OPTIONS: dict[str, Any] = {
    "allowed_origins": [],
    "auto_ping_interval": 10_000,
    "auto_ping_timeout": 5_000,
    "auto_ping_restart_on_any_traffic": True,
    "compression": {},
    "enable_hybi10": False,
    "enable_webstatus": False,
    "show_server_version": False,
    "tcp_nodelay": True,
}
"""What Crossbar's defaults become: times in milliseconds, sizes in bytes."""
