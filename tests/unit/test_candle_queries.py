"""What callers may ask of the candles."""

import pytest

from components.contract.envelope import NS_PER_S
from components.marketdata.candle.candle_queries import MAX_BARS, CandleQueries
from components.marketdata.candle.candles import Candles
from components.marketdata.instruments import Instruments
from components.model.errors import InvalidArgument, Unavailable, UnknownInstrument
from components.model.market import Instrument
from components.streams.stream import Streams
from tests.support.market_events import trade_tick

BEGIN_NS = 1_723_161_540 * NS_PER_S


@pytest.fixture
def candles() -> Candles:
    """The bars of one venue, none yet."""
    return Candles(["binance"])


@pytest.fixture
def queries(candles: Candles) -> CandleQueries:
    """Questions about an instrument that is listed on `binance`."""
    instruments = Instruments()
    instruments.add("binance", [Instrument(instrument_id="BTCUSDT", aliases=("BTC/USDT",))])
    return CandleQueries(Streams(lambda: "e1"), candles, instruments)


def play(candles: Candles, *closes: str) -> None:
    """A trade a second, one for each close."""
    for number, close in enumerate(closes):
        at_ns = BEGIN_NS + number * NS_PER_S
        candles.apply(trade_tick(number, close, ts_event=at_ns, ts_init=at_ns))


def test_bars_are_answered_with_the_numbers_of_their_stream(queries: CandleQueries, candles: Candles) -> None:
    """Oldest first, the open one last; an alias will do."""
    play(candles, "1", "2", "3")
    answer = queries.get_candles(None, "binance", "BTC/USDT", "1s")
    bars = answer.pop("bars")

    assert answer == {"instrument": "BTCUSDT", "venue": "binance", "interval": "1s", "epoch": "e1", "seq": 0}
    assert isinstance(bars, list)
    assert [(one["close"], one["closed"]) for one in bars] == [("1", True), ("2", True), ("3", False)]


def test_bars_before_a_time_are_answered(queries: CandleQueries, candles: Candles) -> None:
    """As many as asked for; none is an answer too."""
    play(candles, "1", "2", "3")

    def closes(limit: int, before: str) -> list[object]:
        bars = queries.get_candles(None, "binance", "BTCUSDT", "1s", limit, before)["bars"]
        assert isinstance(bars, list)
        return [one["close"] for one in bars]

    assert closes(MAX_BARS, "2024-08-08T23:59:02Z") == ["1", "2"]
    assert closes(1, "2024-08-09T01:59:02+02:00") == ["2"]
    assert closes(1, "2024-08-08T23:59:00Z") == []


def test_the_procedure_is_the_contracts(queries: CandleQueries) -> None:
    """It is answered under its name."""
    assert set(queries.handlers()) == {"tapecast.market.get_candles"}


def test_no_bar_yet_is_unavailable(queries: CandleQueries) -> None:
    """It will be there before long."""
    with pytest.raises(Unavailable):
        queries.get_candles(None, "binance", "BTCUSDT", "1m")


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ((7, "BTCUSDT", "1m"), "venue"),
        (("binance", None, "1m"), "instrument"),
        (("binance", "BTCUSDT", "2m"), "interval"),
        (("binance", "BTCUSDT", "1m", 0), "limit"),
        (("binance", "BTCUSDT", "1m", MAX_BARS + 1), "limit"),
        (("binance", "BTCUSDT", "1m", 1, "now"), "before"),
    ],
)
def test_what_cannot_be_is_refused(queries: CandleQueries, arguments: tuple[object, ...], field: str) -> None:
    """With the argument named."""
    with pytest.raises(InvalidArgument) as raised:
        queries.get_candles(None, *arguments)

    assert raised.value.details["field"] == field


def test_an_unknown_instrument_is_refused(queries: CandleQueries) -> None:
    """Or one that is not on the venue."""
    with pytest.raises(UnknownInstrument):
        queries.get_candles(None, "sim", "BTCUSDT", "1m")
