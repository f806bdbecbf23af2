"""
The cases of the Autobahn test suite for servers, asked of one that speaks WAMP: text and the end of a connection.

Numbers in identifiers are those of the suite's cases.
"""

import json

import pytest

from tests.support.echo_caller import EchoCaller, call, call_of, chopped, in_frames
from tests.support.websocket_frames import BINARY, CLOSE, PING, PONG, TEXT, client_frame, close_payload

HELLO_WORLD = "Hello-µ@ßöäüàá-UTF-8!! 😀"
INVALID = (4004, "tapecast.close.invalid_message")
MAX_BYTES = 65_536


VALID_UTF8 = {
    "6.2": HELLO_WORLD,
    "6.5": "κόσμε",
    "6.6": "\N{GREEK SMALL LETTER KAPPA}\U000233b4",
    "6.7": "\u0001\u007f\u0080\u07ff\u0800\ufffd\U00010000\U0010ffff".replace("\u0001", " "),
    "6.9": "\ud7ff\ue000\ufffd",
    "6.22": "\ufffe\uffff\ufdd0\U0001fffe",
}


@pytest.mark.parametrize("piece", [10_000, 1], ids=["whole", "6.2.3"])
@pytest.mark.parametrize("text", VALID_UTF8.values(), ids=VALID_UTF8)
def test_text_may_be_any_unicode(caller: EchoCaller, text: str, piece: int) -> None:
    """Characters of one to four bytes, also where a fragment ends inside one."""
    caller.send(b"".join(in_frames(call(text), piece)))

    assert caller.answers() == [text]


INVALID_UTF8 = {
    "6.3.1": b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
    "6.8.1": b"\xf8\x88\x80\x80\x80",
    "6.8.2": b"\xfc\x84\x80\x80\x80\x80",
    "6.10.1": b"\xf7\xbf\xbf\xbf",
    "6.10.2": b"\xfb\xbf\xbf\xbf\xbf",
    "6.11.5": b"\xf4\x90\x80\x80",
    "6.12.1": b"\x80",
    "6.12.3": b"\x80\xbf",
    "6.13.1": b"\xc0 \xc1 ",
    "6.13.5": b"\xfc ",
    "6.14.1": b"\xc0",
    "6.14.2": b"\xe0\x80",
    "6.14.6": b"\xdf",
    "6.15.1": b"\xc0\xe0\x80\xf0\x80\x80\xf8\x80\x80\x80",
    "6.16.1": b"\xfe",
    "6.16.2": b"\xff",
    "6.17.1": b"\xc0\xaf",
    "6.18.1": b"\xc1\xbf",
    "6.19.1": b"\xc0\x80",
    "6.20.1": b"\xed\xa0\x80",
    "6.21.1": b"\xed\xa0\x80\xed\xb0\x80",
    "6.21.8": b"\xed\xaf\xbf\xed\xbf\xbf",
}


@pytest.mark.parametrize("piece", [10_000, 1], ids=["whole", "6.3.2"])
@pytest.mark.parametrize("text", INVALID_UTF8.values(), ids=INVALID_UTF8)
def test_text_that_is_no_unicode_ends_the_connection(caller: EchoCaller, text: bytes, piece: int) -> None:
    """Also inside a string of JSON, read at once or in fragments."""
    message = call("text").replace(b'"text"', b'"%b"' % text)

    caller.send(b"".join(in_frames(message, piece)))

    assert caller.ending() == INVALID


@pytest.mark.parametrize("segment", [10_000, 1], ids=["6.4.1", "6.4.3"])
def test_wrong_text_is_found_before_the_message_ends(caller: EchoCaller, segment: int) -> None:
    """A fragment that cannot become right any more ends the connection before the next one comes (6.4.2, 6.4.4)."""
    caller.send(*chopped(client_frame(TEXT, call()[:-3] + b'"\xf4\x90', is_last=False), segment))

    assert caller.ending() == INVALID


@pytest.mark.parametrize("size", [None, 3])
def test_text_ends_with_a_whole_character(caller: EchoCaller, size: int | None) -> None:
    """A message that ends within a character is none."""
    message = call() + b"\xce"

    caller.send(*in_frames(message, size or len(message)))

    assert caller.ending() == INVALID


@pytest.mark.parametrize("payload", [b"", b"\xff\xfe"])
def test_a_message_of_the_other_kind_ends_the_connection(caller: EchoCaller, payload: bytes) -> None:
    """The subprotocol is one of text, so bytes are no message, whatever they are (1.2)."""
    caller.send(client_frame(BINARY, payload))

    assert caller.ending() == INVALID


def test_a_close_is_answered_and_the_connection_ends(caller: EchoCaller) -> None:
    """A client that closes with 1000 gets 1000 back, after what it asked for before (7.1.1)."""
    caller.send(client_frame(TEXT, call("before")) + client_frame(CLOSE, close_payload(1000)))

    (_, answer), close = caller.frames()
    assert json.loads(answer)[3] == ["before"]
    assert close == (CLOSE, close_payload(1000))
    assert caller.transport.is_lost


@pytest.mark.parametrize(
    "behind",
    [client_frame(CLOSE, close_payload(1000)), client_frame(PING), client_frame(TEXT, call())],
    ids=["7.1.2", "7.1.3", "7.1.4"],
)
@pytest.mark.parametrize("segment", [10_000, 1])
def test_nothing_behind_a_close_is_read(caller: EchoCaller, behind: bytes, segment: int) -> None:
    """A second close, a ping and a call come too late."""
    caller.send(*chopped(client_frame(CLOSE, close_payload(1000)) + behind, segment))

    assert caller.frames() == [(CLOSE, close_payload(1000))]
    assert caller.transport.is_lost


def test_a_close_inside_a_message_is_a_close(caller: EchoCaller) -> None:
    """What of the message came before, and what comes behind, is dropped (7.1.5)."""
    first, second = in_frames(call("a" * 20), 40)

    caller.send(first + client_frame(CLOSE, close_payload(1000)) + second)

    assert caller.frames() == [(CLOSE, close_payload(1000))]
    assert caller.transport.is_lost


def test_a_close_behind_a_long_message_waits_for_it(caller: EchoCaller) -> None:
    """The answer of a call that came before goes first (7.1.6)."""
    message, text = call_of(MAX_BYTES)

    caller.send(*chopped(client_frame(TEXT, message) + client_frame(CLOSE, close_payload(1000)), 4096))

    (_, answer), close = caller.frames()
    assert json.loads(answer)[3] == [text]
    assert close == (CLOSE, close_payload(1000))


VALID_CLOSES = {
    "7.3.1": b"",
    "7.3.3": close_payload(1000),
    "7.3.4": close_payload(1000, b"Hello World!"),
    "7.3.5": close_payload(1000, b"*" * 123),
    **{
        f"7.7-{code}": close_payload(code)
        for code in (1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
    },
}


@pytest.mark.parametrize("payload", VALID_CLOSES.values(), ids=VALID_CLOSES)
def test_valid_closes_are_answered(caller: EchoCaller, payload: bytes) -> None:
    """With or without a code and a reason."""
    caller.send(client_frame(CLOSE, payload))

    assert caller.frames() == [(CLOSE, close_payload(1000))]
    assert caller.transport.is_lost


INVALID_CLOSES = {
    "7.3.2": b"\x03",
    "7.3.6": close_payload(1000, b"*" * 124),
    "7.5.1": close_payload(1000, b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited"),
    **{f"7.9-{code}": close_payload(code) for code in (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535)},
}


@pytest.mark.parametrize("payload", INVALID_CLOSES.values(), ids=INVALID_CLOSES)
def test_invalid_closes_end_the_connection_as_a_breach(caller: EchoCaller, payload: bytes) -> None:
    """A code that does not exist, a reason that is no text or too long, half a code."""
    caller.send(client_frame(CLOSE, payload))

    assert caller.ending() == INVALID


def test_a_breach_is_not_kept(caller: EchoCaller) -> None:
    """A ping of a length that pings cannot have ends the connection, and what comes of it takes no memory."""
    caller.send(client_frame(PING, b"x" * 1000, announced_bytes=1 << 40), *[b"x" * 65_536] * 4)

    assert caller.ending() == INVALID
    assert not any(caller.protocol.control_frame_data)
    assert not caller.protocol.data


def test_pongs_that_nobody_reads_are_bounded(caller: EchoCaller) -> None:
    """A client that pings on and on without reading is one that does not keep up."""
    caller.transport.peer_reads = False
    pings = client_frame(PING, b"x" * 125) * 500

    caller.send(*[pings] * 40)

    assert caller.protocol.state != caller.protocol.STATE_OPEN
    assert len(caller.transport.unsent) < 2 * MAX_BYTES
    caller.transport.read()
    caller.send(b"")
    *pongs, close = caller.frames()
    assert {opcode for opcode, _ in pongs} == {PONG}
    assert close == (CLOSE, close_payload(4008, b"tapecast.close.slow_consumer"))


def test_what_comes_too_late_is_not_kept(caller: EchoCaller) -> None:
    """An encrypted transport reads on after its protocol has had enough."""
    caller.send(client_frame(CLOSE, close_payload(1000)))

    caller.protocol.dataReceived(b"x" * MAX_BYTES)

    assert not caller.protocol.data
