"""Frames are what RFC 6455 and RawSocket say, both ways; whatever is not plain is left to Autobahn's parser."""

import struct

import pytest
from autobahn.websocket.xormasker import create_xor_masker
from hypothesis import given
from hypothesis import strategies as st

from router.frames import BINARY, TEXT, rawsocket_frame, read_plain_frame, websocket_frame

LARGEST_BYTES = 70_000
EDGES = [0, 1, 2, 3, 4, 5, 124, 125, 126, 127, 128, 255, 256, 65_534, 65_535, 65_536, LARGEST_BYTES]
MASK = b"\x01\x80\x00\xff"

lengths = st.sampled_from(EDGES) | st.integers(0, 300)
opcodes = st.sampled_from([TEXT, BINARY])
payloads = st.binary(max_size=300) | st.sampled_from([bytes(size) for size in (65_534, 65_535)])


def head_of(payload_bytes: int, *, masked: int = 0x80) -> bytes:
    """The length of a frame in the shortest of the three forms."""
    if payload_bytes < 126:
        return bytes([masked | payload_bytes])
    if payload_bytes < 1 << 16:
        return struct.pack("!BH", masked | 126, payload_bytes)
    return struct.pack("!BQ", masked | 127, payload_bytes)


def client_frame(payload: bytes, *, first_byte: int = 0x80 | TEXT, mask: bytes = MASK) -> bytes:
    """A frame as a client sends it, masked by Autobahn."""
    masked: bytes = create_xor_masker(mask, len(payload)).process(payload)
    return bytes([first_byte]) + head_of(len(payload)) + mask + masked


def read(data: bytes, offset: int = 0, *, max_payload_bytes: int = LARGEST_BYTES) -> tuple[int, bytes, int] | None:
    """What is read, where almost nothing is too long."""
    return read_plain_frame(data, offset, max_payload_bytes=max_payload_bytes)


@given(lengths, st.sampled_from([TEXT, BINARY, 8, 9, 10]), st.booleans())
def test_a_message_is_one_unmasked_frame(length: int, opcode: int, is_compressed: bool) -> None:  # noqa: FBT001 - drawn
    """FIN, the opcode, the bit of compression, the length in its shortest form, and the payload as it is."""
    payload = bytes(length)

    frame = websocket_frame(payload, opcode=opcode, is_compressed=is_compressed)

    first_byte = 0x80 | opcode | (0x40 if is_compressed else 0)
    assert frame == bytes([first_byte]) + head_of(length, masked=0) + payload


@given(lengths)
def test_a_message_of_rawsocket_has_its_length_before_it(length: int) -> None:
    """Type 0 and 24 bits of length, both in the first four bytes."""
    assert rawsocket_frame(bytes(length)) == bytes([0, *length.to_bytes(3, "big")]) + bytes(length)


@given(
    st.binary(max_size=300) | st.sampled_from([bytes(size) for size in (65_534, 65_535)]),
    opcodes,
    st.binary(max_size=9),
)
def test_a_plain_frame_is_read_wherever_it_stands(payload: bytes, opcode: int, around: bytes) -> None:
    """Payload and opcode come out as they went in, whatever stands before and behind the frame."""
    frame = client_frame(payload, first_byte=0x80 | opcode)

    assert read(around + frame + around, len(around)) == (opcode, payload, len(around) + len(frame))


@given(st.binary(min_size=1, max_size=40), st.binary(min_size=4, max_size=4))
def test_any_mask_comes_off(payload: bytes, mask: bytes) -> None:
    """What Autobahn masks is unmasked."""
    assert read(client_frame(payload, mask=mask)) == (TEXT, payload, 6 + len(payload))


@pytest.mark.parametrize("length", [0, 1, 125, 126, 300])
def test_no_part_of_a_frame_is_read(length: int) -> None:
    """A frame that is not there to its last byte is left alone."""
    frame = client_frame(bytes(length))

    assert all(read(frame[:end]) is None for end in range(len(frame)))
    assert read(frame) is not None


@pytest.mark.parametrize("opcode", [0, 3, 7, 8, 9, 10, 11, 15])
def test_other_kinds_of_frame_are_left_alone(opcode: int) -> None:
    """Continuations, control frames and kinds that nobody has defined are Autobahn's to judge."""
    assert read(client_frame(b"payload", first_byte=0x80 | opcode)) is None


@pytest.mark.parametrize("bits", [0x00, 0xC0, 0xA0, 0x90, 0x40])
def test_fragments_and_extensions_are_left_alone(bits: int) -> None:
    """A frame without FIN, compressed, or with a reserved bit is not plain."""
    assert read(client_frame(b"payload", first_byte=bits | TEXT)) is None


@pytest.mark.parametrize("length", [0, 125, 126, 65_535])
def test_a_frame_without_mask_is_left_alone(length: int) -> None:
    """A client has to mask; what one that does not gets is up to Autobahn."""
    assert read(websocket_frame(bytes(length), opcode=TEXT)) is None


@pytest.mark.parametrize("length", [0, 1, 125])
def test_a_length_in_too_long_a_form_is_left_alone(length: int) -> None:
    """Two bytes for a length that one could hold are wrong."""
    frame = struct.pack("!BBH", 0x80 | TEXT, 0x80 | 126, length) + MASK + bytes(length)

    assert read(frame) is None


def test_eight_bytes_of_length_are_left_alone() -> None:
    """So long a message is rare, and may only be announced."""
    frame = struct.pack("!BBQ", 0x80 | TEXT, 0x80 | 127, 65_536) + MASK + bytes(65_536)

    assert read(frame) is None


@pytest.mark.parametrize("length", [1, 125, 126, 65_535])
def test_a_message_that_is_too_long_is_left_alone(length: int) -> None:
    """A message of the longest length is read, one byte more is not."""
    frame = client_frame(bytes(length))

    assert read(frame, max_payload_bytes=length) == (TEXT, bytes(length), len(frame))
    assert read(frame, max_payload_bytes=length - 1) is None


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_left(data: bytes) -> None:
    """Nothing that can come raises, and nothing is read beyond the end."""
    frame = read(data)

    assert frame is None or frame[2] <= len(data)
