"""
The life cycle of an order.

| status | goes to |
|---|---|
| `pending_new` | `new`, `untriggered`, `pending_cancel`, `unknown`, `rejected` by the venue, `denied` by us, `cancelled`, `expired`; `partially_filled`, `filled` where a fill overtakes the acknowledgement |
| `untriggered` | `new` when the stop price is reached, `pending_cancel`, `pending_replace`, `cancelled`, `expired`, `rejected`; `partially_filled`, `filled` where a fill overtakes that news |
| `new` | `partially_filled`, `filled`, `pending_cancel`, `pending_replace`, `cancelled`, `expired`, `rejected` |
| `partially_filled` | `filled`, `pending_cancel`, `pending_replace`, `cancelled`, `expired` |
| `pending_cancel` | where it came from when the cancel is refused; what could have become of it there; `unknown` |
| `pending_replace` | the same, and `pending_cancel`: a cancel always passes |
| `unknown` | whatever the venue says in the end, and `pending_cancel` |
| `filled`, `cancelled`, `expired`, `rejected`, `denied` | nothing: they are final |

What comes while a cancel or a change is pending does not end it: a fill of a part, an acknowledgement, or a stop price
that is reached moves `resume_status`, to which the order goes back when the request is refused. A fill that completes
the order ends everything. A fill after `cancelled`, `expired` or `rejected` is late: its money moves, the status stays.
"""  # noqa: E501 - rows of a table

from collections.abc import Mapping

from components.model.orders import Order, OrderStatus

_PENDING_NEW, _UNTRIGGERED, _NEW, _PARTIALLY_FILLED = (
    OrderStatus.PENDING_NEW,
    OrderStatus.UNTRIGGERED,
    OrderStatus.NEW,
    OrderStatus.PARTIALLY_FILLED,
)
_PENDING_CANCEL, _PENDING_REPLACE, _UNKNOWN = (
    OrderStatus.PENDING_CANCEL,
    OrderStatus.PENDING_REPLACE,
    OrderStatus.UNKNOWN,
)
_FILLED, _CANCELLED, _EXPIRED, _REJECTED, _DENIED = (
    OrderStatus.FILLED,
    OrderStatus.CANCELLED,
    OrderStatus.EXPIRED,
    OrderStatus.REJECTED,
    OrderStatus.DENIED,
)

_BY_FILL = frozenset({_PARTIALLY_FILLED, _FILLED})
_ENDS = frozenset({_CANCELLED, _EXPIRED})
_REQUESTS = frozenset({_PENDING_CANCEL, _PENDING_REPLACE})
_NOTHING: frozenset[OrderStatus] = frozenset()

MOVES: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    _PENDING_NEW: _BY_FILL | _ENDS | {_NEW, _UNTRIGGERED, _PENDING_CANCEL, _UNKNOWN, _REJECTED, _DENIED},
    _UNTRIGGERED: _BY_FILL | _ENDS | _REQUESTS | {_NEW, _REJECTED},
    _NEW: _BY_FILL | _ENDS | _REQUESTS | {_REJECTED},
    _PARTIALLY_FILLED: _ENDS | _REQUESTS | {_FILLED},
    _PENDING_CANCEL: _BY_FILL | _ENDS | {_PENDING_NEW, _UNTRIGGERED, _NEW, _UNKNOWN, _REJECTED},
    _PENDING_REPLACE: _BY_FILL | _ENDS | {_UNTRIGGERED, _NEW, _PENDING_CANCEL, _UNKNOWN, _REJECTED},
    _UNKNOWN: frozenset(OrderStatus) - {_UNKNOWN, _DENIED},
    **dict.fromkeys((_FILLED, _CANCELLED, _EXPIRED, _REJECTED, _DENIED), _NOTHING),
}
"""The statuses that may follow; the table above in data."""


def moved(order: Order, to: OrderStatus) -> tuple[OrderStatus, OrderStatus | None] | None:
    """
    The status and the `resume_status` after a move otherwise than by a fill; None where it cannot follow.

    A report that comes late or twice is one that cannot follow: there is nothing new in it.
    """
    status = order.status
    if to is _FILLED or to not in MOVES[status]:
        return None
    if status in _REQUESTS:
        return _moved_while_asked(order, to)
    if to in _REQUESTS:
        return to, status
    if order.filled_quantity and to in (_PENDING_NEW, _UNTRIGGERED, _NEW):
        return _PARTIALLY_FILLED, None
    if to is _PARTIALLY_FILLED and not order.filled_quantity:
        return None
    return to, None


def filled(order: Order, *, is_complete: bool) -> tuple[OrderStatus, OrderStatus | None]:
    """The status and the `resume_status` after one more fill, that completes the order or does not."""
    if order.status.is_final:
        return order.status, None
    if is_complete:
        return _FILLED, None
    if order.status in _REQUESTS:
        return order.status, _PARTIALLY_FILLED
    return _PARTIALLY_FILLED, None


def amended(order: Order, *, is_complete: bool) -> tuple[OrderStatus, OrderStatus | None]:
    """The status and the `resume_status` of an open order whose quantity or price became another."""
    if is_complete:
        return _FILLED, None
    if order.status is _PENDING_REPLACE:
        return _resume(order), None
    return order.status, order.resume_status


def field_that_cannot_follow(before: Order, after: Order) -> str | None:
    """
    Which field of an order that a platform tells contradicts what it told before; None where none does.

    An order keeps its name, instrument and side; its status follows the table or stays; what was filled stays
    filled.
    """
    for name in ("client_order_id", "instrument_id", "side"):
        if getattr(before, name) != getattr(after, name):
            return name
    if after.status is not before.status and after.status not in MOVES[before.status]:
        return "status"
    return "filled_quantity" if after.filled_quantity < before.filled_quantity else None


def _resume(order: Order) -> OrderStatus:
    """Where an order goes back to; one that was told as pending does not say."""
    return order.resume_status or (_PARTIALLY_FILLED if order.filled_quantity else _NEW)


def _moved_while_asked(order: Order, to: OrderStatus) -> tuple[OrderStatus, OrderStatus | None] | None:
    status, resume = order.status, _resume(order)
    if to is resume or to is _UNKNOWN:
        return to, None
    if to is _PENDING_CANCEL:
        return to, resume
    if to not in MOVES[resume] or to is _PARTIALLY_FILLED:
        return None
    if to.is_final:
        return to, None
    return status, _PARTIALLY_FILLED if order.filled_quantity else to
