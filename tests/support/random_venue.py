"""A venue that says of its orders what a test wants, in any order, and executes no more of one than there is."""

import enum
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import attrs

from components.model.market import Side
from components.model.money import ZERO, exact
from components.model.orders import Liquidity, Order
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

RATE = Decimal("0.001")


class Say(enum.Enum):
    """What it can say of an order."""

    ACCEPTED = "it is there"
    UNTRIGGERED = "it waits for its stop price"
    TRIGGERED = "its stop price was reached"
    REJECTED = "it is not taken"
    FILLED = "some of it was executed"
    FILLED_AGAIN = "the same execution again"
    AMENDED = "what was asked for is so"
    REFUSED = "what was asked for is not so"
    CANCELLED = "it was taken off"
    EXPIRED = "its time is over"


_ENDS = (Say.REJECTED, Say.CANCELLED, Say.EXPIRED)

_WORDS: dict[Say, Callable[[str], Report]] = {
    Say.ACCEPTED: lambda order_id: Accepted(order_id=order_id),
    Say.UNTRIGGERED: lambda order_id: Accepted(order_id=order_id, is_untriggered=True),
    Say.TRIGGERED: lambda order_id: Triggered(order_id=order_id),
    Say.REJECTED: lambda order_id: Rejected(order_id=order_id, reason="would_take"),
    Say.REFUSED: lambda order_id: RequestRefused(order_id=order_id, reason="too_late"),
    Say.CANCELLED: lambda order_id: Cancelled(order_id=order_id),
    Say.EXPIRED: lambda order_id: Expired(order_id=order_id, reason="no_liquidity"),
}

Script = list[tuple[Say, Decimal]]
"""What is said at once of one order, each with how much of what is left is executed."""


@attrs.define
class _Known:
    quantity: Decimal
    price: Decimal
    filled: Decimal = ZERO
    wanted: tuple[Decimal, Decimal | None] | None = None
    last: Executed | None = None
    is_gone: bool = False


@attrs.define
class RandomVenue:
    """
    Answers whatever it is asked by its script, and forgets the script then.

    Attributes:
        script: What it says next; nothing is silence.
        pays_in_base: Whether commission of buys is in base currency.
        executes_late: Whether it executes what it has said to be over.
    """

    venue: str = "paper"
    next_deadline_ns: int | None = None
    script: Script = attrs.field(factory=list)
    pays_in_base: bool = False
    executes_late: bool = False
    _known: dict[str, _Known] = attrs.field(factory=dict)
    _executions: int = 0

    def submit(self, order: Order, **_: Any) -> list[Report]:
        return self._answer(order)

    def amend(self, order: Order, quantity: Decimal, price: Decimal | None, **_: Any) -> list[Report]:
        self._know(order).wanted = quantity, price
        return self._answer(order)

    def cancel(self, order: Order, **_: Any) -> list[Report]:
        return self._answer(order)

    def advance(self, **_: Any) -> list[Report]:
        return []

    def restore(self, orders: Iterable[Order], **_: Any) -> list[Report]:
        """Forget what was asked before the restart, and go on."""
        for order in orders:
            self._know(order).wanted = None
        return []

    def say(self, order: Order, script: Script) -> list[Report]:
        """All that the script says of an order, as far as it can be said."""
        return [report for say, part in script if (report := self._say(order, say, part)) is not None]

    def _answer(self, order: Order) -> list[Report]:
        script, self.script = self.script, []
        return self.say(order, script)

    def _know(self, order: Order) -> _Known:
        price = order.price or Decimal(100)
        return self._known.setdefault(order.order_id, _Known(quantity=order.quantity, price=price))

    def _say(self, order: Order, say: Say, part: Decimal) -> Report | None:
        known, order_id = self._know(order), order.order_id
        if say is Say.FILLED:
            return self._execute(order, known, part)
        if say is Say.FILLED_AGAIN:
            return known.last
        if say is Say.AMENDED:
            return _amend(known, order_id)
        if say is Say.REFUSED:
            known.wanted = None
        known.is_gone = known.is_gone or say in _ENDS
        return _WORDS[say](order_id)

    @exact
    def _execute(self, order: Order, known: _Known, part: Decimal) -> Executed | None:
        quantity = (known.quantity - known.filled) * part
        if not quantity or (known.is_gone and not self.executes_late):
            return None
        self._executions += 1
        known.filled += quantity
        is_in_base = self.pays_in_base and order.side is Side.BUY
        known.last = Executed(
            order_id=order.order_id,
            execution_id=f"e{self._executions}",
            price=known.price,
            quantity=quantity,
            liquidity=Liquidity.MAKER,
            commission=quantity * RATE if is_in_base else quantity * known.price * RATE,
            commission_currency=(order.base if is_in_base else order.quote) or "",
        )
        return known.last


def _amend(known: _Known, order_id: str) -> Amended | None:
    """Only what was asked for, of an order that is there, and not less than was executed."""
    if known.wanted is None or known.is_gone or known.wanted[0] < known.filled or known.filled == known.quantity:
        return None
    quantity, price = known.wanted
    known.quantity, known.price, known.wanted = quantity, price or known.price, None
    return Amended(order_id=order_id, quantity=quantity, price=price)
