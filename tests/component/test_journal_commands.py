"""`tapecast journal`: what it prints, what it leaves, and what it refuses."""

import fcntl
import shutil
from pathlib import Path

import attrs
import pytest

from components.runtime import cli
from components.runtime.commands import FAILED, OK, UNUSABLE_SETTINGS
from components.runtime.data_directory import LOCK_NAME
from components.streams.rows import PAGE_BYTES
from components.streams.sqlite_store import SqliteFile, Synchronous
from tests.support.damaged_journals import change, filled, read, recorded
from tests.support.journal_entries import FILLS, NOW_S, ORDERS, entry, groups
from tests.support.small_disk import small_disk

HOLE = "DELETE FROM entries WHERE position = 25"
NO_RECORD_15 = "DELETE FROM records WHERE number = 15"


@attrs.frozen
class Said:
    """What a command printed, and its exit status."""

    out: list[str]
    err: str
    status: int


@attrs.frozen
class Prompt:
    """The command line, in a data directory."""

    directory: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def path(self) -> Path:
        """The journal of `trading`."""
        return self.directory / "trading.journal"

    def type(self, *words: str) -> Said:
        """Type `tapecast journal`, and more."""
        with pytest.raises(SystemExit) as ended:
            cli.main(["journal", *words])
        printed = self.capsys.readouterr()
        return Said(printed.out.splitlines(), printed.err, int(str(ended.value.code)))

    def names(self) -> set[str]:
        """What is in the directory but the lock."""
        return {one.name for one in self.directory.iterdir()} - {LOCK_NAME}


@pytest.fixture
def prompt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Prompt:
    """The command line, in an empty data directory."""
    monkeypatch.setenv("TAPECAST_DATA_DIR", str(tmp_path))
    return Prompt(tmp_path, capsys)


def test_a_sound_journal_is_told_with_its_figures(prompt: Prompt) -> None:
    """A check prints how much there is, and changes nothing; so does a salvage."""
    recorded(prompt.path)
    content = prompt.path.read_bytes()

    checked, salvaged = prompt.type("check"), prompt.type("salvage")

    assert checked == Said(
        [
            f"{prompt.path}: sound",
            f"  events: 40 of 2 topics, up to position 40, {FILLS} seq 20",
            "  records: up to record 20, 10 of them behind a checkpoint",
            f"  size: {len(content)} bytes",
        ],
        "",
        OK,
    )
    assert salvaged == Said([f"{prompt.path}: sound; nothing was changed"], "", OK)
    assert prompt.path.read_bytes() == content
    assert prompt.names() == {"trading.journal"}


def test_a_damaged_journal_is_told_with_what_to_type(prompt: Prompt) -> None:
    """A check of it prints all that is wrong, and fails."""
    recorded(prompt.path)
    change(prompt.path, HOLE, NO_RECORD_15)

    assert prompt.type("check", "trading") == Said(
        [
            f"{prompt.path}: damaged",
            f"  events: {ORDERS} has a hole: seq 14 of epoch e behind seq 12 of epoch e",
            "  records: there is record 16 behind record 14",
            f"  sound up to position 26, {FILLS} seq 13 and record 14",
            "  type: tapecast journal salvage trading",
        ],
        "",
        FAILED,
    )


def test_salvage_keeps_what_is_sound_and_the_damaged_file(prompt: Prompt) -> None:
    """The new journal has the name; what was kept, what was lost and where the old one is are printed."""
    recorded(prompt.path)
    change(prompt.path, HOLE, NO_RECORD_15)
    damaged = prompt.path.read_bytes()

    said = prompt.type("salvage")

    assert said == Said(
        [
            f"{prompt.path}.damaged-1: the damaged journal",
            f"  events: {ORDERS} has a hole: seq 14 of epoch e behind seq 12 of epoch e",
            "  records: there is record 16 behind record 14",
            f"{prompt.path}: the new one",
            f"  kept events: 25 of 2 topics, up to position 26, {FILLS} seq 13",
            "  kept records: up to record 14, 4 of them behind a checkpoint",
            "  lost events: 27 to 40",
            "  lost records: 15 to 20",
            "  all streams begin new epochs: clients take snapshots",
        ],
        "",
        OK,
    )
    assert prompt.names() == {"trading.journal", "trading.journal.damaged-1"}
    assert Path(f"{prompt.path}.damaged-1").read_bytes() == damaged
    assert prompt.type("check").status == OK


def test_facts_are_not_given_up_for_events(prompt: Prompt) -> None:
    """Where only events are lost, all facts are kept: what they made of accounts is told anew, in new epochs."""
    recorded(prompt.path)
    change(prompt.path, HOLE)

    said = prompt.type("salvage")

    assert "  kept records: up to record 20, 10 of them behind a checkpoint" in said.out
    assert "  lost events: 27 to 40" in said.out
    assert [len(rows) for rows in read(prompt.path, Synchronous.FULL)] == [25, 10]


def test_events_whose_facts_are_lost_are_not_kept(prompt: Prompt) -> None:
    """Nobody is told of what never was: events end with the last group whose records are all there."""
    recorded(prompt.path, records_each=2)
    for lost, kept, last in ((40, 38, 39), (30, 28, 38)):
        change(prompt.path, f"DELETE FROM records WHERE number = {lost}")

        said = prompt.type("salvage")

        assert f"  kept events: {kept} of 2 topics, up to position {kept}, {FILLS} seq {kept // 2}" in said.out
        assert f"  kept records: up to record {kept}, {kept - 20} of them behind a checkpoint" in said.out
        assert f"  lost records: {kept + 1} to {last}" in said.out


def test_where_nothing_is_lost_streams_go_on(prompt: Prompt) -> None:
    """A page that only helps to find things is made anew, and no stream notices."""
    recorded(prompt.path)
    before = read(prompt.path, Synchronous.FULL)
    overwrite(prompt.path, page=3)

    said = prompt.type("salvage")

    assert said.out[-1] == "  lost nothing"
    assert read(prompt.path, Synchronous.FULL) == before
    assert SqliteFile(prompt.path, synchronous=Synchronous.FULL).open().is_complete


def overwrite(path: Path, *, page: int) -> None:
    """Write garbage over one page, counted from one."""
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE_BYTES)
        file.write(b"garbage " * (PAGE_BYTES // 8))


def test_a_file_without_its_head_is_read(prompt: Prompt) -> None:
    """The first page says where everything else is; it is the same in every journal."""
    recorded(prompt.path)
    before = read(prompt.path, Synchronous.FULL)
    overwrite(prompt.path, page=1)

    said = prompt.type("salvage")

    assert said.out[1] == "  head: file is not a database"
    assert said.out[-1] == "  lost nothing"
    assert read(prompt.path, Synchronous.FULL) == before
    assert prompt.names() == {"trading.journal", "trading.journal.damaged-1"}


def test_a_file_that_was_cut_off_is_read_up_to_there(prompt: Prompt) -> None:
    """Of a market's journal the events up to the last that is there are kept."""
    path = prompt.directory / "market.journal"
    filled(path)
    path.write_bytes(path.read_bytes()[: 20 * PAGE_BYTES])

    said = prompt.type("salvage", "market")

    entries, _ = read(path)
    assert said.status == OK
    assert [one.position for one in entries] == list(range(1, len(entries) + 1))
    assert 50 < len(entries) < 299
    assert f"  lost events: all behind {len(entries)}, if there were more" in said.out


def test_an_older_checkpoint_stands_in_for_a_damaged_one(prompt: Prompt) -> None:
    """With the records behind it nothing is lost."""
    recorded(prompt.path)
    change(prompt.path, "UPDATE checkpoints SET states = x'80' WHERE number = 10")

    said = prompt.type("salvage")

    assert "  kept records: up to record 20, 15 of them behind a checkpoint" in said.out
    assert said.out[-1] == "  lost nothing"


def test_without_any_checkpoint_nothing_is_salvaged(prompt: Prompt) -> None:
    """Records that lack what was before them tell no state: the journal is left for somebody who knows better."""
    recorded(prompt.path)
    change(prompt.path, "DELETE FROM checkpoints", "DELETE FROM records WHERE number < 6")
    content = prompt.path.read_bytes()

    said = prompt.type("salvage")

    assert said.err == (
        f"tapecast: {prompt.path}: nothing of it can be kept: records: there is record 6 behind record 0; "
        "move it away, and all begins anew\n"
    )
    assert said.status == UNUSABLE_SETTINGS
    assert prompt.path.read_bytes() == content
    assert prompt.names() == {"trading.journal"}


def test_a_second_salvage_keeps_the_first_damaged_file(prompt: Prompt) -> None:
    """Names are counted on."""
    recorded(prompt.path)
    for statement in (HOLE, "DELETE FROM entries WHERE position = 5"):
        change(prompt.path, statement)
        assert prompt.type("salvage").status == OK

    assert prompt.names() == {"trading.journal", "trading.journal.damaged-1", "trading.journal.damaged-2"}


def test_what_was_not_moved_into_the_file_yet_is_kept_too(prompt: Prompt) -> None:
    """The write-ahead log of a process that was killed counts, and does not stay beside the new journal."""
    file = SqliteFile(prompt.path, synchronous=Synchronous.FULL)
    file.open()
    file.write(groups(*[entry(position) for position in range(1, 59)]), sent=0, now_s=NOW_S)
    file.close()
    file.open()
    file.write(groups(entry(59)), sent=0, now_s=NOW_S)
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{prompt.path}{suffix}", f"{prompt.path}{suffix}.copy")
    file.close()
    for suffix in ("", "-wal"):
        Path(f"{prompt.path}{suffix}.copy").replace(f"{prompt.path}{suffix}")
    overwrite(prompt.path, page=1)

    said = prompt.type("salvage")

    assert said.out[-1] == "  lost nothing"
    assert len(read(prompt.path, Synchronous.FULL)[0]) == 59
    assert prompt.names() == {"trading.journal", "trading.journal.damaged-1"}


@pytest.mark.parametrize("action", ["check", "salvage"])
def test_a_running_gateway_keeps_its_journals(prompt: Prompt, action: str) -> None:
    """While a gateway has the data directory, the command only says so."""
    recorded(prompt.path)
    with (prompt.directory / LOCK_NAME).open("w") as lock:
        fcntl.flock(lock.fileno(), fcntl.LOCK_EX)
        said = prompt.type(action)

    assert said.err == (
        f"tapecast: TAPECAST_DATA_DIR: {prompt.directory} is in use by a gateway; type: tapecast stop\n"
    )
    assert said.status == UNUSABLE_SETTINGS


def test_a_journal_that_a_process_uses_is_left_alone(prompt: Prompt, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that outlived its gateway has it for itself."""
    monkeypatch.setattr("components.streams.survey_store.LOCK_PATIENCE_S", 0.0)
    file = SqliteFile(prompt.path)
    file.open()

    said = prompt.type("salvage")

    file.close()
    assert said.err == f"tapecast: {prompt.path}: another process uses this journal; stop that one\n"


def test_a_file_of_another_program_is_refused(prompt: Prompt) -> None:
    """It is not what can be salvaged."""
    change(prompt.path, "CREATE TABLE other (x)")

    said = prompt.type("salvage")

    assert said.err == (
        f"tapecast: {prompt.path}: expected a journal of Tapecast, received another database; move it away\n"
    )


def test_without_room_nothing_is_changed(prompt: Prompt, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that has no place for a second journal is told, and the damaged one stays what it is."""
    filled(prompt.path)
    change(prompt.path, "DELETE FROM entries WHERE position = 290")
    damaged = prompt.path.read_bytes()
    place = prompt.directory / "small"
    place.mkdir(mode=0o700)
    with small_disk(place, size_kb=len(damaged) // 1024 + 60) as directory:
        (directory / "trading.journal").write_bytes(damaged)
        monkeypatch.setenv("TAPECAST_DATA_DIR", str(directory))

        said = prompt.type("salvage")

        assert said.err.startswith(f"tapecast: {directory / 'trading.journal'}: cannot be salvaged: ")
        assert said.err.endswith("; make room beside it\n")
        assert (directory / "trading.journal").read_bytes() == damaged
        assert not (directory / "trading.journal.salvaged").exists()
