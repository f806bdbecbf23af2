"""Replaying a recording: every message, in order, at the speed asked for, and clear words where that cannot be."""

import gzip
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet import reactor as real_reactor

from components.contract.envelope import NS_PER_S
from components.marketdata.feed import FeedState
from components.marketdata.replay.replay_client import MESSAGES_PER_TURN, ReplayFeed, check_recording
from components.model.errors import ConfigError
from tests.support.clocked_reactor import ClockedReactor
from tests.support.feed_output import RecordingOutput
from tests.support.recordings import BTCUSDT, recording
from tests.support.turning_clock import TurningClock

FIRST_NS = 1_723_161_254_000_000_000
THREE = (
    f'{FIRST_NS} {{"u":1}}\n{FIRST_NS + 2 * NS_PER_S} {{"u":2}}\n{FIRST_NS + 2 * NS_PER_S + 500_000_000} {{"u":3}}\n'
).encode()


def write(folder: Path, data: bytes) -> Path:
    """A file that holds these bytes."""
    path = folder / "recording.txt"
    path.write_bytes(data)
    return path


def started(path: Path, *, speed: float | None) -> tuple[ReplayFeed, TurningClock, RecordingOutput]:
    """A feed that plays on a clock of its own."""
    clock = TurningClock()
    output = RecordingOutput(real_reactor)
    feed = ReplayFeed(clock, path=path, speed=speed)
    feed.start(output)
    return feed, clock, output


def turn(clock: TurningClock, times: int = 1) -> None:
    """Let the feed go on where it gave way to the reactor."""
    for _ in range(times):
        clock.advance(0)


@pytest_twisted.ensureDeferred
async def test_a_whole_recording_is_handed_on_in_order_and_starts_again_behind_a_break() -> None:
    """All 41 249 messages come out unchanged with their recorded times; then a break, and the first one again."""
    with gzip.open(recording(BTCUSDT)) as lines:
        expected = [line.rstrip(b"\n").split(b" ", 1) for line in lines]
    output = RecordingOutput(real_reactor)
    feed = ReplayFeed(real_reactor, path=recording(BTCUSDT), speed=None)

    feed.start(output)
    await output.when(lambda: len(output.messages) > len(expected))
    await feed.stop()

    whole = len(expected)
    assert whole == 41_249
    assert output.messages[:whole] == [data for _, data in expected]
    assert output.received_ns[:whole] == [int(received_ns) for received_ns, _ in expected]
    kinds = [kind for kind, _ in output.log]
    assert kinds[: whole + 3] == ["state", *["message"] * whole, "break", "message"]
    assert output.messages[whole] == output.messages[0]


def test_at_recorded_speed_gaps_are_as_long_as_recorded(tmp_path: Path) -> None:
    """A message comes when its recorded time has come, and not before."""
    _, clock, output = started(write(tmp_path, THREE), speed=1.0)
    assert output.messages == [b'{"u":1}']

    clock.advance(1.99)
    assert len(output.messages) == 1
    clock.advance(0.02)
    assert len(output.messages) == 2
    clock.advance(0.5)

    assert output.messages == [b'{"u":1}', b'{"u":2}', b'{"u":3}']


def test_at_n_times_the_speed_gaps_are_shorter(tmp_path: Path) -> None:
    """At four times the speed 2.5 recorded seconds take 0.625."""
    _, clock, output = started(write(tmp_path, THREE), speed=4.0)

    clock.advance(0.51)
    assert len(output.messages) == 2
    clock.advance(0.13)

    assert len(output.messages) == 3


def test_its_clock_is_the_recorded_one(tmp_path: Path) -> None:
    """Time goes on from the last message at the speed of the replay, so that old data is not stale by today's clock."""
    feed, clock, _ = started(write(tmp_path, THREE), speed=2.0)
    assert feed.now_ns() == FIRST_NS

    clock.advance(0.5)

    assert feed.now_ns() == FIRST_NS + NS_PER_S


def test_each_round_after_the_first_begins_with_a_break(tmp_path: Path) -> None:
    """The second round says that continuity was lost, and goes back to the first recorded time."""
    feed, clock, output = started(write(tmp_path, THREE), speed=1.0)

    clock.pump([2.01, 0.5, 0.0, 0.0])

    assert [kind for kind, _ in output.log] == ["state", *["message"] * 3, "break", "message"]
    assert output.breaks == ["the recording starts again"]
    assert output.received_ns[-1] == feed.now_ns() == FIRST_NS


def test_a_slow_consumer_bounds_what_is_handed_on(tmp_path: Path) -> None:
    """Where there is no room nothing is handed on, and each time there is, at most one turn's messages."""
    lines = b"".join(b'%d {"u":%d}\n' % (FIRST_NS + number, number) for number in range(10 * MESSAGES_PER_TURN))
    clock = TurningClock()
    output = RecordingOutput(real_reactor)
    output.has_room = False
    feed = ReplayFeed(clock, path=write(tmp_path, lines), speed=None)

    feed.start(output)
    turn(clock, 5)
    assert output.messages == []
    for number in (1, 2, 3):
        output.make_room()
        turn(clock, 5)
        assert len(output.messages) == number * MESSAGES_PER_TURN
    output.has_room = True
    output.make_room()
    turn(clock, 6)

    assert output.messages == [b'{"u":%d}' % number for number in range(len(output.messages))]
    assert len(output.messages) == 10 * MESSAGES_PER_TURN


def test_time_spent_waiting_for_room_is_not_made_up_in_a_rush(tmp_path: Path) -> None:
    """At recorded speed the gap after a wait for room is as long as recorded."""
    lines = b"".join(
        b'%d {"u":%d}\n' % (FIRST_NS + number * NS_PER_S // 100, number) for number in range(3 * MESSAGES_PER_TURN)
    )
    _, clock, output = started(write(tmp_path, lines), speed=1.0)
    output.has_room = False

    clock.advance(60.0)
    turn(clock)
    before = len(output.messages)
    output.make_room()
    clock.advance(0.105)

    assert before == MESSAGES_PER_TURN
    assert len(output.messages) - before == 10


def test_a_line_of_another_form_is_handed_on_whole(tmp_path: Path) -> None:
    """What cannot be read is for the decoder to count, and the replay goes on."""
    _, _, output = started(write(tmp_path, THREE.split(b"\n")[0] + b"\ngarbage\n%d {}\n" % FIRST_NS), speed=1.0)

    assert output.messages[:3] == [b'{"u":1}', b"garbage", b"{}"]
    assert output.received_ns[:3] == [FIRST_NS] * 3


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (gzip.compress(THREE, compresslevel=0, mtime=0)[:-30], "cut off"),
        (gzip.compress(THREE, mtime=0) + b"\x1f\x8brubbish-rubbish", "damaged"),
    ],
)
def test_a_packed_file_that_is_broken_ends_the_feed(tmp_path: Path, data: bytes, reason: str) -> None:
    """What comes before the fault is played; then the feed has ended, with the reason, and does not start again."""
    _, clock, output = started(write(tmp_path, data), speed=None)

    turn(clock, 10)

    assert output.messages[0] == b'{"u":1}'
    assert output.states[-1][0] is FeedState.ENDED
    assert reason in output.states[-1][1]
    assert output.breaks == []
    assert clock.getDelayedCalls() == []


def test_a_file_that_vanishes_ends_the_feed(tmp_path: Path) -> None:
    """The next round finds no file: the feed has ended, and says which file."""
    path = write(tmp_path, THREE)
    _, clock, output = started(path, speed=None)

    path.unlink()
    turn(clock, 3)

    assert output.states[-1][0] is FeedState.ENDED
    assert str(path) in output.states[-1][1]


def test_a_file_that_becomes_empty_ends_the_feed(tmp_path: Path) -> None:
    """A round without a message is the last: nothing spins."""
    path = write(tmp_path, THREE)
    _, clock, output = started(path, speed=None)

    path.write_bytes(b"")
    turn(clock, 3)

    assert output.states[-1] == (FeedState.ENDED, f"{path} cannot be played on: it has become empty")


def test_bars_are_not_answered(tmp_path: Path) -> None:
    """A recording has no others than those that were recorded."""
    feed, _clock, output = started(write(tmp_path, b"%d {}\n" % FIRST_NS), speed=1.0)
    feed.request_bars("BTCUSDT", "1m", start_ns=0, end_ns=FIRST_NS)

    assert output.messages == [b"{}"]


SNAPSHOT = b'{"lastUpdateId":5,"bids":[],"asks":[]}'
NAMED = b'{"stream":"ethusdt@depthSnapshot","data":{"lastUpdateId":6,"bids":[],"asks":[]}}'


def test_a_book_that_is_asked_for_is_the_recorded_one_again(tmp_path: Path) -> None:
    """Each time, once it was played in this round: that of the instrument, or else the one that names none."""
    lines = b"%d {}\n%d %b\n%d %b\n" % (FIRST_NS, FIRST_NS + NS_PER_S, SNAPSHOT, FIRST_NS + 2 * NS_PER_S, NAMED)
    feed, clock, output = started(write(tmp_path, lines), speed=1.0)
    feed.request_book("BTCUSDT", is_urgent=True)
    assert output.messages == [b"{}"]

    clock.advance(1.0)
    feed.request_book("ETHUSDT", is_urgent=True)
    assert output.messages[1:] == [SNAPSHOT, SNAPSHOT]
    clock.advance(1.0)
    feed.request_book("ETHUSDT", is_urgent=True)
    feed.request_book("BTCUSDT", is_urgent=False)
    assert output.messages[3:] == [NAMED, NAMED, SNAPSHOT]
    assert output.received_ns[-1] == feed.now_ns() == FIRST_NS + 2 * NS_PER_S

    output.messages.clear()
    clock.pump([0.0, 0.0, 0.0])
    feed.request_book("BTCUSDT", is_urgent=True)
    assert output.messages == [b"{}"]


@pytest.mark.parametrize("speed", [None, 1.0])
def test_stop_leaves_nothing(tmp_path: Path, speed: float | None) -> None:
    """A stopped feed has no timer and hands on nothing more."""
    feed, clock, output = started(write(tmp_path, THREE), speed=speed)
    turn(clock)
    count = len(output.messages)

    feed.stop()
    clock.advance(100.0)

    assert clock.getDelayedCalls() == []
    assert len(output.messages) == count
    assert output.states[-1][0] is FeedState.LIVE


def test_stop_while_waiting_for_room_leaves_nothing(tmp_path: Path) -> None:
    """Room that comes too late is not used."""
    clock = TurningClock()
    output = RecordingOutput(real_reactor)
    output.has_room = False
    feed = ReplayFeed(clock, path=write(tmp_path, THREE), speed=None)
    feed.start(output)

    feed.stop()
    output.make_room()
    turn(clock)

    assert output.messages == []


def test_stop_before_start_is_allowed(tmp_path: Path) -> None:
    """A feed that never played has nothing to end."""
    assert ReplayFeed(TurningClock(), path=tmp_path, speed=None).stop().called


@pytest_twisted.ensureDeferred
async def test_a_recording_tells_no_rules(tmp_path: Path) -> None:
    """Rules of instruments come from elsewhere."""
    assert await ReplayFeed(ClockedReactor(real_reactor), path=tmp_path, speed=None).list_instruments() == ()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_recording_passes_the_check(tmp_path: Path, pack: type[bytes]) -> None:
    """Packed or not, one good first line is enough."""
    check_recording(write(tmp_path, pack(THREE)))


def test_the_real_recording_passes_the_check() -> None:
    """What is played in earnest is accepted."""
    check_recording(recording(BTCUSDT))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (gzip.compress(b"", mtime=0), "the file is empty"),
        (b'{"u":1}\n', "its first line has another form"),
        (b"%PDF-1.7\n", "its first line has another form"),
        (b"\x1f\x8bx", "gzip data is damaged|gzip data does not end"),
        (gzip.compress(THREE, mtime=0)[:12], "gzip data does not end"),
        (b"\x00" * (5 * 1024 * 1024), "a line is longer"),
    ],
)
def test_what_is_no_recording_is_the_operators_error_in_one_line(tmp_path: Path, data: bytes, problem: str) -> None:
    """The error names the file, what was expected and what was wrong."""
    path = write(tmp_path, data)

    with pytest.raises(ConfigError, match=problem) as raised:
        check_recording(path)

    text = str(raised.value)
    assert text.startswith(f"TAPECAST_FEED: {path}: expected a recording")
    assert "\n" not in text


@pytest.mark.parametrize("name", ["missing.gz", "."])
def test_a_file_that_cannot_be_read_is_the_operators_error(tmp_path: Path, name: str) -> None:
    """A missing file and a folder are told in one line."""
    with pytest.raises(ConfigError, match=r"cannot be read: (No such file|Is a directory)"):
        check_recording(tmp_path / name)
