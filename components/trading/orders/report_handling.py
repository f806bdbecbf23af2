"""
What a venue's report makes of an order: a fact, or nothing where it tells nothing new.

| report | the order | becomes |
|---|---|---|
| `Accepted` | waits for it, or is `unknown` | `new`, or `untriggered` |
| `Triggered` | is untriggered, waits to be accepted, or is `unknown` | `new` |
| `Rejected` | is open | `rejected`, or `cancelled` where some of it was executed |
| `Executed` | is open | filled by that much |
| `Executed` | is final | as it was, but filled by that much: a late fill |
| `Cancelled` · `Expired` | is open | `cancelled` · `expired` |
| `Amended` | is open | one of that quantity and price |
| `RequestRefused` | waits for a cancel or a change, or is `unknown` since it did | what it was before |

Whatever else comes is dropped: it comes twice, or late. An execution that is known by its id is dropped too. One that
no order can have is the venue's fault, and stops everything.
"""

import functools

from components.model.errors import VenueFault
from components.model.money import exact
from components.model.orders import Asked, Fill, Order, OrderStatus, RequestKind
from components.trading.facts import OrderAmended, OrderFilled, OrderMoved, OrderPlaced
from components.trading.ledger import order_states
from components.trading.ledger.ledger import Ledger
from components.trading.orders.execution import (
    Accepted,
    Amended,
    Cancelled,
    Executed,
    Expired,
    Rejected,
    Report,
    RequestRefused,
    Triggered,
)
from components.trading.orders.order_making import OrderMaker

OrderFact = OrderPlaced | OrderMoved | OrderAmended | OrderFilled
"""What the desk makes of one order."""

_NOT_ACCEPTED = frozenset({OrderStatus.PENDING_NEW, OrderStatus.UNKNOWN})
_NOT_TRIGGERED = _NOT_ACCEPTED | {OrderStatus.UNTRIGGERED}
_ASKED = frozenset({OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_REPLACE})


class ReportHandler:
    """
    Judge what venues report.

    It changes nothing.
    """

    def __init__(self, ledger: Ledger, maker: OrderMaker) -> None:
        """
        Judge by what these know.

        Args:
            ledger: The orders.
            maker: Knows what a changed order may cost.
        """
        self._ledger = ledger
        self._maker = maker

    def fact_of(self, report: Report, *, now_ns: int) -> OrderFact | None:
        """
        What a report makes of its order; None where it tells nothing new.

        Raises:
            VenueFault: No order can have been executed so, or changed so.
        """
        order = self._ledger.order_of(report.order_id)
        if isinstance(report, Executed):
            return self._filled(report, order, now_ns)
        if order is None or order.status.is_final:
            return None
        if isinstance(report, Amended):
            return self._amended(report, order, now_ns)
        return _moved(report, order, now_ns)

    @exact
    def _filled(self, report: Executed, order: Order | None, now_ns: int) -> OrderFilled | None:
        if order is None:
            raise VenueFault(f"expected an execution of an order, received {report.execution_id} of none")
        if self._ledger.has_execution(order.order_id, report.execution_id):
            return None
        if report.quantity <= 0 or report.price <= 0:
            raise VenueFault(f"expected a price and a quantity above zero of execution {report.execution_id}")
        if order.filled_quantity + report.quantity > order.quantity:
            raise VenueFault(
                f"expected at most {order.quantity} of order {order.order_id}, received execution"
                f" {report.execution_id} of {report.quantity} besides {order.filled_quantity}"
            )
        if report.commission_currency not in (order.base, order.quote):
            raise VenueFault(f"expected a commission in {order.base} or {order.quote}")
        return OrderFilled(ts_ns=now_ns, fill=_fill(report, order, now_ns))

    def _amended(self, report: Amended, order: Order, now_ns: int) -> OrderAmended:
        if report.quantity < order.filled_quantity or (report.price is None) is order.type.has_price:
            raise VenueFault(
                f"expected order {order.order_id} of at least {order.filled_quantity}, with a price where it has one;"
                f" received {report.quantity} at {report.price}"
            )
        return OrderAmended(
            ts_ns=now_ns,
            user_id=order.user_id,
            order_id=order.order_id,
            quantity=report.quantity,
            price=report.price,
            budget=self._maker.budget_after(order, report.quantity, report.price),
        )


@functools.singledispatch
def _moved(report: Report, order: Order, now_ns: int) -> OrderMoved | None:
    raise TypeError(f"expected a report, received {report!r} of {order.order_id} at {now_ns}")


@_moved.register
def _(report: Accepted, order: Order, now_ns: int) -> OrderMoved | None:
    if _known_status(order) not in _NOT_ACCEPTED:
        return None
    return move(order, OrderStatus.UNTRIGGERED if report.is_untriggered else OrderStatus.NEW, now_ns=now_ns)


@_moved.register
def _(_report: Triggered, order: Order, now_ns: int) -> OrderMoved | None:
    return move(order, OrderStatus.NEW, now_ns=now_ns) if _known_status(order) in _NOT_TRIGGERED else None


@_moved.register
def _(report: Rejected, order: Order, now_ns: int) -> OrderMoved | None:
    status = OrderStatus.CANCELLED if order.filled_quantity else OrderStatus.REJECTED
    return move(order, status, now_ns=now_ns, reason=report.reason)


@_moved.register
def _(report: Cancelled, order: Order, now_ns: int) -> OrderMoved | None:
    asked_reason = order.reason if order.status is OrderStatus.PENDING_CANCEL else None
    return move(order, OrderStatus.CANCELLED, now_ns=now_ns, reason=report.reason or asked_reason)


@_moved.register
def _(report: Expired, order: Order, now_ns: int) -> OrderMoved | None:
    return move(order, OrderStatus.EXPIRED, now_ns=now_ns, reason=report.reason)


@_moved.register
def _(report: RequestRefused, order: Order, now_ns: int) -> OrderMoved | None:
    if order.status in _ASKED and order.resume_status is not None:
        status = order.resume_status
    elif order.status is OrderStatus.UNKNOWN and order.asked is not None and order.asked.kind is not RequestKind.SUBMIT:
        status = OrderStatus.UNTRIGGERED if order.type.has_stop_price else OrderStatus.NEW
    else:
        return None
    is_still_new = status is OrderStatus.PENDING_NEW
    asked = Asked(kind=RequestKind.SUBMIT, ts_ns=order.placed_ns) if is_still_new else None
    return move(order, status, now_ns=now_ns, reason=report.reason, asked=asked)


def move(
    order: Order, status: OrderStatus, *, now_ns: int, reason: str | None = None, asked: Asked | None = None
) -> OrderMoved | None:
    """The fact that an order goes to another status; None where the table of statuses does not lead there."""
    if order_states.moved(order, status) is None:
        return None
    return OrderMoved(
        ts_ns=now_ns, user_id=order.user_id, order_id=order.order_id, status=status, reason=reason, asked=asked
    )


def _known_status(order: Order) -> OrderStatus:
    """How an order was when nothing was asked of it."""
    return order.resume_status or order.status


def _fill(report: Executed, order: Order, now_ns: int) -> Fill:
    return Fill(
        execution_id=report.execution_id,
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        user_id=order.user_id,
        instrument_id=order.instrument_id,
        venue=order.venue,
        side=order.side,
        price=report.price,
        quantity=report.quantity,
        commission=report.commission,
        commission_currency=report.commission_currency,
        liquidity=report.liquidity,
        ts_ns=now_ns,
        base=order.base,
        quote=order.quote,
    )
