"""A recording's lines, its packing and the clock that it is played by."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.contract.envelope import NS_PER_S
from components.marketdata.replay.recording import (
    MAX_LINE_BYTES,
    RecordedMessage,
    RecordingReader,
    ReplayClock,
    read_line,
)
from components.model.errors import MalformedMessage

LINES = b'1723161254087891268 {"u":1}\n1723161254087896568 {"e":"trade"}\n1723161254116723068 x y\n'
MESSAGES = [
    RecordedMessage(1723161254087891268, b'{"u":1}'),
    RecordedMessage(1723161254087896568, b'{"e":"trade"}'),
    RecordedMessage(1723161254116723068, b"x y"),
]


def read(pieces: list[bytes], *, most: int = 1000) -> list[RecordedMessage]:
    """All messages of a file that comes in these pieces."""
    reader = RecordingReader()
    messages: list[RecordedMessage] = []
    for piece in pieces:
        reader.receive(piece)
        while not reader.is_hungry:
            messages += reader.take(most)
    reader.receive_end()
    return messages + reader.take(most)


@pytest.mark.parametrize(
    "data",
    [LINES, gzip.compress(LINES, mtime=0), gzip.compress(LINES[:40], mtime=0) + gzip.compress(LINES[40:], mtime=0)],
)
def test_packed_or_not_gives_the_same_messages(data: bytes) -> None:
    """Plain text, gzip and several gzip members behind each other are told apart by their bytes."""
    assert read([data]) == MESSAGES


@given(st.data())
def test_pieces_may_be_cut_anywhere(data: st.DataObject) -> None:
    """Wherever the file is cut into pieces, the messages are the same."""
    whole = data.draw(st.sampled_from([LINES, gzip.compress(LINES)]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]

    assert read(pieces, most=data.draw(st.integers(1, 4))) == MESSAGES


def test_take_gives_no_more_than_asked() -> None:
    """What was not taken comes next, in order."""
    reader = RecordingReader()
    reader.receive(LINES)

    assert reader.take(2) == MESSAGES[:2]
    assert not reader.is_hungry
    assert reader.take(2) == MESSAGES[2:]
    assert reader.is_hungry


def test_last_line_needs_no_end() -> None:
    """A file that does not end with a line end loses nothing."""
    assert read([LINES.rstrip(b"\n")]) == MESSAGES


def test_empty_lines_and_carriage_returns_are_no_messages() -> None:
    """A recording that went through an editor on another system still plays."""
    assert read([b"\n" + LINES.replace(b"\n", b"\r\n") + b"\r\n"]) == MESSAGES


@pytest.mark.parametrize("line", [b"{}", b"12 ", b"", b"x 12", b"-5 {}", b"12345678901234567890 {}"])
def test_a_line_of_another_form_is_handed_on_whole(line: bytes) -> None:
    """Only a time of up to 19 digits and a space make the form; an empty message is one."""
    expected = RecordedMessage(12, b"") if line == b"12 " else RecordedMessage(None, line)

    assert read_line(line) == expected


def test_an_empty_file_has_no_messages() -> None:
    """Nothing comes of nothing, without an error."""
    assert read([]) == []


def test_a_file_of_one_byte_is_one_line() -> None:
    """Too short to be packed, it is handed on as it is."""
    assert read([b"x"]) == [RecordedMessage(None, b"x")]


def test_gzip_that_is_cut_off_gives_what_is_there_and_then_says_so() -> None:
    """The messages before the cut are given, and the end is an error."""
    reader = RecordingReader()
    reader.receive(gzip.compress(LINES * 100, compresslevel=0)[:-600])

    given_messages = reader.take(10_000)
    with pytest.raises(MalformedMessage, match="cut off"):
        reader.receive_end()

    assert given_messages[:3] == MESSAGES


def test_damaged_gzip_is_an_error() -> None:
    """Bytes that no gzip holds are told, not skipped."""
    packed = bytearray(gzip.compress(LINES))
    packed[12:20] = b"\xff" * 8
    reader = RecordingReader()
    reader.receive(bytes(packed))

    with pytest.raises(MalformedMessage, match="damaged"):
        reader.take(1)


def test_a_line_without_end_is_an_error() -> None:
    """A file of another kind does not fill the memory."""
    reader = RecordingReader()
    reader.receive(b"x" * (MAX_LINE_BYTES + 1))

    with pytest.raises(MalformedMessage, match="longer than"):
        reader.take(1)


def test_a_well_packed_file_is_unpacked_in_steps() -> None:
    """One step gives a part of what a small packed file holds."""
    reader = RecordingReader()
    reader.receive(gzip.compress(b"1 x\n" * 1_000_000))

    first = len(reader.take(10_000_000))

    assert 0 < first < 100_000
    assert not reader.is_hungry


def test_at_recorded_speed_a_gap_lasts_as_long_as_recorded() -> None:
    """The first message is due at once, the next when its recorded time has come."""
    clock = ReplayClock(speed=1.0)

    assert clock.wait_s(5 * NS_PER_S, now_s=100.0) == 0.0
    assert clock.wait_s(7 * NS_PER_S, now_s=100.0) == 2.0
    assert clock.wait_s(7 * NS_PER_S, now_s=101.5) == 0.5
    assert clock.wait_s(7 * NS_PER_S, now_s=103.0) == 0.0


def test_n_times_the_speed_shortens_gaps_and_hurries_time() -> None:
    """At ten times the speed a second of recorded time takes a tenth."""
    clock = ReplayClock(speed=10.0)
    clock.wait_s(0, now_s=0.0)

    assert clock.wait_s(NS_PER_S, now_s=0.0) == 0.1
    assert clock.now_ns(now_s=0.05) == NS_PER_S // 2


def test_as_fast_as_it_goes_nothing_waits_and_time_is_the_last_message() -> None:
    """Without a speed, time moves with the messages only, and never back."""
    clock = ReplayClock(speed=None)

    assert clock.wait_s(5, now_s=0.0) == 0.0
    clock.receive(5)
    assert clock.wait_s(9, now_s=0.0) == 0.0
    clock.receive(9)
    clock.receive(7)

    assert clock.now_ns(now_s=1000.0) == 9


def test_time_before_the_first_message_is_zero() -> None:
    """Nothing is known of the recorded time yet."""
    assert ReplayClock(speed=1.0).now_ns(now_s=7.0) == 0


def test_time_goes_on_between_messages() -> None:
    """Old data grows old by the recorded clock, not by today's."""
    clock = ReplayClock(speed=1.0)
    clock.wait_s(5 * NS_PER_S, now_s=100.0)
    clock.receive(5 * NS_PER_S)

    assert clock.now_ns(now_s=103.0) == 8 * NS_PER_S


def test_a_restart_goes_back_to_the_first_message() -> None:
    """Time stands until the first message of the next round, which is due at once."""
    clock = ReplayClock(speed=1.0)
    clock.wait_s(5 * NS_PER_S, now_s=0.0)
    clock.receive(9 * NS_PER_S)

    clock.restart()

    assert clock.now_ns(now_s=50.0) == 9 * NS_PER_S
    assert clock.wait_s(5 * NS_PER_S, now_s=50.0) == 0.0
    assert clock.now_ns(now_s=51.0) == 6 * NS_PER_S


def test_time_that_was_waited_for_room_is_not_made_up() -> None:
    """After a wait for room the next gap lasts as long as recorded."""
    clock = ReplayClock(speed=1.0)
    clock.wait_s(5 * NS_PER_S, now_s=0.0)
    clock.receive(5 * NS_PER_S)

    clock.resume(now_s=60.0)

    assert clock.wait_s(6 * NS_PER_S, now_s=60.0) == 1.0


def test_a_wait_for_room_before_the_first_message_changes_nothing() -> None:
    """The clock begins with the first message, not with the wait."""
    clock = ReplayClock(speed=1.0)

    clock.resume(now_s=60.0)

    assert clock.wait_s(6 * NS_PER_S, now_s=70.0) == 0.0
