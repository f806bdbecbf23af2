"""The seam to whoever executes orders: what is asked of it, and what it reports."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

import attrs

from components.model.orders import Liquidity, Order


@attrs.frozen(kw_only=True)
class Report:
    """What a venue says of one order."""

    order_id: str


@attrs.frozen(kw_only=True)
class Accepted(Report):
    """It is on the venue, and is matched or waits; a stop that is not triggered yet waits as `untriggered`."""

    is_untriggered: bool = False


@attrs.frozen(kw_only=True)
class Triggered(Report):
    """The stop price was reached."""


@attrs.frozen(kw_only=True)
class Rejected(Report):
    """The venue does not take it."""

    reason: str


@attrs.frozen(kw_only=True)
class Executed(Report):
    """Some or all of it was executed."""

    execution_id: str
    price: Decimal
    quantity: Decimal
    liquidity: Liquidity
    commission: Decimal
    commission_currency: str


@attrs.frozen(kw_only=True)
class Cancelled(Report):
    """It was taken off the venue, as was asked, or by a rule of the venue that `reason` names."""

    reason: str | None = None


@attrs.frozen(kw_only=True)
class Expired(Report):
    """Its time was over, or what was left could not be executed at once."""

    reason: str


@attrs.frozen(kw_only=True)
class Amended(Report):
    """It has another quantity and price now."""

    quantity: Decimal
    price: Decimal | None


@attrs.frozen(kw_only=True)
class RequestRefused(Report):
    """A cancel or a change is refused: the order is as it was before that was asked."""

    reason: str


class ExecutionClient(Protocol):
    """
    A venue as the desk sees it.

    It never raises for an order's sake, and reports each order's fate in the order in which it came about. What is
    asked may be answered at once, with what the method returns, or later, with what `advance` returns. What one call
    returns is in the ledger before the next is made.
    """

    venue: str

    def submit(self, order: Order, *, now_ns: int) -> list[Report]:
        """Have a new order executed."""

    def amend(self, order: Order, quantity: Decimal, price: Decimal | None, *, now_ns: int) -> list[Report]:
        """Have an open order changed; what it may cost from then on is its budget."""

    def cancel(self, order: Order, *, now_ns: int) -> list[Report]:
        """Have an open order taken off."""

    def advance(self, *, now_ns: int) -> list[Report]:
        """Tell what has come about by the passing of time."""

    @property
    def next_deadline_ns(self) -> int | None:
        """When `advance` has something to tell at the latest; None where time changes nothing."""

    def restore(self, orders: Iterable[Order], *, now_ns: int) -> list[Report]:
        """
        Take over the open orders of an earlier process, in the order in which they were placed.

        What was asked and not answered is asked again, where the venue cannot have it; it is told by what it returns.
        The budget of one whose change was not answered is what it may cost with that.
        """
