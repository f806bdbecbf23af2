"""
Binance's messages at a glance: stream names and event names as tables.

Source: Binance spot API docs, web-socket-streams.md.
"""

import functools
import re

from components.contract.uris import INSTRUMENT_PATTERN
from components.marketdata.frames import Frame, MessageKind

_COMBINED = b'{"stream":"'
_SYMBOL_KEY = b'"s":"'
_SYMBOL_WITHIN_BYTES = 120
_MAX_NAME_BYTES = 64
_OPEN_KEY = b'"k":{"t":'
_OPEN_WITHIN_BYTES = 200
_MAX_TIME_CHARS = 16
_MAX_COUNT_CHARS = 9

_EVENT_KINDS = {
    "trade": MessageKind.TRADE,
    "aggTrade": MessageKind.AGGREGATE_TRADE,
    "24hrTicker": MessageKind.TICKER,
    "24hrMiniTicker": MessageKind.MINI_TICKER,
    "depthUpdate": MessageKind.DEPTH,
    "kline": MessageKind.KLINE,
    "serverShutdown": MessageKind.SHUTDOWN,
}
_STREAM_KINDS = {
    "trade": MessageKind.TRADE,
    "aggTrade": MessageKind.AGGREGATE_TRADE,
    "bookTicker": MessageKind.QUOTE,
    "ticker": MessageKind.TICKER,
    "miniTicker": MessageKind.MINI_TICKER,
    "depth": MessageKind.DEPTH,
    "depth5": MessageKind.PARTIAL_DEPTH,
    "depth10": MessageKind.PARTIAL_DEPTH,
    "depth20": MessageKind.PARTIAL_DEPTH,
    "depthSnapshot": MessageKind.SNAPSHOT,
}
"""By the word behind the symbol; `depthSnapshot` is ours, see `snapshot_message`."""

_KINDS_WITH_INTERVAL = {"kline": MessageKind.KLINE, "klines": MessageKind.KLINES}
"""By the word before the interval; `klines` is ours, see `klines_message`."""

_RAW_KINDS = (
    (b'{"u":', MessageKind.QUOTE),
    (b'{"lastUpdateId":', MessageKind.SNAPSHOT),
    (b'[{"e":"24hrMiniTicker"', MessageKind.MINI_TICKERS),
    (b'{"result":', MessageKind.CONTROL),
    (b'{"code":', MessageKind.CONTROL),
    (b'{"error":', MessageKind.CONTROL),
    (b'{"id":', MessageKind.CONTROL),
)
_EVENT = re.compile(rb'\{"e":"([A-Za-z0-9]{1,32})"')
_fits_a_uri = re.compile(INSTRUMENT_PATTERN).fullmatch


def peek(data: bytes) -> Frame:
    """
    Tell what a message is from its first bytes.

    It knows the form in which Binance writes, without blanks and in Binance's own order of keys; anything else is
    `OTHER`, and the decoder looks closer.
    """
    if data.startswith(_COMBINED):
        start = len(_COMBINED)
        end = data.find(b'"', start, start + _MAX_NAME_BYTES)
        frame = frame_of_stream(data[start:end]) if end > 0 else _NOTHING
        return _frame_of_bar(frame, data) if frame.kind is MessageKind.KLINE else frame
    event = _EVENT.match(data)
    if event is not None:
        frame = _raw_frame(kind_of_event(event.group(1).decode("ascii")), _raw_symbol(data))
        return _frame_of_bar(frame, data) if frame.kind is MessageKind.KLINE else frame
    for prefix, kind in _RAW_KINDS:
        if data.startswith(prefix):
            return _raw_frame(kind, _raw_symbol(data) if kind is MessageKind.QUOTE else b"")
    return _NOTHING


def snapshot_message(symbol: str, levels_asked: int, body: bytes) -> bytes:
    """
    The venue's answer to a request for a book, which names no symbol, in the form of a stream that names it.

    Args:
        symbol: What was asked for.
        levels_asked: How many levels a side.
        body: The answer as it came.
    """
    return b'{"stream":"%b@depthSnapshot@%d","data":%b}' % (symbol.lower().encode(), levels_asked, body)


def klines_message(symbol: str, interval: str, body: bytes) -> bytes:
    """
    The venue's answer to a request for bars, which names no symbol, in the form of a stream that names it.

    Args:
        symbol: What was asked for.
        interval: How long the bars are.
        body: The answer as it came.
    """
    return b'{"stream":"%b@klines_%b","data":%b}' % (symbol.lower().encode(), interval.encode(), body)


def interval_asked(stream: str) -> str:
    """The length of the bars that an answer's stream names."""
    return stream.rpartition("@klines_")[2]


def levels_asked(stream: str) -> int | None:
    """How many levels a side a snapshot's stream says that were asked for."""
    asked = stream.rpartition("@depthSnapshot@")[2]
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) <= _MAX_COUNT_CHARS else None


def kind_of_event(name: str) -> MessageKind:
    """The kind of a message by its `e` field."""
    return _EVENT_KINDS.get(name, MessageKind.OTHER)


@functools.lru_cache(maxsize=8192)
def frame_of_stream(name: bytes) -> Frame:
    """The frame of a message that came in the combined form, by its stream's name such as `btcusdt@trade`."""
    text = name.decode("utf-8", "replace")
    if text == "!serverShutdown":
        return Frame(MessageKind.SHUTDOWN, text, "")
    if text == "!miniTicker@arr":
        return Frame(MessageKind.MINI_TICKERS, text, "")
    symbol, _, channel = text.partition("@")
    word = channel.partition("@")[0]
    kind = _STREAM_KINDS.get(word) or _KINDS_WITH_INTERVAL.get(word.partition("_")[0], MessageKind.OTHER)
    return Frame(kind, text, _instrument_id(symbol))


def _frame_of_bar(frame: Frame, data: bytes) -> Frame:
    """A bar replaces only earlier accounts of itself, never those of another, which may be the last of theirs."""
    start = data.find(_OPEN_KEY, 0, _OPEN_WITHIN_BYTES)
    if start < 0:
        return frame
    start += len(_OPEN_KEY)
    open_time = data[start : start + _MAX_TIME_CHARS].partition(b",")[0]
    return frame._replace(stream=f"{frame.stream} {open_time.decode('utf-8', 'replace')}")


@functools.lru_cache(maxsize=8192)
def _raw_frame(kind: MessageKind, symbol: bytes) -> Frame:
    instrument_id = _instrument_id(symbol.decode("utf-8", "replace"))
    return Frame(kind, f"{instrument_id} {kind}", instrument_id)


_NOTHING = Frame(MessageKind.OTHER, "", "")


def _raw_symbol(data: bytes) -> bytes:
    start = data.find(_SYMBOL_KEY, 0, _SYMBOL_WITHIN_BYTES)
    if start < 0:
        return b""
    start += len(_SYMBOL_KEY)
    return data[start : data.find(b'"', start, start + _MAX_NAME_BYTES)]


def _instrument_id(symbol: str) -> str:
    instrument_id = symbol.upper()
    return instrument_id if _fits_a_uri(instrument_id) else ""
