"""Journals of many pages, and what can be done to them."""

import sqlite3
from contextlib import closing
from pathlib import Path

from components.streams.journal import Checkpoint, Entry, Group, Record
from components.streams.sqlite_store import SqliteFile, Synchronous
from tests.support.journal_entries import FILLS, NOW_S, ORDERS, entry, groups, record


def read(path: Path, synchronous: Synchronous = Synchronous.NORMAL) -> tuple[list[Entry], list[Record]]:
    """The entries and records that a journal holds."""
    file = SqliteFile(path, synchronous=synchronous)
    content = file.open()
    try:
        return list(content.entries), list(content.records)
    finally:
        file.close()


def change(path: Path, *statements: str) -> None:
    """Change something in a journal that nobody uses."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def recorded(path: Path, *, records_each: int = 1) -> None:
    """A journal of two streams and the records that belong to them, so many to a group, with two checkpoints."""
    file = SqliteFile(path, synchronous=Synchronous.FULL)
    file.open()
    for number in range(1, 21):
        entries = (entry(2 * number - 1, ORDERS, seq=number), entry(2 * number, FILLS, seq=number))
        last = number * records_each
        records = tuple(record(one) for one in range(last - records_each + 1, last + 1))
        file.write([Group(number=number, entries=entries, records=records)], sent=0, now_s=NOW_S)
        if number in (5, 10):
            checkpoint = Checkpoint(number=last, states={"counting": b"state"})
            file.write([Group(number=number, checkpoint=checkpoint)], sent=0, now_s=NOW_S)
    file.close()


def filled(path: Path) -> None:
    """A journal of many pages."""
    file = SqliteFile(path)
    file.open()
    file.write(groups(*[entry(position, padding=500) for position in range(1, 300)]), sent=0, now_s=NOW_S)
    file.close()
