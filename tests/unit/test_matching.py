"""Matching in one instrument: what is executed against what, at which price, and what waits or ends."""

import pytest

from components.model.orders import OrderType, TimeInForce
from components.trading.orders.execution import Executed
from components.trading.paper.paper_rules import CommissionIn, PaperRules
from components.trading.paper.paper_venue import PaperVenue
from tests.support.paper_orders import BTCUSDT, amount, levels, make_venue, paper_order, told

IOC, FOK = TimeInForce.IOC, TimeInForce.FOK
STOP, STOP_LIMIT = OrderType.STOP, OrderType.STOP_LIMIT


@pytest.fixture
def venue() -> PaperVenue:
    """A venue whose live book has bids at 99 and 98, and asks at 101 and 102; alice is short of two."""
    made = make_venue(held={"alice": "-2"})
    made.apply_snapshot(BTCUSDT, levels({"99": "1", "98": "2"}), levels({"101": "1", "102": "2"}), now_ns=1)
    return made


def update(venue: PaperVenue, *, bids: dict[str, str] | None = None, asks: dict[str, str] | None = None) -> list[str]:
    """Change the live book, and say what that led to."""
    return told(venue.apply_deltas(BTCUSDT, levels(bids or {}), levels(asks or {}), now_ns=5))


def submit(
    venue: PaperVenue, name: str, side: str, quantity: str, price: str | None = None, **other: object
) -> list[str]:
    """Send an order, and say what that led to."""
    return told(venue.submit(paper_order(name, side, quantity, price, **other), now_ns=2))


# What an order takes


def test_an_order_takes_the_best_live_levels_and_waits_with_the_rest(venue: PaperVenue) -> None:
    """A limit order is executed at the prices of the live book within its limit, and rests with what is left."""
    reports = submit(venue, "a", "buy", "5", "101.5")

    assert reports == ["a accepted", "a taker 1 at 101"]
    assert update(venue, asks={"101": "3"}) == ["a maker 3 at 101.5"]


def test_a_sell_takes_bids_from_the_highest_down(venue: PaperVenue) -> None:
    """The other side is the mirror of the one."""
    assert submit(venue, "a", "sell", "2", "98") == ["a accepted", "a taker 1 at 99", "a taker 1 at 98"]


def take_at_101(venue: PaperVenue, name: str) -> list[str]:
    """Try to buy 1 at 101, and say what was executed or how it ended."""
    return submit(venue, name, "buy", "1", "101", time_in_force=IOC)[1:]


def test_what_was_taken_of_a_level_stays_taken_until_it_is_told_again(venue: PaperVenue) -> None:
    """Only an update of the very level brings its size back, in a change or in a whole book."""
    submit(venue, "a", "buy", "0.75", "101")

    assert take_at_101(venue, "b") == [
        "b taker 0.25 at 101",
        "b expired no_liquidity",
    ]
    update(venue, asks={"102": "9"})
    assert take_at_101(venue, "c") == ["c expired no_liquidity"]
    update(venue, asks={"101": "1"})
    assert take_at_101(venue, "d") == ["d taker 1 at 101"]
    venue.apply_snapshot(BTCUSDT, [], levels({"101": "1"}), now_ns=6)
    assert take_at_101(venue, "e") == ["e taker 1 at 101"]


def test_a_level_that_was_removed_is_taken_no_more(venue: PaperVenue) -> None:
    """A size of zero removes a level; one that is not known is no matter."""
    update(venue, asks={"101": "0", "100": "0"})

    assert submit(venue, "a", "buy", "1", "101", time_in_force=IOC)[1:] == ["a expired no_liquidity"]


def test_orders_of_users_meet_at_the_price_of_the_one_that_waits(venue: PaperVenue) -> None:
    """The maker's price counts, and both sides are told, the maker first."""
    submit(venue, "a", "sell", "2", "100", user_id="bob")

    assert submit(venue, "b", "buy", "1", "101") == ["b accepted", "a maker 1 at 100", "b taker 1 at 100"]


def test_the_best_price_goes_first_then_the_live_book_then_time(venue: PaperVenue) -> None:
    """At one price the live level was there before; of users' orders the oldest goes first."""
    submit(venue, "late", "sell", "1", "101", user_id="bob")
    submit(venue, "later", "sell", "1", "101", user_id="carol")
    submit(venue, "best", "sell", "1", "100.5", user_id="carol")

    assert submit(venue, "a", "buy", "4", "101") == [
        "a accepted",
        "best maker 1 at 100.5",
        "a taker 1 at 100.5",
        "a taker 1 at 101",
        "late maker 1 at 101",
        "a taker 1 at 101",
        "later maker 1 at 101",
        "a taker 1 at 101",
    ]


def test_a_market_order_takes_any_price_and_expires_with_the_rest(venue: PaperVenue) -> None:
    """What a market order finds no more liquidity for does not wait."""
    assert submit(venue, "a", "buy", "4") == [
        "a accepted",
        "a taker 1 at 101",
        "a taker 2 at 102",
        "a expired no_liquidity",
    ]


def test_without_a_book_only_users_trade() -> None:
    """A lost book offers nothing, and changes bring nothing back before a whole one comes."""
    venue = make_venue()
    venue.apply_snapshot(BTCUSDT, [], levels({"101": "1"}), now_ns=1)
    submit(venue, "resting", "sell", "1", "103", user_id="bob")
    venue.lose_book(BTCUSDT)

    assert update(venue, asks={"101": "1"}) == []
    assert submit(venue, "a", "buy", "2") == [
        "a accepted",
        "resting maker 1 at 103",
        "a taker 1 at 103",
        "a expired no_liquidity",
    ]


def test_an_execution_is_named_by_its_order_and_number(venue: PaperVenue) -> None:
    """Numbers go on where those of an earlier process ended."""
    reports = venue.submit(paper_order("a", "buy", "3", "102", fills=4), now_ns=2)

    assert [one.execution_id for one in reports if isinstance(one, Executed)] == ["a-5", "a-6"]


# When the live book comes to orders that wait


def test_a_resting_order_is_executed_at_its_own_price_when_the_live_book_comes_to_it(venue: PaperVenue) -> None:
    """It is the maker, gets no more than the live book has there, and takes it."""
    submit(venue, "a", "buy", "3", "100")

    assert update(venue, asks={"99.5": "1", "100": "1.5", "100.5": "7"}) == ["a maker 1 at 100", "a maker 1.5 at 100"]
    assert update(venue, asks={"99.5": "9"}) == ["a maker 0.5 at 100"]


def test_resting_orders_share_what_the_live_book_has_by_price_and_time(venue: PaperVenue) -> None:
    """The better price goes first, then the older order."""
    submit(venue, "old", "sell", "1", "100.5")
    submit(venue, "new", "sell", "1", "100.5", user_id="bob")
    submit(venue, "best", "sell", "1", "100", user_id="carol")

    assert update(venue, bids={"101": "2.5"}) == [
        "best maker 1 at 100",
        "old maker 1 at 100.5",
        "new maker 0.5 at 100.5",
    ]


def test_where_the_live_book_comes_to_both_sides_buys_go_first(venue: PaperVenue) -> None:
    """A book can be told crossed for a moment."""
    submit(venue, "sell", "sell", "1", "100.5")
    submit(venue, "buy", "buy", "1", "100", user_id="bob")

    assert update(venue, bids={"101": "1"}, asks={"99.5": "1"}) == ["buy maker 1 at 100", "sell maker 1 at 100.5"]


def test_a_live_level_beside_the_order_does_not_execute_it(venue: PaperVenue) -> None:
    """A bid waits while the best ask is above it, and an ask while the best bid is below."""
    submit(venue, "a", "buy", "1", "100")
    submit(venue, "b", "sell", "1", "100.5")

    assert update(venue, bids={"100": "1"}, asks={"100.01": "1"}) == []


# Times in force


def test_what_cannot_be_executed_at_once_of_an_ioc_order_expires(venue: PaperVenue) -> None:
    """It never waits."""
    assert submit(venue, "a", "buy", "2", "101", time_in_force=IOC) == [
        "a accepted",
        "a taker 1 at 101",
        "a expired no_liquidity",
    ]


def test_a_fok_order_is_executed_whole_or_not_at_all(venue: PaperVenue) -> None:
    """The live book and users' orders count together."""
    submit(venue, "resting", "sell", "1", "101.5", user_id="bob")

    assert submit(venue, "a", "buy", "4.01", "102", time_in_force=FOK) == ["a accepted", "a expired no_liquidity"]
    assert submit(venue, "b", "buy", "4", "102", time_in_force=FOK) == [
        "b accepted",
        "b taker 1 at 101",
        "resting maker 1 at 101.5",
        "b taker 1 at 101.5",
        "b taker 2 at 102",
    ]


def test_a_market_order_can_be_fok(venue: PaperVenue) -> None:
    """At any price, but wholly."""
    assert submit(venue, "a", "sell", "4", time_in_force=FOK) == ["a accepted", "a expired no_liquidity"]


def test_a_post_only_order_that_would_take_is_rejected(venue: PaperVenue) -> None:
    """From the live book or from users, its own orders too."""
    submit(venue, "resting", "sell", "1", "100")

    assert submit(venue, "a", "buy", "1", "101", post_only=True) == ["a rejected would_take"]
    assert submit(venue, "b", "buy", "1", "100", post_only=True, user_id="bob") == ["b rejected would_take"]
    assert submit(venue, "c", "buy", "1", "99.99", post_only=True) == ["c accepted"]


# Self-trades


def test_an_order_that_meets_the_same_users_order_expires(venue: PaperVenue) -> None:
    """What it took before is taken; what is left ends, and the resting order stays."""
    submit(venue, "mine", "sell", "1", "101.5")

    assert submit(venue, "a", "buy", "3", "102") == ["a accepted", "a taker 1 at 101", "a expired self_trade"]
    assert submit(venue, "b", "buy", "2", "101.5", user_id="bob")[1:] == ["mine maker 1 at 101.5", "b taker 1 at 101.5"]


def test_an_order_that_is_filled_before_it_meets_the_same_users_order_is_no_self_trade(venue: PaperVenue) -> None:
    """Only what would be executed against oneself counts."""
    submit(venue, "mine", "sell", "1", "101")

    assert submit(venue, "a", "buy", "1", "102", time_in_force=FOK) == ["a accepted", "a taker 1 at 101"]


# Budgets


def test_a_market_buy_ends_with_its_budget(venue: PaperVenue) -> None:
    """It buys as many whole lots as the budget pays for, commission included."""
    venue = make_venue(taker_rate=amount("0.01"))
    venue.apply_snapshot(BTCUSDT, [], levels({"100": "1", "200": "5"}), now_ns=1)

    reports = submit(venue, "a", "buy", "5", budget="303")

    assert reports == ["a accepted", "a taker 1 at 100", "a taker 1 at 200", "a expired insufficient_funds"]


@pytest.mark.parametrize(("lot", "bought"), [("0.25", "0.25"), (None, "0.33333333")])
def test_what_is_left_of_a_budget_is_spent_in_whole_lots(lot: str | None, bought: str) -> None:
    """What a lot costs more than is left is not bought; without a known lot a hundred-millionth is one."""
    venue = make_venue(lot)
    venue.apply_snapshot(BTCUSDT, [], levels({"3": "9"}), now_ns=1)

    assert submit(venue, "a", "buy", "5", budget="1")[1:] == [f"a taker {bought} at 3", "a expired insufficient_funds"]


def test_a_budget_that_was_spent_before_a_restart_counts(venue: PaperVenue) -> None:
    """Only what is left of it can be spent."""
    reports = submit(venue, "a", "buy", "2", budget="151.5", spent="101", filled_quantity="1", fills=1)

    assert reports == ["a accepted", "a taker 0.5 at 101", "a expired insufficient_funds"]


def test_a_budget_that_pays_for_no_lot_buys_nothing(venue: PaperVenue) -> None:
    """It never becomes less than nothing either."""
    assert submit(venue, "a", "buy", "1", budget="1") == ["a accepted", "a expired insufficient_funds"]
    assert submit(venue, "b", "buy", "1", budget="1", spent="2") == ["b accepted", "b expired insufficient_funds"]


def test_a_fok_order_that_its_budget_does_not_pay_for_is_not_executed(venue: PaperVenue) -> None:
    """Nothing is bought for a part of the money."""
    assert submit(venue, "a", "buy", "2", budget="202", time_in_force=FOK)[1:] == ["a expired insufficient_funds"]


def test_a_commission_in_base_currency_is_no_part_of_the_budget() -> None:
    """It is paid from what is bought."""
    venue = make_venue(taker_rate=amount("0.01"), commission_in=CommissionIn.RECEIVED)
    venue.apply_snapshot(BTCUSDT, [], levels({"100": "1"}), now_ns=1)

    assert submit(venue, "a", "buy", "1", budget="100") == ["a accepted", "a taker 1 at 100"]


def test_an_order_rests_only_with_what_its_budget_pays_for(venue: PaperVenue) -> None:
    """One that could pay for nothing any more ends: at once, or when it was executed that far."""
    assert submit(venue, "poor", "buy", "1", "90", budget="0.5") == ["poor accepted", "poor expired insufficient_funds"]
    submit(venue, "a", "buy", "2", "100", budget="150")

    assert update(venue, asks={"100": "9"}) == ["a maker 1.5 at 100", "a expired insufficient_funds"]


def test_an_order_that_cannot_pay_for_a_lot_any_more_ends_when_it_would_be_executed() -> None:
    """The instruments can become known after the orders, and their rules can change."""
    lots = [amount("0.1"), amount("1")]
    venue = PaperVenue(PaperRules(), lot_size=lambda _: lots[0], held=lambda *_: amount("0"))
    venue.apply_snapshot(BTCUSDT, [], [], now_ns=1)
    submit(venue, "a", "buy", "2", "100", budget="50")
    submit(venue, "b", "buy", "2", "100", budget="50")
    lots.pop(0)

    assert submit(venue, "c", "sell", "1", "100", user_id="bob", time_in_force=IOC)[1:] == ["c expired no_liquidity"]
    assert update(venue, asks={"100": "9"}) == ["a expired insufficient_funds", "b expired insufficient_funds"]


def test_a_maker_whose_budget_ends_leaves_the_rest_to_others(venue: PaperVenue) -> None:
    """The taker gets what the maker can pay for, and goes on."""
    submit(venue, "a", "buy", "2", "100", budget="50")

    assert submit(venue, "b", "sell", "2", "99", user_id="bob") == [
        "b accepted",
        "a maker 0.5 at 100",
        "b taker 0.5 at 100",
        "a expired insufficient_funds",
        "b taker 1 at 99",
    ]


# Commission


@pytest.mark.parametrize(
    ("side", "commission_in", "commission", "currency"),
    [
        ("buy", CommissionIn.QUOTE, "0.2525", "USDT"),
        ("buy", CommissionIn.RECEIVED, "0.0025", "BTC"),
        ("sell", CommissionIn.QUOTE, "0.2475", "USDT"),
        ("sell", CommissionIn.RECEIVED, "0.2475", "USDT"),
    ],
)
def test_a_taker_pays_its_rate_in_the_currency_of_the_rules(
    side: str, commission_in: CommissionIn, commission: str, currency: str
) -> None:
    """In quote currency, or in what the order receives; exact to the last digit."""
    venue = make_venue(taker_rate=amount("0.0025"), maker_rate=amount("0.001"), commission_in=commission_in)
    venue.apply_snapshot(BTCUSDT, levels({"99": "1"}), levels({"101": "1"}), now_ns=1)

    executed = venue.submit(paper_order("a", side, "1"), now_ns=2)[1]

    assert isinstance(executed, Executed)
    assert (executed.commission, executed.commission_currency) == (amount(commission), currency)


def test_a_maker_can_get_a_rebate(venue: PaperVenue) -> None:
    """A rate below zero pays the order that was there before."""
    venue = make_venue(maker_rate=amount("-0.0001"))
    venue.apply_snapshot(BTCUSDT, [], [], now_ns=1)
    venue.submit(paper_order("a", "sell", "0.5", "100"), now_ns=2)

    (executed,) = venue.apply_deltas(BTCUSDT, levels({"100": "1"}), [], now_ns=3)

    assert isinstance(executed, Executed)
    assert executed.commission == amount("-0.005")


# Stops


def test_a_stop_becomes_a_market_order_when_its_price_is_reached(venue: PaperVenue) -> None:
    """A buy when the best ask is there or above."""
    assert submit(venue, "a", "buy", "1", type=STOP, stop_price="103") == ["a accepted untriggered"]
    assert update(venue, asks={"101": "0"}) == []
    assert update(venue, asks={"102": "0", "103": "2"}) == ["a triggered", "a taker 1 at 103"]


def test_a_sell_stop_is_triggered_by_the_best_bid(venue: PaperVenue) -> None:
    """When it is at the stop price or below; without bids nothing is triggered."""
    submit(venue, "a", "sell", "3", type=STOP, stop_price="98")

    assert update(venue, bids={"99": "0", "98": "0"}) == []
    assert update(venue, bids={"97": "2"}) == ["a triggered", "a taker 2 at 97", "a expired no_liquidity"]


def test_a_stop_that_is_reached_already_is_triggered_at_once(venue: PaperVenue) -> None:
    """It is accepted first."""
    assert submit(venue, "a", "buy", "1", type=STOP, stop_price="101") == [
        "a accepted untriggered",
        "a triggered",
        "a taker 1 at 101",
    ]


def test_what_was_taken_of_the_best_level_does_not_hide_it_from_stops(venue: PaperVenue) -> None:
    """Stops look at what the live book shows."""
    submit(venue, "taker", "buy", "1", "101")

    assert submit(venue, "a", "buy", "1", type=STOP, stop_price="101.5") == ["a accepted untriggered"]


def test_a_stop_limit_waits_at_its_limit_once_triggered(venue: PaperVenue) -> None:
    """It takes its place when it is triggered, behind those that rest there."""
    submit(venue, "a", "buy", "1", "100", type=STOP_LIMIT, stop_price="102")
    submit(venue, "b", "buy", "1", "100", user_id="bob")

    assert update(venue, asks={"101": "0"}) == ["a triggered"]
    assert update(venue, asks={"100": "1.5"}) == ["b maker 1 at 100", "a maker 0.5 at 100"]


def test_stops_are_triggered_in_the_order_of_their_prices_then_of_time(venue: PaperVenue) -> None:
    """Buys from the lowest up, sells from the highest down; buys before sells."""
    for name, side, stop_price in (("d", "sell", "90"), ("b", "buy", "111"), ("c", "buy", "111"), ("a", "buy", "110")):
        submit(venue, name, side, "1", type=STOP, stop_price=stop_price)

    reports = told(venue.apply_snapshot(BTCUSDT, levels({"80": "9"}), levels({"111": "9"}), now_ns=5))

    assert [one for one in reports if "triggered" in one] == [f"{name} triggered" for name in "abcd"]


def test_a_triggered_post_only_order_that_would_take_expires(venue: PaperVenue) -> None:
    """It had been accepted, so it is not rejected any more."""
    reports = submit(venue, "a", "buy", "1", "102", type=STOP_LIMIT, stop_price="101", post_only=True)

    assert reports == ["a accepted untriggered", "a triggered", "a expired would_take"]


# Changes


def amend(venue: PaperVenue, name: str, side: str, quantity: str, price: str | None, **other: object) -> list[str]:
    """Ask for a change, and say what that led to."""
    order = paper_order(name, side, quantity, price, **other)
    return told(venue.amend(order, order.quantity, order.price, now_ns=3))


def two_that_rest(venue: PaperVenue) -> None:
    """Two buys of 2 at 100."""
    submit(venue, "a", "buy", "2", "100")
    submit(venue, "b", "buy", "2", "100", user_id="bob")


@pytest.mark.parametrize(("quantity", "first"), [("1", "a"), ("2", "a"), ("3", "b")])
def test_only_an_order_that_does_not_grow_keeps_its_place(venue: PaperVenue, quantity: str, first: str) -> None:
    """Less at the same price, or nothing new, keeps the place; more loses it."""
    two_that_rest(venue)

    assert amend(venue, "a", "buy", quantity, "100") == [f"a amended {quantity} 100"]
    assert update(venue, asks={"100": "0.5"}) == [f"{first} maker 0.5 at 100"]


def test_an_order_at_another_price_is_as_one_that_comes_anew(venue: PaperVenue) -> None:
    """It takes what it meets, and rests behind the others there."""
    two_that_rest(venue)

    assert amend(venue, "b", "buy", "2", "101") == ["b amended 2 101", "b taker 1 at 101"]
    assert amend(venue, "b", "buy", "2", "100") == ["b amended 2 100"]
    assert update(venue, asks={"100": "2.5"}) == ["a maker 2 at 100", "b maker 0.5 at 100"]


def test_an_order_becomes_no_smaller_than_what_was_filled(venue: PaperVenue) -> None:
    """It would have nothing left to wait with; a cancel says that better."""
    submit(venue, "a", "buy", "2", "101")

    assert amend(venue, "a", "buy", "1", "101") == ["a requestrefused already_filled"]
    assert amend(venue, "a", "buy", "1.5", "101") == ["a amended 1.5 101"]
    assert update(venue, asks={"101": "9"}) == ["a maker 0.5 at 101"]


@pytest.mark.parametrize("other", [{"reduce_only": True}, {"tag": "liquidation"}])
def test_an_order_that_closes_a_position_is_never_made_larger(venue: PaperVenue, other: dict[str, object]) -> None:
    """It may become smaller."""
    submit(venue, "a", "buy", "2", "100", **other)

    assert amend(venue, "a", "buy", "2.01", "100", **other) == ["a requestrefused reduce_only"]
    assert amend(venue, "a", "buy", "1", "99", **other) == ["a amended 1 99"]


def test_a_post_only_order_that_would_take_at_its_new_price_stays_as_it_was(venue: PaperVenue) -> None:
    """The change is refused; the order keeps its place."""
    submit(venue, "a", "buy", "2", "100", post_only=True)

    assert amend(venue, "a", "buy", "2", "101", post_only=True) == ["a requestrefused would_take"]
    assert update(venue, asks={"100": "9"}) == ["a maker 2 at 100"]


def test_a_change_brings_its_own_budget(venue: PaperVenue) -> None:
    """One that becomes too poor for its terms ends."""
    submit(venue, "a", "buy", "1", "100", budget="100")

    assert amend(venue, "a", "buy", "2", "100", budget="200") == ["a amended 2 100"]
    assert update(venue, asks={"100": "1.5"}) == ["a maker 1.5 at 100"]
    assert amend(venue, "a", "buy", "1.75", "100", budget="150") == [
        "a amended 1.75 100",
        "a expired insufficient_funds",
    ]


def test_a_stop_that_waits_can_be_changed(venue: PaperVenue) -> None:
    """It waits on, and its new terms count once it is triggered."""
    submit(venue, "a", "buy", "1", "100", type=STOP_LIMIT, stop_price="102")

    assert amend(venue, "a", "buy", "2", "99", type=STOP_LIMIT, stop_price="102") == ["a amended 2 99"]
    assert update(venue, asks={"101": "0"}) == ["a triggered"]
    assert update(venue, asks={"99": "9"}) == ["a maker 2 at 99"]


def test_an_order_that_has_ended_cannot_be_changed_or_cancelled(venue: PaperVenue) -> None:
    """The request came too late."""
    submit(venue, "a", "buy", "1", "101")

    assert amend(venue, "a", "buy", "2", "101") == ["a requestrefused too_late"]
    assert told(venue.cancel(paper_order("a", "buy", "1", "101"), now_ns=3)) == ["a requestrefused too_late"]


@pytest.mark.parametrize("other", [{}, {"type": STOP_LIMIT, "stop_price": "102"}])
def test_a_cancelled_order_is_executed_no_more(venue: PaperVenue, other: dict[str, object]) -> None:
    """Whether it rested or waited to be triggered."""
    submit(venue, "a", "buy", "1", "100", **other)
    submit(venue, "b", "buy", "1", "100", user_id="bob")

    assert told(venue.cancel(paper_order("a", "buy", "1", "100"), now_ns=3)) == ["a cancelled"]
    assert update(venue, asks={"101": "0", "100": "9"}) == ["b maker 1 at 100"]
