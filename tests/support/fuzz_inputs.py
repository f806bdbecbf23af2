"""
Conversations distorted by chance: the order of messages, what they say, their frames, their bytes, their pieces.

Chance is a `random.Random`, seeded or Hypothesis's own, and decides everything: the same chance gives the same input.
"""

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import cbor2
import msgspec

from tests.support.fuzz_conversations import PREFIX, PROCEDURE, TOPIC, Conversation, Frame
from tests.support.websocket_frames import CLOSE, CONTINUATION, PING, PONG, client_frame

MESSAGE_TYPES = (1, 2, 3, 4, 5, 6, 8, 16, 17, 32, 33, 34, 35, 36, 48, 49, 50, 64, 65, 66, 67, 68, 69, 70)
OPTIONS = (
    *("match", "acknowledge", "exclude_me", "exclude", "eligible", "eligible_authrole", "receive_progress", "mode"),
    *("timeout", "roles", "authmethods", "authid", "authextra", "progress", "invoke", "retain", "ppt_scheme"),
)
WORDS = ("exact", "prefix", "wildcard", "ticket", "anonymous", "alice", "caller", "kill", "tapecast", "", "\0AAA", "💥")
URIS = (
    *(
        TOPIC,
        PROCEDURE,
        PREFIX,
        "tapecast.user.alice.orders",
        "tapecast.stream.get",
        "wamp.session.list",
        "wamp.session",
    ),
    *("wamp.session.on_leave", "wamp.error.canceled", "tapecast..price", "a b", ""),
)
NUMBERS = (
    *(0, 1, -1, 2, 7, 255, 2**31, 2**53, 2**53 + 1, 2**63, -(2**63), 2**64),
    *(0.5, -0.0, 1e308, float("nan"), float("inf")),
)
METHODS = (b"GET", b"POST", b"HEAD", b"get", b"", b"G\xc3\x89T", b"OPTIONS")
PATHS = (b"/", b"//", b"/#a", b"/?%ff", b"[", b"http://[")
HEADERS = (
    b"Host: other:99999999999",
    b"Host:",
    b"Origin: https://evil.example",
    b"Origin: null",
    b"Origin: ://",
    b"Origin: http://[",
    b"Upgrade: h2c",
    b"Connection: close",
    b"Sec-WebSocket-Version: 8",
    b"Sec-WebSocket-Version: x",
    b"Sec-WebSocket-Key: short",
    b"Sec-WebSocket-Protocol: wamp.2.cbor, wamp.2.json",
    b"Sec-WebSocket-Protocol: mqtt",
    b"Sec-WebSocket-Protocol: ,,",
    b"Sec-WebSocket-Protocol: wamp.99999999999999999999.json",
    b"Sec-WebSocket-Protocol: wamp.2.json, wamp.2.json",
    b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
    b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99",
    b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9; client_no_context_takeover",
    b"Sec-WebSocket-Extensions: permessage-bzip2; client_max_compress_level",
    b"Sec-WebSocket-Extensions: ;;=,",
    b"X-Forwarded-For: , ,::::, 10.0.0.1",
    b"x-device-type: mobile",
    b"x-device-type: toaster",
    b"x-background-mode: perhaps",
    b"Cookie: \xff\xfe",
    b"no colon",
    b"X-Long: " + b"x" * 9000,
    b"Content-Length: 10",
    b"Transfer-Encoding: chunked",
)
LARGEST_PIECE = 70_000


def fuzzed(chance: Random, conversations: Sequence[Conversation]) -> list[bytes]:
    """One client's bytes, in the pieces in which they come."""
    conversation = chance.choice(conversations)
    frames = list(conversation.frames)
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        chance.choice(CHANGES)(chance, frames, conversation)
    if chance.random() < 0.1:
        frames += chance.choice(conversations).frames
    opening = conversation.opening
    if chance.random() < 0.15:
        opening = distorted(chance, opening) if not conversation.is_websocket else changed_opening(chance, opening)
    strangeness = chance.choice((0.0, 0.0, 0.05, 0.3))
    data = b"".join(
        strange(chance, frame) if chance.random() < strangeness else conversation.written(frame) for frame in frames
    )
    if chance.random() < 0.3:
        data = distorted(chance, data)
    return in_pieces(chance, opening + data)


def changed_opening(chance: Random, opening: bytes) -> bytes:
    """An opening handshake of another method, with headers that are missing, too many or wrong, or of other bytes."""
    first, *lines = opening.removesuffix(b"\r\n\r\n").split(b"\r\n")
    if chance.random() < 0.2:
        first = chance.choice(METHODS) + b" " + chance.choice(PATHS) + b" HTTP/1.1"
    for _ in range(chance.randint(0, 2)):
        name = chance.choice(lines).partition(b":")[0]
        lines = [line for line in lines if not line.startswith(name)]
    for _ in range(chance.randint(0, 3)):
        header = chance.choice(HEADERS)
        if chance.random() < 0.5:
            lines = [line for line in lines if not line.startswith(header.partition(b":")[0])]
        lines.insert(chance.randint(0, len(lines)), header)
    changed = b"\r\n".join([first, *lines]) + b"\r\n\r\n"
    return distorted(chance, changed) if chance.random() < 0.3 else changed


def repeat(chance: Random, frames: list[Frame], _conversation: Conversation) -> None:
    if frames:
        frames.insert(chance.randint(0, len(frames)), chance.choice(frames))


def drop(chance: Random, frames: list[Frame], _conversation: Conversation) -> None:
    if frames:
        del frames[chance.randrange(len(frames))]


def swap(chance: Random, frames: list[Frame], _conversation: Conversation) -> None:
    if frames:
        one, other = chance.randrange(len(frames)), chance.randrange(len(frames))
        frames[one], frames[other] = frames[other], frames[one]


def alter(chance: Random, frames: list[Frame], conversation: Conversation) -> None:
    """Put another value into a message, at any place of it."""
    if not frames:
        return
    at = chance.randrange(len(frames))
    try:
        message: Any = DECODERS[conversation.serializer](frames[at].payload)
    except (ValueError, EOFError, cbor2.CBORDecodeError):
        return
    if isinstance(message, list) and message:
        message[chance.randrange(len(message))] = chance.choice((value, options))(chance)
        if chance.random() < 0.2:
            message.append(value(chance))
        frames[at] = conversation.message(encoded(conversation.serializer, message))


def make_message(chance: Random, frames: list[Frame], conversation: Conversation) -> None:
    """Put in a message of any type and any fields."""
    kind = chance.choice(MESSAGE_TYPES) if chance.random() < 0.9 else value(chance)
    fields = [chance.choice(FIELDS)(chance) for _ in range(chance.randint(0, 6))]
    payload = encoded(conversation.serializer, [kind, *fields])
    frames.insert(chance.randint(0, len(frames)), conversation.message(payload))


def make_well_formed(chance: Random, frames: list[Frame], conversation: Conversation) -> None:
    """Put in a message that a client may send, at a point where it may not."""
    payload = encoded(conversation.serializer, chance.choice(WELL_FORMED)(chance))
    frames.insert(chance.randint(0, len(frames)), conversation.message(payload))


def make_frame(chance: Random, frames: list[Frame], _conversation: Conversation) -> None:
    """Put in a frame of any kind and any bytes."""
    opcode = chance.choice((CONTINUATION, 1, 2, 3, CLOSE, CLOSE, PING, PING, PONG, 15))
    payload = chance.choice((b"", b"\x03\xe8", b"\x03", b"[1,{}]", chance.randbytes(8), b"x" * 125, b"x" * 300))
    frames.insert(chance.randint(0, len(frames)), Frame(opcode, payload))


CHANGES: tuple[Callable[[Random, list[Frame], Conversation], None], ...] = (
    repeat, drop, swap, alter, alter, make_message, make_well_formed, make_well_formed, make_well_formed, make_frame
)  # fmt: skip


def value(chance: Random, depth: int = 2) -> object:
    """A value that a message may hold, of any kind."""
    kind = chance.randrange(8 if depth else 5)
    if kind < 2:
        return chance.choice(NUMBERS)
    if kind == 2:
        return chance.choice((None, True, False))
    if kind < 5:
        return chance.choice(WORDS + URIS)
    if kind == 5:
        return {chance.choice(WORDS): value(chance, depth - 1) for _ in range(chance.randint(0, 3))}
    return [value(chance, depth - 1) for _ in range(chance.randint(0, 3))]


def options(chance: Random) -> dict[str, object]:
    """Options or details, with names that mean something and any values."""
    return {chance.choice(OPTIONS): value(chance) for _ in range(chance.randint(0, 3))}


def uri(chance: Random) -> str:
    """A URI, known or not, right or wrong."""
    return chance.choice(URIS)


def number(chance: Random) -> float:
    """A number as one would identify a request by, and others."""
    return chance.choice(NUMBERS)


FIELDS: tuple[Callable[[Random], object], ...] = (number, options, options, uri, uri, value)


def request(chance: Random) -> int:
    """A request's number: likely one that is taken."""
    return chance.randint(1, 12)


WELL_FORMED: tuple[Callable[[Random], list[object]], ...] = (
    lambda _chance: [1, "tapecast", {"roles": {"caller": {}, "subscriber": {}}, "authmethods": ["anonymous"]}],
    lambda _chance: [5, "alice", {}],
    lambda _chance: [6, {}, "wamp.close.normal"],
    lambda chance: [8, 68, request(chance), {}, uri(chance), [value(chance)]],
    lambda chance: [16, request(chance), {"acknowledge": True, "exclude_me": False}, uri(chance), [value(chance)]],
    lambda chance: [16, request(chance), {"exclude": [request(chance)], "eligible_authrole": ["public"]}, uri(chance)],
    lambda chance: [32, request(chance), {"match": chance.choice(("exact", "prefix", "wildcard"))}, uri(chance)],
    lambda chance: [34, request(chance), request(chance)],
    lambda chance: [48, request(chance), {"receive_progress": True}, uri(chance), [value(chance)], {"value": 1}],
    lambda chance: [48, request(chance), {"timeout": 1}, PROCEDURE, [value(chance)]],
    lambda chance: [49, request(chance), {"mode": chance.choice(("kill", "skip", "killnowait"))}],
    lambda chance: [64, request(chance), {"match": chance.choice(("exact", "prefix"))}, uri(chance)],
    lambda chance: [66, request(chance), request(chance)],
    lambda chance: [70, request(chance), {"progress": True}, [value(chance)]],
)


def encoded(serializer: str, message: object) -> bytes:
    """A message as a client would write it; nothing where the serializer has no form for it."""
    try:
        return ENCODERS[serializer](message)
    except (OverflowError, ValueError):
        return b""


ENCODERS: dict[str, Callable[[Any], bytes]] = {
    "json": lambda message: json.dumps(message).encode(),
    "msgpack": msgspec.msgpack.encode,
    "cbor": cbor2.dumps,
}
DECODERS: dict[str, Callable[[bytes], Any]] = {
    "json": json.loads,
    "msgpack": msgspec.msgpack.decode,
    "cbor": cbor2.loads,
}


def strange(chance: Random, frame: Frame) -> bytes:
    """A frame in fragments, or with a head that is not as it should be."""
    if chance.random() < 0.7:
        return in_fragments(chance, frame)
    return client_frame(
        frame.opcode,
        frame.payload,
        is_last=chance.random() < 0.8,
        reserved_bits=chance.choice((0, 0, 0, 1, 4, 7)),
        mask=chance.choice((b"", b"\0\0\0\0", b"\1\2\3\4")),
        announced_bytes=chance.choice((None, None, None, 0, 65_536, 65_537, 2**40, 2**63)),
    )


def in_fragments(chance: Random, frame: Frame) -> bytes:
    """A message in fragments, with other frames between them now and then."""
    payload, opcode = frame.payload, frame.opcode
    pieces: list[bytes] = []
    while payload and len(pieces) < 8:
        size = chance.randint(0, len(payload))
        pieces.append(client_frame(opcode, payload[:size], is_last=False))
        if chance.random() < 0.3:
            pieces.append(client_frame(chance.choice((PING, PONG, PING, frame.opcode)), b"between"))
        payload, opcode = payload[size:], CONTINUATION
    return b"".join(pieces) + client_frame(opcode, payload, is_last=chance.random() < 0.9)


def distorted(chance: Random, data: bytes) -> bytes:
    """Bytes with some of them changed, taken out, repeated or put in."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        start = chance.randint(0, len(changed))
        size = chance.choice((1, 1, 1, 2, 8, 64))
        kind = chance.randrange(5)
        if kind == 0:
            changed[start : start + size] = chance.randbytes(size)
        elif kind == 1:
            del changed[start : start + size]
        elif kind == 2:
            changed[start:start] = changed[start : start + size]
        elif kind == 3:
            changed[start:start] = chance.randbytes(size)
        elif chance.random() < 0.3:
            del changed[start:]
    return bytes(changed)


def in_pieces(chance: Random, data: bytes) -> list[bytes]:
    """Bytes cut anywhere: into one piece, into a few, or into many small ones."""
    largest = chance.choice((LARGEST_PIECE, LARGEST_PIECE, 2000, 300, 40))
    pieces, start = [], 0
    while start < len(data):
        size = largest if largest == LARGEST_PIECE else chance.randint(1, largest)
        pieces.append(data[start : start + size])
        start += size
    return pieces
