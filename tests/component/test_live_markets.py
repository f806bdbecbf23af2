"""The live market in the trading process: what is followed, what is told, and what becomes of it when it breaks."""

from decimal import Decimal
from typing import Any

import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from twisted.internet.defer import Deferred, ensureDeferred

from components.trading.live.markets_component import (
    LONGEST_SILENCE_S,
    WATCH_INTERVAL_S,
)
from tests.support.market_owner import (
    BOOK,
    GET,
    PRICE,
    PROBE,
    STATUS,
    WALL_NS,
    MarketSight,
    book_payload,
    ensured_sight,
    made_sight,
    price_payload,
)

TOPICS = {STATUS, PRICE, BOOK}


@pytest.fixture
def sight() -> MarketSight:
    """Markets that have begun, with one instrument that has a price and a book."""
    return made_sight()


# What is told


@pytest_twisted.ensureDeferred
async def test_what_is_ensured_is_told_whole_and_then_by_its_changes(sight: MarketSight) -> None:
    """The state of price and book comes before `ensure` is done, and every event after it."""
    rules = await sight.markets.ensure("BTC/USDT")

    assert (rules.instrument_id, rules.venue, str(rules.lot_size)) == ("BTCUSDT", "sim", "0.001")
    assert sight.take() == ["mark BTCUSDT 100", "book BTCUSDT 1@99 | 2@101"]
    mark = sight.markets.mark("BTCUSDT")
    assert mark is not None
    assert (mark.price, mark.ts_ns) == (Decimal(100), WALL_NS)

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
    sight = await ensured_sight()

    sight.owner.publish(BOOK, book_payload({"98": "4"}, {}), count=3)

    assert sight.take() == ["change BTCUSDT 4@98 | -"]


@pytest_twisted.ensureDeferred
async def test_a_book_that_begins_anew_is_told_whole() -> None:
    """The first event of an epoch is the whole book; nobody has to be asked."""
    sight = await ensured_sight()

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
    sight = await ensured_sight()
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
    sight = await ensured_sight()
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
    sight = await ensured_sight()

    sight.owner.publish(PRICE, price_payload("100"), quality="stale")

    assert sight.take() == ["mark BTCUSDT 100 stale"]
    assert sight.owner.asked(BOOK) == 2


@pytest_twisted.ensureDeferred
async def test_a_source_that_is_gone_makes_its_price_stale() -> None:
    """There is no price event then: the status tells it, and the book that is gone with it is lost."""
    sight = await ensured_sight()
    sight.owner.stream(BOOK).state = {}

    sight.owner.publish(STATUS, {"state": "suspect"}, quality="stale")

    assert sight.take() == ["mark BTCUSDT 100 stale", "lost BTCUSDT"]
    sight.owner.publish(PRICE, price_payload("99"))
    assert sight.take() == ["mark BTCUSDT 99"]


@pytest_twisted.ensureDeferred
async def test_a_status_that_is_not_stale_says_nothing_of_the_price() -> None:
    """The price's own events do."""
    sight = await ensured_sight()

    sight.owner.publish(STATUS, {"state": "failed_over"}, quality="degraded")

    assert sight.take() == []


@pytest_twisted.ensureDeferred
async def test_a_book_that_cannot_be_compared_is_lost() -> None:
    """It is asked for again as any other."""
    sight = await ensured_sight()
    sight.owner.failures.add(BOOK)
    sight.owner.publish(PRICE, price_payload("100"), quality="stale")
    assert sight.take() == ["mark BTCUSDT 100 stale", "lost BTCUSDT"]
    sight.owner.failures.clear()

    sight.advance(2)

    assert sight.take() == ["book BTCUSDT 1@99 | 2@101"]


@pytest_twisted.ensureDeferred
async def test_a_price_that_does_not_change_is_as_of_when_the_market_answered() -> None:
    """Its owner would say that it is stale; one that is stale grows old."""
    sight = await ensured_sight()

    sight.advance(300)

    assert age_ns(sight) == 0
    sight.owner.publish(PRICE, price_payload("100"), quality="stale")
    sight.advance(60)
    assert age_ns(sight) == 60_000_000_000


@pytest_twisted.ensureDeferred
async def test_a_price_grows_old_while_the_market_is_away() -> None:
    """Nobody vouches for it."""
    sight = await ensured_sight()
    sight.owner.is_away = True

    sight.advance(60)

    assert age_ns(sight) == 60_250_000_000


def age_ns(sight: MarketSight) -> int:
    """How old the mark is."""
    mark = sight.markets.mark("BTCUSDT")
    assert mark is not None
    return WALL_NS + int(sight.clock.seconds() * 1e9) - mark.ts_ns


# While the market is away


@pytest_twisted.ensureDeferred
async def test_while_the_market_is_away_prices_are_stale_and_books_lost() -> None:
    """Nobody is asked for states meanwhile, and all of them are once it is back."""
    sight = await ensured_sight()
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
    sight = await ensured_sight()
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
    sight = await ensured_sight()
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
    sight = await ensured_sight()
    sight.owner.is_away = True
    sight.advance(1.1)
    sight.take()

    sight.owner.publish(BOOK, book_payload({"95": "1"}, {}), epoch="e2")
    sight.owner.publish(PRICE, price_payload("97"), epoch="e2")

    assert sight.take() == ["book BTCUSDT 1@95 | -", "mark BTCUSDT 97"]


# Bugs


@pytest_twisted.ensureDeferred
async def test_a_bug_in_whoever_is_told_is_reported() -> None:
    """By an event, a state, or a comparison."""
    sight = await ensured_sight()
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
