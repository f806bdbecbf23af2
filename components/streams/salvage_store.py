"""A new journal of what can be read of a damaged one."""

import itertools
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from components.model.errors import ConfigError
from components.streams.rows import PAGE_BYTES, with_page_count
from components.streams.sqlite_store import SqliteFile, Synchronous
from components.streams.survey_store import Survey, read_groups, reading, survey

GROUPS_AT_ONCE = 1_000


@attrs.frozen(kw_only=True)
class Salvage:
    """
    What became of a damaged journal.

    Attributes:
        found: What could be read of it.
        kept: The new one, which has its name.
        damaged: Where it is now.
        begins_epochs: Whether something that was published may be lost, so that all streams begin new epochs.
    """

    found: Survey
    kept: Survey
    damaged: Path
    begins_epochs: bool


def salvage(path: Path, *, now_s: int) -> Salvage | None:
    """
    Write a new journal of what can be read of a damaged one, give it the name, and keep the damaged one under another.

    Facts are kept up to the last group that is whole, whatever has happened to events before: what was told can be
    told anew, in new epochs. Events are kept up to the last that is sound, but none of a group whose facts are lost.

    Returns:
        What was done; None where the journal is sound, and left as it is.

    Raises:
        ConfigError: It is no journal, or in use, or nothing can be kept, or there is no room; it is left as it is then.
    """
    found = survey(path)
    if not found.problems:
        return None
    new = path.with_name(f"{path.name}.salvaged")
    try:
        with _with_head(path, found) as (source, read):
            _check_is_worth_it(path, read)
            _remove(new)
            is_complete = _write(source, read, new, now_s=now_s)
        return Salvage(found=read, kept=survey(new), damaged=_swap(path, new), begins_epochs=not is_complete)
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"{path}: cannot be salvaged: {reason}; make room beside it") from None
    finally:
        _remove(new)


@contextmanager
def _with_head(path: Path, found: Survey) -> Iterator[tuple[Path, Survey]]:
    """The file and what was found, or else of a copy that has a new head."""
    if found.has_head:
        yield path, found
        return
    copy, pattern = path.with_name(f"{path.name}.copy"), path.with_name(f"{path.name}.pattern")
    try:
        _remove(copy)
        shutil.copyfile(path, copy)
        made = SqliteFile(pattern)
        made.open()
        made.close()
        _mend_head(copy, pattern)
        mended = survey(copy)
        mended.problems[:0] = found.problems
        yield copy, mended
    finally:
        _remove(copy)
        _remove(pattern)


def _mend_head(copy: Path, pattern: Path) -> None:
    with pattern.open("rb") as source:
        page = source.read(PAGE_BYTES)
    with copy.open("r+b") as target:
        target.write(with_page_count(page, copy.stat().st_size // PAGE_BYTES))


def _check_is_worth_it(path: Path, found: Survey) -> None:
    has_state = found.records.whole > 0
    if has_state or (found.has_all_records and (found.entries.last is not None or found.has_all_entries)):
        return
    raise ConfigError(f"{path}: nothing of it can be kept: {found.problems[0]}; move it away, and all begins anew")


def _write(source: Path, found: Survey, new: Path, *, now_s: int) -> bool:
    """Write what is sound, and tell whether that is all that was published."""
    sent, note = found.progress or (0, "unknown")
    is_complete = found.has_all_entries and found.has_all_records and not note
    if not is_complete:
        sent = 0 if found.entries.last is None else found.entries.last.position
    file = SqliteFile(new, synchronous=Synchronous.FULL)
    file.open()
    try:
        with reading(source) as connection:
            groups = read_groups(connection, found)
            while batch := list(itertools.islice(groups, GROUPS_AT_ONCE)):
                file.write(batch, sent=0, now_s=now_s)
        file.write([], sent=sent, now_s=now_s)
        file.close(is_complete=is_complete)
    finally:
        file.abandon()
    return is_complete


def _swap(path: Path, new: Path) -> Path:
    damaged = next(
        one for number in itertools.count(1) if not (one := path.with_name(f"{path.name}.damaged-{number}")).exists()
    )
    os.link(path, damaged)
    # SQLite has moved it into the file when that was closed; one that stayed would be taken for the new file's.
    if _log_of(path).exists():
        _log_of(path).rename(_log_of(damaged))
    new.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return damaged


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    _log_of(path).unlink(missing_ok=True)


def _log_of(path: Path) -> Path:
    """The write-ahead log that belongs to a file."""
    return path.with_name(f"{path.name}-wal")
