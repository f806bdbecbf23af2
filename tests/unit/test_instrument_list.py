"""The instruments as the market lists them: which can be traded, by which rules, and which tell rates."""

from decimal import Decimal

import pytest

from components.model.errors import Unavailable, UnknownInstrument
from components.trading.live.instrument_list import InstrumentList
from components.trading.live.markets import InstrumentRules
from tests.support.market_owner import row


def listed(*rows: dict[str, object]) -> InstrumentList:
    """A list of these rows."""
    made = InstrumentList()
    made.replace(rows)
    return made


def test_an_instrument_is_found_by_its_id_and_its_aliases() -> None:
    """The first venue is the one that counts."""
    instruments = listed(row("BTCUSDT", "BTC", "USDT", venues=["sim", "binance"]))

    rules = instruments.rules("BTC/USDT")

    assert rules is instruments.rules("BTCUSDT") is instruments.find("BTCUSDT")
    assert rules == InstrumentRules(
        instrument_id="BTCUSDT",
        venue="sim",
        base="BTC",
        quote="USDT",
        tick_size=Decimal("0.01"),
        lot_size=Decimal("0.001"),
        min_notional=Decimal(5),
    )


@pytest.mark.parametrize("name", ["tick_size", "lot_size", "min_notional"])
@pytest.mark.parametrize("told", [None, "0", "0.00000000"])
def test_a_rule_that_is_not_told_or_zero_is_none(name: str, told: str | None) -> None:
    """Venues write zero where they have no such rule."""
    assert getattr(listed(row("BTCUSDT", "BTC", "USDT", **{name: told})).rules("BTCUSDT"), name) is None


def test_an_instrument_that_is_halted_says_so() -> None:
    """It is known all the same."""
    assert not listed(row("BTCUSDT", "BTC", "USDT", state="halted")).rules("BTCUSDT").is_trading


@pytest.mark.parametrize(
    "other", [{"base": None}, {"quote": None}, {"venues": []}, {"tick_size": "x"}, {"lot_size": "NaN"}]
)
def test_what_cannot_be_traded_is_unknown(other: dict[str, object]) -> None:
    """Without currencies, a venue, or rules that can be read."""
    instruments = listed({**row("BTCUSDT", "BTC", "USDT"), **other})

    with pytest.raises(UnknownInstrument):
        instruments.rules("BTCUSDT")


def test_before_the_first_list_nothing_is_unknown() -> None:
    """It can be asked for again."""
    instruments = InstrumentList()

    with pytest.raises(Unavailable):
        instruments.rules("BTCUSDT")
    assert not instruments.is_known


def test_a_new_list_takes_the_place_of_the_old() -> None:
    """What it lacks is unknown from then on."""
    instruments = listed(row("BTCUSDT", "BTC", "USDT"))
    instruments.replace([row("ETHUSDT", "ETH", "USDT")])

    assert instruments.find("BTCUSDT") is None
    assert instruments.pair("BTC", "USDT") is None
    with pytest.raises(UnknownInstrument):
        instruments.rules("BTC/USDT")


def test_a_pair_of_currencies_is_told_by_the_first_instrument_of_both() -> None:
    """In the order of the list, and in this direction alone."""
    instruments = listed(row("BTCUSD1", "BTC", "USD"), row("BTCUSD2", "BTC", "USD"))

    assert instruments.pair("BTC", "USD") == "BTCUSD1"
    assert instruments.pair("USD", "BTC") is None
