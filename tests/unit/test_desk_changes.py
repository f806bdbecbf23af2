"""The desk: orders that become others, and positions that are closed."""

from decimal import Decimal
from typing import Any

import pytest

from components.model.errors import RiskLimitExceeded
from components.model.market import Side
from components.model.orders import OrderStatus, OrderType
from components.trading.facts import OrderAmended, OrderMoved
from components.trading.orders.execution import Amended, Cancelled, Expired, RequestRefused
from tests.support.trading_desk import NOW_NS, Trading, amendment, make_trading


@pytest.fixture
def trading() -> Trading:
    """A desk whose accounts are in cash."""
    return make_trading()


def test_an_order_gets_other_terms(trading: Trading) -> None:
    """And locks what they need."""
    trading.place()
    trading.desk.take()

    order = trading.desk.amend("alice", amendment(quantity="2", price="90"), now_ns=NOW_NS)

    assert (order.status, order.quantity, order.price) == (OrderStatus.NEW, Decimal(2), Decimal(90))
    assert trading.free("USDT") == Decimal(10_000 - 180)
    assert [type(step.fact) for step in trading.desk.take()] == [OrderMoved, OrderAmended]
    assert trading.risk.asked[-1][0] == "amend one to 2 at 90"


def test_a_change_to_what_an_order_is_changes_nothing(trading: Trading) -> None:
    """Neither the first time nor while the venue is asked for it."""
    trading.place()
    assert trading.desk.amend("alice", amendment(quantity="1.0", price="100"), now_ns=NOW_NS) == trading.order()
    trading.venue.is_silent = True
    waiting = trading.desk.amend("alice", amendment(quantity="2"), now_ns=NOW_NS)

    again = trading.desk.amend("alice", amendment(quantity="2"), now_ns=NOW_NS)

    assert again == waiting
    assert waiting.status is OrderStatus.PENDING_REPLACE
    assert trading.kinds() == ["submit", "amend"]


def test_a_refused_change_leaves_the_order_as_it_was(trading: Trading) -> None:
    """Nothing stays promised to it."""
    order = trading.place()
    trading.venue.answers = [RequestRefused(order_id=order.order_id, reason="would_take")]

    refused = trading.desk.amend("alice", amendment(quantity="50"), now_ns=NOW_NS)

    assert (refused.status, refused.quantity, refused.reason) == (OrderStatus.NEW, Decimal(1), "would_take")
    assert trading.place("rest", quantity="99").status is OrderStatus.NEW


def test_money_that_a_change_waits_for_cannot_be_spent_twice(trading: Trading) -> None:
    """It is free by the wallet, and promised; once the venue agrees it is locked."""
    order = trading.place()
    trading.venue.is_silent = True
    trading.desk.amend("alice", amendment(quantity="60"), now_ns=NOW_NS)

    with pytest.raises(RiskLimitExceeded) as raised:
        trading.place("rest", quantity="41")

    assert raised.value.details == {"limit": "balance", "allowed": "4000", "requested": "4100"}
    assert trading.place("less", quantity="40").status is OrderStatus.PENDING_NEW
    trading.report(Amended(order_id=order.order_id, quantity=Decimal(60), price=Decimal(100)))
    assert trading.free("USDT") == 0


def test_what_is_executed_before_a_change_is_paid_for(trading: Trading) -> None:
    """A larger and cheaper order may be executed at the old price first, and never locks what there is not."""
    order = trading.place(quantity="10")
    trading.venue.is_silent = True
    changed = trading.desk.amend("alice", amendment(quantity="20", price="50"), now_ns=NOW_NS)
    trading.place("rest", quantity="85")
    with pytest.raises(RiskLimitExceeded):
        trading.place("more", quantity="0.1")

    trading.fill(order, "8", price="100")
    trading.report(Amended(order_id=order.order_id, quantity=Decimal(20), price=Decimal(50)))

    assert changed.status is OrderStatus.PENDING_REPLACE
    assert trading.venue.asked[1][1].budget == Decimal(1500)
    assert trading.order().budget == Decimal(800 + 600)
    assert trading.free("USDT") == Decimal(100)


def test_a_cancel_overtakes_a_change(trading: Trading) -> None:
    """A cancel always passes; what the change would have locked stays promised until the order is done with."""
    order = trading.place()
    trading.venue.is_silent = True
    trading.desk.amend("alice", amendment(quantity="60"), now_ns=NOW_NS)
    trading.cancel(reason="requested")

    with pytest.raises(RiskLimitExceeded):
        trading.place("rest", quantity="50")
    trading.report(Amended(order_id=order.order_id, quantity=Decimal(60), price=Decimal(100)))
    assert (trading.status(), trading.free("USDT")) == (OrderStatus.PENDING_CANCEL, Decimal(4000))

    trading.report(Cancelled(order_id=order.order_id))
    assert (trading.order().status, trading.order().reason) == (OrderStatus.CANCELLED, "requested")
    assert trading.free("USDT") == Decimal(10_000)


def test_a_position_is_closed_past_all_limits(trading: Trading) -> None:
    """By a market order that nobody could have named, with what made it and why."""
    trading.hold("2")
    trading.risk.refusal = RiskLimitExceeded("order_rate", allowed="0", requested="1")

    trading.desk.close_position("alice", "BTCUSDT", tag="liquidation", reason="margin_level", now_ns=NOW_NS)

    (_, order) = trading.venue.asked[-1]
    assert (order.client_order_id, order.tag, order.reason) == ("liquidation/2", "liquidation", "margin_level")
    assert (order.side, order.type, order.quantity, order.reduce_only) == (
        Side.SELL,
        OrderType.MARKET,
        Decimal(2),
        True,
    )


def test_a_position_is_not_closed_twice(trading: Trading) -> None:
    """While an order with the tag is open there is no other; afterwards there is, if anything is left."""
    trading.hold("2")
    close: dict[str, Any] = {"tag": "liquidation", "reason": "margin_level", "now_ns": NOW_NS}
    trading.desk.close_position("alice", "BTCUSDT", **close)
    trading.desk.close_position("alice", "BTCUSDT", **close)
    (first,) = [one for _, one in trading.venue.asked if one.tag]

    trading.fill(first, "1.5", name="e2")
    trading.report(Expired(order_id=first.order_id, reason="no_liquidity"))
    trading.desk.close_position("alice", "BTCUSDT", **close)
    second = trading.venue.asked[-1][1]
    trading.fill(second, "0.5", name="e3")
    trading.desk.close_position("alice", "BTCUSDT", **close)

    assert [one.quantity for _, one in trading.venue.asked if one.tag] == [Decimal(2), Decimal("0.5")]
    assert trading.ledger.position("alice", "BTCUSDT").quantity == 0


def test_nothing_is_closed_where_nothing_is_held(trading: Trading) -> None:
    """A flat account gets no order."""
    trading.desk.close_position("alice", "BTCUSDT", tag="liquidation", reason="margin_level", now_ns=NOW_NS)

    assert trading.venue.asked == []


def test_a_reduce_only_order_goes_with_what_it_reduces(trading: Trading) -> None:
    """Where another order makes the position smaller, the newest that has nothing left to reduce is cancelled."""
    trading.hold("2")
    trading.place("older", side=Side.SELL, quantity="1.5", price="110", reduce_only=True)
    trading.place("newer", side=Side.SELL, quantity="0.5", price="120", reduce_only=True)

    trading.fill(trading.place("sell", side=Side.SELL), "0.2", name="e2")

    assert trading.status("older") is OrderStatus.NEW
    assert (trading.status("newer"), trading.order("newer").reason) == (OrderStatus.CANCELLED, "reduce_only")


def test_a_reduce_only_order_that_does_its_work_stays(trading: Trading) -> None:
    """What it reduces itself it does not have to reduce any more."""
    trading.hold("2")
    order = trading.place("close", side=Side.SELL, quantity="2", price="110", reduce_only=True)

    trading.fill(order, "1.5", name="e2")

    assert trading.status("close") is OrderStatus.PARTIALLY_FILLED
