"""The file of a journal: what it keeps, what it lets go, and which files it refuses."""

import random
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from components.model.errors import ConfigError
from components.streams import sqlite_store
from components.streams.sqlite_store import Retention, SqliteFile, Synchronous
from components.streams.stream import HISTORY_LENGTH
from tests.support.journal_entries import FILLS, NOW_S, PORTFOLIO, entry, groups, mark, opened
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

    content = file.open()
    file.close()

    assert (list(content.entries), content.sent) == (written, 3)


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


def test_a_conflated_stream_keeps_its_newest_event(path: Path) -> None:
    """An event makes the earlier ones worthless, in the same write and in earlier ones; a mark does not."""
    file = SqliteFile(path)
    file.open()
    file.write(
        groups(entry(1, PORTFOLIO), entry(2, seq=1), entry(3, PORTFOLIO), entry(4, PORTFOLIO)), sent=0, now_s=NOW_S
    )
    file.write(groups(mark(5, PORTFOLIO, seq=6)), sent=0, now_s=NOW_S)
    file.abandon()

    with opened(file) as entries:
        assert [one.position for one in entries] == [2, 4, 5]
        file.write(groups(entry(6, PORTFOLIO, seq=7)), sent=0, now_s=NOW_S)
    with opened(file) as entries:
        assert [one.position for one in entries] == [2, 6]


def test_beyond_its_count_a_topic_loses_its_oldest(path: Path) -> None:
    """A topic that has a quarter more than it is to keep is cut back; other topics, and what is not sent, stay."""
    file = SqliteFile(path, retention=Retention(entries=8))
    file.open()
    file.write(groups(entry(1, FILLS, seq=1)), sent=0, now_s=NOW_S)
    file.write(groups(*[entry(position) for position in range(2, 12)]), sent=4, now_s=NOW_S)
    file.abandon()
    with opened(file) as entries:
        assert [one.position for one in entries] == list(range(1, 12))
        file.write(groups(entry(12)), sent=3, now_s=NOW_S)
    with opened(file) as entries:
        assert [one.position for one in entries] == [1, *range(4, 13)]
        file.write(groups(entry(13), entry(14)), sent=14, now_s=NOW_S)
    with opened(file) as entries:
        assert [one.position for one in entries] == [1, *range(7, 15)]


def test_what_is_old_goes_but_for_what_the_snapshot_needs(path: Path) -> None:
    """After its age an entry goes at one of the next writes, unless it is among the newest hundred of its topic."""
    file = SqliteFile(path, retention=Retention(age_s=60))
    file.open()
    file.write(groups(*[entry(position) for position in range(1, HISTORY_LENGTH + 11)]), sent=5, now_s=NOW_S)
    file.write([], sent=5, now_s=NOW_S + 60)
    file.abandon()
    with opened(file) as entries:
        assert len(entries) == HISTORY_LENGTH + 10
        file.write([], sent=5, now_s=NOW_S + 61)
    with opened(file) as entries:
        assert entries[0].position == 6
        file.write([], sent=HISTORY_LENGTH + 10, now_s=NOW_S + 62)
    with opened(file) as entries:
        assert [one.position for one in entries] == list(range(11, HISTORY_LENGTH + 11))


def test_many_topics_are_pruned_in_turn(path: Path) -> None:
    """However many topics there are, a write looks at a few of them, and some seconds later all have had their turn."""
    topics = [f"tapecast.user.u{number}.orders" for number in range(sqlite_store.TOPICS_PRUNED_A_SECOND + 1)]
    file = SqliteFile(path, retention=Retention(age_s=60))
    file.open()
    position = 0
    for topic in topics:
        file.write(
            groups(*[entry(position + seq, topic, seq=seq) for seq in range(1, HISTORY_LENGTH + 2)]),
            sent=0,
            now_s=NOW_S,
        )
        position += HISTORY_LENGTH + 1
    left = []
    for later_s in (100, 100, 101):
        file.write([], sent=position, now_s=NOW_S + later_s)
        file.abandon()
        with opened(file) as entries:
            left.append(len(entries))
        file.open()
    file.close()

    assert left[-1] == len(topics) * HISTORY_LENGTH
    assert left[0] > left[-1]


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


def filled(path: Path) -> None:
    """A journal of many pages."""
    file = SqliteFile(path)
    file.open()
    file.write(groups(*[entry(position, padding=500) for position in range(1, 300)]), sent=0, now_s=NOW_S)
    file.close()


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


def test_an_event_that_is_none_is_refused(path: Path) -> None:
    """An entry whose bytes are no event makes the file a damaged one."""
    filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE entries SET body = x'c1' WHERE position = 7")
    connection.close()

    with pytest.raises(ConfigError, match="damaged: entry 7 is no event"):
        SqliteFile(path).open()


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("CREATE TABLE other (x)", "received another database"),
        (f"PRAGMA application_id = {sqlite_store.APPLICATION_ID}; CREATE TABLE other (x)", "received version 0"),
        (
            f"PRAGMA application_id = {sqlite_store.APPLICATION_ID}; PRAGMA user_version = 2; CREATE TABLE other (x)",
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
