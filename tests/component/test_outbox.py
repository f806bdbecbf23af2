"""One connection's sending half, and the turn that flushes it, over a transport that the test stops and moves."""

from collections.abc import Callable

import attrs
import pytest
from twisted.internet.task import Clock

from components.contract.envelope import NS_PER_S
from components.contract.topics import Delivery
from router.events import Event, Publication
from router.fanout import Receivers, fan_out
from router.figures import Figures
from router.outbox import PASS_BIT, Outbox
from router.serializers import WEBSOCKET_WIRES
from router.turn import MAX_TURN_BYTES, SLICE_NS, Turn
from router.waiting_room import CONTROL_BYTES, LOSSLESS_EVENTS
from tests.support.memory_transport import MemoryTransport
from tests.support.turning_clock import TurningClock

WIRE = WEBSOCKET_WIRES["json"]
EVERYTHING = sum(PASS_BIT.values())


@attrs.define
class Bench:
    """
    Connections that keep up or do not, as the test says.

    Attributes:
        clock: Runs the turns.
        figures: What they count.
        extra_ns: How much the clock that tells the time is ahead of the one that runs the turns.
    """

    clock: Clock = attrs.field(factory=TurningClock)
    figures: Figures = attrs.field(factory=Figures)
    extra_ns: int = 0
    overflows: int = 0
    _seq: int = 0
    turn: Turn = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Make the turn."""
        self.turn = Turn(self.clock, self.figures, self.now_ns)

    def now_ns(self) -> int:
        """The time."""
        return round(self.clock.seconds() * NS_PER_S) + self.extra_ns

    def connect(self) -> tuple[Outbox, MemoryTransport]:
        """A connection."""
        transport = MemoryTransport(self.clock, None)
        outbox = Outbox(transport, self.turn, self.overflow)
        outbox.wire = WIRE
        return outbox, transport

    def overflow(self) -> None:
        """Count one more."""
        self.overflows += 1

    def publish(self, delivery: Delivery, *outboxes: Outbox, topic: str = "topic", size: int = 0) -> bytes:
        """Hand an event to connections, and return the frame that they are to get."""
        self._seq += 1
        publication = Publication(
            topic, self._seq, ["x" * size], None, delivery=delivery, family=topic, published_ns=self.now_ns()
        )
        receivers = Receivers()
        receivers.outboxes[WIRE] = dict(enumerate(outboxes))
        event = Event(publication, 1, names_topic=False)
        fan_out(event, receivers, self.turn)
        return event.frame(WIRE)

    def turns(self) -> None:
        """Let what is due now be done."""
        self.clock.pump([0] * 5)


@pytest.fixture
def bench() -> Bench:
    """Connections with a clock of their own."""
    return Bench()


def test_what_comes_in_a_turn_leaves_together_at_its_end(bench: Bench) -> None:
    """Answers and events of all classes keep their order for a connection that keeps up."""
    outbox, transport = bench.connect()
    outbox.send(b"first")
    frames = [bench.publish(delivery, outbox) for delivery in Delivery for _ in range(3)]
    outbox.send(b"last")
    assert not transport.unsent

    bench.turns()

    assert transport.sent == b"".join([b"first", *frames, b"last"])


def test_pings_and_closes_go_behind_what_came_before_them(bench: Bench) -> None:
    """What is written at once overtakes nothing of the same turn."""
    outbox, transport = bench.connect()
    outbox.send(b"answer ")
    outbox.write(b"ping ")
    outbox.send(b"answer")
    outbox.close()
    outbox.write(b" close")

    bench.turns()

    assert transport.sent == b"answer ping answer close"


def test_nothing_goes_out_after_the_end(bench: Bench) -> None:
    """A connection that is closed takes no answer, no event and no pace, and keeps none of them."""
    outbox, transport = bench.connect()
    outbox.close()

    outbox.send(b"answer")
    outbox.set_pace(None, background=False)
    for delivery in Delivery:
        bench.publish(delivery, outbox)
    bench.turns()

    assert not transport.sent
    assert not outbox.turn
    assert outbox.room is None
    assert outbox.passes == 0
    assert not bench.clock.getDelayedCalls()


def test_the_end_of_a_connection_ends_its_wake_ups(bench: Bench) -> None:
    """What waits for its time when the transport goes is forgotten, with the time."""
    outbox, _ = bench.connect()
    outbox.set_pace(1, background=False)
    for _ in range(2):
        bench.publish(Delivery.CONFLATED, outbox)
        bench.turns()
    assert bench.clock.getDelayedCalls()

    outbox.stopProducing()

    assert not bench.clock.getDelayedCalls()
    assert outbox.room is None


def stop(outbox: Outbox, transport: MemoryTransport, bench: Bench) -> None:
    """Let the peer stop reading, and the connection learn of it."""
    transport.peer_reads = False
    outbox.send(b"stop ")
    bench.turns()
    assert outbox.passes == 0


def test_a_burst_is_not_slowness(bench: Bench) -> None:
    """Everything of one turn goes to a connection that keeps up, however much it is."""
    outbox, transport = bench.connect()
    frames = [bench.publish(Delivery.CONFLATED, outbox) for _ in range(3000)]
    bench.turns()

    assert transport.sent == b"".join(frames)


def test_lanes_form_while_the_transport_is_paused(bench: Bench) -> None:
    """Control first, then every lossless event and the newest conflated one; then everything goes straight again."""
    outbox, transport = bench.connect()
    stop(outbox, transport, bench)
    conflated = [bench.publish(Delivery.CONFLATED, outbox) for _ in range(3)]
    lossless = [bench.publish(Delivery.LOSSLESS, outbox) for _ in range(3)]
    outbox.send(b"answer ")
    assert outbox.figures(bench.now_ns()).waiting == {"control": 1, "lossless": 3, "gapped": 0, "conflated": 1}

    transport.read()
    bench.turns()

    assert transport.sent == b"".join([b"stop answer ", *lossless, conflated[-1]])
    assert outbox.passes == EVERYTHING
    assert outbox.is_drained


def test_what_came_before_a_pause_goes_before_what_came_in_it(bench: Bench) -> None:
    """A transport may pause between an event and the end of its turn, and go on before that."""
    outbox, transport = bench.connect()
    before = bench.publish(Delivery.LOSSLESS, outbox)
    outbox.pauseProducing()
    after = bench.publish(Delivery.LOSSLESS, outbox)
    outbox.resumeProducing()

    bench.turns()

    assert transport.sent == before + after


def test_pauses_and_resumes_out_of_turn_do_nothing(bench: Bench) -> None:
    """A transport that was paused by others before resumes whoever it has now."""
    outbox, transport = bench.connect()
    outbox.resumeProducing()
    assert outbox.passes == EVERYTHING

    outbox.pauseProducing()
    outbox.pauseProducing()
    outbox.resumeProducing()
    frame = bench.publish(Delivery.CONFLATED, outbox)
    outbox.close()
    outbox.resumeProducing()
    bench.turns()

    assert transport.sent == frame
    assert outbox.passes == 0


@pytest.mark.parametrize("count", [LOSSLESS_EVENTS, LOSSLESS_EVENTS + 1])
def test_too_many_lossless_events_are_the_end(bench: Bench, count: int) -> None:
    """The first that has no room ends the connection; whoever keeps up gets all."""
    stuck, transport = bench.connect()
    other, other_transport = bench.connect()
    stop(stuck, transport, bench)

    frames = [bench.publish(Delivery.LOSSLESS, stuck, other) for _ in range(count)]
    bench.turns()

    assert bench.overflows == max(count - LOSSLESS_EVENTS, 0)
    assert other_transport.sent == b"".join(frames)


def test_too_many_answers_are_the_end(bench: Bench) -> None:
    """A client that asks and does not read is not waited for."""
    outbox, transport = bench.connect()
    stop(outbox, transport, bench)

    outbox.send(bytes(CONTROL_BYTES))
    assert bench.overflows == 0
    outbox.send(b"x")

    assert bench.overflows == 1


def test_a_pace_thins_a_topic_out(bench: Bench) -> None:
    """Of ten events in a second the first goes at once, and the last when the second is over."""
    outbox, transport = bench.connect()
    outbox.set_pace(1, background=False)
    frames = []
    for _ in range(10):
        frames.append(bench.publish(Delivery.CONFLATED, outbox))
        bench.clock.advance(0.09)
    assert transport.sent == frames[0]

    bench.clock.pump([0.05] * 8)

    assert transport.sent == frames[0] + frames[-1]
    assert outbox.figures(bench.now_ns()).conflated == 8


def test_the_end_of_a_pace_is_felt_at_once(bench: Bench) -> None:
    """What waits for its time goes when the client asks for everything again, and so does all that comes."""
    outbox, transport = bench.connect()
    outbox.set_pace(0.1, background=True)
    kinds = (Delivery.CONFLATED, Delivery.CONFLATED, Delivery.GAPPED, Delivery.GAPPED)
    frames = [bench.publish(kind, outbox, topic=kind) for kind in kinds]
    bench.turns()
    assert transport.sent == frames[1]
    frames.append(bench.publish(Delivery.CONFLATED, outbox, topic="conflated"))
    bench.turns()
    assert transport.sent == frames[1]

    outbox.set_pace(None, background=False)
    bench.turns()

    assert transport.sent == frames[1] + frames[4] + frames[3]
    assert outbox.passes == EVERYTHING


def test_a_slow_connection_is_slowed_down_and_recovers(bench: Bench) -> None:
    """After a second in which it took nothing it gets 20 events a second and topic; after five good ones, all."""
    outbox, transport = bench.connect()
    stop(outbox, transport, bench)
    bench.publish(Delivery.CONFLATED, outbox)
    bench.clock.advance(1)
    transport.read()
    bench.turns()
    assert outbox.figures(bench.now_ns()).max_hz == 20

    bench.publish(Delivery.CONFLATED, outbox)
    bench.turns()
    assert outbox.figures(bench.now_ns()).waiting["conflated"] == 1

    bench.clock.pump([0.06, 0, 5])
    last = [bench.publish(Delivery.CONFLATED, outbox) for _ in range(2)]
    bench.turns()
    last += [bench.publish(Delivery.CONFLATED, outbox) for _ in range(2)]
    bench.turns()

    assert outbox.figures(bench.now_ns()).max_hz is None
    assert transport.sent.endswith(b"".join(last[1:]))
    assert outbox.passes == EVERYTHING


def test_a_look_at_the_figures_lets_no_time_pass(bench: Bench) -> None:
    """However often a stuck connection is looked at, it does not recover meanwhile."""
    outbox, transport = bench.connect()
    for _ in range(2):
        stop(outbox, transport, bench)
        bench.publish(Delivery.CONFLATED, outbox)
        bench.clock.advance(60)
        paces_hz = [outbox.figures(bench.now_ns()).max_hz]
        transport.read()
        bench.turns()
        paces_hz.append(outbox.figures(bench.now_ns()).max_hz)

    assert paces_hz == [20, 10]


def test_the_figures_tell_how_a_connection_gets_along(bench: Bench) -> None:
    """Age of the oldest event, what waits, and what went out."""
    outbox, transport = bench.connect()
    stop(outbox, transport, bench)
    frames = [bench.publish(Delivery.LOSSLESS, outbox) for _ in range(2)]
    bench.clock.advance(1.5)
    figures = outbox.figures(bench.now_ns())
    assert (figures.lag_ms, figures.waiting_bytes) == (1500, sum(map(len, frames)))
    assert (figures.sent_messages, figures.sent_bytes) == (1, 5)

    transport.read()
    bench.turns()

    figures = outbox.figures(bench.now_ns())
    assert (figures.lag_ms, figures.waiting_bytes) == (0, 0)
    assert (figures.sent_messages, figures.sent_bytes) == (3, len(transport.sent))


def test_each_delivery_is_counted_once(bench: Bench) -> None:
    """An event that waits is delivered when it goes, and not when it comes."""
    stuck, transport = bench.connect()
    other, _ = bench.connect()
    stop(stuck, transport, bench)
    bench.publish(Delivery.LOSSLESS, stuck, other)
    bench.turns()
    assert bench.figures.read().deliveries["topic"].count == 1

    bench.clock.advance(1)
    transport.read()
    bench.turns()

    deliveries = bench.figures.read().deliveries["topic"]
    assert (deliveries.count, deliveries.sum_ns) == (2, NS_PER_S)


def test_what_is_thinned_out_is_counted(bench: Bench) -> None:
    """By class and by what became of it."""
    outbox, transport = bench.connect()
    stop(outbox, transport, bench)
    for delivery in (Delivery.CONFLATED, Delivery.GAPPED):
        for _ in range(66):
            bench.publish(delivery, outbox, topic=delivery)

    assert bench.figures.read().thinned == {("conflated", "conflated"): 65, ("gapped", "dropped"): 2}


def test_a_subscription_takes_what_waits_along(bench: Bench) -> None:
    """What has no subscriber any more does not go out, and one to whom nothing happened has nothing to forget."""
    outbox, transport = bench.connect()
    outbox.discard(1)
    stop(outbox, transport, bench)
    for delivery in Delivery:
        bench.publish(delivery, outbox, topic=delivery)

    outbox.discard(1)
    transport.read()
    bench.turns()

    assert transport.sent == b"stop "


class Publisher:
    """A publisher's transport, which can be told to read no more."""

    is_read = True

    def pauseProducing(self) -> None:
        self.is_read = False

    def resumeProducing(self) -> None:
        self.is_read = True


def test_who_publishes_much_is_not_read_until_it_is_out(bench: Bench) -> None:
    """What a connection is handed at once is bounded; who publishes less, or to those who are held anyway, is read."""
    outbox, _ = bench.connect()
    publisher = Publisher()
    bench.publish(Delivery.LOSSLESS, outbox, size=MAX_TURN_BYTES // 2)
    bench.turn.hold_back(publisher)
    assert publisher.is_read

    bench.publish(Delivery.LOSSLESS, outbox, size=MAX_TURN_BYTES)
    bench.turn.hold_back(publisher)
    bench.turn.hold_back(publisher)
    assert not publisher.is_read

    bench.turns()
    assert publisher.is_read

    outbox.pauseProducing()
    bench.publish(Delivery.CONFLATED, outbox, size=2 * MAX_TURN_BYTES)
    bench.turn.hold_back(publisher)
    assert publisher.is_read


@attrs.define
class Slow:
    """Something to flush that takes its time, or fails."""

    name: int
    flushed: list[int]
    work: Callable[[], object]

    def flush(self) -> None:
        """Be flushed."""
        self.flushed.append(self.name)
        self.work()


def test_a_long_turn_lets_the_reactor_read_in_between(bench: Bench) -> None:
    """However many connections there are, and whoever comes meanwhile, a turn ends after its slice, in order."""
    flushed: list[int] = []

    def work() -> None:
        bench.extra_ns += SLICE_NS // 50
        if len(flushed) <= 300:
            bench.turn.touch(Slow(1000 + len(flushed), flushed, lambda: None))

    for name in range(300):
        bench.turn.touch(Slow(name, flushed, work))

    slices = []
    while bench.clock.getDelayedCalls():
        before = len(flushed)
        assert len(bench.clock.getDelayedCalls()) == 1
        bench.clock.advance(0)
        slices.append(len(flushed) - before)

    assert flushed[:300] == list(range(300))
    assert len(flushed) == 600
    assert slices[0] < 100


def test_one_that_fails_stops_nobody(bench: Bench) -> None:
    """A connection that cannot be flushed costs the others of the turn nothing, nor the turns that follow."""
    flushed: list[int] = []

    def fail() -> None:
        raise MemoryError

    bench.turn.touch(Slow(1, flushed, fail))
    bench.turn.touch(Slow(2, flushed, lambda: None))
    with pytest.raises(MemoryError):
        bench.turns()
    bench.turns()
    bench.turn.touch(Slow(3, flushed, lambda: None))
    bench.turns()

    assert flushed == [1, 2, 3]


def test_a_pace_does_not_slow_gapped_topics_down(bench: Bench) -> None:
    """They go straight, whatever the pace of the conflated ones, but in background."""
    outbox, transport = bench.connect()
    outbox.set_pace(1, background=False)
    bench.turns()

    frame = bench.publish(Delivery.GAPPED, outbox)

    assert outbox.turn == [frame]
    outbox.set_pace(1, background=True)
    bench.turns()
    bench.publish(Delivery.GAPPED, outbox)
    assert outbox.turn == []
    assert transport.sent == frame
