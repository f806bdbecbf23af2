"""What can still be read of a journal's file, whatever has happened to it."""

import collections
import heapq
import itertools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from operator import itemgetter
from pathlib import Path

import attrs

from components.model.errors import ConfigError
from components.streams.journal import Checkpoint, Entry, Group, Record
from components.streams.rows import (
    APPLICATION_ID,
    CHECKPOINT,
    CHECKPOINT_NUMBERS,
    ENTRIES,
    RECORDS,
    SCHEMA_VERSION,
    TABLES,
    Unsound,
    checkpoint_of,
)
from components.streams.soundness import EntryWalk, RecordWalk

LOCK_PATIENCE_S = 2.0

_PROGRESS = "SELECT sent, boot_id FROM progress"
_TABLES = "SELECT count(*) FROM sqlite_master WHERE type = 'table'"
_ENDS = ("SELECT max(position) FROM entries", "SELECT max(number) FROM records")


def check_is_journal(connection: sqlite3.Connection) -> None:
    """
    Look whether an open database is a journal of this version.

    Raises:
        ConfigError: It is another program's, or another version's.
        sqlite3.Error: It cannot be read.
    """
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    if application_id != APPLICATION_ID:
        raise ConfigError("expected a journal of Tapecast, received another database; move it away")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != SCHEMA_VERSION:
        raise ConfigError(f"expected a journal of version {SCHEMA_VERSION}, received version {version}")


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """
    Open a file that may be damaged, and have it alone for the block.

    Raises:
        sqlite3.Error: Not even its head can be read.
    """
    with closing(sqlite3.connect(path, timeout=LOCK_PATIENCE_S, isolation_level=None)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        # Else SQLite reads nothing at all of a file that is shorter than its head says.
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(_TABLES).fetchone()
        yield connection


@attrs.define(kw_only=True)
class Survey:
    """
    What can still be read of a file.

    Attributes:
        problems: What is wrong with it, each in a few words; none where it is sound.
        has_head: Whether the page is there that says where everything else is.
        entries: The walk over its entries, at the last that is sound.
        has_all_entries: Whether that walk came to the end.
        records: The walk over the records behind the checkpoint, at the last that is sound.
        has_all_records: Whether that walk came to the end.
        checkpoint: The newest that is sound.
        checkpoint_group: The number of its group.
        progress: How far the router has come, and the note of a boot; None where they cannot be read.
        entry_count: So many entries are sound.
        topic_counts: So many of each topic.
        ends: The last position and the last record that are there, sound or not; None where that cannot be read.
    """

    problems: list[str] = attrs.field(factory=list)
    has_head: bool = False
    entries: EntryWalk = attrs.field(factory=EntryWalk)
    has_all_entries: bool = False
    records: RecordWalk = attrs.field(factory=RecordWalk)
    has_all_records: bool = False
    checkpoint: Checkpoint | None = None
    checkpoint_group: int = 0
    progress: tuple[int, str] | None = None
    topic_counts: collections.Counter[str] = attrs.field(factory=collections.Counter)
    ends: list[int | None] = attrs.field(factory=list)

    @property
    def sound_up_to(self) -> str:
        """Where what is sound ends, in words."""
        return f"sound up to {self.entries} and {self.records}"

    def take(self, connection: sqlite3.Connection) -> None:
        """Read all that can be read."""
        self._try("structure", lambda: self._take_structure(connection))
        self._try("progress", lambda: self._take_progress(connection))
        self._take_checkpoint(connection)
        self.has_all_entries = self._try("events", lambda: self._take_entries(connection))
        self.has_all_records = self._try("records", lambda: self._take_records(connection))
        self.ends = [self._end(connection, statement) for statement in _ENDS]

    def _try(self, what: str, take: Callable[[], None]) -> bool:
        try:
            take()
        except (sqlite3.Error, Unsound) as error:
            self.problems.append(f"{what}: {str(error).splitlines()[0]}")
            return False
        return True

    def _take_structure(self, connection: sqlite3.Connection) -> None:
        found = [str(text) for (text,) in connection.execute("PRAGMA integrity_check(1)")]
        if found != ["ok"]:
            raise Unsound(found[0])

    def _take_progress(self, connection: sqlite3.Connection) -> None:
        row = connection.execute(_PROGRESS).fetchone()
        if row is None:
            raise Unsound("there is none")
        self.progress = row

    def _take_checkpoint(self, connection: sqlite3.Connection) -> None:
        numbers: list[int] = []
        self._try("checkpoints", lambda: numbers.extend(number for (number,) in connection.execute(CHECKPOINT_NUMBERS)))
        for number in numbers:
            if self._try("checkpoints", lambda: self._take_one_checkpoint(connection, number)):  # noqa: B023 - called at once
                break
        self.records = RecordWalk.behind(self.checkpoint, self.checkpoint_group)

    def _take_one_checkpoint(self, connection: sqlite3.Connection, number: int) -> None:
        row = connection.execute(CHECKPOINT, (number,)).fetchone()
        self.checkpoint, self.checkpoint_group = checkpoint_of(row)

    def _take_entries(self, connection: sqlite3.Connection) -> None:
        for row in connection.execute(ENTRIES):
            entry, _ = self.entries.admit(row)
            self.topic_counts[entry.topic] += 1

    def _take_records(self, connection: sqlite3.Connection) -> None:
        for row in connection.execute(RECORDS, (self.records.last,)):
            self.records.admit(row)
        self.records.end()

    def _end(self, connection: sqlite3.Connection, statement: str) -> int | None:
        try:
            (last,) = connection.execute(statement).fetchone()
        except sqlite3.Error:
            return None
        return last or 0


def survey(path: Path) -> Survey:
    """
    Read all that can be read of a file, and remember how far that is.

    Raises:
        ConfigError: It is no journal of this version, or another process uses it.
    """
    found = Survey()
    try:
        with reading(path) as connection:
            check_is_journal(connection)
            found.has_head = connection.execute(_TABLES).fetchone() == (TABLES,)
            found.take(connection)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    except sqlite3.Error as error:
        if error.sqlite_errorname == "SQLITE_BUSY":
            raise ConfigError(f"{path}: another process uses this journal; stop that one") from None
        found.problems.append(f"head: {error}")
    return found


def read_groups(connection: sqlite3.Connection, found: Survey) -> Iterator[Group]:
    """
    What a survey has found sound, in order; where not all records are, nothing behind the last whole group of them.

    The first has the checkpoint, which stands for all records before.
    """
    if found.checkpoint is not None:
        yield Group(number=found.checkpoint_group, checkpoint=found.checkpoint)
    numbered = heapq.merge(_sound_entries(connection, found), _sound_records(connection, found), key=itemgetter(1))
    for number, members in itertools.groupby(numbered, key=itemgetter(1)):
        if not found.has_all_records and number > found.records.whole_group:
            return
        entries, records = [], []
        for one, _ in members:
            if isinstance(one, Entry):
                entries.append(one)
            else:
                records.append(one)
        yield Group(number=number, entries=tuple(entries), records=tuple(records))


def _sound_entries(connection: sqlite3.Connection, found: Survey) -> Iterator[tuple[Entry | Record, int]]:
    walk = EntryWalk()
    if found.entries.last is not None:
        for row in connection.execute(ENTRIES):
            yield walk.admit(row)
            if walk.last == found.entries.last:
                return


def _sound_records(connection: sqlite3.Connection, found: Survey) -> Iterator[tuple[Entry | Record, int]]:
    walk = RecordWalk.behind(found.checkpoint, found.checkpoint_group)
    if walk.last < found.records.last:
        for row in connection.execute(RECORDS, (walk.last,)):
            yield walk.admit(row)
            if walk.last == found.records.last:
                return
