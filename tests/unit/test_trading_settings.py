"""The settings of trading."""

from decimal import Decimal

import pytest

from components.model.errors import ConfigError
from components.trading.paper.paper_rules import CommissionIn
from components.trading.settings import TRADING_VARIABLES, Execution, TradingSettings
from tests.support.documents import code, table

SETTINGS = "docs/reference/settings.md"


@pytest.mark.parametrize("name", TRADING_VARIABLES)
def test_the_default_that_is_told_is_the_codes(name: str) -> None:
    """What the table gives as default, read as the variable's value, is what holds without it."""
    (default,) = [code(row["default"]) for row in table(SETTINGS, "variable") if code(row["variable"]) == name]

    assert TradingSettings.from_environment({name: default}) == TradingSettings()


def test_what_is_set_is_read() -> None:
    """Percents become shares, seconds nanoseconds, balances exact."""
    settings = TradingSettings.from_environment(
        {
            "TAPECAST_EXECUTION": "intake",
            "TAPECAST_ACCOUNT_CURRENCY": "EUR",
            "TAPECAST_PAPER_BALANCE": "EUR:0.000000000000000001,BTC:2",
            "TAPECAST_PAPER_LATENCY_MS": "25",
            "TAPECAST_PAPER_MAKER_PERCENT": "0.02",
            "TAPECAST_PAPER_TAKER_PERCENT": "0",
            "TAPECAST_PAPER_COMMISSION_IN": "received",
            "TAPECAST_PAPER_MARGIN_PERCENT": "20",
            "TAPECAST_PAPER_MAINTENANCE_PERCENT": "12.5",
            "TAPECAST_UNKNOWN_AFTER_S": "3",
        }
    )

    assert settings == TradingSettings(
        execution=Execution.INTAKE,
        currency="EUR",
        opening_balances={"EUR": Decimal("1E-18"), "BTC": Decimal(2)},
        latency_ns=25_000_000,
        maker_rate=Decimal("0.0002"),
        taker_rate=Decimal(0),
        commission_in=CommissionIn.RECEIVED,
        initial_rate=Decimal("0.2"),
        maintenance_rate=Decimal("0.125"),
        unknown_after_ns=3_000_000_000,
    )


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("EXECUTION", "real", "paper, intake or off"),
        ("ACCOUNT_CURRENCY", "US DT", "a currency such as USDT"),
        ("PAPER_BALANCE", "USDT", "currencies with amounts such as USDT:100000,BTC:1, with commas between them"),
        ("PAPER_BALANCE", "USDT:-1", "currencies with amounts such as USDT:100000,BTC:1, with commas between them"),
        ("PAPER_BALANCE", ",", "currencies with amounts such as USDT:100000,BTC:1, with commas between them"),
        ("PAPER_LATENCY_MS", "60001", "a whole number from 0 to 60000"),
        ("PAPER_MAKER_PERCENT", "100.1", "a number from 0 to 100"),
        ("PAPER_TAKER_PERCENT", "-1", "a number from 0 to 100"),
        ("PAPER_COMMISSION_IN", "base", "quote or received"),
        ("PAPER_MARGIN_PERCENT", "0", "off, or a number above 0 and up to 100"),
        ("PAPER_MARGIN_PERCENT", "on", "off, or a number above 0 and up to 100"),
        ("UNKNOWN_AFTER_S", "0", "a whole number from 1 to 3600"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line(name: str, value: str, expected: str) -> None:
    """The variable, its value, and what it must be."""
    with pytest.raises(ConfigError) as raised:
        TradingSettings.from_environment({f"TAPECAST_{name}": value})

    assert str(raised.value) == f"TAPECAST_{name}={value!r}: must be {expected}"


def test_what_has_to_stay_is_less_than_what_it_takes_to_open() -> None:
    """A position would be closed as soon as it is opened."""
    with pytest.raises(ConfigError, match="TAPECAST_PAPER_MAINTENANCE_PERCENT: must be less than"):
        TradingSettings.from_environment({"TAPECAST_PAPER_MARGIN_PERCENT": "5"})
