"""What clients are told of the one price: its fields, its source, its quality, and the status that explains it."""

from collections import Counter

import pytest

from components.contract.envelope import NS_PER_S
from components.marketdata.binance.decoder import BinanceDecoder
from components.marketdata.market import Market
from components.marketdata.market_state import Publication
from components.marketdata.price.one_price import OnePrices, SourceRank
from components.marketdata.price.price_rules import PriceRules
from components.marketdata.price.price_source import PricedEvent, Refusal, SourceKind
from components.model.market import Instrument, MarketEvent, TradingState
from tests.support.market_events import quote_tick, reference_price, ticker_statistics, trade_tick
from tests.support.recordings import BTCUSDT, messages

META: dict[str, object] = {"source": "binance", "quality": "live", "event_ts": "then"}


@pytest.fixture
def prices() -> OnePrices:
    """Two venues and a fallback."""
    ranks = [SourceRank("binance"), SourceRank("sim"), SourceRank("index", SourceKind.FALLBACK)]
    return OnePrices(ranks, PriceRules())


def apply(prices: OnePrices, *events: PricedEvent, now_ns: int = 0) -> list[Publication]:
    """What some events lead to."""
    return [one for event in events for one in prices.apply(event, meta=META, now_ns=now_ns)]


def on(family: str, publications: list[Publication]) -> list[Publication]:
    """The publications of one kind of topic."""
    return [one for one in publications if one.family == family]


def test_there_is_nothing_before_the_first_price(prices: OnePrices) -> None:
    """Quotes alone make no price and no status."""
    assert apply(prices, quote_tick(1)) == []
    assert prices.source_of("BTCUSDT") is None
    assert prices.advance(9) == []
    assert sum(prices.count_states().values()) == 0


def test_the_first_price_comes_after_its_status(prices: OnePrices) -> None:
    """The status says where the price comes from, the price all that is known."""
    apply(prices, quote_tick(1), ticker_statistics(price=None))

    status, price = apply(prices, trade_tick(1))

    assert (status.topic, status.family, status.instrument_id) == ("tapecast.status.BTCUSDT", "status", "BTCUSDT")
    assert status.payload == {
        "instrument": "BTCUSDT",
        "source": "binance",
        "state": "live",
        "reason": "started",
        "trading_status": "trading",
    }
    assert status.meta == {"source": "binance", "quality": "live"}
    assert (price.topic, price.family, price.instrument_id) == ("tapecast.price.BTCUSDT", "price", "BTCUSDT")
    assert price.payload == {
        "instrument": "BTCUSDT",
        "price": "100.5",
        "bid": "100",
        "ask": "101",
        "change": "9",
        "change_percent": "10.0",
        "volume": "1000",
        "high_24h": "110",
        "low_24h": "80",
    }
    assert price.meta is META
    assert prices.source_of("BTCUSDT") == "binance"


def test_a_price_that_did_not_change_is_not_published(prices: OnePrices) -> None:
    """A trade at the same price, or a quote that changes sizes only, is no news of the price."""
    apply(prices, quote_tick(1), trade_tick(1))

    assert apply(prices, trade_tick(2), quote_tick(2, bid_size="9")) == []
    assert len(apply(prices, quote_tick(3, bid=None))) == 1


def test_a_refused_price_is_counted_and_not_published(prices: OnePrices) -> None:
    """A quarantined print leaves the price alone, and is told once to whoever counts."""
    apply(prices, trade_tick(1, "100"))

    assert apply(prices, trade_tick(2, "70")) == []
    assert prices.take_refused() == {("binance", Refusal.OUTLIER): 1}
    assert prices.take_refused() == {}


def test_another_sources_word_confirms_an_outlier(prices: OnePrices) -> None:
    """A crash that both venues see is the price with its first print; a venue does not confirm itself."""
    apply(prices, trade_tick(1, "100"), trade_tick(1, "100", venue="sim"), trade_tick(2, "70", venue="sim"))
    before = apply(prices, trade_tick(2, "70"))
    apply(prices, *(trade_tick(number, "70", venue="sim") for number in (3, 4)))

    (price,) = on("price", apply(prices, trade_tick(3, "70.1")))

    assert before == []
    assert price.payload["price"] == "70.1"


def test_only_the_active_source_makes_the_price(prices: OnePrices) -> None:
    """A source that comes later in the order adds nothing to a price that an earlier one makes."""
    apply(prices, trade_tick(1, "100"))

    assert apply(prices, trade_tick(1, "101", venue="sim"), quote_tick(1, "99", "102", venue="sim")) == []


def test_a_better_source_takes_nothing_along(prices: OnePrices) -> None:
    """Once the first source has a price, its values alone are told."""
    apply(prices, quote_tick(1, venue="sim"), trade_tick(1, "100", venue="sim"))

    status, price = apply(prices, trade_tick(1, "101"))

    assert (status.payload["source"], status.payload["reason"]) == ("binance", "started")
    assert (price.payload["price"], price.payload["bid"]) == ("101", None)


def test_a_fallback_alone_is_degraded(prices: OnePrices) -> None:
    """Where only a fallback knows the instrument its price is told, as what it is."""
    status, price = apply(prices, reference_price("100", venue="index", bid="99", volume="7"))

    assert (status.payload["state"], status.payload["source"]) == ("live", "index")
    assert price.meta == {**META, "quality": "degraded"}
    assert (price.payload["price"], price.payload["bid"], price.payload["volume"]) == ("100", None, "7")


def test_silence_is_told(prices: OnePrices) -> None:
    """A price that went stale is published again, as stale, once; time that passes without that is no event."""
    apply(prices, trade_tick(1, "100"), now_ns=NS_PER_S)

    assert prices.advance(60 * NS_PER_S) == []
    status, price = prices.advance(122 * NS_PER_S)
    assert (status.payload["state"], status.payload["reason"]) == ("suspect", "stale")
    assert (price.payload["price"], price.meta) == ("100", {**META, "quality": "stale"})
    assert prices.advance(300 * NS_PER_S) == []
    assert prices.count_states() == {"live": 0, "suspect": 1, "failed_over": 0, "recovering": 0}


def test_sources_are_not_compared_with_every_event(prices: OnePrices) -> None:
    """While all is well a look every quarter of a second is enough; time alone brings it about as well."""
    apply(prices, trade_tick(1, "100"), trade_tick(1, "100", venue="sim"), now_ns=NS_PER_S)
    apply(prices, trade_tick(2, "101"), now_ns=NS_PER_S + 1)
    for number in (2, 3, 4):
        apply(prices, trade_tick(number, "70", venue="sim"), now_ns=NS_PER_S + 2)

    assert prices.count_states()["live"] == 1
    assert on("status", prices.advance(2 * NS_PER_S))[0].payload["reason"] == "disputed"


def test_after_a_break_the_topics_of_its_prices_begin_anew(prices: OnePrices) -> None:
    """A break of the active source concerns the price; one elsewhere, or of other instruments, does not."""
    apply(prices, trade_tick(1), trade_tick(1, venue="sim"), trade_tick(1, instrument_id="ETHUSDT"))
    apply(prices, quote_tick(1, instrument_id="SOLUSDT"))

    assert prices.lose("sim") == frozenset()
    assert prices.lose("binance", ["ETHUSDT"]) == {"tapecast.price.ETHUSDT"}
    assert prices.lose("binance") == {"tapecast.price.BTCUSDT", "tapecast.price.ETHUSDT"}
    assert [one.family for one in apply(prices, quote_tick(2, bid="99"))] == ["status"]


def test_a_source_that_is_forgotten_leaves_the_price_to_the_others(prices: OnePrices) -> None:
    """The next source makes it, as if it had been the first to speak; without one its topics end."""
    for venue in ("sim", "binance"):
        apply(prices, trade_tick(1, venue=venue), now_ns=1)
    apply(prices, quote_tick(1, instrument_id="ETHUSDT"))

    assert prices.forget("binance", ["BTCUSDT", "ETHUSDT"], now_ns=2) == frozenset()
    status, price = prices.advance(3)
    assert (status.payload["source"], status.payload["reason"], price.payload["price"]) == ("sim", "started", "100.5")
    assert prices.forget("sim", ["ETHUSDT"], now_ns=4) == frozenset()
    assert prices.take_farewells() == []
    assert prices.forget("sim", ["BTCUSDT"], now_ns=4) == {"tapecast.price.BTCUSDT", "tapecast.status.BTCUSDT"}
    assert prices.source_of("BTCUSDT") is None
    (status,) = prices.take_farewells()
    assert (status.topic, status.payload["reason"]) == ("tapecast.status.BTCUSDT", "removed")
    assert prices.take_farewells() == []


def test_the_trading_state_is_told_with_its_changes(prices: OnePrices) -> None:
    """Rules that come before the price are known with it, a halt afterwards is an event of its own."""
    halted = Instrument(instrument_id="BTCUSDT", state=TradingState.HALTED)
    assert prices.list_instruments("binance", [halted], now_ns=0) == []
    status, _ = apply(prices, trade_tick(1))
    assert status.payload["trading_status"] == "halted"

    (status,) = prices.list_instruments("binance", [Instrument(instrument_id="BTCUSDT")], now_ns=0)
    assert status.payload["trading_status"] == "trading"
    assert prices.list_instruments("sim", [halted], now_ns=0) == []


def test_rules_are_forgotten_with_their_venue(prices: OnePrices) -> None:
    """What the next venue says of trading counts then, and an instrument without any leaves nothing behind."""
    for venue, state in (("binance", TradingState.HALTED), ("sim", TradingState.TRADING)):
        listed = Instrument(instrument_id="BTCUSDT", tick_size="0.5", state=state)
        prices.list_instruments(venue, [listed], now_ns=0)
        apply(prices, trade_tick(1, venue=venue))

    prices.forget("binance", ["BTCUSDT", "ETHUSDT"], now_ns=1)
    status, _ = prices.advance(1)
    prices.forget("sim", ["BTCUSDT"], now_ns=2)

    assert status.payload["trading_status"] == "trading"
    assert not prices._prices


def test_a_tick_size_counts_for_its_venues_prices(prices: OnePrices) -> None:
    """Whether it is known before the first price or after; another venue may have finer steps."""
    rules = Instrument(instrument_id="BTCUSDT", tick_size="0.5")
    prices.list_instruments("binance", [rules], now_ns=0)
    apply(prices, trade_tick(1, "100.25"), trade_tick(1, "100.25", venue="sim"))
    assert prices.take_refused() == {("binance", Refusal.OFF_TICK): 1}

    prices.list_instruments("sim", [rules], now_ns=0)
    apply(prices, trade_tick(2, "100.75", venue="sim"))
    assert prices.take_refused() == {("sim", Refusal.OFF_TICK): 1}


def test_a_connection_that_breaks_concerns_all_its_instruments(prices: OnePrices) -> None:
    """Each of them is suspect until it says something."""
    apply(prices, trade_tick(1), trade_tick(1, instrument_id="ETHUSDT"), now_ns=1)

    prices.receive_disconnection("binance", now_ns=2)
    apply(prices, trade_tick(2, instrument_id="ETHUSDT"), now_ns=3)

    assert [one.payload["reason"] for one in on("status", prices.advance(NS_PER_S))] == ["broken"]


def test_one_of_several_connections_concerns_its_own_instruments(prices: OnePrices) -> None:
    """The others' prices are as live as before."""
    apply(prices, trade_tick(1), trade_tick(1, instrument_id="ETHUSDT"), now_ns=1)

    prices.receive_disconnection("binance", {"ETHUSDT"}, now_ns=2)

    (status,) = on("status", prices.advance(NS_PER_S))
    assert (status.payload["instrument"], status.payload["reason"]) == ("ETHUSDT", "broken")


def test_the_recorded_market_is_live_throughout() -> None:
    """Five recorded minutes of BTCUSDT: one status, no price refused, and the last trade's price is the price."""
    market, decoder = Market(["binance"]), BinanceDecoder("binance")
    counts: Counter[str] = Counter()
    last_trade, last_price = "", ""

    for received_ns, data in messages(BTCUSDT):
        for event in decoder.decode(data, received_ns=received_ns):
            assert isinstance(event, MarketEvent)
            for one in market.apply(event, now_ns=received_ns):
                counts[one.family] += 1
                last_trade = str(one.payload["price"]) if one.family == "trades" else last_trade
                last_price = str(one.payload["price"]) if one.family == "price" else last_price

    assert counts["status"] == 1
    assert market.prices.take_refused() == {}
    assert last_price == last_trade
