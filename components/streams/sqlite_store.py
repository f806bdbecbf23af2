"""A journal's file: an SQLite database that one process at a time opens, reads once, and appends to."""

import enum
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from components.model.errors import ConfigError
from components.streams.journal import Checkpoint, Entry, Group, JournalContent, Record
from components.streams.pruning_store import Pruning, Retention
from components.streams.rows import (
    CHECKPOINT,
    CHECKPOINT_NUMBERS,
    ENTRIES,
    PAGE_BYTES,
    RECORDS,
    SCHEMA,
    Unsound,
    checkpoint_of,
    checkpoint_row,
    entry_rows,
    insertions,
    record_rows,
)
from components.streams.soundness import EntryWalk, RecordWalk
from components.streams.survey_store import LOCK_PATIENCE_S, check_is_journal, survey

BOOT_ID_PATH = Path("/proc/sys/kernel/random/boot_id")
WAL_BYTES = 64 * 1024 * 1024
"""What is written may be ahead of the tables; to bring them up to date holds up what is to be written meanwhile."""
INCOMPLETE = "incomplete"
"""In place of a boot's id: something that was published is missing, whichever boot this is."""

_LAST_GROUP = """
    SELECT max(
        coalesce((SELECT group_number FROM entries ORDER BY position DESC LIMIT 1), 0),
        coalesce((SELECT group_number FROM records ORDER BY number DESC LIMIT 1), 0),
        coalesce((SELECT group_number FROM checkpoints ORDER BY number DESC LIMIT 1), 0)
    )
"""
_NOTE = "UPDATE progress SET boot_id = ?"
_DROP_OLDER = "DELETE FROM entries WHERE topic = ? AND position < ?"


class Synchronous(enum.StrEnum):
    """
    When SQLite waits for the disk, and how closely a file is looked at when it is opened.

    `NORMAL` waits now and then: a killed process loses nothing that was committed, a machine that loses its power may
    lose the last commits. `FULL` waits with every commit: what was committed outlives that, too; so nothing may be
    missing, and a file in which something is, is refused.

    Source: SQLite, pragma.html, "PRAGMA synchronous", "PRAGMA integrity_check".
    """

    NORMAL = "NORMAL"
    FULL = "FULL"


class SqliteFile:
    """
    The entries of one owner's streams, and the records and checkpoints of its parts, in one file.

    What the router is not known to have is never let go. Whoever opens the file has it alone until it is closed, or
    the process ends. It is open to its owner only.
    """

    def __init__(
        self, path: Path, *, synchronous: Synchronous = Synchronous.NORMAL, retention: Retention | None = None
    ) -> None:
        """
        Name the file; nothing is opened yet.

        Args:
            path: Where it is, or will be; its stem is what `tapecast journal` calls it.
            synchronous: When to wait for the disk.
            retention: How much stays in it.
        """
        self._path = path
        self._synchronous = synchronous
        self._pruning = Pruning(retention or Retention())
        self._opened: sqlite3.Connection | None = None
        self._is_sound = True
        self._note = ""
        self._is_noted = False

    def open(self) -> JournalContent:
        """
        Open the file, made where there is none, and tell what it holds.

        Raises:
            ConfigError: It is damaged, or no journal, or of another version, or in use, or cannot be used at all; also
                when what it holds is read. The file is left as it is then.
        """
        self._is_sound = True
        self._is_noted = False
        try:
            if not self._path.exists():
                os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            self._path.chmod(0o600)
            self._opened = sqlite3.connect(
                self._path, timeout=LOCK_PATIENCE_S, isolation_level=None, check_same_thread=False
            )
            self._prepare()
            return self._content()
        except (OSError, sqlite3.Error, ConfigError, Unsound) as error:
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
        rows = [row for group in groups for row in entry_rows(group, written_s=now_s)]
        records = [row for group in groups for row in record_rows(group)]
        checkpoints = [
            checkpoint_row(group.checkpoint, group_number=group.number)
            for group in groups
            if group.checkpoint is not None
        ]
        with self._transaction() as run:
            for table, some in (("entries", rows), ("records", records), ("checkpoints", checkpoints)):
                for statement, values in insertions(table, some):
                    run.execute(statement, values)
            if newest:
                run.executemany(_DROP_OLDER, list(newest.items()))
            if checkpoints:
                self._pruning.drop_checkpoints(run)
            run.execute("UPDATE progress SET sent = ?", (sent,))
            if rows and not self._is_noted:
                run.execute(_NOTE, (self._note,))
            self._pruning.drop_some(run, entries, sent=sent, now_s=now_s)
        self._is_noted = self._is_noted or bool(rows)

    def close(self, *, is_complete: bool = True) -> None:
        """
        Let go of the file, with everything on the disk where there is room; of one that is not sound, as it is.

        Args:
            is_complete: Whether nothing that was published is missing: else who opens it next begins new epochs.

        Raises:
            sqlite3.Error: It cannot be written.
        """
        if not self._is_sound:
            return
        if self._is_noted or not is_complete:
            with self._transaction() as run:
                run.execute(_NOTE, ("" if is_complete else INCOMPLETE,))
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

    @property
    def _is_full(self) -> bool:
        return self._synchronous is Synchronous.FULL

    def _prepare(self) -> None:
        # Before anything is read: the whole file is then this connection's, and no file of shared memory is needed.
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        if not self._value("SELECT count(*) FROM sqlite_master"):
            self._connection.execute("PRAGMA journal_mode = WAL")
            with self._transaction() as run:
                for statement in SCHEMA:
                    run.execute(statement)
        check_is_journal(self._connection)
        found = self._value("PRAGMA integrity_check(1)" if self._is_full else "PRAGMA quick_check(1)")
        if found != "ok":
            raise Unsound(str(found).splitlines()[0])
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
        self._connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_BYTES // PAGE_BYTES}")
        self._connection.execute(f"PRAGMA synchronous = {self._synchronous}")

    def _content(self) -> JournalContent:
        boot_id = BOOT_ID_PATH.read_text().strip()
        sent, last_boot_id = self._connection.execute("SELECT sent, boot_id FROM progress").fetchone()
        self._note = "" if self._is_full else boot_id
        is_complete = last_boot_id in ("", boot_id)
        if is_complete:
            self._write_note()
        self._pruning.begin(self._connection.cursor())
        checkpoint, group_number = self._checkpoint()
        return JournalContent(
            entries=self._entries(),
            sent=sent,
            is_complete=is_complete,
            checkpoint=checkpoint,
            records=self._records(RecordWalk.behind(checkpoint, group_number)),
            last_group=self._value(_LAST_GROUP),
            name=str(self._path),
        )

    def _write_note(self) -> None:
        with self._transaction() as run:
            run.execute(_NOTE, (self._note,))
        # On the disk before anything else: with the old note, a file that has lost its end would count as whole.
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._is_noted = True

    def _checkpoint(self) -> tuple[Checkpoint | None, int]:
        newest = self._connection.execute(CHECKPOINT_NUMBERS).fetchone()
        return (None, 0) if newest is None else checkpoint_of(self._connection.execute(CHECKPOINT, newest).fetchone())

    def _entries(self) -> Iterator[Entry]:
        walk = EntryWalk(is_strict=self._is_full)
        with self._reading():
            for row in self._connection.execute(ENTRIES):
                yield walk.admit(row)[0]

    def _records(self, walk: RecordWalk) -> Iterator[Record]:
        with self._reading():
            for row in self._connection.execute(RECORDS, (walk.last,)):
                yield walk.admit(row)[0]
            walk.end()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, Unsound) as error:
            self._is_sound = False
            self.abandon()
            raise self._unusable(error) from None

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
        name = getattr(error, "sqlite_errorname", "")
        if isinstance(error, ConfigError):
            return ConfigError(f"{self._path}: {error}")
        if isinstance(error, OSError):
            return ConfigError(f"{self._path}: cannot be used: {error.strerror}; look at its owner, mode and directory")
        if name == "SQLITE_BUSY":
            return ConfigError(f"{self._path}: another process uses this journal; stop that one, or choose another")
        if isinstance(error, sqlite3.OperationalError) and name != "SQLITE_ERROR":
            return ConfigError(f"{self._path}: cannot be used: {error}")
        if self._is_full:
            return ConfigError(
                f"{self._path}: the journal is damaged: {error}; {survey(self._path).sound_up_to}; "
                f"type: tapecast journal salvage {self._path.stem}"
            )
        return ConfigError(f"{self._path}: the journal is damaged: {error}; move it away, and all streams begin anew")
