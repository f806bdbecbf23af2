"""Binance's bytes in, the trade's own words out."""

import itertools
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.json import Decoder

from components.contract.envelope import NS_PER_MS
from components.marketdata.binance import messages as wire
from components.marketdata.binance.frames import interval_asked, levels_asked, peek
from components.marketdata.binance.values import (
    BadValue,
    check_levels,
    check_numbers,
    fits_a_uri,
    instrument_id_of,
    positive,
    price_or_none,
    signed,
)
from components.marketdata.frames import Frame, MessageKind
from components.model.errors import MalformedMessage
from components.model.market import (
    AggregateTrade,
    Bar,
    BarHistory,
    BookDeltas,
    BookSnapshot,
    MarketEvent,
    PartialBook,
    QuoteTick,
    Side,
    TickerStatistics,
    TradeTick,
)

MAX_SHOWN_CHARS = 80


class ControlReply(msgspec.Struct, frozen=True, kw_only=True):
    """
    The venue's answer to a request on the stream, such as SUBSCRIBE.

    Attributes:
        request_id: The `id` of the request, where the answer names it.
        error_code: The venue's code, None where the request was granted.
        error: The venue's words for it.
    """

    request_id: int | str | None
    error_code: int | None = None
    error: str | None = None


class ServerShutdown(msgspec.Struct, frozen=True, kw_only=True):
    """
    The server will soon close this connection: open another one now.

    Attributes:
        ts_event: The venue's time, UNIX nanoseconds, where it gives one.
    """

    ts_event: int | None


Decoded = MarketEvent | ControlReply | ServerShutdown

_BAD_JSON = (msgspec.MsgspecError, UnicodeError, RecursionError)
_LEADING_KEYS = ("stream", "e", "u", "lastUpdateId", "result", "error", "code", "id")


def _decoders(message: Any) -> tuple[Callable[[bytes], Any], Callable[[bytes], Any]]:
    raw, combined = Decoder(message), Decoder(wire.Combined[message])
    return raw.decode, lambda data: combined.decode(data).data


_DECODERS = {
    MessageKind.TRADE: _decoders(wire.Trade),
    MessageKind.AGGREGATE_TRADE: _decoders(wire.AggTrade),
    MessageKind.QUOTE: _decoders(wire.BookTicker),
    MessageKind.TICKER: _decoders(wire.Ticker),
    MessageKind.MINI_TICKER: _decoders(wire.MiniTicker),
    MessageKind.MINI_TICKERS: _decoders(tuple[wire.MiniTicker, ...]),
    MessageKind.KLINE: _decoders(wire.Kline),
    MessageKind.KLINES: _decoders(tuple[wire.ClosedCandle, ...]),
    MessageKind.DEPTH: _decoders(wire.DepthUpdate),
    MessageKind.PARTIAL_DEPTH: _decoders(wire.Depth),
    MessageKind.SNAPSHOT: _decoders(wire.Depth),
    MessageKind.CONTROL: _decoders(wire.Reply),
    MessageKind.SHUTDOWN: _decoders(wire.Shutdown),
}


class BinanceDecoder:
    """
    Decode what Binance sends, or what is written in Binance's format.

    Sans-I/O. Prices and quantities keep the venue's own text, once it is sure to be a number: prices above zero, sizes
    zero or more. Binance writes a price of zero where there is none (an empty side of a book, nothing traded); that
    becomes None.

    A depth snapshot by REST names no symbol, unless our own client wrapped it in a stream's name. A recording holds it
    among the depth updates that it belongs to, so it is taken for the one instrument whose depth updates came before;
    where there were several, it is refused. An answer with bars names none either, and comes wrapped; only closed bars
    are asked for.

    Speed: a combined trade or quote takes about 2 microseconds. Numbers are checked by one expression over all of a
    message's texts, which costs a third of a `msgspec.Meta(pattern=...)` on each field.
    """

    def __init__(self, venue: str) -> None:
        self._venue = venue
        self._depth_instruments: set[str] = set()
        self._read: dict[MessageKind, Callable[[Any, Frame, int], tuple[Decoded, ...]]] = {
            MessageKind.TRADE: self._trade,
            MessageKind.AGGREGATE_TRADE: self._aggregate_trade,
            MessageKind.QUOTE: self._quote,
            MessageKind.TICKER: self._ticker,
            MessageKind.MINI_TICKER: self._mini_ticker,
            MessageKind.MINI_TICKERS: self._mini_tickers,
            MessageKind.KLINE: self._kline,
            MessageKind.KLINES: self._klines,
            MessageKind.DEPTH: self._depth,
            MessageKind.PARTIAL_DEPTH: self._partial_depth,
            MessageKind.SNAPSHOT: self._snapshot,
            MessageKind.CONTROL: self._control,
            MessageKind.SHUTDOWN: self._shutdown,
        }

    def decode(self, data: bytes, *, received_ns: int) -> tuple[Decoded, ...]:
        """
        Decode one message, raw or wrapped as `{"stream":...,"data":...}`.

        Args:
            data: The message as it came.
            received_ns: When it was received, UNIX nanoseconds on the feed's clock.

        Returns:
            What it tells, in order; nothing where it is of a type that the gateway has no use for. Instruments whose
            name no URI can hold are left out of a message that is about many.

        Raises:
            MalformedMessage: It cannot be read, or holds values that cannot be.
        """
        try:
            frame = peek(data)
            if frame.kind is MessageKind.OTHER:
                data = _in_usual_form(data)
                frame = peek(data)
                if frame.kind is MessageKind.OTHER:
                    return ()
            decode_raw, decode_combined = _DECODERS[frame.kind]
            message = decode_combined(data) if data.startswith(b'{"stream"') else decode_raw(data)
            return self._read[frame.kind](message, frame, received_ns)
        except _BAD_JSON as error:
            raise _malformed(str(error), data) from None
        except BadValue as error:
            raise _malformed(f"expected a {frame.kind} message with {error}", data) from None

    def _trade(self, message: wire.Trade, _frame: Frame, received_ns: int) -> tuple[Decoded, ...]:
        check_numbers(message.p, message.q)
        return (
            TradeTick(
                venue=self._venue,
                instrument_id=instrument_id_of(message.s),
                ts_event=message.T * NS_PER_MS,
                ts_init=received_ns,
                trade_id=str(message.t),
                price=positive(message.p),
                quantity=positive(message.q),
                side=Side.SELL if message.m else Side.BUY,
            ),
        )

    def _aggregate_trade(self, message: wire.AggTrade, _frame: Frame, received_ns: int) -> tuple[Decoded, ...]:
        check_numbers(message.p, message.q)
        return (
            AggregateTrade(
                venue=self._venue,
                instrument_id=instrument_id_of(message.s),
                ts_event=message.T * NS_PER_MS,
                ts_init=received_ns,
                aggregate_id=str(message.a),
                first_trade_id=str(message.f),
                last_trade_id=str(message.last_trade_id),
                price=positive(message.p),
                quantity=positive(message.q),
                side=Side.SELL if message.m else Side.BUY,
            ),
        )

    def _quote(self, message: wire.BookTicker, _frame: Frame, received_ns: int) -> tuple[Decoded, ...]:
        check_numbers(message.b, message.B, message.a, message.A)
        bid, ask = price_or_none(message.b), price_or_none(message.a)
        return (
            QuoteTick(
                venue=self._venue,
                instrument_id=instrument_id_of(message.s),
                ts_event=None,
                ts_init=received_ns,
                bid=bid,
                bid_size=None if bid is None else message.B,
                ask=ask,
                ask_size=None if ask is None else message.A,
                update_id=message.u,
            ),
        )

    def _ticker(self, message: wire.Ticker, _frame: Frame, received_ns: int) -> tuple[Decoded, ...]:
        statistics = self._statistics(
            message,
            received_ns,
            price_change=signed(message.p),
            price_change_percent=signed(message.P),
            trades=message.n,
        )
        return (statistics,)

    def _mini_ticker(self, message: wire.MiniTicker, _frame: Frame, received_ns: int) -> tuple[Decoded, ...]:
        return (self._statistics(message, received_ns),)

    def _statistics(
        self,
        message: wire.Ticker | wire.MiniTicker,
        received_ns: int,
        *,
        price_change: str | None = None,
        price_change_percent: str | None = None,
        trades: int | None = None,
    ) -> TickerStatistics:
        check_numbers(message.c, message.o, message.h, message.low, message.v, message.q)
        return TickerStatistics(
            venue=self._venue,
            instrument_id=instrument_id_of(message.s),
            ts_event=message.E * NS_PER_MS,
            ts_init=received_ns,
            price=price_or_none(message.c),
            open_price=price_or_none(message.o),
            high_price=price_or_none(message.h),
            low_price=price_or_none(message.low),
            volume=message.v,
            quote_volume=message.q,
            price_change=price_change,
            price_change_percent=price_change_percent,
            trades=trades,
        )

    def _mini_tickers(
        self, messages: tuple[wire.MiniTicker, ...], frame: Frame, received_ns: int
    ) -> tuple[Decoded, ...]:
        usable = (message for message in messages if fits_a_uri(message.s))
        return tuple(itertools.chain.from_iterable(self._mini_ticker(one, frame, received_ns) for one in usable))

    def _kline(self, message: wire.Kline, _frame: Frame, received_ns: int) -> tuple[Decoded, ...]:
        bar = message.k
        check_numbers(bar.o, bar.h, bar.low, bar.c, bar.v)
        return (
            Bar(
                venue=self._venue,
                instrument_id=instrument_id_of(message.s),
                ts_event=message.E * NS_PER_MS,
                ts_init=received_ns,
                interval=bar.i,
                open_ts=bar.t * NS_PER_MS,
                close_ts=bar.T * NS_PER_MS,
                open=positive(bar.o),
                high=positive(bar.h),
                low=positive(bar.low),
                close=positive(bar.c),
                volume=bar.v,
                trades=bar.n,
                is_closed=bar.x,
            ),
        )

    def _klines(self, message: tuple[wire.ClosedCandle, ...], frame: Frame, received_ns: int) -> tuple[Decoded, ...]:
        if message:
            check_numbers(*(number for candle in message for number in candle[1:6]))
        interval, instrument_id = interval_asked(frame.stream), instrument_id_of(frame.instrument_id)
        bars = tuple(
            Bar(
                venue=self._venue,
                instrument_id=instrument_id,
                ts_event=None,
                ts_init=received_ns,
                interval=interval,
                open_ts=open_ms * NS_PER_MS,
                close_ts=close_ms * NS_PER_MS,
                open=positive(open_price),
                high=positive(high),
                low=positive(low),
                close=positive(close),
                volume=volume,
                trades=trades,
                is_closed=True,
            )
            for open_ms, open_price, high, low, close, volume, close_ms, _, trades, _, _, _ in message
        )
        history = BarHistory(
            venue=self._venue,
            instrument_id=instrument_id,
            ts_event=None,
            ts_init=received_ns,
            interval=interval,
            bars=bars,
        )
        return (history,)

    def _depth(self, message: wire.DepthUpdate, _frame: Frame, received_ns: int) -> tuple[Decoded, ...]:
        check_levels(message.b, message.a)
        instrument_id = instrument_id_of(message.s)
        self._depth_instruments.add(instrument_id)
        return (
            BookDeltas(
                venue=self._venue,
                instrument_id=instrument_id,
                ts_event=message.E * NS_PER_MS,
                ts_init=received_ns,
                first_update_id=message.U,
                last_update_id=message.u,
                bids=message.b,
                asks=message.a,
            ),
        )

    def _partial_depth(self, message: wire.Depth, frame: Frame, received_ns: int) -> tuple[Decoded, ...]:
        check_levels(message.bids, message.asks)
        return (
            PartialBook(
                venue=self._venue,
                instrument_id=instrument_id_of(frame.instrument_id),
                ts_event=None,
                ts_init=received_ns,
                last_update_id=message.lastUpdateId,
                bids=message.bids,
                asks=message.asks,
            ),
        )

    def _snapshot(self, message: wire.Depth, frame: Frame, received_ns: int) -> tuple[Decoded, ...]:
        check_levels(message.bids, message.asks)
        return (
            BookSnapshot(
                venue=self._venue,
                instrument_id=instrument_id_of(frame.instrument_id or self._only_depth_instrument()),
                ts_event=None,
                ts_init=received_ns,
                last_update_id=message.lastUpdateId,
                bids=message.bids,
                asks=message.asks,
                levels_asked=levels_asked(frame.stream),
            ),
        )

    def _only_depth_instrument(self) -> str:
        if len(self._depth_instruments) != 1:
            raise BadValue("depth updates of exactly one instrument before it, as it names none itself")
        return next(iter(self._depth_instruments))

    def _control(self, message: wire.Reply, _frame: Frame, _received_ns: int) -> tuple[Decoded, ...]:
        if message.error is not None:
            return (ControlReply(request_id=message.id, error_code=message.error.code, error=message.error.msg),)
        return (ControlReply(request_id=message.id, error_code=message.code, error=message.msg),)

    def _shutdown(self, message: wire.Shutdown, _frame: Frame, _received_ns: int) -> tuple[Decoded, ...]:
        return (ServerShutdown(ts_event=None if message.E is None else message.E * NS_PER_MS),)


def _malformed(reason: str, data: bytes) -> MalformedMessage:
    shown = repr(data[:MAX_SHOWN_CHARS])[:MAX_SHOWN_CHARS]
    return MalformedMessage(f"{reason[:MAX_SHOWN_CHARS]}; received {len(data)} bytes beginning {shown}")


def _in_usual_form(data: bytes) -> bytes:
    message = msgspec.json.decode(data)
    first = message[0] if isinstance(message, list) and message else message
    if isinstance(first, dict):
        for key in _LEADING_KEYS:
            if key in first:
                ordered = {key: first[key], **first}
                return msgspec.json.encode([ordered, *message[1:]] if isinstance(message, list) else ordered)
    if message == []:
        return data
    raise _malformed("expected an object or a list of objects of a known form", data)
