"""Numbers for events: every topic is a stream with an epoch, a seq and a snapshot."""

import collections
from collections.abc import Callable, Iterator

import attrs

from components.contract.envelope import NS_PER_MS, Envelope, EventType, Meta, Payload, envelope
from components.contract.topics import Delivery, family_of
from components.model.errors import UnknownTopic

HISTORY_LENGTH = 100
"""How many events the snapshot of a topic that is not conflated holds."""


@attrs.define
class Stream:
    """
    One topic's numbers, and what a newcomer must know of it.

    Sans-I/O. A conflated stream keeps its last payload; any other keeps its last `HISTORY_LENGTH` payloads.

    Attributes:
        content: What its events are called together, such as `trades`: the snapshot lists them under this name.
    """

    topic: str
    delivery: Delivery
    epoch: str
    content: str
    seq: int = 0
    ts_ns: int = 0
    _meta: Meta | None = None
    _payloads: collections.deque[Payload] = attrs.field(init=False)

    @_payloads.default
    def _keep(self) -> collections.deque[Payload]:
        return collections.deque(maxlen=1 if self.delivery is Delivery.CONFLATED else HISTORY_LENGTH)

    def append(self, payload: Payload, *, ts_ns: int, meta: Meta | None) -> Envelope:
        """Number one event, keep it for the snapshot, and return it as clients get it."""
        self.seq += 1
        self.ts_ns = ts_ns
        self._meta = meta
        event_type = EventType.DELTA if self._payloads else EventType.SNAPSHOT
        self._payloads.append(payload)
        return envelope(event_type, epoch=self.epoch, seq=self.seq, ts_ns=ts_ns, payload=payload, meta=meta)

    def skip(self, count: int) -> None:
        """Consume the numbers of events that were lost before they could be published: the hole tells the truth."""
        self.seq += count

    def begin(self, epoch: str) -> None:
        """Forget everything: continuity was lost, and the next event is the first of a new epoch."""
        self.epoch = epoch
        self.seq = 0
        self._meta = None
        self._payloads.clear()

    @property
    def last(self) -> Payload | None:
        """The payload of the newest event."""
        return self._payloads[-1] if self._payloads else None

    @property
    def payloads(self) -> tuple[Payload, ...]:
        """What is kept, oldest first."""
        return tuple(self._payloads)

    def snapshot(self, *, now_ns: int) -> Envelope:
        """The whole state as of `seq`: an envelope with the topic's `delivery`, and the state's age in `meta`."""
        age_ms = max(0, now_ns - self.ts_ns) // NS_PER_MS
        event = envelope(
            EventType.SNAPSHOT,
            epoch=self.epoch,
            seq=self.seq,
            ts_ns=self.ts_ns if self._payloads else now_ns,
            payload=self._state(),
            meta={**(self._meta or {}), "age_ms": age_ms} if self._payloads else None,
        )
        event["delivery"] = self.delivery.value
        return event

    def _state(self) -> Payload:
        if self.delivery is Delivery.CONFLATED or not self._payloads:
            return self.last or {}
        newest = self._payloads[-1]
        state: Payload = {key: newest[key] for key in ("instrument", "venue") if key in newest}
        state[self.content] = list(self._payloads)
        return state


@attrs.define
class Streams:
    """
    All streams that one process owns.

    Sans-I/O. A stream comes into being with its first event, or when its owner opens it for a snapshot, so that the
    set is as bounded as what the owner publishes.

    Attributes:
        new_epoch: Makes an opaque name that no earlier epoch had.
    """

    new_epoch: Callable[[], str]
    _streams: dict[str, Stream] = attrs.field(factory=dict, init=False)

    def append(self, topic: str, payload: Payload, *, ts_ns: int, meta: Meta | None = None) -> Envelope:
        """
        Number one event of a topic.

        Raises:
            UnknownTopic: The contract has no such topic.
        """
        return self.open(topic).append(payload, ts_ns=ts_ns, meta=meta)

    def skip(self, topic: str, count: int) -> None:
        """
        Consume numbers for events that were lost before they were published.

        Raises:
            UnknownTopic: The contract has no such topic.
        """
        self.open(topic).skip(count)

    def begin_epoch(self, topics: Callable[[str], bool] = lambda _topic: True) -> None:
        """Start anew all streams whose topic is chosen: their continuity was lost."""
        for stream in self._streams.values():
            if topics(stream.topic):
                stream.begin(self.new_epoch())

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

    def __iter__(self) -> Iterator[Stream]:
        return iter(self._streams.values())

    def __len__(self) -> int:
        return len(self._streams)

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
            stream = Stream(topic=topic, delivery=family.delivery, epoch=self.new_epoch(), content=content)
            self._streams[topic] = stream
        return stream
