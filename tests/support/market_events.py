"""Market events, by hand."""

from components.model.intervals import INTERVAL_BY_NAME
from components.model.market import (
    Bar,
    BookDeltas,
    BookSnapshot,
    QuoteTick,
    ReferencePrice,
    Side,
    TickerStatistics,
    TradeTick,
)

RECEIVED_NS = 1_700_000_000_000_000_000


def trade_tick(trade_id: int, price: str = "100.5", **changes: object) -> TradeTick:
    """A trade of BTCUSDT on `binance`, which reached us 1.5 ms later."""
    fields: dict[str, object] = {
        "venue": "binance",
        "instrument_id": "BTCUSDT",
        "ts_event": RECEIVED_NS - 1_500_000,
        "ts_init": RECEIVED_NS,
        "trade_id": str(trade_id),
        "price": price,
        "quantity": "2",
        "side": Side.BUY,
    }
    return TradeTick(**{**fields, **changes})  # type: ignore[arg-type] # the test's own values


def quote_tick(update_id: int, bid: str | None = "100", ask: str | None = "101", **changes: object) -> QuoteTick:
    """A best bid and ask of BTCUSDT on `binance`, without a time of the venue's."""
    fields: dict[str, object] = {
        "venue": "binance",
        "instrument_id": "BTCUSDT",
        "ts_event": None,
        "ts_init": RECEIVED_NS,
        "bid": bid,
        "bid_size": None if bid is None else "1",
        "ask": ask,
        "ask_size": None if ask is None else "2",
        "update_id": update_id,
    }
    return QuoteTick(**{**fields, **changes})  # type: ignore[arg-type] # the test's own values


def ticker_statistics(ts_event: int | None = 1, price: str | None = "99", **changes: object) -> TickerStatistics:
    """24 h statistics of BTCUSDT on `binance`."""
    fields: dict[str, object] = {
        "venue": "binance",
        "instrument_id": "BTCUSDT",
        "ts_event": ts_event,
        "ts_init": RECEIVED_NS,
        "price": price,
        "open_price": "90",
        "high_price": "110",
        "low_price": "80",
        "volume": "1000",
        "quote_volume": "100000",
        "price_change": "9",
        "price_change_percent": "10.0",
        "trades": 77,
    }
    return TickerStatistics(**{**fields, **changes})  # type: ignore[arg-type] # the test's own values


Levels = dict[str, str]


def book_deltas(first: int, last: int, *, bids: Levels | None = None, asks: Levels | None = None) -> BookDeltas:
    """Changed levels of BTCUSDT on `binance`, which reached us 1.5 ms later: absolute sizes by price."""
    return BookDeltas(
        venue="binance",
        instrument_id="BTCUSDT",
        ts_event=RECEIVED_NS - 1_500_000,
        ts_init=RECEIVED_NS,
        first_update_id=first,
        last_update_id=last,
        bids=tuple((bids or {}).items()),
        asks=tuple((asks or {}).items()),
    )


def book_snapshot(
    last: int, *, bids: Levels | None = None, asks: Levels | None = None, levels_asked: int | None = 1000
) -> BookSnapshot:
    """A book of BTCUSDT on `binance`, whole unless said otherwise: sizes by price."""
    return BookSnapshot(
        venue="binance",
        instrument_id="BTCUSDT",
        ts_event=None,
        ts_init=RECEIVED_NS,
        last_update_id=last,
        bids=tuple((bids or {}).items()),
        asks=tuple((asks or {}).items()),
        levels_asked=levels_asked,
    )


def reference_price(price: str, **changes: object) -> ReferencePrice:
    """A price of BTCUSDT as such, on `binance`, of the time when it came."""
    fields: dict[str, object] = {
        "venue": "binance",
        "instrument_id": "BTCUSDT",
        "ts_event": RECEIVED_NS,
        "ts_init": RECEIVED_NS,
        "price": price,
    }
    return ReferencePrice(**{**fields, **changes})  # type: ignore[arg-type] # the test's own values


def bar(interval: str, open_ts: int, close: str = "100", **changes: object) -> Bar:
    """A closed bar of BTCUSDT on `binance`, flat at its close, which the venue told a millisecond after its end."""
    end_ts = open_ts + INTERVAL_BY_NAME[interval].length_ns
    fields: dict[str, object] = {
        "venue": "binance",
        "instrument_id": "BTCUSDT",
        "ts_event": end_ts + 1_000_000,
        "ts_init": end_ts + 2_500_000,
        "interval": interval,
        "open_ts": open_ts,
        "close_ts": end_ts - 1_000_000,
        "open": close,
        "high": close,
        "low": close,
        "close": close,
        "volume": "1",
        "trades": 1,
        "is_closed": True,
    }
    return Bar(**{**fields, **changes})  # type: ignore[arg-type] # the test's own values
