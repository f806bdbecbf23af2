"""What `tapecast journal` does: look at a journal, or make a new one of what can be read of a damaged one."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from components.model.errors import ConfigError
from components.runtime.data_directory import take_lock
from components.runtime.settings import Settings
from components.streams.salvage_store import Salvage, salvage
from components.streams.survey_store import Survey, survey


def journal_report(settings: Settings, arguments: argparse.Namespace) -> tuple[list[str], bool]:
    """
    Do what was chosen with one journal of the data directory.

    Returns:
        What there is to say, line by line, and whether the journal that has the name now is sound.

    Raises:
        ConfigError: There is none, or a gateway runs from the directory, or nothing of it can be kept.
    """
    directory = settings.data_dir.absolute()
    path = directory / f"{arguments.journal}.journal"
    if not path.exists():
        raise ConfigError(f"{path}: there is no such journal; look at TAPECAST_DATA_DIR")
    with take_lock(directory) as is_taken:
        if not is_taken:
            raise ConfigError(f"TAPECAST_DATA_DIR: {directory} is in use by a gateway; type: tapecast stop")
        return _checked(path) if arguments.action == "check" else (_salvaged(path), True)


def _checked(path: Path) -> tuple[list[str], bool]:
    found = survey(path)
    if found.problems:
        what_to_do = f"type: tapecast journal salvage {path.stem}"
        return [f"{path}: damaged", *_indented([*found.problems, found.sound_up_to, what_to_do])], False
    return [f"{path}: sound", *_indented([*_contents(found), f"size: {path.stat().st_size} bytes"])], True


def _salvaged(path: Path) -> list[str]:
    done = salvage(path, now_s=int(time.time()))
    if done is None:
        return [f"{path}: sound; nothing was changed"]
    return [
        f"{done.damaged}: the damaged journal",
        *_indented(done.found.problems),
        f"{path}: the new one",
        *_indented([*(f"kept {line}" for line in _contents(done.kept)), *_losses(done)]),
    ]


def _contents(found: Survey) -> list[str]:
    lines = [f"events: {found.topic_counts.total()} of {len(found.topic_counts)} topics, up to {found.entries}"]
    number = 0 if found.checkpoint is None else found.checkpoint.number
    lines.append(f"records: up to {found.records}, {found.records.last - number} of them behind a checkpoint")
    return lines


def _losses(done: Salvage) -> list[str]:
    last_position, last_record = done.found.ends
    position = 0 if done.kept.entries.last is None else done.kept.entries.last.position
    lines = [
        *_lost("events", position, last_position, is_whole=done.found.has_all_entries),
        *_lost("records", done.kept.records.last, last_record, is_whole=done.found.has_all_records),
    ]
    if done.begins_epochs:
        lines.append("all streams begin new epochs: clients take snapshots")
    return lines or ["lost nothing"]


def _lost(what: str, kept: int, last: int | None, *, is_whole: bool) -> list[str]:
    if last is not None and last > kept:
        return [f"lost {what}: {kept + 1} to {last}"]
    return [] if is_whole else [f"lost {what}: all behind {kept}, if there were more"]


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]
