"""
What has happened to risk: the facts that the journal keeps, and the records that they are about.

A fact was decided once and is never judged again. Fields may be added with a default; none goes or changes its meaning,
as journals hold old ones.
"""

import enum
from decimal import Decimal

import msgspec

from components.model.platform_reports import Severity

GATEWAY = "gateway"
"""Who acted, where nobody but the gateway itself did."""


class TradingState(enum.StrEnum):
    """What an account, or everything, may trade, the least strict first."""

    ACTIVE = "active"
    REDUCING = "reducing"
    HALTED = "halted"

    @property
    def strictness(self) -> int:
        """The more, the less may be traded."""
        return _STRICTNESS[self]


_STRICTNESS = {state: number for number, state in enumerate(TradingState)}


class AlertState(enum.StrEnum):
    """Whether somebody has to look after an alert, does, or need not any more."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class AlertType(enum.StrEnum):
    """The gateway's own rules for accounts; other slices and platforms bring types of theirs."""

    DRAWDOWN = "drawdown"
    DAILY_LOSS = "daily_loss"
    CONCENTRATION = "concentration"
    MARGIN_WARNING = "margin_warning"
    MARGIN_CALL = "margin_call"
    LIQUIDATION = "liquidation"
    CANNOT_EVALUATE = "cannot_evaluate"


class AlertEvent(enum.StrEnum):
    """What happened to an alert; `raised`, `risen`, `escalated` and `reopened` are worth a sound."""

    RAISED = "raised"
    RISEN = "risen"
    UPDATED = "updated"
    ACKNOWLEDGED = "acknowledged"
    REOPENED = "reopened"
    ESCALATED = "escalated"
    RESOLVED = "resolved"


class Alert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    One alert as of now.

    Times are UNIX nanoseconds.

    Attributes:
        alert_id: Unique for ever.
        dedup_key: The same for all alerts of one account, type and instrument; of a platform's alerts the sender's own.
        alert_type: Which rule.
        severity: The highest that it has had.
        limit_value: What is allowed; None where there is no such number.
        current_value: What was there when it was seen last.
        count: How often its cause was seen.
        held_from_ns: When it was raised, or rose in severity last: it is not resolved too soon after.
        escalation_level: How often nobody looked after it in time.
        escalate_ns: When it escalates next; None where it does not.
        resolve_ns: When it is resolved by itself; None where its cause must be seen to be over.
        acknowledge_ends_ns: When the acknowledgement counts no more.
        reason: Why it was resolved.
        is_handed_in: Whether a platform's own rules raised it.
        sequence: The sender's number of a platform's alert.
    """

    alert_id: str
    dedup_key: str
    user_id: str
    alert_type: str
    severity: Severity
    message: str
    first_seen_ns: int
    last_seen_ns: int
    held_from_ns: int
    state: AlertState = AlertState.OPEN
    instrument_id: str | None = None
    limit_value: Decimal | None = None
    current_value: Decimal | None = None
    count: int = 1
    escalation_level: int = 0
    escalate_ns: int | None = None
    resolve_ns: int | None = None
    acknowledged_by: str | None = None
    acknowledged_ns: int | None = None
    acknowledge_ends_ns: int | None = None
    note: str | None = None
    resolved_ns: int | None = None
    reason: str | None = None
    is_handed_in: bool = False
    sequence: int = 0


class RiskFact(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """
    One thing that has happened.

    Attributes:
        ts_ns: When, UNIX nanoseconds.
    """

    ts_ns: int


class LimitsSet(RiskFact, frozen=True, kw_only=True):
    """
    The desk has set limits of its own, or taken them back.

    Attributes:
        user_id: Of which account; None is all.
        instrument_id: On which instrument; None is all.
        before: What the desk had set, by limit; None where nothing.
        after: The same from now on: decimal text, or `off`; None where the limit is again what it is without it.
        by: Who did it.
        reason: Why.
    """

    user_id: str | None
    instrument_id: str | None
    before: dict[str, str | None]
    after: dict[str, str | None]
    by: str
    reason: str


class TradingStateSet(RiskFact, frozen=True, kw_only=True):
    """An account, or everything where the user is None, may trade something else now."""

    user_id: str | None
    before: TradingState
    after: TradingState
    by: str
    reason: str


class OrdersCancelled(RiskFact, frozen=True, kw_only=True):
    """
    The desk has open orders cancelled.

    Attributes:
        user_id: Whose; None is everybody's.
        instrument_id: On which instrument; None is all.
    """

    user_id: str | None
    instrument_id: str | None
    by: str
    reason: str


class HighWaterMoved(RiskFact, frozen=True, kw_only=True):
    """
    An account has earned more than ever.

    Attributes:
        earned: Equity less what was transferred, so that deposits and withdrawals move the mark by themselves.
    """

    user_id: str
    earned: Decimal


class DayBegun(RiskFact, frozen=True, kw_only=True):
    """
    A trading day began for an account.

    Attributes:
        day: Number of the day since 1970, by the hour at which days begin.
        earned: Equity less what was transferred, as it was then.
    """

    user_id: str
    day: int
    earned: Decimal


class AlertChanged(RiskFact, frozen=True, kw_only=True):
    """An alert is another than before."""

    event: AlertEvent
    alert: Alert


class AlertPassedOver(RiskFact, frozen=True, kw_only=True):
    """A platform resolved an alert that is not open: what it told before counts no more when it comes again."""

    user_id: str
    dedup_key: str
    sequence: int


class LiquidationBegun(RiskFact, frozen=True, kw_only=True):
    """An account had too little left, and is closed by the gateway."""

    user_id: str
    margin_level: Decimal
    limit: Decimal


class LiquidationClosing(RiskFact, frozen=True, kw_only=True):
    """Its orders are gone, or do not go: its positions are closed from now on."""

    user_id: str


class LiquidationEnded(RiskFact, frozen=True, kw_only=True):
    """
    The gateway closes nothing more of it.

    Attributes:
        reason: `flat`, `recovered`, or `withdrawn` where the desk took the limit away.
    """

    user_id: str
    reason: str


AnyRiskFact = (
    LimitsSet
    | TradingStateSet
    | OrdersCancelled
    | HighWaterMoved
    | DayBegun
    | AlertChanged
    | AlertPassedOver
    | LiquidationBegun
    | LiquidationClosing
    | LiquidationEnded
)

encode_fact = msgspec.msgpack.Encoder().encode
decode_fact = msgspec.msgpack.Decoder(AnyRiskFact).decode
