"""What reduce-only orders may still reduce."""

from decimal import Decimal
from typing import Any

import pytest

from components.model.errors import RiskLimitExceeded
from components.model.market import Side
from components.trading.facts import OrderFilled
from components.trading.orders.reductions import Reductions
from tests.support.trading_desk import Trading, amendment, fill_of, make_trading, request

SELL: dict[str, Any] = {"side": Side.SELL, "reduce_only": True, "price": "110"}
BUY: dict[str, Any] = {"side": Side.BUY, "reduce_only": True, "price": "90"}


@pytest.fixture
def trading() -> Trading:
    """Accounts that hold what they like."""
    return make_trading(is_margin=True)


@pytest.mark.parametrize(
    ("held", "fields", "allowed"),
    [
        ("2", {**SELL, "quantity": "2"}, None),
        ("2", {**SELL, "quantity": "2.001"}, "2"),
        ("2", {**BUY, "quantity": "1"}, "0"),
        ("-2", {**BUY, "quantity": "2"}, None),
        ("-2", {**BUY, "quantity": "3"}, "2"),
        ("-2", {**SELL, "quantity": "1"}, "0"),
        ("2", {"side": Side.SELL, "quantity": "50"}, None),
    ],
    ids=str,
)
def test_a_reduce_only_order_is_no_more_than_the_position(
    trading: Trading, held: str, fields: dict[str, Any], allowed: str | None
) -> None:
    """Any other may be as large as it likes."""
    trading.hold(held)
    reductions = Reductions(trading.ledger)
    if allowed is None:
        reductions.check("alice", request(**fields))
        return

    with pytest.raises(RiskLimitExceeded) as raised:
        reductions.check("alice", request(**fields))

    assert raised.value.details == {"limit": "reduce_only", "allowed": allowed, "requested": fields["quantity"]}


def test_nothing_can_be_reduced_where_nothing_is_held(trading: Trading) -> None:
    """On neither side."""
    for fields in (SELL, BUY):
        with pytest.raises(RiskLimitExceeded):
            Reductions(trading.ledger).check("alice", request(**fields))


def test_what_others_reduce_is_taken(trading: Trading) -> None:
    """As far as it is not executed; those on the other side and of other accounts take nothing."""
    trading.hold("2")
    trading.hold("2", "bob")
    trading.fill(trading.place("first", **{**SELL, "quantity": "1.5"}), "0.5", name="e2")
    trading.place("bobs", "bob", **{**SELL, "quantity": "2"})
    trading.place("buy", side=Side.BUY, price="90", quantity="5")
    reductions = Reductions(trading.ledger)

    reductions.check("alice", request(**{**SELL, "quantity": "0.5"}))
    with pytest.raises(RiskLimitExceeded) as raised:
        reductions.check("alice", request(**{**SELL, "quantity": "0.6"}))

    assert raised.value.details["allowed"] == "0.5"


def test_an_order_that_is_changed_does_not_stand_in_its_own_way(trading: Trading) -> None:
    """What of it was executed is not reduced again."""
    trading.hold("2")
    trading.fill(trading.place(**{**SELL, "quantity": "1.5"}), "0.5", name="e2")

    changed = trading.desk.amend("alice", amendment(quantity="2"), now_ns=trading.now_ns)

    assert changed.quantity == Decimal(2)
    with pytest.raises(RiskLimitExceeded):
        trading.desk.amend("alice", amendment(quantity="2.1"), now_ns=trading.now_ns)


def test_the_newest_that_do_not_fit_are_uncovered(trading: Trading) -> None:
    """A smaller one that fits stays, even behind a larger one that does not; the other side reduces nothing."""
    trading.hold("5")
    for number, quantity in enumerate(["1", "3", "1"]):
        trading.place(f"sell-{number}", **{**SELL, "quantity": quantity})
    _sell(trading, "3")

    uncovered = Reductions(trading.ledger).uncovered("alice", "BTCUSDT")

    assert [one.client_order_id for one in uncovered] == ["sell-1"]


def test_a_position_that_turned_uncovers_all(trading: Trading) -> None:
    """They would make it larger."""
    trading.hold("2")
    trading.place(**{**SELL, "quantity": "1"})
    _sell(trading, "3")

    (uncovered,) = Reductions(trading.ledger).uncovered("alice", "BTCUSDT")

    assert uncovered.client_order_id == "one"


def test_which_executions_make_a_position_smaller(trading: Trading) -> None:
    """Those against it, by orders that are not reduce-only."""
    trading.hold("2")
    reductions = Reductions(trading.ledger)
    against = trading.place("against", side=Side.SELL, price="110")
    along = trading.place("along", side=Side.BUY, price="90")
    closing = trading.place("closing", **{**SELL, "quantity": "1"})

    fills = [fill_of(order, "1") for order in (against, along, closing)]

    assert [reductions.reduced_by(fill) for fill in fills] == [("alice", "BTCUSDT"), None, None]


def _sell(trading: Trading, quantity: str) -> None:
    """Let alice sell so much without the desk's knowing."""
    order = trading.place("sell", side=Side.SELL, quantity=quantity)
    trading.ledger.apply(OrderFilled(ts_ns=trading.now_ns, fill=fill_of(order, quantity)))
