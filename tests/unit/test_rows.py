"""Rows: what is written comes back, and what was not written so is told from it."""

from typing import Any

import pytest

from components.streams.journal import Checkpoint, Group
from components.streams.rows import (
    Unsound,
    checkpoint_of,
    checkpoint_row,
    entry_of,
    entry_rows,
    insertions,
    record_of,
    record_rows,
    with_page_count,
)
from tests.support.journal_entries import PORTFOLIO, entry, mark, record

CHECKPOINT = Checkpoint(number=7, states={"a": b"1", "b": b""})


def entry_row(group: Group) -> tuple[Any, ...]:
    """The first entry of a group as it is read: when it was written is nobody's concern."""
    row = entry_rows(group, written_s=5)[0]
    return (*row[:7], *row[8:])


@pytest.mark.parametrize("one", [entry(3), entry(3, PORTFOLIO), mark(3, seq=0, epoch="f")])
def test_an_entry_comes_back(one: Any) -> None:
    """With the number of its group."""
    assert entry_of(entry_row(Group(number=9, entries=(one,)))) == (one, 9)


def test_a_record_comes_back() -> None:
    """With the number of its group, and of the last record of that."""
    rows = record_rows(Group(number=9, records=(record(3), record(4, "other"))))

    assert [record_of(row) for row in rows] == [(record(3), 9, 4), (record(4, "other"), 9, 4)]


def test_a_checkpoint_comes_back() -> None:
    """With the number of its group."""
    assert checkpoint_of(checkpoint_row(CHECKPOINT, group_number=9)) == (CHECKPOINT, 9)


ENTRY = entry_row(Group(number=9, entries=(entry(3),)))
RECORD = record_rows(Group(number=9, records=(record(3),)))[0]
CHECKPOINT_ROW = checkpoint_row(CHECKPOINT, group_number=9)


@pytest.mark.parametrize("column", range(len(ENTRY)))
@pytest.mark.parametrize("value", [4, "x", b"x", None])
def test_an_entry_that_was_changed_is_unsound(column: int, value: Any) -> None:
    """Whichever column it is, and whatever it is now."""
    changed = [*ENTRY[:column], value, *ENTRY[column + 1 :]]

    with pytest.raises(Unsound, match="is not what was written there"):
        entry_of(changed)


@pytest.mark.parametrize("column", range(len(RECORD)))
@pytest.mark.parametrize("value", [4, "x", b"x", None])
def test_a_record_that_was_changed_is_unsound(column: int, value: Any) -> None:
    """Whichever column it is, and whatever it is now."""
    changed = [*RECORD[:column], value, *RECORD[column + 1 :]]

    with pytest.raises(Unsound, match="is not what was written there"):
        record_of(changed)


@pytest.mark.parametrize("column", range(len(CHECKPOINT_ROW)))
@pytest.mark.parametrize("value", [4, "x", b"x", None])
def test_a_checkpoint_that_was_changed_is_unsound(column: int, value: Any) -> None:
    """Whichever column it is, and whatever it is now."""
    changed = [*CHECKPOINT_ROW[:column], value, *CHECKPOINT_ROW[column + 1 :]]

    with pytest.raises(Unsound, match="is not what was written there"):
        checkpoint_of(changed)


def test_an_event_is_not_a_mark() -> None:
    """An entry with a body of no bytes is another than one without."""
    row = [*ENTRY[:-1], b""]

    with pytest.raises(Unsound):
        entry_of(row)


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (7, [4, 2, 1]), (200, [64, 64, 64, 8])])
def test_many_rows_take_few_statements(count: int, sizes: list[int]) -> None:
    """Each has a power of two of rows, so that few differ; all rows are there, in order."""
    rows = [(number, "x") for number in range(count)]

    made = list(insertions("entries", rows))

    assert [statement.count("(?, ?)") for statement, _ in made] == sizes
    assert all(statement.startswith("INSERT INTO entries VALUES (?, ?)") for statement, _ in made)
    assert [value for _, values in made for value in values] == [value for row in rows for value in row]


def test_a_head_is_made_for_another_file() -> None:
    """It tells the number of pages, and that none is free; all else is as it was."""
    head = bytes(range(100))

    made = with_page_count(head, 258)

    assert made == head[:28] + b"\x00\x00\x01\x02" + bytes(8) + head[40:]
