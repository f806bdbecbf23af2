"""What market events make of quotes, trades and tickers."""

from collections import Counter

import pytest

from components.contract.envelope import Meta
from components.marketdata.binance.decoder import BinanceDecoder
from components.marketdata.following import Following
from components.marketdata.market_state import Ignored, MarketState, Publication
from components.model.market import BookDeltas, MarketEvent
from tests.support.market_events import quote_tick, ticker_statistics, trade_tick
from tests.support.recordings import BTCUSDT, messages


@pytest.fixture
def state() -> MarketState:
    """A state that follows everything on two venues, `binance` before `sim`."""
    return MarketState(["binance", "sim"])


META: Meta = {"source": "binance", "quality": "live"}


def apply(state: MarketState, event: MarketEvent) -> list[Publication]:
    """What an event leads to."""
    return state.apply(event, META)


def on(family: str, publications: list[Publication]) -> list[Publication]:
    """The publications of one kind of topic."""
    return [one for one in publications if one.family == family]


def test_a_quote_is_published_with_all_its_fields(state: MarketState) -> None:
    """A best bid and ask goes to its venue's topic, with its source and without a time that nobody gave."""
    (quote,) = apply(state, quote_tick(1))

    assert (quote.topic, quote.family, quote.instrument_id) == ("tapecast.quote.binance.BTCUSDT", "quote", "BTCUSDT")
    assert quote.payload == {
        "instrument": "BTCUSDT",
        "venue": "binance",
        "bid": "100",
        "bid_size": "1",
        "ask": "101",
        "ask_size": "2",
    }
    assert quote.meta == {"source": "binance", "quality": "live"}


def test_a_trade_is_published_with_all_its_fields(state: MarketState) -> None:
    """A trade print goes to its venue's topic, with what is known of where it comes from."""
    (trade,) = on("trades", apply(state, trade_tick(7)))

    assert trade.topic == "tapecast.trades.binance.BTCUSDT"
    assert trade.payload == {
        "instrument": "BTCUSDT",
        "venue": "binance",
        "trade_id": "7",
        "price": "100.5",
        "quantity": "2",
        "side": "buy",
    }
    assert trade.meta is META


def test_a_ticker_is_published_with_all_its_fields(state: MarketState) -> None:
    """The 24 h statistics go out as text, but for the number of trades."""
    (ticker,) = on("ticker", apply(state, ticker_statistics()))

    assert ticker.topic == "tapecast.ticker.binance.BTCUSDT"
    assert ticker.payload == {
        "instrument": "BTCUSDT",
        "venue": "binance",
        "price": "99",
        "price_change": "9",
        "price_change_percent": "10.0",
        "open_price": "90",
        "high_price": "110",
        "low_price": "80",
        "volume": "1000",
        "quote_volume": "100000",
        "trades": 77,
    }


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        (quote_tick(10), quote_tick(9)),
        (quote_tick(10), quote_tick(10)),
        (trade_tick(10), trade_tick(9)),
        (trade_tick(10), trade_tick(10)),
        (ticker_statistics(10), ticker_statistics(9)),
        (ticker_statistics(10), ticker_statistics(10)),
    ],
)
def test_what_is_not_newer_is_left_out(state: MarketState, newer: MarketEvent, older: MarketEvent) -> None:
    """What a second connection tells again is counted, not published."""
    apply(state, newer)

    assert apply(state, older) == []
    assert state.take_ignored() == {Ignored.NOT_NEWER: 1}
    assert state.take_ignored() == {}


def test_statistics_without_a_time_are_always_news(state: MarketState) -> None:
    """Where the venue gives no time, nothing tells old statistics from new ones."""
    apply(state, ticker_statistics(None))

    assert len(on("ticker", apply(state, ticker_statistics(None)))) == 1


def test_instruments_and_venues_do_not_age_each_other(state: MarketState) -> None:
    """Ids count for one instrument on one venue only."""
    apply(state, quote_tick(10))

    assert len(apply(state, quote_tick(1, instrument_id="ETHUSDT"))) == 1
    assert len(apply(state, quote_tick(1, venue="sim"))) == 1


def test_after_a_break_old_ids_are_new_again(state: MarketState) -> None:
    """A reset names the topics that it concerns and forgets their ids and values."""
    for event in (quote_tick(10), trade_tick(10), quote_tick(10, venue="sim"), quote_tick(9, instrument_id="ETHUSDT")):
        apply(state, event)

    topics = state.reset("binance")

    assert topics == {
        *(
            f"tapecast.{kind}.binance.{name}"
            for kind in ("quote", "ticker", "trades")
            for name in ("BTCUSDT", "ETHUSDT")
        ),
    }
    assert len(apply(state, quote_tick(1))) == 1
    assert apply(state, quote_tick(10, venue="sim")) == []


def test_a_break_of_one_instrument_leaves_the_others_alone(state: MarketState) -> None:
    """Only the topics of the instruments that lost continuity are named, and only their ids are forgotten."""
    apply(state, trade_tick(1))
    apply(state, trade_tick(1, instrument_id="ETHUSDT"))

    topics = state.reset("binance", ["ETHUSDT"])

    assert topics == {
        *(f"tapecast.{kind}.binance.ETHUSDT" for kind in ("quote", "ticker", "trades")),
    }
    assert apply(state, trade_tick(1)) == []
    assert on("trades", apply(state, trade_tick(1, instrument_id="ETHUSDT")))


def test_an_instrument_that_is_not_followed_is_left_out() -> None:
    """With a choice of instruments all others are counted, not published."""
    state = MarketState(["binance"], Following({"binance": ["ETHUSDT"]}))

    assert apply(state, trade_tick(1)) == []
    assert state.take_ignored() == {Ignored.NOT_PUBLISHED: 1}


def test_depth_has_no_topic_yet(state: MarketState) -> None:
    """Events without a topic are counted, not published."""
    deltas = BookDeltas(
        venue="binance",
        instrument_id="BTCUSDT",
        ts_event=1,
        ts_init=2,
        first_update_id=1,
        last_update_id=2,
        bids=(),
        asks=(),
    )

    assert apply(state, deltas) == []
    assert state.take_ignored() == {Ignored.NOT_PUBLISHED: 1}


def test_the_recording_is_published_without_loss(state: MarketState) -> None:
    """Every recorded quote and trade becomes one publication, and depth none."""
    decoder = BinanceDecoder("binance")
    counts: Counter[str] = Counter()

    for received_ns, data in messages(BTCUSDT):
        for event in decoder.decode(data, received_ns=received_ns):
            assert isinstance(event, MarketEvent)
            counts.update(one.family for one in apply(state, event))

    assert (counts["quote"], counts["trades"]) == (28_040, 9757)
    assert state.take_ignored() == {Ignored.NOT_PUBLISHED: 3452}
