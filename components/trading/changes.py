"""What a fact changed, to be told to whom it belongs."""

import enum

import attrs

from components.model.orders import Balance, Fill, Order, Position


class OrderEvent(enum.StrEnum):
    """What happened to an order, in the contract's words."""

    NEW = "new"
    UPDATE = "update"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"


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
    """A balance is another than before, because of `reason`."""

    user_id: str
    balance: Balance
    reason: str


Change = OrderChanged | FillAdded | PositionChanged | BalanceChanged
