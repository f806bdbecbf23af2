"""The desk: what time does, at the venue, to answers that are owed, and over a restart."""

import pytest

from components.contract.envelope import NS_PER_S
from components.model.errors import RiskLimitExceeded
from components.model.orders import OrderStatus
from components.trading.facts import OrderMoved
from components.trading.orders.execution import Accepted, Cancelled, Expired, RequestRefused
from tests.support.trading_desk import NOW_NS, Trading, amendment, make_trading, restarted


@pytest.fixture
def trading() -> Trading:
    """A desk whose accounts are in cash."""
    return make_trading()


def test_time_passes_at_the_venue(trading: Trading) -> None:
    """What it has to say then is taken in."""
    order = trading.place()
    trading.venue.answers = [Expired(order_id=order.order_id, reason="good_till_date")]

    trading.desk.advance(now_ns=NOW_NS + 1)

    assert (trading.status(), trading.venue.now_ns) == (OrderStatus.EXPIRED, NOW_NS + 1)


def test_an_order_without_an_answer_becomes_unknown(trading: Trading) -> None:
    """After the time that the operator allows, and not before; the venue's word ends it."""
    trading.venue.is_silent = True
    order = trading.place()
    due_ns = NOW_NS + 10 * NS_PER_S
    assert trading.desk.next_deadline_ns == due_ns

    trading.desk.advance(now_ns=due_ns - 1)
    assert trading.status() is OrderStatus.PENDING_NEW
    trading.desk.advance(now_ns=due_ns)
    assert (trading.status(), trading.order().reason) == (OrderStatus.UNKNOWN, "no_answer")
    assert trading.desk.next_deadline_ns is None
    assert trading.order().asked == order.asked

    trading.report(Accepted(order_id=order.order_id))
    assert trading.status() is OrderStatus.NEW


def test_the_sooner_of_two_deadlines_wakes_the_desk(trading: Trading) -> None:
    """The venue's, or that of an answer."""
    trading.venue.next_deadline_ns = NOW_NS + 5
    assert trading.desk.next_deadline_ns == NOW_NS + 5

    trading.venue.is_silent = True
    trading.place()
    trading.venue.next_deadline_ns = NOW_NS + 11 * NS_PER_S
    assert trading.desk.next_deadline_ns == NOW_NS + 10 * NS_PER_S


def test_an_unknown_order_can_be_cancelled(trading: Trading) -> None:
    """And is unknown again when the venue refuses that it has it."""
    trading.venue.is_silent = True
    order = trading.place()
    trading.desk.advance(now_ns=NOW_NS + 10 * NS_PER_S)

    assert trading.cancel().status is OrderStatus.PENDING_CANCEL
    trading.report(RequestRefused(order_id=order.order_id, reason="no_such_order"))
    assert trading.status() is OrderStatus.UNKNOWN


def test_an_answer_that_was_given_elsewhere_is_no_longer_waited_for(trading: Trading) -> None:
    """A platform hands its answers in; the desk sees them in the ledger."""
    trading.venue.is_silent = True
    order = trading.place()
    trading.ledger.apply(OrderMoved(ts_ns=NOW_NS, user_id="alice", order_id=order.order_id, status=OrderStatus.NEW))

    trading.desk.advance(now_ns=NOW_NS + 10 * NS_PER_S)

    assert trading.status() is OrderStatus.NEW


def test_an_overdue_order_may_be_forgotten_by_then(trading: Trading) -> None:
    """Where its answer was given elsewhere, and many others finished since."""
    trading.venue.is_silent = True
    order = trading.place()
    trading.ledger.apply(
        OrderMoved(ts_ns=NOW_NS, user_id="alice", order_id=order.order_id, status=OrderStatus.REJECTED)
    )
    trading.venue.is_silent = False
    for number in range(1_000):
        trading.place(f"o{number}", quantity="0.1")
        trading.cancel(f"o{number}")

    trading.desk.advance(now_ns=NOW_NS + 10 * NS_PER_S)

    assert trading.ledger.order_of(order.order_id) is None


def test_a_desk_goes_on_with_the_orders_of_an_earlier_one() -> None:
    """The venue gets those that are open, in order; an answer that is owed is owed from now on."""
    earlier = make_trading()
    earlier.place("resting")
    earlier.cancel("resting")
    earlier.place("first")
    earlier.venue.is_silent = True
    earlier.place("second")
    trading = make_trading(restarted(earlier.ledger))
    trading.now_ns = NOW_NS + 3600 * NS_PER_S

    trading.desk.restore(now_ns=trading.now_ns)

    assert [(kind, order.client_order_id) for kind, order in trading.venue.asked] == [
        ("restore", "first"),
        ("restore", "second"),
    ]
    assert trading.desk.next_deadline_ns == trading.now_ns + 10 * NS_PER_S


def test_what_the_venue_says_of_restored_orders_is_taken_in() -> None:
    """A cancel that was under way is done."""
    earlier = make_trading()
    order = earlier.place()
    earlier.venue.is_silent = True
    earlier.cancel()
    trading = make_trading(restarted(earlier.ledger))
    trading.venue.answers = [Cancelled(order_id=order.order_id)]

    trading.desk.restore(now_ns=NOW_NS)

    assert trading.status() is OrderStatus.CANCELLED


def test_what_a_change_under_way_needs_stays_promised_after_a_restart() -> None:
    """The order says what was asked for."""
    earlier = make_trading()
    earlier.place()
    earlier.venue.is_silent = True
    earlier.desk.amend("alice", amendment(quantity="60"), now_ns=NOW_NS)
    trading = make_trading(restarted(earlier.ledger))

    trading.desk.restore(now_ns=NOW_NS)

    with pytest.raises(RiskLimitExceeded):
        trading.place("rest", quantity="41")


def test_the_venue_learns_what_a_change_under_way_may_cost_after_a_restart() -> None:
    """It is asked for the change again, and needs the budget that goes with it."""
    earlier = make_trading()
    earlier.place()
    earlier.venue.is_silent = True
    earlier.desk.amend("alice", amendment(quantity="60"), now_ns=NOW_NS)
    trading = make_trading(restarted(earlier.ledger))

    trading.desk.restore(now_ns=NOW_NS)

    ((_, order),) = trading.venue.asked
    assert [str(one) for one in (order.quantity, order.budget, trading.order().budget)] == ["1", "6000", "100"]
