"""What a fact changed, to be told to whom it belongs."""

import enum

import attrs

from components.model.orders import Balance, Fill, Order, Position
from components.trading.facts import MarginHandedIn


class OrderEvent(enum.StrEnum):
    """What happened to an order, in the contract's words."""

    NEW = "new"
    UPDATE = "update"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"


class BalanceReason(enum.StrEnum):
    """
    Why a balance changed; a platform that tells a balance may say it in words of its own.

    `opening` the account began, `adjustment` an operator put in or took out, `order` an order locked what it may cost,
    `amend` a changed order locks more or less, `release` a finished order gave back what it had locked, `trade` an
    execution, with its commission and what it unlocked, `update` a platform told it without a reason.
    """

    OPENING = "opening"
    ADJUSTMENT = "adjustment"
    ORDER = "order"
    AMEND = "amend"
    RELEASE = "release"
    TRADE = "trade"
    UPDATE = "update"


@attrs.frozen(kw_only=True)
class OrderChanged:
    """An order is another than before."""

    event: OrderEvent
    order: Order


@attrs.frozen(kw_only=True)
class FillAdded:
    """An execution came that was not known."""

    fill: Fill
    is_late: bool = False


@attrs.frozen(kw_only=True)
class PositionChanged:
    """A position is another than before; a liquidated one says why."""

    position: Position
    is_liquidated: bool = False
    reason: str | None = None


@attrs.frozen(kw_only=True)
class BalanceChanged:
    """A balance is another than before, because of `reason`: one of `BalanceReason`, or a platform's own words."""

    user_id: str
    balance: Balance
    reason: str


@attrs.frozen(kw_only=True)
class MarginChanged:
    """A platform told how an account stands."""

    margin: MarginHandedIn


Change = OrderChanged | FillAdded | PositionChanged | BalanceChanged | MarginChanged
