"""A journal's file: an SQLite database that one process at a time opens, reads once, and appends to."""

import collections
import enum
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import attrs
import msgspec

from components.model.errors import ConfigError
from components.streams.journal import Checkpoint, Entry, Group, JournalContent, Record
from components.streams.stream import HISTORY_LENGTH, decoded

APPLICATION_ID = 0x54_61_70_65
"""`Tape`: tells a journal from any other database."""

SCHEMA_VERSION = 2
BOOT_ID_PATH = Path("/proc/sys/kernel/random/boot_id")
LOCK_PATIENCE_S = 2.0
WAL_BYTES = 16 * 1024 * 1024

TOPICS_PRUNED_A_SECOND = 16
SLACK = 4
"""A topic is pruned when it has a quarter more entries than it is to keep, not with every one."""

_SCHEMA = (
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
    """
    CREATE TABLE entries (
        position INTEGER PRIMARY KEY, group_number INTEGER NOT NULL, topic TEXT NOT NULL, epoch TEXT NOT NULL,
        seq INTEGER NOT NULL, ts_ns INTEGER NOT NULL, is_conflated INTEGER NOT NULL, written_s INTEGER NOT NULL,
        body BLOB
    ) STRICT
    """,
    """
    CREATE TABLE records (
        number INTEGER PRIMARY KEY, group_number INTEGER NOT NULL, part TEXT NOT NULL, body BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE checkpoints (
        number INTEGER NOT NULL, part TEXT NOT NULL, state BLOB NOT NULL, PRIMARY KEY (number, part)
    ) STRICT
    """,
    "CREATE INDEX entries_by_topic ON entries (topic, position)",
    "CREATE TABLE progress (sent INTEGER NOT NULL, boot_id TEXT NOT NULL) STRICT",
    "INSERT INTO progress VALUES (0, '')",
)
_INSERT = "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_RECORD = "INSERT INTO records VALUES (?, ?, ?, ?)"
_INSERT_CHECKPOINT = "INSERT INTO checkpoints VALUES (?, ?, ?)"
_CHECKPOINTS_KEPT = 2
_LAST_GROUP = """
    SELECT max(
        (SELECT coalesce(max(group_number), 0) FROM entries), (SELECT coalesce(max(group_number), 0) FROM records)
    )
"""
_OLDER_CHECKPOINT = "SELECT DISTINCT number FROM checkpoints ORDER BY number DESC LIMIT 1 OFFSET ?"
_DROP_OLDER = "DELETE FROM entries WHERE topic = ? AND position < ?"
_OLDEST = "SELECT written_s FROM entries WHERE topic = ? ORDER BY position LIMIT 1"
_BEHIND_NEWEST = "(SELECT position FROM entries WHERE topic = :topic ORDER BY position DESC LIMIT 1 OFFSET :kept)"
_DROP_TOO_MANY = f"DELETE FROM entries WHERE topic = :topic AND position <= min(:sent, {_BEHIND_NEWEST})"  # noqa: S608 - constants
_DROP_TOO_OLD = f"{_DROP_TOO_MANY} AND written_s < :oldest_s"


class Synchronous(enum.StrEnum):
    """
    When SQLite waits for the disk.

    `NORMAL` waits now and then: a killed process loses nothing that was committed, a machine that loses its power may
    lose the last commits. `FULL` waits with every commit: what was committed outlives that, too.

    Source: SQLite, pragma.html, "PRAGMA synchronous".
    """

    NORMAL = "NORMAL"
    FULL = "FULL"


@attrs.frozen(kw_only=True)
class Retention:
    """
    How much of a topic stays in the file; its newest entries stay however old they are.

    Attributes:
        entries: At most about so many of one topic.
        age_s: Older ones go, but for the newest `HISTORY_LENGTH`, which make the topic's snapshot.
    """

    entries: int = 1000
    age_s: int = 24 * 3600


class SqliteFile:
    """
    The entries of one owner's streams in one file.

    What the router is not known to have is never let go. Whoever opens the file has it alone until it is closed, or
    the process ends. It is open to its owner only.
    """

    def __init__(
        self, path: Path, *, synchronous: Synchronous = Synchronous.NORMAL, retention: Retention | None = None
    ) -> None:
        """
        Name the file; nothing is opened yet.

        Args:
            path: Where it is, or will be.
            synchronous: When to wait for the disk.
            retention: How much stays in it.
        """
        self._path = path
        self._synchronous = synchronous
        self._retention = retention or Retention()
        self._opened: sqlite3.Connection | None = None
        self._sent = 0
        self._counts: collections.Counter[str] = collections.Counter()
        self._to_prune: collections.deque[str] = collections.deque()
        self._pruned_s = 0

    def open(self) -> JournalContent:
        """
        Open the file, made where there is none, and tell what it holds.

        Raises:
            ConfigError: It is damaged, or no journal, or of another version, or in use, or cannot be used at all.
        """
        try:
            if not self._path.exists():
                os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            self._path.chmod(0o600)
            self._opened = sqlite3.connect(
                self._path, timeout=LOCK_PATIENCE_S, isolation_level=None, check_same_thread=False
            )
            self._prepare()
            return self._content()
        except (OSError, sqlite3.Error, ConfigError) as error:
            self.abandon()
            raise self._unusable(error) from None

    def write(self, groups: Sequence[Group], *, sent: int, now_s: int) -> None:
        """
        Write groups behind all others, and how far the router has come: all or nothing, durable on return.

        Raises:
            sqlite3.Error: Nothing of it is written.
        """
        entries = [one for group in groups for one in group.entries]
        newest = {one.topic: one.position for one in entries if one.is_conflated and one.body is not None}
        rows = [
            (one.position, group.number, one.topic, one.epoch, one.seq, one.ts_ns, one.is_conflated, now_s, one.body)
            for group in groups
            for one in group.entries
            if one.position >= newest.get(one.topic, 0)
        ]
        records = [(one.number, group.number, one.part, one.body) for group in groups for one in group.records]
        with self._transaction() as run:
            run.executemany(_INSERT, rows)
            run.executemany(_DROP_OLDER, list(newest.items()))
            run.executemany(_INSERT_RECORD, records)
            for group in groups:
                if group.checkpoint is not None:
                    self._write_checkpoint(run, group.checkpoint)
            run.execute("UPDATE progress SET sent = ?", (sent,))
            self._prune(run, entries, sent, now_s)
        self._sent = sent

    def _write_checkpoint(self, run: sqlite3.Cursor, checkpoint: Checkpoint) -> None:
        rows = [(checkpoint.number, part, state) for part, state in checkpoint.states.items()]
        run.executemany(_INSERT_CHECKPOINT, rows)
        kept = run.execute(_OLDER_CHECKPOINT, (_CHECKPOINTS_KEPT - 1,)).fetchone()
        if kept is not None:
            run.execute("DELETE FROM checkpoints WHERE number < ?", kept)
            run.execute("DELETE FROM records WHERE number <= ?", kept)

    def close(self) -> None:
        """
        Let go of the file, with everything on the disk where there is room.

        Raises:
            sqlite3.Error: It cannot be written.
        """
        with self._transaction() as run:
            run.execute("UPDATE progress SET boot_id = ''")
        # Where it fails, what was committed is in the write-ahead log as before.
        with suppress(sqlite3.OperationalError):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.abandon()

    def abandon(self) -> None:
        """Let go of the file as it is."""
        if self._opened is not None:
            with suppress(sqlite3.Error):
                self._opened.close()
            self._opened = None

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            raise sqlite3.ProgrammingError("the file is not open")
        return self._opened

    def _prepare(self) -> None:
        # Before anything is read: the whole file is then this connection's, and no file of shared memory is needed.
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        if not self._value("SELECT count(*) FROM sqlite_master"):
            self._connection.execute("PRAGMA journal_mode = WAL")
            with self._transaction() as run:
                for statement in _SCHEMA:
                    run.execute(statement)
        self._check_is_journal()
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
        self._connection.execute(f"PRAGMA synchronous = {self._synchronous}")

    def _check_is_journal(self) -> None:
        if self._value("PRAGMA application_id") != APPLICATION_ID:
            raise ConfigError("expected a journal of Tapecast, received another database; move it away")
        version = self._value("PRAGMA user_version")
        if version != SCHEMA_VERSION:
            raise ConfigError(f"expected a journal of version {SCHEMA_VERSION}, received version {version}")
        found = self._value("PRAGMA quick_check(1)")
        if found != "ok":
            raise sqlite3.DatabaseError(str(found).splitlines()[0])

    def _content(self) -> JournalContent:
        boot_id = BOOT_ID_PATH.read_text().strip()
        self._sent, last_boot_id = self._connection.execute("SELECT sent, boot_id FROM progress").fetchone()
        self._note_boot("" if self._synchronous is Synchronous.FULL else boot_id)
        self._counts.update(
            dict(self._connection.execute("SELECT topic, count(*) FROM entries WHERE NOT is_conflated GROUP BY topic"))
        )
        self._to_prune.extend(self._counts)
        checkpoint = self._checkpoint()
        records = self._connection.execute(
            "SELECT number, part, body FROM records WHERE number > ? ORDER BY number",
            (checkpoint.number if checkpoint is not None else 0,),
        )
        return JournalContent(
            entries=[self._entry(row) for row in self._connection.execute("SELECT * FROM entries ORDER BY position")],
            sent=self._sent,
            is_complete=last_boot_id in ("", boot_id),
            checkpoint=checkpoint,
            records=[Record(number=number, part=part, body=body) for number, part, body in records],
            last_group=self._value(_LAST_GROUP),
            name=str(self._path),
        )

    def _checkpoint(self) -> Checkpoint | None:
        rows = self._connection.execute(
            "SELECT number, part, state FROM checkpoints WHERE number = (SELECT max(number) FROM checkpoints)"
        ).fetchall()
        return Checkpoint(number=rows[0][0], states={part: state for _, part, state in rows}) if rows else None

    def _note_boot(self, boot_id: str) -> None:
        """Write down which boot's end may take the file's end with it: none where every commit waits for the disk."""
        with self._transaction() as run:
            run.execute("UPDATE progress SET boot_id = ?", (boot_id,))
        # On the disk before anything else: with the old note, a file that has lost its end would count as whole.
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _entry(self, row: Sequence[Any]) -> Entry:
        position, _, topic, epoch, seq, ts_ns, is_conflated, _, body = row
        if body is not None:
            try:
                decoded(body)
            except msgspec.DecodeError:
                raise sqlite3.DatabaseError(f"entry {position} is no event") from None
        return Entry(
            position=position,
            topic=topic,
            epoch=epoch,
            seq=seq,
            ts_ns=ts_ns,
            body=body,
            is_conflated=bool(is_conflated),
        )

    def _prune(self, run: sqlite3.Cursor, entries: Sequence[Entry], sent: int, now_s: int) -> None:
        kept = self._retention.entries
        for one in entries:
            if one.is_conflated:
                continue
            if one.topic not in self._counts:
                self._to_prune.append(one.topic)
            self._counts[one.topic] += 1
            if self._counts[one.topic] > kept + kept // SLACK:
                run.execute(_DROP_TOO_MANY, {"topic": one.topic, "kept": kept, "sent": sent})
                self._counts[one.topic] -= run.rowcount
        if now_s != self._pruned_s:
            self._pruned_s = now_s
            for topic in list(self._to_prune)[:TOPICS_PRUNED_A_SECOND]:
                self._to_prune.rotate(-1)
                self._drop_too_old(run, topic, sent, now_s - self._retention.age_s)

    def _drop_too_old(self, run: sqlite3.Cursor, topic: str, sent: int, oldest_s: int) -> None:
        oldest = run.execute(_OLDEST, (topic,)).fetchone()
        # Without this look at one entry, all of the topic's would be looked at in vain.
        if oldest is not None and oldest[0] < oldest_s:
            run.execute(_DROP_TOO_OLD, {"topic": topic, "kept": HISTORY_LENGTH, "sent": sent, "oldest_s": oldest_s})
            self._counts[topic] -= run.rowcount

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Cursor]:
        run = self._connection.cursor()
        run.execute("BEGIN IMMEDIATE")
        try:
            yield run
            run.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                run.execute("ROLLBACK")
            raise

    def _value(self, statement: str) -> Any:
        return self._connection.execute(statement).fetchone()[0]

    def _unusable(self, error: Exception) -> ConfigError:
        if isinstance(error, ConfigError):
            return ConfigError(f"{self._path}: {error}")
        if isinstance(error, OSError):
            return ConfigError(f"{self._path}: cannot be used: {error.strerror}; look at its owner, mode and directory")
        name = getattr(error, "sqlite_errorname", "")
        if name == "SQLITE_BUSY":
            return ConfigError(f"{self._path}: another process uses this journal; stop that one, or choose another")
        if isinstance(error, sqlite3.OperationalError) and name != "SQLITE_ERROR":
            return ConfigError(f"{self._path}: cannot be used: {error}")
        return ConfigError(f"{self._path}: the journal is damaged: {error}; move it away, and all streams begin anew")
