"""Streams against plain lists: what one who was away is told, whatever was published, lost or begun anew meanwhile."""

import itertools
from typing import Any

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from components.contract.envelope import Envelope
from components.streams.ring import RingLimits
from components.streams.stream import Streams, encoded

LIMITS = RingLimits(events=5, size_bytes=700, age_ns=100, total_bytes=1500)
QUOTE, TRADES, ORDERS = "tapecast.quote.sim.BTCUSDT", "tapecast.trades.sim.BTCUSDT", "tapecast.user.alice.orders"

topics = st.sampled_from([QUOTE, TRADES, ORDERS])


@attrs.frozen
class Kept:
    """One event that may be told again."""

    topic: str
    ts_ns: int
    size_bytes: int
    event: Envelope


@attrs.define
class PlainStream:
    """What is true of one topic."""

    epoch: str | None = None
    seq: int = 0
    hole_ends_at: int = 0
    newest: Envelope | None = None
    told: list[tuple[str, int]] = attrs.field(factory=lambda: [("never", 0)])


class StreamsMachine(RuleBasedStateMachine):
    """Publishes, loses, begins anew and resumes."""

    def __init__(self) -> None:
        """Begin with nothing published, at time zero."""
        super().__init__()
        names = (f"e{number}" for number in itertools.count(1))
        self.streams = Streams(lambda: next(names), limits=LIMITS)
        self.plain = {topic: PlainStream() for topic in (QUOTE, TRADES, ORDERS)}
        self.kept: list[Kept] = []
        self.now_ns = 0

    @rule(topic=topics, padding=st.sampled_from([0, 10, 150, 400, 800]))
    def publish(self, topic: str, padding: int) -> None:
        """One more event, of some size."""
        stream, plain = self.streams.open(topic), self.plain[topic]
        event = stream.append({"text": "x" * padding}, ts_ns=self.now_ns)
        assert event["seq"] == plain.seq + 1
        plain.epoch, plain.seq, plain.newest = stream.epoch, plain.seq + 1, event
        plain.told.append((stream.epoch, plain.seq))
        if topic == QUOTE:
            return
        self.kept.append(Kept(topic, self.now_ns, len(encoded(event)), event))
        while len(self.of(topic)) > LIMITS.events or self.size_of(topic) > LIMITS.size_bytes:
            self.kept.remove(self.of(topic)[0])
        self.forget_old(topic)
        while sum(one.size_bytes for one in self.kept) > LIMITS.total_bytes:
            self.kept.pop(0)

    @rule(topic=topics, count=st.integers(1, 3))
    def lose(self, topic: str, count: int) -> None:
        """Numbers are consumed without events."""
        stream, plain = self.streams.open(topic), self.plain[topic]
        stream.skip(count)
        plain.epoch, plain.seq = stream.epoch, plain.seq + count
        plain.hole_ends_at = plain.seq
        plain.told.append((stream.epoch, plain.seq))
        self.kept = [one for one in self.kept if one.topic != topic]

    @rule(topic=topics)
    def begin(self, topic: str) -> None:
        """A new epoch."""
        self.streams.open(topic)
        (stream,) = self.streams.begin_epoch(lambda one: one == topic)
        self.plain[topic] = PlainStream(epoch=stream.epoch, told=self.plain[topic].told)
        self.kept = [one for one in self.kept if one.topic != topic]

    @rule(passed_ns=st.integers(0, 60))
    def wait(self, passed_ns: int) -> None:
        """Time goes by."""
        self.now_ns += passed_ns

    @rule(topic=topics, data=st.data(), beyond=st.integers(-4, 2))
    def resume(self, topic: str, data: st.DataObject, beyond: int) -> None:
        """Everything that was missed is told, or nothing."""
        stream, plain = self.streams.open(topic), self.plain[topic]
        epoch, told_seq = data.draw(st.sampled_from([*plain.told[-6:], (stream.epoch, plain.seq)]))
        seq = max(0, told_seq + beyond)
        self.forget_old(topic)

        events = stream.since(epoch, seq, now_ns=self.now_ns)

        assert events == self.expected(topic, epoch, seq)
        assert len(self.streams.rows("")) <= len(self.plain)

    def expected(self, topic: str, epoch: str, seq: int) -> list[Envelope] | None:
        """What is to be told."""
        plain = self.plain[topic]
        if epoch != self.streams.open(topic).epoch or seq > plain.seq:
            return None
        if topic == QUOTE:
            return [plain.newest] if plain.newest is not None and int(str(plain.newest["seq"])) > seq else []
        there = {int(str(one.event["seq"])): one.event for one in self.of(topic)}
        missed = range(seq + 1, plain.seq + 1)
        return [there[number] for number in missed] if all(number in there for number in missed) else None

    def of(self, topic: str) -> list[Kept]:
        """What is kept of a topic."""
        return [one for one in self.kept if one.topic == topic]

    def size_of(self, topic: str) -> int:
        """How many bytes they have."""
        return sum(one.size_bytes for one in self.of(topic))

    def forget_old(self, topic: str) -> None:
        """Let those go that are too old now."""
        oldest_ns = self.now_ns - LIMITS.age_ns
        self.kept = [one for one in self.kept if one.topic != topic or one.ts_ns >= oldest_ns]


TestStreams: Any = StreamsMachine.TestCase
TestStreams.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
