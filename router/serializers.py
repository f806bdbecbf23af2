"""Serializers: JSON and MessagePack by msgspec, an order of magnitude faster than what Autobahn has."""

import base64
import binascii
import re
import sys
from functools import partial
from typing import Any

import msgspec
from autobahn.wamp.serializer import (
    CBORObjectSerializer,
    CBORSerializer,
    JsonObjectSerializer,
    JsonSerializer,
    MsgPackObjectSerializer,
    MsgPackSerializer,
    _WAMPJsonEncoder,
)

from router.events import Encoding, WireFormat, cbor_event_head, json_event_head, msgpack_event_head
from router.frames import BINARY, TEXT, rawsocket_frame, websocket_frame
from router.plain_values import check_plain

_BINARY_MARK = "\0"
_BINARY_MARK_IN_JSON = b"\\u0000"

_encode_any = _WAMPJsonEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode

_BYTES_OR_FLOAT = re.compile(b"[\xc4-\xc6\xca\xcb]")
"""What bytes and floats begin with in MessagePack; text and numbers may hold these bytes as well."""

RECURSION_LIMIT = 1000
"""Python's own default."""


def limit_recursion() -> None:
    """
    Undo what an import of Crossbar does to Python's recursion limit.

    A library behind it sets the limit to 100 000, beyond which msgspec's decoder, and the process with it, dies of one
    message of nested brackets.
    """
    sys.setrecursionlimit(RECURSION_LIMIT)


class FastJsonObjectSerializer(JsonObjectSerializer):
    """
    Autobahn's JSON with another decoder, and another encoder for all but the values that WAMP has rules of its own for.

    WAMP writes bytes in JSON as a string of NUL and base64, but for keys; such strings are looked for only in messages
    that hold an escaped NUL at all. `NaN` and infinities, which JSON does not have, are refused both ways: a browser
    would end its connection because of one.
    Source: WAMP specification, "Binary conversion of JSON strings".
    """

    def serialize(self, obj: Any) -> bytes:
        """
        Encode one message.

        Raises:
            ValueError: It holds a number or text that JSON has no form for.
            TypeError: It holds a value of another type.
        """
        try:
            is_simple = _BYTES_OR_FLOAT.search(msgspec.msgpack.encode(obj)) is None
        except (OverflowError, TypeError, ValueError):
            is_simple = False
        if is_simple:
            return msgspec.json.encode(obj)
        text: str = _encode_any(obj)
        return text.encode()

    def unserialize(self, payload: bytes) -> list[Any]:
        """
        Decode one message.

        Raises:
            ValueError: It is not JSON, or marks a string as binary that is not base64.
        """
        decoded = msgspec.json.decode(payload)
        return [_with_bytes(decoded) if _BINARY_MARK_IN_JSON in payload else decoded]


def _with_bytes(value: Any) -> Any:
    if isinstance(value, str):
        return _bytes_of(value) if value.startswith(_BINARY_MARK) else value
    if isinstance(value, list):
        return [_with_bytes(item) for item in value]
    if isinstance(value, dict):
        return {key: _with_bytes(item) for key, item in value.items()}
    return value


def _bytes_of(text: str) -> bytes:
    try:
        return base64.b64decode(text[1:], validate=True)
    except binascii.Error as error:
        raise ValueError(f"expected base64 behind NUL: {error}") from error


class PlainCborObjectSerializer(CBORObjectSerializer):
    """Autobahn's CBOR, for messages of plain values."""

    def unserialize(self, payload: bytes) -> list[Any]:
        """
        Decode one message.

        Raises:
            ValueError: It is not CBOR, or not of plain values told in full.
        """
        return _checked(super().unserialize(payload), payload)


class FastMsgPackObjectSerializer(MsgPackObjectSerializer):
    """Autobahn's MessagePack by another library."""

    def serialize(self, obj: Any) -> bytes:
        """
        Encode one message.

        Raises:
            OverflowError: It holds an integer of more than 64 bits.
            TypeError: It holds a value that MessagePack has no form for.
            ValueError: It holds text that is not Unicode.
        """
        return msgspec.msgpack.encode(obj)

    def unserialize(self, payload: bytes) -> list[Any]:
        """
        Decode one message.

        Raises:
            ValueError: It is not MessagePack.
        """
        return [msgspec.msgpack.decode(payload)]


class PlainMsgPackObjectSerializer(FastMsgPackObjectSerializer):
    """The same, for messages of plain values."""

    def unserialize(self, payload: bytes) -> list[Any]:
        """
        Decode one message.

        Raises:
            ValueError: It is not MessagePack, or not of plain values.
        """
        return _checked(super().unserialize(payload), payload)


def _checked(messages: list[Any], payload: bytes) -> list[Any]:
    for message in messages:
        check_plain(message, size_bytes=len(payload))
    return messages


def client_serializers() -> list[Any]:
    """What clients speak: `wamp.2.json`, `wamp.2.msgpack` and `wamp.2.cbor`, of values that can be passed on."""
    json, msgpack, cbor = JsonSerializer(), MsgPackSerializer(), CBORSerializer()
    json._serializer = FastJsonObjectSerializer()
    msgpack._serializer = PlainMsgPackObjectSerializer()
    cbor._serializer = PlainCborObjectSerializer()
    return [json, msgpack, cbor]


def process_serializers() -> list[Any]:
    """What the gateway's own processes speak: the same, and nothing is checked of what they say."""
    json, msgpack = JsonSerializer(), MsgPackSerializer()
    json._serializer = FastJsonObjectSerializer()
    msgpack._serializer = FastMsgPackObjectSerializer()
    return [json, msgpack, CBORSerializer()]


_ENCODINGS = (
    Encoding(
        name=JsonSerializer.SERIALIZER_ID,
        encode=FastJsonObjectSerializer().serialize,
        event_head=json_event_head,
        no_details=b"{}",
        between=b",",
        event_tail=b"]",
    ),
    Encoding(
        name=MsgPackSerializer.SERIALIZER_ID,
        encode=FastMsgPackObjectSerializer().serialize,
        event_head=msgpack_event_head,
        no_details=b"\x80",
    ),
    Encoding(
        name=CBORSerializer.SERIALIZER_ID,
        encode=CBORObjectSerializer().serialize,
        event_head=cbor_event_head,
        no_details=b"\xa0",
    ),
)


def opcode_of(name: str) -> int:
    """The kind of WebSocket message that a serializer's messages are."""
    return TEXT if name == JsonSerializer.SERIALIZER_ID else BINARY


WEBSOCKET_WIRES = {
    encoding.name: WireFormat(encoding, partial(websocket_frame, opcode=opcode_of(encoding.name)))
    for encoding in _ENCODINGS
}
"""How a WebSocket connection gets its messages, by the name of its serializer."""

RAWSOCKET_WIRES = {encoding.name: WireFormat(encoding, rawsocket_frame) for encoding in _ENCODINGS}
"""The same of a RawSocket connection."""
