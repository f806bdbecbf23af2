"""What all cores of the market share: where an event comes from, and how late it is."""

import pytest

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.marketdata.book.books import OWN_QUOTES_NS
from components.marketdata.following import Following
from components.marketdata.market import Market
from components.model.market import Instrument, MarketEvent, TradingState
from tests.support.market_events import (
    RECEIVED_NS,
    book_deltas,
    book_snapshot,
    quote_tick,
    reference_price,
    trade_tick,
)


@pytest.fixture
def market() -> Market:
    """A market of two venues."""
    return Market(["binance", "sim"])


def meta(market: Market, event: MarketEvent) -> dict[str, object]:
    """What is told beside an event."""
    return market.apply(event, now_ns=0)[0].meta


def test_without_a_time_of_the_venue_no_lag_is_told(market: Market) -> None:
    """A quote that the venue gives no time is told with its source and quality alone."""
    assert meta(market, quote_tick(1)) == {
        "source": "binance",
        "quality": "live",
        "received_ts": "2023-11-14T22:13:20.000000Z",
    }


def test_the_lag_is_what_remains_beside_the_offset(market: Market) -> None:
    """The fastest event has no lag, whatever the two clocks show; another has what it took longer."""
    fastest = trade_tick(1, ts_event=RECEIVED_NS + 1_271_000_400)
    slower = trade_tick(2, ts_event=RECEIVED_NS, ts_init=RECEIVED_NS - 1_271_000_400 + 2_500_000)

    assert meta(market, fastest)["lag_ms"] == 0.0
    assert meta(market, slower) == {
        "source": "binance",
        "quality": "live",
        "received_ts": "2023-11-14T22:13:18.731499Z",
        "event_ts": "2023-11-14T22:13:20.000000Z",
        "lag_ms": 2.5,
    }
    assert market.clocks["binance"].offset_ns == -1_271_000_400


def test_every_venue_has_a_clock_of_its_own(market: Market) -> None:
    """How far one venue's clock is says nothing of another's."""
    meta(market, trade_tick(1, ts_event=RECEIVED_NS - 5 * NS_PER_MS))
    meta(market, trade_tick(1, venue="sim", ts_event=RECEIVED_NS - 9 * NS_PER_MS))

    offsets = {venue: clock.offset_ns for venue, clock in market.clocks.items()}
    assert offsets == {"binance": 5 * NS_PER_MS, "sim": 9 * NS_PER_MS}


def test_what_is_not_followed_any_more_is_forgotten() -> None:
    """Its topics end; what another venue told stays, and that venue makes the price until it is forgotten as well."""
    following = Following({"binance": ["BTCUSDT", "ETHUSDT"], "sim": ["BTCUSDT"]})
    market = Market(["binance", "sim"], following)
    for event in (trade_tick(1, venue="sim"), trade_tick(1)):
        market.apply(event, now_ns=0)

    topics = market.forget("binance", ["BTCUSDT", "ETHUSDT"], now_ns=0)

    assert {topic.split(".")[1] for topic in topics} == {"quote", "ticker", "trades", "candles"}
    assert not following.has("BTCUSDT", "binance")
    assert market.apply(trade_tick(2), now_ns=0) == []
    told = market.apply(trade_tick(2, venue="sim"), now_ns=0)
    assert [one.family for one in told] == ["trades", "status", "price"]
    assert market.forget("sim", ["BTCUSDT"], now_ns=0) >= {"tapecast.price.BTCUSDT", "tapecast.status.BTCUSDT"}
    assert market.prices.source_of("BTCUSDT") is None


def test_forgetting_leaves_the_price_of_another_venue_alone() -> None:
    """A venue that the price is not taken from takes nothing of it along."""
    market = Market(["binance", "sim"], Following({"binance": ["BTCUSDT"], "sim": ["BTCUSDT"]}))
    for event in (trade_tick(1), trade_tick(1, venue="sim")):
        market.apply(event, now_ns=0)

    topics = market.forget("sim", ["BTCUSDT"], now_ns=0)

    assert "tapecast.price.BTCUSDT" not in topics
    assert market.prices.source_of("BTCUSDT") == "binance"


def test_updates_and_snapshots_make_books(market: Market) -> None:
    """They go to the books alone, with what is told beside every event."""
    (told,) = market.apply(book_snapshot(1, bids={"99": "1"}, asks={"101": "1"}), now_ns=0)

    assert (told.family, told.meta["source"]) == ("book", "binance")
    assert market.lines.take_ignored() == {}


def test_a_book_makes_quotes_and_the_price_where_the_venue_does_not(market: Market) -> None:
    """Its best prices go the way of every quote; one quote of the venue's own ends that."""
    market.apply(book_snapshot(1, bids={"99": "1"}, asks={"101": "1"}), now_ns=0)

    made = market.apply(book_deltas(2, 2, bids={"99": "2"}), now_ns=OWN_QUOTES_NS)
    market.apply(quote_tick(3), now_ns=OWN_QUOTES_NS)
    own = market.apply(book_deltas(3, 4, bids={"99": "3"}), now_ns=OWN_QUOTES_NS)

    assert [one.family for one in made] == ["book", "quote"]
    assert [one.family for one in own] == ["book"]


def test_lost_and_forgotten_books_end_their_topics(market: Market) -> None:
    """With the other topics of their venue."""
    topic = "tapecast.book.binance.BTCUSDT"
    market.apply(book_snapshot(1, bids={"99": "1"}), now_ns=0)

    assert topic in market.lose("binance")
    assert topic in market.forget("binance", ["BTCUSDT"], now_ns=0)
    assert topic not in market.lose("binance")


def test_books_that_are_not_followed_are_none() -> None:
    """Neither updates nor quotes of other instruments leave anything behind."""
    market = Market(["binance"], Following({"binance": ["ETHUSDT"]}))

    assert market.apply(book_snapshot(1, bids={"99": "1"}), now_ns=0) == []
    market.apply(quote_tick(1), now_ns=0)

    assert market.books.lose("binance") == frozenset()


def test_a_fallback_counts_while_some_venue_follows_the_instrument() -> None:
    """It is no venue, its price is as old as it says, and it goes with the last venue."""
    following = Following({"binance": ["BTCUSDT"]})
    market = Market(["binance"], following, fallbacks=["index"])

    (status, price) = market.apply(
        reference_price("100", venue="index", ts_event=RECEIVED_NS - 20_000 * NS_PER_MS), now_ns=0
    )

    assert status.payload["source"] == "index"
    assert price.meta["lag_ms"] == 20_000
    assert (market.is_venue("index"), market.is_venue("binance")) == (False, True)
    assert market.apply(reference_price("9", venue="index", instrument_id="ETHUSDT"), now_ns=0) == []
    assert market.forget("binance", ["BTCUSDT"], now_ns=0) == {"tapecast.price.BTCUSDT", "tapecast.status.BTCUSDT"}


def test_time_and_rules_reach_the_prices() -> None:
    """Silence is told as time goes by, a halt as soon as the venue lists it."""
    market = Market(["binance"])
    market.apply(trade_tick(1), now_ns=0)

    halted = Instrument(instrument_id="BTCUSDT", state=TradingState.HALTED)
    (status,) = market.list_instruments("binance", [halted], now_ns=0)
    later = market.advance(now_ns=600 * NS_PER_S, venue_times_ns={})

    assert status.payload["trading_status"] == "halted"
    assert [one.family for one in later] == ["status", "price"]
