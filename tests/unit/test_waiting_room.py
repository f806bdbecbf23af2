"""The waiting room's table, line by line; its model has the mixtures."""

import pytest

from components.contract.envelope import NS_PER_S
from components.contract.topics import Delivery
from router.book_changes import BookChanges
from router.events import Event, Publication
from router.fate import Fate
from router.pace import Pace
from router.serializers import WEBSOCKET_WIRES
from router.waiting_room import (
    CONTROL_BYTES,
    GAPPED_EVENTS,
    GAPPED_EVENTS_A_TOPIC,
    LOSSLESS_BYTES,
    LOSSLESS_EVENTS,
    WaitingRoom,
)
from tests.support.book_events import book_event, delta, snapshot

NOW_NS = 100 * NS_PER_S
EVERYTHING_BYTES = 1 << 24
WIRE = WEBSOCKET_WIRES["json"]


@pytest.fixture
def pace() -> Pace:
    """The connection's pace, which holds nothing at first."""
    return Pace()


@pytest.fixture
def room(pace: Pace) -> WaitingRoom:
    """A room in which nothing waits."""
    return WaitingRoom(WIRE, pace)


def event(
    delivery: Delivery, topic: str = "a", *, seq: int = 1, subscription_id: int = 1, size: int = 0, at_ns: int = 0
) -> Event:
    """An event of a class."""
    publication = Publication(topic, seq, ["x" * size], None, delivery=delivery, family=topic, published_ns=at_ns)
    return Event(publication, subscription_id, names_topic=False)


def taken(room: WaitingRoom, *, now_ns: int = NOW_NS, max_bytes: int = EVERYTHING_BYTES) -> list[tuple[str, int]]:
    """Topic and number of the events that go now."""
    _, events = room.take(now_ns=now_ns, max_bytes=max_bytes)
    return [(one.publication.topic, one.publication.publication_id) for one in events]


def test_nothing_waits_at_first(room: WaitingRoom) -> None:
    """An empty room says so, and gives nothing."""
    assert room.is_empty
    assert room.take(now_ns=NOW_NS, max_bytes=EVERYTHING_BYTES) == ([], [])
    assert (room.oldest_ns(), room.next_due_ns(now_ns=NOW_NS), room.weight_bytes()) == (None, None, 0)


def test_control_goes_before_everything(room: WaitingRoom) -> None:
    """An answer that comes last goes first."""
    waiting = event(Delivery.LOSSLESS)
    room.offer(waiting)
    room.offer_control(b"first")
    room.offer_control(b"second")
    assert room.control_bytes == len(b"firstsecond")

    frames, events = room.take(now_ns=NOW_NS, max_bytes=EVERYTHING_BYTES)

    assert frames == [b"first", b"second", waiting.frame(WIRE)]
    assert events == [waiting]


def test_no_event_overtakes_control_that_does_not_fit(room: WaitingRoom) -> None:
    """What is left of a chunk is not for events while an answer waits."""
    room.offer(event(Delivery.LOSSLESS))
    room.offer(event(Delivery.CONFLATED, "b"))
    room.offer_control(bytes(600))
    room.offer_control(bytes(600))

    first, _ = room.take(now_ns=NOW_NS, max_bytes=1000)
    second, _ = room.take(now_ns=NOW_NS, max_bytes=1000)

    assert first == [bytes(600)]
    assert len(second) == 3


def test_control_is_bounded(room: WaitingRoom) -> None:
    """One byte more than a mebibyte of answers is refused, and what waited before waits on."""
    assert room.offer_control(bytes(CONTROL_BYTES))
    assert not room.offer_control(b"x")
    assert room.waiting()["control"] == 1

    room.take(now_ns=NOW_NS, max_bytes=1)

    assert room.offer_control(b"x")


def test_lossless_events_are_one_queue(room: WaitingRoom) -> None:
    """Events of several lossless topics keep their order among each other."""
    for seq, topic in enumerate("abba"):
        room.offer(event(Delivery.LOSSLESS, topic, seq=seq))

    assert taken(room) == [("a", 0), ("b", 1), ("b", 2), ("a", 3)]


def test_lossless_events_are_bounded_in_number(room: WaitingRoom) -> None:
    """One more than a thousand is refused, and none of the thousand is lost."""
    fates = [room.offer(event(Delivery.LOSSLESS, seq=seq)) for seq in range(LOSSLESS_EVENTS + 1)]

    assert fates == [Fate.WAITS] * LOSSLESS_EVENTS + [Fate.REFUSED]
    assert taken(room) == [("a", seq) for seq in range(LOSSLESS_EVENTS)]


def test_lossless_events_are_bounded_in_bytes(room: WaitingRoom) -> None:
    """What would be more than a mebibyte is refused."""
    large = event(Delivery.LOSSLESS, size=LOSSLESS_BYTES // 2)

    assert room.offer(large) is Fate.WAITS
    assert room.offer(large) is Fate.REFUSED
    assert room.weight_bytes() == len(large.frame(WIRE))


@pytest.mark.parametrize(("background", "kept"), [(False, GAPPED_EVENTS_A_TOPIC), (True, 1)])
def test_of_a_gapped_topic_the_last_events_wait(
    room: WaitingRoom,
    pace: Pace,
    background: bool,  # noqa: FBT001 - a parameter
    kept: int,
) -> None:
    """The oldest of the topic goes, and in background all but the newest."""
    pace.ask(None, background=background)
    fates = [room.offer(event(Delivery.GAPPED, seq=seq)) for seq in range(GAPPED_EVENTS_A_TOPIC + 5)]
    pace.ask(None, background=False)

    dropped = len(fates) - kept
    assert fates == [Fate.WAITS] * kept + [Fate.DROPPED] * dropped
    assert room.dropped == dropped
    assert taken(room) == [("a", seq) for seq in range(dropped, len(fates))]


def fill(room: WaitingRoom) -> int:
    """Let as many gapped events wait as may, and give the number of topics that they are of."""
    topics = GAPPED_EVENTS // GAPPED_EVENTS_A_TOPIC
    for topic in range(topics):
        for seq in range(GAPPED_EVENTS_A_TOPIC):
            room.offer(event(Delivery.GAPPED, f"t{topic}", seq=seq))
    return topics


def test_a_topic_of_many_makes_room_for_itself(room: WaitingRoom) -> None:
    """At the bound of all gapped topics together, a topic that has events waiting loses its own oldest."""
    topics = fill(room)
    room.offer(event(Delivery.GAPPED, "new", seq=1))

    assert room.offer(event(Delivery.GAPPED, "new", seq=2)) is Fate.DROPPED
    assert room.waiting()["gapped"] == GAPPED_EVENTS
    numbers = [seq for topic, seq in taken(room) if topic == f"t{topics - 1}"]
    assert numbers == list(range(GAPPED_EVENTS_A_TOPIC))


def test_a_new_topic_takes_no_other_topics_newest(room: WaitingRoom) -> None:
    """However many gapped topics come, each topic's newest event waits while others have older ones."""
    topics = fill(room)

    for number in range(200):
        room.offer(event(Delivery.GAPPED, f"new{number}"))

    last = dict(taken(room))
    assert len(last) == topics + 200
    assert all(last[f"t{number}"] == GAPPED_EVENTS_A_TOPIC - 1 for number in range(topics))
    assert room.waiting()["gapped"] == 0


def test_of_too_many_topics_the_first_goes(room: WaitingRoom) -> None:
    """Where only newest events wait, the one that waits longest makes room, and its lane is gone."""
    for number in range(GAPPED_EVENTS + 2):
        room.offer(event(Delivery.GAPPED, f"t{number}"))

    assert room.dropped == 2
    assert [topic for topic, _ in taken(room)] == [f"t{number}" for number in range(2, GAPPED_EVENTS + 2)]


def test_the_newest_takes_the_older_ones_place(room: WaitingRoom) -> None:
    """A conflated event goes where the one that it replaces would have gone."""
    for seq, topic in enumerate("abcb"):
        room.offer(event(Delivery.CONFLATED, topic, seq=seq))

    assert room.conflated == 1
    assert taken(room) == [("a", 0), ("b", 3), ("c", 2)]


def test_subscriptions_wait_apart(room: WaitingRoom) -> None:
    """A topic that comes by two subscriptions is conflated in each of them."""
    for seq in (1, 2):
        for subscription_id in (1, 2):
            room.offer(event(Delivery.CONFLATED, seq=seq, subscription_id=subscription_id))

    _, events = room.take(now_ns=NOW_NS, max_bytes=EVERYTHING_BYTES)

    assert [(one.subscription_id, one.publication.publication_id) for one in events] == [(1, 2), (2, 2)]


@pytest.mark.parametrize("delivery", [Delivery.GAPPED, Delivery.CONFLATED])
def test_neither_kind_of_event_starves_the_other(room: WaitingRoom, delivery: Delivery) -> None:
    """Of a chunk half is for lossless events at the most while others wait."""
    for seq in range(20):
        room.offer(event(Delivery.LOSSLESS, "lossless", seq=seq, size=100))
        room.offer(event(delivery, f"thin{seq}", size=100))

    topics = [topic for topic, _ in taken(room, max_bytes=2000)]

    assert 5 <= topics.count("lossless") <= 10
    assert 5 <= len(topics) - topics.count("lossless") <= 10


@pytest.mark.parametrize("delivery", list(Delivery))
def test_an_event_of_any_size_goes(room: WaitingRoom, delivery: Delivery) -> None:
    """What fits into no chunk goes alone."""
    room.offer(event(delivery, size=5000))
    room.offer(event(delivery, seq=2, topic="b", size=5000))

    assert [taken(room, max_bytes=1000) for _ in range(3)] == [[("a", 1)], [("b", 2)], []]


def test_a_part_of_a_ring_goes(room: WaitingRoom) -> None:
    """What is left of a gapped topic is the first to go next, in its order."""
    for seq in range(6):
        room.offer(event(Delivery.GAPPED, "ab"[seq // 4], seq=seq, size=400))

    assert taken(room, max_bytes=1000) == [("a", 0), ("a", 1)]
    assert taken(room) == [("a", 2), ("a", 3), ("b", 4), ("b", 5)]


def test_a_pace_holds_conflated_topics(room: WaitingRoom, pace: Pace) -> None:
    """An event that comes too early goes when it is due, and is looked for not long after."""
    pace.ask(1, background=False)
    room.offer(event(Delivery.CONFLATED))
    assert taken(room)

    held = event(Delivery.CONFLATED, seq=2)
    room.offer(held)

    due_ns = NOW_NS + NS_PER_S
    assert room.due_ns(held, now_ns=due_ns) == due_ns
    assert room.due_ns(held, now_ns=NOW_NS) == due_ns + pace.grain_ns(now_ns=NOW_NS)
    assert room.next_due_ns(now_ns=NOW_NS) == due_ns + pace.grain_ns(now_ns=NOW_NS)
    assert not taken(room, now_ns=due_ns - 1)
    assert taken(room, now_ns=due_ns) == [("a", 2)]


def test_a_pace_holds_nothing_else(room: WaitingRoom, pace: Pace) -> None:
    """Answers, lossless and gapped events go whatever the pace."""
    pace.ask(0.1, background=False)
    for seq in (1, 2):
        room.offer_control(b"answer")
        for delivery in (Delivery.LOSSLESS, Delivery.GAPPED):
            assert room.due_ns(event(delivery), now_ns=NOW_NS) == 0
            room.offer(event(delivery, delivery.value, seq=seq))
        frames, _ = room.take(now_ns=NOW_NS, max_bytes=EVERYTHING_BYTES)
        assert len(frames) == 3


def test_background_holds_gapped_topics(room: WaitingRoom, pace: Pace) -> None:
    """They wait for no time but for the client, and nothing else waits with them."""
    pace.ask(None, background=True)
    for delivery in Delivery:
        room.offer(event(delivery, delivery.value))

    assert room.due_ns(event(Delivery.GAPPED), now_ns=NOW_NS) is None
    assert taken(room) == [("lossless", 1), ("conflated", 1)]
    assert not room.is_empty
    assert room.next_due_ns(now_ns=NOW_NS) is None

    pace.ask(None, background=False)

    assert taken(room) == [("gapped", 1)]


def test_what_waits_for_a_subscription_ends_with_it(room: WaitingRoom) -> None:
    """Another subscription's events, and the answers, wait on."""
    room.offer_control(b"answer")
    for delivery in Delivery:
        for subscription_id in (1, 2):
            room.offer(event(delivery, delivery.value, subscription_id=subscription_id))

    room.discard(1)

    assert room.waiting() == {"control": 1, "lossless": 1, "gapped": 1, "conflated": 1}
    _, events = room.take(now_ns=NOW_NS, max_bytes=EVERYTHING_BYTES)
    assert {one.subscription_id for one in events} == {2}
    assert room.is_empty
    assert room.weight_bytes() == 0


def test_the_oldest_event_tells_the_lag(room: WaitingRoom) -> None:
    """The time of the oldest event of all lanes counts, and of a conflated topic that of its newest."""
    for at_ns, delivery in ((30, Delivery.LOSSLESS), (20, Delivery.GAPPED), (10, Delivery.CONFLATED)):
        room.offer(event(delivery, delivery.value, at_ns=at_ns))
    assert room.oldest_ns() == 10

    room.offer(event(Delivery.CONFLATED, "conflated", seq=2, at_ns=40))

    assert room.oldest_ns() == 20


def test_the_newest_prices_do_not_wait_for_older_events(room: WaitingRoom) -> None:
    """Whoever comes back has each conflated topic's newest event in the first 64 KiB, however much else waits."""
    for seq in range(1, LOSSLESS_EVENTS + 1):
        room.offer(event(Delivery.LOSSLESS, "orders", seq=seq, size=500))
    for topic in range(20):
        for seq in range(1, GAPPED_EVENTS_A_TOPIC + 1):
            room.offer(event(Delivery.GAPPED, f"trades.{topic}", seq=seq, size=500))
        room.offer(event(Delivery.CONFLATED, f"price.{topic}", seq=7, size=100))

    first = taken(room, max_bytes=65_536)

    assert {(f"price.{topic}", 7) for topic in range(20)} <= set(first)
    assert {topic.split(".")[0] for topic, _ in first} == {"orders", "price", "trades"}


def test_a_message_longer_than_the_bound_waits_alone(room: WaitingRoom) -> None:
    """An answer or an event of more than 1 MiB ends no connection that has nothing else to wait for."""
    assert room.offer_control(bytes(CONTROL_BYTES + 1))
    assert not room.offer_control(b"one more")
    assert room.offer(event(Delivery.LOSSLESS, size=LOSSLESS_BYTES + 1)) is Fate.WAITS
    assert room.offer(event(Delivery.LOSSLESS, seq=2)) is Fate.REFUSED


def test_changes_of_a_book_wait_as_one(room: WaitingRoom) -> None:
    """However many come, one event waits, as old as the first, and what it takes the place of is counted."""
    changes = BookChanges(max_levels=50)
    for seq in range(1, 101):
        room.offer(book_event(changes, delta(seq, bids={str(seq % 50): str(seq)}), at_ns=seq))
    assert (room.waiting()["gapped"], room.oldest_ns(), room.holds_gapped, room.is_empty) == (1, 1, True, False)

    weight_bytes = room.weight_bytes()
    frames, (merged,) = room.take(now_ns=NOW_NS, max_bytes=EVERYTHING_BYTES)

    assert weight_bytes == sum(map(len, frames))
    assert (merged.publication.kwargs or {})["first_seq"] == 1
    assert (room.conflated, room.dropped, room.is_empty, room.holds_gapped) == (99, 0, True, False)


def test_a_book_that_changed_too_much_is_a_loss(room: WaitingRoom) -> None:
    """The waiting event goes, and is counted; the newest one waits."""
    changes = BookChanges(max_levels=1)

    fates = [room.offer(book_event(changes, delta(seq, bids={str(seq): "1"}))) for seq in (1, 2)]

    assert fates == [Fate.WAITS, Fate.DROPPED]
    assert (room.conflated, room.dropped, room.waiting()["gapped"]) == (0, 1, 1)
    assert taken(room) == [("tapecast.book.sim.BTCUSDT", 2)]


def test_a_snapshot_replaces_what_waits_of_a_book(room: WaitingRoom) -> None:
    """It counts as conflated, and goes alone where no more fits; then the changes since."""
    changes = BookChanges()
    for one in (delta(7), snapshot(1, epoch="f"), delta(2, epoch="f"), delta(3, epoch="f")):
        room.offer(book_event(changes, one))

    assert (room.conflated, room.dropped, room.waiting()["gapped"]) == (2, 0, 2)
    assert [taken(room, max_bytes=1) for _ in range(3)] == [
        [("tapecast.book.sim.BTCUSDT", 1)],
        [("tapecast.book.sim.BTCUSDT", 3)],
        [],
    ]


def test_background_merges_the_changes_of_a_book(room: WaitingRoom, pace: Pace) -> None:
    """Nothing of it goes until the client comes back, and then it has missed nothing."""
    changes = BookChanges()
    pace.ask(None, background=True)
    for seq in (1, 2, 3):
        room.offer(book_event(changes, delta(seq, bids={str(seq): "1"})))
    assert taken(room) == []

    pace.ask(None, background=False)
    _, (merged,) = room.take(now_ns=NOW_NS, max_bytes=EVERYTHING_BYTES)

    assert (merged.publication.kwargs or {})["payload"]["bids"] == [["1", "1"], ["2", "1"], ["3", "1"]]


def test_a_book_ends_with_its_subscription(room: WaitingRoom) -> None:
    """Another subscription's changes wait on."""
    changes = BookChanges()
    for subscription_id in (1, 2):
        room.offer(book_event(changes, delta(1), subscription_id=subscription_id))

    room.discard(1)

    _, events = room.take(now_ns=NOW_NS, max_bytes=EVERYTHING_BYTES)
    assert [one.subscription_id for one in events] == [2]


def test_books_and_trades_share_what_is_left(room: WaitingRoom) -> None:
    """A queue of trades lets books pass, and many books let trades pass."""
    for topic in range(20):
        room.offer(event(Delivery.GAPPED, f"trades {topic}", size=100))
        changes = BookChanges()
        book = book_event(changes, delta(1, bids={"1": "1"}))
        book.key = (1, f"book {topic}")
        room.offer(book)

    _, events = room.take(now_ns=NOW_NS, max_bytes=2000)

    assert {one.publication.changes is None for one in events} == {True, False}
