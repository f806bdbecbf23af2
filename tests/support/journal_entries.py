"""Entries of journals, by hand."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from components.streams.journal import Entry, Group, Record
from components.streams.sqlite_store import SqliteFile
from components.streams.stream import Streams, encoded

NOW_NS = 1_700_000_000_000_000_000
NOW_S = 1_700_000_000
ORDERS, FILLS = "tapecast.user.alice.orders", "tapecast.user.alice.fills"
PORTFOLIO = "tapecast.user.alice.portfolio"


def entry(position: int, topic: str = ORDERS, *, seq: int | None = None, epoch: str = "e", padding: int = 0) -> Entry:
    """An event, numbered as its position where the test does not say otherwise."""
    number = position if seq is None else seq
    stream = Streams(lambda: epoch).open(topic)
    stream.skip(number - 1)
    event = stream.append({"number": number, "text": "x" * padding}, ts_ns=NOW_NS)
    return _entry(position, topic, epoch, number, encoded(event))


def mark(position: int, topic: str = ORDERS, *, seq: int, epoch: str = "e") -> Entry:
    """An entry without an event."""
    return _entry(position, topic, epoch, seq, None)


def _entry(position: int, topic: str, epoch: str, seq: int, body: bytes | None) -> Entry:
    return Entry(
        position=position,
        topic=topic,
        epoch=epoch,
        seq=seq,
        ts_ns=NOW_NS,
        body=body,
        is_conflated=topic == PORTFOLIO,
    )


def record(number: int, part: str = "counting") -> Record:
    """A fact."""
    return Record(number=number, part=part, body=msgspec.msgpack.encode(number))


def groups(*entries: Entry) -> list[Group]:
    """A group for each entry, numbered as its position."""
    return [Group(number=one.position, entries=(one,)) for one in entries]


@contextmanager
def opened(file: SqliteFile) -> Iterator[list[Entry]]:
    """What an opened file holds; it is closed when the block ends."""
    content = file.open()
    try:
        yield list(content.entries)
    finally:
        file.close()
