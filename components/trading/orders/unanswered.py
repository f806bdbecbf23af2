"""Which requests wait for a venue's answer, and until when."""

from components.model.orders import Order, OrderStatus


class Unanswered:
    """
    The orders of which a venue owes an answer.

    Shape: deadlines by order id, the earliest first, as each is as far from its request as any other.
    """

    def __init__(self, *, patience_ns: int) -> None:
        """Wait for nothing yet; an answer is overdue that long after its request."""
        self._patience_ns = patience_ns
        self._deadlines: dict[str, int] = {}

    @property
    def next_deadline_ns(self) -> int | None:
        """When the next answer is overdue, UNIX nanoseconds; None where none is owed."""
        return next(iter(self._deadlines.values()), None)

    def watch(self, order: Order, *, since_ns: int | None = None) -> None:
        """
        Wait for the answer that is owed about an order, if one is, and for no earlier one.

        Args:
            order: As it is now.
            since_ns: From when on; None from when it was asked.
        """
        self._deadlines.pop(order.order_id, None)
        if order.asked is not None and order.status is not OrderStatus.UNKNOWN:
            begin_ns = order.asked.ts_ns if since_ns is None else since_ns
            self._deadlines[order.order_id] = begin_ns + self._patience_ns

    def take_overdue(self, *, now_ns: int) -> list[str]:
        """The orders whose answers are overdue, and are waited for no more."""
        overdue = []
        for order_id, deadline_ns in self._deadlines.items():
            if deadline_ns > now_ns:
                break
            overdue.append(order_id)
        for order_id in overdue:
            del self._deadlines[order_id]
        return overdue
