"""What Autobahn's WebSocket is to a connection, on either event loop."""

from typing import Any

from autobahn.wamp.serializer import JsonSerializer, MsgPackSerializer

CLOSE_NORMAL = 1000
CLOSE_PROTOCOL_ERROR = 1002


def serializers() -> list[Any]:
    """What to offer, the fastest to read first; each connection needs its own."""
    return [MsgPackSerializer(), JsonSerializer()]


class GatewayTransport:
    """
    Stands before Autobahn's protocol, whose factory has the `attempt` that is told what happens.

    Autobahn's own way from the socket to a session formats every message for a log that is off.
    """

    def onOpen(self) -> None:
        """The WebSocket is open."""
        self._autobahn().factory.attempt.opened(self)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: FBT001, N803 - Autobahn's signature
        """Messages came."""
        autobahn = self._autobahn()
        attempt = autobahn.factory.attempt
        try:
            messages = autobahn._serializer.unserialize(payload, isBinary)  # noqa: SLF001 - where Autobahn keeps it
        except Exception as error:  # noqa: BLE001 - whatever a serializer finds wrong with what came
            autobahn.factory.report("a message cannot be read", error)
            autobahn._bailout(CLOSE_PROTOCOL_ERROR, "a message cannot be read")  # noqa: SLF001 - Autobahn's own way
            return
        for message in messages:
            attempt.received(message)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:  # noqa: ARG002, FBT001, N803
        """It is over; what the gateway said counts, however the socket ended."""
        autobahn = self._autobahn()
        if autobahn.remoteCloseCode is not None:
            code, reason = autobahn.remoteCloseCode, autobahn.remoteCloseReason
        autobahn.factory.attempt.closed(code, reason)

    def send(self, message: Any) -> None:
        """Send a message; on a connection that is closing it is lost, and whoever waits for an answer will be told."""
        autobahn = self._autobahn()
        if autobahn.state == autobahn.STATE_OPEN:
            autobahn.sendMessage(*autobahn._serializer.serialize(message))  # noqa: SLF001 - where Autobahn keeps it

    def close(self) -> None:
        """Close in order."""
        self._autobahn().sendClose(CLOSE_NORMAL)

    def _autobahn(self) -> Any:
        return self
