"""WAMP over RawSocket: how the gateway's own processes reach the router."""

from typing import Any

from autobahn.exception import PayloadExceededError
from autobahn.wamp import message
from autobahn.wamp.exception import ProtocolError
from crossbar.router.protocol import WampRawSocketServerFactory, WampRawSocketServerProtocol
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from components.contract.errors import INTERNAL_FAULT, INVALID_MESSAGE, SLOW_CONSUMER, TOO_BIG, Close
from router.messages import read_message
from router.outbox import Outbox
from router.places import Place
from router.serializers import RAWSOCKET_WIRES, process_serializers
from router.sockets import ABORT_AFTER_S, prepare
from router.unwritable import replace_unwritable

_log = Logger(namespace="tapecast.router")


class GatewayRawSocketProtocol(WampRawSocketServerProtocol):
    """
    One connection; like its WebSocket counterpart it never raises into the code that sends to many.

    Attributes:
        place: None: the gateway's own processes come without an address.
        is_at_end: Whether it was told to end, or is gone: nothing of it is listened to any more.
    """

    place: Place | None = None
    is_at_end = False
    _end: IDelayedCall | None = None

    def connectionMade(self) -> None:
        """Take over the socket."""
        super().connectionMade()
        prepare(self.transport)
        self.outbox = Outbox(self.transport, self.factory.turn, self._overflow)

    def _on_handshake_complete(self) -> None:
        self.outbox.wire = RAWSOCKET_WIRES[self._serializer.SERIALIZER_ID]
        self.outbox.let_transport_go_first()
        super()._on_handshake_complete()

    def stringReceived(self, payload: bytes) -> None:
        """Take one message; one that cannot be read or cannot come now ends the connection."""
        if self._session is None or self.is_at_end:
            return
        try:
            self._session.onMessage(self._read(payload))
        except ProtocolError as error:
            self._break_off(str(error), INVALID_MESSAGE)
        except Exception:  # noqa: BLE001 - one process's message must not stop the others' router
            _log.failure("a message of {peer} could not be processed; this is a bug in the gateway", peer=self.peer)
            self._break_off("a fault of our own", INTERNAL_FAULT)

    def _read(self, payload: bytes) -> Any:
        try:
            (decoded,) = self._serializer._serializer.unserialize(payload)
        except Exception as error:  # noqa: BLE001 - whatever it is, its text may quote what cannot be read
            raise ProtocolError(f"unreadable, {type(error).__name__}") from None
        return read_message(decoded)

    def lengthLimitExceeded(self, length: int) -> None:
        """End the connection of a process that announces a longer message than was agreed on."""
        self._break_off(f"expected at most {self.MAX_LENGTH} bytes, received the head of {length}", TOO_BIG)

    def _break_off(self, why: str, _close: Close) -> None:
        _log.error("the connection of {peer} is broken off: {why}", peer=self.peer, why=why)
        self.is_at_end = True
        self.outbox.close()
        self.transport.abortConnection()

    def send(self, msg: Any) -> None:
        """Send one message, or do nothing where the connection is at its end."""
        frame = self._frame(msg) if self.isOpen() else None
        if frame is not None:
            self.outbox.send(frame)

    def _frame(self, msg: Any) -> bytes | None:
        try:
            payload = msg.serialize(self._serializer._serializer)
            if len(payload) > self._max_len_send:
                raise PayloadExceededError(f"{len(payload)} bytes, and {self._max_len_send} are taken")
        except Exception as error:  # noqa: BLE001 - the next receiver shall get it too
            replace_unwritable(self, msg, error)
            return None
        return self.outbox.wire.frame(payload)

    def end(self, close: Close) -> None:
        """End the connection: say why, close it when that is out, and abort it where that takes too long."""
        if self.is_at_end:
            return
        if self._session is not None and self._session._session_id is not None:
            goodbye = message.Goodbye(close.reason).serialize(self._serializer._serializer)
            self.outbox.write(self.outbox.wire.frame(goodbye))
        self.is_at_end = True
        self.outbox.close()
        self.transport.loseConnection()
        self._end = self.transport.reactor.callLater(ABORT_AFTER_S, self.transport.abortConnection)

    def connectionLost(self, reason: Any) -> None:
        """Forget the session: the connection is gone."""
        self.outbox.close()
        if self._end is not None and self._end.active():
            self._end.cancel()
        super().connectionLost(reason)

    def _overflow(self) -> None:
        """End the connection of a process that takes too little; not at once, this may be a fan-out's middle."""
        _log.error(
            "{peer} takes less than it is sent; its connection ends with {why}",
            peer=self.peer,
            why=SLOW_CONSUMER.reason,
        )
        self.is_at_end = True
        self.outbox.close()
        self.transport.reactor.callLater(0, self.transport.abortConnection)


class GatewayRawSocketFactory(WampRawSocketServerFactory):
    """
    Makes the protocol for each connection.

    Attributes:
        turn: The process's turn, at whose end connections send.
    """

    protocol = GatewayRawSocketProtocol

    def __init__(self, session_factory: Any, config: dict[str, Any]) -> None:
        super().__init__(session_factory, {**config, "serializers": ["json"]})
        self.turn = session_factory.turn
        self._serializers = {serializer.RAWSOCKET_SERIALIZER_ID: serializer for serializer in process_serializers()}
