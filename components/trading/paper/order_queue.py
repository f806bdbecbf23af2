"""What waits on the venue on paper: orders by price and then by time, and orders by their end."""

import bisect
import itertools
from collections.abc import Iterator
from decimal import Decimal

import attrs

from components.trading.paper.working_order import WorkingOrder


class OrderQueue:
    """
    Orders that wait at a price, the one first that is next, of one price the oldest first.

    Shape: orders by price in the order in which they came, and the prices in order.
    """

    def __init__(self, *, highest_first: bool) -> None:
        """
        Begin empty.

        Args:
            highest_first: Whether the highest price comes first, else the lowest.
        """
        self._highest_first = highest_first
        self._orders: dict[Decimal, dict[str, WorkingOrder]] = {}
        self._keys: list[Decimal] = []

    @property
    def first(self) -> tuple[Decimal, WorkingOrder] | None:
        """The next order, and its price; None where none waits."""
        return next(iter(self), None)

    def __iter__(self) -> Iterator[tuple[Decimal, WorkingOrder]]:
        for key in self._keys:
            price = self._turned(key)
            for order in self._orders[price].values():
                yield price, order

    def until(self, price: Decimal) -> list[WorkingOrder]:
        """The orders down or up to a price, in order."""
        last = self._turned(price)
        within = itertools.takewhile(lambda key: key <= last, self._keys)
        return [order for key in within for order in self._orders[self._turned(key)].values()]

    def add(self, order: WorkingOrder, price: Decimal) -> None:
        """Let an order wait behind all others at its price."""
        at_price = self._orders.get(price)
        if at_price is None:
            at_price = self._orders[price] = {}
            bisect.insort(self._keys, self._turned(price))
        at_price[order.order_id] = order

    def discard(self, order: WorkingOrder, price: Decimal) -> None:
        """Take an order out, if it waits there."""
        at_price = self._orders.get(price, {})
        if at_price.pop(order.order_id, None) is not None and not at_price:
            del self._orders[price]
            del self._keys[bisect.bisect_left(self._keys, self._turned(price))]

    def _turned(self, price: Decimal) -> Decimal:
        return price.copy_negate() if self._highest_first else price


@attrs.define(eq=False)
class ExpiryQueue:
    """The orders that are good till a date, the soonest first."""

    _due: list[tuple[int, str, WorkingOrder]] = attrs.field(factory=list, init=False)

    @property
    def first(self) -> tuple[int, WorkingOrder] | None:
        """When the next one expires, UNIX nanoseconds, and which it is; None where none does."""
        return (self._due[0][0], self._due[0][2]) if self._due else None

    def add(self, order: WorkingOrder) -> None:
        """Take note of an order; one without an end is passed over."""
        if order.order.expire_ns is not None:
            bisect.insort(self._due, (order.order.expire_ns, order.order_id, order))

    def discard(self, order: WorkingOrder) -> None:
        """Forget an order that was noted."""
        if order.order.expire_ns is not None:
            del self._due[bisect.bisect_left(self._due, (order.order.expire_ns, order.order_id))]
