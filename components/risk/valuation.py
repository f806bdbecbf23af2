"""What is worth what by the marks, and whether a mark can be judged by."""

from decimal import Decimal

import attrs

from components.contract.envelope import NS_PER_S
from components.model.accounts import AccountFigures, Exposure, Mark
from components.model.market import Side
from components.model.money import ZERO, exact, quotient

NO_MARK = "none"
STALE_MARK = "stale"
HUNDRED = Decimal(100)
_SHOWN_DECIMALS = 6


@attrs.frozen(kw_only=True)
class Valuation:
    """
    An instrument's worth in account currency.

    Attributes:
        mark: None where nothing is known.
        quote_rate: What one unit of its quote currency is worth; None where that is not known.
        mark_age_s: Oldest mark that anything is judged by; None is any.
    """

    mark: Mark | None
    quote_rate: Decimal | None
    mark_age_s: Decimal | None
    now_ns: int

    @property
    def fault(self) -> str | None:
        """Why nothing can be judged by it: `none`, `stale`, or its age in seconds; None where it is good."""
        return (NO_MARK if self.quote_rate is None else None) or mark_fault(self.mark, self.mark_age_s, self.now_ns)

    def price(self, side: Side) -> Decimal:
        """
        What one unit is worth in quote currency to somebody who buys, or sells.

        Raises:
            ValueError: There is no mark.
        """
        price = None if self.mark is None else mark_price(self.mark, side)
        if price is None:
            raise ValueError("expected a mark, received none")
        return price

    @exact
    def worth(self, quantity: Decimal, price: Decimal) -> Decimal:
        """
        What a quantity is worth at a price, in account currency.

        Raises:
            ValueError: The quote currency's worth is not known.
        """
        if self.quote_rate is None:
            raise ValueError("expected a rate, received none")
        return abs(quantity) * price * self.quote_rate


def mark_price(mark: Mark, side: Side) -> Decimal | None:
    """The price; where there is none, what a buyer pays or a seller gets, or else the other side's."""
    if mark.price is not None:
        return mark.price
    first, second = (mark.ask, mark.bid) if side is Side.BUY else (mark.bid, mark.ask)
    return second if first is None else first


def mark_fault(mark: Mark | None, mark_age_s: Decimal | None, now_ns: int) -> str | None:
    """Why nothing can be judged by a mark: `none`, `stale`, or its age in seconds; None where it is good."""
    if mark is None or mark_price(mark, Side.BUY) is None:
        return NO_MARK
    if mark.is_stale:
        return STALE_MARK
    age_s = max(0, now_ns - mark.ts_ns) // NS_PER_S
    return str(age_s) if mark_age_s is not None and age_s > mark_age_s else None


def exposure_of(figures: AccountFigures, instrument_id: str) -> Exposure:
    """What an account has at stake in an instrument, nothing included."""
    for exposure in figures.exposures:
        if exposure.instrument_id == instrument_id:
            return exposure
    return Exposure(
        instrument_id=instrument_id, quantity=ZERO, notional=None, open_buys=ZERO, open_sells=ZERO, mark=None
    )


@exact
def percent(part: Decimal, whole: Decimal) -> Decimal:
    """A part in hundredths of a whole that is not zero."""
    return quotient(part * HUNDRED, whole, decimals=_SHOWN_DECIMALS)


def rounded(number: Decimal) -> Decimal:
    """A number as people want to read it."""
    return quotient(number, Decimal(1), decimals=_SHOWN_DECIMALS)
