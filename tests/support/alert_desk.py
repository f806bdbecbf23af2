"""Alerts on a clock in the test's hands."""

from decimal import Decimal
from typing import Any

import attrs

from components.contract.envelope import NS_PER_S
from components.model.platform_reports import AlertReport, Severity
from components.risk.alert_book import AlertBook
from components.risk.alerts import AlertRules, Alerts, Cause
from components.risk.facts import Alert, AlertChanged, AlertPassedOver
from tests.support.risk_cases import NOW_NS

RULES = AlertRules(hold_ns=30 * NS_PER_S, acknowledge_ns=3600 * NS_PER_S, escalate_ns=300 * NS_PER_S)


def make_cause(severity: Severity = Severity.ERROR, value: str = "21", **fields: Any) -> Cause:
    """Something that is wrong with alice's account."""
    return Cause(
        **{
            "user_id": "alice",
            "alert_type": "drawdown",
            "severity": severity,
            "message": f"it is {value}",
            "current_value": Decimal(value),
            **fields,
        }
    )


def make_report(sequence: int, *, severity: Severity = Severity.WARNING, **fields: Any) -> AlertReport:
    """What a platform tells of an alert of its own."""
    return AlertReport(
        **{
            "user_id": "alice",
            "sequence": sequence,
            "ts_ns": NOW_NS,
            "dedup_key": "k1",
            "alert_type": "theirs",
            "severity": severity,
            "message": "as told",
            **fields,
        }
    )


@attrs.define
class AlertHand:
    """
    What is seen and done, and what comes of it.

    Attributes:
        told: Event and state of every change, in order.
    """

    book: AlertBook = attrs.field(factory=AlertBook)
    rules: AlertRules = RULES
    now_ns: int = NOW_NS
    told: list[tuple[str, str]] = attrs.field(factory=list)
    alerts: Alerts = attrs.field(init=False)

    @alerts.default
    def _make_alerts(self) -> Alerts:
        return Alerts(self.rules, self.book)

    def wait(self, seconds: float) -> None:
        """Time goes by, and nobody looks."""
        self.now_ns += int(seconds * NS_PER_S)

    def pass_time(self, seconds: float) -> None:
        """Time goes by, and what is due is done."""
        self.wait(seconds)
        self.take(self.alerts.due(now_ns=self.now_ns, most=100))

    def see(self, cause: Cause | None = None) -> None:
        """It is seen."""
        self.take(self.alerts.see(cause or make_cause(), now_ns=self.now_ns))

    def clear(self, cause: Cause | None = None) -> None:
        """It is not there."""
        self.take(self.alerts.clear((cause or make_cause()).key, now_ns=self.now_ns))

    def end(self, cause: Cause) -> None:
        """It is over."""
        self.take(self.alerts.end(cause.key, now_ns=self.now_ns))

    def hand_in(self, *reports: AlertReport) -> None:
        """A platform tells."""
        for report in reports:
            self.take(self.alerts.hand_in(report, now_ns=self.now_ns))

    def acknowledge(self, by: str = "desk") -> None:
        """Somebody looks after the only alert."""
        fact = self.alerts.acknowledge(None, self.only.alert_id, by=by, note="on it", now_ns=self.now_ns)
        self.take([fact])

    def take(self, facts: "list[AlertChanged] | list[AlertChanged | AlertPassedOver]") -> None:
        """Apply facts."""
        for fact in facts:
            self.book.apply(fact)
            if isinstance(fact, AlertChanged):
                self.told.append((fact.event.value, fact.alert.state.value))

    @property
    def only(self) -> Alert:
        """The only alert that is not resolved."""
        (alert,) = self.book.unresolved()
        return alert
