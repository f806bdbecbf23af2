"""Bots between callers that the test plays and a desk that remembers: what is written, published and answered."""

import itertools
from typing import Any

import attrs
import pytest

from components.bots.bots import MAX_BOTS, STALE_ALERT, Bots
from components.bots.component import BotsComponent
from components.contract.envelope import NS_PER_S
from components.contract.roles import Role
from components.contract.topics import Owner
from components.model.alerts import Alarm
from components.model.errors import InvalidArgument, NotAuthorized
from components.model.platform_reports import BotReport, BotStatus
from components.streams.answers import Ownership
from components.streams.component import StreamPublisher
from components.streams.stream import Streams
from components.wamp.procedures import Caller
from tests.support.held_journal import HeldJournal
from tests.support.recording_session import RecordingSession

SILENCE_NS = 60 * NS_PER_S
TOPIC = "tapecast.user.alice.bots"


@attrs.define
class RecordingDesk:
    """
    Satisfies `AlertDesk`.

    Attributes:
        raised: Every alarm, in order.
        resolved: User and type of each that is over.
    """

    raised: list[Alarm] = attrs.field(factory=list)
    resolved: list[tuple[str, str]] = attrs.field(factory=list)

    def raise_alert(self, alarm: Alarm, *, now_ns: int) -> None:
        """Remember it."""
        assert now_ns > 0
        self.raised.append(alarm)

    def resolve_alert(self, user_id: str, alert_type: str, instrument_id: str | None = None, *, now_ns: int) -> None:
        """Remember it."""
        assert (instrument_id, now_ns > 0) == (None, True)
        self.resolved.append((user_id, alert_type))


@attrs.define
class Rig:
    """One process with bots."""

    session: RecordingSession = attrs.field(factory=RecordingSession)
    journal: HeldJournal | None = None
    desk: RecordingDesk = attrs.field(factory=RecordingDesk)
    bots: Bots = attrs.field(factory=lambda: Bots(silence_ns=SILENCE_NS))
    now_ns: int = NS_PER_S
    publisher: StreamPublisher = attrs.field(init=False)
    component: BotsComponent = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Wire it."""
        epochs = (f"e{number}" for number in itertools.count(1))
        streams = Streams(lambda: next(epochs), self.journal)
        ownership = Ownership(owner=Owner.TRADING, now_ns=lambda _topic: self.now_ns)
        self.publisher = StreamPublisher(self.session, streams, ownership, parts=(self.bots,))
        self.component = BotsComponent(self.bots, self.publisher, streams, self.desk, wall_clock_ns=lambda: self.now_ns)

    def call(self, procedure: str, caller_id: str = "alice", role: Role = Role.TRADER, **arguments: Any) -> Any:
        """Call a procedure of the component."""
        correlation_id = arguments.pop("correlation_id", None)
        caller = Caller(session_id=1, user_id=caller_id, role=role, correlation_id=correlation_id)
        return self.component.handlers()[f"tapecast.bots.{procedure}"](caller, **arguments)

    def report(self, bot_id: str = "b1", user_id: str = "alice", **arguments: Any) -> Any:
        """Let a bot report."""
        return self.call("report", user_id, bot_id=bot_id, **{"name": "Grid", "status": "running", **arguments})

    def payloads(self, topic: str = TOPIC) -> list[dict[str, Any]]:
        """What was told of bots."""
        return [event["payload"] for event in self.session.events(topic)]

    def advance(self, passed_ns: int) -> None:
        """Let time go by, and be looked at."""
        self.now_ns += passed_ns
        self.component.advance(self.now_ns)


@pytest.fixture
def rig() -> Rig:
    """A process that has just started."""
    rig = Rig()
    rig.component.start()
    return rig


def test_a_report_is_answered_and_told(rig: Rig) -> None:
    """The event is about the bot, has all of the user's, and names the call."""
    rig.report("b1")
    answer = rig.report("b2", status="paused", performance={"total_pnl": "1.50"}, correlation_id="c-1")

    assert answer == {"bot_id": "b2", "status": "paused", "reported_at": "1970-01-01T00:00:01.000000Z"}
    last = rig.payloads()[-1]
    assert (last["bot_id"], last["status"], last["performance"]["total_pnl"]) == ("b2", "paused", "1.5")
    assert [bot["bot_id"] for bot in last["bots"]] == ["b1", "b2"]
    assert [event.get("correlation_id") for event in rig.session.events(TOPIC)] == [None, "c-1"]


def test_nothing_new_is_not_told(rig: Rig) -> None:
    """A bot that says every second that it runs fills no stream."""
    rig.report()
    rig.report()

    assert len(rig.payloads()) == 1


def test_a_report_that_cannot_be_changes_nothing(rig: Rig) -> None:
    """No bot, no event."""
    with pytest.raises(InvalidArgument):
        rig.report(status="stale")

    assert rig.call("list")["bots"] == []
    assert rig.payloads() == []


def test_bots_are_listed_with_the_streams_place(rig: Rig) -> None:
    """The caller's own; the desk names another's, and nobody else can."""
    rig.report("b1")
    rig.report("b2", "bob")

    own = rig.call("list")
    assert [bot["bot_id"] for bot in own["bots"]] == ["b1"]
    assert (own["epoch"], own["seq"]) == ("e1", 1)
    assert rig.call("list", "desk", Role.RISK, user_id="alice") == own
    with pytest.raises(NotAuthorized):
        rig.call("list", "bob", user_id="alice")


def test_silence_is_told_and_looked_after(rig: Rig) -> None:
    """One event and one alarm; the next report ends both."""
    rig.report()

    rig.advance(SILENCE_NS)
    assert rig.payloads()[-1]["status"] == "stale"
    assert [(alarm.user_id, alarm.alert_type) for alarm in rig.desk.raised] == [("alice", STALE_ALERT)]
    assert rig.desk.resolved == []

    rig.report()
    assert rig.payloads()[-1]["status"] == "running"
    assert rig.desk.resolved == [("alice", STALE_ALERT)]


def test_a_user_is_told_once_of_many_changes(rig: Rig) -> None:
    """Each event has all bots: one is enough; another user has one of their own."""
    rig.report("b1")
    rig.report("b2")
    rig.report("b3", "bob")
    told = len(rig.session.published)

    rig.advance(SILENCE_NS)

    assert [one.topic for one in rig.session.published[told:]] == [TOPIC, "tapecast.user.bob.bots"]
    assert {bot["status"] for bot in rig.payloads()[-1]["bots"]} == {"stale"}
    assert len(rig.desk.raised) == 3


def test_a_platform_hands_bots_in(rig: Rig) -> None:
    """They are told like any other; too many are refused."""
    reports = [
        BotReport(user_id="alice", sequence=1, ts_ns=0, bot_id=f"b{number}", name="Grid", status=BotStatus.ERROR)
        for number in range(MAX_BOTS + 1)
    ]

    with pytest.raises(InvalidArgument):
        rig.component.receive_handed_in(reports, now_ns=rig.now_ns)
    assert rig.payloads() == []

    rig.component.receive_handed_in(reports[:2], now_ns=rig.now_ns)
    assert [bot["bot_id"] for bot in rig.payloads()[-1]["bots"]] == ["b0", "b1"]


def test_facts_and_events_are_one_group() -> None:
    """And join the transaction that is open."""
    rig = Rig(journal=HeldJournal())
    assert rig.journal is not None

    rig.report()
    with rig.publisher.transaction():
        rig.report("b2")
        rig.publisher.record("bots", b"x")

    assert [(len(group.entries), len(group.records)) for group in rig.journal.waiting] == [(1, 1), (1, 2)]
