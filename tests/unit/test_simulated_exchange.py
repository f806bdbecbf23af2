"""The simulated exchange: the same seed is the same market, and a market it is."""

import random
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from components.contract.envelope import NS_PER_S
from components.marketdata.binance_decoder import BinanceDecoder
from components.marketdata.simulated_exchange import DAY_NS, Message, SimulatedExchange
from components.marketdata.simulated_market import MarketRules, SimulatedMarket
from components.model.market import BookDeltas, MarketEvent, QuoteTick, TickerStatistics, TradeTick

BEGIN_NS = 1_700_000_000 * NS_PER_S


def messages(seed: int, seconds: int, *, call_ns: int = NS_PER_S) -> list[Message]:
    """What an exchange says in some seconds, asked at every `call_ns`."""
    exchange = SimulatedExchange(random.Random(seed), begin_ns=BEGIN_NS)
    said = []
    for now_ns in range(BEGIN_NS, BEGIN_NS + seconds * NS_PER_S + 1, call_ns):
        said.extend(exchange.advance(now_ns))
    return said


def events(said: list[Message]) -> list[MarketEvent]:
    decoder = BinanceDecoder("sim")
    decoded = [event for sent_ns, data in said for event in decoder.decode(data, received_ns=sent_ns)]
    return [event for event in decoded if isinstance(event, MarketEvent)]


def test_the_same_seed_is_the_same_market() -> None:
    """Byte for byte, however often it is asked."""
    assert messages(7, 5) == messages(7, 5, call_ns=NS_PER_S // 8)
    assert messages(7, 5) != messages(8, 5)


def test_messages_come_in_the_order_of_their_times() -> None:
    """Nothing is said of the past, and nothing of the future."""
    times = [sent_ns for sent_ns, _ in messages(3, 5)]

    assert times == sorted(times)
    assert times[0] >= BEGIN_NS
    assert times[-1] <= BEGIN_NS + 5 * NS_PER_S


def test_every_message_is_one_of_binances() -> None:
    """The decoder of the live feed reads all of them, and every kind occurs for every instrument."""
    decoded = events(messages(1, 60))

    for kind in (TradeTick, QuoteTick, BookDeltas, TickerStatistics):
        assert {event.instrument_id for event in decoded if type(event) is kind} == {
            one.instrument_id for one in SimulatedExchange(random.Random(1), begin_ns=0).instruments
        }


def test_the_pace_is_that_of_a_market_to_look_at() -> None:
    """A dozen instruments make between 100 and 400 messages a second."""
    assert 100 < len(messages(1, 30)) / 30 < 400


def test_ids_grow_without_a_hole() -> None:
    """Trade ids and depth ranges follow each other by one; quotes only go forward."""
    decoded = events(messages(5, 20))

    for instrument in {event.instrument_id for event in decoded}:
        own = [event for event in decoded if event.instrument_id == instrument]
        trades = [int(event.trade_id) for event in own if isinstance(event, TradeTick)]
        depths = [event for event in own if isinstance(event, BookDeltas)]
        quotes = [event.update_id for event in own if isinstance(event, QuoteTick)]
        assert all(later == earlier + 1 for earlier, later in pairwise(trades))
        assert all(later.first_update_id == earlier.last_update_id + 1 for earlier, later in pairwise(depths))
        assert all(later > earlier for earlier, later in pairwise(quotes))


def test_trades_are_at_the_quotes_before_them() -> None:
    """A buyer pays the ask that was quoted, a seller gets the bid, in whole ticks and lots."""
    exchange = SimulatedExchange(random.Random(2), begin_ns=0)
    rules = {one.instrument_id: one for one in exchange.instruments}
    last_quote: dict[str, QuoteTick] = {}
    checked = 0

    for event in events(messages(2, 30)):
        if isinstance(event, QuoteTick):
            last_quote[event.instrument_id] = event
        if isinstance(event, TradeTick) and event.instrument_id in last_quote:
            quote, rule = last_quote[event.instrument_id], rules[event.instrument_id]
            assert event.price == (quote.ask if event.side == "buy" else quote.bid)
            assert Decimal(event.price) % Decimal(rule.tick_size or 0) == 0
            assert Decimal(event.quantity) % Decimal(rule.lot_size or 0) == 0
            checked += 1
    assert checked > 100


def test_statistics_are_those_of_the_trades() -> None:
    """The last ticker of an instrument agrees with all trades that it has told."""
    said = events(messages(4, 40))
    ticker = [event for event in said if isinstance(event, TickerStatistics) and event.instrument_id == "BTCUSDT"][-1]
    trades = [
        event
        for event in said
        if isinstance(event, TradeTick) and event.instrument_id == "BTCUSDT" and event.ts_init <= ticker.ts_init
    ]

    assert ticker.trades == len(trades)
    assert ticker.price == trades[-1].price
    assert ticker.high_price == max((trade.price for trade in trades), key=Decimal)
    assert Decimal(ticker.volume) == sum(Decimal(trade.quantity) for trade in trades)


def test_statistics_forget_after_a_day() -> None:
    """What was traded more than 24 hours ago counts no more."""
    exchange = SimulatedExchange(random.Random(1), begin_ns=BEGIN_NS)
    exchange.advance(BEGIN_NS + 5 * NS_PER_S)

    exchange.skip_to(BEGIN_NS + DAY_NS + 60 * NS_PER_S)
    later = events(exchange.advance(BEGIN_NS + DAY_NS + 120 * NS_PER_S))

    ticker = [event for event in later if isinstance(event, TickerStatistics) and event.instrument_id == "BTCUSDT"][-1]
    trades = [event for event in later if isinstance(event, TradeTick) and event.instrument_id == "BTCUSDT"]
    assert ticker.trades == len(trades)


def test_nothing_happens_in_skipped_time() -> None:
    """After a pause the market goes on from now, and says nothing of the time between."""
    exchange = SimulatedExchange(random.Random(1), begin_ns=BEGIN_NS)

    exchange.skip_to(BEGIN_NS + 3600 * NS_PER_S)

    assert exchange.advance(BEGIN_NS + 3600 * NS_PER_S) == []
    assert len(exchange.advance(BEGIN_NS + 3601 * NS_PER_S)) < 1000


@given(st.integers(0, 2**32), st.floats(0.5, 3.0))
@settings(max_examples=25, deadline=None)
def test_a_book_is_never_crossed_or_empty(seed: int, shock: float) -> None:
    """Whatever chance brings, the best bid is below the best ask and both sides have levels of some size."""
    rules = MarketRules(first_price=500, volatility=0.002, trades_per_s=10, typical_size=20, level_gap=3)
    market = SimulatedMarket(rules, random.Random(seed))

    for number in range(200):
        for _ in market.step(dt_s=0.05, market_shock=shock if number % 2 else -shock):
            assert market.best_bid < market.best_ask
            assert min((*market.bids.values(), *market.asks.values())) > 0
            assert min(market.bids) >= 1


@given(st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_changes_lead_from_one_book_to_the_next(seed: int) -> None:
    """Applying what `take_changes` tells to the old book gives the new one."""
    rules = MarketRules(first_price=5000, volatility=0.001, trades_per_s=5, typical_size=20, level_gap=10)
    market = SimulatedMarket(rules, random.Random(seed))
    copies = {"buy": dict(market.bids), "sell": dict(market.asks)}

    for _ in range(100):
        list(market.step(dt_s=0.05, market_shock=0.0))
        for (side, price), size in market.take_changes().items():
            copies[side].pop(price, None)
            if size:
                copies[side][price] = size
        assert copies == {"buy": market.bids, "sell": market.asks}
