"""By which rules the venue on paper trades: how long a request takes, and what an execution costs."""

import enum
from decimal import Decimal

import attrs

from components.model.market import Side
from components.model.money import ZERO, exact
from components.model.orders import Liquidity

_ONE = Decimal(1)


class CommissionIn(enum.StrEnum):
    """In which currency commission is paid: always the quote currency, or what the order receives."""

    QUOTE = "quote"
    RECEIVED = "received"


@attrs.frozen(kw_only=True)
class PaperRules:
    """
    The venue's rules.

    Attributes:
        latency_ns: How long after it was asked a request takes effect.
        maker_rate: Commission of an order that was there before, as a part of what is traded: `0.001` is 0.1 %. Less
            than 0 is a rebate; it is more than -1.
        taker_rate: The same of an order that came to it.
        commission_in: In which currency it is paid.
    """

    latency_ns: int = 0
    maker_rate: Decimal = ZERO
    taker_rate: Decimal = ZERO
    commission_in: CommissionIn = CommissionIn.QUOTE

    def rate(self, liquidity: Liquidity) -> Decimal:
        """The commission rate of a maker or a taker."""
        return self.maker_rate if liquidity is Liquidity.MAKER else self.taker_rate

    def is_in_base(self, side: Side) -> bool:
        """Whether an order of that side pays its commission in base currency."""
        return self.commission_in is CommissionIn.RECEIVED and side is Side.BUY

    @exact
    def commission(self, side: Side, price: Decimal, quantity: Decimal, liquidity: Liquidity) -> Decimal:
        """What an execution costs, in base currency where `is_in_base`, else in quote currency."""
        traded = quantity if self.is_in_base(side) else price * quantity
        return traded * self.rate(liquidity)

    @exact
    def unit_cost(self, price: Decimal, liquidity: Liquidity) -> Decimal:
        """What a buyer pays for one unit, in quote currency, commission included where it is in quote currency."""
        return price if self.is_in_base(Side.BUY) else price * (_ONE + self.rate(liquidity))

    @exact
    def affordable(
        self, wanted: Decimal, budget: Decimal, price: Decimal, liquidity: Liquidity, *, lot: Decimal
    ) -> Decimal:
        """How much of a wanted quantity a budget buys at a price; where it is not all, in whole lots."""
        unit_cost = self.unit_cost(price, liquidity)
        if unit_cost * wanted <= budget:
            return wanted
        return max(ZERO, budget // (unit_cost * lot) * lot)
