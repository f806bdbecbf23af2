"""Answers that a venue owes."""

import msgspec

from components.model.orders import Order, OrderStatus
from components.trading.orders.unanswered import Unanswered
from tests.support.trading_desk import NOW_NS, make_trading

PATIENCE_NS = 10


def asked_of(name: str, *, after_ns: int = 0) -> Order:
    """An order that waits for its venue."""
    trading = make_trading()
    trading.venue.is_silent = True
    trading.now_ns += after_ns
    return trading.place(name)


def test_an_answer_is_overdue_after_so_long() -> None:
    """And is told once; the next one is waited for."""
    unanswered = Unanswered(patience_ns=PATIENCE_NS)
    one, two = asked_of("one"), asked_of("two", after_ns=5)
    for order in (one, two):
        unanswered.watch(order)

    assert unanswered.next_deadline_ns == NOW_NS + 10
    assert unanswered.take_overdue(now_ns=NOW_NS + 9) == []
    assert unanswered.take_overdue(now_ns=NOW_NS + 14) == [one.order_id]
    assert unanswered.next_deadline_ns == NOW_NS + 15
    assert unanswered.take_overdue(now_ns=NOW_NS + 15) == [two.order_id]
    assert unanswered.next_deadline_ns is None


def test_an_order_that_was_answered_is_not_waited_for() -> None:
    """Nor one that is given up."""
    unanswered = Unanswered(patience_ns=PATIENCE_NS)
    order = asked_of("one")
    for after in (
        msgspec.structs.replace(order, status=OrderStatus.NEW, asked=None),
        msgspec.structs.replace(order, status=OrderStatus.UNKNOWN),
    ):
        unanswered.watch(order)
        unanswered.watch(after)

        assert unanswered.next_deadline_ns is None


def test_an_answer_may_be_waited_for_from_a_later_time() -> None:
    """After a restart the venue has as long as ever."""
    unanswered = Unanswered(patience_ns=PATIENCE_NS)

    unanswered.watch(asked_of("one"), since_ns=NOW_NS + 100)

    assert unanswered.next_deadline_ns == NOW_NS + 110
