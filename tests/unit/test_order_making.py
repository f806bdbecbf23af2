"""Whether an account may have an order, and what it is then."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from components.contract.envelope import NS_PER_S
from components.model.errors import (
    CommandRejected,
    Halted,
    InvalidArgument,
    RiskLimitExceeded,
    Unavailable,
    UnknownInstrument,
)
from components.model.market import Side
from components.model.orders import OrderStatus, OrderType, TimeInForce
from components.trading.facts import PositionHandedIn
from components.trading.orders.execution import Cancelled, Expired
from components.trading.orders.order_funds import Need
from components.trading.orders.order_making import order_id_of
from tests.support.trading_desk import BTCUSDT, NOW_NS, Trading, amendment, make_trading, mark, request

CLOSE: dict[str, Any] = {"tag": "liquidation", "reason": "margin_level", "now_ns": NOW_NS}
REFUSED = RiskLimitExceeded("order_notional", allowed="1", requested="100")


def close(trading: Trading) -> None:
    """Have alice's position closed."""
    trading.desk.close_position("alice", "BTCUSDT", **CLOSE)


def test_an_order_is_what_was_asked_for() -> None:
    """With its currencies, its venue, and when it was placed."""
    trading = make_trading()

    order = trading.place(
        type=OrderType.STOP_LIMIT,
        stop_price="99",
        time_in_force=TimeInForce.GTD,
        expire_ns=NOW_NS + NS_PER_S,
    )

    assert (order.type, order.stop_price, order.price) == (OrderType.STOP_LIMIT, Decimal(99), Decimal(100))
    assert (order.time_in_force, order.expire_ns) == (TimeInForce.GTD, NOW_NS + NS_PER_S)
    assert (order.base, order.quote, order.venue, order.placed_ns) == ("BTC", "USDT", "paper", NOW_NS)


def test_an_order_id_is_of_its_user_its_name_and_its_number() -> None:
    """24 hexadecimal digits; another of any of the three has another."""
    ids = {order_id_of(*of) for of in (("a", "b", 1), ("a", "b", 2), ("a", "c", 1), ("b", "b", 1), ("ab", "", 1))}

    assert len(ids) == 5
    assert {len(one) for one in ids} == {24}
    assert order_id_of("a", "b", 1) == order_id_of("a", "b", 1)


def test_risk_is_asked_before_the_balance_and_after_all_else() -> None:
    """With the account as it is without the order."""
    trading = make_trading()
    trading.risk.refusal = REFUSED

    for fields, error in (
        ({"expire_ns": 1}, InvalidArgument),
        ({"instrument_id": "DOGE"}, UnknownInstrument),
        ({"quantity": "0.0001"}, InvalidArgument),
        ({"reduce_only": True}, RiskLimitExceeded),
    ):
        with pytest.raises(error):
            trading.place(**fields)
    assert trading.risk.asked == []

    with pytest.raises(RiskLimitExceeded, match="order_notional"):
        trading.place(quantity="1000")
    ((asked, figures),) = trading.risk.asked
    assert (asked, figures.user_id, figures.open_orders) == ("order one", "alice", 0)


@pytest.mark.parametrize(
    ("fields", "allowed", "requested"),
    [
        ({"quantity": "100.001"}, "10000", "10000.1"),
        ({"quantity": "5.001", "side": Side.SELL}, "5", "5.001"),
        ({"quantity": "100", "type": OrderType.MARKET}, "10000", "10605"),
        ({"quantity": "100", "type": OrderType.STOP, "stop_price": "96"}, "10000", "10080"),
    ],
)
def test_an_account_in_cash_has_what_an_order_locks(fields: dict[str, Any], allowed: str, requested: str) -> None:
    """To the last digit."""
    with pytest.raises(RiskLimitExceeded) as raised:
        make_trading().place(**fields)

    assert raised.value.details == {"limit": "balance", "allowed": allowed, "requested": requested}


def test_commission_is_locked_with_the_price() -> None:
    """A buyer pays it on top."""
    trading = make_trading(taker_rate=Decimal("0.001"))

    assert trading.place(quantity="99").budget == Decimal("9909.9")
    with pytest.raises(RiskLimitExceeded):
        trading.place("two", quantity="0.901")


def test_an_account_on_margin_needs_equity_and_locks_nothing() -> None:
    """A tenth of what it may come to hold."""
    trading = make_trading(is_margin=True, opening_balances={"USDT": Decimal(100)})

    assert trading.place(quantity="10").budget is None
    assert trading.free("USDT") == Decimal(100)
    with pytest.raises(RiskLimitExceeded) as raised:
        trading.place("two", quantity="0.1")
    assert raised.value.details == {"limit": "initial_margin", "allowed": "100", "requested": "101"}
    assert trading.place("three", quantity="10", side=Side.SELL).status is OrderStatus.NEW


def test_a_change_on_margin_needs_equity_for_what_is_more() -> None:
    """Another price needs nothing."""
    trading = make_trading(is_margin=True, opening_balances={"USDT": Decimal(100)})
    trading.place(quantity="9")

    assert trading.desk.amend("alice", amendment(quantity="10", price="105"), now_ns=NOW_NS).quantity == Decimal(10)
    assert trading.desk.amend("alice", amendment(price="110"), now_ns=NOW_NS).price == Decimal(110)
    with pytest.raises(RiskLimitExceeded) as raised:
        trading.desk.amend("alice", amendment(quantity="10.5"), now_ns=NOW_NS)

    assert raised.value.details == {"limit": "initial_margin", "allowed": "100", "requested": "105"}


def test_the_account_of_a_platform_is_for_the_platform_to_judge() -> None:
    """Here nothing is known of what it has; its orders wait for it, and may become as large as it allows."""
    trading = make_trading(is_external=True)

    order = trading.place(quantity="1000000")
    changed = trading.desk.amend("alice", amendment(quantity="2000000"), now_ns=NOW_NS)

    assert (order.budget, changed.quantity) == (None, Decimal(2_000_000))


@pytest.mark.parametrize("is_external", [True, False])
def test_an_account_trades_only_with_whoever_keeps_it(is_external: bool) -> None:  # noqa: FBT001 - a case
    """Where the operator has orders executed by another now, its orders can be cancelled, and nothing else."""
    before = make_trading(is_external=not is_external)
    before.place()
    if not is_external:
        before.ledger.apply(
            PositionHandedIn(
                ts_ns=NOW_NS,
                user_id="alice",
                instrument_id="BTCUSDT",
                venue="paper",
                quantity=Decimal(2),
                average_price=Decimal(100),
                realised_pnl=Decimal(0),
                sequence=1,
            )
        )
    trading = make_trading(before.ledger, is_external=is_external)

    with pytest.raises(Unavailable, match="keeps this account"):
        trading.place("two")
    with pytest.raises(Unavailable, match="keeps this account"):
        trading.desk.amend("alice", amendment(quantity="2"), now_ns=NOW_NS)
    close(trading)
    assert trading.cancel().status is OrderStatus.CANCELLED
    assert trading.kinds() == ["cancel"]


def test_a_change_passes_the_same_checks_as_an_order() -> None:
    """The instrument, its rules, what it reduces, risk, and the balance."""
    trading = make_trading()
    trading.place()
    before = trading.ledger.checkpoint()

    def refuse(error: type[CommandRejected], match: str, **terms: str) -> None:
        with pytest.raises(error, match=match):
            trading.desk.amend("alice", amendment(**terms), now_ns=NOW_NS)

    refuse(InvalidArgument, "price", price="100.001")
    refuse(InvalidArgument, "quantity", quantity="1.00001")
    refuse(InvalidArgument, "quantity", quantity="0.01")
    refuse(RiskLimitExceeded, "balance", quantity="100.001")
    trading.risk.refusal = REFUSED
    refuse(RiskLimitExceeded, "order_notional", quantity="2")
    trading.markets.listed["BTCUSDT"] = attrs.evolve(BTCUSDT, is_trading=False)
    refuse(Halted, "BTCUSDT", quantity="2")
    assert trading.ledger.checkpoint() == before


def test_a_sell_becomes_larger_as_far_as_there_is_something_to_sell() -> None:
    """It locks what it sells."""
    trading = make_trading()
    trading.place(side=Side.SELL, quantity="2")

    assert trading.desk.amend("alice", amendment(quantity="5"), now_ns=NOW_NS).quantity == Decimal(5)
    with pytest.raises(RiskLimitExceeded):
        trading.desk.amend("alice", amendment(quantity="5.001"), now_ns=NOW_NS)
    assert trading.free("BTC") == 0


def test_a_quantity_is_more_than_was_executed() -> None:
    """Less or as much would be a cancel."""
    trading = make_trading()
    trading.fill(trading.place(), "0.5")

    for quantity in ("0.4", "0.5"):
        with pytest.raises(InvalidArgument, match=r"more than 0\.5") as raised:
            trading.desk.amend("alice", amendment(quantity=quantity), now_ns=NOW_NS)
        assert raised.value.details["field"] == "quantity"


def test_an_order_without_a_limit_gets_none() -> None:
    """Its quantity can be changed."""
    trading = make_trading()
    trading.place(type=OrderType.STOP, stop_price="110")

    with pytest.raises(InvalidArgument, match="expected none for a stop order"):
        trading.desk.amend("alice", amendment(price="100"), now_ns=NOW_NS)
    assert trading.desk.amend("alice", amendment(quantity="2"), now_ns=NOW_NS).budget == Decimal(231)


@pytest.mark.parametrize(
    "status",
    [OrderStatus.PENDING_NEW, OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_REPLACE, OrderStatus.UNKNOWN],
)
def test_an_order_that_waits_for_an_answer_is_not_changed(status: OrderStatus) -> None:
    """The caller can ask again when it has come."""
    trading = make_trading()
    trading.venue.is_silent = status in (OrderStatus.PENDING_NEW, OrderStatus.UNKNOWN)
    trading.place()
    trading.venue.is_silent = True
    if status is OrderStatus.PENDING_CANCEL:
        trading.cancel()
    elif status is OrderStatus.PENDING_REPLACE:
        trading.desk.amend("alice", amendment(quantity="2"), now_ns=NOW_NS)
    elif status is OrderStatus.UNKNOWN:
        trading.desk.advance(now_ns=NOW_NS + 10 * NS_PER_S)
    assert trading.status() is status

    with pytest.raises(InvalidArgument, match=f"it is {status}") as raised:
        trading.desk.amend("alice", amendment(quantity="3"), now_ns=NOW_NS)

    assert raised.value.details["field"] == "client_order_id"


def test_what_an_order_is_already_is_no_change() -> None:
    """Nor is what it is asked to become."""
    trading = make_trading()
    order = trading.place()
    assert trading.desk._maker.change(order, amendment(quantity="1.0", price="100.00"), now_ns=NOW_NS) is None

    trading.venue.is_silent = True
    asked = trading.desk.amend("alice", amendment(quantity="2"), now_ns=NOW_NS)

    assert trading.desk._maker.change(asked, amendment(quantity="2", price="100"), now_ns=NOW_NS) is None


def test_a_final_order_is_not_changed() -> None:
    """Not even to what it is."""
    trading = make_trading()
    trading.place()
    trading.cancel()

    with pytest.raises(InvalidArgument, match="it is cancelled"):
        trading.desk.amend("alice", amendment(quantity="1"), now_ns=NOW_NS)


def test_a_market_order_of_which_the_venue_is_silent_is_not_changed() -> None:
    """Whatever the market says meanwhile."""
    trading = make_trading()
    trading.venue.is_silent = True
    trading.place(type=OrderType.MARKET)
    trading.markets.marks.clear()

    with pytest.raises(InvalidArgument, match="it is pending_new"):
        trading.desk.amend("alice", amendment(quantity="3"), now_ns=NOW_NS)


def test_a_closing_order_is_of_whole_lots() -> None:
    """What is left below a lot goes with an order of its own."""
    trading = make_trading(is_margin=True)
    order = trading.place(quantity="2")
    trading.fill(order, "1.2345")
    close(trading)
    first = trading.venue.asked[-1][1]

    trading.fill(first, "1.234", name="e2")
    close(trading)
    second = trading.venue.asked[-1][1]

    assert (first.quantity, second.quantity) == (Decimal("1.234"), Decimal("0.0005"))


def test_a_closing_order_of_an_instrument_without_lots_is_the_whole_position() -> None:
    """Nothing is left of it."""
    trading = make_trading(is_margin=True)
    trading.fill(trading.place(quantity="2"), "1.2345")
    trading.markets.listed["BTCUSDT"] = attrs.evolve(BTCUSDT, lot_size=None)

    close(trading)

    assert trading.venue.asked[-1][1].quantity == Decimal("1.2345")


def test_a_short_position_is_bought_back() -> None:
    """On margin by any means, past what the account could buy otherwise."""
    trading = make_trading(is_margin=True, opening_balances={"USDT": Decimal(100)})
    trading.hold("-10")

    close(trading)

    order = trading.venue.asked[-1][1]
    assert (order.side, order.quantity, order.budget) == (Side.BUY, Decimal(10), None)


def test_an_account_in_cash_closes_with_what_it_has() -> None:
    """What it holds by netting may be locked, or gone as commission."""
    trading = make_trading(opening_balances={"USDT": Decimal(10_000)})
    trading.hold("2")
    trading.place("resting", side=Side.SELL, quantity="0.5", price="110")

    close(trading)

    assert trading.venue.asked[-1][1].quantity == Decimal("1.5")


def test_an_account_in_cash_that_has_nothing_free_closes_nothing() -> None:
    """Until its orders are cancelled."""
    trading = make_trading(opening_balances={"USDT": Decimal(10_000)})
    trading.hold("2")
    trading.place("resting", side=Side.SELL, quantity="2", price="110")
    asked = len(trading.venue.asked)

    close(trading)

    assert len(trading.venue.asked) == asked


def test_an_account_in_cash_buys_back_for_what_it_has() -> None:
    """The venue stops where the money ends."""
    trading = make_trading(opening_balances={"BTC": Decimal(5), "USDT": Decimal(100)})
    trading.hold("-2")
    trading.place("resting", quantity="2", price="99")

    close(trading)

    order = trading.venue.asked[-1][1]
    assert (order.side, order.quantity, order.budget) == (Side.BUY, Decimal(2), Decimal(102))


def test_an_account_in_cash_that_has_no_money_buys_nothing_back() -> None:
    """Nor one that owes some, as it can after a late execution."""
    trading = make_trading(opening_balances={"BTC": Decimal(5), "USDT": Decimal(100)})
    trading.hold("-2")
    late = trading.place("late", quantity="3", price="100")
    asked = len(trading.venue.asked)
    close(trading)
    trading.report(Cancelled(order_id=late.order_id))
    trading.place("rest", quantity="3", price="100")
    trading.fill(late, "1", name="e2")

    close(trading)

    assert len(trading.venue.asked) == asked + 1
    assert trading.free("USDT") == Decimal(-100)


def test_nothing_is_closed_while_the_instrument_is_not_known() -> None:
    """Nor while a price is needed that is not there; it can be asked for again."""
    trading = make_trading(opening_balances={"BTC": Decimal(5)})
    trading.hold("-2")
    asked = len(trading.venue.asked)

    trading.markets.marks.clear()
    close(trading)
    trading.markets.listed.clear()
    close(trading)

    assert len(trading.venue.asked) == asked


def test_a_closing_order_that_found_nobody_is_sent_again() -> None:
    """Under another name."""
    trading = make_trading(is_margin=True)
    trading.hold("2")
    close(trading)
    first = trading.venue.asked[-1][1]
    trading.report(Expired(order_id=first.order_id, reason="no_liquidity"))

    close(trading)

    assert trading.venue.asked[-1][1].client_order_id == "liquidation/3"


def test_without_a_price_a_market_order_waits() -> None:
    """A limit order says itself what it costs."""
    trading = make_trading()
    trading.markets.marks["BTCUSDT"] = mark(None)

    with pytest.raises(Unavailable):
        trading.desk.place("alice", request("two", type=OrderType.MARKET), now_ns=NOW_NS)
    assert trading.place().status is OrderStatus.NEW


def test_what_a_change_makes_of_an_order_can_be_told_of_the_order_alone() -> None:
    """After a restart nobody else knows; of any other request there is nothing to tell."""
    terms = []
    for is_margin in (False, True):
        trading = make_trading(is_margin=is_margin)
        trading.place(side=Side.SELL)
        trading.venue.is_silent = True
        trading.place("two")
        trading.desk.amend("alice", amendment(quantity="4"), now_ns=NOW_NS)
        terms.append(trading.desk._maker.terms_asked(trading.order()))
        assert trading.desk._maker.terms_asked(trading.order("two")) is None

    in_cash, on_margin = terms
    assert in_cash is not None
    assert on_margin is not None
    assert (in_cash.quantity, in_cash.price, in_cash.budget) == (Decimal(4), Decimal(100), None)
    assert in_cash.need == Need(currency="BTC", amount=Decimal(3))
    assert on_margin == attrs.evolve(in_cash, need=None)
