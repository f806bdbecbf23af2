"""
Alerts: one for each account, type and instrument, from when its cause comes up until it is over.

| state | what happens | state then | event |
|---|---|---|---|
| none | the cause comes up | `open` | `raised` |
| `open`, `acknowledged` | the cause is seen again; told at most once in `REPEAT_NS` | the same | `updated` |
| `open`, `acknowledged` | it is worse than ever: the severity rises | `open` | `risen` |
| `open`, `acknowledged` | somebody says that it is looked after | `acknowledged` | `acknowledged` |
| `acknowledged` | that was too long ago | `open` | `reopened` |
| `open` | nobody acknowledged an error or worse in time, up to `LEVELS` times | `open` | `escalated` |
| `open`, `acknowledged` | the cause is over, and so is the hold since it was raised or rose | `resolved` | `resolved` |

`resolved` is final: a cause that comes up again opens another alert with the same key. A severity never falls.

Source: PagerDuty Events API v2 for the key and the severities; Prometheus Alertmanager for muting one alert by another.
"""

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import attrs
import msgspec

from components.contract.envelope import NS_PER_S
from components.model.errors import InvalidArgument
from components.model.platform_reports import AlertReport, Severity
from components.risk.alert_book import AlertBook, Key
from components.risk.facts import Alert, AlertChanged, AlertEvent, AlertPassedOver, AlertState

UNRESOLVED_MOST = 200
"""Of one account. For one more of the gateway's own the oldest of the least severe makes room."""

REPEAT_NS = 60 * NS_PER_S
ALARM_REPEAT_NS = NS_PER_S
ALARM_ENDS_NS = 24 * 3600 * NS_PER_S
LEVELS = 3

OVER = "over"
EXPIRED = "expired"
DISPLACED = "displaced"

_HASH_CHARS = 32
_RANKS = {severity: number for number, severity in enumerate(Severity)}
_ESCALATING = frozenset({Severity.ERROR, Severity.CRITICAL})


@attrs.frozen(kw_only=True)
class AlertRules:
    """
    How alerts get along.

    Attributes:
        hold_ns: How long one is kept at least, once it was raised or has risen.
        acknowledge_ns: How long an acknowledgement counts.
        escalate_ns: How soon an error or worse that nobody acknowledges escalates, and again.
    """

    hold_ns: int
    acknowledge_ns: int
    escalate_ns: int


@attrs.frozen(kw_only=True)
class Cause:
    """
    What an alert is about, as it is seen now.

    Attributes:
        is_lasting: Whether whoever sees it also sees when it is over; else its alert ends a day after it was seen last.
    """

    user_id: str
    alert_type: str
    severity: Severity
    message: str
    instrument_id: str | None = None
    limit_value: Decimal | None = None
    current_value: Decimal | None = None
    is_lasting: bool = True

    @property
    def key(self) -> Key:
        """Which alert it is about."""
        return gateway_key(self.user_id, self.alert_type, self.instrument_id)


@attrs.frozen
class _Untold:
    alert_id: str
    cause: Cause
    seen_ns: int
    count: int


def dedup_key(user_id: str, alert_type: str, instrument_id: str | None) -> str:
    """What all alerts of one account, type and instrument have in common."""
    return _hash(user_id, alert_type, instrument_id)


def gateway_key(user_id: str, alert_type: str, instrument_id: str | None) -> Key:
    """Which alert of the gateway's own it is."""
    return user_id, f"gateway:{dedup_key(user_id, alert_type, instrument_id)}"


class Alerts:
    """
    Decide what becomes of alerts.

    Sans-I/O. Every method returns facts, which count when they are applied to the book. What is seen again too soon to
    be told is counted here meanwhile, and lost with the process.
    """

    def __init__(self, rules: AlertRules, book: AlertBook) -> None:
        """Decide on the alerts of a book."""
        self._rules = rules
        self._book = book
        self._untold: dict[Key, _Untold] = {}

    def see(self, cause: Cause, *, now_ns: int) -> list[AlertChanged]:
        """A cause is there."""
        alert = self._book.find(cause.key)
        if alert is None:
            return [*self._make_room(cause.user_id, now_ns), self._raised(cause, now_ns)]
        is_risen = _RANKS[cause.severity] > _RANKS[alert.severity]
        if not is_risen and not _is_ending(alert, cause) and self._is_too_soon(alert, cause, now_ns):
            return []
        count = alert.count + self._count_untold(alert, cause.key) + 1
        self._untold.pop(cause.key, None)
        seen = _replace(alert, **_seen(cause, now_ns), count=count)
        return [self._risen(seen, cause.severity, now_ns) if is_risen else _changed(AlertEvent.UPDATED, seen, now_ns)]

    def clear(self, key: Key, *, now_ns: int) -> list[AlertChanged]:
        """A lasting cause is not there: its alert is resolved, unless it is held; whoever sees that says so again."""
        alert = self._book.find(key)
        return [self._resolved(alert, OVER, now_ns)] if alert is not None and self._held_ns(alert) <= now_ns else []

    def end(self, key: Key, *, now_ns: int) -> list[AlertChanged]:
        """A cause is over, which is said once: its alert is resolved, now or when it has been held."""
        alert = self._book.find(key)
        if alert is None:
            return []
        held_ns = self._held_ns(alert)
        if held_ns <= now_ns:
            return [self._resolved(alert, OVER, now_ns)]
        return [_changed(AlertEvent.UPDATED, _replace(alert, resolve_ns=held_ns), now_ns)]

    def drop(self, key: Key, reason: str, *, now_ns: int) -> list[AlertChanged]:
        """An alert is resolved at once because of another one."""
        alert = self._book.find(key)
        return [] if alert is None else [self._resolved(alert, reason, now_ns)]

    def acknowledge(
        self, user_id: str | None, alert_id: str, *, by: str, note: str | None, now_ns: int
    ) -> AlertChanged:
        """
        Somebody looks after an alert, of an account or of any: it does not escalate for a while.

        Raises:
            InvalidArgument: There is no such alert, or it is resolved.
        """
        alert = self._book.find_by_id(alert_id)
        if alert is None or user_id not in (None, alert.user_id):
            raise InvalidArgument("alert_id", "there is no alert of that name that is not resolved")
        acknowledged = _replace(
            alert,
            state=AlertState.ACKNOWLEDGED,
            acknowledged_by=by,
            acknowledged_ns=now_ns,
            acknowledge_ends_ns=now_ns + self._rules.acknowledge_ns,
            note=note,
            escalate_ns=None,
        )
        return _changed(AlertEvent.ACKNOWLEDGED, acknowledged, now_ns)

    def check_handed_in(self, reports: Sequence[AlertReport]) -> None:
        """
        Whether a platform's alerts can all be kept.

        Raises:
            InvalidArgument: An account would have too many.
        """
        there: dict[str, set[str]] = {}
        for place, report in enumerate(reports):
            keys = there.setdefault(report.user_id, set())
            if not report.is_resolved and self._book.find(_platform_key(report)) is None:
                keys.add(report.dedup_key)
            if keys and self._book.count_unresolved(report.user_id) + len(keys) > UNRESOLVED_MOST:
                raise InvalidArgument(
                    f"events[{place}].dedup_key", f"the account has {UNRESOLVED_MOST} alerts that are not resolved"
                )

    def hand_in(self, report: AlertReport, *, now_ns: int) -> list[AlertChanged | AlertPassedOver]:
        """A platform tells an alert of its own; what is not newer than what it told last changes nothing."""
        alert = self._book.find(_platform_key(report))
        newest = self._book.sequence(report.user_id, report.dedup_key)
        if newest is None and alert is not None:
            newest = alert.sequence
        if newest is not None and report.sequence <= newest:
            return []
        if report.is_resolved:
            if alert is not None:
                return [self._resolved(_replace(alert, sequence=report.sequence), OVER, now_ns)]
            passed = AlertPassedOver(
                ts_ns=now_ns, user_id=report.user_id, dedup_key=report.dedup_key, sequence=report.sequence
            )
            return [passed]
        return [self._taken_in(alert, report, now_ns)]

    def due(self, *, now_ns: int, most: int) -> list[AlertChanged]:
        """What time has made of alerts: so many of them at most, and of each one step."""
        told = list(itertools.islice(self._tell_untold(now_ns), most))
        touched = {fact.alert.alert_id for fact in told}
        due = (alert for alert in self._book.unresolved() if _is_due(alert, now_ns) and alert.alert_id not in touched)
        return [*told, *(self._moved_on(alert, now_ns) for alert in itertools.islice(due, most - len(told)))]

    def _tell_untold(self, now_ns: int) -> Iterator[AlertChanged]:
        for key, untold in list(self._untold.items()):
            alert = self._book.find(key)
            if alert is None or alert.alert_id != untold.alert_id:
                del self._untold[key]
            elif now_ns - alert.last_seen_ns >= ALARM_REPEAT_NS:
                del self._untold[key]
                seen = _replace(alert, **_seen(untold.cause, untold.seen_ns), count=alert.count + untold.count)
                yield _changed(AlertEvent.UPDATED, seen, now_ns)

    def _is_too_soon(self, alert: Alert, cause: Cause, now_ns: int) -> bool:
        if cause.is_lasting:
            is_news = (cause.message, cause.current_value) != (alert.message, alert.current_value)
            return not is_news or now_ns - alert.last_seen_ns < REPEAT_NS
        if now_ns - alert.last_seen_ns >= ALARM_REPEAT_NS:
            return False
        count = self._count_untold(alert, cause.key) + 1
        self._untold[cause.key] = _Untold(alert.alert_id, cause, now_ns, count)
        return True

    def _count_untold(self, alert: Alert, key: Key) -> int:
        untold = self._untold.get(key)
        return untold.count if untold is not None and untold.alert_id == alert.alert_id else 0

    def _make_room(self, user_id: str, now_ns: int) -> list[AlertChanged]:
        if self._book.count_unresolved(user_id) < UNRESOLVED_MOST:
            return []
        oldest = min(self._book.unresolved(user_id), key=lambda alert: (_RANKS[alert.severity], alert.first_seen_ns))
        return [self._resolved(oldest, DISPLACED, now_ns)]

    def _raised(self, cause: Cause, now_ns: int) -> AlertChanged:
        alert = Alert(
            alert_id=self._alert_id(cause.user_id),
            dedup_key=dedup_key(cause.user_id, cause.alert_type, cause.instrument_id),
            user_id=cause.user_id,
            alert_type=cause.alert_type,
            severity=cause.severity,
            instrument_id=cause.instrument_id,
            first_seen_ns=now_ns,
            held_from_ns=now_ns,
            escalate_ns=self._escalate_ns(cause.severity, 0, now_ns),
            **_seen(cause, now_ns),
        )
        return _changed(AlertEvent.RAISED, alert, now_ns)

    def _taken_in(self, alert: Alert | None, report: AlertReport, now_ns: int) -> AlertChanged:
        told: dict[str, Any] = {
            "alert_type": report.alert_type,
            "message": report.message,
            "instrument_id": report.instrument_id,
            "limit_value": report.limit_value,
            "current_value": report.current_value,
            "last_seen_ns": report.ts_ns,
            "sequence": report.sequence,
        }
        if alert is not None:
            seen = _replace(alert, **told, count=alert.count + 1)
            is_risen = _RANKS[report.severity] > _RANKS[alert.severity]
            return (
                self._risen(seen, report.severity, now_ns) if is_risen else _changed(AlertEvent.UPDATED, seen, now_ns)
            )
        raised = Alert(
            alert_id=self._alert_id(report.user_id),
            dedup_key=report.dedup_key,
            user_id=report.user_id,
            severity=report.severity,
            first_seen_ns=report.ts_ns,
            held_from_ns=now_ns,
            escalate_ns=self._escalate_ns(report.severity, 0, now_ns),
            is_handed_in=True,
            **told,
        )
        return _changed(AlertEvent.RAISED, raised, now_ns)

    def _risen(self, alert: Alert, severity: Severity, now_ns: int) -> AlertChanged:
        risen = _replace(self._opened(alert, severity, 0, now_ns), severity=severity, held_from_ns=now_ns)
        return _changed(AlertEvent.RISEN, risen, now_ns)

    def _opened(self, alert: Alert, severity: Severity, level: int, now_ns: int) -> Alert:
        return _replace(
            alert,
            state=AlertState.OPEN,
            acknowledge_ends_ns=None,
            escalation_level=level,
            escalate_ns=self._escalate_ns(severity, level, now_ns),
        )

    def _moved_on(self, alert: Alert, now_ns: int) -> AlertChanged:
        if _is_past(alert.resolve_ns, now_ns):
            return self._resolved(alert, OVER if _is_held_back(alert) else EXPIRED, now_ns)
        level = alert.escalation_level
        if _is_past(alert.acknowledge_ends_ns, now_ns):
            return _changed(AlertEvent.REOPENED, self._opened(alert, alert.severity, level, now_ns), now_ns)
        escalated = self._opened(alert, alert.severity, level + 1, now_ns)
        return _changed(AlertEvent.ESCALATED, escalated, now_ns)

    def _resolved(self, alert: Alert, reason: str, now_ns: int) -> AlertChanged:
        resolved = _replace(
            alert,
            state=AlertState.RESOLVED,
            reason=reason,
            resolved_ns=now_ns,
            escalate_ns=None,
            resolve_ns=None,
            acknowledge_ends_ns=None,
        )
        return _changed(AlertEvent.RESOLVED, resolved, now_ns)

    def _held_ns(self, alert: Alert) -> int:
        return alert.held_from_ns + self._rules.hold_ns

    def _escalate_ns(self, severity: Severity, level: int, now_ns: int) -> int | None:
        return now_ns + self._rules.escalate_ns if severity in _ESCALATING and level < LEVELS else None

    def _alert_id(self, user_id: str) -> str:
        # Made of the account alone: a number of all accounts would tell each user of the others' alerts.
        return _hash(user_id, str(self._book.count_raised(user_id) + 1))


def _seen(cause: Cause, now_ns: int) -> dict[str, Any]:
    return {
        "message": cause.message,
        "limit_value": cause.limit_value,
        "current_value": cause.current_value,
        "last_seen_ns": now_ns,
        "resolve_ns": None if cause.is_lasting else now_ns + ALARM_ENDS_NS,
    }


def _is_ending(alert: Alert, cause: Cause) -> bool:
    """Whether an alert's cause was said to be over, and the alert is only held."""
    return alert.resolve_ns is not None and (cause.is_lasting or _is_held_back(alert))


def _is_held_back(alert: Alert) -> bool:
    return alert.resolve_ns != alert.last_seen_ns + ALARM_ENDS_NS


def _is_due(alert: Alert, now_ns: int) -> bool:
    return any(
        _is_past(time_ns, now_ns) for time_ns in (alert.resolve_ns, alert.acknowledge_ends_ns, alert.escalate_ns)
    )


def _is_past(time_ns: int | None, now_ns: int) -> bool:
    return time_ns is not None and time_ns <= now_ns


def _changed(event: AlertEvent, alert: Alert, now_ns: int) -> AlertChanged:
    return AlertChanged(ts_ns=now_ns, event=event, alert=alert)


def _platform_key(report: AlertReport) -> Key:
    return report.user_id, f"platform:{report.dedup_key}"


def _hash(*words: str | None) -> str:
    return hashlib.sha256(msgspec.json.encode(words)).hexdigest()[:_HASH_CHARS]


_replace = msgspec.structs.replace
