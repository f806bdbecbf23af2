"""What changes of orders would lock, while no venue has agreed to them."""

from decimal import Decimal

from components.model.money import ZERO, exact
from components.model.orders import Order
from components.trading.orders.order_funds import Need


class Reserved:
    """
    Amounts that are free by the ledger, and promised to an order that may become larger.

    Shape: user, then order, then what it needs besides; gone when the order is answered.
    """

    def __init__(self) -> None:
        """Promise nothing."""
        self._needs: dict[str, dict[str, Need]] = {}

    @exact
    def amount(self, user_id: str, currency: str) -> Decimal:
        """What of a currency is promised."""
        needs = self._needs.get(user_id, {}).values()
        return sum((need.amount for need in needs if need.currency == currency), ZERO)

    def keep(self, order: Order, need: Need) -> None:
        """Promise an amount to an order."""
        self._needs.setdefault(order.user_id, {})[order.order_id] = need

    def release(self, order: Order) -> None:
        """Promise nothing to an order any more."""
        needs = self._needs.get(order.user_id)
        if needs is not None and needs.pop(order.order_id, None) is not None and not needs:
            del self._needs[order.user_id]
