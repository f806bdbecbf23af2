"""Which instruments the trading process knows and follows, for how long, and what a currency is worth in another."""

from decimal import Decimal
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred, ensureDeferred

from components.model.errors import Unavailable, UnknownInstrument
from components.trading.live.markets_component import KEPT_S, LIST_INTERVAL_S, UNKNOWN_INTERVAL_S
from tests.support.market_owner import (
    BOOK,
    GET,
    LIST,
    PRICE,
    STATUS,
    MarketSight,
    book_payload,
    ensured_sight,
    made_sight,
    price_payload,
    row,
)


@pytest.fixture
def sight() -> MarketSight:
    """Markets that have begun, with one instrument that has a price and a book."""
    return made_sight()


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
    sight = await ensured_sight()
    sight.owner.rows[:] = [row("BTCUSDT", "BTC", "USDT", venues=["binance"])]
    sight.owner.publish("tapecast.book.binance.BTCUSDT", book_payload({"80": "1"}, {}))

    sight.advance(LIST_INTERVAL_S + 1)

    assert sight.take() == ["lost BTCUSDT", "book BTCUSDT 1@80 | -"]
    assert set(sight.owner.session.subscribed) == {STATUS, PRICE, "tapecast.book.binance.BTCUSDT"}


@pytest_twisted.ensureDeferred
async def test_what_is_followed_and_not_listed_has_the_list_asked_for_more_often() -> None:
    """The market lists its instruments bit by bit as it starts."""
    sight = await ensured_sight()
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
    sight = await ensured_sight()
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
    sight = await ensured_sight()
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
    sight = await ensured_sight()
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
