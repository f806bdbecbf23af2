"""Numbers for events: every topic is a stream with an epoch, a seq, a snapshot, and its last events for who resumes."""

import collections
from collections.abc import Callable
from typing import cast

import attrs
import msgspec

from components.contract.envelope import NS_PER_MS, Envelope, EventType, Meta, Payload, Quality, envelope
from components.contract.topics import Delivery, family_of
from components.model.errors import UnknownTopic
from components.streams.journal import Entry, Journal
from components.streams.ring import Ring, RingBudget, RingLimits

HISTORY_LENGTH = 100
"""How many events the snapshot of a topic that is not conflated holds, where its owner does not tell the state."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[str, object]).decode


def encoded(event: Envelope) -> bytes:
    """An event as the body of an entry."""
    return _encode(event)


def decoded(body: bytes) -> Envelope:
    """An event as clients get it, of an entry's body."""
    return _decode(body)


def _payload(kept: Payload | bytes) -> Payload:
    return cast("Payload", decoded(kept)["payload"]) if isinstance(kept, bytes) else kept


@attrs.define(eq=False)
class Stream:
    """
    One topic's numbers, what a newcomer must know of it, and what one who was away has missed.

    Sans-I/O. A conflated stream keeps its last event; any other keeps its last `HISTORY_LENGTH` payloads, and as many
    events as the limits of its ring allow. Of a lossless one, and of what was restored, the payloads are kept encoded:
    there are many such streams, and few are ever asked for.

    Attributes:
        content: What its events are called together, such as `trades`: the snapshot lists them under this name.
    """

    topic: str
    delivery: Delivery
    epoch: str
    content: str
    _budget: RingBudget
    seq: int = 0
    ts_ns: int = 0
    _meta: Meta | None = None
    _restored: bytes | None = attrs.field(default=None, init=False)
    _newest: tuple[int, Envelope] | None = attrs.field(default=None, init=False)
    _ring: Ring | None = attrs.field(init=False)
    _payloads: collections.deque[Payload | bytes] = attrs.field(init=False)

    @_ring.default
    def _make_ring(self) -> Ring | None:
        return None if self.delivery is Delivery.CONFLATED else Ring(self._budget)

    @_payloads.default
    def _keep(self) -> collections.deque[Payload | bytes]:
        return collections.deque(maxlen=1 if self.delivery is Delivery.CONFLATED else HISTORY_LENGTH)

    def append(
        self,
        payload: Payload,
        *,
        ts_ns: int,
        meta: Meta | None = None,
        event_type: EventType | None = None,
        correlation_id: str | None = None,
    ) -> Envelope:
        """
        Number one event, keep it for the snapshot and for who resumes, and return it as clients get it.

        Args:
            payload: What it says.
            ts_ns: When it is published, UNIX nanoseconds.
            meta: What is said of it.
            event_type: What it is; None for one more. The first of an epoch is a snapshot, unless a heartbeat.
            correlation_id: What the caller called what led to it; None where it has no name.
        """
        if event_type is None or event_type is EventType.ALERT:
            event_type = (event_type or EventType.DELTA) if self._payloads else EventType.SNAPSHOT
        seq = self.seq + 1
        event = envelope(
            event_type,
            epoch=self.epoch,
            seq=seq,
            ts_ns=ts_ns,
            payload=payload,
            meta=meta,
            correlation_id=correlation_id,
        )
        self.seq, self.ts_ns, self._meta, self._restored = seq, ts_ns, meta, None
        if self._ring is None:
            self._newest = (seq, event)
            self._payloads.append(payload)
        else:
            body = _encode(event)
            self._ring.append(body, ts_ns=ts_ns)
            self._payloads.append(body if self.delivery is Delivery.LOSSLESS else payload)
        return event

    def entry(self, position: int, event: Envelope | None) -> Entry:
        """
        Where the stream is, as an entry of a journal.

        Args:
            position: The entry's place.
            event: The event that was numbered last; None where numbers were consumed or an epoch was begun since.
        """
        body = None
        if event is not None:
            body = (self._ring.newest if self._ring is not None else None) or _encode(event)
        return Entry(
            position=position,
            topic=self.topic,
            epoch=self.epoch,
            seq=self.seq,
            ts_ns=self.ts_ns,
            body=body,
            is_conflated=self._ring is None,
        )

    def skip(self, count: int) -> None:
        """Consume the numbers of events that were lost before they could be published: the hole tells the truth."""
        self._move_to(self.seq + count)

    def begin(self, epoch: str) -> None:
        """Forget everything: continuity was lost, and the next event is the first of a new epoch."""
        self.epoch = epoch
        self._meta = None
        self._restored = None
        self._newest = None
        self._payloads.clear()
        self._move_to(0)

    def release(self) -> None:
        """Let go of what is kept for those who resume: the stream ends."""
        self._move_to(self.seq)

    def restore(self, entry: Entry) -> None:
        """
        Take one entry of the stream's journal in, oldest first.

        What had a quality is stale in a snapshot, until an event says otherwise: nobody has vouched for it since.
        """
        if entry.epoch != self.epoch:
            self.begin(entry.epoch)
        if entry.body is None:
            self._move_to(entry.seq)
            return
        if entry.seq != self.seq + 1:
            self._move_to(entry.seq - 1)
        self.seq, self.ts_ns, self._meta, self._restored = entry.seq, entry.ts_ns, None, entry.body
        self._payloads.append(entry.body)
        if self._ring is None:
            self._newest = (entry.seq, decoded(entry.body))
        else:
            self._ring.append(entry.body, ts_ns=entry.ts_ns)

    def _move_to(self, seq: int) -> None:
        self.seq = seq
        if self._ring is not None:
            self._ring.clear(seq)

    @property
    def last(self) -> Payload | None:
        """The payload of the newest event."""
        return _payload(self._payloads[-1]) if self._payloads else None

    @property
    def payloads(self) -> tuple[Payload, ...]:
        """What is kept, oldest first."""
        return tuple(_payload(kept) for kept in self._payloads)

    def since(self, epoch: str, seq: int, *, now_ns: int) -> list[Envelope] | None:
        """
        The events that one has missed who has all up to a number of an epoch: a conflated stream's newest only.

        Args:
            epoch: The epoch that the number is of.
            seq: The newest number that is known.
            now_ns: Now, on the topic's own clock.

        Returns:
            The events, oldest first; None where they cannot all be told.
        """
        if epoch != self.epoch or seq > self.seq:
            return None
        if self._ring is None:
            return [self._newest[1]] if self._newest is not None and self._newest[0] > seq else []
        bodies = self._ring.after(seq, now_ns=now_ns)
        return None if bodies is None else [decoded(body) for body in bodies]

    def snapshot(self, *, now_ns: int, state: Payload | None = None) -> Envelope:
        """
        The whole state as of `seq`: an envelope with the topic's `delivery`, and the state's age in `meta`.

        Args:
            now_ns: Now, on the topic's own clock.
            state: What its owner says the state is; None where the events themselves are it.
        """
        age_ms = max(0, now_ns - self.ts_ns) // NS_PER_MS
        event = envelope(
            EventType.SNAPSHOT,
            epoch=self.epoch,
            seq=self.seq,
            ts_ns=self.ts_ns if self._payloads else now_ns,
            payload=self._state() if state is None else state,
            meta={**self._told_meta(), "age_ms": age_ms} if self._payloads else None,
        )
        event["delivery"] = self.delivery.value
        return event

    def _state(self) -> Payload:
        if self.delivery is Delivery.CONFLATED or not self._payloads:
            return self.last or {}
        payloads = self.payloads
        state: Payload = {key: payloads[-1][key] for key in ("instrument", "venue") if key in payloads[-1]}
        state[self.content] = list(payloads)
        return state

    def _told_meta(self) -> Meta:
        if self._restored is None:
            return self._meta or {}
        meta = cast("Meta", decoded(self._restored).get("meta") or {})
        return {**meta, "quality": Quality.STALE.value} if "quality" in meta else meta


class Streams:
    """
    All streams that one process owns.

    Sans-I/O. A stream comes into being with its first event, or when its owner opens it for a snapshot, so that the
    set is as bounded as what the owner publishes.

    Attributes:
        journal: Where their events are written before they are published; None where none of it outlives the process.
    """

    def __init__(
        self, new_epoch: Callable[[], str], journal: Journal | None = None, limits: RingLimits | None = None
    ) -> None:
        """
        Begin without any.

        Args:
            new_epoch: Makes an opaque name that no earlier epoch had.
            journal: Where their events are written; None where none of it outlives the process.
            limits: How much is kept for those who resume.
        """
        self.journal = journal
        self._new_epoch = new_epoch
        self._budget = RingBudget(limits or RingLimits())
        self._streams: dict[str, Stream] = {}

    def begin_epoch(self, topics: Callable[[str], bool]) -> list[Stream]:
        """Start all streams anew whose topic is chosen, as their continuity was lost, and return them."""
        begun = [stream for stream in self._streams.values() if topics(stream.topic)]
        for stream in begun:
            stream.begin(self._new_epoch())
        return begun

    def forget(self, topics: Callable[[str], bool]) -> None:
        """Let the streams go whose topic is chosen; one that has an event again begins anew, with a new epoch."""
        for topic in [topic for topic in self._streams if topics(topic)]:
            self._streams.pop(topic).release()
        self._budget.delist_empty()

    def restore(self, entry: Entry) -> bool:
        """Take one entry of a journal in, oldest first; False where the contract has its topic no more."""
        if family_of(entry.topic) is None:
            return False
        self.open(entry.topic).restore(entry)
        return True

    def get(self, topic: str) -> Stream | None:
        """The stream of a topic that has had an event."""
        return self._streams.get(topic)

    def rows(self, prefix: str) -> list[dict[str, object]]:
        """The streams below a prefix of whole components, as `stream.list` tells them; an empty prefix is all."""
        head = prefix.rstrip(".")
        return [
            {"topic": one.topic, "delivery": one.delivery.value, "epoch": one.epoch, "seq": one.seq}
            for one in self._streams.values()
            if not head or one.topic == head or one.topic.startswith(f"{head}.")
        ]

    def open(self, topic: str) -> Stream:
        """
        The stream of a topic, made where it has none: its first event then continues what a snapshot told before it.

        Raises:
            UnknownTopic: The contract has no such topic.
        """
        stream = self._streams.get(topic)
        if stream is None:
            family = family_of(topic)
            if family is None:
                raise UnknownTopic(f"there is no topic {topic}")
            content = family.name.rpartition(".")[2]
            stream = Stream(topic, family.delivery, self._new_epoch(), content, self._budget)
            self._streams[topic] = stream
        return stream
