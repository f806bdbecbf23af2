"""What orders need: budgets, what changes need besides, and initial margin."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from components.model.accounts import AccountFigures, Exposure
from components.model.errors import RiskLimitExceeded, Unavailable
from components.model.market import Side
from components.model.orders import Order, OrderType
from components.trading.orders.desk_rules import DeskRules
from components.trading.orders.order_funds import (
    InitialMargin,
    Need,
    budget_after,
    budget_for_change,
    budget_of,
    check_free,
    need_of_change,
    request_like,
)
from tests.support.trading_desk import StillMarkets, make_trading, mark, request

AT_100 = mark("100", bid="99", ask="101")
FREE_OF_CHARGE = DeskRules(currency="USDT", opening_balances={})
CHARGED = DeskRules(currency="USDT", opening_balances={}, maker_rate=Decimal("-0.0001"), taker_rate=Decimal("0.001"))


def an_order(*, filled: str = "0", spent: str = "0", budget: str | None = "1000", **fields: Any) -> Order:
    """A buy of 10 at 100, of which some is executed."""
    order = make_trading().place(**{"quantity": "10", **fields})
    return msgspec.structs.replace(
        order,
        filled_quantity=Decimal(filled),
        spent=Decimal(spent),
        budget=None if budget is None else Decimal(budget),
    )


@pytest.mark.parametrize(
    ("fields", "rules", "budget"),
    [
        ({}, FREE_OF_CHARGE, "200"),
        ({}, CHARGED, "200.2"),
        ({"type": OrderType.MARKET}, FREE_OF_CHARGE, "212.1"),
        ({"type": OrderType.MARKET}, CHARGED, "212.3121"),
        ({"type": OrderType.STOP, "stop_price": "110"}, FREE_OF_CHARGE, "231"),
        ({"type": OrderType.STOP_LIMIT, "stop_price": "110", "price": "120"}, FREE_OF_CHARGE, "240"),
        (
            {},
            DeskRules(currency="USDT", opening_balances={}, taker_rate=Decimal("0.001"), is_commission_in_quote=False),
            "200",
        ),
        ({}, DeskRules(currency="USDT", opening_balances={}, maker_rate=Decimal("-0.1")), "200"),
    ],
)
def test_the_budget_of_a_buy(fields: dict[str, Any], rules: DeskRules, budget: str) -> None:
    """Its price, 5 % more where it takes any, and the larger commission; a rebate is not counted on."""
    assert budget_of(request(quantity="2", **fields), AT_100, rules) == Decimal(budget)


def test_there_is_no_budget_without_a_price() -> None:
    """A market order waits for one."""
    with pytest.raises(Unavailable):
        budget_of(request(type=OrderType.MARKET), None, FREE_OF_CHARGE)


@pytest.mark.parametrize(
    ("filled", "spent", "quantity", "price", "after", "while_asked"),
    [
        ("0", "0", "20", "100", "2000", "2000"),
        ("0", "0", "20", "50", "1000", "1500"),
        ("0", "0", "5", "50", "250", "500"),
        ("4", "400", "10", "50", "700", "1000"),
        ("4", "380", "10", "120", "1100", "1100"),
        ("4", "400", "20", "90", "1840", "1900"),
    ],
)
def test_the_budget_of_a_changed_order(
    filled: str, spent: str, quantity: str, price: str, after: str, while_asked: str
) -> None:
    """What was spent and what is left; as long as the old terms hold, what is left of those may cost the old price."""
    order = an_order(filled=filled, spent=spent)
    terms = (Decimal(quantity), Decimal(price))

    assert budget_after(order, *terms, mark=None, rules=FREE_OF_CHARGE) == Decimal(after)
    assert budget_for_change(order, *terms, mark=None, rules=FREE_OF_CHARGE) == Decimal(while_asked)


def test_an_order_without_a_budget_gets_none() -> None:
    """A sell, or any order on margin."""
    order = an_order(budget=None, side=Side.SELL, quantity="2")

    assert budget_after(order, Decimal(4), Decimal(50), mark=None, rules=FREE_OF_CHARGE) is None
    assert budget_for_change(order, Decimal(4), Decimal(50), mark=None, rules=FREE_OF_CHARGE) is None


def test_what_a_change_needs_besides() -> None:
    """Quote currency for more budget, base currency for more to sell; nothing for less."""
    buy, sell = an_order(), an_order(budget=None, side=Side.SELL, quantity="2")

    assert need_of_change(buy, Decimal(20), Decimal(1500)) == Need(currency="USDT", amount=Decimal(500))
    assert need_of_change(buy, Decimal(5), Decimal(1000)) is None
    assert need_of_change(sell, Decimal(3), None) == Need(currency="BTC", amount=Decimal(1))
    assert need_of_change(sell, Decimal(1), None) is None
    assert need_of_change(msgspec.structs.replace(sell, base=None), Decimal(3), None) is None


def test_a_request_like_an_order_is_the_one_that_it_was_placed_by() -> None:
    """But for what is changed."""
    asked = request(type=OrderType.STOP_LIMIT, stop_price="110", post_only=False, reduce_only=False)
    order = make_trading().desk.place("alice", asked, now_ns=0)

    assert request_like(order, asked.quantity, asked.price) == asked
    assert request_like(order, Decimal(2), Decimal(90)) == msgspec.structs.replace(
        asked, quantity=Decimal(2), price=Decimal(90)
    )


def test_more_than_is_free_is_refused() -> None:
    """All of it is not."""
    check_free(Need(currency="USDT", amount=Decimal(10)), Decimal(10))

    with pytest.raises(RiskLimitExceeded) as raised:
        check_free(Need(currency="USDT", amount=Decimal("10.1")), Decimal(10))

    assert raised.value.details == {"limit": "balance", "allowed": "10", "requested": "10.1"}


def test_what_is_overdrawn_allows_nothing() -> None:
    """A late execution can make a balance less than what is locked of it."""
    with pytest.raises(RiskLimitExceeded) as raised:
        check_free(Need(currency="USDT", amount=Decimal(1)), Decimal(-5))

    assert raised.value.details["allowed"] == "0"


def account(*exposures: Exposure, equity: str | None = "100") -> AccountFigures:
    """A margin account, by what it holds and what it is worth."""
    return AccountFigures(
        user_id="alice",
        currency="USDT",
        is_margin=True,
        balance=Decimal(0),
        equity=None if equity is None else Decimal(equity),
        unrealised_pnl=Decimal(0),
        realised_pnl=Decimal(0),
        transferred=Decimal(0),
        maintenance_margin=Decimal(0),
        margin_level=None,
        exposures=exposures,
        open_orders=0,
        missing_prices=("ETHBTC",) if equity is None else (),
    )


def exposure(
    quantity: str, *, buys: str = "0", sells: str = "0", instrument: str = "BTCUSDT", notional: str | None = None
) -> Exposure:
    """What is held and wanted of an instrument."""
    return Exposure(
        instrument_id=instrument,
        quantity=Decimal(quantity),
        notional=None if notional is None else Decimal(notional),
        open_buys=Decimal(buys),
        open_sells=Decimal(sells),
        mark=None,
    )


@pytest.mark.parametrize(
    ("figures", "fields", "needed"),
    [
        (account(), {"quantity": "10"}, None),
        (account(), {"quantity": "10.1"}, "101"),
        (account(exposure("4", notional="400")), {"quantity": "6"}, None),
        (account(exposure("4", notional="400")), {"quantity": "6.1"}, "101"),
        (account(exposure("4", buys="5", notional="400")), {"quantity": "2"}, "110"),
        (account(exposure("4", buys="5", sells="20", notional="400")), {"quantity": "2"}, None),
        (account(exposure("-4", notional="400")), {"quantity": "14"}, None),
        (account(exposure("-4", notional="400")), {"quantity": "15"}, "110"),
        (account(exposure("4", notional="400")), {"quantity": "15", "side": Side.SELL}, "110"),
        (account(exposure("3", instrument="ETHBTC", notional="600")), {"quantity": "5"}, "110"),
        (account(exposure("4", notional="400"), equity="-5"), {"quantity": "1", "side": Side.SELL}, None),
    ],
)
def test_the_initial_margin_of_an_order(figures: AccountFigures, fields: dict[str, Any], needed: str | None) -> None:
    """A tenth of the most that could be held; what raises that for its instrument has to be covered by equity."""
    margin = InitialMargin(StillMarkets(), rate=Decimal("0.1"))
    if needed is None:
        margin.check(request(**fields), figures)
        return

    with pytest.raises(RiskLimitExceeded) as raised:
        margin.check(request(**fields), figures)

    assert figures.equity is not None
    assert raised.value.details == {"limit": "initial_margin", "allowed": "100", "requested": needed}


def test_orders_of_instruments_that_are_not_held_count_at_the_market() -> None:
    """In account currency, by the rate of what they are quoted in."""
    markets = StillMarkets()
    markets.marks["ETHBTC"] = mark("0.5")
    figures = account(exposure("0", buys="10", instrument="ETHBTC"))

    with pytest.raises(RiskLimitExceeded) as raised:
        InitialMargin(markets, rate=Decimal("0.1")).check(request(quantity="6"), figures)

    assert raised.value.details["requested"] == "110"


def test_without_a_price_there_is_no_margin_to_be_known() -> None:
    """Of the account, of the instrument, or of the currency that it is quoted in."""
    markets = StillMarkets()
    margin = InitialMargin(markets, rate=Decimal("0.1"))

    with pytest.raises(Unavailable, match="ETHBTC"):
        margin.check(request(), account(equity=None))
    with pytest.raises(Unavailable, match="ETHBTC in USDT"):
        margin.check(request(instrument_id="ETHBTC"), account())
    markets.marks["ETHBTC"] = mark("0.5")
    markets.rates.clear()
    with pytest.raises(Unavailable, match="ETHBTC in USDT"):
        margin.check(request(instrument_id="ETHBTC"), account())
