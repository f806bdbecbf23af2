"""What trading has to know of the markets: an instrument's rules, what it is worth, and one currency in another."""

from decimal import Decimal
from typing import Protocol

import attrs

from components.model.accounts import Mark

Level = tuple[Decimal, Decimal]
"""Price and size of one level of a book; where a book is changed, a size of 0 removes the level."""


@attrs.frozen(kw_only=True)
class InstrumentRules:
    """
    How one instrument is traded.

    Attributes:
        venue: Whose live book the venue on paper trades against, and whose prices are looked at.
        base: Currency that is bought and sold.
        quote: Currency that prices are in.
        tick_size: Prices are multiples of it; None where any will do.
        lot_size: Quantities are multiples of it; None where any will do.
        min_notional: Price times quantity is at least this; None where any will do.
        is_trading: Whether it trades now.
    """

    instrument_id: str
    venue: str
    base: str
    quote: str
    tick_size: Decimal | None = None
    lot_size: Decimal | None = None
    min_notional: Decimal | None = None
    is_trading: bool = True


class Markets(Protocol):
    """The markets as they are known now."""

    def rules(self, name: str) -> InstrumentRules:
        """
        The rules of an instrument, by its id or an alias.

        Raises:
            UnknownInstrument: There is no such instrument, or it cannot be traded because its currencies are not told.
            Unavailable: The instruments are not known yet.
        """

    def mark(self, instrument_id: str) -> Mark | None:
        """What an instrument is worth now; None where nothing is known."""

    def rate(self, currency: str, into: str) -> Decimal | None:
        """What one unit of a currency is worth in another, by an instrument of the two; None where there is none."""
