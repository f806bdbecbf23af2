"""A platform's own engine as the desk's venue: what it is asked waits until it fetches it, and it answers by intake."""

from collections.abc import Iterable
from decimal import Decimal

from components.contract.envelope import Payload, format_time
from components.model.arguments import integer_of
from components.model.money import amount_or_none
from components.model.orders import Asked, Order
from components.trading.intake.handed_in_order import request_id_of
from components.trading.orders.execution import Report
from components.trading.payloads import order_body

DEFAULT_REQUESTS, MOST_REQUESTS = 100, 1000
"""In one answer."""


class IntakeExecution:
    """
    An `ExecutionClient` that executes nothing, and has nothing to report.

    What waits for the engine is what open orders say of themselves, so that nothing is kept here and nothing is lost
    with the process; what the engine tells of an order goes to the ledger by `tapecast.intake.order`.

    Attributes:
        venue: The platform's name.
        next_deadline_ns: None: time changes nothing.
    """

    next_deadline_ns: int | None = None

    def __init__(self, venue: str) -> None:
        """Take orders for that platform."""
        self.venue = venue

    def submit(self, order: Order, *, now_ns: int) -> list[Report]:  # noqa: ARG002 - nothing comes about yet
        """Leave it to the engine to fetch a new order."""
        return []

    def amend(self, order: Order, quantity: Decimal, price: Decimal | None, *, now_ns: int) -> list[Report]:  # noqa: ARG002 - nothing comes about yet
        """Leave it to the engine to fetch a change."""
        return []

    def cancel(self, order: Order, *, now_ns: int) -> list[Report]:  # noqa: ARG002 - nothing comes about yet
        """Leave it to the engine to fetch a cancel."""
        return []

    def advance(self, *, now_ns: int) -> list[Report]:  # noqa: ARG002 - time changes nothing
        """Tell nothing: what has come about is handed in."""
        return []

    def restore(self, orders: Iterable[Order], *, now_ns: int) -> list[Report]:  # noqa: ARG002 - nothing was kept
        """Take over nothing: what was asked and not answered waits in the orders."""
        return []


def waiting_requests(orders: Iterable[Order], limit: object) -> list[Payload]:
    """
    What waits for the engine, the longest first.

    Args:
        orders: All open orders.
        limit: How many at most.

    Raises:
        InvalidArgument: The limit is of the wrong kind.
    """
    most = DEFAULT_REQUESTS if limit is None else integer_of("limit", limit, least=1, most=MOST_REQUESTS)
    waiting = [(order, order.asked) for order in orders if order.asked is not None]
    waiting.sort(key=lambda one: one[1].ts_ns)
    return [_request(order, asked) for order, asked in waiting[:most]]


def _request(order: Order, asked: Asked) -> Payload:
    return {
        "request_id": request_id_of(order.order_id, asked),
        "request": asked.kind.value,
        "requested_at": format_time(asked.ts_ns),
        "user_id": order.user_id,
        "quantity": amount_or_none(asked.quantity),
        "price": amount_or_none(asked.price),
        "order": order_body(order),
    }
