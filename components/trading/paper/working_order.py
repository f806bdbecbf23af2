"""An order on the venue on paper: its terms as they stand, and what was executed of it."""

from decimal import Decimal

import attrs

from components.model.market import Side
from components.model.money import exact
from components.model.orders import Order, TimeInForce

_RESTING = (TimeInForce.GTC, TimeInForce.GTD)


@attrs.define(eq=False, kw_only=True)
class WorkingOrder:
    """
    An order that the venue has.

    Attributes:
        order: As it was sent; what changes of it is kept here beside.
        base: Currency that is bought or sold.
        quote: Currency that it is paid in.
        quantity: In base currency, filled or not.
        price: Limit; None for an order that takes any price.
        budget: What it may cost at most; None where nothing bounds it.
        filled: What was executed of it.
        spent: What it has cost of the budget.
        fills: How many executions it had, those before a restart included.
        is_untriggered: Whether it is a stop whose price was not reached yet.
    """

    order: Order
    base: str
    quote: str
    quantity: Decimal
    price: Decimal | None
    budget: Decimal | None
    filled: Decimal
    spent: Decimal
    fills: int
    is_untriggered: bool

    @property
    def order_id(self) -> str:
        """The order's name."""
        return self.order.order_id

    @property
    def side(self) -> Side:
        """Whether it buys or sells."""
        return self.order.side

    @property
    def reduce_only(self) -> bool:
        """Whether it may do nothing but make a position smaller."""
        return self.order.reduce_only

    @property
    @exact
    def remaining(self) -> Decimal:
        """What is still to be executed."""
        return self.quantity - self.filled

    @property
    @exact
    def budget_left(self) -> Decimal | None:
        """What it may still cost; None where nothing bounds it."""
        return None if self.budget is None else self.budget - self.spent

    @property
    def resting_price(self) -> Decimal | None:
        """At which price it waits with what cannot be executed at once; None where it does not wait."""
        return self.price if self.order.time_in_force in _RESTING else None

    @exact
    def fill(self, quantity: Decimal, cost: Decimal) -> str:
        """Take an execution in, and name it."""
        self.filled += quantity
        self.spent += cost
        self.fills += 1
        return f"{self.order_id}-{self.fills}"


def working(order: Order) -> WorkingOrder | None:
    """An order as the venue has it from now on; None where it does not say which currencies it trades."""
    if order.base is None or order.quote is None:
        return None
    return WorkingOrder(
        order=order,
        base=order.base,
        quote=order.quote,
        quantity=order.quantity,
        price=order.price,
        budget=order.budget,
        filled=order.filled_quantity,
        spent=order.spent,
        fills=order.fills,
        is_untriggered=order.type.has_stop_price,
    )
