"""
The cases of the Autobahn test suite for servers, asked of one that speaks WAMP instead of an echo: frames.

Numbers in identifiers are those of the suite's cases. Where the suite waits for its message to come back, a call waits
for its result here: a message that comes in another shape is the same message.
"""

import json

import pytest
from twisted.internet.task import Clock

from router.sockets import ABORT_AFTER_S
from tests.support.echo_caller import JOIN, REQUEST, EchoCaller, call, call_of, chopped, in_frames
from tests.support.memory_transport import live_by
from tests.support.raw_websocket import CALL, ERROR, GOODBYE, WELCOME
from tests.support.routers import RouterUnderTest
from tests.support.websocket_frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, client_frame

INVALID = (4004, "tapecast.close.invalid_message")
TOO_BIG = (1009, "tapecast.close.invalid_message")
MAX_BYTES = 65_536


SIZES = {"1.1.1": 48, "1.1.2": 125, "1.1.3": 126, "1.1.4": 127, "1.1.5": 128, "1.1.6": 65_535, "1.1.7": 65_536}


@pytest.mark.parametrize("segment", [None, 997], ids=["whole", "1.1.8"])
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_messages_of_every_length_are_taken(caller: EchoCaller, size: int, segment: int | None) -> None:
    """The three forms of a length, at their edges, in one segment and in several."""
    message, text = call_of(size)
    frame = client_frame(TEXT, message)

    caller.send(*chopped(frame, segment or len(frame)))

    assert caller.answers() == [text]


@pytest.mark.parametrize("mask", [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x01\x02\x03\x04"])
@pytest.mark.parametrize("extra", range(4))
def test_any_mask_is_taken_off(caller: EchoCaller, mask: bytes, extra: int) -> None:
    """A mask of any bytes, on payloads of any length modulo four."""
    caller.send(client_frame(TEXT, call("x" * extra), mask=mask))

    assert caller.answers() == ["x" * extra]


@pytest.mark.parametrize(
    "payload",
    [b"", b"Hello, world!", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", b"\xfe" * 125],
    ids=["2.1", "2.2", "2.3", "2.4"],
)
@pytest.mark.parametrize("segment", [200, 1], ids=["whole", "2.6"])
def test_a_ping_is_answered_with_its_payload(caller: EchoCaller, payload: bytes, segment: int) -> None:
    """A pong has what the ping had, empty, text or bytes."""
    caller.send(*chopped(client_frame(PING, payload), segment))

    assert caller.frames() == [(PONG, payload)]


def test_a_ping_that_is_too_long_ends_the_connection(caller: EchoCaller) -> None:
    """A control frame of 126 bytes does not exist (2.5)."""
    caller.send(client_frame(PING, b"\xfe" * 126))

    assert caller.ending() == INVALID


@pytest.mark.parametrize("payload", [b"", b"unsolicited pong payload"], ids=["2.7", "2.8"])
def test_a_pong_that_nobody_asked_for_is_passed_over(caller: EchoCaller, payload: bytes) -> None:
    """The ping behind it is answered as if it had not come (2.9)."""
    caller.send(client_frame(PONG, payload) + client_frame(PING, b"ping payload"))

    assert caller.frames() == [(PONG, b"ping payload")]


@pytest.mark.parametrize("segment", [1000, 1], ids=["2.10", "2.11"])
def test_ten_pings_have_ten_pongs(caller: EchoCaller, segment: int) -> None:
    """Each is answered, in its order."""
    payloads = [b"payload-%d" % number for number in range(10)]

    caller.send(*chopped(b"".join(client_frame(PING, payload) for payload in payloads), segment))

    assert caller.frames() == [(PONG, payload) for payload in payloads]


@pytest.mark.parametrize("reserved_bits", range(1, 8), ids=lambda bits: f"3.{bits}")
@pytest.mark.parametrize("opcode", [TEXT, BINARY, PING, CLOSE])
def test_reserved_bits_end_the_connection(caller: EchoCaller, opcode: int, reserved_bits: int) -> None:
    """No extension is agreed on, so none of the three bits means anything; what came before is answered."""
    caller.send(client_frame(TEXT, call("before")) + client_frame(opcode, b"\x03\xe8", reserved_bits=reserved_bits))

    (_, answer), (_, goodbye), (closed, payload) = caller.frames()
    assert json.loads(answer)[3] == ["before"]
    assert json.loads(goodbye)[0] == GOODBYE
    assert (closed, int.from_bytes(payload[:2], "big")) == (CLOSE, INVALID[0])


@pytest.mark.parametrize("payload", [b"", b"reserved opcode payload"])
@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15], ids=lambda opcode: f"4-{opcode}")
def test_reserved_opcodes_end_the_connection(caller: EchoCaller, opcode: int, payload: bytes) -> None:
    """Frames of a kind that does not exist, also behind one that does (4.1, 4.2)."""
    caller.send(client_frame(PING) + client_frame(opcode, payload) + client_frame(PING))

    assert caller.frames()[0] == (PONG, b"")
    assert not caller.transport.is_lost
    assert caller.protocol.state == caller.protocol.STATE_CLOSING


@pytest.mark.parametrize("opcode", [PING, PONG], ids=["5.1", "5.2"])
def test_control_frames_come_in_one_piece(caller: EchoCaller, opcode: int) -> None:
    """A fragment of a ping or pong ends the connection."""
    caller.send(client_frame(opcode, b"fragment1", is_last=False) + client_frame(CONTINUATION, b"fragment2"))

    assert caller.ending() == INVALID


@pytest.mark.parametrize("piece", [1, 2, 7, 20], ids=lambda size: f"{size} bytes")
@pytest.mark.parametrize("segment", [10_000, 1], ids=["5.3", "5.5"])
def test_a_message_in_fragments_is_the_same_message(caller: EchoCaller, piece: int, segment: int) -> None:
    """However small its frames are, and however they come."""
    frames = b"".join(in_frames(call("Hello world"), piece))

    caller.send(*chopped(frames, segment))

    assert caller.answers() == ["Hello world"]


def test_frames_may_come_one_at_a_time(caller: EchoCaller) -> None:
    """A turn of the reactor between the fragments makes no difference (5.4)."""
    caller.send(*in_frames(call("Hello world"), 10))

    assert caller.answers() == ["Hello world"]


def test_fragments_may_be_empty(caller: EchoCaller) -> None:
    """Empty ones first, in the middle and at the end add nothing (6.1.2, 6.1.3)."""
    message = call("Hello world")
    pieces = [b"", message[:20], b"", message[20:], b""]

    caller.send(
        *(
            client_frame(CONTINUATION if index else TEXT, piece, is_last=index == len(pieces) - 1)
            for index, piece in enumerate(pieces)
        )
    )

    assert caller.answers() == ["Hello world"]


@pytest.mark.parametrize("segment", [10_000, 1], ids=["5.6", "5.8"])
def test_a_ping_between_fragments_is_answered_at_once(caller: EchoCaller, segment: int) -> None:
    """Control frames may come inside a message, and do not wait for its end (5.7)."""
    first, second = in_frames(call("a" * 20), 40)
    caller.send(*chopped(first + client_frame(PING, b"inside"), segment))

    assert caller.frames() == [(PONG, b"inside")]

    caller.send(*chopped(second, segment))

    assert caller.answers() == ["a" * 20]


def test_pings_between_all_fragments(caller: EchoCaller) -> None:
    """Several in a row, with pongs that nobody asked for among them (5.19, 5.20)."""
    frames = in_frames(call("Hello world"), 16)
    intruders = client_frame(PING, b"1") + client_frame(PONG, b"?") + client_frame(PING, b"2")

    caller.send(intruders.join(frames))

    *pongs, (opcode, answer) = caller.frames()
    assert pongs == [(PONG, b"1"), (PONG, b"2")] * (len(frames) - 1)
    assert (opcode, json.loads(answer)[3]) == (TEXT, ["Hello world"])


@pytest.mark.parametrize("segment", [10_000, 1], ids=["whole", "5.11"])
@pytest.mark.parametrize("is_last", [True, False], ids=["5.9", "5.12"])
def test_a_continuation_of_nothing_ends_the_connection(caller: EchoCaller, segment: int, *, is_last: bool) -> None:
    """A message begins with its own frame (5.10, 5.13, 5.14)."""
    stray = client_frame(CONTINUATION, b"non-continuation payload", is_last=is_last)

    caller.send(*chopped(stray + client_frame(TEXT, call()), segment))

    assert caller.ending() == INVALID


@pytest.mark.parametrize("stray", [[], in_frames(call("whole"), 20)], ids=["5.16", "5.15"])
def test_messages_are_not_mixed(caller: EchoCaller, stray: list[bytes]) -> None:
    """A message that begins inside another ends the connection, and so does a piece too many (5.17, 5.18)."""
    second = client_frame(CONTINUATION, b"fragment") if stray else client_frame(TEXT, call())

    caller.send(b"".join(stray) + (b"" if stray else client_frame(TEXT, b"[", is_last=False)) + second)

    *answers, (_, goodbye), (opcode, payload) = caller.frames()
    assert [json.loads(answer)[3] for _, answer in answers] == ([["whole"]] if stray else [])
    assert json.loads(goodbye)[0] == GOODBYE
    assert (opcode, int.from_bytes(payload[:2], "big")) == (CLOSE, INVALID[0])


def test_a_client_that_never_closes_is_cut(caller: EchoCaller, clock: Clock) -> None:
    """Once told that its connection ends, it has two seconds, whatever else it sends."""
    caller.send(client_frame(3))
    for _ in range(4):
        clock.advance(ABORT_AFTER_S / 4 - 0.01)
        caller.send(client_frame(PING), client_frame(TEXT, call()))
    assert caller.ending() == INVALID
    assert not caller.transport.is_lost

    clock.advance(0.1)

    assert caller.transport.is_lost


@pytest.mark.parametrize("opcode", [TEXT, BINARY, CONTINUATION, PING, CLOSE])
def test_a_frame_without_a_mask_ends_the_connection(caller: EchoCaller, opcode: int) -> None:
    """Every frame of a client is masked."""
    caller.send(client_frame(opcode, b"\x03\xe8", mask=b""))

    assert caller.ending() == INVALID


@pytest.mark.parametrize("length_bytes", [2, 8])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_length_is_as_short_as_can_be(caller: EchoCaller, opcode: int, length_bytes: int) -> None:
    """A length of 100 in two or eight bytes is a breach."""
    caller.send(client_frame(opcode, b" " * 100, length_bytes=length_bytes))

    assert caller.ending() == INVALID


@pytest.mark.parametrize("announced", [MAX_BYTES + 1, 1 << 20, 1 << 32, (1 << 63) - 1], ids=hex)
def test_a_frame_that_is_too_big_is_refused_when_it_begins(caller: EchoCaller, announced: int) -> None:
    """Nobody waits for the end of what is too long to be read (9.1, 9.2)."""
    caller.send(client_frame(TEXT, b"[", announced_bytes=announced))

    assert caller.ending() == TOO_BIG


def test_a_length_of_64_bits_has_no_sign(caller: EchoCaller) -> None:
    """The highest bit of a length is never set."""
    caller.send(client_frame(TEXT, b"[", announced_bytes=1 << 63))

    assert caller.ending() == INVALID


@pytest.mark.parametrize("piece", [64, 256, 1024, 4096, 16_384], ids=lambda size: f"9.3-{size}")
def test_a_long_message_may_come_in_fragments(caller: EchoCaller, piece: int) -> None:
    """64 KiB in up to a thousand frames is one message (9.4)."""
    message, text = call_of(MAX_BYTES)

    caller.send(b"".join(in_frames(message, piece)))

    assert caller.answers() == [text]


@pytest.mark.parametrize("segment", [64, 1024, 16_384], ids=lambda size: f"9.5-{size}")
def test_a_long_message_may_come_in_segments(caller: EchoCaller, segment: int) -> None:
    """One frame, in as many segments as the network likes (9.6)."""
    message, text = call_of(MAX_BYTES)

    caller.send(*chopped(client_frame(TEXT, message), segment))

    assert caller.answers() == [text]


def test_a_message_of_too_many_fragments_is_too_big(caller: EchoCaller) -> None:
    """The whole counts, also where its frames are small."""
    frames = in_frames(call("*" * MAX_BYTES), 1024)

    caller.send(*frames)

    assert caller.ending() == TOO_BIG


@pytest.mark.parametrize("size", [48, 126, 1024], ids=lambda size: f"9.7-{size}")
@pytest.mark.parametrize("segment", [10**6, 997], ids=["at once", "10.1.1"])
def test_many_messages_are_answered_in_order(caller: EchoCaller, size: int, segment: int) -> None:
    """Hundreds in one segment, or cut anywhere (9.8)."""
    texts = [f"{number:0{size}}" for number in range(300)]
    stream = b"".join(client_frame(TEXT, call(text, number)) for number, text in enumerate(texts, start=1))

    caller.send(*chopped(stream, segment))

    assert caller.answers() == texts


def test_whole_messages_fragments_and_pings_share_a_segment(caller: EchoCaller) -> None:
    """Whatever stands beside a plain message, it is read in its turn."""
    fragments = b"".join(in_frames(call("third", 3), 9))
    first, second, fourth = (client_frame(TEXT, call(f"{number}", number)) for number in (1, 2, 4))
    partial = len(fourth) // 2

    caller.send(
        client_frame(PING, b"before") + first + second + client_frame(PING, b"behind") + fragments + fourth[:partial]
    )

    assert [opcode for opcode, _ in caller.frames()] == [PONG, TEXT, TEXT, PONG, TEXT]

    caller.send(fourth[partial:] + client_frame(PING, b"last"))

    assert [opcode for opcode, _ in caller.frames()] == [TEXT, PONG]


def test_the_first_message_may_come_with_the_handshake(router: RouterUnderTest, clock: Clock) -> None:
    """A client need not wait for the answer to its opening, nor for WELCOME."""
    live_by(router, clock)
    peer = EchoCaller(router.websocket_factory, clock)

    peer.send(REQUEST + JOIN + client_frame(TEXT, call()))

    (_, welcome), (_, error) = peer.frames()
    assert json.loads(welcome)[0] == WELCOME
    assert json.loads(error)[:3] == [ERROR, CALL, 1]
    peer.leave()
