"""
What one connection has not taken yet, in lanes, bounded: what is shed is a matter of the topic's class.

| lane | what waits | at its bound |
|---|---|---|
| control | every message that is not an event | the connection ends |
| lossless | events, one queue for all topics | the connection ends |
| gapped | the last events of each topic | the topic's oldest goes |
| gapped, merged | a snapshot of each topic and one event with all changes since | the changes go, but for the newest |
| conflated | the newest event of each topic | the newest takes the older one's place |
"""

from collections import deque
from itertools import chain

import attrs

from components.contract.topics import Delivery
from router.events import Event, WireFormat
from router.fate import Fate
from router.merged_lane import MergedLane
from router.pace import Lane, Pace

CONTROL_BYTES = 1 << 20
"""A single message may be longer; nothing waits behind it then."""

LOSSLESS_EVENTS = 1000
LOSSLESS_BYTES = 1 << 20
GAPPED_EVENTS_A_TOPIC = 64
GAPPED_EVENTS = 4096
"""Of all gapped topics of a connection together."""


@attrs.define
class WaitingRoom:
    """
    The lanes of one connection.

    Sans-I/O; times are monotonic nanoseconds. Events of a topic are never reordered, nor lossless events of several.

    Attributes:
        wire: How the connection gets its messages.
        pace: What holds events back besides the connection itself.
        conflated: Events that a newer one replaced, or took in.
        dropped: Events of gapped topics that went to make room.
    """

    wire: WireFormat
    pace: Pace
    conflated: int = 0
    dropped: int = 0
    _control: deque[bytes] = attrs.field(factory=deque)
    _control_bytes: int = 0
    _lossless: deque[Event] = attrs.field(factory=deque)
    _lossless_bytes: int = 0
    _newest: dict[Lane, Event] = attrs.field(factory=dict)
    _last: dict[Lane, deque[Event]] = attrs.field(factory=dict)
    _gapped_events: int = 0
    _merged: dict[Lane, MergedLane] = attrs.field(factory=dict)

    def offer_control(self, frame: bytes) -> bool:
        """Let a message that is not an event wait; False where there is no room for it behind those that wait."""
        if self._control and self._control_bytes + len(frame) > CONTROL_BYTES:
            return False
        self._control.append(frame)
        self._control_bytes += len(frame)
        return True

    def offer(self, event: Event) -> Fate:
        """Let an event wait, in place of another where its class says so; a lossless one may be refused."""
        delivery = event.publication.delivery
        if delivery is Delivery.LOSSLESS:
            return self._offer_lossless(event)
        if delivery is Delivery.CONFLATED:
            return self._conflate(event)
        return self._offer_gapped(event) if event.publication.changes is None else self._merge(event)

    def take(self, *, now_ns: int, max_bytes: int) -> tuple[list[bytes], list[Event]]:
        """
        Take what goes next: at least one message where one may go, and otherwise no more than fits.

        Control goes first, all of it. The other lanes share what is left, so that none waits for the end of another:
        whoever comes back has the newest of each conflated topic before the older events of all others.

        Returns:
            The frames in their order, and which events are among them.
        """
        frames: list[bytes] = []
        events: list[Event] = []
        left = max_bytes
        while self._control and (left >= len(self._control[0]) or not frames):
            frame = self._control.popleft()
            self._control_bytes -= len(frame)
            left -= len(frame)
            frames.append(frame)
        if self._control:
            return frames, events
        takes_any = not frames
        half = left // 2 if self._newest or self._merged or self._last else left
        left -= self._take_lossless(events, half, takes_any=takes_any)
        half = left // 2 if self._merged or self._last else left
        left -= self._take_conflated(events, half, now_ns, takes_any=takes_any)
        half = left // 2 if self._last else left
        left -= self._take_merged(events, half, takes_any=takes_any)
        self._take_gapped(events, left, takes_any=takes_any)
        frames.extend(event.frame(self.wire) for event in events)
        return frames, events

    def discard(self, subscription_id: int) -> None:
        """Forget what waits for a subscription."""
        for lane in [lane for lane in self._newest if lane[0] == subscription_id]:
            del self._newest[lane]
        for lane in [lane for lane in self._last if lane[0] == subscription_id]:
            self._gapped_events -= len(self._last.pop(lane))
        for lane in [lane for lane in self._merged if lane[0] == subscription_id]:
            del self._merged[lane]
        kept = [event for event in self._lossless if event.subscription_id != subscription_id]
        self._lossless = deque(kept)
        self._lossless_bytes = sum(len(event.frame(self.wire)) for event in kept)

    def due_ns(self, event: Event, *, now_ns: int) -> int | None:
        """When a waiting event may go, by the pace; None where it waits for the client to come to the foreground."""
        if event.publication.delivery is Delivery.CONFLATED:
            due_ns = self.pace.due_ns(event.key)
            return due_ns if due_ns <= now_ns else due_ns + self.pace.grain_ns(now_ns=now_ns)
        return None if self.pace.background and event.publication.delivery is Delivery.GAPPED else 0

    def next_due_ns(self, *, now_ns: int) -> int | None:
        """When the next held event may go; None where none waits for a time."""
        dues = [self.pace.due_ns(lane) for lane in self._newest]
        return min(dues) + self.pace.grain_ns(now_ns=now_ns) if dues else None

    @property
    def control_bytes(self) -> int:
        """How many bytes of messages that are not events wait."""
        return self._control_bytes

    @property
    def holds_gapped(self) -> bool:
        """Whether gapped events wait, or are to."""
        return self.pace.background or self._gapped_events > 0 or bool(self._merged)

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not (self._control or self._lossless or self._newest or self._last or self._merged)

    def waiting(self) -> dict[str, int]:
        """How many messages wait, by lane."""
        return {
            "control": len(self._control),
            "lossless": len(self._lossless),
            "gapped": self._gapped_events + sum(map(len, self._merged.values())),
            "conflated": len(self._newest),
        }

    def weight_bytes(self) -> int:
        """How many bytes wait."""
        merged = (lane.events() for lane in self._merged.values())
        thin = chain(self._newest.values(), *self._last.values(), *merged)
        return self._control_bytes + self._lossless_bytes + sum(len(event.frame(self.wire)) for event in thin)

    def oldest_ns(self) -> int | None:
        """When the oldest waiting event was published; None where none waits."""
        heads = [*self._newest.values(), *(waiting[0] for waiting in self._last.values())]
        if self._lossless:
            heads.append(self._lossless[0])
        begun_ns = [event.publication.published_ns for event in heads]
        begun_ns += [since_ns for lane in self._merged.values() if (since_ns := lane.since_ns) is not None]
        return min(begun_ns, default=None)

    def _offer_lossless(self, event: Event) -> Fate:
        size = len(event.frame(self.wire))
        is_full = len(self._lossless) >= LOSSLESS_EVENTS or self._lossless_bytes + size > LOSSLESS_BYTES
        if self._lossless and is_full:
            return Fate.REFUSED
        self._lossless.append(event)
        self._lossless_bytes += size
        return Fate.WAITS

    def _conflate(self, event: Event) -> Fate:
        is_first = event.key not in self._newest
        self._newest[event.key] = event
        if is_first:
            return Fate.WAITS
        self.conflated += 1
        return Fate.CONFLATED

    def _merge(self, event: Event) -> Fate:
        lane = self._merged.get(event.key)
        if lane is None:
            lane = self._merged[event.key] = MergedLane()
        fate = lane.offer(event)
        self.conflated += fate in (Fate.MERGED, Fate.CONFLATED)
        self.dropped += fate is Fate.DROPPED
        return fate

    def _offer_gapped(self, event: Event) -> Fate:
        waiting = self._last.setdefault(event.key, deque())
        dropped_before = self.dropped
        bound = 1 if self.pace.background else GAPPED_EVENTS_A_TOPIC
        while waiting and (len(waiting) >= bound or self._gapped_events >= GAPPED_EVENTS):
            waiting.popleft()
            self._count_dropped()
        if self._gapped_events >= GAPPED_EVENTS:
            self._drop_of_another_topic()
        waiting.append(event)
        self._gapped_events += 1
        return Fate.WAITS if self.dropped == dropped_before else Fate.DROPPED

    def _drop_of_another_topic(self) -> None:
        """Drop an event that is not its topic's newest; where only newest ones wait, the one that waits longest."""
        held = [lane for lane, waiting in self._last.items() if waiting]
        lane = next((lane for lane in held if len(self._last[lane]) > 1), held[0])
        self._last[lane].popleft()
        self._count_dropped()
        if not self._last[lane]:
            del self._last[lane]

    def _count_dropped(self) -> None:
        self.dropped += 1
        self._gapped_events -= 1

    def _take_lossless(self, events: list[Event], max_bytes: int, *, takes_any: bool) -> int:
        taken = 0
        while self._lossless:
            size = len(self._lossless[0].frame(self.wire))
            if taken + size > max_bytes and (events or not takes_any):
                break
            events.append(self._lossless.popleft())
            taken += size
        self._lossless_bytes -= taken
        return taken

    def _take_conflated(self, events: list[Event], max_bytes: int, now_ns: int, *, takes_any: bool) -> int:
        taken = 0
        for lane, event in tuple(self._newest.items()):
            if self.pace.due_ns(lane) > now_ns:
                continue
            size = len(event.frame(self.wire))
            if taken + size > max_bytes and (events or not takes_any):
                break
            events.append(event)
            taken += size
            del self._newest[lane]
            self.pace.note_sent(lane, now_ns=now_ns)
        return taken

    def _take_merged(self, events: list[Event], max_bytes: int, *, takes_any: bool) -> int:
        taken = 0
        for key in () if self.pace.background else tuple(self._merged):
            lane = self._merged[key]
            while (event := lane.head()) is not None:
                size = len(event.frame(self.wire))
                if taken + size > max_bytes and (events or not takes_any):
                    return taken
                events.append(event)
                taken += size
                lane.drop_head()
            del self._merged[key]
        return taken

    def _take_gapped(self, events: list[Event], max_bytes: int, *, takes_any: bool) -> None:
        taken = 0
        for lane in () if self.pace.background else tuple(self._last):
            waiting = self._last[lane]
            while waiting:
                size = len(waiting[0].frame(self.wire))
                if taken + size > max_bytes and (events or not takes_any):
                    return
                events.append(waiting.popleft())
                taken += size
                self._gapped_events -= 1
            del self._last[lane]
