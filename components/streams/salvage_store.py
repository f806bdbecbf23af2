"""A new journal of what can be read of a damaged one."""

import itertools
import os
import shutil
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
    """

    found: Survey
    kept: Survey
    damaged: Path


def salvage(path: Path, *, now_s: int) -> Salvage | None:
    """
    Write a new journal of what can be read of a damaged one, give it the name, and keep the damaged one under another.

    Facts are kept up to the last group that is whole, whatever has happened to events before: what was told can be
    told anew, in new epochs. Events are kept up to the last that is sound, but none of a group whose facts are lost.

    Returns:
        What was done; None where the journal is sound, and left as it is.

    Raises:
        ConfigError: It is no journal, or in use, or nothing can be kept; it is left as it is then.
        OSError: There is no place for the new one.
    """
    found = survey(path)
    if not found.problems:
        return None
    new = path.with_name(f"{path.name}.salvaged")
    _remove(new)
    with _with_head(path, found) as (source, read):
        _check_is_worth_it(path, read)
        _write(source, read, new, now_s=now_s)
    kept = survey(new)
    if kept.problems:
        raise ConfigError(f"{new}: cannot be written: {kept.problems[0]}")
    return Salvage(found=read, kept=kept, damaged=_swap(path, new))


@contextmanager
def _with_head(path: Path, found: Survey) -> Iterator[tuple[Path, Survey]]:
    """The file and what was found, or else of a copy that has a new head."""
    if found.has_head:
        yield path, found
        return
    copy, pattern = path.with_name(f"{path.name}.copy"), path.with_name(f"{path.name}.pattern")
    try:
        _copy(path, copy)
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


def _write(source: Path, found: Survey, new: Path, *, now_s: int) -> None:
    file = SqliteFile(new, synchronous=Synchronous.FULL)
    file.open()
    try:
        last_group = None if found.has_all_records else found.records.whole_group
        with reading(source) as connection:
            groups = read_groups(connection, found, last_group=last_group)
            while batch := list(itertools.islice(groups, GROUPS_AT_ONCE)):
                file.write(batch, sent=0, now_s=now_s)
        is_complete = found.has_all_entries and found.has_all_records and found.progress is not None
        if found.progress is not None and is_complete:
            sent, note = found.progress
            is_complete = not note
        else:
            sent = 0 if found.entries.last is None else found.entries.last.position
        file.write([], sent=sent, now_s=now_s)
        file.close(is_complete=is_complete)
    finally:
        file.abandon()


def _swap(path: Path, new: Path) -> Path:
    damaged = next(
        one for number in itertools.count(1) if not (one := path.with_name(f"{path.name}.damaged-{number}")).exists()
    )
    os.link(path, damaged)
    if _log_of(path).exists():
        _log_of(path).rename(_log_of(damaged))
    new.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return damaged


def _copy(path: Path, copy: Path) -> None:
    _remove(copy)
    shutil.copyfile(path, copy)
    if _log_of(path).exists():
        shutil.copyfile(_log_of(path), _log_of(copy))


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    _log_of(path).unlink(missing_ok=True)


def _log_of(path: Path) -> Path:
    """The write-ahead log that belongs to a file."""
    return path.with_name(f"{path.name}-wal")
