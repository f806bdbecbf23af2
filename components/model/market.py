"""
What a venue tells: quotes, trades, 24 h statistics, and the rules of an instrument.

These are `msgspec.Struct`, not attrs: one is made for every message of every venue, and a frozen struct costs a
seventh of a frozen attrs class.
"""

import enum

import attrs
import msgspec


class Side(enum.StrEnum):
    """The taker's side of a trade."""

    BUY = "buy"
    SELL = "sell"


class MarketEvent(msgspec.Struct, frozen=True, kw_only=True):
    """
    What all market events say of themselves.

    Units: times are UNIX nanoseconds.

    Attributes:
        venue: Where it happened.
        instrument_id: What it is about.
        ts_event: The venue's own time, None where the venue gives none.
        ts_init: When the gateway received it.
    """

    venue: str
    instrument_id: str
    ts_event: int | None
    ts_init: int


class QuoteTick(MarketEvent, frozen=True, kw_only=True):
    """The best bid and ask; prices and sizes as the venue wrote them, None where nobody bids or asks."""

    bid: str | None
    bid_size: str | None
    ask: str | None
    ask_size: str | None
    update_id: int


class TradeTick(MarketEvent, frozen=True, kw_only=True):
    """One trade print."""

    trade_id: str
    price: str
    quantity: str
    side: Side


class AggregateTrade(MarketEvent, frozen=True, kw_only=True):
    """What one taker's order filled at one price: several trade prints told as one."""

    aggregate_id: str
    first_trade_id: str
    last_trade_id: str
    price: str
    quantity: str
    side: Side


class TickerStatistics(MarketEvent, frozen=True, kw_only=True):
    """Rolling 24 h statistics; None where the venue's message does not carry the value, or nothing was traded."""

    price: str | None
    open_price: str | None
    high_price: str | None
    low_price: str | None
    volume: str
    quote_volume: str
    price_change: str | None = None
    price_change_percent: str | None = None
    trades: int | None = None


class ReferencePrice(MarketEvent, frozen=True, kw_only=True):
    """
    A price as such, without the trade or quote that made it: a platform's own, or an index of many venues.

    Where `ts_event` is None it is of the time when it was received. `change` is in quote currency over 24 h, as are
    volume, high and low; None where the source does not tell. Without `bid` and `ask` nobody is known to bid or ask.
    """

    price: str
    bid: str | None = None
    ask: str | None = None
    change: str | None = None
    change_percent: str | None = None
    volume: str | None = None
    high_24h: str | None = None
    low_24h: str | None = None


class BookDeltas(MarketEvent, frozen=True, kw_only=True):
    """
    Changed price levels of an order book.

    Shape: `bids` and `asks` are (price, absolute size); size zero removes the level.
    """

    first_update_id: int
    last_update_id: int
    bids: tuple[tuple[str, str], ...]
    asks: tuple[tuple[str, str], ...]


class BookSnapshot(MarketEvent, frozen=True, kw_only=True):
    """
    All levels of an order book that the venue tells, as of `last_update_id`.

    Attributes:
        levels_asked: How many levels a side the venue was asked for: a side with fewer is whole. None where that is
            not known: there may be more levels on either side.
    """

    last_update_id: int
    bids: tuple[tuple[str, str], ...]
    asks: tuple[tuple[str, str], ...]
    levels_asked: int | None = None


class PartialBook(MarketEvent, frozen=True, kw_only=True):
    """The best few levels, which a venue tells again and again; it is no beginning for a book that is kept."""

    last_update_id: int
    bids: tuple[tuple[str, str], ...]
    asks: tuple[tuple[str, str], ...]


class Bar(MarketEvent, frozen=True, kw_only=True):
    """A candle of the venue's own; it is final once `is_closed`."""

    interval: str
    open_ts: int
    close_ts: int
    open: str
    high: str
    low: str
    close: str
    volume: str
    trades: int
    is_closed: bool


class BarHistory(MarketEvent, frozen=True, kw_only=True):
    """Closed candles of the venue's own that it was asked for, oldest first; none where it has none."""

    interval: str
    bars: tuple[Bar, ...]


class TradingState(enum.StrEnum):
    """Whether an instrument can be traded now."""

    TRADING = "trading"
    HALTED = "halted"


@attrs.frozen(kw_only=True)
class Instrument:
    """
    The rules of one instrument.

    Attributes:
        instrument_id: Its name in URIs.
        base: Currency or asset that is bought and sold; None where the source does not tell.
        quote: Currency that prices are in; None where the source does not tell.
        tick_size: Smallest step of a price, in quote currency.
        lot_size: Smallest step of a quantity, in base currency.
        min_notional: Smallest price times quantity of an order, in quote currency.
        state: Whether it trades.
        aliases: Other names that procedures accept.
    """

    instrument_id: str
    base: str | None = None
    quote: str | None = None
    tick_size: str | None = None
    lot_size: str | None = None
    min_notional: str | None = None
    state: TradingState = TradingState.TRADING
    aliases: tuple[str, ...] = ()
