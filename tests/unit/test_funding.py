"""What accounts begin with, and what operators put in or take out."""

from decimal import Decimal

import pytest

from components.model.errors import Duplicate, InvalidArgument, RiskLimitExceeded
from components.trading.facts import AccountOpened, BalanceAdjusted
from components.trading.orders.adjustment_arguments import Adjustment
from tests.support.trading_desk import NOW_NS, Trading, amendment, make_trading


def adjustment(amount: str, *, currency: str = "USDT", name: str = "ticket-1") -> Adjustment:
    """An adjustment of alice's account."""
    return Adjustment(user_id="alice", currency=currency, amount=Decimal(amount), adjustment_id=name, reason="a reason")


def adjust(trading: Trading, amount: str, *, currency: str = "USDT", name: str = "ticket-1") -> None:
    """Let an operator adjust alice's account."""
    trading.desk.adjust(adjustment(amount, currency=currency, name=name), adjusted_by="root", now_ns=NOW_NS)


@pytest.mark.parametrize(
    ("balances", "worth"),
    [
        ({}, "0"),
        ({"USDT": Decimal(7)}, "7"),
        ({"USDT": Decimal(7), "BTC": Decimal("0.5")}, "57"),
        ({"USDT": Decimal(7), "DOGE": Decimal(1)}, None),
    ],
)
def test_an_account_begins_with_what_it_is_given(balances: dict[str, Decimal], worth: str | None) -> None:
    """And with its worth, where every currency has a rate."""
    trading = make_trading(opening_balances=balances)

    trading.desk.open_account("alice", now_ns=NOW_NS)

    (step,) = trading.desk.take()
    assert step.fact == AccountOpened(
        ts_ns=NOW_NS, user_id="alice", balances=balances, worth=None if worth is None else Decimal(worth)
    )


def test_an_account_begins_on_margin_where_the_operator_says_so() -> None:
    """Later ones may begin otherwise."""
    make_trading(is_margin=True).desk.open_account("alice", now_ns=NOW_NS)
    trading = make_trading(is_margin=True)
    trading.desk.open_account("alice", now_ns=NOW_NS)

    assert trading.ledger.is_margin("alice")


def test_an_account_that_a_platform_keeps_begins_with_nothing() -> None:
    """What it has the platform tells."""
    trading = make_trading(is_external=True)

    trading.desk.open_account("alice", now_ns=NOW_NS)

    assert trading.ledger.is_external("alice")
    assert trading.ledger.balances("alice") == []


def test_an_adjustment_has_its_worth_and_its_operator() -> None:
    """At the rate of the time."""
    trading = make_trading()

    adjust(trading, "-2", currency="BTC")

    assert trading.desk.take()[1].fact == BalanceAdjusted(
        ts_ns=NOW_NS,
        user_id="alice",
        adjustment_id="ticket-1",
        currency="BTC",
        amount=Decimal(-2),
        reason="a reason",
        adjusted_by="root",
        worth=Decimal(-200),
    )
    assert trading.free("BTC") == Decimal(3)


def test_no_more_is_taken_out_than_is_free() -> None:
    """What orders have locked stays; all that is free may go."""
    trading = make_trading()
    trading.place(quantity="60")

    with pytest.raises(RiskLimitExceeded) as raised:
        adjust(trading, "-4000.01")
    assert raised.value.details == {"limit": "balance", "allowed": "4000", "requested": "4000.01"}

    adjust(trading, "-4000")
    assert trading.free("USDT") == 0


def test_what_is_promised_to_a_change_is_not_taken_out() -> None:
    """The venue may agree to it."""
    trading = make_trading()
    trading.place()
    trading.venue.is_silent = True
    trading.desk.amend("alice", amendment(quantity="60"), now_ns=NOW_NS)

    with pytest.raises(RiskLimitExceeded) as raised:
        adjust(trading, "-5000")

    assert raised.value.details["allowed"] == "4000"


@pytest.mark.parametrize(("currency", "amount"), [("USDT", "-10000.01"), ("BTC", "-6"), ("DOGE", "-1")])
def test_no_more_is_taken_out_of_a_new_account_than_it_begins_with(currency: str, amount: str) -> None:
    """One that is refused does not begin."""
    trading = make_trading()

    with pytest.raises(RiskLimitExceeded):
        adjust(trading, amount, currency=currency)

    assert not trading.ledger.has_account("alice")
    adjust(trading, "-10000")
    assert trading.free("USDT") == 0


@pytest.mark.parametrize("has_begun", [True, False])
def test_an_account_on_margin_may_be_overdrawn_by_its_operator(has_begun: bool) -> None:  # noqa: FBT001 - a case
    """Its balance is a part of its equity only."""
    trading = make_trading(is_margin=True)
    if has_begun:
        trading.desk.open_account("alice", now_ns=NOW_NS)

    adjust(trading, "-20000")

    assert trading.ledger.balance("alice", "USDT").total == Decimal(-10_000)


@pytest.mark.parametrize("has_begun", [True, False])
def test_what_a_platform_keeps_is_not_adjusted_here(has_begun: bool) -> None:  # noqa: FBT001 - a case
    """The platform hands balances in."""
    trading = make_trading(is_external=True)
    if has_begun:
        trading.desk.open_account("alice", now_ns=NOW_NS)

    with pytest.raises(InvalidArgument) as raised:
        adjust(trading, "1")

    assert raised.value.details["field"] == "user_id"


@pytest.mark.parametrize(("amount", "currency"), [("51", "USDT"), ("50", "BTC")])
def test_an_id_stands_for_one_adjustment(amount: str, currency: str) -> None:
    """The same one again is done; another one is a duplicate, also where the first cannot be done again."""
    trading = make_trading()
    adjust(trading, "50")
    trading.place(quantity="100")

    adjust(trading, "50")

    with pytest.raises(Duplicate, match="ticket-1"):
        adjust(trading, amount, currency=currency)
    assert trading.free("USDT") == Decimal(50)


def test_an_adjustment_that_was_made_can_be_asked_for_again() -> None:
    """When there is nothing left to take out, too."""
    trading = make_trading()
    adjust(trading, "-10000")

    adjust(trading, "-10000")

    assert trading.free("USDT") == 0
