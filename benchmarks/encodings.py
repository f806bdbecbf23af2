"""WAMP messages as bytes, in the three encodings that the gateway speaks."""

import enum
from collections.abc import Callable
from typing import Any

import attrs
import cbor2
import msgspec

from benchmarks.frames import BINARY, TEXT


class Code(enum.IntEnum):
    """The kinds of WAMP messages that the load generator sends or takes."""

    HELLO = 1
    WELCOME = 2
    ABORT = 3
    CHALLENGE = 4
    AUTHENTICATE = 5
    GOODBYE = 6
    ERROR = 8
    PUBLISH = 16
    PUBLISHED = 17
    SUBSCRIBE = 32
    SUBSCRIBED = 33
    EVENT = 36
    CALL = 48
    RESULT = 50
    REGISTER = 64
    REGISTERED = 65
    INVOCATION = 68
    YIELD = 70


@attrs.frozen
class Encoding:
    """
    One way to write messages.

    Attributes:
        name: As subprotocols have it.
        opcode: Of the frames that carry it.
    """

    name: str
    opcode: int
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]

    @property
    def subprotocol(self) -> str:
        """The WebSocket subprotocol."""
        return f"wamp.2.{self.name}"


ENCODINGS = {
    encoding.name: encoding
    for encoding in (
        Encoding("json", TEXT, msgspec.json.encode, msgspec.json.decode),
        Encoding("msgpack", BINARY, msgspec.msgpack.encode, msgspec.msgpack.decode),
        Encoding("cbor", BINARY, cbor2.dumps, cbor2.loads),
    )
}
JSON = ENCODINGS["json"]
