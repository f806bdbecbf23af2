"""Journals of which pages were overwritten, or the end was cut off: what is salvaged is true, and belongs together."""

import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import msgspec
from hypothesis import event, given, settings
from hypothesis import strategies as st

from components.model.errors import ConfigError
from components.streams.journal import Checkpoint, Entry, Group, Record
from components.streams.rows import PAGE_BYTES
from components.streams.salvage_store import salvage
from components.streams.sqlite_store import SqliteFile, Synchronous
from tests.support.journal_entries import FILLS, NOW_S, ORDERS, entry

GROUPS = 400
CHECKPOINTS = (150, 300)
SYNCHRONOUS = Synchronous.FULL


@attrs.define
class Written:
    """
    A journal of two facts and two events a group.

    Attributes:
        content: Its bytes.
        entries: All entries by position.
        records: All records by number.
    """

    content: bytes = b""
    entries: dict[int, Entry] = attrs.field(factory=dict)
    records: dict[int, Record] = attrs.field(factory=dict)

    @property
    def pages(self) -> int:
        """Of so many pages."""
        return len(self.content) // PAGE_BYTES


def group_of(number: int) -> Group:
    """A group of two facts and two events."""
    return Group(
        number=number,
        entries=tuple(
            entry(2 * number - 1 + place, topic, seq=number, padding=300) for place, topic in enumerate((ORDERS, FILLS))
        ),
        records=tuple(
            Record(number=at, part="counting", body=msgspec.msgpack.encode([at, "x" * 150]))
            for at in (2 * number - 1, 2 * number)
        ),
    )


@contextmanager
def place() -> Iterator[Path]:
    """A directory for a journal."""
    directory = Path(tempfile.mkdtemp(prefix="salvage-"))
    try:
        yield directory / "trading.journal"
    finally:
        shutil.rmtree(directory)


def write() -> Written:
    """The journal that is damaged in each example."""
    written = Written()
    with place() as path:
        file = SqliteFile(path, synchronous=SYNCHRONOUS)
        file.open()
        for number in range(1, GROUPS + 1):
            group = group_of(number)
            written.entries |= {one.position: one for one in group.entries}
            written.records |= {one.number: one for one in group.records}
            file.write([group], sent=0, now_s=NOW_S)
            if number in CHECKPOINTS:
                checkpoint = Checkpoint(number=2 * number, states={"counting": state(2 * number)})
                file.write([Group(number=number, checkpoint=checkpoint)], sent=0, now_s=NOW_S)
        file.close()
        written.content = path.read_bytes()
    return written


def state(number: int) -> bytes:
    """What the facts up to a number have made."""
    return msgspec.msgpack.encode([number, "s" * 20_000])


WRITTEN = write()


@settings(max_examples=40, deadline=None)
@given(
    pages=st.lists(st.integers(0, WRITTEN.pages - 1), max_size=3),
    kept_pages=st.one_of(st.just(WRITTEN.pages), st.integers(0, WRITTEN.pages)),
    seed=st.integers(0, 2**16),
    part=st.sampled_from([PAGE_BYTES, 200]),
)
def test_what_is_salvaged_is_true(pages: list[int], kept_pages: int, seed: int, part: int) -> None:
    """What is kept was written so; all facts of a group or none; and no event whose facts are lost."""
    damaged = bytearray(WRITTEN.content[: kept_pages * PAGE_BYTES])
    chance = random.Random(seed)
    for page in pages:
        begin = page * PAGE_BYTES + (chance.randrange(PAGE_BYTES - part) if part < PAGE_BYTES else 0)
        if page < kept_pages:
            damaged[begin : begin + part] = chance.randbytes(part)
    with place() as path:
        path.write_bytes(damaged)
        try:
            done = salvage(path, now_s=NOW_S)
        except ConfigError:
            event("nothing can be kept")
            assert path.read_bytes() == damaged
            assert [one.name for one in path.parent.iterdir()] == [path.name]
            return
        event("sound" if done is None else "kept all" if not done.begins_epochs else "lost something")
        check(path, has_lost=done is not None and done.begins_epochs)
        assert done is None or done.damaged.read_bytes() == damaged
        assert len(list(path.parent.iterdir())) == (1 if done is None else 2)


def check(path: Path, *, has_lost: bool) -> None:
    """Compare what a journal holds with what was written."""
    file = SqliteFile(path, synchronous=SYNCHRONOUS)
    content = file.open()
    entries, records = list(content.entries), list(content.records)
    file.close()
    number = 0
    if content.checkpoint is not None:
        number = content.checkpoint.number
        assert content.checkpoint.states == {"counting": state(number)}
    assert records == [WRITTEN.records[number + place] for place in range(1, len(records) + 1)]
    number += len(records)
    assert number % 2 == 0
    assert entries == [WRITTEN.entries[place] for place in range(1, len(entries) + 1)]
    assert content.is_complete is not has_lost
    if has_lost:
        assert len(entries) <= number
    else:
        assert (number, len(entries)) == (2 * GROUPS, 2 * GROUPS)
