"""Reduce-only orders on the venue on paper: at each execution they do no more than make a position smaller."""

from typing import Any

import pytest

from components.model.orders import OrderType, TimeInForce
from components.trading.paper.paper_rules import CommissionIn
from components.trading.paper.paper_venue import PaperVenue
from tests.support.paper_orders import BTCUSDT, amount, levels, make_venue, paper_order, told

FOK, IOC = TimeInForce.FOK, TimeInForce.IOC


class Market:
    """A venue with a live book, and what users hold of it, which changes when a test says so."""

    def __init__(self, held: dict[str, str], *, bid: str = "99", ask: str = "101", **rules: Any) -> None:
        self.held = dict(held)
        self.venue: PaperVenue = make_venue(held=self.held, **rules)
        self.venue.apply_snapshot(BTCUSDT, levels({bid: "9"}), levels({ask: "9"}), now_ns=1)

    def submit(self, name: str, side: str, quantity: str, price: str | None = None, **other: object) -> list[str]:
        """Send an order that only reduces, unless it says otherwise."""
        fields = {"reduce_only": True, **other}
        return told(self.venue.submit(paper_order(name, side, quantity, price, **fields), now_ns=2))

    def update(self, *, bids: dict[str, str] | None = None, asks: dict[str, str] | None = None) -> list[str]:
        """Change the live book."""
        return told(self.venue.apply_deltas(BTCUSDT, levels(bids or {}), levels(asks or {}), now_ns=5))


@pytest.mark.parametrize(("side", "held", "price"), [("sell", "2", "99"), ("buy", "-2", "101")])
def test_no_more_is_taken_than_the_position(side: str, held: str, price: str) -> None:
    """What is left of the order is cancelled, long or short."""
    market = Market({"alice": held})

    assert market.submit("a", side, "5", time_in_force=IOC) == [
        "a accepted",
        f"a taker 2 at {price}",
        "a cancelled reduce_only",
    ]


@pytest.mark.parametrize(("side", "held"), [("sell", "0"), ("sell", "-3"), ("buy", "3")])
@pytest.mark.parametrize("price", [None, "100"])
def test_an_order_with_nothing_to_reduce_ends_at_once(side: str, held: str, price: str | None) -> None:
    """It takes nothing, and does not wait either."""
    market = Market({"alice": held})

    assert market.submit("a", side, "1", price) == ["a accepted", "a cancelled reduce_only"]


def test_one_move_of_the_book_reduces_no_more_than_there_is() -> None:
    """An order that need not reduce goes first and takes half of the position; the one that must gets the rest."""
    market = Market({"alice": "2"})
    market.submit("free", "sell", "1", "103", reduce_only=False)
    market.submit("bound", "sell", "2", "104")

    assert market.update(bids={"105": "9"}) == [
        "free maker 1 at 103",
        "bound maker 1 at 104",
        "bound cancelled reduce_only",
    ]


def test_a_position_that_grows_in_the_same_move_can_be_reduced_by_that_much_more() -> None:
    """Buys are executed before sells."""
    market = Market({"alice": "1"}, bid="90")
    market.submit("buys", "buy", "1", "95", reduce_only=False)
    market.submit("sells", "sell", "2", "105")

    reports = market.update(asks={"101": "0", "94": "5"}, bids={"106": "5"})

    assert reports == ["buys maker 1 at 95", "sells maker 2 at 105"]


def test_a_buyer_who_paid_in_what_was_bought_has_less_to_sell() -> None:
    """Commission in base currency is no part of the position."""
    market = Market({"alice": "1"}, bid="90", maker_rate=amount("0.1"), commission_in=CommissionIn.RECEIVED)
    market.submit("buys", "buy", "1", "95", reduce_only=False)
    market.submit("sells", "sell", "2", "105")

    assert market.update(asks={"101": "0", "94": "5"}, bids={"106": "5"}) == [
        "buys maker 1 at 95",
        "sells maker 1.9 at 105",
        "sells cancelled reduce_only",
    ]


def test_what_the_ledger_knows_is_not_counted_twice() -> None:
    """An execution counts here until the next call, and by what is held from then on."""
    market = Market({"alice": "3"})
    market.submit("a", "sell", "3", "104")

    assert market.update(bids={"105": "1"}) == ["a maker 1 at 104"]
    market.held["alice"] = "2"
    assert market.update(bids={"105": "9"}) == ["a maker 2 at 104"]


def test_who_takes_from_several_of_one_user_takes_no_more_than_the_position() -> None:
    """All of them reduce the same one, whether they must or not; others' orders stand behind."""
    market = Market({"alice": "3"}, ask="120")
    market.submit("free", "sell", "1", "102", reduce_only=False)
    market.submit("first", "sell", "1.5", "103")
    market.submit("second", "sell", "1.5", "104")
    market.submit("third", "sell", "1", "104")
    market.submit("other", "sell", "1", "105", user_id="bob", reduce_only=False)

    assert market.submit("taker", "buy", "9", "110", user_id="carol", reduce_only=False) == [
        "taker accepted",
        "free maker 1 at 102",
        "taker taker 1 at 102",
        "first maker 1.5 at 103",
        "taker taker 1.5 at 103",
        "second maker 0.5 at 104",
        "taker taker 0.5 at 104",
        "second cancelled reduce_only",
        "other maker 1 at 105",
        "taker taker 1 at 105",
    ]


def test_a_waiting_order_without_a_position_is_no_offer() -> None:
    """Nobody is kept from resting behind it, and who takes passes it over; the book's next move ends it."""
    market = Market({"alice": "1"}, ask="120")
    market.submit("a", "sell", "1", "105")
    market.held["alice"] = "0"

    assert market.submit("b", "buy", "1", "106", user_id="bob", post_only=True, reduce_only=False) == ["b accepted"]
    assert market.update(bids={"105": "1"}) == ["a cancelled reduce_only"]


def test_all_or_nothing_is_nothing_where_the_position_is_less() -> None:
    """Whatever the book offers."""
    market = Market({"alice": "2"})

    assert market.submit("a", "sell", "3", "99", time_in_force=FOK) == ["a accepted", "a cancelled reduce_only"]
    assert market.submit("b", "sell", "2", "99", time_in_force=FOK) == ["b accepted", "b taker 2 at 99"]


def test_a_stop_that_is_triggered_reduces_what_is_left() -> None:
    """The position may have become smaller while it waited."""
    market = Market({"alice": "3"})
    market.submit("a", "sell", "3", type=OrderType.STOP, stop_price="98")
    market.held["alice"] = "1"

    assert market.update(bids={"99": "0", "97": "9"}) == ["a triggered", "a taker 1 at 97", "a cancelled reduce_only"]


def test_a_changed_order_ends_where_nothing_is_left_to_reduce() -> None:
    """Also one that keeps its place."""
    market = Market({"alice": "3"})
    market.submit("a", "sell", "3", "104")
    market.held["alice"] = "0"
    order = paper_order("a", "sell", "3", "104", reduce_only=True)

    reports = told(market.venue.amend(order, order.quantity / 2, order.price, now_ns=3))

    assert reports == ["a amended 1.5 104", "a cancelled reduce_only"]
