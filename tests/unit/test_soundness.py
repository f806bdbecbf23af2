"""Soundness: which entries and records may follow each other, and where what is sound ends."""

from typing import Any

import pytest

from components.streams.journal import Checkpoint, Entry, Group, Record
from components.streams.rows import Unsound, entry_rows, record_rows
from components.streams.soundness import EntryWalk, RecordWalk
from tests.support.journal_entries import FILLS, ORDERS, PORTFOLIO, entry, mark, record

BOOK = "tapecast.book.sim.BTCUSDT"


def rows(*entries: Entry) -> list[tuple[Any, ...]]:
    """Entries as they are read, each a group by itself."""
    made = [entry_rows(Group(number=one.position, entries=(one,)), written_s=0)[0] for one in entries]
    return [(*row[:7], *row[8:]) for row in made]


def walked(*entries: Entry, is_strict: bool = True) -> EntryWalk:
    """A walk over entries."""
    walk = EntryWalk(is_strict=is_strict)
    for row in rows(*entries):
        walk.admit(row)
    return walk


@pytest.mark.parametrize(
    "entries",
    [
        (entry(7, seq=3), entry(8, seq=4), entry(10, seq=5)),
        (entry(1, seq=1), entry(2, FILLS, seq=8), entry(3, seq=2), entry(4, FILLS, seq=9)),
        (entry(1, seq=1), mark(2, seq=4), entry(3, seq=5)),
        (mark(1, seq=4), mark(2, seq=4), entry(3, seq=5)),
        (entry(1, seq=7), mark(2, seq=0, epoch="f"), entry(3, seq=1, epoch="f")),
        (entry(1, seq=7), mark(2, seq=3, epoch="f"), entry(3, seq=4, epoch="f")),
        (entry(1, seq=7), entry(2, seq=1, epoch="f")),
        (entry(1, PORTFOLIO, seq=1), entry(2, PORTFOLIO, seq=9)),
        (entry(1, BOOK, seq=1), entry(2, BOOK, seq=9)),
        (entry(1, seq=1),),
    ],
)
def test_what_may_follow(entries: tuple[Entry, ...]) -> None:
    """Steps of one, numbers that were consumed, new epochs; and anything where a topic is not lossless."""
    assert walked(*entries).last == entries[-1]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (entry(1, seq=1), entry(2, seq=3)),
        (entry(1, seq=3), entry(2, seq=3)),
        (entry(1, seq=3), entry(2, seq=2)),
        (entry(1, seq=3), mark(2, seq=2)),
        (entry(1, seq=3), entry(2, seq=2, epoch="f")),
        (mark(1, seq=3), entry(2, seq=3)),
    ],
)
def test_what_is_a_hole(before: Entry, after: Entry) -> None:
    """Numbers that are missing or come twice, and an epoch that does not begin; only a strict walk minds."""
    walk = walked(before)
    (row,) = rows(after)

    with pytest.raises(Unsound, match=f"{ORDERS} has a hole: seq {after.seq} of epoch {after.epoch} behind seq"):
        walk.admit(row)

    assert walk.last == before
    assert str(walk) == f"position 1, {ORDERS} seq {before.seq}"
    assert walked(before, after, is_strict=False).last == after


def test_a_topic_that_is_no_more_has_no_holes() -> None:
    """Nobody publishes on it, and its entries are not read."""
    lost = "tapecast.weather.London"
    entries = [
        Entry(position=at, topic=lost, epoch="e", seq=2 * at, ts_ns=0, body=b"", is_conflated=False) for at in (1, 2)
    ]

    assert walked(*entries).last == entries[-1]


def test_an_entry_tells_its_group() -> None:
    """A walk gives the number of each entry's group with it."""
    (row,) = rows(entry(4))

    assert EntryWalk().admit(row) == (entry(4), 4)
    assert str(EntryWalk()) == "position 0"


def records_of(*groups: Group) -> list[tuple[Any, ...]]:
    """The records of groups as they are read."""
    return [row for group in groups for row in record_rows(group)]


def group(number: int, *records: int) -> Group:
    """A group of records of these numbers."""
    return Group(number=number, records=tuple(record(one) for one in records))


def test_records_follow_each_other_and_groups_end() -> None:
    """A walk knows the last record, and the last with which a group is whole."""
    walk = RecordWalk.behind(None, 0)
    first, second, third = records_of(group(4, 1), group(6, 2, 3))

    assert walk.admit(first) == (record(1), 4)
    walk.end()
    walk.admit(second)
    assert (walk.last, walk.whole, walk.whole_group) == (2, 1, 4)
    with pytest.raises(Unsound, match="the group of record 2 ends before its last record"):
        walk.end()
    walk.admit(third)

    assert (walk.last, walk.whole, walk.whole_group, str(walk)) == (3, 3, 6, "record 3")


def test_records_begin_behind_the_checkpoint() -> None:
    """The first that is read has the next number; the checkpoint itself is whole."""
    walk = RecordWalk.behind(Checkpoint(number=8, states={}), 5)
    assert (walk.last, walk.whole, walk.whole_group) == (8, 8, 5)

    walk.admit(*records_of(group(6, 9)))

    assert walk.last == 9


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_missing_record_is_a_hole(number: int) -> None:
    """Behind record 2 only record 3 may come."""
    walk = RecordWalk(last=2, whole=2)

    with pytest.raises(Unsound, match=f"there is record {number} behind record 2"):
        walk.admit(*records_of(group(1, number)))


def test_a_record_that_was_changed_is_unsound() -> None:
    """A walk looks at check sums as well."""
    number, group_number, group_end, part, check_sum, _ = records_of(group(1, 1))[0]

    with pytest.raises(Unsound, match="record 1 is not what was written there"):
        RecordWalk().admit((number, group_number, group_end, part, check_sum, b"other"))


def test_parts_share_their_numbers() -> None:
    """Records of all parts are counted together."""
    walk = RecordWalk()
    records = (record(1, "a"), Record(number=2, part="b", body=b""))

    for row in record_rows(Group(number=1, records=records)):
        walk.admit(row)

    assert walk.last == 2
