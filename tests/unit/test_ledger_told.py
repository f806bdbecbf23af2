"""Accounts that a platform keeps: what it tells sets the state, once."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from components.model.orders import Order, OrderStatus
from components.trading.facts import (
    BalanceHandedIn,
    FillHandedIn,
    MarginHandedIn,
    OrderHandedIn,
    PositionHandedIn,
)
from components.trading.ledger.books import REMEMBERED_STRAY_EXECUTIONS
from components.trading.ledger.fault import LedgerFault
from tests.support.ledger_facts import DAY_NS, LedgerTeller, fill_of, texts
from tests.support.paper_orders import paper_order


@pytest.fixture
def platform() -> LedgerTeller:
    """Nobody has an account yet."""
    return LedgerTeller()


def refuse(teller: LedgerTeller, expected: str, act: Callable[[], object]) -> None:
    """What cannot follow is a fault, and leaves the ledger as it was."""
    before = teller.ledger.checkpoint()

    with pytest.raises(LedgerFault, match=expected):
        act()

    assert teller.ledger.checkpoint() == before


def order(name: str, status: str, filled: str = "0", **other: Any) -> Order:
    return paper_order(
        name, "buy", "2", "100", status=OrderStatus(status), filled_quantity=filled, base=None, quote=None, **other
    )


def tell(teller: LedgerTeller, told: Order, sequence: int) -> list[str]:
    return teller.apply(OrderHandedIn(ts_ns=1, order=told, sequence=sequence))


def fill(teller: LedgerTeller, of: Order, execution_id: str) -> list[str]:
    return teller.apply(FillHandedIn(ts_ns=1, fill=fill_of(of, execution_id, "1", "100")))


def position(teller: LedgerTeller, quantity: str, realised: str, sequence: int, **other: Any) -> list[str]:
    fact = PositionHandedIn(
        ts_ns=teller.now_ns,
        user_id="alice",
        instrument_id="BTCUSDT",
        venue="acme",
        quantity=Decimal(quantity),
        average_price=Decimal(100) if Decimal(quantity) else None,
        realised_pnl=Decimal(realised),
        sequence=sequence,
        **other,
    )
    return teller.apply(fact)


def balance(teller: LedgerTeller, total: str, sequence: int, reason: str | None = None) -> list[str]:
    fact = BalanceHandedIn(
        ts_ns=1,
        user_id="alice",
        currency="USDT",
        total=Decimal(total),
        locked=Decimal(1),
        sequence=sequence,
        reason=reason,
    )
    return teller.apply(fact)


def margin(teller: LedgerTeller, level: str, sequence: int) -> list[str]:
    fact = MarginHandedIn(
        ts_ns=1,
        user_id="alice",
        margin_level=Decimal(level),
        formula="equity / used",
        equity=Decimal(100),
        maintenance_margin=Decimal(50),
        sequence=sequence,
    )
    return teller.apply(fact)


def test_the_first_thing_told_begins_the_account(platform: LedgerTeller) -> None:
    """From then on a platform keeps it."""
    assert balance(platform, "100", 1) == ["USDT 100, 1 locked: update"]

    assert platform.ledger.is_external("alice")
    assert not platform.ledger.is_external("bob")


def test_an_order_is_as_told(platform: LedgerTeller) -> None:
    """It appears in whatever status, follows the table, and finishes."""
    appeared = tell(platform, order("a", "partially_filled", "1"), 1)
    updated = tell(platform, order("a", "partially_filled", "1.5"), 2)
    filled = tell(platform, order("a", "filled", "2"), 5)
    late = tell(platform, order("b", "cancelled"), 1)

    assert appeared == ["new a partially_filled 1 of 2"]
    assert updated == ["update a partially_filled 1.5 of 2"]
    assert filled == ["filled a filled 2 of 2"]
    assert late == ["cancelled b cancelled 0 of 2"]
    assert platform.ledger.open_orders() == []


def test_a_number_that_is_not_newer_changes_nothing(platform: LedgerTeller) -> None:
    """Of orders, positions, balances and margin, each by its own."""
    told = [
        lambda sequence: tell(platform, order("a", "new"), sequence),
        lambda sequence: position(platform, "1", "0", sequence),
        lambda sequence: balance(platform, "100", sequence),
        lambda sequence: margin(platform, "2", sequence),
    ]
    for one in told:
        one(5)
    before = platform.ledger.checkpoint()

    again = [one(sequence) for one in told for sequence in (4, 5)]

    assert again == [[]] * 8
    assert platform.ledger.checkpoint() == before
    assert all(one(6) for one in told)


def test_the_number_zero_is_one(platform: LedgerTeller) -> None:
    """A platform may count from it."""
    assert balance(platform, "100", 0) == ["USDT 100, 1 locked: update"]
    assert balance(platform, "100", 0) == []
    assert position(platform, "1", "0", 0) == ["BTCUSDT 1 for 100"]
    assert position(platform, "1", "0", 0) == []


def test_an_order_that_contradicts_itself_is_a_fault(platform: LedgerTeller) -> None:
    """It leaves no final status, belongs to one user, and shares its names with no other."""
    tell(platform, order("a", "cancelled"), 1)
    anothers = order("a", "cancelled", user_id="bob")
    same_name = msgspec.structs.replace(order("b", "new"), client_order_id="my-a")

    refuse(platform, "that follows, received another status", lambda: tell(platform, order("a", "new"), 2))
    refuse(platform, "expected an order of bob, received a of another's", lambda: tell(platform, anothers, 2))
    refuse(platform, "expected a new order, received b", lambda: tell(platform, same_name, 2))


def test_what_was_placed_here_goes_on_as_told(platform: LedgerTeller) -> None:
    """The platform executes it; the first number told of it counts."""
    platform.open(is_external=True)
    platform.place("a", "buy", "2", "100")

    assert tell(platform, order("a", "new"), 0) == ["update a new 0 of 2"]
    assert tell(platform, order("a", "filled", "2"), 0) == []


def test_an_execution_is_added_once(platform: LedgerTeller) -> None:
    """Known by its id on its order; it changes no order, balance or position."""
    told = order("a", "new")
    tell(platform, told, 1)

    assert fill(platform, told, "e1") == ["fill e1"]
    assert fill(platform, told, "e1") == []
    assert platform.order("a").filled_quantity == 0
    assert not platform.ledger.balances("alice")
    assert not platform.ledger.positions("alice")


def test_an_execution_after_the_end_is_late(platform: LedgerTeller) -> None:
    """After a cancel it is; after the order was told as filled it is not."""
    cancelled, filled = order("a", "cancelled"), order("b", "filled", "2")
    tell(platform, cancelled, 1)
    tell(platform, filled, 1)

    assert fill(platform, cancelled, "e1") == ["late fill e1"]
    assert fill(platform, filled, "e1") == ["fill e1"]


def test_an_execution_may_come_without_its_order(platform: LedgerTeller) -> None:
    """It is known when it comes again, also once its order is told; of such ones the last are kept."""
    stray = order("a", "new")

    assert fill(platform, stray, "e1") == ["fill e1"]
    assert fill(platform, stray, "e1") == []
    tell(platform, stray, 1)
    assert fill(platform, stray, "e1") == []
    for number in range(REMEMBERED_STRAY_EXECUTIONS):
        fill(platform, order("b", "new"), f"{number}")
    assert [platform.ledger.has_execution(*one) for one in (("a", "e1"), ("b", "0"), ("b", "9999"))] == [
        False,
        True,
        True,
    ]


def test_an_execution_of_anothers_order_is_a_fault(platform: LedgerTeller) -> None:
    """An order has one owner."""
    tell(platform, order("a", "new"), 1)

    refuse(platform, "expected an order of bob", lambda: fill(platform, order("a", "new", user_id="bob"), "e1"))


def test_a_position_is_as_told(platform: LedgerTeller) -> None:
    """With its own mark and profit; a liquidated one says why."""
    position(platform, "-2", "0", 1, mark_price=Decimal(90), unrealised_pnl=Decimal(20))
    held = platform.ledger.position("alice", "BTCUSDT")
    liquidated = position(platform, "0", "-50", 2, event="liquidated", reason="stop_out")

    assert texts(held.quantity, held.cost, held.average_price) == ["-2", "-200", "100"]
    assert texts(held.mark_price, held.unrealised_pnl) == ["90", "20"]
    assert liquidated == ["BTCUSDT 0 for 0, realised -50, liquidated: stop_out"]


def test_what_a_position_realised_since_it_was_told_counts_for_today(platform: LedgerTeller) -> None:
    """What it had realised when it was told first may be of any day."""
    platform.now_ns = 2 * DAY_NS
    position(platform, "2", "100", 1)
    position(platform, "1", "130", 2)

    assert platform.ledger.realised_today("alice", now_ns=2 * DAY_NS) == {"BTCUSDT": 30}


def test_a_balance_is_as_told(platform: LedgerTeller) -> None:
    """For the reason that the platform gives."""
    assert balance(platform, "-5", 1, "funding") == ["USDT -5, 1 locked: funding"]
    assert platform.balance("USDT") == ("-5", "-6", "1")


def test_an_account_stands_as_told(platform: LedgerTeller) -> None:
    """By the platform's own formula."""
    assert margin(platform, "2", 1) == ["margin level 2"]

    told = platform.ledger.told_margin("alice")
    assert told is not None
    assert (texts(told.margin_level), told.formula) == (["2"], "equity / used")


def test_nothing_is_told_of_an_account_that_is_kept_here(platform: LedgerTeller) -> None:
    """Its money is reckoned here, to the last digit; a platform cannot set it."""
    platform.open(USDT="100")

    for act in (
        lambda: tell(platform, order("a", "new"), 1),
        lambda: fill(platform, order("a", "new"), "e1"),
        lambda: position(platform, "1", "0", 1),
        lambda: balance(platform, "100", 1),
        lambda: margin(platform, "2", 1),
    ):
        refuse(platform, "that a platform keeps, found one that is kept here", act)
