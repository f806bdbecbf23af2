"""WAMP over RawSocket for clients on the same machine: who they are, the socket and the operating system say."""

from typing import Any

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from auth.authenticator import ANONYMOUS
from components.contract.errors import SLOW_CONSUMER, Close
from router.client_connection import ClientConnection
from router.peer_credentials import local_user_id, may_use_local_sockets, peer_user
from router.quotations import without_quotation
from router.rawsocket import GatewayRawSocketFactory, GatewayRawSocketProtocol
from router.refusal import TurnedAway
from router.serializers import client_serializers

_log = Logger(namespace="tapecast.router")
_security = Logger(namespace="tapecast.security")


class LocalSocketProtocol(GatewayRawSocketProtocol, ClientConnection):
    """
    One connection of a client on this machine, with the limits that it would have over the web but for its address.

    Its user id names the operating system's user, whatever HELLO says.

    Attributes:
        session_config: The transport's configuration as it is for this connection.
    """

    is_local = True
    session_config: dict[str, Any] | None = None

    def connectionMade(self) -> None:
        """Take over the socket, where it is opened by somebody who may and there is a place."""
        super().connectionMade()
        user = peer_user(self.transport)
        if user is None or not may_use_local_sockets(user):
            _security.warn("local socket refused to user {user}", event="local_socket_refused", user=user)
            self._give_up()
            return
        self.session_config = self.factory.config_for(local_user_id(user))
        try:
            self.place = self.factory.gate.enter(None, None, now_ns=self.factory.turn.clock_ns())
        except TurnedAway:
            self._give_up()
            return
        self._await_join()

    def _on_handshake_complete(self) -> None:
        super()._on_handshake_complete()
        # What the handshake agrees on is a power of two.
        self.MAX_LENGTH = self.factory.max_message_bytes
        self.begin_to_join()

    def send(self, msg: Any) -> None:
        """Send one message, or do nothing where the connection is at its end."""
        if not self.isOpen():
            return
        msg, close = self.as_told(msg)
        if close is None:
            super().send(msg)
            return
        frame = self._frame(msg)
        if frame is not None:
            # Right after the handshake everything waits for the transport, and what waits is lost at the end.
            self.outbox.write(frame)
        self.end(close)

    def end(self, close: Close) -> None:
        """End the connection: say why where it has a session, and wait for nobody."""
        if self._ended_with is None:
            self._ended_with = close
            self._cancel_deadline()
            super().end(close)

    def own_limits(self) -> dict[str, object]:
        """What holds for this connection because of its transport, by name."""
        return {"max_message_bytes": self.MAX_LENGTH}

    def connectionLost(self, reason: Any) -> None:
        """Forget the session: the connection is gone."""
        super().connectionLost(reason)
        self.forget_connection(was_clean=reason.check(ConnectionDone) is not None)

    def _break_off(self, why: str, close: Close) -> None:
        """End the connection of a client that sends what cannot be read, or cannot come now."""
        _log.debug("invalid message of {peer}: {why}", peer=self.peer, why=without_quotation(why))
        self.end(close)

    def _overflow(self) -> None:
        """End the connection of a client that takes too little; not at once, this may be a fan-out's middle."""
        self.outbox.close()
        self.factory.reactor.callLater(0, self.end, SLOW_CONSUMER)

    def _give_up(self) -> None:
        self.is_at_end = True
        self.outbox.close()
        self.transport.abortConnection()


class LocalSocketFactory(GatewayRawSocketFactory):
    """
    Makes the protocol for each connection.

    Attributes:
        gate: What the process lets its clients do.
        join_timeout_s: How long a connection may be open without a session.
        max_message_bytes: How long a client's message may be.
    """

    protocol = LocalSocketProtocol

    def __init__(self, session_factory: Any, config: dict[str, Any]) -> None:
        super().__init__(session_factory, config)
        self.gate = session_factory.gate
        self.join_timeout_s = self.gate.limits.join_s or 0
        self.max_message_bytes = self.gate.limits.message_bytes or self._max_message_size
        self.setProtocolOptions(maxMessagePayloadSize=self.max_message_bytes)
        self._serializers = {serializer.RAWSOCKET_SERIALIZER_ID: serializer for serializer in client_serializers()}

    @property
    def reactor(self) -> IReactorTime:
        """What gives the turns."""
        reactor: IReactorTime = self.turn.reactor
        return reactor

    def config_for(self, user_id: str) -> dict[str, Any]:
        """The transport's configuration for a connection of a user."""
        auth = self._config["auth"]
        return {**self._config, "auth": {**auth, ANONYMOUS: {**auth[ANONYMOUS], "authid": user_id}}}
