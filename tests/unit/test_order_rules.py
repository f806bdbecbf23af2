"""Orders against the rules of their instrument and against the clock."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from components.contract.envelope import NS_PER_S
from components.model.errors import Halted, InvalidArgument, Unavailable
from components.model.market import Side
from components.model.orders import OrderType
from components.trading.orders.order_rules import (
    LONGEST_LIFE_NS,
    check_expiry,
    check_rules,
    expected_price,
    taking_price,
)
from tests.support.trading_desk import BTCUSDT, NOW_NS, mark, request

STOP: dict[str, Any] = {"type": OrderType.STOP, "stop_price": "110"}
MARKET: dict[str, Any] = {"type": OrderType.MARKET}
AT_100 = mark("100", bid="99", ask="101")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"quantity": "0.1", "price": "100"},
        {"quantity": "0.001", "price": "10000"},
        {"quantity": "12345678901234567890.123", "price": "99999999999999999999.99"},
        {**STOP, "quantity": "0.091"},
        {**MARKET, "quantity": "0.1"},
        {"quantity": "0.001", "reduce_only": True},
    ],
    ids=str,
)
def test_orders_that_fit_pass(fields: dict[str, Any]) -> None:
    """To the last digit, and down to the least worth; a reduce-only order may be worth less."""
    check_rules(request(**fields), BTCUSDT, mark=AT_100)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("price", {"price": "100.001"}),
        ("price", {"price": "99999999999999999999.999999999999999999"}),
        ("stop_price", {**STOP, "stop_price": "110.005"}),
        ("quantity", {"quantity": "0.0005"}),
        ("quantity", {"quantity": "1.0001", "reduce_only": True}),
        ("quantity", {"quantity": "0.099"}),
        ("quantity", {**STOP, "quantity": "0.09"}),
        ("quantity", {**MARKET, "quantity": "0.099"}),
    ],
    ids=str,
)
def test_orders_that_do_not_fit_are_refused_by_name(field: str, fields: dict[str, Any]) -> None:
    """What was expected is said."""
    with pytest.raises(InvalidArgument, match=r"expected .* received") as raised:
        check_rules(request(**fields), BTCUSDT, mark=AT_100)

    assert raised.value.details["field"] == field


def test_an_instrument_without_rules_takes_any_numbers() -> None:
    """Nothing is checked that is not told, and no price is needed for it."""
    rules = attrs.evolve(BTCUSDT, tick_size=None, lot_size=None, min_notional=None)

    check_rules(request(price="0.000000000000000001", quantity="0.000000000000000001"), rules, mark=None)
    check_rules(request(**MARKET), rules, mark=None)


def test_an_instrument_that_does_not_trade_takes_no_orders() -> None:
    """The same order can pass later."""
    with pytest.raises(Halted, match="BTCUSDT does not trade now"):
        check_rules(request(), attrs.evolve(BTCUSDT, is_trading=False), mark=AT_100)


def test_a_market_order_is_worth_what_is_not_known_without_a_price() -> None:
    """So it waits for one."""
    with pytest.raises(Unavailable, match="no price of BTCUSDT"):
        check_rules(request(**MARKET), BTCUSDT, mark=None)


def test_what_an_order_trades_at() -> None:
    """Its limit, its stop price, or the best price for it."""
    assert expected_price(request(price="90"), AT_100) == 90
    assert expected_price(request(**STOP), AT_100) == 110
    assert expected_price(request(type=OrderType.STOP_LIMIT, price="90", stop_price="110"), AT_100) == 90
    assert expected_price(request(**MARKET), AT_100) == 101
    assert expected_price(request(**MARKET, side=Side.SELL), AT_100) == 99


def test_the_one_price_stands_in_for_a_side_that_nobody_quotes() -> None:
    """And nothing stands in for both."""
    assert taking_price(Side.BUY, mark("100", bid="99")) == Decimal(100)
    assert taking_price(Side.SELL, mark(None, ask="101")) is None
    assert taking_price(Side.BUY, None) is None


@pytest.mark.parametrize("ahead_ns", [1, NS_PER_S, LONGEST_LIFE_NS])
def test_an_order_may_expire_within_a_year(ahead_ns: int) -> None:
    """From the next nanosecond on."""
    check_expiry(request(expire_ns=NOW_NS + ahead_ns), now_ns=NOW_NS)


def test_an_order_without_an_end_may_be_placed_any_time() -> None:
    """It has none to check."""
    check_expiry(request(), now_ns=NOW_NS)


@pytest.mark.parametrize("ahead_ns", [-NS_PER_S, 0, LONGEST_LIFE_NS + 1])
def test_an_order_that_ends_before_now_or_too_late_is_refused(ahead_ns: int) -> None:
    """With the time that it is."""
    with pytest.raises(InvalidArgument, match=r"2026-01-01T00:00:00\.000000Z") as raised:
        check_expiry(request(expire_ns=NOW_NS + ahead_ns), now_ns=NOW_NS)

    assert raised.value.details["field"] == "expire_at"
