"""The Python client over sessions that come and go, with the gateway at the seam of the WAMP messages."""

from typing import Any

import pytest
from autobahn.wamp import message
from tapecast_client.errors import (
    ConnectionLost,
    NotConnected,
    SubscriptionLimit,
    UnknownInstrument,
)
from tapecast_client.events import ContinuityLost, Event, Refused

from tests.support.client_driver import ANNOUNCEMENTS, ClientUnderTest, envelope, ignore, snapshot

TOPIC = "tapecast.status.BTCUSDT"
GET, RESUME, LIST = "tapecast.stream.get", "tapecast.stream.resume", "tapecast.stream.list"


@pytest.fixture
def under_test() -> ClientUnderTest:
    """An anonymous client that has begun to connect."""
    return ClientUnderTest.start()


def seqs(events: list[Any]) -> list[int]:
    return [event.seq for event in events]


def follow(under_test: ClientUnderTest, events: list[Any], topic: str = TOPIC, **options: Any) -> Any:
    """Follow a topic, on a session, up to its state at 5."""
    follower = under_test.client.subscribe(topic, events.append, **options)
    gateway = under_test.join()
    gateway.grant(7)
    gateway.answer(GET, snapshot(5))
    return follower


def test_a_topic_is_followed_from_its_state_on(under_test: ClientUnderTest) -> None:
    """What was asked for before there was a connection begins with the state, and goes on with events."""
    events: list[Event] = []
    follow(under_test, events)

    under_test.gateway.publish(7, envelope(6))

    assert seqs(events) == [5, 6]
    assert [event.is_state for event in events] == [True, False]
    assert events[1].topic == TOPIC


def test_a_topic_resumes_in_the_next_session(under_test: ClientUnderTest) -> None:
    """It is subscribed to anew, and what came meanwhile is delivered before what comes now."""
    events: list[Event] = []
    follow(under_test, events)
    under_test.gateway.cut()

    gateway = under_test.reconnect()
    gateway.grant(8)
    gateway.publish(8, envelope(8))
    call = gateway.answer(RESUME, {"recovered": True, "events": [envelope(6), envelope(7), envelope(8)]})
    gateway.publish(8, envelope(9))

    assert call.kwargs == {"topic": TOPIC, "epoch": "a", "seq": 5}
    assert seqs(events) == [5, 6, 7, 8, 9]


def test_lost_continuity_is_told(under_test: ClientUnderTest) -> None:
    """Where events are gone for good, the user gets the news, then the state."""
    events: list[Event] = []
    losses: list[ContinuityLost] = []
    follow(under_test, events, on_loss=losses.append)
    under_test.gateway.cut()

    gateway = under_test.reconnect()
    gateway.grant(7)
    gateway.answer(RESUME, {"recovered": False, "snapshot": snapshot(2, "b")})

    assert losses == [ContinuityLost(topic=TOPIC, epoch="a", seq=5, new_epoch="b", new_seq=2)]
    assert (events[-1].epoch, events[-1].seq) == ("b", 2)


def test_lost_continuity_that_nobody_takes_is_in_the_log(under_test: ClientUnderTest) -> None:
    """It cannot be missed by saying nothing."""
    follow(under_test, [])
    under_test.gateway.cut()

    gateway = under_test.reconnect()
    gateway.grant(7)
    gateway.answer(RESUME, {"recovered": False, "snapshot": snapshot(2, "b")})

    assert [what for what, _ in under_test.driver.reports] == ["events are missing"]


def test_an_owner_that_is_away_is_asked_again(under_test: ClientUnderTest) -> None:
    """After a second the question is repeated, without the user's doing."""
    events: list[Event] = []
    under_test.client.subscribe(TOPIC, events.append)
    gateway = under_test.join()
    gateway.grant(7)
    gateway.refuse(gateway.take_call(GET), "unavailable", retry=True)

    under_test.driver.clock.advance(1)
    gateway.answer(GET, snapshot(5))

    assert seqs(events) == [5]


def test_an_answer_that_cannot_be_read_is_asked_for_again(under_test: ClientUnderTest) -> None:
    """It is reported, and counts as a fault of the gateway."""
    events: list[Event] = []
    under_test.client.subscribe(TOPIC, events.append)
    gateway = under_test.join()
    gateway.grant(7)
    clock = under_test.driver.clock

    for wait_s, answer in ((1, "nonsense"), (2, {"seq": 1}), (4, {**snapshot(5), "delivery": "slow"})):
        gateway.answer(GET, answer)
        clock.advance(wait_s)
    gateway.answer(GET, snapshot(5))
    under_test.gateway.cut()
    gateway = under_test.reconnect()
    gateway.grant(7)
    gateway.answer(RESUME, {"recovered": True, "events": "none"})

    assert seqs(events) == [5]
    assert len(under_test.driver.reports) == 4


def test_an_event_that_cannot_be_read_is_skipped(under_test: ClientUnderTest) -> None:
    """It is reported; the step that it leaves is repaired when the next one comes."""
    events: list[Event] = []
    follow(under_test, events)

    under_test.gateway.publish(7, {"type": "delta"})
    under_test.gateway.publish(7, envelope(7))
    under_test.gateway.answer(RESUME, {"recovered": True, "events": [envelope(6), envelope(7)]})

    assert seqs(events) == [5, 6, 7]
    assert len(under_test.driver.reports) == 1


def test_a_callback_that_fails_stops_nothing(under_test: ClientUnderTest) -> None:
    """It is reported, and the next event comes all the same."""
    seen: list[int] = []

    def fail(news: Any) -> None:
        if isinstance(news, Event):
            seen.append(news.seq)
        raise LookupError

    under_test.client.on_connection_change(fail)
    under_test.client.subscribe(TOPIC, fail)
    gateway = under_test.join()
    gateway.grant(7)
    gateway.answer(GET, snapshot(5))
    gateway.publish(7, envelope(6))

    assert seen == [5, 6]
    assert {what for what, _ in under_test.driver.reports} == {"a callback failed"}


def test_a_refused_subscription_is_told_and_tried_by_the_next_session(under_test: ClientUnderTest) -> None:
    """The user learns why; another session may have another role."""
    events: list[Event] = []
    refusals: list[Refused] = []
    under_test.client.subscribe(TOPIC, events.append, on_refused=refusals.append)
    under_test.client.subscribe("tapecast.risk.alerts", events.append)
    gateway = under_test.join()

    gateway.refuse(gateway.take(message.Subscribe), "subscription_limit")
    gateway.refuse(gateway.take(message.Subscribe), "not_authorized")
    gateway.cut()
    gateway = under_test.reconnect()

    assert [(refused.uri, type(refused.error)) for refused in refusals] == [(TOPIC, SubscriptionLimit)]
    assert [what for what, _ in under_test.driver.reports] == ["a subscription was refused"]
    assert gateway.take(message.Subscribe).topic == TOPIC


@pytest.mark.parametrize(("details", "wait_s"), [({"retry_after_ms": 9000}, 9), ({"retry_after_ms": None}, 2)])
def test_a_subscription_that_came_too_soon_is_tried_later(
    under_test: ClientUnderTest, details: dict[str, Any], wait_s: int
) -> None:
    """As soon as the gateway said, or after a while."""
    under_test.client.subscribe(TOPIC, ignore)
    gateway = under_test.join()
    gateway.refuse(gateway.take(message.Subscribe), "rate_limited", retry=True, **details)

    under_test.wait(wait_s - 1)
    assert not any(isinstance(sent, message.Subscribe) for sent in gateway.sent)
    under_test.wait(1)

    assert gateway.take(message.Subscribe).topic == TOPIC


def test_a_topic_whose_state_is_refused_is_told(under_test: ClientUnderTest) -> None:
    """Subscribing to it was granted, and yet it cannot be read."""
    refusals: list[Refused] = []
    under_test.client.subscribe(TOPIC, ignore, on_refused=refusals.append)
    gateway = under_test.join()
    gateway.grant(7)

    gateway.refuse(gateway.take_call(GET), "unknown_topic")

    assert [refused.error.code for refused in refusals] == ["unknown_topic"]


def test_a_subscription_that_the_gateway_ends_is_asked_for_again(under_test: ClientUnderTest) -> None:
    """Whatever the reason, the answer says whether we may still read."""
    events: list[Event] = []
    follow(under_test, events)
    gateway = under_test.gateway

    gateway.receive(message.Unsubscribed(0, subscription=7))
    gateway.publish(7, envelope(6))
    under_test.driver.clock.advance(2)
    gateway.grant(9)
    gateway.answer(RESUME, {"recovered": True, "events": [envelope(6)]})

    assert seqs(events) == [5, 6]


def test_two_followers_share_a_subscription(under_test: ClientUnderTest) -> None:
    """Each has its own place in the stream; the gateway is asked once, and told when the last one goes."""
    first: list[Event] = []
    second: list[Event] = []
    one = follow(under_test, first)
    gateway = under_test.gateway

    other = under_test.client.subscribe(TOPIC, second.append)
    gateway.answer(GET, snapshot(5))
    gateway.publish(7, envelope(6))
    under_test.client.unsubscribe(one)
    gateway.publish(7, envelope(7))
    assert not any(isinstance(sent, message.Unsubscribe) for sent in gateway.sent)
    under_test.client.unsubscribe(other)
    gateway.publish(7, envelope(8))

    assert (seqs(first), seqs(second)) == ([5, 6], [5, 6, 7])
    assert gateway.take(message.Unsubscribe).subscription == 7


def test_who_follows_what_the_client_follows_takes_nothing_from_it(under_test: ClientUnderTest) -> None:
    """The gateway has one subscription for both: announcements are heeded all the same, also when the user leaves."""
    events: list[Event] = []
    follower = under_test.client.subscribe("tapecast.system.announcements", events.append)
    gateway = under_test.join()
    gateway.grant(ANNOUNCEMENTS)
    gateway.answer(GET, snapshot(5))
    gateway.publish(ANNOUNCEMENTS, envelope(6, payload={"retry_after_ms": 4000}))
    gateway.cut()
    announced = under_test.changes[-1].retry_in_s
    gateway = under_test.reconnect()
    gateway.grant(ANNOUNCEMENTS)

    under_test.client.unsubscribe(follower)
    gateway.publish(ANNOUNCEMENTS, envelope(7, payload={"retry_after_ms": 5000}))
    gateway.cut()

    assert seqs(events) == [5, 6]
    assert (announced, under_test.changes[-1].retry_in_s) == (4, 5)
    assert not any(isinstance(sent, message.Unsubscribe) for sent in gateway.sent)


def test_a_prefix_is_the_same_with_its_last_dot(under_test: ClientUnderTest) -> None:
    """The gateway has one subscription for both spellings, and so have we: who leaves takes nothing from the other."""
    events: list[Event] = []
    under_test.client.subscribe("tapecast.trades", events.append, match="prefix")
    follower = under_test.client.subscribe("tapecast.trades.", ignore, match="prefix")
    gateway = under_test.join()
    gateway.grant(7)

    under_test.client.unsubscribe(follower)
    gateway.publish(7, envelope(1), topic="tapecast.trades.sim.X")
    gateway.answer(LIST, [])
    gateway.answer(GET, snapshot(1, delivery="gapped"))

    assert seqs(events) == [1]
    assert not any(isinstance(sent, message.Subscribe | message.Unsubscribe) for sent in gateway.sent)


@pytest.mark.parametrize("is_granted", [True, False])
def test_nothing_is_kept_of_who_leaves_before_the_answer(under_test: ClientUnderTest, *, is_granted: bool) -> None:
    """Whoever goes through many topics on one session does not fill the memory, nor is anything tried again."""
    gateway = under_test.join()
    under_test.client.unsubscribe(under_test.client.subscribe(TOPIC, ignore))

    if is_granted:
        gateway.grant(7)
    else:
        gateway.refuse(gateway.take(message.Subscribe), "unavailable", retry=True)
    under_test.wait(3)

    assert under_test.client._channels == {}
    assert not any(isinstance(sent, message.Subscribe) for sent in gateway.sent)


def test_who_leaves_before_the_answer_gives_the_subscription_back(under_test: ClientUnderTest) -> None:
    """It was asked for, so it will stand, and nobody wants it."""
    follower = under_test.client.subscribe(TOPIC, ignore)
    gateway = under_test.join()
    under_test.client.unsubscribe(follower)

    gateway.grant(7)

    assert gateway.take(message.Unsubscribe).subscription == 7


def test_who_comes_while_one_leaves_keeps_the_subscription(under_test: ClientUnderTest) -> None:
    """The subscription that was asked for serves the next one."""
    events: list[Event] = []
    follower = under_test.client.subscribe(TOPIC, ignore)
    gateway = under_test.join()
    under_test.client.unsubscribe(follower)
    under_test.client.subscribe(TOPIC, events.append)

    gateway.grant(7)
    gateway.answer(GET, snapshot(5))

    assert seqs(events) == [5]


def test_who_follows_again_after_the_last_one_left_subscribes_anew(under_test: ClientUnderTest) -> None:
    """Nothing of the subscription that was given back is left."""
    events: list[Event] = []
    under_test.client.unsubscribe(follow(under_test, []))
    gateway = under_test.gateway
    gateway.receive(message.Unsubscribed(gateway.take(message.Unsubscribe).request))

    under_test.client.subscribe(TOPIC, events.append)
    gateway.grant(8)
    gateway.answer(GET, snapshot(5))

    assert seqs(events) == [5]


def test_who_left_without_a_connection_is_not_subscribed_for(under_test: ClientUnderTest) -> None:
    """The next session asks for nothing that nobody wants, even where the answer was cut off."""
    asked = under_test.client.subscribe(TOPIC, ignore)
    under_test.join()
    under_test.client.unsubscribe(asked)
    early = under_test.client.subscribe("tapecast.price.X", ignore)
    under_test.gateway.cut()
    under_test.client.unsubscribe(early)
    under_test.client.unsubscribe(early)

    gateway = under_test.reconnect()

    assert not any(isinstance(sent, message.Subscribe) for sent in gateway.sent)


def test_a_callback_can_leave(under_test: ClientUnderTest) -> None:
    """Nothing more is told, even where more has come already."""
    seen: list[int] = []

    def once(event: Event) -> None:
        seen.append(event.seq)
        under_test.client.unsubscribe(follower)

    follower = under_test.client.subscribe(TOPIC, once)
    gateway = under_test.join()
    gateway.grant(7)
    gateway.publish(7, envelope(6))
    gateway.answer(GET, snapshot(5))

    assert seen == [5]


def test_an_answer_after_leaving_is_nothing_to_anybody(under_test: ClientUnderTest) -> None:
    """Questions that are out when one leaves are answered to nobody."""
    events: list[Event] = []
    one = under_test.client.subscribe(TOPIC, events.append)
    many = under_test.client.subscribe("tapecast.trades", events.append, match="prefix")
    gateway = under_test.join()
    gateway.grant(7)
    gateway.grant(8)
    under_test.client.unsubscribe(one)
    under_test.client.unsubscribe(many)

    gateway.answer(GET, snapshot(5))
    gateway.answer(LIST, [{"topic": "tapecast.trades.sim.X"}])

    assert events == []
    assert not any(isinstance(sent, message.Call) for sent in gateway.sent)


def test_a_prefix_has_a_place_in_each_of_its_topics(under_test: ClientUnderTest) -> None:
    """The gateway's list tells which there are, and an event of another one adds it."""
    events: list[Event] = []
    follower = under_test.client.subscribe("tapecast.trades", events.append, match="prefix")
    gateway = under_test.join()
    assert gateway.grant(7).match == "prefix"

    gateway.answer(LIST, [{"topic": "tapecast.trades.sim.A", "seq": 3}, {"topic": 5}, "x"])
    gateway.answer(GET, snapshot(3, delivery="gapped"))
    gateway.publish(7, envelope(1, "b"), topic="tapecast.trades.sim.B")
    assert gateway.answer(GET, snapshot(1, "b", "gapped")).kwargs == {"topic": "tapecast.trades.sim.B"}
    gateway.publish(7, envelope(4), topic="tapecast.trades.sim.A")
    gateway.publish(7, envelope(2, "b"), topic="tapecast.trades.sim.B")

    assert [(event.topic[-1], event.seq) for event in events] == [("A", 3), ("B", 1), ("A", 4), ("B", 2)]
    assert follower.topics == ["tapecast.trades.sim.A", "tapecast.trades.sim.B"]


def test_the_topics_of_a_prefix_resume_each(under_test: ClientUnderTest) -> None:
    """In the next session, those that are known are resumed, and those that came meanwhile begin with their state."""
    under_test.client.subscribe("tapecast.trades", ignore, match="prefix")
    gateway = under_test.join()
    gateway.grant(7)
    gateway.answer(LIST, [{"topic": "tapecast.trades.sim.A"}])
    gateway.answer(GET, snapshot(3, delivery="gapped"))
    gateway.cut()

    gateway = under_test.reconnect()
    gateway.grant(7)
    gateway.answer(LIST, [{"topic": "tapecast.trades.sim.A"}, {"topic": "tapecast.trades.sim.B"}])

    assert gateway.take_call(RESUME).kwargs == {"topic": "tapecast.trades.sim.A", "epoch": "a", "seq": 3}
    assert gateway.take_call(GET).kwargs == {"topic": "tapecast.trades.sim.B"}


@pytest.mark.parametrize(("code", "retry", "count"), [("unavailable", True, 1), ("not_authorized", False, 0)])
def test_a_list_is_asked_for_again_where_that_can_help(
    under_test: ClientUnderTest, code: str, *, retry: bool, count: int
) -> None:
    """Without it, topics come with their events alone."""
    under_test.client.subscribe("tapecast.trades", ignore, match="prefix")
    gateway = under_test.join()
    gateway.grant(7)
    gateway.refuse(gateway.take_call(LIST), code, retry=retry)

    under_test.driver.clock.advance(2)
    if count:
        gateway.answer(LIST, "nonsense")

    assert not any(isinstance(sent, message.Call) for sent in gateway.sent)


def test_no_other_match_is_known(under_test: ClientUnderTest) -> None:
    """A wildcard would need another way to find its topics."""
    with pytest.raises(ValueError, match="wildcard"):
        under_test.client.subscribe("tapecast.trades..X", ignore, match="wildcard")


def test_one_text_is_no_list_of_instruments(under_test: ClientUnderTest) -> None:
    """Its letters would be subscribed to one by one."""
    with pytest.raises(TypeError, match="BTCUSDT"):
        under_test.client.subscribe_prices("BTCUSDT", ignore)


def test_prices_go_to_callbacks_by_instrument(under_test: ClientUnderTest) -> None:
    """Until they are given back: by instrument, by callback, or all."""
    client, seen = under_test.client, list[tuple[str, int]]()

    def first(event: Event) -> None:
        seen.append(("first", event.seq))

    def second(event: Event) -> None:
        seen.append(("second", event.seq))

    client.subscribe_prices(["A", "B"], first)
    client.subscribe_prices(["A"], second)
    gateway = under_test.join()
    assert [gateway.grant(7).topic, gateway.grant(8).topic] == ["tapecast.price.A", "tapecast.price.B"]
    for _ in range(3):
        gateway.answer(GET, snapshot(1, delivery="conflated"))
    assert sorted(seen) == [("first", 1), ("first", 1), ("second", 1)]
    seen.clear()

    client.unsubscribe_prices(["A", "unknown"], first)
    gateway.publish(7, envelope(2))
    gateway.publish(8, envelope(3))
    client.unsubscribe_prices(on_price=first)
    client.unsubscribe_prices()

    assert seen == [("second", 2), ("first", 3)]
    assert {gateway.take(message.Unsubscribe).subscription for _ in range(2)} == {7, 8}


def test_a_book_follows_its_topic(under_test: ClientUnderTest) -> None:
    """It has the state, then every change, and is empty while it is not known what is missing."""
    best: list[Any] = []
    book = under_test.client.follow_book("sim", "X", lambda book: best.append(book.best_bid))
    gateway = under_test.join()
    assert gateway.grant(7).topic == "tapecast.book.sim.X"
    state = {**snapshot(1, delivery="gapped"), "payload": {"bids": [["1", "2"]], "asks": []}}
    gateway.answer(GET, state)
    gateway.publish(7, {**envelope(2), "payload": {"bids": [["3", "4"]]}})
    gateway.publish(7, {**envelope(3), "payload": {"bids": [["x", "4"]]}})
    gateway.publish(7, {**envelope(9), "payload": {"bids": [["3", "4"]]}})
    gateway.answer(GET, {**state, "seq": 9})

    assert best == [(1, 2), (3, 4), None, None, (1, 2)]
    assert (book.venue, book.instrument, book.seq) == ("sim", "X", 9)
    assert [what for what, _ in under_test.driver.reports] == ["the book is empty until its next state"]


def test_a_book_needs_no_callback(under_test: ClientUnderTest) -> None:
    """Whoever wants it looks at it."""
    book = under_test.client.follow_book("sim", "X")
    gateway = under_test.join()
    gateway.grant(7)
    gateway.answer(GET, {**snapshot(1, delivery="gapped"), "payload": {"bids": [["1", "2"]], "asks": []}})
    gateway.publish(7, envelope(9))
    assert book.is_synchronised
    gateway.answer(GET, {**snapshot(9, delivery="gapped"), "payload": {}})

    assert (book.seq, book.best_bid) == (9, None)


def test_a_call_gives_its_value_or_its_error(under_test: ClientUnderTest) -> None:
    """Errors are the contract's, with everything that they tell."""
    answers: list[Any] = []
    gateway = under_test.join()
    under_test.client.ask("tapecast.market.get_price", {"instrument": "X"}, lambda *answer: answers.append(answer))
    under_test.client.ask("tapecast.market.get_price", {}, lambda *answer: answers.append(answer))

    assert gateway.answer("tapecast.market.get_price", {"price": "1"}).kwargs == {"instrument": "X"}
    gateway.refuse(gateway.take_call("tapecast.market.get_price"), "unknown_instrument")

    assert answers[0] == ({"price": "1"}, None)
    assert isinstance(answers[1][1], UnknownInstrument)


def test_a_call_without_a_session_fails_at_once(under_test: ClientUnderTest) -> None:
    """It was never sent, and says so."""
    answers: list[Any] = []

    under_test.client.ask("tapecast.session.ping", {}, lambda *answer: answers.append(answer))

    assert isinstance(answers[0][1], NotConnected)


def test_calls_that_wait_are_rejected_when_the_connection_is_lost(under_test: ClientUnderTest) -> None:
    """Each with an error that says that nobody knows whether it was carried out."""
    answers: list[Any] = []
    gateway = under_test.join()
    for _ in range(2):
        under_test.client.ask("tapecast.orders.place", {}, lambda *answer: answers.append(answer))

    gateway.cut()

    assert [type(error) for _, error in answers] == [ConnectionLost, ConnectionLost]


def test_the_clients_own_calls_keep_within_the_gateways_limits(under_test: ClientUnderTest) -> None:
    """Hundreds of topics ask for their states a few at a time, and none is forgotten."""
    for number in range(100):
        under_test.client.subscribe(f"tapecast.price.I{number}", ignore)
    gateway = under_test.join()
    for number in range(100):
        gateway.grant(number + 10)

    asked = []
    for _ in range(10):
        calls = [sent for sent in gateway.sent if isinstance(sent, message.Call)]
        asked.append(len(calls))
        for _call in calls:
            gateway.answer(GET, snapshot(1, delivery="conflated"))
        under_test.driver.clock.advance(0.5)

    assert asked[0] == 40
    assert sum(asked) == 100
    assert all(asked[number] + asked[number + 1] <= 80 for number in range(9))


def test_calls_wait_for_a_rate_limit_together(under_test: ClientUnderTest) -> None:
    """Where one topic is told to wait, the others do not ask either."""
    for number in range(60):
        under_test.client.subscribe(f"tapecast.price.I{number}", ignore)
    gateway = under_test.join()
    for number in range(60):
        gateway.grant(number + 10)

    gateway.refuse(gateway.take_call(GET), "rate_limited", retry=True, retry_after_ms=30_000)
    for _ in range(39):
        gateway.answer(GET, snapshot(1, delivery="conflated"))
    under_test.wait(29)
    assert not any(isinstance(sent, message.Call) and sent.procedure == GET for sent in gateway.sent)
    under_test.wait(1)

    assert any(isinstance(sent, message.Call) and sent.procedure == GET for sent in gateway.sent)
