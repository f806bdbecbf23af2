"""A WebSocket client that does only what the test says: it answers no close, checks nothing and can break the rules."""

import json
import os
import struct
import zlib
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredQueue
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

CONTINUATION, TEXT, BINARY, CLOSE, PING = 0, 1, 2, 8, 9
PATIENCE_S = 30.0

ROLES: dict[str, dict[str, object]] = {"caller": {}, "callee": {}, "publisher": {}, "subscriber": {}}
HELLO, WELCOME, ABORT, CHALLENGE, AUTHENTICATE, GOODBYE = 1, 2, 3, 4, 5, 6
ERROR, SUBSCRIBE, SUBSCRIBED, UNSUBSCRIBE, UNSUBSCRIBED, EVENT, CALL, RESULT = 8, 32, 33, 34, 35, 36, 48, 50


class RawWebSocket(Protocol):
    """
    One connection.

    Attributes:
        status: HTTP status of the opening handshake.
        headers: Its response headers, names in lower case.
        body: What follows them, where it is not 101.
        compressed: How many frames came compressed, each on its own.
        lost: Fires when the connection is gone.
    """

    def __init__(self, request: bytes) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self.compressed = 0
        self.lost: Deferred[None] = Deferred()
        self._request = request
        self._answered: Deferred[None] = Deferred()
        self._data = b""
        self._frames: DeferredQueue[tuple[int, bytes]] = DeferredQueue()

    @classmethod
    async def open(cls, port: int, *, path: str = "/", over: Any = None, **headers: str | None) -> "RawWebSocket":
        """
        Connect and shake hands.

        Args:
            port: On the loopback interface.
            path: Of the request.
            over: Endpoint to connect by; plain TCP where none is given.
            headers: In addition to, or in place of, the usual ones; `_` stands for `-`, None leaves one out.
        """
        usual: dict[str, str | None] = {
            "Host": f"127.0.0.1:{port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Protocol": "wamp.2.json",
        }
        usual.update({name.replace("_", "-"): value for name, value in headers.items()})
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in usual.items() if value is not None)]
        client = cls("\r\n".join([*lines, "", ""]).encode())
        await connectProtocol(over or TCP4ClientEndpoint(reactor, "127.0.0.1", port), client)
        await client._answered
        return client

    @classmethod
    async def join(cls, port: int) -> "RawWebSocket":
        """Connect, and join as anonymous."""
        client = await cls.open(port)
        client.send(HELLO, "tapecast", {"roles": ROLES})
        welcome = await client.message()
        assert welcome[0] == WELCOME
        return client

    @classmethod
    async def sign_in(cls, port: int, token: str, *, path: str = "/ws") -> tuple["RawWebSocket", list[Any]]:
        """Connect and join by a ticket; the connection, and the WELCOME or ABORT."""
        client = await cls.open(port, path=path)
        client.send(HELLO, "tapecast", {"roles": ROLES, "authmethods": ["ticket"]})
        challenge = await client.message()
        assert challenge[0] == CHALLENGE
        client.send(AUTHENTICATE, token, {})
        return client, await client.message()

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(self._request)

    def dataReceived(self, data: bytes) -> None:
        self._data += data
        if not self.status and b"\r\n\r\n" in self._data:
            head, _, self._data = self._data.partition(b"\r\n\r\n")
            status, *lines = head.decode().split("\r\n")
            self.status = int(status.split()[1])
            self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            self._answered.callback(None)
        if self.status == 101:
            self._take_frames()
        else:
            self.body = self._data

    def connectionLost(self, reason: Failure | None = None) -> None:
        if not self._answered.called:
            self._answered.errback(ConnectionError(str(reason)))
        self.lost.callback(None)

    def _take_frames(self) -> None:
        while len(self._data) >= 2:
            length, start = self._data[1], 2
            if length == 126:
                length, start = struct.unpack("!H", self._data[2:4].ljust(2, b"\0"))[0], 4
            elif length == 127:
                length, start = struct.unpack("!Q", self._data[2:10].ljust(8, b"\0"))[0], 10
            if len(self._data) < start + length:
                return
            payload = self._data[start : start + length]
            if self._data[0] & 0x40:
                self.compressed += 1
                payload = zlib.decompressobj(-zlib.MAX_WBITS).decompress(payload + b"\0\0\xff\xff")
            self._frames.put((self._data[0] & 15, payload))
            self._data = self._data[start + length :]

    def send_compressed(self, opcode: int, packed: bytes) -> None:
        """Send one frame of a compressed message."""
        self.send_frame(0x40 | opcode, packed)

    def send_frame(self, opcode: int, payload: bytes, *, is_masked: bool = True, is_last: bool = True) -> None:
        """Send one frame."""
        mask = os.urandom(4) if is_masked else b""
        size = len(payload)
        head = size if size < 126 else 126 if size < 65536 else 127
        length = b"" if head < 126 else struct.pack("!H" if head == 126 else "!Q", size)
        body = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload)) if is_masked else payload
        assert self.transport is not None
        self.transport.write(
            bytes([(0x80 if is_last else 0) | opcode, head | (0x80 if is_masked else 0)]) + length + mask + body
        )

    def send(self, *message: object) -> None:
        """Send one WAMP message as JSON."""
        self.send_frame(TEXT, json.dumps(message).encode())

    async def frame(self, *, patience_s: float = PATIENCE_S) -> tuple[int, bytes]:
        """The next frame: opcode and payload."""
        waiting = self._frames.get()
        waiting.addTimeout(patience_s, reactor)
        return await waiting

    async def message(self) -> list[Any]:
        """The next frame, a text message of JSON."""
        opcode, payload = await self.frame()
        assert opcode == TEXT, f"expected a message, received {opcode}: {payload!r}"
        decoded: list[Any] = json.loads(payload)
        return decoded

    @property
    def unread(self) -> list[tuple[int, bytes]]:
        """Frames that have come and that nobody has asked for yet."""
        return list(self._frames.pending)

    async def close_frame(self, *, patience_s: float = PATIENCE_S) -> tuple[int, str]:
        """The next frame, a close: its code and reason."""
        opcode, payload = await self.frame(patience_s=patience_s)
        assert opcode == CLOSE, f"expected a close, received {opcode}: {payload!r}"
        return struct.unpack("!H", payload[:2])[0], payload[2:].decode()

    def stop_reading(self) -> None:
        """Take nothing more, whatever comes."""
        transport: Any = self.transport
        transport.pauseProducing()

    async def end(self) -> None:
        """Go away at once, without a word."""
        transport: Any = self.transport
        transport.abortConnection()
        await self.lost

    async def is_lost(self) -> None:
        """Wait until the server has ended the connection."""
        await self.lost.addTimeout(PATIENCE_S, reactor)
