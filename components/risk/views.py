"""What risk tells: alerts, limits and their use, the audit trail, in the contract's words."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from components.contract.envelope import Payload, format_time
from components.model.accounts import AccountFigures, Exposure
from components.model.money import ZERO, amount_or_none, amount_text, exact
from components.risk.audit import AuditRecord
from components.risk.facts import Alert, AlertEvent
from components.risk.limits import KINDS, Limits
from components.risk.risk import Risk
from components.risk.running import Losses
from components.risk.valuation import mark_fault, percent

MOST_ALERTS = 500
"""That one answer or snapshot holds."""


def alert_row(alert: Alert) -> Payload:
    """An alert as it is now."""
    return {
        "alert_id": alert.alert_id,
        "dedup_key": alert.dedup_key,
        "user_id": alert.user_id,
        "instrument": alert.instrument_id,
        "alert_type": alert.alert_type,
        "severity": alert.severity.value,
        "state": alert.state.value,
        "message": alert.message,
        "limit_value": amount_or_none(alert.limit_value),
        "current_value": amount_or_none(alert.current_value),
        "count": alert.count,
        "first_seen": format_time(alert.first_seen_ns),
        "last_seen": format_time(alert.last_seen_ns),
        "escalation_level": alert.escalation_level,
        "escalates_at": _time_or_none(alert.escalate_ns),
        "acknowledged_by": alert.acknowledged_by,
        "acknowledged_at": _time_or_none(alert.acknowledged_ns),
        "acknowledged_until": _time_or_none(alert.acknowledge_ends_ns),
        "note": alert.note,
        "resolved_at": _time_or_none(alert.resolved_ns),
        "reason": alert.reason,
        "source": "platform" if alert.is_handed_in else "gateway",
    }


def alert_payload(alert: Alert, event: AlertEvent) -> Payload:
    """An alert, and what has just happened to it."""
    return {"event": event.value, **alert_row(alert)}


def newest_alerts(alerts: Iterable[Alert], *, most: int) -> list[Payload]:
    """Alerts, the one that was seen first last."""
    newest = sorted(alerts, key=lambda alert: alert.first_seen_ns, reverse=True)
    return [alert_row(alert) for alert in newest[:most]]


def alerts_state(risk: Risk, user_id: str | None) -> Payload:
    """All alerts that are not resolved, of one account or of all: the newest of them, and how many there are."""
    return {
        "alerts": newest_alerts(risk.alerts.unresolved(user_id), most=MOST_ALERTS),
        "unresolved": risk.alerts.count_unresolved(user_id),
    }


def account_view(risk: Risk, figures: AccountFigures, *, now_ns: int) -> Payload:
    """What an account may do, how much of that it does, and what it has at stake."""
    user_id = figures.user_id
    limits, losses = risk.limits.of(user_id), risk.running.losses(figures)
    used = _used(risk, figures, limits, losses, now_ns)
    return {
        "user_id": user_id,
        "currency": figures.currency,
        **state_view(risk, user_id),
        "is_liquidating": risk.liquidations.of(user_id) is not None,
        "limits": [{**row, "used": amount_or_none(used.get(str(row["limit"])))} for row in limit_rows(limits)],
        "high_water_mark": None if losses is None else amount_text(losses.high_water_mark),
        "day_began_with": None if losses is None else amount_text(losses.day_began_with),
        "exposures": list(_exposures(risk, figures, now_ns)),
        "missing_prices": list(figures.missing_prices),
    }


def view_gist(risk: Risk, figures: AccountFigures) -> object:
    """What of an account's view does not move with prices."""
    held = [(one.instrument_id, one.quantity, one.open_buys, one.open_sells) for one in figures.exposures]
    is_liquidating = risk.liquidations.of(figures.user_id) is not None
    return held, figures.open_orders, risk.states.of(figures.user_id), is_liquidating, risk.limits.of(figures.user_id)


def state_view(risk: Risk, user_id: str | None) -> Payload:
    """What may be traded, by an account or by all, since when and why."""
    cause = risk.states.cause(user_id)
    return {
        "trading_state": (risk.states.own(None) if user_id is None else risk.states.of(user_id)).value,
        "trading_state_reason": None if cause is None else cause.reason,
        "trading_state_since": None if cause is None else format_time(cause.ts_ns),
    }


def limit_rows(limits: Limits) -> list[Payload]:
    """Every limit with its value; null is without limit."""
    return [{"limit": kind.name, "value": amount_or_none(limits.value(kind.name)), "unit": kind.unit} for kind in KINDS]


def override_rows(risk: Risk, user_id: str | None) -> list[Payload]:
    """What the desk has set: for one account and for all, or everything."""
    return [
        {"user_id": account, "instrument": instrument_id, "limits": values}
        for (account, instrument_id), values in risk.limits.scopes()
        if user_id is None or account in (None, user_id)
    ]


def audit_rows(records: Iterable[AuditRecord], user_id: str | None) -> list[Payload]:
    """The audit trail, the newest first: what concerns one account, or everything."""
    return [
        {
            "ts": format_time(record.ts_ns),
            "action": record.action,
            "by": record.by,
            "user_id": record.user_id,
            "instrument": record.instrument_id,
            "reason": record.reason,
            "before": record.before,
            "after": record.after,
        }
        for record in records
        if user_id is None or record.user_id in (None, user_id)
    ]


def _used(
    risk: Risk, figures: AccountFigures, limits: Limits, losses: Losses | None, now_ns: int
) -> dict[str, Decimal | None]:
    worths = [exposure.notional for exposure in figures.exposures if exposure.notional is not None]
    largest, gross = max(worths, default=ZERO), _sum(worths)
    return {
        "position_notional": largest,
        "open_orders": Decimal(figures.open_orders),
        "order_burst": Decimal(risk.rates.waiting(figures.user_id, limits.order_rate, now_ns=now_ns)),
        "drawdown_percent": None if losses is None else losses.drawdown_percent,
        "daily_loss_percent": None if losses is None else losses.daily_loss_percent,
        "concentration_percent": percent(largest, gross) if gross else ZERO,
        **dict.fromkeys(
            ("margin_warning_level", "margin_call_level", "margin_liquidation_level"), figures.margin_level
        ),
    }


def _exposures(risk: Risk, figures: AccountFigures, now_ns: int) -> Iterator[Payload]:
    gross = _sum([exposure.notional for exposure in figures.exposures if exposure.notional is not None])
    for exposure in figures.exposures:
        limits = risk.limits.of(figures.user_id, exposure.instrument_id)
        yield {
            "instrument": exposure.instrument_id,
            "quantity": amount_text(exposure.quantity),
            "notional": amount_or_none(exposure.notional),
            "share_percent": _share(exposure, gross),
            "open_buys": amount_text(exposure.open_buys),
            "open_sells": amount_text(exposure.open_sells),
            "price_fault": mark_fault(exposure.mark, limits.mark_age_s, now_ns),
            "limits": {kind.name: amount_or_none(limits.value(kind.name)) for kind in KINDS if kind.has_instruments},
        }


def _share(exposure: Exposure, gross: Decimal) -> str | None:
    return amount_text(percent(exposure.notional, gross)) if exposure.notional is not None and gross else None


@exact
def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def _time_or_none(time_ns: int | None) -> str | None:
    return None if time_ns is None else format_time(time_ns)
