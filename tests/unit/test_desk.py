"""The desk: orders placed and cancelled, and accounts that begin and are adjusted."""

from decimal import Decimal

import pytest

from components.contract.envelope import NS_PER_S
from components.model.errors import Duplicate, Unavailable, UnknownOrder
from components.model.market import Side
from components.model.orders import OrderStatus, OrderType, RequestKind
from components.trading.facts import AccountOpened, BalanceAdjusted, OrderMoved, OrderPlaced
from components.trading.orders.adjustment_arguments import Adjustment
from components.trading.orders.execution import Accepted, Rejected, RequestRefused
from tests.support.trading_desk import NOW_NS, Trading, amendment, executed, make_trading, mark, request


@pytest.fixture
def trading() -> Trading:
    """A desk whose accounts are in cash."""
    return make_trading()


def adjustment(amount: str, *, adjustment_id: str = "ticket-1", currency: str = "USDT") -> Adjustment:
    """An operator's adjustment of alice's account."""
    return Adjustment(
        user_id="alice", currency=currency, amount=Decimal(amount), adjustment_id=adjustment_id, reason="a reason"
    )


def test_an_order_is_written_down_before_the_venue_answers(trading: Trading) -> None:
    """The account begins, the order begins, and then the venue has it: in that order."""
    order = trading.place()

    assert order.status is OrderStatus.NEW
    assert [type(step.fact) for step in trading.desk.take()] == [AccountOpened, OrderPlaced, OrderMoved]
    assert trading.kinds() == ["submit"]
    assert trading.desk.take() == []


def test_the_venue_is_asked_by_an_order_that_says_so(trading: Trading) -> None:
    """What it gets is the order as it begins, with what is asked of it and its budget."""
    trading.place()

    (_, order) = trading.venue.asked[0]
    assert (order.status, order.venue, order.budget) == (OrderStatus.PENDING_NEW, "paper", Decimal(100))
    assert order.asked is not None
    assert (order.asked.kind, order.asked.ts_ns) == (RequestKind.SUBMIT, NOW_NS)


def test_the_same_request_again_answers_with_the_order_as_it_is_now(trading: Trading) -> None:
    """A caller whose answer was lost sends it again; nothing comes of that."""
    order = trading.place()
    trading.fill(order, "0.4")
    trading.desk.take()

    again = trading.place()

    assert again == trading.order()
    assert again.filled_quantity == Decimal("0.4")
    assert trading.desk.take() == []
    assert trading.kinds() == ["submit"]


def test_the_same_request_is_known_when_it_would_be_refused_by_now(trading: Trading) -> None:
    """An order that has expired is answered with, though a new one of its date is refused."""
    trading.place(expire_ns=NOW_NS + NS_PER_S)
    trading.now_ns += 2 * NS_PER_S

    assert trading.place(expire_ns=NOW_NS + NS_PER_S).client_order_id == "one"


def test_another_request_of_the_same_name_is_a_duplicate(trading: Trading) -> None:
    """And changes nothing."""
    trading.place()
    before = trading.ledger.checkpoint()

    with pytest.raises(Duplicate, match="client_order_id: one"):
        trading.place(quantity="2")

    assert trading.ledger.checkpoint() == before


def test_two_accounts_may_use_one_name(trading: Trading) -> None:
    """Each order has an id of its own."""
    alices, bobs = trading.place(), trading.place(user_id="bob")

    assert alices.order_id != bobs.order_id


def test_an_order_id_is_the_same_again_in_a_ledger_of_the_same_facts(trading: Trading) -> None:
    """What is decided again from the same state is the same."""
    assert trading.place().order_id == make_trading().place().order_id
    assert trading.place("two").order_id != make_trading().place("two").order_id


def test_an_alias_is_an_instrument_too(trading: Trading) -> None:
    """The order has the instrument's id."""
    assert trading.place(instrument_id="BTC/USDT").instrument_id == "BTCUSDT"


def test_a_venue_may_execute_before_it_accepts(trading: Trading) -> None:
    """The acknowledgement that was overtaken tells nothing new."""
    trading.venue.is_silent = True
    order = trading.place()

    trading.fill(order, "0.25")
    assert trading.status() is OrderStatus.PARTIALLY_FILLED

    trading.report(Accepted(order_id=order.order_id))
    assert trading.status() is OrderStatus.PARTIALLY_FILLED


def test_an_order_is_executed_in_the_call_that_places_it(trading: Trading) -> None:
    """Without latency the answer is the order after all that."""
    first = trading.place("first")
    trading.venue.answers = [executed(first, "1", name="e1")]

    trading.place("other", side=Side.SELL)

    assert trading.status("first") is OrderStatus.FILLED
    assert trading.free("BTC") == Decimal(5)


def test_a_cancel_takes_an_order_off(trading: Trading) -> None:
    """Its reason stays with it, and what it locked is free again."""
    trading.place()
    trading.desk.take()

    order = trading.cancel(reason="requested")

    assert (order.status, order.reason) == (OrderStatus.CANCELLED, "requested")
    assert trading.free("USDT") == Decimal(10_000)
    moves = [step.fact for step in trading.desk.take()]
    assert [one.status for one in moves if isinstance(one, OrderMoved)] == [
        OrderStatus.PENDING_CANCEL,
        OrderStatus.CANCELLED,
    ]


def test_a_cancel_by_order_id(trading: Trading) -> None:
    """An order has two names."""
    order = trading.place()

    assert trading.desk.cancel("alice", order_id=order.order_id, now_ns=NOW_NS).status is OrderStatus.CANCELLED


def test_the_order_of_another_does_not_exist(trading: Trading) -> None:
    """By neither name, and nothing changes."""
    order = trading.place(user_id="bob")
    before = trading.ledger.checkpoint()

    for name in ({"order_id": order.order_id}, {"client_order_id": "one"}, {"order_id": "none"}):
        with pytest.raises(UnknownOrder) as raised:
            trading.desk.cancel("alice", now_ns=NOW_NS, **name)
        assert str(raised.value) == "there is no such order"
    with pytest.raises(UnknownOrder):
        trading.desk.amend("alice", amendment(quantity="2"), now_ns=NOW_NS)

    assert trading.ledger.checkpoint() == before


def test_a_cancel_of_a_final_order_answers_with_it(trading: Trading) -> None:
    """A cancel may come twice."""
    trading.place()
    cancelled = trading.cancel(reason="requested")

    assert trading.cancel(reason="again") == cancelled
    assert trading.kinds() == ["submit", "cancel"]


def test_a_cancel_that_waits_is_not_asked_twice(trading: Trading) -> None:
    """The venue has it already."""
    trading.place()
    trading.venue.is_silent = True

    first, second = trading.cancel(), trading.cancel()

    assert first == second
    assert first.status is OrderStatus.PENDING_CANCEL
    assert trading.kinds() == ["submit", "cancel"]


def test_a_cancel_is_never_asked_of_risk(trading: Trading) -> None:
    """Whatever the state of the account."""
    trading.place()
    trading.risk.refusal = Unavailable("no")

    assert trading.cancel().status is OrderStatus.CANCELLED


def test_a_refused_cancel_leaves_the_order_as_it_was(trading: Trading) -> None:
    """With the venue's reason."""
    order = trading.place()
    trading.fill(order, "0.5")
    trading.venue.answers = [RequestRefused(order_id=order.order_id, reason="too_late")]

    refused = trading.cancel()

    assert (refused.status, refused.reason) == (OrderStatus.PARTIALLY_FILLED, "too_late")


def test_a_cancel_before_the_venue_has_accepted(trading: Trading) -> None:
    """What is accepted meanwhile stays on its way out; a refusal then leaves it new."""
    trading.venue.is_silent = True
    order = trading.place()
    trading.cancel()

    trading.report(Accepted(order_id=order.order_id))
    assert trading.status() is OrderStatus.PENDING_CANCEL
    trading.report(Accepted(order_id=order.order_id))
    assert trading.status() is OrderStatus.PENDING_CANCEL

    trading.report(RequestRefused(order_id=order.order_id, reason="too_late"))
    assert trading.status() is OrderStatus.NEW


def test_a_cancel_refused_before_anything_else_waits_for_the_first_answerrestarted(trading: Trading) -> None:
    """The venue still owes whether it takes the order."""
    trading.venue.is_silent = True
    order = trading.place()
    trading.cancel()

    trading.report(RequestRefused(order_id=order.order_id, reason="not_yet"))

    now = trading.order()
    assert now.status is OrderStatus.PENDING_NEW
    assert now.asked is not None
    assert now.asked.kind is RequestKind.SUBMIT


def test_all_orders_of_a_user_are_cancelled(trading: Trading) -> None:
    """Those of others stay."""
    for name in ("one", "two"):
        trading.place(name)
    trading.place(user_id="bob")

    cancelled = trading.desk.cancel_all("alice", None, reason="disconnected", now_ns=NOW_NS)

    assert [(one.client_order_id, one.status, one.reason) for one in cancelled] == [
        ("one", OrderStatus.CANCELLED, "disconnected"),
        ("two", OrderStatus.CANCELLED, "disconnected"),
    ]
    assert trading.status(user_id="bob") is OrderStatus.NEW


def test_orders_of_all_on_one_instrument_are_cancelled(trading: Trading) -> None:
    """Those on other instruments stay."""
    trading.place()
    trading.place(user_id="bob")
    trading.place("eth", instrument_id="ETHBTC", price="0.5")

    cancelled = trading.desk.cancel_all(None, "BTCUSDT", reason="halted", now_ns=NOW_NS)

    assert [one.user_id for one in cancelled] == ["alice", "bob"]
    assert trading.status("eth") is OrderStatus.NEW


def test_more_orders_than_are_remembered_are_cancelled_and_told() -> None:
    """Each is told as it was when it was cancelled."""
    trading = make_trading(opening_balances={"USDT": Decimal(1_000_000)})
    for number in range(1_002):
        trading.place(f"o{number}", quantity="0.1")

    cancelled = trading.desk.cancel_all("alice", None, reason="requested", now_ns=NOW_NS)

    assert {one.status for one in cancelled} == {OrderStatus.CANCELLED}
    assert trading.ledger.find_order("alice", client_order_id="o0") is None


def test_orders_of_a_venue_that_is_not_connected_cannot_be_reached() -> None:
    """They are not known to the venue that is, and say so."""
    elsewhere = make_trading()
    elsewhere.place()
    trading = make_trading(elsewhere.ledger)
    trading.venue.venue = "own"

    assert trading.desk.cancel_all("alice", None, reason="requested", now_ns=NOW_NS) == []
    with pytest.raises(Unavailable, match="paper"):
        trading.cancel()
    with pytest.raises(Unavailable, match="paper"):
        trading.desk.amend("alice", amendment(quantity="2"), now_ns=NOW_NS)
    assert trading.status() is OrderStatus.NEW


def test_an_account_begins_once(trading: Trading) -> None:
    """With what the operator gives it, and what that is worth."""
    trading.desk.open_account("alice", now_ns=NOW_NS)
    trading.desk.open_account("alice", now_ns=NOW_NS)

    (step,) = trading.desk.take()
    assert isinstance(step.fact, AccountOpened)
    assert step.fact.worth == Decimal(10_500)
    assert trading.free("BTC") == Decimal(5)


def test_an_adjustment_is_made_once(trading: Trading) -> None:
    """It opens the account where there is none."""
    for _ in range(2):
        trading.desk.adjust(adjustment("500"), adjusted_by="root", now_ns=NOW_NS)

    facts = [step.fact for step in trading.desk.take()]
    assert [type(fact) for fact in facts] == [AccountOpened, BalanceAdjusted]
    assert trading.free("USDT") == Decimal(10_500)


def test_another_adjustment_of_the_same_id_is_a_duplicate(trading: Trading) -> None:
    """And changes nothing."""
    trading.desk.adjust(adjustment("500"), adjusted_by="root", now_ns=NOW_NS)

    with pytest.raises(Duplicate, match="adjustment_id"):
        trading.desk.adjust(adjustment("501"), adjusted_by="root", now_ns=NOW_NS)

    assert trading.free("USDT") == Decimal(10_500)


def test_a_stop_is_untriggered_until_its_price_is_reached(trading: Trading) -> None:
    """It locks what it may cost at its stop price and a little more."""
    order = request(type=OrderType.STOP, stop_price="110")
    trading.venue.answers = [
        Accepted(order_id=make_trading().place(type=OrderType.STOP, stop_price="110").order_id, is_untriggered=True)
    ]

    placed = trading.desk.place("alice", order, now_ns=NOW_NS)

    assert (placed.status, placed.budget) == (OrderStatus.UNTRIGGERED, Decimal("115.5"))


def test_a_market_buy_locks_more_than_the_best_price(trading: Trading) -> None:
    """Of what it does not cost the rest is free again."""
    order = trading.place(type=OrderType.MARKET, quantity="2")
    assert trading.free("USDT") == Decimal(10_000) - 2 * 101 * Decimal("1.05")

    trading.fill(order, "2", price="101")

    assert trading.free("USDT") == Decimal(10_000 - 202)


def test_an_order_that_the_venue_rejects_locks_nothing(trading: Trading) -> None:
    """It is final, with the venue's reason."""
    trading.venue.is_silent = True
    order = trading.place()

    trading.report(Rejected(order_id=order.order_id, reason="would_take"))

    assert (trading.status(), trading.order().reason) == (OrderStatus.REJECTED, "would_take")
    assert trading.free("USDT") == Decimal(10_000)


def test_the_marks_of_now_count(trading: Trading) -> None:
    """A market order is priced by what the market says when it is placed."""
    trading.markets.marks["BTCUSDT"] = mark("200", ask="202")

    assert trading.place(type=OrderType.MARKET).budget == Decimal("212.1")
