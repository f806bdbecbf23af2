"""What an account is worth at the marks of now, and what is not known where a price is missing."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from components.model.accounts import AccountFigures, Mark
from components.model.errors import Unavailable, UnknownInstrument
from components.trading.facts import BalanceHandedIn, MarginHandedIn, PositionHandedIn
from components.trading.ledger.figures import MarginRules, figures
from components.trading.live.markets import InstrumentRules
from tests.support.ledger_facts import DAY_NS, LedgerTeller, texts

RULES = MarginRules(currency="USDT", maintenance_rate=Decimal("0.05"))


@attrs.define
class FixedMarkets:
    """Markets that are told what everything is worth."""

    marks: dict[str, Mark] = attrs.field(factory=dict)
    rates: dict[str, str] = attrs.field(factory=dict)
    instruments: dict[str, InstrumentRules] = attrs.field(factory=dict)
    is_there: bool = True

    def rules(self, name: str) -> InstrumentRules:
        if not self.is_there:
            raise Unavailable("not known yet")
        if name not in self.instruments:
            raise UnknownInstrument(f"there is no {name}")
        return self.instruments[name]

    def mark(self, instrument_id: str) -> Mark | None:
        return self.marks.get(instrument_id)

    def rate(self, currency: str, into: str) -> Decimal | None:
        assert into == "USDT"
        rate = self.rates.get(currency)
        return None if rate is None else Decimal(rate)


def mark(price: str | None = None, bid: str | None = None, ask: str | None = None) -> Mark:
    numbers = [None if one is None else Decimal(one) for one in (price, bid, ask)]
    return Mark(price=numbers[0], bid=numbers[1], ask=numbers[2], ts_ns=1)


@pytest.fixture
def markets() -> FixedMarkets:
    """BTC is worth 120 USDT."""
    return FixedMarkets(marks={"BTCUSDT": mark("120", "119", "121")}, rates={"BTC": "120"})


@pytest.fixture
def teller() -> LedgerTeller:
    return LedgerTeller()


def reckon(teller: LedgerTeller, markets: Any, user_id: str = "alice") -> AccountFigures:
    return figures(teller.ledger, user_id, markets, RULES, now_ns=teller.now_ns)


def test_a_cash_account_is_worth_its_balances(teller: LedgerTeller, markets: FixedMarkets) -> None:
    """What is held is in them; margin has nothing to do with it."""
    teller.open(USDT="1000", BTC="1")
    teller.trade("a", "buy", "2", "100", "1 USDT")

    told = reckon(teller, markets)

    assert texts(told.balance, told.equity, told.unrealised_pnl) == ["1159", "1159", "40"]
    assert texts(told.maintenance_margin, told.margin_level) == ["0", None]
    assert (told.is_margin, told.is_external) == (False, False)
    assert (told.currency, told.missing_prices) == ("USDT", ())


def test_a_margin_account_is_worth_its_balances_and_what_it_would_realise(
    teller: LedgerTeller, markets: FixedMarkets
) -> None:
    """The level is equity through maintenance margin, to 18 places."""
    teller.open(USDT="1000", is_margin=True)
    teller.trade("a", "sell", "3", "100", "1 USDT")

    told = reckon(teller, markets)

    assert texts(told.balance, told.unrealised_pnl, told.equity) == ["999", "-60", "939"]
    assert texts(told.maintenance_margin, told.margin_level) == ["18", "52.166666666666666667"]
    assert [texts(one.quantity, one.notional) for one in told.exposures] == [["-3", "360"]]


@pytest.mark.parametrize(("side", "unrealised"), [("buy", 19), ("sell", -21)])
def test_without_a_price_a_position_is_worth_what_it_could_be_closed_at(
    teller: LedgerTeller, markets: FixedMarkets, side: str, unrealised: int
) -> None:
    """The bid where it is long, the ask where it is short."""
    markets.marks["BTCUSDT"] = mark(None, "119", "121")
    teller.open(USDT="1000", is_margin=True)
    teller.trade("a", side, "1", "100")

    assert reckon(teller, markets).unrealised_pnl == unrealised


@pytest.mark.parametrize("known", [None, mark(None, None, "121")])
def test_a_missing_price_is_not_zero(teller: LedgerTeller, markets: FixedMarkets, known: Mark | None) -> None:
    """What depends on it is not known, and the instrument is named."""
    markets.marks = {} if known is None else {"BTCUSDT": known}
    teller.open(USDT="1000", is_margin=True)
    teller.trade("a", "buy", "1", "100")

    told = reckon(teller, markets)

    assert told.missing_prices == ("BTCUSDT",)
    assert told.equity is told.unrealised_pnl is told.maintenance_margin is told.margin_level is None
    assert told.balance == 1000
    assert [(one.notional, one.mark) for one in told.exposures] == [(None, known)]


def test_a_currency_without_a_rate_is_not_zero(teller: LedgerTeller, markets: FixedMarkets) -> None:
    """Balance, equity and what was put in are not known then; what nothing is held of is not missed."""
    teller.open(USDT="1000", ETH="1", XRP="0")

    told = reckon(teller, markets)

    assert told.balance is told.equity is told.transferred is None
    assert told.missing_prices == ("ETH",)


def test_profits_in_another_currency_are_converted(teller: LedgerTeller, markets: FixedMarkets) -> None:
    """What was realised and what would be, at the rate of their quote currency."""
    markets.marks["ETHBTC"] = mark("0.3")
    teller.open(USDT="1000", is_margin=True)
    for name, side, price in (("a", "buy", "0.1"), ("b", "sell", "0.2")):
        quantity = "2" if side == "buy" else "1"
        teller.trade(name, side, quantity, price, "0 BTC", instrument_id="ETHBTC", base="ETH", quote="BTC")

    told = reckon(teller, markets)

    assert told.realised_pnl == told.realised_pnl_today == 12
    assert told.unrealised_pnl == 24
    assert [one.notional for one in told.exposures] == [36]
    markets.rates = {}
    unknown = reckon(teller, markets)
    assert unknown.realised_pnl is unknown.realised_pnl_today is unknown.unrealised_pnl is None
    assert unknown.missing_prices == ("BTC",)


def test_what_was_realised_today_ends_with_the_day(teller: LedgerTeller, markets: FixedMarkets) -> None:
    """At midnight UTC it is nothing, while what was realised in all stays."""
    teller.open(USDT="1000", is_margin=True)
    teller.trade("a", "buy", "1", "100")
    teller.trade("b", "sell", "1", "110")
    today = reckon(teller, markets)
    teller.now_ns = DAY_NS
    tomorrow = reckon(teller, markets)

    assert texts(today.realised_pnl, today.realised_pnl_today) == ["10", "10"]
    assert texts(tomorrow.realised_pnl, tomorrow.realised_pnl_today) == ["10", "0"]


def test_what_was_put_in_counts_at_what_it_was_worth(teller: LedgerTeller, markets: FixedMarkets) -> None:
    """So that a price that falls is no withdrawal; at today's worth only where it was not known."""
    teller.open(USDT="1000", BTC="1", worth="1100")
    teller.adjust("first", "-1", "BTC", worth="-130")
    teller.adjust("second", "2", "BTC")

    assert reckon(teller, markets).transferred == 1100 - 130 + 240


def test_open_orders_are_exposed_too(teller: LedgerTeller, markets: FixedMarkets) -> None:
    """Instruments that are held come first, then those that are only ordered, which need no price."""
    teller.open(USDT="1000", BTC="5", ETH="5")
    teller.place("a", "sell", "1", "100", instrument_id="ETHUSDT", base="ETH")
    teller.place("b", "buy", "1", "100", budget="100")
    teller.place("c", "buy", "2", "100", budget="200")
    teller.fill("b", "e1", "0.5", "100")

    told = reckon(teller, markets)

    amounts = [texts(one.quantity, one.notional, one.open_buys, one.open_sells) for one in told.exposures]
    assert [one.instrument_id for one in told.exposures] == ["BTCUSDT", "ETHUSDT"]
    assert amounts == [["0.5", "60", "2.5", "0"], ["0", "0", "0", "1"]]
    assert told.open_orders == 3
    assert "ETHUSDT" not in told.missing_prices


def test_nobody_has_nothing_at_stake(teller: LedgerTeller, markets: FixedMarkets) -> None:
    """An account that does not exist has nothing, and misses nothing."""
    told = reckon(teller, markets)

    assert texts(told.balance, told.equity, told.transferred, told.margin_level) == ["0", "0", "0", None]
    assert (told.open_orders, told.exposures, told.missing_prices) == (0, (), ())


def tell_position(teller: LedgerTeller, **other: Any) -> None:
    fact = PositionHandedIn(
        ts_ns=7,
        user_id="alice",
        instrument_id="XAUUSD",
        venue="acme",
        quantity=Decimal(2),
        average_price=Decimal(100),
        realised_pnl=Decimal(5),
        sequence=1,
        **other,
    )
    teller.apply(fact)


def test_a_platforms_marks_come_before_the_markets(teller: LedgerTeller, markets: FixedMarkets) -> None:
    """What it told of mark and profit is taken, in the instrument's quote currency."""
    markets.instruments["XAUUSD"] = InstrumentRules(instrument_id="XAUUSD", venue="acme", base="XAU", quote="USD")
    markets.rates["USD"] = "2"
    tell_position(teller, mark_price=Decimal(110), unrealised_pnl=Decimal(19))

    told = reckon(teller, markets)

    assert texts(told.unrealised_pnl, told.realised_pnl) == ["38", "10"]
    assert texts(told.exposures[0].notional) == ["440"]
    assert told.exposures[0].mark == Mark(price=Decimal(110), ts_ns=7)


@pytest.mark.parametrize("is_there", [True, False])
def test_an_instrument_that_is_not_known_has_no_currency(
    teller: LedgerTeller, markets: FixedMarkets, *, is_there: bool
) -> None:
    """What a platform told of it cannot be valued, and it is named."""
    markets.is_there = is_there
    tell_position(teller, mark_price=Decimal(110))

    told = reckon(teller, markets)

    assert told.unrealised_pnl is told.realised_pnl is None
    assert told.missing_prices == ("XAUUSD",)


@pytest.mark.parametrize(("currency", "equity", "maintenance"), [(None, "90", "60"), ("BTC", "10800", "7200")])
def test_a_platforms_margin_is_taken_as_told(
    teller: LedgerTeller, markets: FixedMarkets, currency: str | None, equity: str, maintenance: str
) -> None:
    """Equity and maintenance margin are the platform's, the level is reckoned as everyone's."""
    teller.apply(
        BalanceHandedIn(ts_ns=1, user_id="alice", currency="USDT", total=Decimal(100), locked=Decimal(0), sequence=1)
    )
    teller.apply(
        MarginHandedIn(
            ts_ns=1,
            user_id="alice",
            margin_level=Decimal(150),
            formula="equity / used * 100",
            equity=Decimal(90),
            maintenance_margin=Decimal(60),
            sequence=1,
            currency=currency,
        )
    )

    told = reckon(teller, markets)

    assert (told.is_margin, told.is_external) == (True, True)
    assert texts(told.balance, told.equity, told.maintenance_margin) == ["100", equity, maintenance]
    assert told.margin_level == Decimal("1.5")
