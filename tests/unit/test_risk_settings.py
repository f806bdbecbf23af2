"""The settings of risk."""

from decimal import Decimal

import pytest

from components.contract.envelope import NS_PER_S
from components.model.errors import ConfigError
from components.risk.limits import KINDS, Limits
from components.risk.settings import RISK_VARIABLES, RiskSettings
from tests.support.documents import code, table


def test_without_variables_the_defaults_hold() -> None:
    """An empty one counts as not set."""
    assert RiskSettings.from_environment({}) == RiskSettings() == RiskSettings.from_environment({RISK_VARIABLES[0]: ""})


def test_every_variable_sets_its_own() -> None:
    """Limits by their names, and how alerts get along."""
    settings = RiskSettings.from_environment(
        {
            "TAPECAST_RISK_ORDER_NOTIONAL": "2500.50",
            "TAPECAST_RISK_OPEN_ORDERS": "off",
            "TAPECAST_RISK_CONCENTRATION_PERCENT": "60",
            "TAPECAST_RISK_DAY_HOUR": "23",
            "TAPECAST_RISK_HYSTERESIS_PERCENT": "0",
            "TAPECAST_RISK_HOLD_S": "1",
            "TAPECAST_RISK_ACKNOWLEDGE_S": "2",
            "TAPECAST_RISK_ESCALATE_S": "3",
        }
    )

    assert settings == RiskSettings(
        limits=Limits(order_notional=Decimal("2500.5"), open_orders=None, concentration_percent=Decimal(60)),
        day_hour=23,
        hysteresis_percent=Decimal(0),
        hold_ns=NS_PER_S,
        acknowledge_ns=2 * NS_PER_S,
        escalate_ns=3 * NS_PER_S,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ORDER_NOTIONAL", "0"),
        ("ORDER_NOTIONAL", "-1"),
        ("ORDER_NOTIONAL", "1e6"),
        ("ORDER_NOTIONAL", "nan"),
        ("OPEN_ORDERS", "1.5"),
        ("DRAWDOWN_PERCENT", "101"),
        ("DAY_HOUR", "24"),
        ("HYSTERESIS_PERCENT", "51"),
        ("HOLD_S", "0"),
        ("ESCALATE_S", "86401"),
    ],
)
def test_a_value_that_does_not_fit_is_named(name: str, value: str) -> None:
    """With the variable, what was received and what it must be."""
    with pytest.raises(ConfigError, match=f"TAPECAST_RISK_{name}='{value}': must be "):
        RiskSettings.from_environment({f"TAPECAST_RISK_{name}": value})


def test_margin_levels_must_be_in_order() -> None:
    """No account is liquidated before it is called."""
    with pytest.raises(ConfigError, match="TAPECAST_RISK_MARGIN_LIQUIDATION_LEVEL: must be less"):
        RiskSettings.from_environment({"TAPECAST_RISK_MARGIN_CALL_LEVEL": "1.05"})


def test_the_reference_tells_the_defaults() -> None:
    """What the table of settings gives as default is what holds without the variable."""
    rows = {code(row["variable"]): code(row["default"]) for row in table("docs/reference/settings.md", "variable")}

    told = {name: rows[name] for name in RISK_VARIABLES}

    assert RiskSettings.from_environment(told) == RiskSettings()


def test_the_reference_tells_every_limit() -> None:
    """Name, unit, and whether it can differ by instrument."""
    rows = table("docs/reference/risk.md", "limit")

    assert [(code(row["limit"]), row["unit"], row["by instrument"]) for row in rows] == [
        (kind.name, kind.unit, "yes" if kind.has_instruments else "no") for kind in KINDS
    ]
