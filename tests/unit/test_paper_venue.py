"""The venue on paper: when requests take effect, when orders expire, and how it goes on after a restart."""

from typing import Any

import pytest

from components.model.orders import Asked, Order, OrderStatus, OrderType, RequestKind, TimeInForce
from components.trading.paper.paper_venue import PaperVenue
from tests.support.paper_orders import BTCUSDT, amount, levels, make_venue, paper_order, told

GTD, IOC = TimeInForce.GTD, TimeInForce.IOC


def book(venue: PaperVenue, *, now_ns: int = 5, **sides: dict[str, str]) -> list[str]:
    """Tell a whole live book, and say what that led to."""
    bids, asks = sides.get("bids", {}), sides.get("asks", {})
    return told(venue.apply_snapshot(BTCUSDT, levels(bids), levels(asks), now_ns=now_ns))


# Latency


def test_a_request_takes_effect_after_the_latency() -> None:
    """Until then nothing is told, and the deadline says when."""
    venue = make_venue(latency_ns=100)
    order = paper_order("a", "buy", "1", "100")

    assert venue.next_deadline_ns is None
    assert venue.submit(order, now_ns=10) == []
    assert venue.next_deadline_ns == 110
    assert venue.advance(now_ns=109) == []
    assert told(venue.advance(now_ns=110)) == ["a accepted"]
    assert venue.next_deadline_ns is None


def test_requests_take_effect_in_the_order_in_which_they_were_asked() -> None:
    """A change and a cancel find what the request before them led to."""
    venue = make_venue(latency_ns=100)
    order = paper_order("a", "buy", "1", "100")
    venue.submit(order, now_ns=10)
    venue.amend(order, amount("2"), amount("99"), now_ns=10)
    venue.cancel(order, now_ns=11)

    assert told(venue.advance(now_ns=500)) == ["a accepted", "a amended 2 99", "a cancelled"]


def test_what_was_due_before_the_book_changed_goes_first() -> None:
    """An order is executed against the book of its time, and then meets the new one."""
    venue = make_venue(latency_ns=100)
    book(venue, asks={"100": "1"}, now_ns=0)
    venue.submit(paper_order("a", "buy", "3", "100"), now_ns=0)
    venue.submit(paper_order("b", "buy", "1", "100"), now_ns=50)

    reports = told(venue.apply_deltas(BTCUSDT, [], levels({"99": "1"}), now_ns=100))

    assert reports == ["a accepted", "a taker 1 at 100", "a maker 1 at 100"]
    assert book(venue, now_ns=150) == ["b accepted"]


# Orders that end by themselves


def test_a_gtd_order_expires_at_its_date() -> None:
    """What time it is counts, not what comes first to the venue."""
    venue = make_venue()
    venue.submit(paper_order("a", "buy", "1", "100", time_in_force=GTD, expire_ns=100), now_ns=1)
    venue.submit(paper_order("b", "buy", "1", "100", time_in_force=GTD, expire_ns=50, user_id="bob"), now_ns=2)

    assert venue.next_deadline_ns == 50
    assert told(venue.advance(now_ns=99)) == ["b expired good_till_date"]
    assert book(venue, asks={"100": "1"}, now_ns=100) == ["a expired good_till_date"]


def test_an_order_whose_date_comes_before_it_does_expires_unaccepted() -> None:
    """Latency can be longer than an order's life."""
    venue = make_venue(latency_ns=100)
    venue.submit(paper_order("a", "buy", "1", "100", time_in_force=GTD, expire_ns=100), now_ns=0)

    assert told(venue.advance(now_ns=100)) == ["a expired good_till_date"]


def test_an_order_expires_before_a_request_of_the_same_moment_takes_effect() -> None:
    """The date says until when it is good, that moment not included."""
    venue = make_venue(latency_ns=10)
    order = paper_order("a", "buy", "1", "100", time_in_force=GTD, expire_ns=100)
    venue.submit(order, now_ns=0)
    venue.cancel(order, now_ns=90)

    assert told(venue.advance(now_ns=100)) == ["a expired good_till_date", "a requestrefused too_late"]


def test_an_order_that_was_executed_or_cancelled_expires_no_more() -> None:
    """It is forgotten with its end."""
    venue = make_venue()
    for name in ("a", "b"):
        venue.submit(paper_order(name, "buy", "1", "100", time_in_force=GTD, expire_ns=100), now_ns=1)
    book(venue, asks={"100": "1"})
    venue.cancel(paper_order("b", "buy", "1", "100"), now_ns=6)

    assert venue.next_deadline_ns is None


# What it cannot take


@pytest.mark.parametrize("missing", ["base", "quote"])
def test_an_order_without_its_currencies_is_rejected(missing: str) -> None:
    """Its commission could not be named."""
    venue = make_venue()
    order = paper_order("a", "buy", "1", "100", **{missing: None})

    assert told(venue.submit(order, now_ns=1)) == ["a rejected unknown_currency"]
    assert told(venue.restore([paper_order("a", "buy", "1", "100", status=OrderStatus.NEW, base=None)], now_ns=1)) == [
        "a rejected unknown_currency"
    ]


def test_books_of_instruments_that_nobody_knows_are_no_matter() -> None:
    """A change or a loss of a book that was never told changes nothing."""
    venue = make_venue()

    venue.lose_book("ETHUSDT")

    assert venue.apply_deltas("ETHUSDT", levels({"1": "1"}), [], now_ns=1) == []


def test_what_has_neither_orders_nor_a_book_is_forgotten() -> None:
    """The venue keeps nothing of an instrument that is over."""
    venue = make_venue()
    book(venue, asks={"101": "1"})
    order = paper_order("a", "buy", "1", "100")
    venue.submit(order, now_ns=6)
    venue.lose_book(BTCUSDT)
    assert list(venue._instruments) == [BTCUSDT]

    venue.cancel(order, now_ns=7)

    assert not venue._instruments


# After a restart


def restored(name: str, status: OrderStatus, **other: Any) -> Order:
    """A buy of 2 at 100 as an earlier process left it; half of it is filled."""
    values = {"status": status, "filled_quantity": "1", "filled_notional": "100", "fills": 1, **other}
    return paper_order(name, "buy", "2", "100", **values)


def asked(kind: RequestKind, ts_ns: int) -> Asked:
    """What the venue had not answered; a change is to 3 at 90."""
    if kind is not RequestKind.AMEND:
        return Asked(kind=kind, ts_ns=ts_ns)
    return Asked(kind=kind, ts_ns=ts_ns, quantity=amount("3"), price=amount("90"))


def test_orders_rest_again_in_their_old_order_and_meet_nobody_before_the_book_is_there() -> None:
    """They are makers when it comes, and their executions go on counting."""
    venue = make_venue()
    orders = [restored("a", OrderStatus.PARTIALLY_FILLED), restored("b", OrderStatus.NEW)]

    assert venue.restore(orders, now_ns=1) == []
    reports = venue.apply_snapshot(BTCUSDT, [], levels({"99": "1.5"}), now_ns=2)

    assert told(reports) == ["a maker 1 at 100", "b maker 0.5 at 100"]
    assert [getattr(one, "execution_id", None) for one in reports] == ["a-2", "b-2"]


def test_an_order_that_lost_its_place_before_the_restart_does_not_get_it_back() -> None:
    """Since when an order has its place counts, not when it was placed."""
    venue = make_venue()
    orders = [restored("a", OrderStatus.NEW, queued_ns=9), restored("b", OrderStatus.NEW, queued_ns=5)]

    venue.restore(orders, now_ns=10)

    assert book(venue, asks={"100": "1"}, now_ns=11) == ["b maker 1 at 100"]


def test_stops_wait_again_and_triggered_ones_rest() -> None:
    """A stop is triggered once, whatever the market has done since."""
    venue = make_venue()
    stop = {"type": OrderType.STOP_LIMIT, "stop_price": "105"}
    venue.restore([restored("a", OrderStatus.UNTRIGGERED, **stop), restored("b", OrderStatus.NEW, **stop)], now_ns=1)

    assert book(venue, asks={"100": "9"}) == ["b maker 1 at 100"]
    assert book(venue, asks={"105": "9"}) == ["a triggered"]


def test_an_order_that_never_waits_ends_with_the_process_that_had_it() -> None:
    """What was not executed at once has no second chance."""
    venue = make_venue()

    assert told(venue.restore([restored("a", OrderStatus.NEW, time_in_force=IOC)], now_ns=1)) == [
        "a expired no_liquidity"
    ]


@pytest.mark.parametrize("status", [OrderStatus.PENDING_NEW, OrderStatus.UNKNOWN])
def test_an_order_that_the_venue_cannot_have_is_submitted_anew(status: OrderStatus) -> None:
    """The latency counts from when it was asked."""
    venue = make_venue(latency_ns=10)

    assert venue.restore([restored("a", status, asked=asked(RequestKind.SUBMIT, 95))], now_ns=100) == []
    assert told(venue.advance(now_ns=105)) == ["a accepted"]


def test_requests_of_an_earlier_process_take_effect_in_the_order_in_which_they_were_asked() -> None:
    """Whoever placed an order first need not have asked first."""
    venue = make_venue(latency_ns=10)
    orders = [
        restored("a", OrderStatus.PENDING_REPLACE, resume_status=OrderStatus.NEW, asked=asked(RequestKind.AMEND, 98)),
        restored("b", OrderStatus.PENDING_NEW, asked=asked(RequestKind.SUBMIT, 97)),
        restored("c", OrderStatus.UNKNOWN, asked=asked(RequestKind.AMEND, 96)),
    ]

    venue.restore(orders, now_ns=100)

    assert told(venue.advance(now_ns=200)) == ["c amended 3 90", "b accepted", "a amended 3 90"]


@pytest.mark.parametrize("status", [OrderStatus.PENDING_CANCEL, OrderStatus.UNKNOWN])
def test_a_cancel_under_way_is_done(status: OrderStatus) -> None:
    """Whatever the order was before."""
    venue = make_venue(latency_ns=10)

    assert told(venue.restore([restored("a", status, asked=asked(RequestKind.CANCEL, 99))], now_ns=100)) == [
        "a cancelled"
    ]
    assert book(venue, asks={"100": "9"}, now_ns=500) == []


def test_a_stop_of_which_nothing_is_known_waits_unless_it_was_executed() -> None:
    """What has executions was triggered."""
    venue = make_venue()
    stop = {"type": OrderType.STOP_LIMIT, "stop_price": "105", "asked": asked(RequestKind.AMEND, 1)}
    venue.restore(
        [restored("a", OrderStatus.UNKNOWN, **stop), restored("b", OrderStatus.UNKNOWN, fills=0, **stop)], now_ns=2
    )

    assert book(venue, asks={"90": "1"}) == ["a maker 1 at 90"]


def test_what_expired_meanwhile_is_told_by_the_restoring() -> None:
    """The date came while nobody was there."""
    venue = make_venue()

    reports = venue.restore([restored("a", OrderStatus.NEW, time_in_force=GTD, expire_ns=50)], now_ns=100)

    assert told(reports) == ["a expired good_till_date"]
