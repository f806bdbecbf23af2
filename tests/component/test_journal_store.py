"""The journal's thread: what it writes, when it tells, and how it ends."""

from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
import pytest_twisted
from prometheus_client import CollectorRegistry
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads

from components.metrics.journal import JournalMetrics
from components.model.errors import ConfigError
from components.streams import journal_store
from components.streams.journal import Entry, Group
from components.streams.journal_store import SqliteJournal
from components.streams.sqlite_store import SqliteFile
from tests.support.conditions import Conditions
from tests.support.journal_entries import entry, mark, opened, record
from tests.support.small_disk import small_disk

CAPACITY = 5
call_in_reactor = IReactorFromThreads(reactor).callFromThread


@attrs.define
class Listener:
    """Remembers what it is told, and tells who waits."""

    conditions: Conditions = attrs.field(factory=lambda: Conditions(reactor))
    durable: list[int] = attrs.field(factory=list)
    failures: list[str] = attrs.field(factory=list)

    def receive_durable(self, position: int) -> None:
        """Remember it."""
        self.durable.append(position)
        self.conditions.changed()

    def receive_failure(self, reason: str) -> None:
        """Remember it."""
        self.failures.append(reason)
        self.conditions.changed()


@pytest.fixture
def registry() -> CollectorRegistry:
    """Where commits are counted."""
    return CollectorRegistry()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the journal is."""
    return tmp_path / "trading.journal"


def journal_at(path: Path, registry: CollectorRegistry | None = None) -> SqliteJournal:
    """A small journal."""
    return SqliteJournal(
        SqliteFile(path),
        call_in_reactor=call_in_reactor,
        metrics=JournalMetrics(registry or CollectorRegistry(), owner="trading"),
        capacity=CAPACITY,
    )


def group(one: Entry) -> Group:
    """A group of one entry, numbered as its position."""
    return Group(number=min(one.position, 2**62), entries=(one,))


def read(path: Path) -> tuple[list[Entry], int]:
    """What a journal that nobody uses holds."""
    file = SqliteFile(path)
    content = file.open()
    entries = list(content.entries)
    file.close()
    return entries, content.sent


@pytest_twisted.ensureDeferred
async def test_entries_are_told_when_they_are_in_the_file(path: Path, registry: CollectorRegistry) -> None:
    """What is appended is written in order, told in the reactor's thread, and counted."""
    journal, listener = journal_at(path, registry), Listener()
    await journal.start(listener)
    written = [entry(position) for position in range(1, 4)]

    for one in written:
        journal.append(group(one))
    assert listener.durable == []
    await listener.conditions.when(lambda: listener.durable[-1:] == [3])
    journal.mark_sent(2)
    await journal.stop()

    assert read(path) == (written, 2)
    assert registry.get_sample_value("tapecast_journal_entries_total", {"owner": "trading"}) == 3
    assert registry.get_sample_value("tapecast_journal_waiting_entries", {"owner": "trading"}) == 0
    commits = registry.get_sample_value("tapecast_journal_commit_seconds_count", {"owner": "trading"})
    assert commits == len(listener.durable)


@pytest_twisted.ensureDeferred
async def test_it_is_full_at_its_capacity_until_entries_are_written(path: Path) -> None:
    """What waits is counted from when it is appended to when it is durable; nothing is refused meanwhile."""
    journal, listener = journal_at(path), Listener()
    await journal.start(listener)
    for position in range(1, CAPACITY + 3):
        assert journal.is_full is (position > CAPACITY)
        journal.append(group(entry(position)))

    await listener.conditions.when(lambda: listener.durable[-1:] == [CAPACITY + 2])

    assert not journal.is_full
    await journal.stop()


@pytest_twisted.ensureDeferred
async def test_a_stop_writes_what_waits(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much waits, all of it is in the file when the stop is over, in commits of a bounded size."""
    monkeypatch.setattr(journal_store, "BATCH_LENGTH", 2)
    journal, listener = journal_at(path), Listener()
    await journal.start(listener)
    for position in range(1, 8):
        journal.append(group(entry(position)))

    await journal.stop()

    assert [one.position for one in read(path)[0]] == list(range(1, 8))
    assert listener.durable[-1] == 7
    assert all(later - earlier <= 2 for earlier, later in zip([0, *listener.durable], listener.durable, strict=False))


@pytest_twisted.ensureDeferred
async def test_a_group_is_written_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit ends with a group, however long that is; its records count as its entries do."""
    monkeypatch.setattr(journal_store, "BATCH_LENGTH", 2)
    file, registry = NotingFile(path), CollectorRegistry()
    journal = SqliteJournal(
        file, call_in_reactor=call_in_reactor, metrics=JournalMetrics(registry, owner="trading"), capacity=CAPACITY
    )
    listener = Listener()
    await journal.start(listener)
    for number in range(1, 7):
        records = tuple(record(3 * number - place) for place in (2, 1, 0))
        journal.append(Group(number=number, entries=(entry(number),), records=records))
    assert journal.is_full

    await journal.stop()

    assert [one.number for groups in file.written for one in groups] == list(range(1, 7))
    assert all(len(groups) <= 1 for groups in file.written)
    assert listener.durable[-1] == 6
    assert registry.get_sample_value("tapecast_journal_entries_total", {"owner": "trading"}) == 24


class NotingFile(SqliteFile):
    """A journal's file that remembers what was written with one commit."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.written: list[list[Group]] = []

    def write(self, groups: list[Group], *, sent: int, now_s: int) -> None:  # type: ignore[override] # a list is one
        """Write, and remember."""
        super().write(groups, sent=sent, now_s=now_s)
        self.written.append(groups)


@pytest_twisted.ensureDeferred
async def test_a_mark_is_written_without_entries_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing comes to be written, the mark is written by itself some time later."""
    monkeypatch.setattr(journal_store, "MARK_DELAY_S", 0.0)
    marks: Deferred[None] = Deferred()
    file = ToldFile(path, lambda: call_in_reactor(marks.callback, None))
    journal = SqliteJournal(
        file, call_in_reactor=call_in_reactor, metrics=JournalMetrics(CollectorRegistry(), owner="trading")
    )
    await journal.start(Listener())

    journal.mark_sent(3)
    journal.mark_sent(2)
    await marks

    await journal.stop()
    assert read(path) == ([], 3)


class ToldFile(SqliteFile):
    """A journal's file that tells of its first write."""

    def __init__(self, path: Path, tell: Callable[[], None]) -> None:
        super().__init__(path)
        self._tell: Callable[[], None] | None = tell

    def write(self, groups: list[Group], *, sent: int, now_s: int) -> None:  # type: ignore[override] # a list is one
        """Write, and tell."""
        super().write(groups, sent=sent, now_s=now_s)
        tell, self._tell = self._tell, None
        if tell is not None:
            tell()


@pytest_twisted.ensureDeferred
async def test_a_second_process_does_not_start(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file of a journal that runs is refused, and what did not start can be stopped."""
    monkeypatch.setattr("components.streams.sqlite_store.LOCK_PATIENCE_S", 0.0)
    journal, second = journal_at(path), journal_at(path)
    await journal.start(Listener())

    with pytest.raises(ConfigError):
        await second.start(Listener())

    await second.stop()
    await journal.stop()


@pytest_twisted.ensureDeferred
async def test_a_full_disk_is_told_and_ends_the_writing(tmp_path: Path) -> None:
    """What fits is durable and told; what does not is not, nor anything behind it; the reason is told once."""
    with small_disk(tmp_path) as directory:
        journal, listener = journal_at(directory / "a.journal"), Listener()
        await journal.start(listener)
        journal.append(group(entry(1)))
        await listener.conditions.when(lambda: listener.durable == [1])
        for position in range(2, 100):
            journal.append(group(entry(position, padding=4000)))

        await listener.conditions.when(lambda: bool(listener.failures))

        journal.append(group(entry(100)))
        await journal.stop()
        assert len(listener.failures) == 1
        with opened(SqliteFile(directory / "a.journal")) as entries:
            assert [one.position for one in entries] == list(range(1, listener.durable[-1] + 1))


@pytest_twisted.ensureDeferred
async def test_a_file_that_was_closed_under_it_is_a_failure(path: Path) -> None:
    """Whatever the database raises is told as a failure, at the stop as well."""
    file = SqliteFile(path)
    journal = SqliteJournal(
        file, call_in_reactor=call_in_reactor, metrics=JournalMetrics(CollectorRegistry(), owner="trading")
    )
    listener = Listener()
    await journal.start(listener)
    file.abandon()

    await journal.stop()

    assert len(listener.failures) == 1


@pytest_twisted.ensureDeferred
async def test_whatever_ends_the_writing_is_told(path: Path) -> None:
    """An entry that no file can hold is a bug of ours; whoever waits for it hears of it all the same."""
    journal, listener = journal_at(path), Listener()
    await journal.start(listener)

    journal.append(group(mark(2**63, seq=1)))
    await listener.conditions.when(lambda: bool(listener.failures))

    await journal.stop()
    assert len(listener.failures) == 1
