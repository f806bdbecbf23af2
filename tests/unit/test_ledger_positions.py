"""Netting: cost, realised profit and loss, flips, and commissions out of what is held."""

from decimal import Decimal

import pytest

from components.model.orders import Position
from components.trading.ledger.positions import charged, traded
from tests.support.ledger_facts import texts


def after(*trades: tuple[str, str]) -> Position:
    """The position after trades of signed quantity and price."""
    position = Position(user_id="alice", instrument_id="BTCUSDT", venue="paper")
    for quantity, price in trades:
        position, _ = traded(position, Decimal(quantity), Decimal(price), ts_ns=7)
    return position


def told(position: Position) -> list[str | None]:
    return texts(position.quantity, position.cost, position.realised_pnl)


@pytest.mark.parametrize(
    ("trades", "quantity", "cost", "realised"),
    [
        ([("2", "100")], "2", "200", "0"),
        ([("2", "100"), ("2", "110")], "4", "420", "0"),
        ([("-2", "100")], "-2", "-200", "0"),
        ([("-2", "100"), ("-1", "70")], "-3", "-270", "0"),
        ([("2", "100"), ("-1", "110")], "1", "100", "10"),
        ([("2", "100"), ("-2", "90")], "0", "0", "-20"),
        ([("-2", "100"), ("1", "90")], "-1", "-100", "10"),
        ([("-2", "100"), ("2", "110")], "0", "0", "-20"),
        ([("2", "100"), ("-5", "110")], "-3", "-330", "20"),
        ([("-2", "100"), ("5", "110")], "3", "330", "-20"),
        ([("2", "100"), ("-2", "90"), ("1", "50")], "1", "50", "-20"),
    ],
)
def test_trades_are_netted(trades: list[tuple[str, str]], quantity: str, cost: str, realised: str) -> None:
    """The same side adds, the other closes at the average, and beyond zero it opens anew."""
    assert told(after(*trades)) == [quantity, cost, realised]


def test_a_trade_tells_what_it_realised() -> None:
    """Not what the position has realised in all, and when it changed."""
    position = after(("3", "100"), ("-1", "110"))

    later, realised = traded(position, Decimal(-1), Decimal(120), ts_ns=9)

    assert texts(realised, later.realised_pnl) == ["20", "30"]
    assert later.updated_ns == 9


def test_a_cost_that_does_not_divide_stays_exact() -> None:
    """A third of the cost is rounded, but cost and profit together are what was paid and received to the last digit."""
    position = after(("3", "100.01"), ("-1", "100"), ("-1", "100"))

    assert position.cost == Decimal("100.01")
    assert position.realised_pnl == Decimal("-0.02")

    uneven = after(("1", "100"), ("6", "1"), ("-1", "50"), ("-3", "20"))
    assert uneven.cost - uneven.realised_pnl == 106 - 50 - 60
    assert uneven.cost == Decimal("45.428571428571428571")


def test_a_commission_in_base_leaves_at_cost() -> None:
    """Bought 1 with a commission of 0.001: 0.999 are left, at the same average, and nothing is realised."""
    position = charged(after(("1", "100")), Decimal("0.001"), Decimal(100))

    assert told(position) == ["0.999", "99.9", "0"]
    assert position.average_price == 100


def test_a_commission_on_what_closes_leaves_a_residue() -> None:
    """Who sells all and pays in base is short by the commission, at the price of the trade."""
    flat = after(("1", "100"), ("-1", "120"))

    assert told(charged(flat, Decimal("0.001"), Decimal(120))) == ["-0.001", "-0.12", "20"]


def test_a_commission_beyond_what_is_held_turns_the_position() -> None:
    """What was held leaves at its cost, the rest is short at the price of the trade."""
    position = charged(after(("1", "100")), Decimal("1.5"), Decimal(120))

    assert told(position) == ["-0.5", "-60", "0"]


def test_a_rebate_in_base_adds_to_what_is_held() -> None:
    """It counts at the price of the trade."""
    assert told(charged(after(("1", "100")), Decimal("-0.5"), Decimal(110))) == ["1.5", "155", "0"]
