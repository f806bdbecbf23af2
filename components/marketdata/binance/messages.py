"""
Binance's messages as Binance writes them: one struct a message, field names as in its documentation, but for `l`.

Units: times are milliseconds, prices in quote currency, quantities in base currency, both as text.
Source: Binance spot API docs, web-socket-streams.md and rest-api.md.
"""

from typing import Annotated, Generic, Literal, TypeVar

from msgspec import Meta, Struct, field

Milliseconds = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]
"""Up to the year 9999: what is beyond has no ISO form, and is no time of a venue's."""

Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Interval = Literal["1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"]
Level = tuple[str, str]

M = TypeVar("M")


class Combined(Struct, Generic[M], frozen=True, gc=False):
    """The wrapper of a combined stream."""

    stream: str
    data: M


class Trade(Struct, frozen=True, gc=False, tag_field="e", tag="trade"):
    """`@trade`; `m` is true where the buyer made the liquidity, so that the seller took it."""

    s: str
    t: Number
    p: str
    q: str
    T: Milliseconds
    m: bool


class AggTrade(Struct, frozen=True, gc=False, tag_field="e", tag="aggTrade"):
    """`@aggTrade`; `f` and `l` are the first and last trade id in it."""

    s: str
    a: Number
    p: str
    q: str
    f: Number
    last_trade_id: Number = field(name="l")
    T: Milliseconds
    m: bool


class BookTicker(Struct, frozen=True, gc=False):
    """`@bookTicker`; it tells neither its type nor a time."""

    u: Number
    s: str
    b: str
    B: str
    a: str
    A: str


class MiniTicker(Struct, frozen=True, gc=False, tag_field="e", tag="24hrMiniTicker"):
    """`@miniTicker`, and each element of `!miniTicker@arr`."""

    E: Milliseconds
    s: str
    c: str
    o: str
    h: str
    low: str = field(name="l")
    v: str
    q: str


class Ticker(Struct, frozen=True, gc=False, tag_field="e", tag="24hrTicker"):
    """`@ticker`; `p` and `P` are the change and the change in percent, `n` the number of trades."""

    E: Milliseconds
    s: str
    p: str
    P: str
    c: str
    o: str
    h: str
    low: str = field(name="l")
    v: str
    q: str
    n: Number


class DepthUpdate(Struct, frozen=True, tag_field="e", tag="depthUpdate"):
    """`@depth`; `U` and `u` are the first and the last update in it."""

    E: Milliseconds
    s: str
    U: Number
    u: Number
    b: tuple[Level, ...]
    a: tuple[Level, ...]


class Depth(Struct, frozen=True):
    """A partial book, or the answer to a REST request for one; it names no symbol."""

    lastUpdateId: Number
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class Candle(Struct, frozen=True, gc=False):
    """The bar within a kline message; `x` says that it is closed."""

    t: Milliseconds
    T: Milliseconds
    i: Interval
    o: str
    c: str
    h: str
    low: str = field(name="l")
    v: str
    n: Number
    x: bool


class Kline(Struct, frozen=True, tag_field="e", tag="kline"):
    """`@kline_<interval>`."""

    E: Milliseconds
    s: str
    k: Candle


ClosedCandle = tuple[Milliseconds, str, str, str, str, str, Milliseconds, str, Number, str, str, str]
"""One bar of the answer to a REST request: open time, open, high, low, close, volume, close time, ..., trades, ..."""


class Shutdown(Struct, frozen=True, gc=False, tag_field="e", tag="serverShutdown"):
    """`serverShutdown`: this server is about to close its connections."""

    E: Milliseconds | None = None


class Refusal(Struct, frozen=True, gc=False):
    """What was wrong with a request."""

    code: int
    msg: str


class Reply(Struct, frozen=True):
    """The answer to a request, in all the forms that occur."""

    id: int | str | None = None
    code: int | None = None
    msg: str | None = None
    error: Refusal | None = None
