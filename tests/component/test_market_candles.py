"""Candles from a venue's bytes to what is published, asked of the venue, and answered."""

import re
from collections import defaultdict
from decimal import Decimal

import msgspec
import pytest
import pytest_twisted

from components.contract.envelope import NS_PER_MS, NS_PER_S, format_time
from components.marketdata.binance.decoder import BinanceDecoder
from components.marketdata.binance.frames import klines_message
from components.marketdata.market import Market as MarketCore
from components.model.intervals import INTERVAL_BY_NAME
from components.model.market import TradeTick
from tests.support.binance_text import combined, kline_fields, trade
from tests.support.market import Market, make_market
from tests.support.recordings import BTCUSDT, messages

NOW_MS = 1_700_000_000_000
TOPIC = "tapecast.candles.binance.1s.BTCUSDT"
TRADE_LINE = re.compile(rb'"e":"trade"')


@pytest.fixture
def market() -> Market:
    """Market data that follows everything."""
    return make_market()


def play(market: Market, after_ms: int, *sent: bytes) -> None:
    """Hand messages in so long after the beginning, and let time go by as far."""
    market.feed.time_ns = (NOW_MS + after_ms) * NS_PER_MS
    market.play(*sent)
    market.clock.advance(0.1)


def trade_after(number: int, after_ms: int, price: str = "10") -> bytes:
    """A trade so long after the beginning."""
    return trade(number, T=NOW_MS + after_ms, E=NOW_MS + after_ms, p=price, q="1")


async def closes(market: Market, interval: str = "1s") -> list[str]:
    """The closes of all bars, those of degraded ones with a question mark."""
    answer = await market.session.ask("tapecast.market.get_candles", "binance", "BTCUSDT", interval)
    return [row["close"] + "?" * (row["quality"] == "degraded") for row in answer["bars"]]


@pytest.mark.parametrize("interval", ["1s", "1m", "5m"])
def test_the_bars_of_the_recording_are_those_of_its_trades(interval: str) -> None:
    """Each bar of the recorded 346 seconds is what its trades say, those of quiet seconds flat at the last close."""
    market, decoder = MarketCore(["binance"]), BinanceDecoder("binance")
    length_ns = INTERVAL_BY_NAME[interval].length_ns
    by_bar: dict[int, list[TradeTick]] = defaultdict(list)
    for received_ns, data in messages(BTCUSDT):
        if TRADE_LINE.search(data):
            (tick,) = decoder.decode(data, received_ns=received_ns)
            assert isinstance(tick, TradeTick)
            assert tick.ts_event is not None
            by_bar[tick.ts_event // length_ns * length_ns].append(tick)
            market.apply(tick, now_ns=0)

    bars = market.candles.bars("binance", "BTCUSDT", interval, limit=1000)
    first_ns, last_ns = min(by_bar), max(by_bar)
    expected, close = [], ""
    for open_ns in range(first_ns, last_ns + 1, length_ns):
        prices = [tick.price for tick in by_bar[open_ns]] or [close]
        close = prices[-1]
        volume = sum((Decimal(tick.quantity) for tick in by_bar[open_ns]), Decimal(0))
        high, low = max(prices, key=Decimal), min(prices, key=Decimal)
        row = (format_time(open_ns), prices[0], high, low, close, volume, len(by_bar[open_ns]))
        expected.append(row)

    fields = ("open_ts", "open", "high", "low", "close")
    assert [(*(bar[name] for name in fields), Decimal(str(bar["volume"])), bar["trades"]) for bar in bars] == expected
    assert [bar["quality"] for bar in bars] == ["degraded", *["live"] * (len(bars) - 1)]
    assert [bar["closed"] for bar in bars] == [*[True] * (len(bars) - 1), False]


def test_bars_are_numbered_like_any_stream(market: Market) -> None:
    """A topic's first event begins the epoch, and a break begins another; the bars go on."""
    play(market, 0, trade_after(1, 0))
    play(market, 1000, trade_after(2, 1000))
    market.feed.output.receive_break("connection lost")
    play(market, 2000, trade_after(3, 2000))

    events = market.session.events(TOPIC)
    assert [(event["type"], event["seq"]) for event in events] == [("snapshot", 1), ("delta", 2), ("snapshot", 1)]
    assert events[2]["epoch"] != events[1]["epoch"]
    assert events[2]["payload"]["last_closed"]["quality"] == "degraded"
    assert events[2]["meta"]["quality"] == "degraded"


@pytest_twisted.ensureDeferred
async def test_what_was_missed_is_asked_for_and_filled_in(market: Market) -> None:
    """After a break the venue's own bars take the place of those that may miss something."""
    for number in range(5):
        play(market, 1000 * number, trade_after(number, 1000 * number))
    assert {interval for _, interval, _, _ in market.feed.requested_bars} == {"1s", "1m", "5m", "15m", "1h", "4h", "1d"}
    market.feed.requested_bars.clear()
    play(market, 4100, klines_message("BTCUSDT", "1s", b"[]"))
    market.feed.output.receive_break("connection lost")
    play(market, 8000, trade_after(9, 8000))
    play(market, 9000, trade_after(10, 9000))
    assert await closes(market) == ["10?", "10", "10", "10", *["10?"] * 5, "10"]

    play(market, 12_000, trade_after(11, 12_000))
    ((instrument_id, interval, start_ns, end_ns),) = market.feed.requested_bars
    rows = [
        [open_ms, "20", "20", "20", "20", "1", open_ms + 999, "20", 1, "0", "0", "0"]
        for open_ms in range(start_ns // NS_PER_MS, end_ns // NS_PER_MS + 1, 1000)
    ]
    play(market, 12_100, klines_message("BTCUSDT", interval, msgspec.json.encode(rows)))

    assert (instrument_id, interval, end_ns) == ("BTCUSDT", "1s", (NOW_MS + 8000) * NS_PER_MS)
    assert start_ns == (NOW_MS + 4000) * NS_PER_MS
    assert await closes(market) == ["10?", "10", "10", "10", *["20"] * 5, "10", "10", "10", "10"]


def test_the_venues_bars_are_compared_with_ours(market: Market) -> None:
    """The figures tell how many were, and in what they differed."""
    play(market, 0, trade_after(1, 0))
    play(market, 1000, trade_after(2, 1000))
    bar = {"t": NOW_MS + 1000, "T": NOW_MS + 1999, "i": "1s", "o": "10", "h": "10", "l": "10", "c": "10", "x": True}
    play(market, 2000, trade_after(3, 2000), combined("btcusdt@kline_1s", kline_fields(**bar, v="2.0", n=1)))
    market.clock.advance(0)

    assert market.figure("tapecast_candles_checked_total", interval="1s") == 1
    assert market.figure("tapecast_candle_differences_total", interval="1s", field="volume") == 1
    assert market.figure("tapecast_candle_differences_total", interval="1s", field="trades") is None


@pytest_twisted.ensureDeferred
async def test_trades_that_did_not_get_through_degrade_their_bar() -> None:
    """A full inbox loses the oldest trades, and the bars that they belong to know it."""
    market = make_market(inbox_capacity=2)
    play(market, 0, trade_after(1, 0))
    play(market, 1000, trade_after(2, 1000))
    play(market, 2000, *(trade_after(number, 2000) for number in range(3, 8)))
    play(market, 4000, trade_after(9, 4000))

    assert await closes(market) == ["10?", "10?", "10?", "10", "10"]
    assert market.figure("tapecast_candle_late_trades_total", fate="counted") is None


@pytest_twisted.ensureDeferred
async def test_bars_that_close_without_a_connection_are_degraded(market: Market) -> None:
    """Also while the venue tells something of others."""
    play(market, 0, trade_after(1, 0))
    play(market, 1000, trade_after(2, 1000))
    market.feed.output.receive_disconnection({"BTCUSDT"})
    play(market, 2700, trade(1, s="ETHUSDT", T=NOW_MS + 2700))

    assert await closes(market) == ["10?", "10?", "10"]


@pytest_twisted.ensureDeferred
async def test_time_waits_for_what_waits(market: Market) -> None:
    """A second is not over while trades of it wait in the inbox, whatever the clock shows."""
    play(market, 0, trade_after(1, 0))
    market.feed.send(trade_after(2, 900))
    market.feed.time_ns += 5 * NS_PER_S
    market.data._advance()
    market.clock.advance(0)

    answer = await market.session.ask("tapecast.market.get_candles", "binance", "BTCUSDT", "1s")
    assert [(row["trades"], row["closed"]) for row in answer["bars"]] == [(2, False)]
