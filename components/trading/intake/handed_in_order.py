"""An order as a platform tells it, beside what is known of it."""

from decimal import Decimal

from components.model.arguments import time_of
from components.model.money import amount_text, exact
from components.model.orders import Asked, Order, OrderStatus, RequestKind, TimeInForce
from components.trading.intake.intake_forms import OrderForm
from components.trading.ledger.order_states import field_that_cannot_follow

_WIRE_NAMES = {"instrument_id": "instrument"}


def request_id_of(order_id: str, asked: Asked) -> str:
    """The name of what a platform is asked about an order, the same for ever."""
    return f"{order_id}:{asked.kind}:{asked.ts_ns}"


def order_as_told(form: OrderForm, known: Order | None, *, venue: str, ts_ns: int) -> Order:
    """
    The order that a platform tells.

    What the form leaves out is as it was. What the platform was asked stays asked until it answers: a new order by
    whatever it tells of it; a cancel or a change by the request's id, or by a final status.

    Args:
        form: What it tells; it fits together.
        known: The order as it was; None where nobody told of it.
        venue: The platform's name.
        ts_ns: When it happened, UNIX nanoseconds.
    """
    status = OrderStatus(form.status)
    is_waiting = known is not None and not status.is_final and _still_waits(known, form)
    filled = Decimal(form.filled_quantity)
    return Order(
        order_id=form.order_id,
        user_id=form.user_id,
        client_order_id=form.client_order_id or (known.client_order_id if known else form.order_id),
        instrument_id=form.instrument,
        venue=known.venue if known else venue,
        side=form.side,
        type=form.type,
        quantity=Decimal(form.quantity),
        price=_decimal_or_none(form.price),
        stop_price=_decimal_or_none(form.stop_price),
        time_in_force=form.time_in_force or (known.time_in_force if known else TimeInForce.GTC),
        expire_ns=_expire_ns(form, known),
        post_only=_flag(form.post_only, known is not None and known.post_only),
        reduce_only=_flag(form.reduce_only, known is not None and known.reduce_only),
        status=known.status if known and is_waiting else status,
        placed_ns=known.placed_ns if known else ts_ns,
        updated_ns=ts_ns,
        resume_status=status if known and is_waiting and known.status is not OrderStatus.UNKNOWN else None,
        asked=known.asked if known and is_waiting else None,
        filled_quantity=filled,
        filled_notional=_notional(filled, form.average_price),
        fills=known.fills if known else 0,
        base=known.base if known else None,
        quote=known.quote if known else None,
        budget=known.budget if known else None,
        spent=known.spent if known else Decimal(0),
        reason=form.reason,
        tag=known.tag if known else None,
    )


def contradiction(known: Order, told: Order) -> tuple[str, str] | None:
    """The field in which an order contradicts what was known of it, and in which way; None where it does not."""
    field = field_that_cannot_follow(known, told)
    if field is None:
        return None
    if field == "status":
        return field, f"cannot be {told.status} after {known.status}"
    if field == "filled_quantity":
        least = amount_text(known.filled_quantity)
        return field, f"expected at least {least}, as before, received {amount_text(told.filled_quantity)}"
    expected, received = getattr(known, field), getattr(told, field)
    return _WIRE_NAMES.get(field, field), f"expected {expected}, as before, received {received}"


def _still_waits(known: Order, form: OrderForm) -> bool:
    if known.asked is None or known.asked.kind is RequestKind.SUBMIT:
        return False
    return form.request_id != request_id_of(known.order_id, known.asked)


def _expire_ns(form: OrderForm, known: Order | None) -> int | None:
    if form.expire_at is None:
        return known.expire_ns if known else None
    return time_of("expire_at", form.expire_at)


def _flag(told: bool | None, before: bool) -> bool:  # noqa: FBT001 - two of the same
    return before if told is None else told


@exact
def _notional(filled: Decimal, average_price: str | None) -> Decimal:
    return Decimal(0) if average_price is None else filled * Decimal(average_price)


def _decimal_or_none(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
