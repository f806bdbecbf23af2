"""What of an account's changes somebody has to look after."""

from collections.abc import Iterable

from components.model.alerts import Alarm
from components.model.money import amount_text
from components.model.orders import Order, OrderStatus
from components.model.platform_reports import Severity
from components.trading.changes import Change, FillAdded, OrderChanged

LATE_FILL = "late_fill"
ORDER_UNKNOWN = "order_unknown"


def alarms(changes: Iterable[Change]) -> list[Alarm]:
    """
    What has to be looked after: an execution of an order that had ended, and an order of which nobody knows.

    A venue that tells of such things has broken the order that its own words were in; the money is taken as told.
    """
    found: list[Alarm] = []
    for change in changes:
        match change:
            case FillAdded(fill=fill, is_late=True):
                text = f"{amount_text(fill.quantity)} of order {fill.client_order_id} executed after its end"
                found.append(_alarm(fill.user_id, LATE_FILL, fill.instrument_id, text))
            case OrderChanged(order=Order(status=OrderStatus.UNKNOWN) as order):
                text = f"nobody knows what became of order {order.client_order_id}: {order.venue} does not answer"
                found.append(_alarm(order.user_id, ORDER_UNKNOWN, order.instrument_id, text))
    return found


def _alarm(user_id: str, alert_type: str, instrument_id: str, message: str) -> Alarm:
    return Alarm(
        user_id=user_id,
        alert_type=alert_type,
        severity=Severity.ERROR,
        message=message,
        instrument_id=instrument_id,
    )
