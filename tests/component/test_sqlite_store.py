"""The file of a journal: what it keeps from one process to the next, and which files it refuses."""

import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from components.model.errors import ConfigError
from components.streams import sqlite_store
from components.streams.journal import Checkpoint, Group
from components.streams.rows import APPLICATION_ID
from components.streams.sqlite_store import SqliteFile, Synchronous
from tests.support.journal_entries import FILLS, NOW_S, entry, groups, mark, opened, record
from tests.support.small_disk import small_disk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a journal can be."""
    return tmp_path / "trading.journal"


def test_what_was_written_is_there_when_it_is_opened_again(path: Path) -> None:
    """Entries of all streams come back in order, with the mark of what the router has."""
    written = [entry(1), entry(2, FILLS, seq=1), mark(3, seq=4), entry(4, seq=5), mark(5, FILLS, seq=0, epoch="e2")]
    file = SqliteFile(path)
    assert (list(file.open().entries), path.exists()) == ([], True)
    file.write(groups(*written[:2]), sent=0, now_s=NOW_S)
    file.write(groups(*written[2:]), sent=2, now_s=NOW_S)
    file.write([], sent=3, now_s=NOW_S)
    file.close()

    with opened(file) as entries:
        assert entries == written
    assert file.open().sent == 3


def test_a_process_that_dies_loses_nothing_that_was_written(path: Path) -> None:
    """What was written is there without the file having been closed."""
    file = SqliteFile(path)
    file.open()
    file.write(groups(entry(1)), sent=1, now_s=NOW_S)
    file.abandon()

    content = SqliteFile(path).open()

    assert (list(content.entries), content.sent, content.is_complete) == ([entry(1)], 1, True)


def test_only_its_owner_can_read_the_file(path: Path) -> None:
    """The file, and what SQLite puts beside it, have mode 0600, also where the file was open to others before."""
    path.touch(mode=0o666)
    file = SqliteFile(path)
    file.open()
    file.write(groups(entry(1)), sent=0, now_s=NOW_S)

    modes = {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    file.close()

    assert modes == {0o600}


def test_a_machine_that_went_down_may_have_lost_the_end(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After another boot, a file that was not closed is complete only where every commit waited for the disk."""
    for synchronous, name in ((Synchronous.NORMAL, "normal"), (Synchronous.FULL, "full")):
        file = SqliteFile(path.with_name(name), synchronous=synchronous)
        assert file.open().is_complete
        file.write(groups(entry(1)), sent=0, now_s=NOW_S)
        file.abandon()
    (tmp_path / "boot").write_text("another\n")
    monkeypatch.setattr(sqlite_store, "BOOT_ID_PATH", tmp_path / "boot")

    normal, full = (
        SqliteFile(path.with_name("normal")),
        SqliteFile(path.with_name("full"), synchronous=Synchronous.FULL),
    )
    assert (normal.open().is_complete, full.open().is_complete) == (False, True)
    normal.close()
    full.close()

    monkeypatch.undo()
    assert normal.open().is_complete
    normal.close()


def test_a_machine_that_goes_down_at_once_may_have_lost_the_end(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut that leaves nothing of what a new process wrote does not leave a file that counts as complete."""
    file = SqliteFile(path)
    file.open()
    file.close()
    file.open()
    file.write(groups(entry(1)), sent=0, now_s=NOW_S)
    # The write-ahead log has not reached the disk.
    left = tmp_path / "left.journal"
    shutil.copyfile(path, left)
    file.close()
    (tmp_path / "boot").write_text("another\n")
    monkeypatch.setattr(sqlite_store, "BOOT_ID_PATH", tmp_path / "boot")

    content = SqliteFile(left).open()

    assert (list(content.entries), content.is_complete) == ([], False)


@pytest.mark.parametrize(("before", "after"), [("NORMAL", "FULL"), ("FULL", "NORMAL")])
def test_who_wrote_a_file_decides_whether_it_is_complete(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    """Whether commits wait for the disk from now on says nothing of what a boot before may have lost."""
    file = SqliteFile(path, synchronous=Synchronous(before))
    file.open()
    file.write(groups(entry(1)), sent=0, now_s=NOW_S)
    file.abandon()
    (tmp_path / "boot").write_text("another\n")
    monkeypatch.setattr(sqlite_store, "BOOT_ID_PATH", tmp_path / "boot")

    assert SqliteFile(path, synchronous=Synchronous(after)).open().is_complete == (before == "FULL")


def test_a_file_is_one_processs_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second is told so, and the first goes on."""
    monkeypatch.setattr(sqlite_store, "LOCK_PATIENCE_S", 0.0)
    first = SqliteFile(path)
    first.open()

    with pytest.raises(ConfigError, match="another process uses this journal"):
        SqliteFile(path).open()

    first.write(groups(entry(1)), sent=0, now_s=NOW_S)
    first.close()
    with opened(SqliteFile(path)) as entries:
        assert entries == [entry(1)]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("CREATE TABLE other (x)", "received another database"),
        (f"PRAGMA application_id = {APPLICATION_ID}; CREATE TABLE other (x)", "received version 0"),
        (
            f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 2; CREATE TABLE other (x)",
            "damaged: no such table",
        ),
    ],
)
def test_another_database_is_refused_and_left_alone(path: Path, statement: str, reason: str) -> None:
    """A database of another program, of another version, or with nothing of ours in it, is not written to."""
    connection = sqlite3.connect(path)
    connection.executescript(statement)
    connection.close()

    with pytest.raises(ConfigError, match=reason):
        SqliteFile(path).open()

    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("other",)]
    connection.close()


def test_what_is_no_database_is_refused(path: Path) -> None:
    """A text is told to be none, and stays what it is."""
    path.write_text("dear diary\n" * 100)

    with pytest.raises(ConfigError, match="file is not a database"):
        SqliteFile(path).open()

    assert path.read_text() == "dear diary\n" * 100


def test_a_place_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """A directory that is not there, and one where the file should be, are told with the file's name."""
    with pytest.raises(ConfigError, match="No such file or directory"):
        SqliteFile(tmp_path / "nowhere" / "a.journal").open()
    (tmp_path / "b.journal").mkdir()
    with pytest.raises(ConfigError, match=r"b\.journal: cannot be used"):
        SqliteFile(tmp_path / "b.journal").open()


def test_a_full_disk_fails_the_write_and_leaves_what_was_there(tmp_path: Path) -> None:
    """A write that does not fit is not there at all; what was written before is, and smaller writes go on later."""
    with small_disk(tmp_path) as directory:
        file = SqliteFile(directory / "a.journal")
        file.open()
        file.write(groups(entry(1)), sent=1, now_s=NOW_S)

        with pytest.raises(sqlite3.OperationalError):
            file.write(groups(*[entry(position, padding=4000) for position in range(2, 100)]), sent=1, now_s=NOW_S)

        file.abandon()
        with opened(file) as entries:
            assert entries == [entry(1)]


def test_a_disk_that_is_full_from_the_start_is_named(tmp_path: Path) -> None:
    """Where not even an empty journal fits, the file is named, and why it cannot be used."""
    with (
        small_disk(tmp_path, size_kb=4) as directory,
        pytest.raises(ConfigError, match=r"a\.journal: cannot be used") as raised,
    ):
        SqliteFile(directory / "a.journal").open()

    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_open_is_not_written() -> None:
    """Writing without an open file is an error of the database's own."""
    with pytest.raises(sqlite3.ProgrammingError):
        SqliteFile(Path("x")).write([], sent=0, now_s=NOW_S)


def test_records_and_checkpoints_are_there_when_it_is_opened_again(path: Path) -> None:
    """The newest checkpoint comes back with the records behind it, and with the number of the last group."""
    file = SqliteFile(path, synchronous=Synchronous.FULL)
    content = file.open()
    assert (content.checkpoint, list(content.records), content.last_group, content.name) == (None, [], 0, str(path))
    first, second = Checkpoint(number=2, states={"a": b"1", "b": b""}), Checkpoint(number=3, states={"a": b"2"})
    file.write([Group(number=1, entries=(entry(1),), records=(record(1), record(2)))], sent=0, now_s=NOW_S)
    file.write([Group(number=2, checkpoint=first)], sent=0, now_s=NOW_S)
    file.write([Group(number=3, records=(record(3),)), Group(number=4, checkpoint=second)], sent=0, now_s=NOW_S)
    assert last_group(file) == 4
    file.open()
    file.write([Group(number=5, records=(record(4), record(5, "b")))], sent=0, now_s=NOW_S)
    file.abandon()

    content = file.open()

    assert (content.checkpoint, list(content.records)) == (second, [record(4), record(5, "b")])
    assert content.last_group == 5
    file.close()


def last_group(file: SqliteFile) -> int:
    """The number of the last group of a file that is closed, and left closed."""
    file.abandon()
    number = file.open().last_group
    file.close()
    return number


def test_new_epochs_are_written_before_a_lost_end_is_forgotten(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies before it could write that all epochs are new leaves that to the next."""
    file = SqliteFile(path)
    file.open()
    file.write(groups(entry(1)), sent=0, now_s=NOW_S)
    file.abandon()
    (tmp_path / "boot").write_text("another\n")
    monkeypatch.setattr(sqlite_store, "BOOT_ID_PATH", tmp_path / "boot")

    assert not file.open().is_complete
    file.write([], sent=1, now_s=NOW_S)
    file.close()
    assert not file.open().is_complete
    file.write(groups(mark(2, seq=0, epoch="f")), sent=1, now_s=NOW_S)
    file.abandon()

    assert file.open().is_complete
    file.close()


def test_a_file_can_be_closed_as_one_that_lacks_something(path: Path) -> None:
    """Whoever opens it next is told so, on the same boot too."""
    file = SqliteFile(path, synchronous=Synchronous.FULL)
    file.open()
    file.write(groups(entry(1)), sent=1, now_s=NOW_S)
    file.close(is_complete=False)

    assert not SqliteFile(path, synchronous=Synchronous.FULL).open().is_complete
