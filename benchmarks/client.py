"""One WAMP connection of the load generator: a non-blocking socket and what is said on it."""

import socket
import struct
import time
import zlib
from collections.abc import Callable, Generator
from typing import Any

import attrs

from benchmarks.encodings import Code, Encoding
from benchmarks.frames import CLOSE, COMPRESSED, DEFLATE_MARK, PING, PONG, client_frame, opening_request, split_frames
from benchmarks.poller import READS, READS_AND_WRITES, Poller

CHUNK_BYTES = 16_384
PATH = "/ws"
LOST = 1006
"""The close code of a connection that ended without one."""

Message = list[Any]
Script = Generator[None, Message, None]
"""What a client says to begin with: it is sent each message that comes, until it ends."""


class UnexpectedAnswerError(Exception):
    """The router said something else than the load generator can go on with."""


@attrs.frozen(kw_only=True)
class ClientOptions:
    """
    How a client connects.

    Attributes:
        source: The address that it comes from; None is the system's choice.
        receive_buffer_bytes: How much its kernel takes while nobody reads; None lets it grow without notice.
        takes_compressed: Whether it offers to unpack messages.
    """

    source: str | None = None
    receive_buffer_bytes: int | None = None
    takes_compressed: bool = False


class Client:
    """
    One connection.

    Attributes:
        begun_ns: When it began to connect.
        ready_ns: When its script had ended; 0 before.
        close_code: Why it ended; None while it is open.
        refusal: What its script could not go on with; None where it could.
        bytes_read: How much came on it.
        take_payload: Takes each message's bytes once the script has ended.
    """

    def __init__(
        self, poller: Poller, address: tuple[str, int], encoding: Encoding, options: ClientOptions | None = None
    ) -> None:
        options = options or ClientOptions()
        self.begun_ns = time.monotonic_ns()
        self.ready_ns = 0
        self.close_code: int | None = None
        self.refusal: str | None = None
        self.bytes_read = 0
        self.take_payload: Callable[[bytes], None] = self._drop
        self._poller = poller
        self._encoding = encoding
        self._script: Script | None = None
        self._is_open = False
        self._received = b""
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS) if options.takes_compressed else None
        headers = {"Sec_WebSocket_Extensions": "permessage-deflate"} if options.takes_compressed else {}
        self._unsent = opening_request(f"{address[0]}:{address[1]}", PATH, encoding.subprotocol, **headers)
        self._waits_for_room = True
        self._socket = _connecting_socket(address, options)
        self._descriptor = self._socket.fileno()
        poller.add(self._descriptor, self.receive, self.flush)

    @staticmethod
    def _drop(_payload: bytes) -> None:
        """Take a message that nobody waits for."""

    def run(self, script: Script) -> None:
        """Follow a script as soon as the connection is open; `take_payload` gets what comes when it has ended."""
        self._script, self.ready_ns = script, 0
        if self._is_open:
            self._step(None)

    def receive(self) -> None:
        """Read what there is, answer pings, and hand on messages."""
        self.take_chunk(self.read())

    def read(self) -> bytes:
        """The next bytes; none where the connection is lost."""
        try:
            chunk = self._socket.recv(CHUNK_BYTES)
        except BlockingIOError:
            return b""
        except OSError:
            chunk = b""
        if not chunk:
            self.close(LOST)
        self.bytes_read += len(chunk)
        return chunk

    def take_chunk(self, chunk: bytes) -> None:
        """Take bytes that were read."""
        self._received += chunk
        if not self._is_open:
            self._finish_opening()
        if self._is_open:
            frames, self._received = split_frames(self._received)
            for opcode, payload in frames:
                self._take_frame(opcode, payload)

    def receive_by(self, receive: Callable[[], None]) -> None:
        """Let something else read from now on."""
        self._poller.receive_by(self._descriptor, receive)

    def pause(self) -> None:
        """Stop reading."""
        self._poller.wait_for(self._descriptor, 0)

    def resume(self) -> None:
        """Read again, where the connection is still there."""
        if self.close_code is None:
            self._poller.wait_for(self._descriptor, READS)

    def send(self, *message: object) -> None:
        """Send one message."""
        self.send_bytes(self.framed(*message))

    def framed(self, *message: object) -> bytes:
        """One message as it is sent."""
        return client_frame(self._encoding.opcode, self._encoding.encode(message))

    def decoded(self, payload: bytes) -> Message:
        """A message that came."""
        message: Message = self._encoding.decode(payload)
        return message

    def send_bytes(self, data: bytes) -> None:
        """Send frames; what the socket does not take goes when there is room."""
        if self.close_code is None:
            self._unsent += data
            if not self._waits_for_room:
                self.flush()

    def flush(self) -> None:
        """Send what waits."""
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close(LOST)
            return
        self._unsent = self._unsent[sent:]
        if bool(self._unsent) is not self._waits_for_room:
            self._waits_for_room = bool(self._unsent)
            self._poller.wait_for(self._descriptor, READS_AND_WRITES if self._unsent else READS)

    def close(self, code: int = 1000) -> None:
        """End the connection at once, without a word."""
        if self.close_code is None:
            self.close_code = code
            self._poller.remove(self._descriptor)
            self._socket.close()

    def _finish_opening(self) -> None:
        head, ends, rest = self._received.partition(b"\r\n\r\n")
        if not ends:
            return
        if b" 101 " in head.partition(b"\r\n")[0]:
            self._is_open, self._received = True, rest
            self._step(None)
        else:
            self._give_up(f"expected a WebSocket to open, received {head[:200]!r}")

    def _take_frame(self, opcode: int, payload: bytes) -> None:
        if opcode & COMPRESSED and self._inflater is not None:
            opcode, payload = opcode ^ COMPRESSED, self._inflater.decompress(payload + DEFLATE_MARK)
        if opcode == PING:
            self.send_bytes(client_frame(PONG, payload))
        elif opcode == CLOSE:
            self.close(struct.unpack("!H", payload[:2])[0] if payload else LOST)
        elif self._script is not None:
            self._step(self.decoded(payload))
        else:
            self.take_payload(payload)

    def _step(self, message: Message | None) -> None:
        if self._script is None:
            return
        try:
            if message is None:
                next(self._script)
            else:
                self._script.send(message)
        except StopIteration:
            self._script = None
            self.ready_ns = time.monotonic_ns()
        except UnexpectedAnswerError as error:
            self._give_up(str(error))

    def _give_up(self, reason: str) -> None:
        self._script, self.refusal = None, reason
        self.close(LOST)


def _connecting_socket(address: tuple[str, int], options: ClientOptions) -> socket.socket:
    one = socket.socket()
    one.settimeout(0)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if options.receive_buffer_bytes is not None:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, options.receive_buffer_bytes)
    if options.source is not None:
        one.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
        one.bind((options.source, 0))
    one.connect_ex(address)
    return one


_IP_BIND_ADDRESS_NO_PORT = 24
"""Leaves the choice of the port to connect(), which knows the other end; Linux 4.2, not named by Python 3.11."""


def expect(code: Code, message: Message) -> Message:
    """
    The message, if it is of this kind.

    Raises:
        UnexpectedAnswerError: It is of another.
    """
    if message[0] != code:
        raise UnexpectedAnswerError(f"expected {code.name}, received {message!r}")
    return message
