"""The live market in the trading process: what is followed, what is told, and what becomes of it when it breaks."""

from decimal import Decimal
from typing import Any

import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from twisted.internet.defer import Deferred, ensureDeferred

from components.model.errors import Unavailable, UnknownInstrument
from components.trading.markets_component import (
    KEPT_S,
    LIST_INTERVAL_S,
    LONGEST_SILENCE_S,
    UNKNOWN_INTERVAL_S,
    WATCH_INTERVAL_S,
)
from tests.support.market_owner import (
    BOOK,
    GET,
    LIST,
    PRICE,
    PROBE,
    STATUS,
    WALL_NS,
    MarketSight,
    book_payload,
    price_payload,
    row,
)

TOPICS = {STATUS, PRICE, BOOK}


@pytest.fixture
def sight() -> MarketSight:
    """Markets that have begun, with one instrument that has a price and a book."""
    return made_sight()


def made_sight(**other: Any) -> MarketSight:
    """The same, with other settings."""
    made = MarketSight(**other)
    made.owner.publish(STATUS, {"state": "live"})
    made.owner.publish(PRICE, price_payload("100"))
    made.owner.publish(BOOK, book_payload({"99": "1"}, {"101": "2"}))
    made.markets.start()
    return made


async def ensured() -> MarketSight:
    """Markets that follow the instrument, of which nothing is left to be told."""
    made = made_sight()
    await made.markets.ensure("BTCUSDT")
    made.take()
    return made


# What is told


@pytest_twisted.ensureDeferred
async def test_what_is_ensured_is_told_whole_and_then_by_its_changes(sight: MarketSight) -> None:
    """The state of price and book comes before `ensure` is done, and every event after it."""
    rules = await sight.markets.ensure("BTC/USDT")

    assert (rules.instrument_id, rules.venue, str(rules.lot_size)) == ("BTCUSDT", "sim", "0.001")
    assert sight.take() == ["mark BTCUSDT 100", "book BTCUSDT 1@99 | 2@101"]
    mark = sight.markets.mark("BTCUSDT")
    assert mark is not None
    assert (mark.price, mark.ts_ns) == (Decimal(100), WALL_NS - 250_000_000)

    sight.owner.publish(BOOK, book_payload({}, {"101": "0"}))
    sight.owner.publish(PRICE, price_payload("101"))

    assert sight.take() == ["change BTCUSDT - | 0@101", "mark BTCUSDT 101"]
    assert set(sight.owner.session.subscribed) == TOPICS
    assert sight.markets.followed == {"BTCUSDT"}


@pytest_twisted.ensureDeferred
async def test_what_is_ensured_again_is_asked_for_once(sight: MarketSight) -> None:
    """Everything is there already."""
    await sight.markets.ensure("BTCUSDT")
    await sight.markets.ensure("BTC/USDT")

    assert [sight.owner.asked(topic) for topic in sorted(TOPICS)] == [1, 1, 1]


def test_what_comes_while_the_state_is_asked_for_follows_it(sight: MarketSight) -> None:
    """Nothing is told before, nothing is missing, and nothing comes twice."""
    answers: dict[str, Deferred[Any]] = {topic: Deferred() for topic in TOPICS}
    sight.owner.session.results[GET] = lambda topic: answers[topic]
    ensuring = ensureDeferred(sight.markets.ensure("BTCUSDT"))
    sight.owner.publish(BOOK, book_payload({"98": "1"}, {}))
    state = sight.owner.state(BOOK)
    sight.owner.publish(BOOK, book_payload({"97": "1"}, {}))
    assert (sight.take(), ensuring.called) == ([], False)

    answers[BOOK].callback(state)

    assert sight.take() == ["book BTCUSDT 1@99 | 2@101", "change BTCUSDT 1@97 | -"]
    for topic in (STATUS, PRICE):
        answers[topic].callback(sight.owner.state(topic))
    assert ensuring.called


@pytest_twisted.ensureDeferred
async def test_merged_changes_follow_where_the_first_of_them_does() -> None:
    """The router makes one of those that wait."""
    sight = await ensured()

    sight.owner.publish(BOOK, book_payload({"98": "4"}, {}), count=3)

    assert sight.take() == ["change BTCUSDT 4@98 | -"]


@pytest_twisted.ensureDeferred
async def test_a_book_that_begins_anew_is_told_whole() -> None:
    """The first event of an epoch is the whole book; nobody has to be asked."""
    sight = await ensured()

    sight.owner.publish(BOOK, book_payload({"90": "1"}, {}), epoch="e2")

    assert sight.take() == ["book BTCUSDT 1@90 | -"]
    assert sight.owner.asked(BOOK) == 1


@pytest_twisted.ensureDeferred
async def test_what_has_not_happened_yet_is_not_told() -> None:
    """Without a price there is no mark, and a book that is out of step is none."""
    sight = MarketSight()
    sight.markets.start()

    await sight.markets.ensure("BTCUSDT")

    assert sight.take() == []
    assert sight.markets.mark("BTCUSDT") is None
    sight.owner.publish(BOOK, book_payload({"99": "1"}, {}))
    sight.owner.publish(PRICE, price_payload("100"))
    assert sight.take() == ["book BTCUSDT 1@99 | -", "mark BTCUSDT 100"]


# What is lost


@pytest_twisted.ensureDeferred
async def test_after_a_gap_the_book_is_lost_until_the_next_state() -> None:
    """At once where it is the first one; a second apart after that."""
    sight = await ensured()
    sight.advance(1)
    sight.owner.stream(BOOK).seq += 1
    sight.owner.publish(BOOK, book_payload({"98": "1"}, {}))

    assert sight.take() == ["lost BTCUSDT", "book BTCUSDT 1@99 | 2@101"]
    assert sight.owner.asked(BOOK) == 2

    sight.owner.stream(BOOK).seq += 1
    sight.owner.publish(BOOK, book_payload({"97": "1"}, {}))
    assert (sight.take(), sight.owner.asked(BOOK)) == (["lost BTCUSDT"], 2)
    sight.advance(1)
    assert (sight.take(), sight.owner.asked(BOOK)) == (["book BTCUSDT 1@99 | 2@101"], 3)


@pytest_twisted.ensureDeferred
async def test_a_book_that_cannot_be_read_is_lost() -> None:
    """What came before it can be wrong too."""
    sight = await ensured()
    sight.owner.publish(BOOK, book_payload({"x": "1"}, {}))
    assert sight.take() == ["lost BTCUSDT"]

    sight.advance(2)

    assert sight.take() == ["book BTCUSDT 1@99 | 2@101"]


@pytest_twisted.ensureDeferred
async def test_a_state_that_cannot_be_read_is_asked_for_again(sight: MarketSight) -> None:
    """Later and later."""
    sight.owner.stream(BOOK).state = book_payload({"99": "-1"}, {})
    await sight.markets.ensure("BTCUSDT")
    assert sight.take() == ["mark BTCUSDT 100", "lost BTCUSDT"]
    sight.owner.stream(BOOK).state = book_payload({"99": "1"}, {})

    sight.advance(1.1)

    assert sight.take() == ["book BTCUSDT 1@99 | -"]


@pytest_twisted.ensureDeferred
async def test_a_state_that_is_not_to_be_had_is_asked_for_again_with_jitter() -> None:
    """Waits double, and chance shortens them."""
    sight = made_sight(chance=lambda: 0.5)
    sight.owner.failures.add(BOOK)
    await sight.markets.ensure("BTCUSDT")
    counts = []

    for wait_s in (1.375, 0.125, 2.375, 0.125, 4.375, 0.125):
        sight.advance(wait_s)
        counts.append(sight.owner.asked(BOOK))

    assert counts == [1, 2, 2, 3, 3, 4]
    sight.owner.failures.clear()
    sight.advance(16)
    assert sight.take() == ["mark BTCUSDT 100", "book BTCUSDT 1@99 | 2@101"]


@pytest_twisted.ensureDeferred
async def test_a_subscription_that_is_refused_is_asked_for_again(sight: MarketSight) -> None:
    """It is the first step of each attempt."""
    sight.owner.session.held_subscriptions[BOOK] = Deferred()
    ensuring = ensureDeferred(sight.markets.ensure("BTCUSDT"))
    sight.owner.session.held_subscriptions.pop(BOOK).errback(ApplicationError("tapecast.error.internal"))
    await ensuring

    sight.advance(1.1)

    assert sight.take() == ["mark BTCUSDT 100", "book BTCUSDT 1@99 | 2@101"]


# What is doubtful


@pytest_twisted.ensureDeferred
async def test_a_stale_price_is_told_as_one_and_the_book_is_compared() -> None:
    """A book that is in step with its venue stays."""
    sight = await ensured()

    sight.owner.publish(PRICE, price_payload("100"), quality="stale")

    assert sight.take() == ["mark BTCUSDT 100 stale"]
    assert sight.owner.asked(BOOK) == 2


@pytest_twisted.ensureDeferred
async def test_a_source_that_is_gone_makes_its_price_stale() -> None:
    """There is no price event then: the status tells it, and the book that is gone with it is lost."""
    sight = await ensured()
    sight.owner.stream(BOOK).state = {}

    sight.owner.publish(STATUS, {"state": "suspect"}, quality="stale")

    assert sight.take() == ["mark BTCUSDT 100 stale", "lost BTCUSDT"]
    sight.owner.publish(PRICE, price_payload("99"))
    assert sight.take() == ["mark BTCUSDT 99"]


@pytest_twisted.ensureDeferred
async def test_a_status_that_is_not_stale_says_nothing_of_the_price() -> None:
    """The price's own events do."""
    sight = await ensured()

    sight.owner.publish(STATUS, {"state": "failed_over"}, quality="degraded")

    assert sight.take() == []


@pytest_twisted.ensureDeferred
async def test_a_book_that_cannot_be_compared_is_lost() -> None:
    """It is asked for again as any other."""
    sight = await ensured()
    sight.owner.failures.add(BOOK)
    sight.owner.publish(PRICE, price_payload("100"), quality="stale")
    assert sight.take() == ["mark BTCUSDT 100 stale", "lost BTCUSDT"]
    sight.owner.failures.clear()

    sight.advance(2)

    assert sight.take() == ["book BTCUSDT 1@99 | 2@101"]


# While the market is away


@pytest_twisted.ensureDeferred
async def test_while_the_market_is_away_prices_are_stale_and_books_lost() -> None:
    """Nobody is asked for states meanwhile, and all of them are once it is back."""
    sight = await ensured()
    sight.owner.is_away = True
    sight.advance(1.1)
    assert sight.take() == ["mark BTCUSDT 100 stale", "lost BTCUSDT"]
    asked = {topic: sight.owner.asked(topic) for topic in TOPICS}
    sight.advance(60)
    assert {topic: sight.owner.asked(topic) for topic in TOPICS} == asked
    sight.owner.is_away = False

    sight.advance(2.1)

    assert sight.take() == ["mark BTCUSDT 100", "book BTCUSDT 1@99 | 2@101"]


@pytest_twisted.ensureDeferred
async def test_a_market_that_does_not_answer_is_away() -> None:
    """It may hang without being gone."""
    sight = await ensured()
    answer: Deferred[Any] = Deferred()
    sight.owner.session.results[PROBE] = lambda **_: answer
    sight.advance(WATCH_INTERVAL_S + LONGEST_SILENCE_S - 0.125)
    assert sight.take() == []
    sight.advance(0.125)
    assert sight.take() == ["mark BTCUSDT 100 stale", "lost BTCUSDT"]

    answer.callback([])

    sight.advance(1)
    assert sight.take() == ["mark BTCUSDT 100", "book BTCUSDT 1@99 | 2@101"]


@pytest_twisted.ensureDeferred
async def test_an_answer_of_before_the_market_went_does_not_count() -> None:
    """It is asked again when that is back."""
    sight = await ensured()
    answer: Deferred[Any] = Deferred()
    sight.advance(1)
    sight.owner.session.results[GET] = lambda **_: answer
    sight.owner.stream(BOOK).seq += 1
    sight.owner.publish(BOOK, book_payload({"98": "1"}, {}))
    before = sight.owner.state(BOOK)
    sight.owner.is_away = True
    sight.advance(1.1)
    sight.take()

    answer.callback(before)

    assert sight.take() == []


@pytest_twisted.ensureDeferred
async def test_what_is_ensured_while_the_market_is_away_comes_when_it_is_back(sight: MarketSight) -> None:
    """Nobody waits for it: an order can rest without a book."""
    sight.owner.is_away = True
    sight.advance(1.1)
    await sight.markets.ensure("BTCUSDT")
    assert sight.owner.asked(BOOK) == 0
    sight.owner.is_away = False

    sight.advance(1.1)

    assert sight.take() == ["mark BTCUSDT 100", "book BTCUSDT 1@99 | 2@101"]


@pytest_twisted.ensureDeferred
async def test_an_event_says_that_its_topic_is_there(sight: MarketSight) -> None:
    """A market that came back can be heard before it is known to be."""
    sight = await ensured()
    sight.owner.is_away = True
    sight.advance(1.1)
    sight.take()

    sight.owner.publish(BOOK, book_payload({"95": "1"}, {}), epoch="e2")
    sight.owner.publish(PRICE, price_payload("97"), epoch="e2")

    assert sight.take() == ["book BTCUSDT 1@95 | -", "mark BTCUSDT 97"]


# Which instruments there are


@pytest_twisted.ensureDeferred
async def test_an_unknown_name_has_the_list_asked_for_again_but_seldom(sight: MarketSight) -> None:
    """Whoever names what does not exist costs one list in five seconds."""
    sight.advance(UNKNOWN_INTERVAL_S)
    sight.owner.rows.append(row("ETHUSDT", "ETH", "USDT"))

    rules = await sight.markets.ensure("ETH/USDT")

    assert rules.instrument_id == "ETHUSDT"
    for _ in range(3):
        with pytest.raises(UnknownInstrument):
            await sight.markets.ensure("XYZ")
    assert sight.owner.session.calls.count((LIST, (), {})) == 2


@pytest_twisted.ensureDeferred
async def test_before_the_instruments_are_known_nothing_can_be_ensured() -> None:
    """The market may come up later than trading does."""
    sight = MarketSight()
    sight.owner.is_away = True
    sight.markets.start()
    with pytest.raises(Unavailable):
        await sight.markets.ensure("BTCUSDT")
    with pytest.raises(Unavailable):
        sight.markets.rules("BTCUSDT")
    sight.owner.is_away = False

    sight.advance(1.1)

    assert sight.markets.rules("BTC/USDT").base == "BTC"


@pytest_twisted.ensureDeferred
async def test_the_book_of_another_venue_is_followed_where_that_is_the_first_now() -> None:
    """The list is asked for now and then."""
    sight = await ensured()
    sight.owner.rows[:] = [row("BTCUSDT", "BTC", "USDT", venues=["binance"])]
    sight.owner.publish("tapecast.book.binance.BTCUSDT", book_payload({"80": "1"}, {}))

    sight.advance(LIST_INTERVAL_S + 1)

    assert sight.take() == ["lost BTCUSDT", "book BTCUSDT 1@80 | -"]
    assert set(sight.owner.session.subscribed) == {STATUS, PRICE, "tapecast.book.binance.BTCUSDT"}


@pytest_twisted.ensureDeferred
async def test_what_is_followed_and_not_listed_has_the_list_asked_for_more_often() -> None:
    """The market lists its instruments bit by bit as it starts."""
    sight = await ensured()
    sight.owner.rows.clear()
    sight.advance(LIST_INTERVAL_S + 1)
    sight.owner.rows.append(row("BTCUSDT", "BTC", "USDT"))

    sight.advance(UNKNOWN_INTERVAL_S + 1)

    assert sight.markets.rules("BTCUSDT").venue == "sim"
    assert sight.take() == []


# What is followed no longer


@pytest_twisted.ensureDeferred
async def test_what_is_released_is_unsubscribed_and_known_no_more() -> None:
    """But not soon after it was ensured: the order that it was ensured for may only come."""
    sight = await ensured()
    sight.advance(KEPT_S - 1)
    sight.markets.release("BTCUSDT")
    assert sight.markets.followed == {"BTCUSDT"}
    sight.advance(1.1)

    sight.markets.release("BTCUSDT")

    assert sight.take() == ["lost BTCUSDT"]
    assert sight.owner.session.subscribed == {}
    assert sight.markets.mark("BTCUSDT") is None
    assert sight.markets.followed == set()
    sight.markets.release("BTCUSDT")
    assert sight.take() == []


def test_what_is_released_before_it_was_subscribed_is_unsubscribed_then(sight: MarketSight) -> None:
    """And whoever waits for it waits no more."""
    held = sight.owner.session.held_subscriptions[BOOK] = Deferred()
    ensuring = ensureDeferred(sight.markets.ensure("BTCUSDT"))
    sight.advance(KEPT_S + 1)
    sight.markets.release("BTCUSDT")
    assert ensuring.called

    held.callback(None)

    assert sight.owner.session.subscribed == {}
    assert sight.owner.asked(BOOK) == 0


@pytest_twisted.ensureDeferred
async def test_what_comes_after_the_end_is_not_told() -> None:
    """Neither events nor answers that were under way."""
    sight = await ensured()
    handler = sight.owner.session.subscribed[BOOK]
    answer: Deferred[Any] = Deferred()
    sight.owner.session.results[GET] = lambda **_: answer
    sight.owner.publish(PRICE, price_payload("100"), quality="stale")
    sight.take()

    sight.markets.stop()
    answer.callback(sight.owner.state(BOOK))
    handler(type="delta", epoch="e1", seq=2, payload=book_payload({"1": "1"}, {}))

    assert sight.take() == ["lost BTCUSDT"]
    assert sight.owner.session.subscribed == {}
    assert sight.clock.getDelayedCalls() == []


@pytest_twisted.ensureDeferred
async def test_markets_that_never_began_can_be_stopped() -> None:
    """A process can fail before."""
    sight = MarketSight()

    sight.markets.stop()

    assert sight.take() == []


@pytest_twisted.ensureDeferred
async def test_only_so_many_instruments_are_followed() -> None:
    """One more is refused, and can be asked for later."""
    sight = made_sight(most_followed=1)
    sight.owner.rows.append(row("ETHUSDT", "ETH", "USDT"))
    sight.advance(UNKNOWN_INTERVAL_S)
    await sight.markets.ensure("BTCUSDT")

    with pytest.raises(Unavailable):
        await sight.markets.ensure("ETHUSDT")
    assert sight.markets.rate("ETH", "USDT") is None


# Rates


@pytest.mark.parametrize(
    ("currency", "into", "rate"),
    [("USDT", "USDT", "1"), ("BTC", "USDT", "100"), ("USDT", "BTC", "0.01"), ("BTC", "ETH", None)],
)
def test_a_rate_is_the_price_of_an_instrument_of_both_currencies(
    sight: MarketSight, currency: str, into: str, rate: str | None
) -> None:
    """In either direction; it is there after it was asked for once."""
    sight.markets.rate(currency, into)

    found = sight.markets.rate(currency, into)

    assert found == (None if rate is None else Decimal(rate))


def test_a_rate_needs_no_book_and_stays(sight: MarketSight) -> None:
    """Whoever holds the currency may look at any time."""
    sight.markets.rate("BTC", "USDT")
    assert set(sight.owner.session.subscribed) == {STATUS, PRICE}

    sight.markets.release("BTCUSDT")

    assert sight.markets.rate("BTC", "USDT") == 100
    assert sight.markets.followed == set()


@pytest_twisted.ensureDeferred
async def test_an_instrument_of_a_rate_keeps_its_price_when_it_is_released() -> None:
    """Only its book goes."""
    sight = await ensured()
    sight.markets.rate("BTC", "USDT")
    sight.advance(KEPT_S + 1)

    sight.markets.release("BTCUSDT")

    assert sight.take() == ["lost BTCUSDT"]
    assert set(sight.owner.session.subscribed) == {STATUS, PRICE}


def test_without_a_price_there_is_no_rate() -> None:
    """Neither this way nor the other."""
    sight = MarketSight()
    sight.markets.start()

    assert [sight.markets.rate(*pair) for pair in (("BTC", "USDT"), ("USDT", "BTC")) for _ in range(2)] == [None] * 4


# Bugs


@pytest_twisted.ensureDeferred
async def test_a_bug_in_whoever_is_told_is_reported() -> None:
    """By an event, a state, or a comparison."""
    sight = await ensured()
    sight.is_broken = True

    sight.owner.publish(BOOK, book_payload({"98": "1"}, {}))
    assert sight.faults == ["fault"]
    sight.owner.stream(BOOK).state = {}
    sight.owner.publish(STATUS, {"state": "suspect"}, quality="stale")
    assert sight.faults == ["fault", "fault"]


def test_a_list_that_cannot_be_read_is_a_bug() -> None:
    """The market is ours."""
    sight = MarketSight()
    sight.owner.rows[0].pop("base")

    sight.markets.start()

    assert sight.faults == ["fault"]
