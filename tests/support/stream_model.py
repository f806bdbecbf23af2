"""A topic with its owner, a wire that does its worst, and a subscriber who keeps a log: what a client is tried on."""

from collections.abc import Callable
from typing import Any

import attrs
from tapecast_client.errors import NotRecoverable, Unavailable
from tapecast_client.events import ContinuityLost, Delivery, Event
from tapecast_client.order_book import OrderBook
from tapecast_client.topic_stream import Ask, Output, Phase, TopicStream

TOPIC = "tapecast.book.sim.BTCUSDT"
SECOND_NS = 1_000_000_000
PRICES = 5
MAX_TURNS = 500


def make_event(
    epoch: str,
    seq: int,
    levels: dict[str, str],
    *,
    first_seq: int | None = None,
    event_type: str = "delta",
    is_state: bool = False,
) -> Event:
    """An event that sets bids."""
    return Event(
        topic=TOPIC,
        type=event_type,
        epoch=epoch,
        seq=seq,
        first_seq=first_seq or seq,
        ts="2026-01-01T00:00:00.000000Z",
        payload={"bids": [[price, size] for price, size in levels.items()], "asks": []},
        meta={},
        correlation_id=None,
        is_state=is_state,
    )


@attrs.define
class Owner:
    """
    The one who numbers the topic's events.

    Attributes:
        delivery: The topic's class; each event of a conflated one tells everything.
        reach: How many events its journal holds.
    """

    delivery: Delivery
    reach: int
    number: int = 1
    seq: int = 0
    levels: dict[str, str] = attrs.field(factory=dict)
    journal: list[Event] = attrs.field(factory=list)

    @property
    def epoch(self) -> str:
        return f"e{self.number}"

    def begin_epoch(self) -> None:
        self.number += 1
        self.seq = 0
        self.levels = {}
        self.journal = []

    def publish(self, price: int, size: int) -> Event:
        self.seq += 1
        changed = {str(price): str(size)}
        self.levels.update(changed)
        if not size:
            del self.levels[str(price)]
        is_whole = self.seq == 1 or self.delivery is Delivery.CONFLATED
        levels = dict(self.levels) if is_whole else changed
        event_type = "snapshot" if self.seq == 1 else "delta"
        event = make_event(self.epoch, self.seq, levels, event_type=event_type)
        self.journal = [*self.journal, event][-self.reach :]
        return event

    def state(self) -> Event:
        return make_event(self.epoch, self.seq, self.levels, event_type="snapshot", is_state=True)

    def events_behind(self, ask: Ask) -> list[Event] | None:
        """What a resume answers; None where it is all or nothing, and it is nothing."""
        if ask.epoch != self.epoch or self.seq - ask.seq > len(self.journal):
            return None
        behind = [event for event in self.journal if event.seq > ask.seq]
        return behind[-1:] if self.delivery is Delivery.CONFLATED else behind


def merged(first: Event, second: Event) -> Event:
    """Two waiting events of a book as one."""
    levels = dict([*map(tuple, first.payload["bids"]), *map(tuple, second.payload["bids"])])
    return attrs.evolve(make_event(second.epoch, second.seq, levels, first_seq=first.first_seq), type=first.type)


@attrs.define
class Subscriber:
    """
    A stream, and the log of what it delivered; it fails as soon as the log breaks a rule.

    Attributes:
        log: Everything delivered, in order.
    """

    delivery: Delivery
    stream: TopicStream = attrs.field(factory=lambda: TopicStream(TOPIC))
    book: OrderBook = attrs.field(factory=OrderBook)
    log: list[Event | ContinuityLost] = attrs.field(factory=list)
    asks: list[Ask] = attrs.field(factory=list)
    covered: set[tuple[str, int]] = attrs.field(factory=set)
    place: tuple[str, int] | None = None
    was_told: bool = False

    def obey(self, outputs: list[Output]) -> None:
        for output in outputs:
            if isinstance(output, Ask):
                self.asks.append(output)
            elif isinstance(output, Event):
                self._check(output)
                self.log.append(output)
                is_whole = output.is_state or self.delivery is Delivery.CONFLATED
                self.book.apply(attrs.evolve(output, is_state=is_whole))
            else:
                assert isinstance(output, ContinuityLost)
                assert self.delivery is not Delivery.CONFLATED
                # The place in a topic that has had no event yet is told to nobody.
                assert (output.epoch, output.seq) == self.place or (self.place is None and output.seq == 0)
                self.was_told = True
                self.place = output.new_epoch, output.new_seq
                self.log.append(output)
                self.book.lose(output)

    def _check(self, event: Event) -> None:
        key = event.epoch, event.seq
        if event.is_state:
            assert self.place is None or self.was_told or self.delivery is Delivery.CONFLATED
        else:
            assert key not in self.covered, "delivered twice"
            self.covered.add(key)
            if self.place is not None and not self.was_told:
                self._check_step(event)
        if self.was_told:
            assert self.place == key
        self.place, self.was_told = key, False

    def _check_step(self, event: Event) -> None:
        assert self.place is not None
        epoch, seq = self.place
        if self.delivery is Delivery.CONFLATED:
            assert event.epoch != epoch or event.seq > seq
        else:
            assert event.epoch == epoch
            assert event.first_seq <= seq + 1 <= event.seq, "a hole that nobody was told of"


@attrs.define
class Wire:
    """
    Between the two: events in order, an answer that can overtake them, and a hand that cuts, drops and doubles.

    Every method that takes a `choice` reads it modulo what there is to choose from.
    """

    delivery: Delivery
    reach: int
    owner: Owner = attrs.field(init=False)
    subscriber: Subscriber = attrs.field(init=False)
    lane: list[Event] = attrs.field(factory=list)
    sent: list[Event] = attrs.field(factory=list)
    answer: tuple[Ask, Any] | None = None
    now_ns: int = 0
    is_connected: bool = False

    def __attrs_post_init__(self) -> None:
        self.owner = Owner(self.delivery, self.reach)
        self.subscriber = Subscriber(self.delivery)

    def publish(self, choice: int) -> None:
        event = self.owner.publish(choice % PRICES + 1, choice // PRICES % 4)
        if self.is_connected:
            self.lane.append(event)
            self.sent.append(event)

    def begin_epoch(self, _choice: int) -> None:
        self.owner.begin_epoch()

    def deliver(self, _choice: int) -> None:
        if self.lane:
            self._receive(self.lane.pop(0))

    def drop(self, choice: int) -> None:
        if self.lane:
            del self.lane[choice % len(self.lane)]

    def double(self, choice: int) -> None:
        """Let an event come again that went over this connection before the one that comes next."""
        gone = [event for event in self.sent if event not in self.lane]
        if self.is_connected and gone:
            self._receive(gone[choice % len(gone)])

    def merge(self, _choice: int) -> None:
        if self.delivery is Delivery.GAPPED and len(self.lane) > 1:
            first, second = self.lane[:2]
            if first.epoch == second.epoch and first.seq + 1 == second.first_seq:
                self.lane[:2] = [merged(first, second)]
                self.sent.append(self.lane[0])

    def compute(self, _choice: int) -> None:
        """The owner answers the last question."""
        if self.is_connected and self.subscriber.asks and self.answer is None:
            ask = self.subscriber.asks[-1]
            self.subscriber.asks.clear()
            events = self.owner.events_behind(ask) if ask.is_resume else None
            self.answer = ask, events if events is not None else self.owner.state()

    def arrive(self, _choice: int) -> None:
        """The answer comes, perhaps before events that were sent before it."""
        if self.answer is not None:
            (ask, result), self.answer = self.answer, None
            stream = self.subscriber.stream
            if isinstance(result, list):
                self.subscriber.obey(stream.answer_events(ask, result, now_ns=self.now_ns))
            else:
                self.subscriber.obey(stream.answer_state(ask, result, self.delivery, now_ns=self.now_ns))

    def refuse(self, choice: int) -> None:
        if self.is_connected and self.subscriber.asks:
            ask = self.subscriber.asks.pop()
            uri = "tapecast.error.unavailable"
            error: Any = Unavailable(uri, message="", retry=True, details={})
            if choice % 2 and ask.is_resume:
                error = NotRecoverable(uri, message="", retry=False, details={})
            self.subscriber.obey(self.subscriber.stream.fail(ask, error, now_ns=self.now_ns))

    def wait(self, choice: int) -> None:
        self.now_ns += choice % 40 * SECOND_NS // 2
        self.subscriber.obey(self.subscriber.stream.wake(now_ns=self.now_ns))

    def cut(self, _choice: int) -> None:
        self.is_connected = False
        self.answer = None
        self.lane.clear()
        self.sent.clear()
        self.subscriber.asks.clear()
        self.subscriber.stream.lose()

    def connect(self, _choice: int) -> None:
        if not self.is_connected:
            self.is_connected = True
            self.subscriber.obey(self.subscriber.stream.begin())

    def settle(self) -> None:
        """From now on nothing is lost: let everything arrive, and one event more that shows what is missing."""
        self.connect(0)
        for _ in range(3):
            self.publish(7)
            for _ in range(MAX_TURNS):
                self.arrive(0)
                self.compute(0)
                self.deliver(0)
                self.wait(20)
                if not self.lane and self.subscriber.stream.phase is Phase.LIVE:
                    break
        assert not self.lane
        assert self.subscriber.stream.phase is Phase.LIVE

    def _receive(self, event: Event) -> None:
        self.subscriber.obey(self.subscriber.stream.receive(event, now_ns=self.now_ns))


Step = Callable[[Wire, int], None]

STEPS: tuple[Step, ...] = (
    Wire.publish,
    Wire.deliver,
    Wire.compute,
    Wire.arrive,
    Wire.drop,
    Wire.double,
    Wire.merge,
    Wire.cut,
    Wire.connect,
    Wire.begin_epoch,
    Wire.refuse,
    Wire.wait,
)
"""Everything that can happen."""
