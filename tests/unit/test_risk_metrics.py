"""What is counted of risk."""

import pytest
from prometheus_client import CollectorRegistry

from components.metrics.risk import RiskMetrics
from components.model.errors import CommandRejected, Halted, RiskLimitExceeded, UnknownOrder


@pytest.fixture
def registry() -> CollectorRegistry:
    """Where it is counted."""
    return CollectorRegistry()


@pytest.mark.parametrize(
    ("refusal", "limit"),
    [(RiskLimitExceeded("balance", allowed="1", requested="2"), "balance"), (Halted("not now"), "halted")],
)
def test_refusals_are_counted_by_what_refused(
    registry: CollectorRegistry, refusal: CommandRejected, limit: str
) -> None:
    """A limit by its name; a halt is none, and counts as itself."""
    metrics = RiskMetrics(registry)

    metrics.count_refusal(refusal)
    metrics.count_refusal(refusal)

    assert registry.get_sample_value("tapecast_risk_refusals_total", {"limit": limit}) == 2


def test_what_is_refused_for_another_reason_is_not_risk(registry: CollectorRegistry) -> None:
    """It is not counted here."""
    RiskMetrics(registry).count_refusal(UnknownOrder("there is no such order"))

    (family,) = [one for one in registry.collect() if one.name == "tapecast_risk_refusals"]
    assert family.samples == []


def test_before_risk_is_there_nothing_is_known(registry: CollectorRegistry) -> None:
    """The families are, without a sample."""
    RiskMetrics(registry)

    assert {one.name for one in registry.collect() if not one.samples} >= {
        "tapecast_risk_alerts",
        "tapecast_risk_accounts",
    }
