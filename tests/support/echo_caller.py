"""A WebSocket client without a socket that calls a procedure which gives back its argument."""

import json
from typing import Any

from twisted.internet.task import Clock

from tests.support.memory_transport import MemoryPeer, live_by
from tests.support.raw_websocket import CALL, GOODBYE, HELLO, RESULT, ROLES, WELCOME
from tests.support.routers import REALM, RouterUnderTest
from tests.support.websocket_frames import CLOSE, CONTINUATION, TEXT, client_frame, server_frames

ECHO = "tapecast.market.get_price"
REQUEST = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: wamp.2.json\r\n\r\n"
)
JOIN = client_frame(TEXT, json.dumps([HELLO, REALM, {"roles": ROLES}]).encode())


class EchoCaller(MemoryPeer):
    """A client that has joined, and looks at frames."""

    @classmethod
    async def join(cls, router: RouterUnderTest, clock: Clock) -> "EchoCaller":
        """Join a router, which gets the procedure, and whose time is from now on the clock's."""
        await router.gateway.register(lambda value=None: value, ECHO)
        live_by(router, clock)
        peer = cls(router.websocket_factory, clock)
        peer.send(REQUEST, JOIN)
        ((_, welcome),) = peer.frames()
        assert json.loads(welcome)[0] == WELCOME
        return peer

    def frames(self) -> list[tuple[int, bytes]]:
        """What has come since this was asked last, without the answer to the opening handshake."""
        data = self.received()
        return list(server_frames(data.partition(b"\r\n\r\n")[2] if data.startswith(b"HTTP/") else data))

    def answers(self) -> list[Any]:
        """The same, where only messages have come: what each call was answered with, or the head of the error."""
        frames = self.frames()
        assert {opcode for opcode, _ in frames} <= {TEXT}, frames
        messages = [json.loads(payload) for _, payload in frames]
        return [message[3][0] if message[0] == RESULT else message[:3] for message in messages]

    def ending(self) -> tuple[int, str]:
        """How the server closed, which said goodbye before and nothing else."""
        (_, goodbye), (opcode, payload) = self.frames()
        assert json.loads(goodbye)[0] == GOODBYE
        assert opcode == CLOSE
        return int.from_bytes(payload[:2], "big"), payload[2:].decode()


def call(value: object = None, request: int = 1) -> bytes:
    """A CALL that asks for a value back."""
    return json.dumps([CALL, request, {}, ECHO, [value]], ensure_ascii=False).encode()


def call_of(size: int) -> tuple[bytes, str]:
    """A CALL of so many bytes, and the text that it asks for."""
    text = "*" * (size - len(call("")))
    return call(text), text


def chopped(data: bytes, size: int) -> list[bytes]:
    """Bytes in pieces of a size."""
    return [data[start : start + size] for start in range(0, len(data), size)]


def in_frames(message: bytes, size: int, *, opcode: int = TEXT) -> list[bytes]:
    """A message in fragments of a size."""
    pieces = chopped(message, size)
    return [
        client_frame(CONTINUATION if index else opcode, piece, is_last=index == len(pieces) - 1)
        for index, piece in enumerate(pieces)
    ]
