"""WAMP over RawSocket: how the gateway's own processes reach the router."""

from typing import Any

from crossbar.router.protocol import WampRawSocketServerFactory, WampRawSocketServerProtocol

from router.serializers import process_serializers
from router.sockets import set_no_delay
from router.unwritable import replace_unwritable


class GatewayRawSocketProtocol(WampRawSocketServerProtocol):
    """One connection; like its WebSocket counterpart it never raises into the code that sends to many."""

    def connectionMade(self) -> None:
        """Take over the socket."""
        super().connectionMade()
        set_no_delay(self.transport)

    def send(self, msg: Any) -> None:
        """Send one message, or do nothing where the connection is at its end."""
        if not self.isOpen():
            return
        try:
            super().send(msg)
        except Exception as error:  # noqa: BLE001 - the next receiver shall get it too
            replace_unwritable(self, msg, error)


class GatewayRawSocketFactory(WampRawSocketServerFactory):
    """Makes the protocol for each connection."""

    protocol = GatewayRawSocketProtocol

    def __init__(self, session_factory: Any, config: dict[str, Any]) -> None:
        super().__init__(session_factory, {**config, "serializers": ["json"]})
        self._serializers = {serializer.RAWSOCKET_SERIALIZER_ID: serializer for serializer in process_serializers()}
