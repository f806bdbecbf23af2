"""What the changes of one transaction are told as: which events, on which topics, in which order."""

from collections.abc import Iterable
from typing import Protocol

import attrs

from components.contract.envelope import Payload
from components.model.accounts import Mark
from components.model.orders import OrderStatus
from components.trading.changes import (
    BalanceChanged,
    Change,
    FillAdded,
    MarginChanged,
    OrderChanged,
    OrderEvent,
    PositionChanged,
)
from components.trading.payloads import (
    balance_body,
    fill_body,
    order_body,
    position_body,
    told_margin_body,
    topic_of,
)


class Marks(Protocol):
    """Who knows what instruments are worth."""

    def mark(self, instrument_id: str) -> Mark | None:
        """What an instrument is worth now; None where nothing is known."""


Telling = OrderChanged | FillAdded | MarginChanged


@attrs.frozen(kw_only=True)
class Publication:
    """One event of one user."""

    user_id: str
    topic: str
    payload: Payload


def publications(changes: Iterable[Change], marks: Marks) -> list[Publication]:
    """
    The events of one transaction, orders and executions as they came about, then what accounts hold in the end.

    What a venue answers at once is told once, as it is then, not first as pending; but an order that is executed at
    once is told as `new` before that. A balance or position that changed several times is told once, as it is at the
    end.
    """
    told: list[Telling | None] = []
    pending: dict[str, int] = {}
    positions: dict[tuple[str, str], PositionChanged] = {}
    balances: dict[tuple[str, str], BalanceChanged] = {}
    for change in changes:
        match change:
            case OrderChanged():
                _tell_order(change, told, pending)
            case FillAdded() | MarginChanged():
                told.append(change)
            case PositionChanged(position=position):
                positions.pop((position.user_id, position.instrument_id), None)
                positions[position.user_id, position.instrument_id] = change
            case BalanceChanged(user_id=user_id, balance=balance):
                balances.pop((user_id, balance.currency), None)
                balances[user_id, balance.currency] = change
    return [
        *(_publication(one) for one in told if one is not None),
        *(_position(one, marks) for one in positions.values()),
        *(_balance(one) for one in balances.values()),
    ]


def _tell_order(change: OrderChanged, told: list[Telling | None], pending: dict[str, int]) -> None:
    order = change.order
    place = pending.pop(order.order_id, None)
    before = None if place is None else told[place]
    if place is not None and isinstance(before, OrderChanged):
        if before.event is not OrderEvent.NEW:
            told[place] = None
        elif order.status in _AT_REST:
            told[place] = None
            change = OrderChanged(event=OrderEvent.NEW, order=order)
    if order.status in _PENDING:
        pending[order.order_id] = len(told)
    told.append(change)


def _publication(change: Telling) -> Publication:
    match change:
        case OrderChanged(order=order):
            payload = {"event": change.event.value, **order_body(order)}
            return Publication(user_id=order.user_id, topic=topic_of(order.user_id, "orders"), payload=payload)
        case FillAdded(fill=fill):
            payload = {**fill_body(fill), "is_late": change.is_late}
            return Publication(user_id=fill.user_id, topic=topic_of(fill.user_id, "fills"), payload=payload)
        case MarginChanged(margin=margin):
            topic = topic_of(margin.user_id, "margin")
            return Publication(user_id=margin.user_id, topic=topic, payload=told_margin_body(margin))


_AT_REST = (OrderStatus.NEW, OrderStatus.UNTRIGGERED)
_PENDING = (OrderStatus.PENDING_NEW, OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_REPLACE)


def _position(change: PositionChanged, marks: Marks) -> Publication:
    position = change.position
    event = "liquidated" if change.is_liquidated else "update"
    body = position_body(position, marks.mark(position.instrument_id))
    return Publication(
        user_id=position.user_id,
        topic=topic_of(position.user_id, "positions"),
        payload={"event": event, **body, "reason": change.reason},
    )


def _balance(change: BalanceChanged) -> Publication:
    return Publication(
        user_id=change.user_id,
        topic=topic_of(change.user_id, "wallet"),
        payload={**balance_body(change.balance), "reason": change.reason},
    )
