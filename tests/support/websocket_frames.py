"""Frames as a WebSocket client may write them, right or wrong, and those of a server taken apart."""

import struct
from collections.abc import Iterator

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MASK = b"\x37\xfa\x21\x3d"

_TWO_BYTES, _EIGHT_BYTES = 126, 127


def client_frame(
    opcode: int,
    payload: bytes = b"",
    *,
    is_last: bool = True,
    reserved_bits: int = 0,
    mask: bytes = MASK,
    length_bytes: int | None = None,
    announced_bytes: int | None = None,
) -> bytes:
    """
    One frame.

    Args:
        opcode: Of the frame; 3 to 7 and 11 to 15 do not exist.
        payload: Not masked yet.
        is_last: Whether it ends its message.
        reserved_bits: 0 to 7.
        mask: Empty for a frame that is not masked, as no client may send it.
        length_bytes: In how many bytes the length is written, 0, 2 or 8; None is as few as there have to be.
        announced_bytes: What the frame says that its length is, where it does not tell the truth.
    """
    announced = len(payload) if announced_bytes is None else announced_bytes
    if length_bytes is None:
        length_bytes = 0 if announced < _TWO_BYTES else 2 if announced < 1 << 16 else 8
    short = {0: announced, 2: _TWO_BYTES, 8: _EIGHT_BYTES}[length_bytes]
    head = bytes(((0x80 if is_last else 0) | reserved_bits << 4 | opcode, (0x80 if mask else 0) | short))
    length = announced.to_bytes(length_bytes, "big") if length_bytes else b""
    return head + length + mask + masked(payload, mask)


def masked(payload: bytes, mask: bytes) -> bytes:
    """A payload masked, or one that was masked as it was before."""
    return bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload)) if mask else payload


def close_payload(code: int, reason: bytes = b"") -> bytes:
    """What a close frame holds."""
    return struct.pack("!H", code) + reason


def server_frames(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Opcode and payload of each frame of a server; an unfinished one is left out."""
    start = 0
    while len(data) - start >= 2:
        opcode, length = data[start] & 15, data[start + 1]
        start += 2
        if length >= _TWO_BYTES:
            size = 2 if length == _TWO_BYTES else 8
            length = int.from_bytes(data[start : start + size], "big")
            start += size
        if len(data) - start < length:
            return
        yield opcode, data[start : start + length]
        start += length
