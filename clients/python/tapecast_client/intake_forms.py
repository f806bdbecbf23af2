"""The events that a platform hands in, as its code says them and as they go over the wire."""

from collections.abc import Iterable
from typing import Any

from tapecast_client.account_forms import AccountForms
from tapecast_client.intake_numbers import Number, number_or_none, number_text

Levels = Iterable[tuple[Number, Number]]
"""Prices and sizes; a size of 0 removes the level."""


class IntakeForms(AccountForms):
    """
    One method for each kind of event of a market of one's own, and those of accounts.

    Every one raises `QueueFull` where too many events wait, `EventTooBig` where the gateway would take no such message,
    and `TypeError` where a number is a float. `event_ts` is when it happened, ISO-8601 UTC; the gateway takes the time
    that it receives it where there is none.
    """

    def price(self, instrument: str, price: Number, *, event_ts: str | None = None, **more: Number) -> None:
        """Hand in a price; `more` can be `bid, ask, change, change_percent, volume, high_24h, low_24h`."""
        self._put("price", _event(instrument, event_ts, price=price, **more))

    def quote(
        self,
        instrument: str,
        *,
        bid: Number | None,
        bid_size: Number | None,
        ask: Number | None,
        ask_size: Number | None,
        event_ts: str | None = None,
    ) -> None:
        """Hand in the best bid and ask; price and size are None together where nobody bids or asks."""
        self._put("quote", _event(instrument, event_ts, bid=bid, bid_size=bid_size, ask=ask, ask_size=ask_size))

    def ticker(
        self, instrument: str, *, trades: int | None = None, event_ts: str | None = None, **statistics: Number | None
    ) -> None:
        """
        Hand in rolling 24 h statistics.

        `statistics` are `price, price_change, price_change_percent, open_price, high_price, low_price, volume,
        quote_volume`; prices are None where nothing was traded.
        """
        event = _event(instrument, event_ts, **statistics)
        self._put("ticker", event if trades is None else {**event, "trades": trades})

    def trade(
        self,
        instrument: str,
        *,
        trade_id: int,
        price: Number,
        quantity: Number,
        side: str,
        event_ts: str | None = None,
    ) -> None:
        """Hand in a trade; `trade_id` grows with each, and `side` is the taker's, `buy` or `sell`."""
        event = _event(instrument, event_ts, price=price, quantity=quantity)
        self._put("trade", {**event, "trade_id": str(trade_id), "side": side})

    def book_snapshot(
        self, instrument: str, *, update_id: int, bids: Levels, asks: Levels, event_ts: str | None = None
    ) -> None:
        """Hand in a whole book."""
        event = _event(instrument, event_ts)
        self._put("book_snapshot", {**event, "update_id": update_id, "bids": _levels(bids), "asks": _levels(asks)})

    def book_delta(
        self,
        instrument: str,
        *,
        first_update_id: int,
        last_update_id: int,
        bids: Levels = (),
        asks: Levels = (),
        event_ts: str | None = None,
    ) -> None:
        """Hand in changed levels, with absolute sizes; the first id is one behind the last of the event before."""
        event = _event(instrument, event_ts)
        ids = {"first_update_id": first_update_id, "last_update_id": last_update_id}
        self._put("book_delta", {**event, **ids, "bids": _levels(bids), "asks": _levels(asks)})


def _event(instrument: str, event_ts: str | None, **numbers: Number | None) -> dict[str, Any]:
    event = {"instrument": instrument, **{name: number_or_none(number) for name, number in numbers.items()}}
    return event if event_ts is None else {**event, "event_ts": event_ts}


def _levels(levels: Levels) -> list[list[str]]:
    return [[number_text(price), number_text(size)] for price, size in levels]
