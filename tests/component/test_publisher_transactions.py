"""Transactions of the publisher: facts and their events in one group, and answers that wait for both."""

import itertools
from collections.abc import Sequence
from typing import Any

import attrs
import pytest
import pytest_twisted
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.logger import LogLevel, capturedLogs
from twisted.python.failure import Failure

from components.contract.topics import Owner
from components.model.errors import Duplicate, Unavailable
from components.streams import component
from components.streams.answers import Ownership
from components.streams.component import StreamPublisher
from components.streams.journal import Checkpoint, Group, JournalContent, Record
from components.streams.stream import Streams
from tests.support.counting_part import CountingPart
from tests.support.held_journal import HeldJournal
from tests.support.market import completed
from tests.support.recording_session import RecordingSession

ORDERS, FILLS = "tapecast.user.alice.orders", "tapecast.user.alice.fills"
NOW_NS = 1_700_000_000_000_000_000


@attrs.define
class Desk:
    """A publisher with one part, between a session that remembers and a journal in the test's hands."""

    publisher: StreamPublisher
    session: RecordingSession
    part: CountingPart
    losses: list[None]

    def record(self, *numbers: int) -> None:
        """Apply facts, and record them."""
        for number in numbers:
            self.publisher.record("counting", self.part.fact(number))

    def publish(self, topic: str = ORDERS) -> None:
        """Publish one event."""
        self.publisher.publish(topic, {}, ts_ns=NOW_NS)

    def transact(self, *numbers: int, topics: Sequence[str] = (), error: Exception | None = None) -> None:
        """Record facts and publish events in one transaction, and raise the error in it, if any."""
        with self.publisher.transaction():
            self.record(*numbers)
            for topic in topics:
                self.publish(topic)
            if error is not None:
                raise error

    @property
    def told(self) -> list[tuple[str, int]]:
        """Topic and number of every event that was published."""
        return [(one.topic, one.event["seq"]) for one in self.session.published]


def make_desk(journal: HeldJournal | None) -> Desk:
    """A desk whose publisher is started."""
    session, part = RecordingSession(), CountingPart()
    epochs = (f"e{number}" for number in itertools.count(1))
    losses: list[None] = []
    publisher = StreamPublisher(
        session,
        Streams(lambda: next(epochs), journal),
        Ownership(owner=Owner.TRADING, now_ns=lambda _topic: NOW_NS),
        parts=[part],
        on_lost=lambda: losses.append(None),
    )
    completed(publisher.start())
    return Desk(publisher, session, part, losses)


@pytest.fixture
def journal() -> HeldJournal:
    """A journal that writes when the test says so."""
    return HeldJournal()


@pytest.fixture
def desk(journal: HeldJournal) -> Desk:
    """A desk on that journal."""
    return make_desk(journal)


def failure_of(waiting: Any) -> Exception:
    """What a Deferred has failed with."""
    failures: list[Failure] = []
    waiting.addErrback(failures.append)
    assert failures, "it has not failed"
    error = failures[0].value
    assert isinstance(error, Exception)
    return error


def test_a_transaction_is_one_group(desk: Desk, journal: HeldJournal) -> None:
    """Facts, events and lost numbers of a block are written together, and published when they are."""
    with desk.publisher.transaction():
        desk.record(7)
        desk.publish(ORDERS)
        desk.publisher.skip(FILLS, 2)
        desk.record(8)
        desk.publish(FILLS)
        assert journal.waiting == []

    (group,) = journal.waiting
    assert [(one.position, one.topic, one.seq) for one in group.entries] == [
        (1, ORDERS, 1),
        (2, FILLS, 2),
        (3, FILLS, 3),
    ]
    assert group.records == (
        Record(number=1, part="counting", body=b"\x07"),
        Record(number=2, part="counting", body=b"\x08"),
    )
    assert desk.told == []
    journal.write()
    assert desk.told == [(ORDERS, 1), (FILLS, 3)]


def test_what_joins_a_transaction_is_of_its_group(desk: Desk, journal: HeldJournal) -> None:
    """A part that another one calls does not ask who began; alone it has a transaction of its own."""
    with desk.publisher.transaction():
        desk.record(7)
        with desk.publisher.joined_transaction():
            desk.record(8)
    with desk.publisher.joined_transaction():
        desk.record(9)
        desk.publish()

    assert [len(group.records) for group in journal.waiting] == [2, 1]


def test_outside_of_a_transaction_everything_is_a_group_by_itself(desk: Desk, journal: HeldJournal) -> None:
    """An event, a fact and an event are three groups, numbered in order."""
    desk.publish()
    desk.record(7)
    desk.publish()

    assert [(one.number, len(one.entries), len(one.records)) for one in journal.waiting] == [
        (1, 1, 0),
        (2, 0, 1),
        (3, 1, 0),
    ]


def test_a_transaction_in_which_nothing_happened_is_no_group(desk: Desk, journal: HeldJournal) -> None:
    """Nothing is written, and nobody has to wait."""
    with desk.publisher.transaction():
        pass

    assert journal.waiting == []
    assert desk.publisher.guard(lambda: 5)() == 5


def test_a_second_transaction_inside_is_a_bug(desk: Desk, journal: HeldJournal) -> None:
    """Whose group it would be is not to be guessed: nothing of it is written, and the process is to end."""

    def nest() -> None:
        with desk.publisher.transaction():
            desk.transact(7)

    with capturedLogs(), pytest.raises(RuntimeError, match="one transaction at a time"):
        nest()

    assert journal.waiting == []
    assert len(desk.losses) == 1


class BrokenJournal(HeldJournal):
    """A journal with a bug."""

    def append(self, group: Group) -> None:
        """Fail."""
        raise ZeroDivisionError(group.number)


def test_a_bug_while_a_group_is_handed_over_ends_the_process_too() -> None:
    """It is told once, like any other."""
    desk = make_desk(BrokenJournal())

    with capturedLogs(), pytest.raises(ZeroDivisionError):
        desk.transact(7, topics=[ORDERS])

    assert len(desk.losses) == 1


def test_a_refused_command_leaves_what_was_done_before(desk: Desk, journal: HeldJournal) -> None:
    """What a refusal changes is nothing; what others did in the same transaction is written."""
    with pytest.raises(Duplicate):
        desk.transact(7, error=Duplicate("it was there"))

    assert [len(one.records) for one in journal.waiting] == [1]
    assert desk.losses == []
    desk.record(8)
    assert [one.number for one in journal.waiting] == [1, 2]


@pytest_twisted.ensureDeferred
async def test_a_bug_in_a_transaction_leaves_nothing_of_it(desk: Desk, journal: HeldJournal) -> None:
    """What went before is written and told; of the rest nothing is, then or later, and every answer is a refusal."""
    desk.publish()
    earlier: Any = desk.publisher.guard(lambda: "earlier")()
    answer = desk.publisher.guard(lambda: "later")

    with capturedLogs() as logged, pytest.raises(ZeroDivisionError):
        desk.transact(7, topics=[FILLS], error=ZeroDivisionError())
    desk.transact(8, topics=[ORDERS])

    assert LogLevel.critical in [event["log_level"] for event in logged]
    assert len(desk.losses) == 1
    assert [one.number for one in journal.waiting] == [1]
    with pytest.raises(Unavailable):
        answer()
    (part,) = desk.publisher.health()
    assert (part["state"], part["reason"]) == ("down", "a bug in the gateway: ZeroDivisionError in a transaction")
    journal.write()
    assert await earlier == "earlier"
    assert desk.told == [(ORDERS, 1)]


def test_a_bug_in_memory_leaves_nothing_either() -> None:
    """Without a journal a transaction is published at its end, or not at all."""
    desk = make_desk(None)

    with desk.publisher.transaction():
        desk.record(1)
        desk.publish()
        assert desk.told == []
    assert desk.told == [(ORDERS, 1)]

    with capturedLogs(), pytest.raises(ZeroDivisionError):
        desk.transact(topics=[ORDERS], error=ZeroDivisionError())
    assert desk.told == [(ORDERS, 1)]
    assert desk.publisher.health()[0]["state"] == "down"
    assert len(desk.losses) == 1


def test_an_answer_waits_for_a_group_of_records_only(desk: Desk, journal: HeldJournal) -> None:
    """A command that nobody hears of is acknowledged when it is durable, too."""
    answers: list[object] = []

    def place() -> str:
        desk.transact(7)
        return "placed"

    waiting: Any = desk.publisher.guard(place)()
    waiting.addCallback(answers.append)

    assert answers == []
    journal.write()
    assert answers == ["placed"]


@pytest_twisted.ensureDeferred
async def test_a_refusal_waits_as_answers_do(desk: Desk, journal: HeldJournal) -> None:
    """What a refusal tells of must not be undone by a crash; where all is durable, it comes at once."""

    def refuse() -> None:
        raise Duplicate("it was there")

    guarded = desk.publisher.guard(refuse)
    with pytest.raises(Duplicate):
        guarded()
    desk.record(7)

    waiting: Any = guarded()

    assert not waiting.called
    journal.write()
    with pytest.raises(Duplicate):
        await waiting


@pytest.mark.parametrize("is_refused", [False, True])
def test_an_asynchronous_handler_waits_for_what_it_did_last(
    desk: Desk, journal: HeldJournal, *, is_refused: bool
) -> None:
    """Its result is awaited first, and then that everything is durable; the same goes for its refusal."""
    turn: Deferred[None] = Deferred()

    async def place() -> str:
        await turn
        desk.transact(7)
        if is_refused:
            raise Duplicate("it was there")
        return "placed"

    waiting: Any = desk.publisher.guard(place)()
    assert journal.waiting == []
    turn.callback(None)
    assert not waiting.called
    journal.write()

    if is_refused:
        assert isinstance(failure_of(waiting), Duplicate)
    else:
        assert waiting.result == "placed"


def test_an_asynchronous_handler_has_nothing_to_wait_for_where_all_is_durable(desk: Desk) -> None:
    """It answers with its own result."""

    async def look() -> str:
        return "seen"

    waiting: Any = desk.publisher.guard(look)()

    assert waiting.result == "seen"


def test_an_asynchronous_handler_is_refused_when_the_journal_fails_meanwhile(desk: Desk, journal: HeldJournal) -> None:
    """Neither its result nor its refusal is told, whether the journal failed before it ended or after."""
    turn: Deferred[None] = Deferred()

    async def place() -> str:
        await turn
        return "placed"

    before: Any = desk.publisher.guard(place)()
    desk.record(7)
    after: Any = desk.publisher.guard(lambda: "placed")()
    with capturedLogs():
        journal.listener.receive_failure("the disk is full")
    turn.callback(None)

    assert isinstance(failure_of(after), Unavailable)
    assert isinstance(failure_of(before), Unavailable)
    assert len(desk.losses) == 1


def test_a_bug_of_an_asynchronous_handler_is_told_as_it_is(desk: Desk) -> None:
    """Whoever registers the handler logs it."""

    async def place() -> None:
        desk.transact(error=ZeroDivisionError())

    with capturedLogs():
        waiting: Any = desk.publisher.guard(place)()

    assert isinstance(failure_of(waiting), ZeroDivisionError)


def test_parts_go_on_from_checkpoint_and_records() -> None:
    """A start restores the parts, and counts groups and records on."""
    journal = HeldJournal(
        content=JournalContent(
            checkpoint=Checkpoint(number=2, states={"counting": CountingPart(applied=[5, 6]).checkpoint()}),
            records=[Record(number=3, part="counting", body=b"\x07")],
            last_group=9,
        )
    )

    desk = make_desk(journal)
    desk.record(8)

    assert desk.part.applied == [5, 6, 7, 8]
    assert [(one.number, one.records[0].number) for one in journal.waiting] == [(10, 4)]


def test_after_so_many_records_there_is_a_checkpoint(
    desk: Desk, journal: HeldJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is taken between groups, when some have become durable, and has all that was recorded until then."""
    monkeypatch.setattr(component, "CHECKPOINT_RECORDS", 3)
    desk.record(1, 2)
    journal.write()
    assert [one.checkpoint for one in journal.waiting] == [None]

    desk.record(3)
    assert [one.checkpoint for one in journal.waiting] == [None, None]
    journal.write()

    assert journal.waiting[-1].checkpoint == Checkpoint(number=3, states={"counting": desk.part.checkpoint()})
    assert journal.waiting[-1].number == 4
    journal.write(2)
    assert journal.waiting == []


def test_a_start_with_many_records_begins_with_a_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next start has fewer to apply."""
    monkeypatch.setattr(component, "CHECKPOINT_RECORDS", 2)
    records = [Record(number=number, part="counting", body=b"\x07") for number in (1, 2)]
    journal = HeldJournal(content=JournalContent(records=records, last_group=2))

    desk = make_desk(journal)

    (group,) = journal.waiting
    assert group.checkpoint == Checkpoint(number=2, states={"counting": desk.part.checkpoint()})


def test_a_part_that_cannot_tell_its_state_ends_the_process(
    desk: Desk, journal: HeldJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a bug; what was durable is told all the same."""
    monkeypatch.setattr(component, "CHECKPOINT_RECORDS", 1)
    desk.transact(1, topics=[ORDERS])
    desk.part.applied.append("no number")  # type: ignore[arg-type] # the bug
    desk.part.applied.append(2**80)

    with capturedLogs(), pytest.raises(OverflowError):
        journal.write()

    assert desk.told == [(ORDERS, 1)]
    assert len(desk.losses) == 1


def test_a_failed_stop_is_a_stop(desk: Desk, journal: HeldJournal) -> None:
    """Once the journal has failed nothing is waited for."""
    desk.record(1)
    with capturedLogs():
        journal.listener.receive_failure("the disk is full")

    stopped = ensureDeferred(desk.publisher.stop())

    assert stopped.called
    assert journal.is_stopped
