"""Binance's messages become the model's events, or are refused."""

import json
from collections import Counter
from collections.abc import Callable

import pytest

from components.marketdata.binance.decoder import BinanceDecoder, ControlReply, Decoded, ServerShutdown
from components.marketdata.binance.frames import snapshot_message
from components.model.errors import MalformedMessage
from components.model.market import (
    AggregateTrade,
    Bar,
    BarHistory,
    BookDeltas,
    BookSnapshot,
    PartialBook,
    QuoteTick,
    Side,
    TickerStatistics,
    TradeTick,
)
from tests.support.binance_text import (
    combined,
    depth_fields,
    kline_fields,
    mini_ticker_fields,
    quote_fields,
    raw,
    ticker_fields,
    trade_fields,
)
from tests.support.recordings import BTCUSDT, SAMPLES, messages, recording

NOW_NS = 1_723_161_254_087_896_568
AGGREGATE = {"e": "aggTrade", "E": 2, "s": "BTCUSDT", "a": 9, "p": "1.5", "q": "2", "f": 3, "l": 5, "T": 1, "m": False}


def decode(data: bytes) -> tuple[Decoded, ...]:
    """What a fresh decoder makes of one message."""
    return BinanceDecoder("binance").decode(data, received_ns=NOW_NS)


@pytest.mark.parametrize("data", [raw(trade_fields(7)), combined("btcusdt@trade", trade_fields(7))])
def test_a_trade_keeps_the_venues_own_text(data: bytes) -> None:
    """Raw or combined, a trade has the venue's id, price, quantity and time, and the taker's side."""
    assert decode(data) == (
        TradeTick(
            venue="binance",
            instrument_id="BTCUSDT",
            ts_event=1_723_161_255_342_000_000,
            ts_init=NOW_NS,
            trade_id="7",
            price="61837.63000000",
            quantity="0.02000000",
            side=Side.SELL,
        ),
    )


def test_the_taker_buys_where_the_seller_made_the_liquidity() -> None:
    """`m` false is a buy of the taker's."""
    (event,) = decode(raw(trade_fields(7, m=False)))

    assert isinstance(event, TradeTick)
    assert event.side is Side.BUY


def test_an_aggregate_trade_is_an_event_of_its_own() -> None:
    """An aggregate trade is not taken for a trade print."""
    assert decode(raw(AGGREGATE)) == (
        AggregateTrade(
            venue="binance",
            instrument_id="BTCUSDT",
            ts_event=1_000_000,
            ts_init=NOW_NS,
            aggregate_id="9",
            first_trade_id="3",
            last_trade_id="5",
            price="1.5",
            quantity="2",
            side=Side.BUY,
        ),
    )


@pytest.mark.parametrize("data", [raw(quote_fields(7)), combined("btcusdt@bookTicker", quote_fields(7))])
def test_a_quote_has_no_time_of_the_venues(data: bytes) -> None:
    """Raw or combined, a best bid and ask has prices, sizes and the update's id."""
    assert decode(data) == (
        QuoteTick(
            venue="binance",
            instrument_id="BTCUSDT",
            ts_event=None,
            ts_init=NOW_NS,
            bid="61837.63000000",
            bid_size="3.78826000",
            ask="61837.64000000",
            ask_size="1.54698000",
            update_id=7,
        ),
    )


def test_a_price_of_zero_in_a_quote_is_an_empty_side() -> None:
    """Where nobody bids or asks, Binance writes zero and the quote has None."""
    (event,) = decode(raw(quote_fields(7, b="0.00000000", B="0.00000000", a="0", A="0")))

    assert isinstance(event, QuoteTick)
    assert (event.bid, event.bid_size, event.ask, event.ask_size) == (None, None, None, None)


def test_a_ticker_has_the_change_and_the_number_of_trades() -> None:
    """The 24 h statistics carry all values, a negative change too."""
    assert decode(raw(ticker_fields())) == (
        TickerStatistics(
            venue="binance",
            instrument_id="BTCUSDT",
            ts_event=1_592_593_727_005_000_000,
            ts_init=NOW_NS,
            price="9318.48000000",
            open_price="9383.48000000",
            high_price="9438.30000000",
            low_price="9215.79000000",
            volume="48745.36667100",
            quote_volume="455442476.18534620",
            price_change="-65.00000000",
            price_change_percent="-0.693",
            trades=550340,
        ),
    )


def test_a_ticker_of_what_was_never_traded_has_no_prices() -> None:
    """Prices of zero in the statistics are None."""
    (event,) = decode(raw(ticker_fields(c="0.0", o="0.0", h="0.0", l="0.0", v="0.0", q="0.0")))

    assert isinstance(event, TickerStatistics)
    assert (event.price, event.open_price, event.high_price, event.low_price) == (None, None, None, None)


@pytest.mark.parametrize(
    "data", [raw(mini_ticker_fields("ETHBTC")), combined("ethbtc@miniTicker", mini_ticker_fields("ETHBTC"))]
)
def test_a_mini_ticker_leaves_out_the_change(data: bytes) -> None:
    """The short statistics know neither the change nor the number of trades."""
    (event,) = decode(data)

    assert isinstance(event, TickerStatistics)
    assert (event.price, event.price_change, event.price_change_percent, event.trades) == (
        "0.02456700",
        None,
        None,
        None,
    )


@pytest.mark.parametrize("wrap", [raw, lambda data: combined("!miniTicker@arr", data)])
def test_an_array_of_mini_tickers_is_one_event_for_each_usable_name(wrap: Callable[[object], bytes]) -> None:
    """Of many statistics in one message, those that no URI can name are left out."""
    fields = [mini_ticker_fields("ETHBTC"), mini_ticker_fields("币安USDT"), mini_ticker_fields("BTCUSDT")]

    events = decode(wrap(fields))

    assert [event.instrument_id for event in events if isinstance(event, TickerStatistics)] == ["ETHBTC", "BTCUSDT"]


def test_a_kline_is_a_bar() -> None:
    """A bar has its interval, its times and whether it is closed."""
    assert decode(combined("btcusdt@kline_1m", kline_fields())) == (
        Bar(
            venue="binance",
            instrument_id="BTCUSDT",
            ts_event=1_601_630_228_469_000_000,
            ts_init=NOW_NS,
            interval="1m",
            open_ts=1_601_630_220_000_000_000,
            close_ts=1_601_630_279_999_000_000,
            open="10437.32000000",
            high="10441.90000000",
            low="10437.31000000",
            close="10441.80000000",
            volume="20.63957400",
            trades=183,
            is_closed=False,
        ),
    )


def test_an_answer_with_bars_is_a_history() -> None:
    """All of them are closed, as none but closed ones are asked for; it may be empty."""
    row = [1499040000000, "0.01634790", "0.80000000", "0.01575800", "0.01577100", "148976.11427815", 1499644799999]
    rest = ["2434.19055334", 308, "1756.87402397", "28.46694368", "0"]
    history, nothing = (decode(combined("btcusdt@klines_1m", rows))[0] for rows in ([[*row, *rest]], []))

    assert isinstance(history, BarHistory)
    assert isinstance(nothing, BarHistory)
    assert (history.instrument_id, history.interval, nothing.bars) == ("BTCUSDT", "1m", ())
    assert history.bars == (
        Bar(
            venue="binance",
            instrument_id="BTCUSDT",
            ts_event=None,
            ts_init=NOW_NS,
            interval="1m",
            open_ts=1_499_040_000_000_000_000,
            close_ts=1_499_644_799_999_000_000,
            open="0.01634790",
            high="0.80000000",
            low="0.01575800",
            close="0.01577100",
            volume="148976.11427815",
            trades=308,
            is_closed=True,
        ),
    )


def test_a_depth_update_is_book_deltas() -> None:
    """Levels are pairs of price and absolute size, and a size may be zero."""
    assert decode(combined("btcusdt@depth@100ms", depth_fields())) == (
        BookDeltas(
            venue="binance",
            instrument_id="BTCUSDT",
            ts_event=1_723_161_255_208_000_000,
            ts_init=NOW_NS,
            first_update_id=11,
            last_update_id=13,
            bids=(("61737.63000000", "0.00000000"),),
            asks=(("61837.64000000", "1.54698000"),),
        ),
    )


def test_a_depth_update_may_change_nothing() -> None:
    """Both sides of a depth update may be empty."""
    (event,) = decode(raw(depth_fields(b=[], a=[])))

    assert isinstance(event, BookDeltas)
    assert (event.bids, event.asks) == ((), ())


def test_a_partial_book_is_named_by_its_stream() -> None:
    """A partial depth names no symbol, so its stream does."""
    book = {"lastUpdateId": 5, "bids": [["1", "2"]], "asks": []}

    assert decode(combined("ethbtc@depth5@100ms", book)) == (
        PartialBook(
            venue="binance",
            instrument_id="ETHBTC",
            ts_event=None,
            ts_init=NOW_NS,
            last_update_id=5,
            bids=(("1", "2"),),
            asks=(),
        ),
    )


@pytest.mark.parametrize(
    ("stream", "asked"),
    [("ethbtc@depthSnapshot@5000", 5000), ("ethbtc@depthSnapshot", None), ("ethbtc@depthSnapshot@x", None)],
)
def test_a_snapshot_that_is_named_by_a_stream_is_of_that_instrument(stream: str, asked: int | None) -> None:
    """Our own client wraps the venue's answer, and says how many levels it asked for."""
    (event,) = decode(combined(stream, {"lastUpdateId": 5, "bids": [["1", "2"]], "asks": []}))

    assert isinstance(event, BookSnapshot)
    assert (event.instrument_id, event.last_update_id, event.levels_asked) == ("ETHBTC", 5, asked)


def test_a_wrapped_answer_is_a_snapshot() -> None:
    """What wraps it and what reads it agree."""
    (event,) = decode(snapshot_message("ETHBTC", 1000, b'{"lastUpdateId":5,"bids":[],"asks":[["1","2"]]}'))

    assert isinstance(event, BookSnapshot)
    assert (event.instrument_id, event.asks, event.levels_asked) == ("ETHBTC", (("1", "2"),), 1000)


def test_a_snapshot_is_of_the_one_instrument_whose_updates_came_before() -> None:
    """A REST snapshot names no symbol and belongs to the depth updates that it is recorded among."""
    decoder = BinanceDecoder("binance")
    decoder.decode(raw(depth_fields("ETHBTC")), received_ns=NOW_NS)

    (event,) = decoder.decode(raw({"lastUpdateId": 5, "bids": [], "asks": []}), received_ns=NOW_NS)

    assert isinstance(event, BookSnapshot)
    assert (event.instrument_id, event.last_update_id) == ("ETHBTC", 5)


@pytest.mark.parametrize("symbols", [(), ("ETHBTC", "BTCUSDT")])
def test_a_snapshot_of_an_unclear_instrument_is_refused(symbols: tuple[str, ...]) -> None:
    """With updates of no instrument or of several before it, nobody can tell whose snapshot it is."""
    decoder = BinanceDecoder("binance")
    for symbol in symbols:
        decoder.decode(raw(depth_fields(symbol)), received_ns=NOW_NS)

    with pytest.raises(MalformedMessage, match="exactly one instrument"):
        decoder.decode(raw({"lastUpdateId": 5, "bids": [], "asks": []}), received_ns=NOW_NS)


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ({"result": None, "id": 1}, ControlReply(request_id=1)),
        ({"result": ["btcusdt@trade"], "id": "a"}, ControlReply(request_id="a")),
        ({"code": 2, "msg": "bad"}, ControlReply(request_id=None, error_code=2, error="bad")),
        ({"error": {"code": 2, "msg": "bad"}, "id": 4}, ControlReply(request_id=4, error_code=2, error="bad")),
        ({"id": 4, "result": None}, ControlReply(request_id=4)),
    ],
)
def test_the_answer_to_a_request_is_no_market_event(message: object, reply: ControlReply) -> None:
    """Answers are told apart from data in every form that occurs."""
    assert decode(raw(message)) == (reply,)


@pytest.mark.parametrize(
    "data",
    [
        raw({"e": "serverShutdown", "E": 2}),
        combined("!serverShutdown", {"e": "serverShutdown", "E": 2}),
    ],
)
def test_a_server_that_goes_down_says_so(data: bytes) -> None:
    """The notice is known raw and combined."""
    assert decode(data) == (ServerShutdown(ts_event=2_000_000),)


def test_a_server_that_goes_down_may_say_so_without_a_time() -> None:
    """The notice counts without its time."""
    assert decode(raw({"e": "serverShutdown"})) == (ServerShutdown(ts_event=None),)


@pytest.mark.parametrize(
    "data",
    [
        raw({"e": "balanceUpdate", "E": 1, "a": "USDT"}),
        combined("btcusdt@avgPrice", {"e": "avgPrice", "s": "BTCUSDT"}),
        b"[]",
    ],
)
def test_a_type_without_use_is_nothing(data: bytes) -> None:
    """Well-formed messages of other types are neither events nor errors."""
    assert decode(data) == ()


@pytest.mark.parametrize(
    "data",
    [
        json.dumps(trade_fields(7), indent=1).encode(),
        json.dumps(dict(reversed(trade_fields(7).items()))).encode(),
        json.dumps({"data": trade_fields(7), "stream": "btcusdt@trade"}).encode(),
    ],
)
def test_blanks_and_order_do_not_matter(data: bytes) -> None:
    """The same message is read however a recorder wrote it down."""
    assert decode(data) == decode(raw(trade_fields(7)))


def test_blanks_do_not_matter_in_an_array() -> None:
    """An array that a recorder wrote down with blanks is read too."""
    data = json.dumps([mini_ticker_fields("ETHBTC"), mini_ticker_fields("BTCUSDT")]).encode()

    assert len(decode(data)) == 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"5",
        b"null",
        b"{}",
        b"[1]",
        b'{"x":1}',
        b"\xff",
        b"[" * 100_000,
        raw(trade_fields(7))[:-1],
        raw({"e": "trade"}),
        raw(trade_fields(7, t="7")),
        raw(trade_fields(-1)),
        raw(trade_fields(2**63)),
        raw(trade_fields(7, T=-1)),
        raw(trade_fields(7, T=10**15)),
        raw(trade_fields(7, T=1.5)),
        raw(trade_fields(7, p=1.5)),
        raw(trade_fields(7, p="0.00000000")),
        raw(trade_fields(7, p="-1")),
        raw(trade_fields(7, p="NaN")),
        raw(trade_fields(7, p="1e5")),
        raw(trade_fields(7, p="")),
        raw(trade_fields(7, p="1 2")),
        raw(trade_fields(7, p="1\n")),
        raw(trade_fields(7, p="٣")),
        raw(trade_fields(7, p="1" * 21)),
        raw(trade_fields(7, q="0")),
        raw(trade_fields(7, q=".5")),
        raw(trade_fields(7, s="BTC.USDT")),
        raw(trade_fields(7, s="")),
        raw(trade_fields(7, s="币安")),
        combined("btcusdt@trade", AGGREGATE),
        raw({**AGGREGATE, "p": "0"}),
        raw({**AGGREGATE, "q": "x"}),
        raw(quote_fields(7, b="1,5")),
        raw(quote_fields(7, A="-1")),
        raw(ticker_fields(P="--1")),
        raw(ticker_fields(p="")),
        raw(ticker_fields(h="high")),
        raw(mini_ticker_fields("ETHBTC", v="x")),
        raw(kline_fields(i="7m")),
        combined("btcusdt@klines_1m", [[1, "1", "1", "1", "1", "x", 2, "1", 1, "1", "1", "1"]]),
        combined("btcusdt@klines_1m", [[1, "1", "0", "1", "1", "1", 2, "1", 1, "1", "1", "1"]]),
        combined("btcusdt@klines_1m", {"code": -1121, "msg": "Invalid symbol."}),
        raw(kline_fields(o="0")),
        raw(depth_fields(b=[["1"]])),
        raw(depth_fields(b=[["0.0", "1"]])),
        raw(depth_fields(a=[["1", "x"]])),
        combined("!miniTicker@depth5", {"lastUpdateId": 5, "bids": [], "asks": []}),
        raw({"code": "x", "msg": 1}),
    ],
    ids=lambda data: repr(data[:40]),
)
def test_what_cannot_be_read_is_refused(data: bytes) -> None:
    """Broken JSON, missing fields and impossible values all raise the one error, in few words."""
    with pytest.raises(MalformedMessage) as raised:
        decode(data)

    assert len(str(raised.value)) < 300


def test_a_refusal_shows_a_message_only_in_part() -> None:
    """However long the message, its error shows at most 80 characters of it."""
    with pytest.raises(MalformedMessage) as raised:
        decode(raw(trade_fields(7, p="x" * 10_000)))

    assert "expected a trade message" in str(raised.value)
    assert "x" * 80 not in str(raised.value)


def test_the_recording_decodes_without_loss() -> None:
    """Every line of the recorded market becomes the event that it is."""
    decoder = BinanceDecoder("binance")
    counts: Counter[type] = Counter()

    for received_ns, data in messages(BTCUSDT):
        counts.update(type(event) for event in decoder.decode(data, received_ns=received_ns))

    assert counts == {TradeTick: 9757, QuoteTick: 28_040, BookDeltas: 3451, BookSnapshot: 1}


def test_every_sample_is_read_or_deliberately_left() -> None:
    """Each real message is decoded; only the account's own are of no use."""
    decoder = BinanceDecoder("binance")
    left: list[str] = []
    for line in recording(SAMPLES).read_text().splitlines():
        sample = json.loads(line)
        if not decoder.decode(raw(sample["msg"]), received_ns=NOW_NS):
            left.append(sample["kind"])

    assert left == ["listStatus", "balanceUpdate"]
