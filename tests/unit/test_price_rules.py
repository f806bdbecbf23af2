"""The settings of the one price."""

from decimal import Decimal

import pytest

from components.contract.envelope import NS_PER_S
from components.marketdata.price.price_rules import PriceRules
from components.model.errors import ConfigError


def test_nothing_set_is_the_usual() -> None:
    """Without settings, and with empty ones, the defaults hold."""
    assert PriceRules.from_environment({}) == PriceRules()
    assert PriceRules.from_environment({"TAPECAST_PRICE_STALE_S": ""}) == PriceRules()


def test_every_rule_can_be_set() -> None:
    """Seconds become nanoseconds, percent fractions."""
    rules = PriceRules.from_environment(
        {
            "TAPECAST_PRICE_STALE_S": "1",
            "TAPECAST_PRICE_STALE_CAP_S": "2",
            "TAPECAST_PRICE_LEAVE_S": "3",
            "TAPECAST_PRICE_RETURN_S": "4",
            "TAPECAST_PRICE_RETURN_MESSAGES": "5",
            "TAPECAST_PRICE_DWELL_S": "6",
            "TAPECAST_PRICE_SWITCHES_PER_HOUR": "7",
            "TAPECAST_PRICE_EXIT_PERCENT": "9",
            "TAPECAST_PRICE_REENTRY_PERCENT": "8",
            "TAPECAST_PRICE_OUTLIER_PERCENT": "10",
        }
    )

    assert rules == PriceRules(
        stale_ns=NS_PER_S,
        stale_cap_ns=2 * NS_PER_S,
        leave_ns=3 * NS_PER_S,
        return_ns=4 * NS_PER_S,
        return_messages=5,
        dwell_ns=6 * NS_PER_S,
        switches_per_hour=7,
        exit_band=Decimal("0.09"),
        reentry_band=Decimal("0.08"),
        outlier_band=Decimal("0.1"),
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"STALE_S": "0"}, "TAPECAST_PRICE_STALE_S='0': must be a whole number from 1 to 86400"),
        ({"EXIT_PERCENT": "101"}, "TAPECAST_PRICE_EXIT_PERCENT='101': must be a whole number from 1 to 100"),
        (
            {"SWITCHES_PER_HOUR": "2"},
            "TAPECAST_PRICE_SWITCHES_PER_HOUR='2': must be a whole number from 3 to 1000",
        ),
        ({"STALE_S": "200"}, "TAPECAST_PRICE_STALE_S: must not be more than TAPECAST_PRICE_STALE_CAP_S"),
        ({"LEAVE_S": "30"}, "TAPECAST_PRICE_LEAVE_S: must be less than TAPECAST_PRICE_RETURN_S"),
        ({"REENTRY_PERCENT": "5"}, "TAPECAST_PRICE_REENTRY_PERCENT: must be less than TAPECAST_PRICE_EXIT_PERCENT"),
    ],
)
def test_what_cannot_be_is_refused(settings: dict[str, str], message: str) -> None:
    """A value out of range, or two that do not go together, are told by name."""
    with pytest.raises(ConfigError) as raised:
        PriceRules.from_environment({f"TAPECAST_PRICE_{name}": value for name, value in settings.items()})

    assert str(raised.value) == message
