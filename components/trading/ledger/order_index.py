"""Where orders are found: by id over all accounts, by their callers' names, and those that are open."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from components.model.market import Side
from components.model.money import ZERO
from components.model.orders import Order
from components.trading.ledger.account import OrderRecord


class OpenQuantity:
    """
    What the open orders of one account on one instrument may still execute.

    Attributes:
        orders: How many they are.
        buys: Unfilled quantity of those that buy.
        sells: Unfilled quantity of those that sell.
    """

    def __init__(self) -> None:
        """Begin with no order."""
        self.orders = 0
        self.buys = ZERO
        self.sells = ZERO

    def add(self, side: Side, quantity: Decimal) -> None:
        """Add to what may be executed; less than 0 takes away."""
        if side is Side.BUY:
            self.buys += quantity
        else:
            self.sells += quantity


class OrderIndex:
    """
    What can be looked up of the orders that the ledger holds.

    It holds nothing of its own: it is made anew from the accounts. Reckons exactly only within a function that is
    `@exact`.
    """

    def __init__(self, records: Iterable[OrderRecord] = ()) -> None:
        """Begin with these orders, in whatever order they come."""
        self._by_id: dict[str, OrderRecord] = {}
        self._by_client_id: dict[tuple[str, str], OrderRecord] = {}
        self._open: dict[str, OrderRecord] = {}
        self._open_by_user: dict[str, dict[str, OrderRecord]] = {}
        self._open_quantities: dict[str, dict[str, OpenQuantity]] = {}
        for record in sorted(records, key=lambda one: one.number):
            self.add(record)

    def add(self, record: OrderRecord) -> None:
        """Take one more order in, placed after all others."""
        order = record.order
        self._by_id[order.order_id] = record
        self._by_client_id[order.user_id, order.client_order_id] = record
        if order.is_open:
            self._open[order.order_id] = record
            self._open_by_user.setdefault(order.user_id, {})[order.order_id] = record
            quantities = self._open_quantities.setdefault(order.user_id, {})
            quantity = quantities.setdefault(order.instrument_id, OpenQuantity())
            quantity.orders += 1
            quantity.add(order.side, order.quantity - order.filled_quantity)

    def advance(self, before: Order, after: Order) -> None:
        """An order that was open is another now."""
        quantities = self._open_quantities[after.user_id]
        quantity = quantities[after.instrument_id]
        quantity.add(before.side, before.filled_quantity - before.quantity)
        if after.is_open:
            quantity.add(after.side, after.quantity - after.filled_quantity)
            return
        quantity.orders -= 1
        if not quantity.orders:
            del quantities[after.instrument_id]
        del self._open[after.order_id]
        of_user = self._open_by_user[after.user_id]
        del of_user[after.order_id]
        if not of_user:
            del self._open_by_user[after.user_id], self._open_quantities[after.user_id]

    def forget(self, order: Order) -> None:
        """Let an order go that is not open."""
        del self._by_id[order.order_id]
        del self._by_client_id[order.user_id, order.client_order_id]

    def find(self, order_id: str) -> OrderRecord | None:
        """The order of that id, whoever's it is."""
        return self._by_id.get(order_id)

    def find_by_client_id(self, user_id: str, client_order_id: str) -> OrderRecord | None:
        """The order that a user calls so."""
        return self._by_client_id.get((user_id, client_order_id))

    def open_orders(self, user_id: str | None, instrument_id: str | None) -> list[Order]:
        """The open orders of one user or all, on one instrument or all, in the order in which they were placed."""
        records = self._open if user_id is None else self._open_by_user.get(user_id, {})
        return [
            one.order for one in records.values() if instrument_id is None or one.order.instrument_id == instrument_id
        ]

    def open_quantities(self, user_id: str) -> Mapping[str, OpenQuantity]:
        """What a user's open orders may still execute, by instrument."""
        return self._open_quantities.get(user_id, {})
