"""Accounts that are kept here: what openings, adjustments, orders and executions do to money."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from components.model.orders import Asked, OrderStatus, OrderType, RequestKind
from components.trading.facts import OrderAmended, OrderFilled, OrderMoved, OrderPlaced
from components.trading.ledger.books import REMEMBERED_ADJUSTMENTS
from components.trading.ledger.fault import LedgerFault
from tests.support.ledger_facts import DAY_NS, LedgerTeller, fill_of, texts
from tests.support.paper_orders import paper_order

CANCEL_ASKED = Asked(kind=RequestKind.CANCEL, ts_ns=3)


@pytest.fixture
def cash() -> LedgerTeller:
    """Alice has 1000 USDT and 2 BTC."""
    teller = LedgerTeller()
    teller.open(USDT="1000", BTC="2")
    return teller


@pytest.fixture
def margin() -> LedgerTeller:
    """Alice has 1000 USDT, on margin."""
    teller = LedgerTeller()
    teller.open(USDT="1000", is_margin=True)
    return teller


def refuse(teller: LedgerTeller, expected: str, act: Any) -> None:
    """What cannot follow is a fault, and leaves the ledger as it was."""
    before = teller.ledger.checkpoint()

    with pytest.raises(LedgerFault, match=expected):
        act()

    assert teller.ledger.checkpoint() == before


def test_an_account_begins_with_what_it_is_given() -> None:
    """Its balances are told as opening, and it begins once."""
    teller = LedgerTeller()

    assert teller.open(USDT="1000", BTC="0.5") == ["USDT 1000: opening", "BTC 0.5: opening"]
    refuse(teller, "expected no account of alice, found one", teller.open)


def test_an_adjustment_is_made_once(cash: LedgerTeller) -> None:
    """The same id again changes nothing, whatever it says."""
    assert cash.adjust("first", "-100") == ["USDT 900: adjustment"]
    assert cash.adjust("first", "-100") == []
    assert cash.adjust("second", "1", "ETH") == ["ETH 1: adjustment"]
    assert cash.ledger.transferred("alice") == {"USDT": 900, "BTC": 2, "ETH": 1}


def test_adjustments_are_forgotten_in_the_end(cash: LedgerTeller) -> None:
    """The last ones of all accounts are kept."""
    for number in range(REMEMBERED_ADJUSTMENTS + 2):
        cash.adjust(f"{number}", "1")

    assert [cash.ledger.adjustment(f"{number}") is None for number in range(4)] == [True, True, False, False]


def test_an_account_that_does_not_exist_is_a_fault() -> None:
    """Nothing happens to who has none."""
    teller = LedgerTeller()

    refuse(teller, "expected an account of alice, found none", lambda: teller.adjust("first", "1"))
    refuse(teller, "expected an account of alice, found none", lambda: teller.place("a", "buy", "1", "100"))


def test_a_buy_locks_its_budget(cash: LedgerTeller) -> None:
    """What it may cost at most is locked until it is final."""
    placed = cash.place("a", "buy", "1", "100", budget="100.1")
    acknowledged = cash.move("a", "new")
    cancelled = cash.move("a", "cancelled", reason="requested")

    assert placed == ["new a pending_new 0 of 1", "USDT 1000, 100.1 locked: order"]
    assert acknowledged == ["update a new 0 of 1"]
    assert cancelled == ["cancelled a cancelled 0 of 1", "USDT 1000: release"]
    assert cash.order("a").reason == "requested"


def test_a_sell_locks_what_it_sells(cash: LedgerTeller) -> None:
    """In base currency, as much as is not filled."""
    placed = cash.place("a", "sell", "1.5", "100")
    cash.fill("a", "e1", "0.5", "101")
    part = cash.balance("BTC")
    cash.move("a", "expired", reason="time_over")

    assert placed == ["new a pending_new 0 of 1.5", "BTC 2, 1.5 locked: order"]
    assert part == ("1.5", "0.5", "1")
    assert cash.balance("BTC") == ("1.5", "1.5", "0")


def test_a_buy_without_a_budget_locks_nothing(cash: LedgerTeller) -> None:
    """Where nothing bounds what it costs there is nothing to lock."""
    assert cash.place("a", "buy", "1") == ["new a pending_new 0 of 1"]


def test_a_margin_account_locks_nothing(margin: LedgerTeller) -> None:
    """What may be opened there is for margin to say."""
    assert margin.place("a", "sell", "1", "100") == ["new a pending_new 0 of 1"]
    assert margin.place("b", "buy", "1", "100", budget="100") == ["new b pending_new 0 of 1"]
    assert margin.move("a", "cancelled") == ["cancelled a cancelled 0 of 1"]


@pytest.mark.parametrize(
    ("expected", "order"),
    [
        ("enough free USDT", paper_order("a", "buy", "11", "100", budget="1100")),
        ("enough free BTC", paper_order("a", "sell", "3", "100")),
        ("that begins, received a new one", paper_order("a", "buy", "1", "100", status=OrderStatus.NEW)),
        ("that begins, received a pending_new one", paper_order("a", "buy", "1", "100", filled_quantity="1")),
        ("with its currencies, received none", paper_order("a", "buy", "1", "100", quote=None)),
        ("with its currencies, received none", paper_order("a", "buy", "1", "100", base=None)),
        ("expected a new order, received known", paper_order("known", "buy", "1", "100")),
        (
            "expected a new order, received a",
            msgspec.structs.replace(paper_order("a", "buy", "1", "100"), client_order_id="my-known"),
        ),
    ],
)
def test_an_order_that_cannot_begin_is_a_fault(cash: LedgerTeller, expected: str, order: Any) -> None:
    """More than is free, an order in the middle of its life, one without currencies, and names that are taken."""
    cash.place("known", "buy", "1", "100")

    refuse(cash, expected, lambda: cash.apply(OrderPlaced(ts_ns=1, order=order, body_hash=b"")))


def test_an_order_goes_back_when_its_cancel_is_refused(cash: LedgerTeller) -> None:
    """What was asked is part of the order until it is answered."""
    cash.place("a", "sell", "1", "100", asked=Asked(kind=RequestKind.SUBMIT, ts_ns=1))
    cash.move("a", "pending_cancel", asked=CANCEL_ASKED)
    cash.move("a", "new")
    acknowledged = cash.order("a")
    cash.move("a", "new", reason="too_late")

    assert (acknowledged.status, acknowledged.resume_status, acknowledged.asked) == (
        "pending_cancel",
        "new",
        CANCEL_ASKED,
    )
    refused = cash.order("a")
    assert (refused.status, refused.resume_status, refused.asked, refused.reason) == ("new", None, None, "too_late")


def test_what_cannot_follow_is_a_fault(cash: LedgerTeller) -> None:
    """A final order moves no more, and nobody moves what is not there or another's."""
    cash.open("bob")
    cash.place("a", "sell", "1", "100")
    cash.move("a", "rejected")
    moves = [
        OrderMoved(ts_ns=1, user_id=user_id, order_id=order_id, status=OrderStatus.NEW)
        for user_id, order_id in (("alice", "b"), ("bob", "a"), ("carol", "a"))
    ]

    refuse(cash, "expected a move from rejected of a, received one to new", lambda: cash.move("a", "new"))
    refuse(cash, "expected an order b of alice, found none", lambda: cash.apply(moves[0]))
    refuse(cash, "expected an order a of bob, found none", lambda: cash.apply(moves[1]))
    refuse(cash, "expected an account of carol, found none", lambda: cash.apply(moves[2]))


def test_an_amended_order_locks_anew(cash: LedgerTeller) -> None:
    """The budget of a buy and the quantity of a sell are those of the changed order."""
    cash.place("a", "buy", "2", "100", budget="200")
    cash.place("b", "sell", "2", "100")
    cash.move("a", "new")
    cash.move("a", "pending_replace", asked=Asked(kind=RequestKind.AMEND, ts_ns=3))
    cash.fill("b", "e1", "1", "100")

    dearer = cash.amend("a", "3", "110", budget="330")
    smaller = cash.amend("b", "1.5", "90")

    assert dearer == ["update a new 0 of 3", "USDT 1100, 330 locked: amend"]
    assert smaller == ["update b partially_filled 1 of 1.5", "BTC 1, 0.5 locked: amend"]
    assert texts(cash.order("a").price) == ["110"]
    assert cash.order("a").asked is None


def test_an_order_keeps_since_when_it_has_its_place(cash: LedgerTeller) -> None:
    """It takes one when it comes to rest, and another when it grows or has another price."""
    cash.place("a", "buy", "2", "10", budget="20", type=OrderType.STOP_LIMIT, stop_price="11")
    places = [cash.order("a").queued_ns]
    for now_ns, change in enumerate(
        (
            lambda: cash.move("a", "untriggered"),
            lambda: cash.move("a", "new"),
            lambda: cash.move("a", "pending_replace"),
            lambda: cash.move("a", "new"),
            lambda: cash.amend("a", "1", "10", "10"),
            lambda: cash.amend("a", "2", "10", "20"),
            lambda: cash.amend("a", "2", "9", "18"),
        )
    ):
        cash.now_ns = now_ns
        change()
        places.append(cash.order("a").queued_ns)

    assert places == [None, None, 1, 1, 1, 1, 5, 6]


def test_an_order_amended_to_what_it_is_filled_for_is_filled(cash: LedgerTeller) -> None:
    """Nothing is left of it, and what it had locked is free."""
    cash.place("a", "sell", "2", "100")
    cash.fill("a", "e1", "1", "100")

    assert cash.amend("a", "1", "100") == ["filled a filled 1 of 1", "BTC 1: release"]


def test_an_amendment_that_comes_during_a_cancel_leaves_it_pending(cash: LedgerTeller) -> None:
    """The order is changed, and its cancel still not answered."""
    cash.place("a", "sell", "1", "100")
    cash.move("a", "pending_cancel", asked=CANCEL_ASKED)

    cash.amend("a", "2", "100")

    order = cash.order("a")
    assert (order.status, order.asked, texts(order.quantity)) == ("pending_cancel", CANCEL_ASKED, ["2"])


def test_an_amendment_that_cannot_follow_is_a_fault(cash: LedgerTeller) -> None:
    """It asks for more than is free, for less than is filled, or for an order that is final."""
    cash.place("a", "sell", "2", "100")
    cash.fill("a", "e1", "1", "100")

    refuse(cash, "enough free BTC", lambda: cash.amend("a", "3", "100"))
    refuse(cash, "filled for at most 0.5, found a partially_filled one", lambda: cash.amend("a", "0.5", "100"))
    cash.move("a", "cancelled")
    refuse(cash, "found a cancelled one", lambda: cash.amend("a", "2", "100"))


def test_a_cash_buy_pays_what_it_gets(cash: LedgerTeller) -> None:
    """Quote goes out, base comes in, commission in quote on top, and what is left of the budget stays locked."""
    cash.place("a", "buy", "2", "100", budget="200.4")
    cash.move("a", "new")

    part = cash.fill("a", "e1", "1", "90", "0.1 USDT")
    rest = cash.fill("a", "e2", "1", "100", "0.1 USDT")

    assert part == [
        "update a partially_filled 1 of 2",
        "fill e1",
        "BTCUSDT 1 for 90",
        "USDT 909.9, 110.3 locked: trade",
        "BTC 3: trade",
    ]
    assert rest == [
        "filled a filled 2 of 2",
        "fill e2",
        "BTCUSDT 2 for 190",
        "USDT 809.8: trade",
        "BTC 4: trade",
    ]
    order = cash.order("a")
    assert order.fills == 2
    assert texts(order.filled_notional, order.spent, order.average_price) == ["190", "190.2", "95"]


def test_a_cash_sell_gets_what_it_pays_for(cash: LedgerTeller) -> None:
    """Base goes out of what was locked, quote comes in less the commission."""
    cash.place("a", "sell", "1", "100")

    assert cash.fill("a", "e1", "1", "110", "0.2 USDT") == [
        "filled a filled 1 of 1",
        "fill e1",
        "BTCUSDT -1 for -110",
        "BTC 1: trade",
        "USDT 1109.8: trade",
    ]
    assert cash.order("a").spent == 0


def test_a_commission_in_base_leaves_less_to_hold(cash: LedgerTeller) -> None:
    """Bought 1 with a commission of 0.001 BTC: 0.999 more are there, and held; the budget pays the notional alone."""
    cash.place("a", "buy", "1", "100", budget="100")

    cash.fill("a", "e1", "1", "100", "0.001 BTC")

    assert cash.balance("BTC") == ("2.999", "2.999", "0")
    assert cash.position() == ("0.999", "99.9", "0")
    assert cash.order("a").spent == 100


def test_who_pays_more_than_the_budget_has_nothing_locked(cash: LedgerTeller) -> None:
    """Never less than nothing is locked, and what it cost is taken all the same."""
    cash.place("a", "buy", "2", "100", budget="150")

    cash.fill("a", "e1", "1.9", "100")

    assert cash.balance("USDT") == ("810", "810", "0")


def test_a_fill_overtakes_the_acknowledgement(cash: LedgerTeller) -> None:
    """Executed before it was accepted, an order is filled in part; nothing waits for an answer any more."""
    cash.place("a", "sell", "2", "100", asked=Asked(kind=RequestKind.SUBMIT, ts_ns=1))

    cash.fill("a", "e1", "1", "100")

    assert (cash.order("a").status, cash.order("a").asked) == ("partially_filled", None)
    refuse(cash, "received one to new", lambda: cash.move("a", "new"))


def test_a_fill_of_a_part_leaves_the_cancel_pending(cash: LedgerTeller) -> None:
    """What is asked is still asked, and a refusal leads back to partially filled."""
    cash.place("a", "sell", "2", "100")
    cash.move("a", "pending_cancel", asked=CANCEL_ASKED, reason="requested")

    cash.fill("a", "e1", "1", "100")

    order = cash.order("a")
    assert (order.status, order.resume_status, order.asked) == ("pending_cancel", "partially_filled", CANCEL_ASKED)
    assert order.reason == "requested"


def test_a_late_fill_takes_the_money_and_keeps_the_status(cash: LedgerTeller) -> None:
    """Executed after it was cancelled, an order stays that; money and position move, and the fill says late."""
    cash.place("a", "buy", "1", "100", budget="100")
    cash.move("a", "cancelled", reason="requested")

    late = cash.fill("a", "e1", "1", "100")

    assert late == [
        "update a cancelled 1 of 1",
        "late fill e1",
        "BTCUSDT 1 for 100",
        "USDT 900: trade",
        "BTC 3: trade",
    ]
    assert cash.order("a").reason == "requested"
    assert cash.order("a").remaining_quantity == 0


def test_the_same_execution_again_changes_nothing(cash: LedgerTeller) -> None:
    """It is known by its id on the order, and another order's is another."""
    cash.place("a", "sell", "1", "100")
    cash.place("b", "sell", "1", "100")
    cash.fill("a", "e1", "0.5", "100")
    before = cash.ledger.checkpoint()

    again = cash.fill("a", "e1", "0.5", "100")

    assert again == []
    assert cash.ledger.checkpoint() == before
    assert cash.fill("b", "e1", "0.5", "100") != []


def test_an_execution_that_does_not_fit_its_order_is_a_fault(cash: LedgerTeller) -> None:
    """More than was ordered, nothing at all, another instrument or side, or another's order."""
    cash.open("bob")
    cash.place("a", "sell", "1", "100")
    good = fill_of(cash.order("a"), "e1", "1", "100")
    replace = msgspec.structs.replace
    other_side = fill_of(paper_order("a", "buy", "1"), "e1", "1", "100")

    for expected, fill in (
        ("expected at most 1 of order a, received 1.5", replace(good, quantity=Decimal("1.5"))),
        ("received e1 of another", replace(good, quantity=Decimal(0))),
        ("received e1 of another", replace(good, instrument_id="ETHUSDT")),
        ("received e1 of another", other_side),
        ("expected an order a of bob", replace(good, user_id="bob")),
    ):
        refuse(cash, expected, lambda fill=fill: cash.apply(OrderFilled(ts_ns=1, fill=fill)))


def test_a_margin_account_settles_what_it_realises(margin: LedgerTeller) -> None:
    """Opening a position moves no money but the commission; closing it brings the difference."""
    margin.place("a", "buy", "2")
    opened = margin.fill("a", "e1", "2", "100", "0.2 USDT")
    margin.place("b", "sell", "3")
    turned = margin.fill("b", "e1", "3", "110", "0.3 USDT")

    assert opened[-2:] == ["BTCUSDT 2 for 200", "USDT 999.8: trade"]
    assert turned[-2:] == ["BTCUSDT -1 for -110, realised 20", "USDT 1019.5: trade"]


def test_a_margin_account_pays_a_commission_in_base_from_its_balance(margin: LedgerTeller) -> None:
    """What it holds on margin is no inventory to pay from."""
    margin.place("a", "buy", "1")

    assert margin.fill("a", "e1", "1", "100", "0.001 BTC")[-2:] == ["BTCUSDT 1 for 100", "BTC -0.001: trade"]


def test_every_trade_moves_the_opposite_on_the_venue(cash: LedgerTeller) -> None:
    """What the account gets the venue pays, and commissions are the fee account's, rebates too."""
    cash.trade("a", "buy", "1", "100", "0.1 USDT")
    cash.trade("b", "sell", "2", "120", "-0.05 USDT")

    assert cash.ledger.venue_balances == {"BTC": 1, "USDT": -140}
    assert cash.ledger.fee_balances == {"USDT": Decimal("0.05")}


def test_a_liquidation_says_so(margin: LedgerTeller) -> None:
    """The position is told as liquidated with the reason of the order that closed it."""
    margin.trade("a", "buy", "1", "100")
    margin.place("b", "sell", "1", tag="liquidation", reason="margin_level")
    margin.move("b", "new")

    assert margin.fill("b", "e1", "1", "90")[2] == "BTCUSDT 0 for 0, realised -10, liquidated: margin_level"
    assert margin.order("b").reason == "margin_level"


def test_what_is_realised_counts_for_its_day(margin: LedgerTeller) -> None:
    """By instrument, from midnight UTC on; a fact of an earlier day counts for the day that has begun."""
    margin.now_ns = 3 * DAY_NS - 1
    margin.trade("a", "buy", "3", "100")
    margin.trade("b", "sell", "1", "110")
    first_day = margin.ledger.realised_today("alice", now_ns=3 * DAY_NS - 1)
    margin.now_ns = 3 * DAY_NS
    margin.trade("c", "sell", "1", "90")
    margin.now_ns = 3 * DAY_NS - 2
    margin.trade("d", "sell", "1", "95")

    assert first_day == {"BTCUSDT": 10}
    assert margin.ledger.realised_today("alice", now_ns=4 * DAY_NS - 1) == {"BTCUSDT": -15}
    assert margin.ledger.realised_today("alice", now_ns=4 * DAY_NS) == {}


def test_what_is_put_in_keeps_the_worth_that_it_had() -> None:
    """Where it was not known when it was put in, the amount is kept."""
    teller = LedgerTeller()
    teller.open(USDT="1000", BTC="1", worth="60000")
    teller.adjust("first", "-1", "BTC", worth="-70000")
    teller.adjust("second", "2", "ETH")

    transfers = teller.ledger.transfers("alice")

    assert transfers.worth == -10000
    assert transfers.unvalued == {"ETH": 2}


def test_an_order_of_a_platforms_account_locks_nothing() -> None:
    """The platform says what is locked, and no money of its account moves here."""
    teller = LedgerTeller()
    teller.open(is_external=True)

    assert teller.place("a", "sell", "1", "100", base=None) == ["new a pending_new 0 of 1"]
    assert teller.move("a", "cancelled") == ["cancelled a cancelled 0 of 1"]
    refuse(teller, "kept here, found a platform's", lambda: teller.fill("a", "e1", "1", "100"))
    refuse(teller, "kept here, found a platform's", lambda: teller.adjust("first", "1"))


def test_an_amendment_of_anothers_order_is_a_fault(cash: LedgerTeller) -> None:
    """As any fact of another's order is."""
    cash.open("bob")
    cash.place("a", "sell", "1", "100")
    fact = OrderAmended(ts_ns=1, user_id="bob", order_id="a", quantity=Decimal(2), price=Decimal(1))

    refuse(cash, "expected an order a of bob", lambda: cash.apply(fact))
