"""Figures of risk: what is refused and why, what needs looking after, and which accounts are at their end."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from components.metrics.families import gauge
from components.model.errors import CommandRejected, Halted, RiskLimitExceeded


class RiskFigures(Protocol):
    """What is to be seen of risk now."""

    def count_alerts(self) -> Mapping[tuple[str, str], int]:
        """How many alerts are not resolved, by kind and severity."""

    def count_liquidated(self) -> int:
        """How many accounts are being liquidated."""

    def count_not_evaluated(self) -> int:
        """How many accounts cannot be judged, as a price is missing or too old."""


class RiskMetrics:
    """
    Count what risk does.

    Every label's values are few: the limits, the gateway's own kinds of alerts, and one for those of platforms.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._refusals = Counter(
            "tapecast_risk_refusals", "Orders and changes of orders that were refused.", ("limit",), registry=registry
        )
        self._liquidations = Counter(
            "tapecast_risk_liquidations", "Liquidations of accounts.", ("step",), registry=registry
        )
        self._collector = RiskCollector()
        registry.register(self._collector)

    def count_refusal(self, refusal: CommandRejected) -> None:
        """A command was refused: it counts where a limit did that, or a halt."""
        if isinstance(refusal, RiskLimitExceeded):
            self._refusals.labels(str(refusal.details["limit"])).inc()
        elif isinstance(refusal, Halted):
            self._refusals.labels("halted").inc()

    def count_liquidation(self, step: str) -> None:
        """A liquidation has `begun`, or `ended`."""
        self._liquidations.labels(step).inc()

    def watch(self, figures: RiskFigures) -> None:
        """Ask for what is to be seen whenever figures are collected."""
        self._collector.figures = figures


class RiskCollector(Collector):
    """
    Shows how risk is when somebody asks.

    Attributes:
        figures: Who knows; None where nobody does yet.
    """

    figures: RiskFigures | None = None

    def collect(self) -> Iterator[Metric]:
        """All families, also where nothing is known yet."""
        figures = self.figures
        alerts = {} if figures is None else figures.count_alerts()
        text = "Alerts that are not resolved."
        yield gauge("tapecast_risk_alerts", text, ["kind", "severity"], alerts.items())
        states = (
            {}
            if figures is None
            else {"liquidated": figures.count_liquidated(), "not_evaluated": figures.count_not_evaluated()}
        )
        text = "Accounts that are in such a state."
        yield gauge("tapecast_risk_accounts", text, ["state"], (((state,), count) for state, count in states.items()))
