"""The audit trail: who did what to limits, trading states and others' orders, when and why."""

import collections

import msgspec

from components.risk.facts import GATEWAY, LimitsSet, LiquidationBegun, OrdersCancelled, RiskFact, TradingStateSet

KEPT = 1000


class AuditRecord(msgspec.Struct, frozen=True, kw_only=True):
    """
    One thing that was done.

    Attributes:
        action: `set_limits`, `set_state`, `cancel_orders` or `liquidate`.
        by: Who did it; `gateway` where nobody but the gateway itself.
        user_id: To which account; None is all.
        instrument_id: On which instrument; None is all.
        before: What was so before, by name.
        after: What is so since, by the same names.
    """

    ts_ns: int
    action: str
    by: str
    user_id: str | None
    instrument_id: str | None
    reason: str
    before: dict[str, str | None]
    after: dict[str, str | None]


class AuditTrail:
    """Keep the last `KEPT` records, made of the facts themselves; the journal has what it still holds besides."""

    def __init__(self) -> None:
        """Begin without any."""
        self._records: collections.deque[AuditRecord] = collections.deque(maxlen=KEPT)

    @property
    def records(self) -> tuple[AuditRecord, ...]:
        """The records, the newest first."""
        return tuple(reversed(self._records))

    def apply(self, fact: RiskFact) -> None:
        """Take a fact in, where it is one that somebody answers for."""
        record = _record(fact)
        if record is not None:
            self._records.append(record)

    def checkpoint(self) -> list[AuditRecord]:
        """All that is kept, the oldest first."""
        return list(self._records)

    def restore(self, checkpoint: list[AuditRecord]) -> None:
        """Take over what was kept."""
        self._records = collections.deque(checkpoint, maxlen=KEPT)


def _record(fact: RiskFact) -> AuditRecord | None:
    match fact:
        case LimitsSet():
            return _made("set_limits", fact, fact.instrument_id, fact.before, fact.after)
        case TradingStateSet():
            return _made("set_state", fact, None, {"state": fact.before.value}, {"state": fact.after.value})
        case OrdersCancelled():
            return _made("cancel_orders", fact, fact.instrument_id, {}, {})
        case LiquidationBegun():
            return AuditRecord(
                ts_ns=fact.ts_ns,
                action="liquidate",
                by=GATEWAY,
                user_id=fact.user_id,
                instrument_id=None,
                reason="margin_level",
                before={"margin_level": f"{fact.margin_level:f}"},
                after={},
            )
    return None


def _made(
    action: str,
    fact: LimitsSet | TradingStateSet | OrdersCancelled,
    instrument_id: str | None,
    before: dict[str, str | None],
    after: dict[str, str | None],
) -> AuditRecord:
    return AuditRecord(
        ts_ns=fact.ts_ns,
        action=action,
        by=fact.by,
        user_id=fact.user_id,
        instrument_id=instrument_id,
        reason=fact.reason,
        before=before,
        after=after,
    )
