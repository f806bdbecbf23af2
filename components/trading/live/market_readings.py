"""What the market's events say to trading: levels of a book, and what an instrument is worth."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import attrs

from components.contract.envelope import NS_PER_MS, Quality
from components.model.accounts import Mark
from components.model.errors import MalformedMessage
from components.trading.live.markets import Level

MAX_SHOWN_CHARS = 40

_NONE = Decimal(0)
_INFINITE = Decimal("Infinity")


@attrs.frozen
class BookReading:
    """Levels of both sides, as (price, size); in a change a size of 0 removes the level."""

    bids: list[Level]
    asks: list[Level]


def read_book(payload: Mapping[str, Any]) -> BookReading:
    """
    The levels that a book's payload tells.

    Raises:
        MalformedMessage: They are no prices above zero with sizes of zero or more.
    """
    return BookReading(_levels(payload["bids"]), _levels(payload["asks"]))


def read_mark(event: Mapping[str, Any], *, now_ns: int) -> Mark:
    """
    What an instrument is worth, of an event or a state of its price.

    Args:
        event: The envelope.
        now_ns: When it came, UNIX nanoseconds; a state that is older says how much.

    Raises:
        MalformedMessage: A price is no number above zero.
    """
    payload, meta = event["payload"], event.get("meta") or {}
    return Mark(
        price=_price(payload["price"]),
        bid=_price(payload["bid"]),
        ask=_price(payload["ask"]),
        ts_ns=now_ns - meta.get("age_ms", 0) * NS_PER_MS,
        is_stale=meta.get("quality") == Quality.STALE,
    )


def _levels(rows: Iterable[tuple[str, str]]) -> list[Level]:
    try:
        levels = [(Decimal(price), Decimal(size)) for price, size in rows]
        are_levels = all(_NONE < price < _INFINITE and _NONE <= size < _INFINITE for price, size in levels)
    except InvalidOperation:
        are_levels = False
    if not are_levels:
        raise MalformedMessage("expected prices above zero and sizes of zero or more")
    return levels


def _price(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        price = Decimal(text)
        is_price = _NONE < price < _INFINITE
    except InvalidOperation:
        is_price = False
    if not is_price:
        raise MalformedMessage(f"expected a price above zero, received {text[:MAX_SHOWN_CHARS]!r}")
    return price
