"""What came of streams, in full: as a subscriber got it from its client, and as it came over the wire."""

from collections.abc import Mapping
from typing import Any

import attrs
from tapecast_client.events import ContinuityLost, Event

from components.contract.topics import Delivery, family_of

Envelope = Mapping[str, Any]


@attrs.define
class TopicLog:
    """
    One topic as a follower got it from its client.

    Attributes:
        states: The whole states that it was given; the first one is where it began.
        events: Every event behind that.
        losses: What the client said is missing.
    """

    topic: str
    states: list[Event] = attrs.field(factory=list)
    events: list[Event] = attrs.field(factory=list)
    losses: list[ContinuityLost] = attrs.field(factory=list)

    def receive(self, event: Event) -> None:
        """Keep what came."""
        (self.states if event.is_state else self.events).append(event)

    @property
    def place(self) -> tuple[str, int]:
        """The epoch and number of what came last."""
        last = self.events[-1] if self.events else self.states[-1]
        return last.epoch, last.seq

    def check(self) -> None:
        """It is one epoch from where it began, in steps of one, and nothing was said to be missing."""
        assert not self.losses, f"{self.topic}: {self.losses}"
        assert len(self.states) <= 1, f"{self.topic}: its state came again: {self.states}"
        assert len({event.epoch for event in self.events}) <= 1, f"{self.topic}: several epochs"
        first = self.states[0].seq + 1 if self.states else 1
        numbers = [event.seq for event in self.events]
        assert numbers == list(range(first, first + len(numbers))), f"{self.topic}: {numbers}"


@attrs.define
class WireStream:
    """
    One topic as it comes over the wire, with events that come again.

    Attributes:
        is_conflated: Whether steps are normal.
        events: By number, every event as it came first.
        last: The newest number.
        again: How many came again.
        faults: What broke the contract.
    """

    topic: str
    is_conflated: bool
    events: dict[int, Envelope] = attrs.field(factory=dict)
    last: int = 0
    again: int = 0
    faults: list[str] = attrs.field(factory=list)

    def receive(self, envelope: Envelope) -> None:
        """Keep an event, and see whether it has its place."""
        seq = envelope["seq"]
        known = self.events.get(seq)
        if known is not None:
            self.again += 1
            if known != envelope:
                self.faults.append(f"{self.topic}: {seq} was {known}, and is {envelope}")
            return
        newest = self.events.get(self.last)
        if newest is not None and envelope["epoch"] != newest["epoch"]:
            self.faults.append(f"{self.topic}: {seq} of another epoch after {self.last}")
        if newest is not None and (seq < self.last or (seq > self.last + 1 and not self.is_conflated)):
            self.faults.append(f"{self.topic}: {seq} after {self.last}")
        self.events[seq] = dict(envelope)
        self.last = seq

    def behind(self, seq: int) -> list[Envelope]:
        """The events behind a number."""
        return [event for number, event in self.events.items() if number > seq]


@attrs.define
class WireLog:
    """
    All topics below a prefix as they come over the wire.

    Attributes:
        streams: By topic.
    """

    streams: dict[str, WireStream] = attrs.field(factory=dict)

    def receive(self, topic: str | None, envelope: Envelope) -> None:
        """Take an event of a topic."""
        assert topic is not None
        stream = self.streams.get(topic)
        if stream is None:
            family = family_of(topic)
            assert family is not None
            stream = self.streams[topic] = WireStream(topic, family.delivery is Delivery.CONFLATED)
        stream.receive(envelope)

    @property
    def again(self) -> int:
        """How many events came again."""
        return sum(stream.again for stream in self.streams.values())

    def check(self) -> None:
        """Every topic is one epoch in steps of one, and no number stands for two events."""
        faults = [fault for stream in self.streams.values() for fault in stream.faults]
        assert not faults, faults
