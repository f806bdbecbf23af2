"""The dead-man switch between a session that the test plays and accounts that remember: arm, be lost, come back."""

import itertools
from typing import Any

import attrs
import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from components.contract.envelope import NS_PER_S
from components.contract.roles import Role
from components.contract.topics import Owner
from components.model.errors import InvalidArgument, Unavailable
from components.streams.answers import Ownership
from components.streams.component import StreamPublisher
from components.streams.stream import Streams
from components.trading.switches.switches import Switches
from components.trading.switches.switches_component import SwitchesComponent
from components.wamp.procedures import Caller
from components.wamp.session_watch import LIST_SESSIONS, ON_JOIN, ON_LEAVE
from tests.support.held_journal import HeldJournal
from tests.support.recording_control import RecordingControl
from tests.support.recording_session import RecordingSession

ARM = "tapecast.session.cancel_on_disconnect"
BEGUN_NS = 1_700_000_000 * NS_PER_S
NEWS = "tapecast.user.alice.session"


@attrs.define
class Rig:
    """
    One process with a switch.

    Attributes:
        there: The sessions that the router lists: user and when it joined, in seconds since the beginning.
        wall_ahead_s: How far the wall clock was set ahead of the reactor's.
        faults: Bugs that the shell reported.
    """

    session: RecordingSession = attrs.field(factory=RecordingSession)
    switches: Switches = attrs.field(factory=Switches)
    journal: HeldJournal | None = None
    control: RecordingControl = attrs.field(factory=RecordingControl)
    clock: Clock = attrs.field(factory=Clock)
    there: dict[int, tuple[str, float]] = attrs.field(factory=dict)
    wall_ahead_s: int = 0
    faults: list[None] = attrs.field(factory=list)
    publisher: StreamPublisher = attrs.field(init=False)
    component: SwitchesComponent = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Wire it."""
        epochs = (f"e{number}" for number in itertools.count(1))
        self.session.results[LIST_SESSIONS] = self.list_sessions
        self.publisher = StreamPublisher(
            self.session,
            Streams(lambda: next(epochs), self.journal),
            Ownership(owner=Owner.TRADING, now_ns=lambda _topic: self.now_ns()),
            parts=(self.switches,),
        )
        self.component = SwitchesComponent(
            self.session,
            self.switches,
            self.publisher,
            self.control,
            clock=self.clock,
            wall_clock_ns=self.now_ns,
            on_fault=lambda: self.faults.append(None),
        )

    def now_ns(self) -> int:
        """The wall clock."""
        return BEGUN_NS + round((self.clock.seconds() + self.wall_ahead_s) * NS_PER_S)

    def list_sessions(self, user_ids: list[str]) -> list[dict[str, object]]:
        """What the router answers."""
        return [
            {"session_id": session_id, "user_id": user_id, "joined_ns": BEGUN_NS + round(joined_s * NS_PER_S)}
            for session_id, (user_id, joined_s) in self.there.items()
            if user_id in user_ids
        ]

    def call(self, after_ms: object, session_id: int = 1, user_id: str = "alice", **more: Any) -> Any:
        """Arm or disarm, as a guarded handler is called."""
        caller = Caller(session_id=session_id, user_id=user_id, role=Role.TRADER, **more)
        return self.publisher.guard(self.component.handlers()[ARM])(caller, after_ms=after_ms)

    async def arm(self, after_ms: int = 5000, session_id: int = 1, user_id: str = "alice") -> None:
        """Let a session that is there arm."""
        self.there.setdefault(session_id, (user_id, self.clock.seconds()))
        await self.call(after_ms, session_id, user_id)

    def join(self, session_id: int, user_id: str = "alice", role: str = "trader") -> None:
        """A session joins, and is told where somebody listens."""
        self.there[session_id] = (user_id, self.clock.seconds())
        if ON_JOIN in self.session.subscribed:
            self.session.subscribed[ON_JOIN]({"session": session_id, "authid": user_id, "authrole": role})

    def leave(self, session_id: int) -> None:
        """A session is gone, and that is told where somebody listens."""
        self.there.pop(session_id, None)
        if ON_LEAVE in self.session.subscribed:
            self.session.subscribed[ON_LEAVE](session_id)

    def wait(self, seconds: float) -> None:
        """Let time go by, in steps in which the shell looks."""
        self.clock.pump([0.05] * round(seconds / 0.05))

    def news(self) -> list[str]:
        """What Alice was told."""
        return [event["payload"]["event"] for event in self.session.events(NEWS)]

    def successor(self, *, away_s: float = 0) -> "Rig":
        """A process that goes on where this one was killed, some time later."""
        switches = Switches()
        switches.restore(self.switches.checkpoint())
        self.clock.advance(away_s)
        return Rig(switches=switches, control=self.control, clock=self.clock, there=dict(self.there))


@pytest.fixture
def rig() -> Rig:
    """A process that has just begun, with Alice there."""
    return Rig(there={1: ("alice", 0)})


@pytest_twisted.ensureDeferred
async def test_who_is_lost_loses_the_orders(rig: Rig) -> None:
    """At the deadline, not before; and it is told."""
    rig.control.open_orders["alice"] = 3
    await rig.arm(5000)
    rig.leave(1)

    rig.wait(4.9)
    assert rig.control.cancelled == []
    rig.wait(0.2)

    assert rig.control.cancelled == [("alice", None, "disconnected")]
    assert rig.news() == ["switch_armed", "switch_lost", "switch_fired"]
    assert rig.session.events(NEWS)[-1]["payload"]["cancelled_orders"] == 3


@pytest_twisted.ensureDeferred
async def test_all_that_are_due_follow_at_once(rig: Rig) -> None:
    """One user a turn of the reactor, and no pause between them."""
    for number in range(11, 31):
        await rig.arm(5000, number, f"user-{number}")
    for number in range(11, 31):
        rig.leave(number)
    rig.wait(4.95)

    rig.clock.pump([0.1] + [0] * 19)

    assert len(rig.control.cancelled) == 20


@pytest_twisted.ensureDeferred
async def test_who_comes_back_in_time_keeps_them(rig: Rig) -> None:
    """And is not armed any more."""
    await rig.arm(5000)
    rig.leave(1)
    rig.wait(4.9)

    rig.join(2)
    rig.wait(10)
    rig.leave(2)
    rig.wait(10)

    assert rig.control.cancelled == []
    assert rig.news() == ["switch_armed", "switch_lost", "switch_stopped"]


@pytest_twisted.ensureDeferred
async def test_nobody_else_comes_back_for_a_user(rig: Rig) -> None:
    """Another user's join stops nothing, nor does one without a token by the user's name."""
    await rig.arm(5000)
    rig.leave(1)

    rig.join(2, "bob")
    rig.join(3, "alice", role="public")
    rig.join(4, "alice", role="gateway")
    rig.wait(5.1)

    assert rig.control.cancelled == [("alice", None, "disconnected")]


@pytest_twisted.ensureDeferred
async def test_the_answer_says_what_holds(rig: Rig) -> None:
    """The delay, and how many sessions hold the switch."""
    rig.join(2)

    assert await rig.call(5000, 1) == {"after_ms": 5000, "armed_sessions": 1}
    assert await rig.call(6000, 2) == {"after_ms": 6000, "armed_sessions": 2}
    assert await rig.call(0, 1) == {"after_ms": 0, "armed_sessions": 1}


@pytest_twisted.ensureDeferred
async def test_the_news_name_the_call(rig: Rig) -> None:
    """By the caller's correlation id; what comes without a call has none."""
    await rig.call(5000, correlation_id="c-1")
    rig.leave(1)

    assert [event.get("correlation_id") for event in rig.session.events(NEWS)] == ["c-1", None]


@pytest_twisted.ensureDeferred
async def test_a_delay_that_cannot_be_changes_nothing(rig: Rig) -> None:
    """The refusal names the field, and nobody is watched for it."""
    with pytest.raises(InvalidArgument) as raised:
        await rig.call(999)

    assert raised.value.details == {"field": "after_ms"}
    assert rig.switches.is_idle
    assert rig.session.subscribed == {}


@pytest_twisted.ensureDeferred
async def test_sessions_are_watched_only_while_it_matters(rig: Rig) -> None:
    """From arming until nothing is armed and no deadline runs; nothing is left to do then."""
    assert rig.session.subscribed == {}
    await rig.arm()
    assert set(rig.session.subscribed) == {ON_JOIN, ON_LEAVE}

    rig.leave(1)
    assert set(rig.session.subscribed) == {ON_JOIN, ON_LEAVE}
    rig.wait(6)

    assert rig.session.subscribed == {}
    assert rig.clock.getDelayedCalls() == []


@pytest_twisted.ensureDeferred
async def test_disarming_ends_the_watch(rig: Rig) -> None:
    """And arming again begins it again."""
    await rig.arm()
    await rig.call(0)
    assert rig.session.subscribed == {}

    await rig.arm()
    rig.leave(1)

    assert rig.switches.is_running


@pytest_twisted.ensureDeferred
async def test_who_is_gone_before_the_watch_begins_is_not_armed(rig: Rig) -> None:
    """Its end would never be told; the watch ends again."""
    rig.session.held_subscriptions = {ON_JOIN: Deferred()}
    answer = rig.call(5000)
    rig.there.clear()

    rig.session.held_subscriptions.pop(ON_JOIN).callback(None)

    with pytest.raises(Unavailable):
        await answer
    assert rig.switches.is_idle
    assert rig.session.subscribed == {}


@pytest_twisted.ensureDeferred
async def test_two_arm_while_the_watch_begins(rig: Rig) -> None:
    """One that is refused does not end the watch that the other waits for."""
    rig.there = {2: ("bob", 0)}
    listed: Deferred[Any] = Deferred()
    rig.session.held_subscriptions = {ON_JOIN: Deferred()}
    rig.session.results[LIST_SESSIONS] = lambda user_ids: [] if user_ids == ["alice"] else listed
    first, second = rig.call(5000, 1), rig.call(5000, 2, "bob")

    rig.session.held_subscriptions.pop(ON_JOIN).callback(None)
    with pytest.raises(Unavailable):
        await first
    listed.callback(rig.list_sessions(["bob"]))

    await second
    rig.leave(2)
    assert rig.switches.is_running


@pytest_twisted.ensureDeferred
async def test_a_router_that_does_not_tell_arms_nobody(rig: Rig) -> None:
    """The caller is told to try again."""
    rig.session.results[LIST_SESSIONS] = ApplicationError("wamp.error.no_such_procedure")

    with pytest.raises(Unavailable):
        await rig.call(5000)

    assert rig.switches.is_idle


@pytest_twisted.ensureDeferred
async def test_it_is_answered_when_it_is_written() -> None:
    """Fact and event in one group; neither answer nor event before it is durable."""
    rig = Rig(journal=HeldJournal(), there={1: ("alice", 0)})
    await rig.publisher.start()
    assert rig.journal is not None

    answer = rig.call(5000)
    assert not answer.called
    assert rig.news() == []
    (group,) = rig.journal.waiting
    rig.journal.write()

    assert await answer == {"after_ms": 5000, "armed_sessions": 1}
    assert (len(group.entries), [record.part for record in group.records]) == (1, ["switches"])
    assert rig.news() == ["switch_armed"]


@pytest_twisted.ensureDeferred
async def test_a_killed_process_leaves_the_deadline_to_the_next(rig: Rig) -> None:
    """It is on the wall's clock, and it does not begin anew."""
    await rig.arm(5000)
    rig.leave(1)
    rig.wait(3)
    rig.component.stop()
    successor = rig.successor(away_s=1)

    await successor.component.start()
    successor.wait(0.9)
    assert successor.control.cancelled == []
    successor.wait(0.2)

    assert successor.control.cancelled == [("alice", None, "disconnected")]


@pytest_twisted.ensureDeferred
async def test_a_deadline_that_went_by_is_due_at_the_start(rig: Rig) -> None:
    """Before anything is answered, and for all."""
    rig.join(2, "bob")
    await rig.arm(5000)
    await rig.arm(5000, 2, "bob")
    rig.leave(1)
    rig.leave(2)
    rig.component.stop()
    successor = rig.successor(away_s=60)

    await successor.component.start()

    assert sorted(successor.control.cancelled) == [("alice", None, "disconnected"), ("bob", None, "disconnected")]
    assert successor.session.subscribed == {}


@pytest_twisted.ensureDeferred
async def test_who_came_back_while_nobody_looked_keeps_the_orders(rig: Rig) -> None:
    """The loss was seen, the join was not."""
    await rig.arm(5000)
    rig.leave(1)
    rig.component.stop()
    rig.clock.advance(1)
    rig.there[2] = ("alice", rig.clock.seconds())
    successor = rig.successor(away_s=1)

    await successor.component.start()
    successor.wait(10)

    assert successor.control.cancelled == []
    assert successor.news() == ["switch_stopped"]


@pytest_twisted.ensureDeferred
async def test_who_was_lost_while_nobody_looked_is_lost_at_the_start(rig: Rig) -> None:
    """The whole delay from then."""
    await rig.arm(5000)
    successor = rig.successor(away_s=100)
    successor.there.clear()

    await successor.component.start()
    successor.wait(4.9)
    assert successor.control.cancelled == []
    successor.wait(0.2)

    assert successor.control.cancelled == [("alice", None, "disconnected")]


@pytest_twisted.ensureDeferred
async def test_who_is_still_there_stays_armed(rig: Rig) -> None:
    """And is watched from the start on."""
    await rig.arm(5000)
    successor = rig.successor(away_s=100)

    await successor.component.start()
    assert successor.news() == []
    successor.leave(1)
    successor.wait(5.1)

    assert successor.control.cancelled == [("alice", None, "disconnected")]


@pytest_twisted.ensureDeferred
async def test_a_start_with_nothing_armed_asks_nobody(rig: Rig) -> None:
    """The router has no work with it."""
    await rig.component.start()

    assert (rig.session.calls, rig.session.subscribed) == ([], {})


@pytest_twisted.ensureDeferred
async def test_a_stopped_switch_looks_no_more(rig: Rig) -> None:
    """What is armed stays so for the next process."""
    await rig.arm(5000)
    rig.leave(1)

    rig.component.stop()
    rig.component.stop()

    assert rig.clock.getDelayedCalls() == []
    assert rig.switches.is_running


@pytest_twisted.ensureDeferred
async def test_a_wall_clock_that_is_set_counts(rig: Rig) -> None:
    """The deadline is a time of day: an hour that is skipped is over."""
    await rig.arm(3_600_000)
    rig.leave(1)
    rig.wait(1)

    rig.wall_ahead_s = 3600
    rig.wait(0.2)

    assert rig.control.cancelled == [("alice", None, "disconnected")]


@pytest_twisted.ensureDeferred
async def test_a_bug_is_told(rig: Rig) -> None:
    """Accounts that cannot cancel end the process, and are not asked again."""
    rig.control.fails = True
    await rig.arm(5000)
    rig.leave(1)

    with capturedLogs() as events:
        rig.wait(6)

    assert len([event for event in events if "log_failure" in event]) == len(rig.faults) == 1
    assert rig.clock.getDelayedCalls() == []
