"""Alerts against what is true of them whatever is seen, said and waited for, in whichever order."""

import collections
from typing import Any

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from components.contract.envelope import NS_PER_S
from components.model.errors import InvalidArgument
from components.model.platform_reports import Severity
from components.risk.alert_book import AlertBook
from components.risk.alerts import ALARM_ENDS_NS, LEVELS, AlertRules, Alerts, Cause
from components.risk.facts import Alert, AlertChanged, AlertEvent, AlertPassedOver, AlertState
from tests.support.alert_desk import make_cause, make_report
from tests.support.risk_cases import NOW_NS

RULES = AlertRules(hold_ns=30 * NS_PER_S, acknowledge_ns=100 * NS_PER_S, escalate_ns=40 * NS_PER_S)
RANKS = {severity: rank for rank, severity in enumerate(Severity)}
OPEN, ACKNOWLEDGED, RESOLVED = AlertState

MOVES = {
    (None, AlertEvent.RAISED): {OPEN},
    (OPEN, AlertEvent.UPDATED): {OPEN},
    (OPEN, AlertEvent.RISEN): {OPEN},
    (OPEN, AlertEvent.ESCALATED): {OPEN},
    (OPEN, AlertEvent.ACKNOWLEDGED): {ACKNOWLEDGED},
    (OPEN, AlertEvent.RESOLVED): {RESOLVED},
    (ACKNOWLEDGED, AlertEvent.UPDATED): {ACKNOWLEDGED},
    (ACKNOWLEDGED, AlertEvent.RISEN): {OPEN},
    (ACKNOWLEDGED, AlertEvent.REOPENED): {OPEN},
    (ACKNOWLEDGED, AlertEvent.ACKNOWLEDGED): {ACKNOWLEDGED},
    (ACKNOWLEDGED, AlertEvent.RESOLVED): {RESOLVED},
}
"""What may become of an alert: the table of its life, by state and event."""

causes = st.builds(
    lambda user_id, kind, severity, value: make_cause(
        severity, str(value), user_id=user_id, alert_type=kind, is_lasting=kind == "lasting"
    ),
    st.sampled_from(["alice", "bob"]),
    st.sampled_from(["lasting", "alarm"]),
    st.sampled_from(Severity),
    st.integers(1, 3),
)


@attrs.define
class Truth:
    """What is true of an alert that is not resolved."""

    alert: Alert
    seen: int
    worst: Severity
    raised_or_risen_ns: int
    escalated_ns: int


class AlertMachine(RuleBasedStateMachine):
    """Sees, clears, ends, mutes, acknowledges, hands in, and waits."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        super().__init__()
        self.now_ns = NOW_NS
        self.book = AlertBook()
        self.alerts = Alerts(RULES, self.book)
        self.replayed = AlertBook()
        self.truths: dict[str, Truth] = {}
        self.names: set[str] = set()
        self.sequence = 10
        self.take(self.alerts.hand_in(make_report(self.sequence, is_resolved=True), now_ns=self.now_ns))

    @rule(cause=causes)
    def see(self, cause: Cause) -> None:
        """A cause is there: its alert is, as severe as it ever was, and counts it."""
        known = self.truth_of(cause)
        self.take(self.alerts.see(cause, now_ns=self.now_ns))

        truth = self.truth_of(cause)
        assert truth is not None
        if known is not None:
            assert truth.alert.alert_id == known.alert.alert_id
            truth.seen += 1
        truth.worst = max(truth.worst, cause.severity, key=RANKS.__getitem__)
        assert truth.alert.severity is truth.worst

    @rule(cause=causes)
    def clear(self, cause: Cause) -> None:
        """A cause is not there: its alert is resolved, unless it is held."""
        truth = self.truth_of(cause)
        self.take(self.alerts.clear(cause.key, now_ns=self.now_ns))

        is_held = truth is not None and self.now_ns < truth.raised_or_risen_ns + RULES.hold_ns
        assert (self.truth_of(cause) is not None) == is_held

    @rule(cause=causes)
    def end(self, cause: Cause) -> None:
        """A cause is over: its alert is resolved after the hold at the latest, unless the cause comes again."""
        self.take(self.alerts.end(cause.key, now_ns=self.now_ns))

        truth = self.truth_of(cause)
        if truth is not None:
            assert truth.alert.resolve_ns == truth.raised_or_risen_ns + RULES.hold_ns

    @rule(cause=causes)
    def mute(self, cause: Cause) -> None:
        """Another alert takes its place."""
        self.take(self.alerts.drop(cause.key, "muted", now_ns=self.now_ns))

        assert self.truth_of(cause) is None

    @precondition(lambda self: self.truths)
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        """Somebody looks after one."""
        truth = self.truths[data.draw(st.sampled_from(sorted(self.truths)))]
        self.take([self.alerts.acknowledge(None, truth.alert.alert_id, by="desk", note=None, now_ns=self.now_ns)])

        assert truth.alert.acknowledge_ends_ns == self.now_ns + RULES.acknowledge_ns

    @precondition(lambda self: self.names - set(self.truths))
    @rule(data=st.data())
    def acknowledge_resolved(self, data: st.DataObject) -> None:
        """Nobody looks after what is over."""
        name = data.draw(st.sampled_from(sorted(self.names - set(self.truths))))
        try:
            self.alerts.acknowledge(None, name, by="desk", note=None, now_ns=self.now_ns)
        except InvalidArgument:
            return
        raise AssertionError("a resolved alert was acknowledged")

    @rule(severity=st.sampled_from(Severity), is_resolved=st.booleans(), step=st.integers(-2, 2))
    def hand_in(self, severity: Severity, is_resolved: bool, step: int) -> None:  # noqa: FBT001 - drawn
        """A platform tells of an alert of its own, or tells again what it told before."""
        known = self.sequence
        report = make_report(known + step, severity=severity, is_resolved=is_resolved)
        facts = self.alerts.hand_in(report, now_ns=self.now_ns)
        self.take(facts)

        assert len(facts) == (report.sequence > known)
        self.sequence = max(known, report.sequence)

    @rule(seconds=st.sampled_from([0.5, 1, 29, 30, 40, 61, 100]))
    def wait(self, seconds: float) -> None:
        """Time goes by, and what is due is done, until nothing is."""
        self.now_ns += int(seconds * NS_PER_S)
        for _ in range(50):
            facts = self.alerts.due(now_ns=self.now_ns, most=3)
            if not facts:
                break
            self.take(facts)
        else:
            raise AssertionError("something is due for ever")

        for truth in self.truths.values():
            alert = truth.alert
            assert alert.resolve_ns is None or alert.resolve_ns > self.now_ns
            assert alert.escalate_ns is None or alert.escalate_ns > self.now_ns
            if alert.alert_type == "alarm":
                assert alert.count == truth.seen or self.now_ns - alert.last_seen_ns < NS_PER_S

    @rule()
    def wait_for_days(self) -> None:
        """An alarm that nobody raises again ends."""
        self.now_ns += ALARM_ENDS_NS
        self.wait(1)

        assert all(truth.alert.alert_type != "alarm" for truth in self.truths.values())

    @invariant()
    def there_is_one_alert_a_cause(self) -> None:
        """And what is known of them is the same by any way."""
        alerts = list(self.book.unresolved())
        assert len({(alert.user_id, alert.dedup_key) for alert in alerts}) == len(alerts)
        assert {alert.alert_id: alert for alert in alerts} == {name: truth.alert for name, truth in self.truths.items()}
        for alert in alerts:
            assert (alert.state is ACKNOWLEDGED) == (alert.acknowledge_ends_ns is not None)
            assert alert.state is OPEN or alert.escalate_ns is None
            assert alert.escalation_level <= LEVELS

    @invariant()
    def the_facts_make_the_same_book(self) -> None:
        """Whoever applies them, or takes the state over."""
        restored = AlertBook()
        restored.restore(self.book.checkpoint())
        assert self.book.checkpoint() == self.replayed.checkpoint() == restored.checkpoint()
        assert self.book.counts == self.replayed.counts == restored.counts

    @invariant()
    def all_are_counted(self) -> None:
        """By kind and severity, a platform's as one kind."""
        counted = collections.Counter(
            ("platform" if one.is_handed_in else one.alert_type, one.severity.value) for one in self.book.unresolved()
        )
        assert self.book.counts == counted

    def take(self, facts: Any) -> None:
        """Apply facts, and check each of them."""
        for fact in facts:
            self.book.apply(fact)
            self.replayed.apply(fact)
            if not isinstance(fact, AlertPassedOver):
                self.check(fact)

    def check(self, fact: AlertChanged) -> None:
        """One step of one alert."""
        alert, event = fact.alert, fact.event
        truth = self.truths.get(alert.alert_id)
        assert alert.state in MOVES[None if truth is None else truth.alert.state, event]
        if truth is None:
            assert alert.alert_id not in self.names
            self.names.add(alert.alert_id)
            self.truths[alert.alert_id] = Truth(alert, 1, alert.severity, self.now_ns, self.now_ns)
            return
        assert RANKS[alert.severity] >= RANKS[truth.alert.severity]
        assert (event is AlertEvent.RISEN) == (alert.severity is not truth.alert.severity)
        if event is AlertEvent.RISEN:
            truth.raised_or_risen_ns = self.now_ns
        if event is AlertEvent.ESCALATED:
            assert RANKS[alert.severity] >= RANKS[Severity.ERROR]
            assert self.now_ns - truth.escalated_ns >= RULES.escalate_ns
        if event in (AlertEvent.ESCALATED, AlertEvent.RISEN, AlertEvent.REOPENED):
            truth.escalated_ns = self.now_ns
        if event is AlertEvent.RESOLVED:
            is_held = self.now_ns < truth.raised_or_risen_ns + RULES.hold_ns
            assert not is_held or alert.reason == "muted" or alert.is_handed_in
            del self.truths[alert.alert_id]
        truth.alert = alert

    def truth_of(self, cause: Cause) -> Truth | None:
        """What is true of a cause's alert."""
        alert = self.book.find(cause.key)
        return None if alert is None else self.truths[alert.alert_id]


TestAlerts: Any = AlertMachine.TestCase
TestAlerts.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
