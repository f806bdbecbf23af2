"""
What is looked at while accounts live: drawdown, the day's loss, the margin level, concentration, and the prices.

| type | comes up | severity | is over |
|---|---|---|---|
| `drawdown` | equity is further below its high-water mark than `WARN_PERCENT` of the limit; than the limit | `warning`; `error` | `hysteresis_percent` of the warning's level under it |
| `daily_loss` | the same, below what it was when the day began | `warning`; `error` | the same |
| `concentration` | an instrument is more of the gross exposure than the limit | `warning` | the same of the limit |
| `margin_warning` | the margin level is at its level or below, and there is no margin call | `warning` | `hysteresis_percent` of the level above it |
| `margin_call` | the margin level is at its level or below | `critical` | the same |
| `cannot_evaluate` | a price is missing, stale or too old for `PATIENCE_NS` | `error` | every price is there |

While a price is missing nothing else comes up and nothing is over: no alert is resolved by not knowing.
"""  # noqa: E501 - rows of a table

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

import attrs
import msgspec

from components.contract.envelope import NS_PER_S
from components.model.accounts import AccountFigures, Exposure
from components.model.money import ZERO, amount_text, exact
from components.model.platform_reports import Severity
from components.risk.alerts import Cause
from components.risk.facts import AlertType, DayBegun, HighWaterMoved
from components.risk.limits import Limits
from components.risk.valuation import HUNDRED, mark_fault, percent, rounded

WARN_PERCENT = Decimal(80)
PATIENCE_NS = 10 * NS_PER_S
MARK_STEP = Decimal("0.001")
"""A high-water mark is written down when it has moved by this part of itself,"""

MARK_KEPT_NS = 60 * NS_PER_S
"""or when it has moved at all and was not written down for so long."""

MARK_LEAST_NS = NS_PER_S
SHOWN_PRICES = 5

_HOUR_NS = 3600 * NS_PER_S
_DAY_NS = 24 * _HOUR_NS

LimitsOf = Callable[[str | None], Limits]
"""The limits of an account: on an instrument, or whatever it trades."""


class HighWater(msgspec.Struct, frozen=True, kw_only=True):
    """
    What an account's losses are counted from.

    Attributes:
        best: The most that it has earned: equity less what was transferred.
        best_ns: When that was written down.
        day: The trading day that it is in.
        day_earned: What it had earned when that began.
    """

    user_id: str
    best: Decimal
    best_ns: int
    day: int
    day_earned: Decimal


@attrs.frozen(kw_only=True)
class Finding:
    """
    How one rule is kept.

    Attributes:
        is_over: Whether the figure is well on the good side; None where it is neither that nor a breach.
        cause: What is wrong; None where nothing is.
    """

    alert_type: AlertType
    instrument_id: str | None = None
    is_over: bool | None = None
    cause: Cause | None = None


@attrs.frozen(kw_only=True)
class Losses:
    """
    How much an account has lost.

    Attributes:
        high_water_mark: The most that its equity was, with deposits and withdrawals moved.
        drawdown_percent: How far it is below that.
        day_began_with: The same of when the day began.
        daily_loss_percent: How far it is below that; 0 where it is above.
    """

    high_water_mark: Decimal
    drawdown_percent: Decimal
    day_began_with: Decimal
    daily_loss_percent: Decimal


class Running:
    """
    Judge accounts by their figures, and keep what their losses are counted from.

    Sans-I/O. Facts say what losses are counted from; between two of them the newest high-water mark is known here only.
    """

    def __init__(self, *, day_hour: int, hysteresis_percent: Decimal) -> None:
        """Begin without any account."""
        self._day_hour = day_hour
        self._good = (HUNDRED - hysteresis_percent) / HUNDRED
        self._well_above = (HUNDRED + hysteresis_percent) / HUNDRED
        self._marks: dict[str, HighWater] = {}
        self._unwritten: dict[str, Decimal] = {}
        self._unknown_since_ns: dict[str, int] = {}

    @exact
    def keep(self, figures: AccountFigures, *, now_ns: int) -> list[DayBegun | HighWaterMoved]:
        """What there is to write down of an account whose prices are all there."""
        if figures.equity is None or figures.transferred is None:
            return []
        earned = figures.equity - figures.transferred
        day = (now_ns - self._day_hour * _HOUR_NS) // _DAY_NS
        mark = self._marks.get(figures.user_id)
        facts: list[DayBegun | HighWaterMoved] = []
        if mark is None or day != mark.day:
            facts.append(DayBegun(ts_ns=now_ns, user_id=figures.user_id, day=day, earned=earned))
        if mark is not None and earned > self._best(figures.user_id, mark):
            self._unwritten[figures.user_id] = earned
        best = self._unwritten.get(figures.user_id)
        if mark is not None and best is not None and _is_worth_writing(mark, best, figures.transferred, now_ns):
            facts.append(HighWaterMoved(ts_ns=now_ns, user_id=figures.user_id, earned=best))
        return facts

    def apply(self, fact: DayBegun | HighWaterMoved) -> None:
        """Take a fact in."""
        mark = self._marks.get(fact.user_id)
        if isinstance(fact, HighWaterMoved):
            if mark is not None:
                self._marks[fact.user_id] = msgspec.structs.replace(mark, best=fact.earned, best_ns=fact.ts_ns)
            if self._unwritten.get(fact.user_id) == fact.earned:
                del self._unwritten[fact.user_id]
        else:
            best = fact.earned if mark is None else mark.best
            best_ns = fact.ts_ns if mark is None else mark.best_ns
            self._marks[fact.user_id] = HighWater(
                user_id=fact.user_id, best=best, best_ns=best_ns, day=fact.day, day_earned=fact.earned
            )

    @exact
    def losses(self, figures: AccountFigures) -> Losses | None:
        """How much an account has lost; None where a price is missing, or nothing was written down yet."""
        mark = self._marks.get(figures.user_id)
        if mark is None or figures.equity is None or figures.transferred is None:
            return None
        high_water = self._best(figures.user_id, mark) + figures.transferred
        day_began_with = mark.day_earned + figures.transferred
        return Losses(
            high_water_mark=high_water,
            drawdown_percent=_loss_percent(high_water, figures.equity),
            day_began_with=day_began_with,
            daily_loss_percent=_loss_percent(day_began_with, figures.equity),
        )

    def judge(
        self, figures: AccountFigures, limits: Limits, faults: Sequence[str], *, now_ns: int
    ) -> Iterator[Finding]:
        """
        How every rule is kept by an account.

        Args:
            figures: The account.
            limits: Its limits, whatever it trades.
            faults: By whose price it cannot be judged.
            now_ns: Now, UNIX nanoseconds.
        """
        yield self._judge_prices(figures, faults, now_ns)
        if faults:
            return
        losses = self.losses(figures)
        if losses is not None:
            yield self._judge_loss(
                figures, AlertType.DRAWDOWN, losses.drawdown_percent, limits.drawdown_percent, losses.high_water_mark
            )
            yield self._judge_loss(
                figures,
                AlertType.DAILY_LOSS,
                losses.daily_loss_percent,
                limits.daily_loss_percent,
                losses.day_began_with,
            )
        yield self._judge_level(figures, AlertType.MARGIN_CALL, limits.margin_call_level, Severity.CRITICAL)
        yield self._judge_level(figures, AlertType.MARGIN_WARNING, limits.margin_warning_level, Severity.WARNING)
        yield from self._judge_shares(figures, limits.concentration_percent)

    def is_recovered(self, figures: AccountFigures, level: Decimal | None) -> bool:
        """Whether an account's margin level is well above a level, or it has none to keep."""
        return level is None or figures.margin_level is None or figures.margin_level >= level * self._well_above

    def count_unknown(self) -> int:
        """How many accounts could not be judged when they were looked at last."""
        return len(self._unknown_since_ns)

    def checkpoint(self) -> list[HighWater]:
        """What losses are counted from."""
        return [self._marks[user_id] for user_id in sorted(self._marks)]

    def restore(self, checkpoint: list[HighWater]) -> None:
        """Take over what losses are counted from."""
        self._marks = {mark.user_id: mark for mark in checkpoint}

    def _best(self, user_id: str, mark: HighWater) -> Decimal:
        return max(mark.best, self._unwritten.get(user_id, mark.best))

    def _judge_prices(self, figures: AccountFigures, faults: Sequence[str], now_ns: int) -> Finding:
        if not faults:
            self._unknown_since_ns.pop(figures.user_id, None)
            return Finding(alert_type=AlertType.CANNOT_EVALUATE, is_over=True)
        since_ns = self._unknown_since_ns.setdefault(figures.user_id, now_ns)
        if now_ns - since_ns < PATIENCE_NS:
            return Finding(alert_type=AlertType.CANNOT_EVALUATE)
        shown = ", ".join(faults[:SHOWN_PRICES]) + (", ..." if len(faults) > SHOWN_PRICES else "")
        message = f"the account's limits cannot be judged: no price that is new enough of {shown}"
        return _found(figures, AlertType.CANNOT_EVALUATE, Severity.ERROR, message, None, None)

    def _judge_loss(
        self, figures: AccountFigures, alert_type: AlertType, lost: Decimal, limit: Decimal | None, begun_with: Decimal
    ) -> Finding:
        if limit is None:
            return Finding(alert_type=alert_type, is_over=True)
        warn_at = limit * WARN_PERCENT / HUNDRED
        if lost <= warn_at:
            return Finding(alert_type=alert_type, is_over=lost <= warn_at * self._good or None)
        severity = Severity.ERROR if lost > limit else Severity.WARNING
        since = "its high-water mark" if alert_type == AlertType.DRAWDOWN else "what the day began with"
        message = (
            f"equity is {amount_text(rounded(lost))} % below {since}, "
            f"{amount_text(rounded(begun_with))} {figures.currency}; the limit is {amount_text(limit)} %"
        )
        return _found(figures, alert_type, severity, message, limit, lost)

    def _judge_level(
        self, figures: AccountFigures, alert_type: AlertType, level: Decimal | None, severity: Severity
    ) -> Finding:
        margin_level = figures.margin_level
        if level is None or margin_level is None or margin_level > level:
            return Finding(alert_type=alert_type, is_over=self.is_recovered(figures, level) or None)
        shown = rounded(margin_level)
        message = f"the margin level is {amount_text(shown)}, at or below {amount_text(level)}"
        return _found(figures, alert_type, severity, message, level, shown)

    @exact
    def _judge_shares(self, figures: AccountFigures, limit: Decimal | None) -> list[Finding]:
        gross = sum((exposure.notional or ZERO for exposure in figures.exposures), ZERO)
        return [
            self._judge_share(figures, exposure, percent(exposure.notional or ZERO, gross) if gross else ZERO, limit)
            for exposure in figures.exposures
        ]

    def _judge_share(
        self, figures: AccountFigures, exposure: Exposure, share: Decimal, limit: Decimal | None
    ) -> Finding:
        instrument_id = exposure.instrument_id
        if limit is None or share <= limit:
            is_over = limit is None or share <= limit * self._good or None
            return Finding(alert_type=AlertType.CONCENTRATION, instrument_id=instrument_id, is_over=is_over)
        message = (
            f"{amount_text(share)} % of the gross exposure is {instrument_id}; the limit is {amount_text(limit)} %"
        )
        found = _found(figures, AlertType.CONCENTRATION, Severity.WARNING, message, limit, share)
        cause = None if found.cause is None else attrs.evolve(found.cause, instrument_id=instrument_id)
        return attrs.evolve(found, instrument_id=instrument_id, cause=cause)


def price_faults(figures: AccountFigures, limits_of: LimitsOf, *, now_ns: int) -> list[str]:
    """Instruments and currencies by whose price an account cannot be judged."""
    faults = list(figures.missing_prices)
    for exposure in figures.exposures:
        fault = mark_fault(exposure.mark, limits_of(exposure.instrument_id).mark_age_s, now_ns)
        if exposure.quantity and fault is not None and exposure.instrument_id not in faults:
            faults.append(exposure.instrument_id)
    return faults


def _found(
    figures: AccountFigures,
    alert_type: AlertType,
    severity: Severity,
    message: str,
    limit_value: Decimal | None,
    current_value: Decimal | None,
) -> Finding:
    cause = Cause(
        user_id=figures.user_id,
        alert_type=alert_type,
        severity=severity,
        message=message,
        limit_value=limit_value,
        current_value=current_value,
    )
    return Finding(alert_type=alert_type, cause=cause)


def _is_worth_writing(mark: HighWater, best: Decimal, transferred: Decimal, now_ns: int) -> bool:
    since_ns = now_ns - mark.best_ns
    step = MARK_STEP * abs(mark.best + transferred)
    return since_ns >= MARK_KEPT_NS or (since_ns >= MARK_LEAST_NS and best - mark.best >= step)


def _loss_percent(begun_with: Decimal, equity: Decimal) -> Decimal:
    """How far equity is below what it was, in hundredths; all of it where there was nothing, and there is less now."""
    if equity >= begun_with:
        return ZERO
    return percent(begun_with - equity, begun_with) if begun_with > 0 else HUNDRED
