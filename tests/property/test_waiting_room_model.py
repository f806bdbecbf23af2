"""The waiting room against plain lists: what waits, what goes and what is shed, whatever happens in whatever order."""

from typing import Any

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from components.contract.envelope import NS_PER_S
from components.contract.topics import Delivery
from router.events import Event, Publication
from router.fate import Fate
from router.pace import Lane, Pace
from router.serializers import WEBSOCKET_WIRES
from router.waiting_room import (
    CONTROL_BYTES,
    GAPPED_EVENTS,
    GAPPED_EVENTS_A_TOPIC,
    LOSSLESS_BYTES,
    LOSSLESS_EVENTS,
    WaitingRoom,
)

SUBSCRIPTIONS = (1, 2)
EVERYTHING_BYTES = 1 << 24

deliveries = st.sampled_from(sorted(Delivery))
subscriptions = st.sampled_from(SUBSCRIPTIONS)
sizes = st.sampled_from([0, 10, 200, 70_000, 400_000])
durations_ns = st.integers(0, 3 * NS_PER_S) | st.sampled_from([NS_PER_S // 2, 30 * NS_PER_S])


@attrs.define
class PlainRoom:
    """What has to wait, in lists: the policy of the room as its table says."""

    control: list[bytes] = attrs.field(factory=list)
    lossless: list[Event] = attrs.field(factory=list)
    thin: dict[Lane, list[Event]] = attrs.field(factory=dict)
    gapped_events: int = 0
    conflated: int = 0
    dropped: int = 0

    def conflate(self, event: Event) -> Fate:
        """Take the newest in place of the older."""
        is_first = event.key not in self.thin
        self.thin[event.key] = [event]
        self.conflated += not is_first
        return Fate.WAITS if is_first else Fate.CONFLATED

    def keep_last(self, event: Event, bound: int) -> Fate:
        """Take one more, in place of an older one of the topic where there are too many, or else of another topic."""
        waiting = self.thin.setdefault(event.key, [])
        is_full = self.gapped_events == GAPPED_EVENTS
        goes = max(len(waiting) + 1 - bound, min(len(waiting), int(is_full)))
        del waiting[:goes]
        waiting.append(event)
        self.gapped_events += 1 - goes
        self.dropped += goes
        if is_full and not goes:
            goes = self.drop_of_another(event)
        return Fate.DROPPED if goes else Fate.WAITS

    def drop_of_another(self, newest: Event) -> int:
        """Let the first event go that is not its topic's newest, or else the first newest one."""
        gapped = [waiting for waiting in self.thin.values() if is_gapped(waiting[0]) and newest not in waiting]
        waiting = next((waiting for waiting in gapped if len(waiting) > 1), gapped[0])
        if len(waiting) == 1:
            del self.thin[waiting[0].key]
        else:
            del waiting[0]
        self.gapped_events -= 1
        self.dropped += 1
        return 1

    def remove(self, lossless_count: int, thin: list[Event]) -> None:
        """Let events go that were taken."""
        del self.lossless[:lossless_count]
        for event in thin:
            self.thin[event.key].remove(event)
            if not self.thin[event.key]:
                del self.thin[event.key]
        self.gapped_events -= sum(map(is_gapped, thin))

    def discard(self, subscription_id: int) -> None:
        """Let a subscription's events go."""
        self.lossless = [event for event in self.lossless if event.subscription_id != subscription_id]
        self.thin = {lane: waiting for lane, waiting in self.thin.items() if lane[0] != subscription_id}
        self.gapped_events = sum(len(waiting) for waiting in self.thin.values() if is_gapped(waiting[0]))


def is_gapped(event: Event) -> bool:
    """Whether an event is of a gapped topic."""
    return event.publication.delivery is Delivery.GAPPED


class WaitingRoomMachine(RuleBasedStateMachine):
    """Everything that an outbox does with its room."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ns = NS_PER_S
        self.count = 0
        self.plain = PlainRoom()
        self.not_before_ns: dict[Lane, int] = {}
        self.newest: dict[Lane, Event] = {}

    @initialize(name=st.sampled_from(sorted(WEBSOCKET_WIRES)))
    def open(self, name: str) -> None:
        """A connection of some encoding."""
        self.wire = WEBSOCKET_WIRES[name]
        self.pace = Pace()
        self.room = WaitingRoom(self.wire, self.pace)

    @rule(delivery=deliveries, subscription_id=subscriptions, number=st.integers(0, 2), size=sizes)
    def offer(self, delivery: Delivery, subscription_id: int, number: int, size: int) -> None:
        """An event comes."""
        self.offer_one(delivery, subscription_id, f"{delivery}.{number}", size)

    @rule(delivery=deliveries, subscription_id=subscriptions, count=st.sampled_from([3, 70]))
    def offer_burst(self, delivery: Delivery, subscription_id: int, count: int) -> None:
        """Many events of one topic come."""
        for _ in range(count):
            self.offer_one(delivery, subscription_id, f"{delivery}.0", 0)

    @precondition(lambda self: len(self.plain.lossless) < LOSSLESS_EVENTS // 2)
    @rule(subscription_id=subscriptions)
    def offer_many_lossless(self, subscription_id: int) -> None:
        """Almost as many events come as may not be lost."""
        for number in range(LOSSLESS_EVENTS // 2):
            self.offer_one(Delivery.LOSSLESS, subscription_id, f"lossless.{number % 7}", 0)

    @precondition(lambda self: len(self.plain.thin) < 40)
    @rule(subscription_id=subscriptions)
    def offer_many_topics(self, subscription_id: int) -> None:
        """Full rings of many topics come."""
        for number in range(GAPPED_EVENTS // GAPPED_EVENTS_A_TOPIC + 3):
            for _ in range(GAPPED_EVENTS_A_TOPIC):
                self.offer_one(Delivery.GAPPED, subscription_id, f"gapped.{number}", 0)

    @rule(size=sizes)
    def offer_control(self, size: int) -> None:
        """An answer comes."""
        frame = b"%d " % self.count + bytes(size)
        self.count += 1
        waiting = self.plain.control
        has_room = not waiting or sum(map(len, waiting)) + len(frame) <= CONTROL_BYTES

        assert self.room.offer_control(frame) is has_room
        if has_room:
            self.plain.control.append(frame)

    @rule(max_bytes=st.sampled_from([1, 500, 65_536, 500_000, EVERYTHING_BYTES]))
    def take(self, max_bytes: int) -> None:
        """The connection takes something."""
        control, lossless, thin = self.plain.control, self.plain.lossless, self.ready()
        hz = self.pace.in_effect_hz(now_ns=self.now_ns)

        frames, events = self.room.take(now_ns=self.now_ns, max_bytes=max_bytes)

        assert len(frames) == 1 or sum(map(len, frames)) <= max_bytes
        assert bool(frames) == bool(control or lossless or thin)
        control_count = len(frames) - len(events)
        assert frames == control[:control_count] + [event.frame(self.wire) for event in events]
        assert control_count == len(control) or not events
        of_lossless = [event for event in events if event.publication.delivery is Delivery.LOSSLESS]
        of_thin = events[len(of_lossless) :]
        of_conflated = [event for event in of_thin if not is_gapped(event)]
        of_gapped = of_thin[len(of_conflated) :]
        assert of_lossless == lossless[: len(of_lossless)]
        assert of_conflated == [event for event in thin if not is_gapped(event)][: len(of_conflated)]
        assert of_gapped == [event for event in thin if is_gapped(event)][: len(of_gapped)]
        del control[:control_count]
        self.plain.remove(len(of_lossless), of_thin)
        for event in of_thin:
            self.note_sent(event, hz)

    @rule(duration_ns=durations_ns)
    def wait(self, duration_ns: int) -> None:
        """Time passes."""
        self.now_ns += duration_ns

    @rule(lasted_ns=durations_ns)
    def be_slow(self, lasted_ns: int) -> None:
        """The connection takes nothing for a time."""
        self.now_ns += lasted_ns
        self.pace.note_pause(lasted_ns=lasted_ns, now_ns=self.now_ns)

    @rule(max_hz=st.sampled_from([None, 0.1, 1, 30, 100]), background=st.booleans())
    def ask(self, max_hz: float | None, background: bool) -> None:  # noqa: FBT001 - drawn
        """The client asks for a pace."""
        self.pace.ask(max_hz, background=background)
        self.not_before_ns.clear()

    @rule(subscription_id=subscriptions)
    def discard(self, subscription_id: int) -> None:
        """A subscription ends."""
        self.room.discard(subscription_id)
        self.plain.discard(subscription_id)
        self.newest = {lane: event for lane, event in self.newest.items() if lane[0] != subscription_id}

    @invariant()
    def the_counts_are_right(self) -> None:
        """What is said to wait waits, and never more than may."""
        thin = self.plain.thin.values()
        gapped = sum(len(lane) for lane in thin if is_gapped(lane[0]))
        assert self.room.waiting() == {
            "control": len(self.plain.control),
            "lossless": len(self.plain.lossless),
            "gapped": gapped,
            "conflated": sum(not is_gapped(lane[0]) for lane in thin),
        }
        events = [*self.plain.lossless, *(event for lane in thin for event in lane)]
        assert self.room.weight_bytes() == sum(map(len, self.plain.control)) + self.weight_bytes(events)
        assert (self.room.conflated, self.room.dropped) == (self.plain.conflated, self.plain.dropped)
        assert self.room.oldest_ns() == min((event.publication.published_ns for event in events), default=None)
        assert self.room.is_empty == (not self.plain.control and not events)
        assert gapped <= GAPPED_EVENTS

    @invariant()
    def what_can_go_has_its_time(self) -> None:
        """While conflated events wait there is a time to look again, not long behind the first that is due."""
        dues_ns = [self.pace.due_ns(lane) for lane, waiting in self.plain.thin.items() if not is_gapped(waiting[0])]
        next_ns = self.room.next_due_ns(now_ns=self.now_ns)
        assert (next_ns is None) == (not dues_ns)
        assert next_ns is None or 0 <= next_ns - min(dues_ns) <= NS_PER_S // 20

    def teardown(self) -> None:
        """In the end everything that waits goes, and the last value of every topic has come."""
        if not hasattr(self, "room"):
            return
        self.ask(None, background=False)
        while not self.room.is_empty:
            self.now_ns += 60 * NS_PER_S
            self.take(65_536)
        assert self.plain == PlainRoom(conflated=self.plain.conflated, dropped=self.plain.dropped)
        assert not self.newest

    def offer_one(self, delivery: Delivery, subscription_id: int, topic: str, size: int) -> None:
        """Offer an event to both rooms."""
        self.count += 1
        publication = Publication(
            topic, self.count, ["x" * size], None, delivery=delivery, family="any", published_ns=self.now_ns
        )
        event = Event(publication, subscription_id, names_topic=False)
        expected = self.offer_plain(event)

        assert self.room.offer(event) is expected
        if expected is not Fate.REFUSED and delivery is not Delivery.LOSSLESS:
            self.newest[event.key] = event

    def offer_plain(self, event: Event) -> Fate:
        """Offer an event to the plain room."""
        if event.publication.delivery is Delivery.CONFLATED:
            return self.plain.conflate(event)
        if event.publication.delivery is Delivery.GAPPED:
            return self.plain.keep_last(event, 1 if self.pace.background else GAPPED_EVENTS_A_TOPIC)
        if len(self.plain.lossless) == LOSSLESS_EVENTS:
            return Fate.REFUSED
        if self.plain.lossless and self.weight_bytes([*self.plain.lossless, event]) > LOSSLESS_BYTES:
            return Fate.REFUSED
        self.plain.lossless.append(event)
        return Fate.WAITS

    def weight_bytes(self, events: list[Event]) -> int:
        """How large events are together."""
        return sum(len(event.frame(self.wire)) for event in events)

    def ready(self) -> list[Event]:
        """The events of thin lanes that may go now, in their order."""
        return [
            event
            for lane, waiting in self.plain.thin.items()
            if (not self.pace.background if is_gapped(waiting[0]) else self.pace.due_ns(lane) <= self.now_ns)
            for event in waiting
        ]

    def note_sent(self, event: Event, hz: float | None) -> None:
        """Learn that an event of a thin lane went, and see that the one before is long enough ago."""
        if self.newest.get(event.key) is event:
            del self.newest[event.key]
        if is_gapped(event):
            return
        assert self.now_ns >= self.not_before_ns.get(event.key, 0)
        if hz is None:
            self.not_before_ns.clear()
        else:
            self.not_before_ns[event.key] = self.now_ns + round(NS_PER_S / hz)


WaitingRoomMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestWaitingRoom: Any = WaitingRoomMachine.TestCase
