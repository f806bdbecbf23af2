"""What a glance at Binance's messages tells."""

from collections.abc import Callable

import pytest

from components.marketdata.binance.frames import interval_asked, klines_message, levels_asked, peek, snapshot_message
from components.marketdata.frames import MessageKind
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


@pytest.mark.parametrize(
    ("stream", "kind"),
    [
        ("btcusdt@trade", MessageKind.TRADE),
        ("btcusdt@aggTrade", MessageKind.AGGREGATE_TRADE),
        ("btcusdt@bookTicker", MessageKind.QUOTE),
        ("btcusdt@ticker", MessageKind.TICKER),
        ("btcusdt@miniTicker", MessageKind.MINI_TICKER),
        ("btcusdt@kline_1m", MessageKind.KLINE),
        ("btcusdt@klines_1m", MessageKind.KLINES),
        ("btcusdt@depth", MessageKind.DEPTH),
        ("btcusdt@depth@100ms", MessageKind.DEPTH),
        ("btcusdt@depth20@100ms", MessageKind.PARTIAL_DEPTH),
        ("btcusdt@depthSnapshot@5000", MessageKind.SNAPSHOT),
        ("btcusdt@avgPrice", MessageKind.OTHER),
        ("btcusdt@ticker_1h", MessageKind.OTHER),
    ],
)
def test_a_combined_stream_tells_kind_and_instrument(stream: str, kind: MessageKind) -> None:
    """The name of a combined stream is enough to tell what the message is about."""
    frame = peek(combined(stream, {}))

    assert (frame.kind, frame.stream, frame.instrument_id) == (kind, stream, "BTCUSDT")


@pytest.mark.parametrize("wrap", [raw, lambda data: combined("btcusdt@kline_1m", data)])
def test_a_bar_replaces_only_accounts_of_itself(wrap: Callable[[object], bytes]) -> None:
    """The last word on a bar is not lost to the first of the next; other intervals are other bars."""
    growing, closed = (peek(wrap(kline_fields(t=60_000, x=is_closed))) for is_closed in (False, True))
    following = peek(wrap(kline_fields(t=120_000)))

    assert growing == closed
    assert growing.stream != following.stream
    assert (growing.kind, growing.instrument_id) == (MessageKind.KLINE, "BTCUSDT")


def test_an_answer_with_a_book_names_what_was_asked_for() -> None:
    """Also how many levels; a stream that does not say so is another."""
    message = snapshot_message("BTCUSDT", 5000, b"{}")

    assert message == combined("btcusdt@depthSnapshot@5000", {})
    assert levels_asked(peek(message).stream) == 5000
    assert [levels_asked(f"btcusdt@depthSnapshot{rest}") for rest in ("", "@x", "@٣", "@1234567890")] == [None] * 4


def test_an_answer_with_bars_names_what_was_asked_for() -> None:
    """The answer itself does not: it is told in a stream of ours."""
    message = klines_message("BTCUSDT", "1m", b"[]")
    frame = peek(message)

    assert message == combined("btcusdt@klines_1m", [])
    assert (frame.kind, frame.instrument_id, interval_asked(frame.stream)) == (MessageKind.KLINES, "BTCUSDT", "1m")


@pytest.mark.parametrize(
    ("stream", "kind"), [("!miniTicker@arr", MessageKind.MINI_TICKERS), ("!serverShutdown", MessageKind.SHUTDOWN)]
)
def test_a_stream_of_all_markets_names_no_instrument(stream: str, kind: MessageKind) -> None:
    """What concerns all instruments is known by its name and has no instrument."""
    frame = peek(combined(stream, {}))

    assert (frame.kind, frame.instrument_id) == (kind, "")


@pytest.mark.parametrize(
    ("message", "kind", "instrument_id"),
    [
        (trade_fields(1), MessageKind.TRADE, "BTCUSDT"),
        (quote_fields(1), MessageKind.QUOTE, "BTCUSDT"),
        (ticker_fields(), MessageKind.TICKER, "BTCUSDT"),
        (mini_ticker_fields("ETHBTC"), MessageKind.MINI_TICKER, "ETHBTC"),
        (depth_fields(), MessageKind.DEPTH, "BTCUSDT"),
        (kline_fields(), MessageKind.KLINE, "BTCUSDT"),
        ([mini_ticker_fields("ETHBTC")], MessageKind.MINI_TICKERS, ""),
        ({"e": "serverShutdown", "E": 1}, MessageKind.SHUTDOWN, ""),
        ({"e": "balanceUpdate", "s": "BTCUSDT"}, MessageKind.OTHER, "BTCUSDT"),
        ({"lastUpdateId": 1}, MessageKind.SNAPSHOT, ""),
        ({"result": None, "id": 1}, MessageKind.CONTROL, ""),
        ({"code": 1, "msg": ""}, MessageKind.CONTROL, ""),
        ({"error": {}}, MessageKind.CONTROL, ""),
        ({"id": 1}, MessageKind.CONTROL, ""),
        ({"x": 1}, MessageKind.OTHER, ""),
    ],
)
def test_a_raw_message_tells_kind_and_instrument(message: object, kind: MessageKind, instrument_id: str) -> None:
    """A raw message is known by its event name or its first key."""
    frame = peek(raw(message))

    assert (frame.kind, frame.instrument_id) == (kind, instrument_id)


def test_messages_of_one_stream_are_told_from_others() -> None:
    """Raw quotes of one instrument share a stream; another instrument's, or another kind, do not."""
    streams = [
        peek(raw(message)).stream
        for message in (quote_fields(1), quote_fields(2), quote_fields(1, s="ETHUSDT"), trade_fields(1))
    ]

    assert streams[0] == streams[1]
    assert len(set(streams)) == 3


@pytest.mark.parametrize("data", [b"", b"{", b'{"stream":"btcusdt@trade', b"\xff\xfe", b'{"stream": "btcusdt@trade"}'])
def test_the_unusual_is_left_to_the_decoder(data: bytes) -> None:
    """What is not written as Binance writes is of no kind at a glance."""
    assert peek(data).kind is MessageKind.OTHER


def test_a_name_that_no_uri_can_hold_is_no_instrument() -> None:
    """A symbol beyond the contract's characters names no instrument."""
    assert peek(combined("币安@trade", {})).instrument_id == ""
    assert peek('{"stream":"币安@trade","data":{}}'.encode()).instrument_id == ""
    assert peek(raw(trade_fields(1, s="a.b"))).instrument_id == ""
