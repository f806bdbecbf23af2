"""Accounts that remember what was asked for them."""

from collections.abc import Collection

import attrs

from components.model.accounts import AccountFigures
from components.model.orders import Order, OrderStatus
from tests.support.made_orders import make_order


@attrs.define
class RecordingControl:
    """
    Satisfies `AccountControl` without accounts.

    Attributes:
        open_orders: How many each user has open.
        cancelled: User, instrument and reason of every cancelling, in order.
        fails: Whether cancelling is a bug.
    """

    open_orders: dict[str, int] = attrs.field(factory=dict)
    cancelled: list[tuple[str | None, str | None, str]] = attrs.field(factory=list)
    fails: bool = False

    def user_ids(self) -> Collection[str]:
        """Who has open orders."""
        return self.open_orders.keys()

    def figures(self, user_id: str, *, now_ns: int) -> AccountFigures:
        """None: nothing is asked for its figures here."""
        raise NotImplementedError((user_id, now_ns))

    def cancel_orders(self, user_id: str | None, instrument_id: str | None, *, reason: str, now_ns: int) -> list[Order]:
        """Remember it; the orders are gone then."""
        if self.fails:
            raise ValueError("no orders")
        self.cancelled.append((user_id, instrument_id, reason))
        count = self.open_orders.pop(user_id, 0) if user_id is not None else 0
        return [_order(str(user_id), number, now_ns) for number in range(count)]

    def close_position(self, user_id: str, instrument_id: str, *, tag: str, reason: str, now_ns: int) -> None:
        """None: nothing is closed here."""
        raise NotImplementedError((user_id, instrument_id, tag, reason, now_ns))


def _order(user_id: str, number: int, now_ns: int) -> Order:
    return make_order(f"o-{number}", user_id=user_id, status=OrderStatus.CANCELLED, placed_ns=now_ns)
