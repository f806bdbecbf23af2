"""WebSocket as a client speaks it: the opening request, masked frames out, plain frames in."""

import struct
from functools import lru_cache

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10

COMPRESSED = 0x40
"""Set in a frame's opcode where its payload is compressed (RSV1)."""

DEFLATE_MARK = b"\0\0\xff\xff"
"""What permessage-deflate leaves out at the end of a message (RFC 7692, 7.2.2)."""

_LAST = 0x80
_MASKED = 0x80
_KEY = bytes.fromhex("37fa213d")
"""One for all frames: a server has the same work with it, and the load generator has less."""

_SHORT, _MEDIUM, _LONG = 125, 126, 127
_MOST_MEDIUM = 0xFFFF

Frame = tuple[int, bytes]
"""An opcode, with `COMPRESSED` where it applies, and a payload."""


def opening_request(host: str, path: str, subprotocol: str | None, **headers: str) -> bytes:
    """The request that opens a connection; `_` in a header's name stands for `-`."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        *([] if subprotocol is None else [f"Sec-WebSocket-Protocol: {subprotocol}"]),
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def client_frame(opcode: int, payload: bytes) -> bytes:
    """One whole frame, masked."""
    size = len(payload)
    masked = (int.from_bytes(payload) ^ _mask(size)).to_bytes(size)
    return _head(opcode, size) + masked


@lru_cache
def _head(opcode: int, size: int) -> bytes:
    if size <= _SHORT:
        length = struct.pack("!B", _MASKED | size)
    elif size <= _MOST_MEDIUM:
        length = struct.pack("!BH", _MASKED | _MEDIUM, size)
    else:
        length = struct.pack("!BQ", _MASKED | _LONG, size)
    return bytes([_LAST | opcode]) + length + _KEY


@lru_cache
def _mask(size: int) -> int:
    return int.from_bytes((_KEY * (size // len(_KEY) + 1))[:size])


def split_frames(data: bytes) -> tuple[list[Frame], bytes]:
    """The whole frames that a server's bytes begin with, and what is left."""
    frames = []
    start, end = 0, len(data)
    while end - start > 1:
        head, size = start + 2, data[start + 1]
        if size == _MEDIUM:
            head, size = start + 4, int.from_bytes(data[start + 2 : start + 4])
        elif size == _LONG:
            head, size = start + 10, int.from_bytes(data[start + 2 : start + 10])
        if end < head + size:
            break
        frames.append((data[start] & (COMPRESSED | 0x0F), data[head : head + size]))
        start = head + size
    return frames, data[start:]
