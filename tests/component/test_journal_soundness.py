"""Journals that were damaged: none is taken for a sound one, and one line says what to do."""

import random
from pathlib import Path

import pytest

from components.model.errors import ConfigError
from components.streams.rows import PAGE_BYTES
from components.streams.sqlite_store import SqliteFile, Synchronous
from tests.support.damaged_journals import change, filled, read, recorded
from tests.support.journal_entries import FILLS, ORDERS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a journal can be."""
    return tmp_path / "trading.journal"


SALVAGE = "type: tapecast journal salvage trading"
AFTER_26 = f"sound up to position 26, {FILLS} seq 13 and "
AT_END = f"sound up to position 40, {FILLS} seq 20 and "


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9])
def test_a_torn_file_is_refused_in_one_line(path: Path, keep: float) -> None:
    """A file whose end is missing is no journal any more, and is left as it is."""
    filled(path)
    whole = path.read_bytes()
    torn = whole[: int(len(whole) * keep)]
    path.write_bytes(torn)

    with pytest.raises(ConfigError) as raised:
        SqliteFile(path).open()

    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert path.read_bytes() == torn


def test_garbage_in_the_middle_is_refused_in_one_line(path: Path) -> None:
    """Pages, and events in them, that were overwritten are found before anything is published."""
    filled(path)
    whole = bytearray(path.read_bytes())
    whole[40_000:60_000] = random.Random(1).randbytes(20_000)
    path.write_bytes(whole)

    with pytest.raises(ConfigError, match="the journal is damaged"):
        SqliteFile(path).open()


def test_an_event_that_was_changed_is_refused(path: Path) -> None:
    """An entry whose bytes were changed makes the file a damaged one."""
    filled(path)
    change(path, "UPDATE entries SET body = x'c1' WHERE position = 7")

    with pytest.raises(ConfigError, match="damaged: position 7 is not what was written there"):
        read(path)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (
            "DELETE FROM entries WHERE position = 25",
            f"{ORDERS} has a hole: seq 14 of epoch e behind seq 12 of epoch e; {AFTER_26}record 20; ",
        ),
        (
            "DELETE FROM records WHERE number = 15",
            f"there is record 16 behind record 14; {AT_END}record 14; ",
        ),
        (
            "UPDATE records SET body = x'09' WHERE number = 15",
            f"record 15 is not what was written there; {AT_END}record 14; ",
        ),
        (
            "UPDATE records SET group_end = 21 WHERE number = 20",
            f"record 20 is not what was written there; {AT_END}record 19; ",
        ),
        (
            "UPDATE checkpoints SET states = x'80' WHERE number = 10",
            f"the checkpoint at record 10 is not what was written there; {AT_END}record 20; ",
        ),
        (
            "UPDATE entries SET epoch = 'f' WHERE position = 1",
            "position 1 is not what was written there; sound up to position 0 and record 20; ",
        ),
    ],
)
def test_where_nothing_may_be_missing_a_hole_stops_the_start(path: Path, statement: str, reason: str) -> None:
    """One line says what is wrong, up to where the journal is sound, and what to type."""
    recorded(path)
    assert [len(rows) for rows in read(path, Synchronous.FULL)] == [40, 10]
    change(path, statement)
    left = path.read_bytes()

    with pytest.raises(ConfigError) as raised:
        read(path, Synchronous.FULL)

    assert str(raised.value) == f"{path}: the journal is damaged: {reason}{SALVAGE}"
    assert path.read_bytes() == left


def test_where_a_hole_may_be_it_stops_nothing(path: Path) -> None:
    """A journal that may lose its end is read with its holes: streams tell them."""
    recorded(path)
    change(path, "DELETE FROM entries WHERE position = 25")

    assert len(read(path)[0]) == 39


def test_an_index_that_does_not_fit_is_found(path: Path) -> None:
    """Where nothing may be missing, the whole structure is looked at, not only each page."""
    recorded(path)
    change(
        path,
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = 'CREATE INDEX entries_by_topic ON entries (topic, seq)' WHERE type = 'index'",
    )
    assert len(read(path)[0]) == 40

    with pytest.raises(ConfigError, match=r"missing from index entries_by_topic; sound up to position 40, .*salvage"):
        SqliteFile(path, synchronous=Synchronous.FULL).open()


def test_half_a_group_stops_the_start(path: Path) -> None:
    """The last group has to be there with all its records."""
    recorded(path, records_each=2)
    change(path, "DELETE FROM records WHERE number = 40")

    with pytest.raises(
        ConfigError, match=r"the group of record 39 ends before its last record; .* and record 39; type: "
    ):
        read(path, Synchronous.FULL)


def test_of_a_torn_file_it_is_told_how_far_it_goes(path: Path) -> None:
    """Where nothing may be missing, somebody has to know how much is."""
    filled(path)
    path.write_bytes(path.read_bytes()[: 30 * PAGE_BYTES])

    with pytest.raises(ConfigError, match=f"sound up to position [1-9][0-9]+, {ORDERS} seq .* and record 0; {SALVAGE}"):
        SqliteFile(path, synchronous=Synchronous.FULL).open()


def test_old_records_are_nobodys_concern(path: Path) -> None:
    """What is in the checkpoint need not be there any more."""
    recorded(path)
    change(path, "DELETE FROM records WHERE number = 7")

    assert [one.number for one in read(path, Synchronous.FULL)[1]] == list(range(11, 21))
