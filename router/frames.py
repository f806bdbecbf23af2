"""
Frames of WebSocket and RawSocket: whole messages written at once, and the plain ones read at once.

Source: RFC 6455, section 5; WAMP specification, "RawSocket transport".
"""

import struct

TEXT, BINARY, PONG = 1, 2, 10

_FIN = 0x80
_COMPRESSED = 0x40
_MASKED = 0x80
_SHORT, _TWO_BYTES = 125, 126
_MASK_BYTES = 4
_PLAIN_HEADS = {_FIN | TEXT: TEXT, _FIN | BINARY: BINARY}


def websocket_frame(payload: bytes, *, opcode: int, is_compressed: bool = False) -> bytes:
    """One message of a server in one frame."""
    head = _FIN | opcode | (_COMPRESSED if is_compressed else 0)
    length = len(payload)
    if length <= _SHORT:
        return bytes((head, length)) + payload
    if length < 1 << 16:
        return struct.pack("!BBH", head, _TWO_BYTES, length) + payload
    return struct.pack("!BBQ", head, 127, length) + payload


def rawsocket_frame(payload: bytes) -> bytes:
    """One message of RawSocket."""
    return struct.pack("!I", len(payload)) + payload


def read_plain_frame(data: bytes, offset: int, *, max_payload_bytes: int) -> tuple[int, bytes, int] | None:
    """
    Read a frame of a client that is complete and holds a whole message, neither compressed nor a control frame.

    Args:
        data: What has come.
        offset: Where the frame begins in it.
        max_payload_bytes: The longest payload that is read here.

    Returns:
        Opcode, unmasked payload and the offset behind the frame; None for any other frame, right or wrong.
    """
    if len(data) - offset < 2 + _MASK_BYTES:
        return None
    opcode = _PLAIN_HEADS.get(data[offset])
    length = data[offset + 1] - _MASKED
    start = offset + 2
    if opcode is None or length < 0 or length > _TWO_BYTES:
        return None
    if length == _TWO_BYTES:
        length = data[start] << 8 | data[start + 1]
        start += 2
        if length <= _SHORT:
            return None
    body = start + _MASK_BYTES
    end = body + length
    if end > len(data) or length > max_payload_bytes:
        return None
    return opcode, _unmasked(data[body:end], data[start:body]), end


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    length = len(payload)
    key = int.from_bytes((mask * (length // _MASK_BYTES + 1))[:length], "little")
    return (int.from_bytes(payload, "little") ^ key).to_bytes(length, "little")
