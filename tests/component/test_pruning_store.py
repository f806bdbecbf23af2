"""What a journal lets go, and what stays."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from components.streams import pruning_store
from components.streams.journal import Checkpoint, Group
from components.streams.pruning_store import TOPICS_PRUNED_A_SECOND, Retention
from components.streams.sqlite_store import SqliteFile, Synchronous
from components.streams.stream import HISTORY_LENGTH
from tests.support.damaged_journals import read
from tests.support.journal_entries import FILLS, NOW_S, PORTFOLIO, entry, groups, mark, opened, record


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a journal can be."""
    return tmp_path / "trading.journal"


def test_a_conflated_stream_keeps_its_newest_event(path: Path) -> None:
    """An event makes the earlier ones worthless, in the same write and in earlier ones; a mark does not."""
    file = SqliteFile(path)
    file.open()
    file.write(
        groups(entry(1, PORTFOLIO), entry(2, seq=1), entry(3, PORTFOLIO), entry(4, PORTFOLIO)), sent=0, now_s=NOW_S
    )
    file.write(groups(mark(5, PORTFOLIO, seq=6)), sent=0, now_s=NOW_S)
    file.abandon()

    with opened(file) as entries:
        assert [one.position for one in entries] == [2, 4, 5]
        file.write(groups(entry(6, PORTFOLIO, seq=7)), sent=0, now_s=NOW_S)
    with opened(file) as entries:
        assert [one.position for one in entries] == [2, 6]


def test_beyond_its_count_a_topic_loses_its_oldest(path: Path) -> None:
    """A topic that has a quarter more than it is to keep is cut back; other topics, and what is not sent, stay."""
    file = SqliteFile(path, retention=Retention(entries=8))
    file.open()
    file.write(groups(entry(1, FILLS, seq=1)), sent=0, now_s=NOW_S)
    file.write(groups(*[entry(position) for position in range(2, 12)]), sent=4, now_s=NOW_S)
    file.abandon()
    with opened(file) as entries:
        assert [one.position for one in entries] == list(range(1, 12))
        file.write(groups(entry(12)), sent=3, now_s=NOW_S)
    with opened(file) as entries:
        assert [one.position for one in entries] == [1, *range(4, 13)]
        file.write(groups(entry(13), entry(14)), sent=14, now_s=NOW_S)
    with opened(file) as entries:
        assert [one.position for one in entries] == [1, *range(7, 15)]


def test_what_is_old_goes_but_for_what_the_snapshot_needs(path: Path) -> None:
    """After its age an entry goes at one of the next writes, unless it is among the newest hundred of its topic."""
    file = SqliteFile(path, retention=Retention(age_s=60))
    file.open()
    file.write(groups(*[entry(position) for position in range(1, HISTORY_LENGTH + 11)]), sent=5, now_s=NOW_S)
    file.write([], sent=5, now_s=NOW_S + 60)
    file.abandon()
    with opened(file) as entries:
        assert len(entries) == HISTORY_LENGTH + 10
        file.write([], sent=5, now_s=NOW_S + 61)
    with opened(file) as entries:
        assert entries[0].position == 6
        file.write([], sent=HISTORY_LENGTH + 10, now_s=NOW_S + 62)
    with opened(file) as entries:
        assert [one.position for one in entries] == list(range(11, HISTORY_LENGTH + 11))


def test_a_clock_that_was_set_back_makes_no_hole(path: Path) -> None:
    """What follows an entry of a later time stays with it: of what is kept of a topic, nothing is missing within."""
    file = SqliteFile(path, retention=Retention(age_s=60))
    file.open()
    file.write(groups(entry(1), entry(2)), sent=0, now_s=NOW_S)
    file.write(groups(entry(3)), sent=0, now_s=NOW_S + 3600)
    file.write(groups(*[entry(position) for position in range(4, HISTORY_LENGTH + 5)]), sent=0, now_s=NOW_S)
    file.write([], sent=HISTORY_LENGTH + 4, now_s=NOW_S + 100)
    file.abandon()

    with opened(file) as entries:
        assert [one.position for one in entries] == list(range(3, HISTORY_LENGTH + 5))


def test_many_topics_keep_fewer_entries_each(path: Path) -> None:
    """All topics together keep about their total, those too in which nothing happens; each keeps its newest."""
    topics = [f"tapecast.user.u{number}.orders" for number in range(4)]
    file = SqliteFile(path, retention=Retention(entries=8, total=8))
    file.open()
    file.write(groups(*[entry(position, topics[0]) for position in range(1, 9)]), sent=8, now_s=NOW_S)
    file.write(groups(*[entry(10 + number, topics[number], seq=1) for number in (1, 2, 3)]), sent=13, now_s=NOW_S)
    file.write([], sent=13, now_s=NOW_S + 1)
    file.abandon()

    with opened(file) as entries:
        assert [one.position for one in entries] == [7, 8, 11, 12, 13]


def test_many_topics_are_pruned_in_turn(path: Path) -> None:
    """However many topics there are, a write looks at a few of them, and some seconds later all have had their turn."""
    topics = [f"tapecast.user.u{number}.orders" for number in range(TOPICS_PRUNED_A_SECOND + 1)]
    file = SqliteFile(path, retention=Retention(age_s=60))
    file.open()
    position = 0
    for topic in topics:
        file.write(
            groups(*[entry(position + seq, topic, seq=seq) for seq in range(1, HISTORY_LENGTH + 2)]),
            sent=0,
            now_s=NOW_S,
        )
        position += HISTORY_LENGTH + 1
    left = []
    for later_s in (100, 100, 101):
        file.write([], sent=position, now_s=NOW_S + later_s)
        file.abandon()
        with opened(file) as entries:
            left.append(len(entries))
        file.open()
    file.close()

    assert left[-1] == len(topics) * HISTORY_LENGTH
    assert left[0] > left[-1]


def test_records_that_are_in_two_checkpoints_go(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last two checkpoints stay, and the records behind the older one; what goes does so a little at a time."""
    monkeypatch.setattr(pruning_store, "RECORDS_DROPPED_AT_ONCE", 2)
    file = SqliteFile(path)
    file.open()
    number = 0
    for checkpoint in (4, 8, 12):
        while number < checkpoint:
            number += 1
            file.write([Group(number=number, records=(record(number),))], sent=0, now_s=NOW_S)
        file.write([Group(number=number, checkpoint=Checkpoint(number=number, states={}))], sent=0, now_s=NOW_S)
    assert stored(file, path, "SELECT number FROM checkpoints") == [8, 12]
    assert stored(file, path, "SELECT number FROM records") == list(range(7, 13))

    file.open()
    file.write([], sent=0, now_s=NOW_S)
    file.write([], sent=0, now_s=NOW_S)

    assert stored(file, path, "SELECT number FROM records") == [9, 10, 11, 12]
    assert read(path, Synchronous.FULL) == ([], [])


def stored(file: SqliteFile, path: Path, statement: str) -> list[int]:
    """The numbers that a statement finds in a file, which is closed for that."""
    file.abandon()
    with closing(sqlite3.connect(path)) as connection:
        return [number for (number,) in connection.execute(statement)]
