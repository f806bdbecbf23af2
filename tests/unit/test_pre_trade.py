"""What an order must be like to be let in."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from components.model.accounts import AccountFigures, Mark
from components.model.errors import Halted, RiskLimitExceeded, Unavailable
from components.model.market import Side
from components.model.orders import Order, OrderRequest, OrderStatus
from components.risk.facts import TradingState
from components.risk.limits import Limits
from components.risk.pre_trade import Proposal, amend_proposal, check_limits, check_state, order_proposal
from components.risk.valuation import Valuation
from tests.support.made_orders import make_order
from tests.support.risk_cases import ETH, FRESH, NO_LIMITS, NOW_NS, make_exposure, make_figures, make_mark, texts
from tests.support.risk_cases import make_request as order

BUY, SELL = Side.BUY, Side.SELL
ACTIVE, REDUCING, HALTED = TradingState
LONG, SHORT = make_exposure(quantity="10"), make_exposure(quantity="-10")


def limits(**values: str) -> Limits:
    """These, and no others."""
    return attrs.evolve(NO_LIMITS, **{name: Decimal(value) for name, value in values.items()})


def refusal(
    proposal: Proposal,
    allowed: Limits,
    *,
    mark: Mark | None = FRESH,
    quote_rate: str | None = "1",
    open_orders: int = 0,
) -> tuple[str, str, str] | None:
    """The limit that an order does not keep to, what is allowed, and what it would have been."""
    rate = None if quote_rate is None else Decimal(quote_rate)
    valuation = Valuation(mark=mark, quote_rate=rate, mark_age_s=allowed.mark_age_s, now_ns=NOW_NS)
    try:
        check_limits(proposal, allowed, valuation, open_orders=open_orders)
    except RiskLimitExceeded as error:
        details: dict[str, Any] = error.details
        return details["limit"], details["allowed"], details["requested"]
    return None


def proposed(request: OrderRequest, *exposures: Any) -> Proposal:
    """An order of an account with these at stake."""
    return order_proposal(request, make_figures(*exposures))


def open_order(side: Side = BUY, quantity: str = "5", filled: str = "2", price: str = "100", **fields: Any) -> Order:
    """An order that was executed in part."""
    return make_order(
        side=side,
        quantity=quantity,
        price=price,
        status=OrderStatus.PARTIALLY_FILLED,
        placed_ns=NOW_NS,
        filled_quantity=filled,
        **fields,
    )


def amended(one: Order, quantity: str, price: str, figures: AccountFigures) -> Proposal:
    """A change of it."""
    return amend_proposal(one, Decimal(quantity), Decimal(price), figures)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (order(BUY, "10", "100"), None),
        (order(BUY, "10.01", "100"), "1001"),
        (order(SELL, "10", "50"), None),
        (order(SELL, "11", "50"), "1100"),
        (order(SELL, "10", "101"), "1010"),
        (order(BUY, "10", None), None),
        (order(BUY, "11", None), "1100"),
        (order(BUY, "10", None, stop_price="110"), "1100"),
        (order(SELL, "11", None, stop_price="90"), "1100"),
        (order(BUY, "10", "120", stop_price="110"), "1200"),
    ],
)
def test_an_order_is_worth_what_it_may_cost_or_bring(request_: OrderRequest, expected: str | None) -> None:
    """A buyer's limit or trigger; what a seller gets at the mark at least; the mark where nothing is named."""
    refused = refusal(proposed(request_), limits(order_notional="1000"))

    assert refused == (None if expected is None else ("order_notional", "1000", expected))


def test_worth_is_in_account_currency() -> None:
    """An order in another quote currency is worth what that is."""
    assert refusal(proposed(order(BUY, "1")), limits(order_notional="109"), quote_rate="1.1") == (
        "order_notional",
        "109",
        "110",
    )


@pytest.mark.parametrize(
    ("request_", "exposure", "expected"),
    [
        (order(BUY, "5"), make_exposure(quantity="5"), None),
        (order(BUY, "6"), make_exposure(quantity="5"), "1100"),
        (order(BUY, "5", "1"), make_exposure(quantity="5", open_buys="1"), "1100"),
        (order(BUY, "5"), make_exposure(quantity="5", open_sells="9"), None),
        (order(SELL, "5"), make_exposure(quantity="20"), None),
        (order(SELL, "15"), make_exposure(quantity="5"), None),
        (order(SELL, "15"), make_exposure(quantity="5", open_sells="1"), "1100"),
        (order(SELL, "6"), make_exposure(quantity="-5"), "1100"),
        (order(BUY, "25"), make_exposure(quantity="-20"), None),
        (order(BUY, "11"), make_exposure(ETH, "100"), "1100"),
    ],
)
def test_a_position_is_judged_with_all_open_orders_of_the_side(
    request_: OrderRequest, exposure: Any, expected: str | None
) -> None:
    """At the mark; what makes it smaller is never too much."""
    refused = refusal(proposed(request_, exposure), limits(position_notional="1000"))

    assert refused == (None if expected is None else ("position_notional", "1000", expected))


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (order(BUY, "1", "90"), None),
        (order(BUY, "1", "110"), None),
        (order(SELL, "1", "110.5"), "10.5"),
        (order(BUY, "1", "89"), "11"),
        (order(BUY, "1", "111", stop_price="105"), "11"),
        (order(BUY, "1", None, stop_price="150"), None),
        (order(BUY, "1", None), None),
    ],
)
def test_a_limit_price_is_near_the_mark(request_: OrderRequest, expected: str | None) -> None:
    """On both sides; a trigger may be anywhere."""
    refused = refusal(proposed(request_), limits(price_band_percent="10"))

    assert refused == (None if expected is None else ("price_band_percent", "10", expected))


def test_a_band_is_a_share_however_little_a_unit_is_worth() -> None:
    """Of a mark far below one as well."""
    refused = refusal(proposed(order(BUY, "1", "0.0111")), limits(price_band_percent="10"), mark=make_mark("0.01"))

    assert refused == ("price_band_percent", "10", "11")


def test_nothing_is_near_a_mark_of_nothing() -> None:
    """A mark of zero has no band."""
    refused = refusal(proposed(order(BUY, "1", "1")), limits(price_band_percent="10"), mark=make_mark("0"))

    assert refused == ("price_band_percent", "10", "100")


def test_open_orders_are_counted_with_the_new_one() -> None:
    """A change is no new one."""
    allowed = limits(open_orders="3")
    change = amended(open_order(), "6", "100", make_figures(make_exposure(open_buys="3")))

    assert refusal(proposed(order()), allowed, open_orders=2) is None
    assert refusal(proposed(order()), allowed, open_orders=3) == ("open_orders", "3", "4")
    assert refusal(change, allowed, open_orders=3) is None


@pytest.mark.parametrize(("mark", "requested"), [(make_mark(age_s=61), "61"), (make_mark(is_stale=True), "stale")])
@pytest.mark.parametrize("name", ["order_notional", "position_notional", "price_band_percent"])
def test_what_needs_a_price_is_refused_by_one_that_is_too_old(name: str, mark: Mark, requested: str) -> None:
    """A price of long ago is a limit that the order does not keep to."""
    refused = refusal(proposed(order()), limits(**{name: "50", "mark_age_s": "60"}), mark=mark)

    assert refused == ("mark_age_s", "60", requested)


def test_a_price_that_is_called_stale_is_refused_at_any_age() -> None:
    """Only how old it may be is switched off."""
    refused = refusal(proposed(order()), limits(order_notional="50"), mark=make_mark(is_stale=True))

    assert refused == ("mark_age_s", "off", "stale")


@pytest.mark.parametrize(
    ("mark", "quote_rate", "missing"),
    [
        (None, "1", "no price of BTCUSDT now"),
        (make_mark(None), "1", "no price of BTCUSDT now"),
        (make_mark(None, is_stale=True), "1", "no price of BTCUSDT now"),
        (FRESH, None, "no price of the quote currency of BTCUSDT in account currency"),
        (make_mark(age_s=61), None, "no price of the quote currency of BTCUSDT in account currency"),
    ],
)
@pytest.mark.parametrize("name", ["order_notional", "position_notional", "price_band_percent"])
@pytest.mark.parametrize("mark_age", [{}, {"mark_age_s": "60"}])
def test_what_needs_a_price_waits_for_one(
    mark_age: dict[str, str], name: str, mark: Mark | None, quote_rate: str | None, missing: str
) -> None:
    """Where none is known yet the same order can pass later, and the text says what is missing."""
    with pytest.raises(Unavailable, match=missing):
        refusal(proposed(order()), limits(**{name: "50"}, **mark_age), mark=mark, quote_rate=quote_rate)


def test_what_needs_no_price_passes_without_one() -> None:
    """Where no limit looks at it, or the position can only become smaller."""
    allowed = limits(order_notional="50", mark_age_s="60")
    smaller = amended(open_order(), "4", "100", make_figures(make_exposure(open_buys="3")))

    assert refusal(proposed(order()), limits(open_orders="5"), mark=None) is None
    assert refusal(proposed(order(SELL, "10"), LONG), allowed, mark=None) is None
    assert refusal(smaller, allowed, mark=None) is None


@pytest.mark.parametrize(
    ("request_", "exposure", "expected"),
    [
        (order(SELL, "10", reduce_only=True), LONG, None),
        (order(SELL, "11", reduce_only=True), LONG, ("10", "11")),
        (order(BUY, "1", reduce_only=True), LONG, ("0", "1")),
        (order(BUY, "10", reduce_only=True), SHORT, None),
        (order(BUY, "11", reduce_only=True), SHORT, ("10", "11")),
        (order(SELL, "1", reduce_only=True), SHORT, ("0", "1")),
        (order(SELL, "10", reduce_only=True), make_exposure(quantity="10", open_sells="10"), None),
    ],
)
def test_reduce_only_is_within_the_position(
    request_: OrderRequest, exposure: Any, expected: tuple[str, str] | None
) -> None:
    """Stop and take-profit may both be of all of it."""
    refused = refusal(proposed(request_, exposure), NO_LIMITS)

    assert refused == (None if expected is None else ("reduce_only", *expected))


@pytest.mark.parametrize(
    ("request_", "exposure", "passes"),
    [
        (order(SELL, "10"), LONG, True),
        (order(SELL, "10.1"), LONG, False),
        (order(SELL, "6"), make_exposure(quantity="10", open_sells="5"), False),
        (order(SELL, "5"), make_exposure(quantity="10", open_sells="5", open_buys="5"), True),
        (order(BUY, "1"), LONG, False),
        (order(BUY, "10"), SHORT, True),
        (order(BUY, "6"), make_exposure(quantity="-10", open_buys="5"), False),
        (order(SELL, "1"), SHORT, False),
        (order(SELL, "1"), make_exposure(quantity="0"), False),
    ],
)
def test_reducing_lets_in_what_can_only_make_the_position_smaller(
    request_: OrderRequest,
    exposure: Any,
    passes: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Whatever else is executed."""
    proposal = proposed(request_, exposure)

    if passes:
        check_state(proposal, REDUCING, is_liquidating=False)
    else:
        with pytest.raises(Halted):
            check_state(proposal, REDUCING, is_liquidating=False)
    check_state(proposal, ACTIVE, is_liquidating=False)


def test_halted_and_liquidated_accounts_place_nothing() -> None:
    """Not even what reduces: of two who close a position one would turn it."""
    proposal = proposed(order(SELL, "10"), LONG)

    for state, is_liquidating in ((HALTED, False), (REDUCING, True), (ACTIVE, True)):
        with pytest.raises(Halted):
            check_state(proposal, state, is_liquidating=is_liquidating)


def test_a_change_is_judged_without_the_order_as_it_was() -> None:
    """What could still be executed of it, beside the other orders of its side."""
    figures = make_figures(make_exposure(quantity="2", open_buys="4", open_sells="7"))

    proposal = amended(open_order(quantity="5", filled="2"), "9", "101", figures)

    assert texts(proposal.quantity, proposal.beside, proposal.position_after) == ["7", "1", "10"]
    assert not proposal.is_smaller
    sold = amended(open_order(SELL, quantity="5", filled="2"), "1", "100", figures)
    assert texts(sold.quantity, sold.beside) == ["0", "4"]
    assert sold.is_smaller


@pytest.mark.parametrize(
    ("quantity", "price", "passes"), [("4", "100", True), ("5", "100", True), ("6", "100", False), ("4", "99", False)]
)
def test_while_reducing_an_order_may_become_smaller(quantity: str, price: str, passes: bool) -> None:  # noqa: FBT001 - a column
    """At the same price; anything else is as a new order."""
    proposal = amended(open_order(), quantity, price, make_figures(make_exposure(quantity="2", open_buys="3")))

    if passes:
        check_state(proposal, REDUCING, is_liquidating=False)
    else:
        with pytest.raises(Halted):
            check_state(proposal, REDUCING, is_liquidating=False)
