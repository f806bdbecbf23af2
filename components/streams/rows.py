"""How a journal is kept in tables: every row has a check sum, which tells a row that was written from any other."""

import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from components.streams.journal import Checkpoint, Entry, Group, Record

APPLICATION_ID = 0x54_61_70_65
"""`Tape`: tells a journal from any other database."""

SCHEMA_VERSION = 2

SCHEMA = (
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
    """
    CREATE TABLE entries (
        position INTEGER PRIMARY KEY, group_number INTEGER NOT NULL, topic TEXT NOT NULL, epoch TEXT NOT NULL,
        seq INTEGER NOT NULL, ts_ns INTEGER NOT NULL, is_conflated INTEGER NOT NULL, written_s INTEGER NOT NULL,
        check_sum INTEGER NOT NULL, body BLOB
    ) STRICT
    """,
    "CREATE INDEX entries_by_topic ON entries (topic, position)",
    """
    CREATE TABLE records (
        number INTEGER PRIMARY KEY, group_number INTEGER NOT NULL, group_end INTEGER NOT NULL, part TEXT NOT NULL,
        check_sum INTEGER NOT NULL, body BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE checkpoints (
        number INTEGER PRIMARY KEY, group_number INTEGER NOT NULL, check_sum INTEGER NOT NULL, states BLOB NOT NULL
    ) STRICT
    """,
    "CREATE TABLE progress (sent INTEGER NOT NULL, boot_id TEXT NOT NULL) STRICT",
    "INSERT INTO progress VALUES (0, '')",
)
TABLES = 4
PAGE_BYTES = 4096

ROWS_AT_ONCE = 64

ENTRIES = """
    SELECT position, group_number, topic, epoch, seq, ts_ns, is_conflated, check_sum, body FROM entries
    ORDER BY position
"""
RECORDS = """
    SELECT number, group_number, group_end, part, check_sum, body FROM records WHERE number > ? ORDER BY number
"""
CHECKPOINT_NUMBERS = "SELECT number FROM checkpoints ORDER BY number DESC"
CHECKPOINT = "SELECT number, group_number, check_sum, states FROM checkpoints WHERE number = ?"

_BODY = (bytes, type(None))
_encode = msgspec.msgpack.Encoder().encode
_decode_states = msgspec.msgpack.Decoder(dict[str, bytes]).decode


class Unsound(Exception):
    """A journal has something that was not written so; the text says what."""


def insertions(table: str, rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[str, list[Any]]]:
    """
    Statements that insert all rows, each with its values.

    There are few statements for many rows, as the thread that writes has to wait for the interpreter after each; and
    few different ones, as SQLite keeps those that it has seen.
    """
    begin = 0
    while begin < len(rows):
        count = min(ROWS_AT_ONCE, 1 << (len(rows) - begin).bit_length() - 1)
        some = rows[begin : begin + count]
        yield _insertion(table, count, len(some[0])), [value for row in some for value in row]
        begin += count


@lru_cache
def _insertion(table: str, rows: int, columns: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"INSERT INTO {table} VALUES {', '.join([row] * rows)}"  # noqa: S608 - constants


def entry_rows(group: Group, *, written_s: int) -> list[tuple[Any, ...]]:
    """The entries of a group as rows."""
    return [
        (
            one.position,
            group.number,
            one.topic,
            one.epoch,
            one.seq,
            one.ts_ns,
            one.is_conflated,
            written_s,
            _entry_sum(one, group.number),
            one.body,
        )
        for one in group.entries
    ]


def entry_of(row: Sequence[Any]) -> tuple[Entry, int]:
    """
    The entry of a row of `ENTRIES`, and the number of its group.

    Raises:
        Unsound: It was not written so.
    """
    position, group_number, topic, epoch, seq, ts_ns, is_conflated, check_sum, body = row
    entry = Entry(
        position=position, topic=topic, epoch=epoch, seq=seq, ts_ns=ts_ns, body=body, is_conflated=bool(is_conflated)
    )
    is_right = isinstance(body, _BODY) and is_conflated in (0, 1)
    if not is_right or _entry_sum(entry, group_number) != check_sum:
        raise Unsound(f"position {position} is not what was written there")
    return entry, group_number


def record_rows(group: Group) -> list[tuple[Any, ...]]:
    """The records of a group as rows; each tells which is the last of them."""
    return [
        (
            one.number,
            group.number,
            group.records[-1].number,
            one.part,
            _record_sum(one, group.number, group.records[-1].number),
            one.body,
        )
        for one in group.records
    ]


def record_of(row: Sequence[Any]) -> tuple[Record, int, int]:
    """
    The record of a row of `RECORDS`, the number of its group, and that of the group's last record.

    Raises:
        Unsound: It was not written so.
    """
    number, group_number, group_end, part, check_sum, body = row
    record = Record(number=number, part=part, body=body)
    if not isinstance(body, bytes) or _record_sum(record, group_number, group_end) != check_sum:
        raise Unsound(f"record {number} is not what was written there")
    return record, group_number, group_end


def checkpoint_row(checkpoint: Checkpoint, *, group_number: int) -> tuple[Any, ...]:
    """A checkpoint as a row."""
    states = _encode(checkpoint.states)
    return checkpoint.number, group_number, _checkpoint_sum(checkpoint.number, group_number, states), states


def checkpoint_of(row: Sequence[Any]) -> tuple[Checkpoint, int]:
    """
    The checkpoint of a row of `CHECKPOINT`, and the number of its group.

    Raises:
        Unsound: It was not written so.
    """
    number, group_number, check_sum, states = row
    if not isinstance(states, bytes) or _checkpoint_sum(number, group_number, states) != check_sum:
        raise Unsound(f"the checkpoint at record {number} is not what was written there")
    return Checkpoint(number=number, states=_decode_states(states)), group_number


def with_page_count(head: bytes, count: int) -> bytes:
    """
    The first page of a journal as that of another one, which has so many pages.

    Tables are made in the same order in every journal, so that they begin at the same pages.

    Source: SQLite, fileformat2.html, "The Database Header".
    """
    no_free_pages = bytes(8)
    return head[:28] + count.to_bytes(4, "big") + no_free_pages + head[40:]


def _entry_sum(entry: Entry, group_number: int) -> int:
    is_mark = entry.body is None
    text = (
        f"{entry.position}\n{group_number}\n{entry.topic}\n{entry.epoch}\n{entry.seq}\n{entry.ts_ns}"
        f"\n{entry.is_conflated:d}{is_mark:d}"
    )
    return _sum(text, entry.body or b"")


def _record_sum(record: Record, group_number: int, group_end: int) -> int:
    return _sum(f"{record.number}\n{group_number}\n{group_end}\n{record.part}", record.body)


def _checkpoint_sum(number: int, group_number: int, states: bytes) -> int:
    return _sum(f"{number}\n{group_number}", states)


def _sum(text: str, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(text.encode()))
