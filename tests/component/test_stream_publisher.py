"""The publisher that every slice uses: first written, then published, then told."""

import functools
import itertools
from collections.abc import Sequence
from typing import Any

import attrs
import msgspec
import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.logger import LogLevel, capturedLogs

from components.contract.envelope import EventType
from components.contract.topics import Owner
from components.model.errors import UnknownInstrument, UnknownTopic
from components.streams.answers import Ownership
from components.streams.component import StreamPublisher
from components.streams.journal import Entry, JournalContent
from components.streams.parts import Part
from components.streams.stream import Stream, Streams, encoded
from components.wamp.procedures import register_procedures
from tests.support.held_journal import HeldJournal
from tests.support.market import completed
from tests.support.recording_session import RecordingSession

ORDERS, PORTFOLIO = "tapecast.user.alice.orders", "tapecast.user.alice.portfolio"
GET, RESUME, LIST = "tapecast.trading.stream_get", "tapecast.trading.stream_resume", "tapecast.trading.stream_list"
NOW_NS = 1_700_000_000_000_000_000
GONE = "tapecast.user.gone.orders"


@attrs.define
class Trading:
    """A publisher between a session that remembers and a journal in the test's hands."""

    publisher: StreamPublisher
    session: RecordingSession
    streams: Streams
    ready_calls: list[None]
    failures: list[None]
    losses: list[None]

    def publish(self, topic: str, *numbers: int) -> None:
        """Publish numbered events."""
        for number in numbers:
            self.publisher.publish(topic, {"number": number}, ts_ns=NOW_NS)

    @property
    def told(self) -> list[tuple[str, str, int]]:
        """Topic, epoch and number of every event that was published, in order."""
        return [(one.topic, one.event["epoch"], one.event["seq"]) for one in self.session.published]

    async def refused(self, procedure: str, *args: object) -> str:
        """The code by which a call is refused."""
        with pytest.raises(ApplicationError) as raised:
            await self.session.ask(procedure, *args)
        return str(raised.value.kwargs["code"])


def make_trading(
    journal: HeldJournal | None, *, state: dict[str, object] | None = None, parts: Sequence[Part] = ()
) -> Trading:
    """A started publisher of the topics of `trading`, with its answers registered."""
    session = RecordingSession(holds_acknowledgements=True)
    epochs = (f"e{number}" for number in itertools.count(1))
    streams = Streams(lambda: next(epochs), journal)
    ready_calls: list[None] = []
    failures: list[None] = []
    losses: list[None] = []

    def check(topic: str) -> None:
        if topic == GONE:
            raise UnknownInstrument("there is none")

    publisher = StreamPublisher(
        session,
        streams,
        Ownership(owner=Owner.TRADING, now_ns=lambda _topic: NOW_NS, check=check, state=lambda _topic: state),
        parts=parts,
        on_ready=lambda: ready_calls.append(None),
        on_failure=lambda: failures.append(None),
        on_lost=lambda: losses.append(None),
    )
    completed(publisher.start())
    register_procedures(session, publisher.handlers())
    return Trading(publisher, session, streams, ready_calls, failures, losses)


@pytest.fixture
def journal() -> HeldJournal:
    """A journal that writes when the test says so."""
    return HeldJournal()


@pytest.fixture
def trading(journal: HeldJournal) -> Trading:
    """A publisher on that journal."""
    return make_trading(journal)


def entries(*steps: tuple[str, str, int], with_body: bool = True) -> list[Entry]:
    """What an earlier process wrote: topic, epoch and number of each event."""
    made = []
    for position, (topic, epoch, seq) in enumerate(steps, start=1):
        stream = Streams(functools.partial(str, epoch)).open(topic)
        stream.skip(seq - 1)
        body = encoded(stream.append({"number": seq}, ts_ns=NOW_NS))
        made.append(entry_of(stream, position, body if with_body else None))
    return made


def entry_of(stream: Stream, position: int, body: bytes | None) -> Entry:
    """An entry that tells where a stream is."""
    return Entry(
        position=position,
        topic=stream.topic,
        epoch=stream.epoch,
        seq=stream.seq,
        ts_ns=NOW_NS,
        body=body,
        is_conflated=stream.topic == PORTFOLIO,
    )


def test_without_a_store_an_event_goes_out_at_once() -> None:
    """What need not outlive the process is published when it is handed in, and health knows of no journal."""
    trading = make_trading(None)

    trading.publish(ORDERS, 1, 2)

    assert trading.told == [(ORDERS, "e1", 1), (ORDERS, "e1", 2)]
    assert trading.session.events(ORDERS)[0]["type"] == "snapshot"
    assert trading.publisher.health() == []
    trading.session.acknowledgements.clear()
    completed(trading.publisher.stop())


def test_an_event_is_published_when_it_is_written(trading: Trading, journal: HeldJournal) -> None:
    """Nothing goes out before its turn, and everything in the order in which it was handed in."""
    trading.publish(ORDERS, 1, 2)
    trading.publish(PORTFOLIO, 1)
    assert trading.told == []

    journal.write(2)
    assert trading.told == [(ORDERS, "e1", 1), (ORDERS, "e1", 2)]
    journal.write(1)
    assert trading.told[2:] == [(PORTFOLIO, "e2", 1)]
    assert [entry.position for entry in journal.written] == [1, 2, 3]
    assert [entry.is_conflated for entry in journal.written] == [False, False, True]


def test_holes_and_new_epochs_are_written_too(trading: Trading, journal: HeldJournal) -> None:
    """A process that goes on from the journal gives no number twice, and knows that continuity was lost."""
    trading.publish(ORDERS, 1)
    trading.publisher.skip(ORDERS, 3)
    trading.publisher.begin_epoch(lambda topic: topic == ORDERS)

    journal.write(3)

    written = [(entry.epoch, entry.seq, entry.body is None) for entry in journal.written]
    assert written == [("e1", 1, False), ("e1", 4, True), ("e2", 0, True)]
    assert trading.told == [(ORDERS, "e1", 1)]


def test_a_type_and_what_is_said_of_an_event_go_out_with_it() -> None:
    """Heartbeats are what they are called, and `meta` is passed on."""
    trading = make_trading(None)

    trading.publisher.publish(ORDERS, {}, ts_ns=NOW_NS, meta={"source": "x"}, event_type=EventType.HEARTBEAT)

    (event,) = trading.session.events(ORDERS)
    assert (event["type"], event["meta"]) == ("heartbeat", {"source": "x"})


def test_the_last_of_what_was_written_together_is_acknowledged(trading: Trading, journal: HeldJournal) -> None:
    """The mark of what the router has follows its acknowledgements, and holds what went before."""
    trading.publish(ORDERS, 1, 2, 3)
    journal.write(2)
    assert [one.wants_acknowledgement for one in trading.session.published] == [False, True]

    trading.session.acknowledgements[0].callback(None)

    assert journal.sent == 2
    journal.write(1)
    trading.session.acknowledgements[1].errback(ApplicationError("wamp.error.canceled"))
    assert journal.sent == 2
    assert len(trading.failures) == 1


def test_it_is_ready_while_router_and_journal_keep_up(trading: Trading, journal: HeldJournal) -> None:
    """A full journal or a router that is behind make it wait, and whoever waits is told when that may be over."""
    assert trading.publisher.is_ready
    journal.is_full = True
    assert not trading.publisher.is_ready
    assert trading.publisher.health() == [
        {"name": "journal:trading", "state": "degraded", "reason": "it is behind", "age_ms": None}
    ]

    trading.publish(ORDERS, 1)
    journal.is_full = False
    journal.write(1)

    assert len(trading.ready_calls) == 1
    assert trading.publisher.health()[0]["state"] == "up"


def test_what_may_not_have_been_published_is_published_at_the_start() -> None:
    """The numbers of an earlier process are told again behind its mark, in order, and continued."""
    written = entries((ORDERS, "old", 6), (PORTFOLIO, "older", 9), (ORDERS, "old", 7), (ORDERS, "old", 8))
    journal = HeldJournal(content=JournalContent(entries=written, sent=2))

    trading = make_trading(journal)

    assert trading.told == [(ORDERS, "old", 7), (ORDERS, "old", 8)]
    assert [one.wants_acknowledgement for one in trading.session.published] == [False, True]
    trading.publish(ORDERS, 9)
    trading.publish(PORTFOLIO, 10)
    journal.write(2)
    assert trading.told[2:] == [(ORDERS, "old", 9), (PORTFOLIO, "older", 10)]
    assert [entry.position for entry in journal.written] == [5, 6]
    trading.session.acknowledgements[0].callback(None)
    assert journal.sent == 4


def test_marks_and_topics_that_are_no_more_are_not_published_at_the_start() -> None:
    """An entry without an event, and one of a topic that the contract has lost, are read and leave no event."""
    hole = entries((ORDERS, "old", 6), with_body=False)
    lost = msgspec.structs.replace(entries((ORDERS, "old", 7))[0], topic="tapecast.weather.London", position=2)

    trading = make_trading(HeldJournal(content=JournalContent(entries=[*hole, lost])))

    assert trading.told == []
    assert [(row["topic"], row["seq"]) for row in trading.streams.rows("")] == [(ORDERS, 6)]


@pytest_twisted.ensureDeferred
async def test_answers_wait_for_what_they_tell(trading: Trading, journal: HeldJournal) -> None:
    """A snapshot, a resume and a listing that would tell of an event come when it is durable."""
    trading.publish(ORDERS, 1)
    asked = [
        trading.session.ask(GET, ORDERS),
        trading.session.ask(RESUME, ORDERS, "e1", 0),
        trading.session.ask(LIST),
    ]
    trading.publish(ORDERS, 2)
    assert not any(one.called for one in asked)

    journal.write(1)

    snapshot, resumed, listed = [await one for one in asked]
    assert (snapshot["seq"], snapshot["payload"]) == (1, {"orders": [{"number": 1}]})
    assert resumed == {"recovered": True, "events": [trading.session.events(ORDERS)[0]]}
    assert [(row["topic"], row["seq"]) for row in listed] == [(ORDERS, 1)]


@pytest_twisted.ensureDeferred
async def test_who_was_away_too_long_gets_the_whole_state(trading: Trading, journal: HeldJournal) -> None:
    """What cannot all be told is replaced by a snapshot, which is what `stream_get` would say."""
    trading.publish(ORDERS, 1)
    journal.write()

    resumed = await trading.session.ask(RESUME, ORDERS, "e0", 1)

    assert resumed == {"recovered": False, "snapshot": await trading.session.ask(GET, ORDERS)}


@pytest_twisted.ensureDeferred
async def test_a_state_of_the_owners_own_is_told() -> None:
    """Where the owner knows the state of a topic, the snapshot tells that."""
    trading = make_trading(None, state={"open": []})

    assert (await trading.session.ask(GET, ORDERS))["payload"] == {"open": []}


@pytest.mark.parametrize(
    ("procedure", "args", "code"),
    [
        (GET, (7,), "invalid_argument"),
        (GET, ("tapecast.price.BTCUSDT",), "unknown_topic"),
        (GET, ("tapecast.weather.London",), "unknown_topic"),
        (GET, (GONE,), "unknown_instrument"),
        (RESUME, (GONE, "e", 1), "unknown_instrument"),
        (RESUME, (ORDERS, 1, 1), "invalid_argument"),
        (RESUME, (ORDERS, "e", "1"), "invalid_argument"),
        (RESUME, (ORDERS, "e", True), "invalid_argument"),
        (RESUME, (ORDERS, "e", -1), "invalid_argument"),
        (LIST, (7,), "invalid_argument"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_cannot_be_answered_is_refused(
    trading: Trading, procedure: str, args: tuple[object, ...], code: str
) -> None:
    """Wrong types, topics of others and topics that do not exist are told apart."""
    assert await trading.refused(procedure, *args) == code
    assert trading.streams.rows("") == []


@pytest_twisted.ensureDeferred
async def test_a_journal_that_fails_ends_everything_but_refusals(trading: Trading, journal: HeldJournal) -> None:
    """What was not written is neither published nor told, then or later; callers and the owner hear of it."""
    trading.publish(ORDERS, 1)
    asked: Deferred[Any] = trading.session.ask(GET, ORDERS)

    with capturedLogs() as logged:
        journal.listener.receive_failure("the disk is full")
    trading.publish(ORDERS, 2)
    trading.publisher.skip(ORDERS, 1)
    trading.publisher.begin_epoch(lambda _topic: True)

    with pytest.raises(ApplicationError) as raised:
        await asked
    assert raised.value.error == "tapecast.error.unavailable"
    assert await trading.refused(GET, ORDERS) == "unavailable"
    assert trading.told == []
    assert len(trading.failures) == 2
    assert len(trading.losses) == 1
    assert not trading.publisher.is_ready
    assert trading.publisher.health()[0] == {
        "name": "journal:trading",
        "state": "down",
        "reason": "the disk is full",
        "age_ms": None,
    }
    assert LogLevel.critical in [event["log_level"] for event in logged]
    assert len(journal.waiting) == 1
    completed(trading.publisher.stop())
    assert journal.is_stopped


def test_a_topic_outside_the_contract_is_not_published(trading: Trading) -> None:
    """It is a mistake of the owner's, and the journal does not hear of it."""
    with pytest.raises(UnknownTopic):
        trading.publish("tapecast.weather.London", 1)
    with pytest.raises(UnknownTopic):
        trading.publisher.skip("tapecast.weather.London", 1)


def test_a_stop_waits_for_the_journal_and_then_for_the_router(trading: Trading, journal: HeldJournal) -> None:
    """What was handed in is written, published and marked before the journal is closed."""
    trading.publish(ORDERS, 1)

    stopped = ensureDeferred(trading.publisher.stop())
    assert not journal.is_stopped
    journal.write()
    assert not journal.is_stopped
    trading.session.acknowledgements[0].callback(None)

    assert (stopped.called, journal.is_stopped, journal.sent) == (True, True, 1)
