"""The audit trail."""

from decimal import Decimal

from components.risk.audit import KEPT, AuditRecord, AuditTrail
from components.risk.facts import (
    DayBegun,
    LimitsSet,
    LiquidationBegun,
    OrdersCancelled,
    TradingState,
    TradingStateSet,
)
from tests.support.risk_cases import BTC, NOW_NS


def cancelled(number: int) -> OrdersCancelled:
    """One act of the desk."""
    return OrdersCancelled(ts_ns=number, user_id=None, instrument_id=None, by="desk", reason="because")


def test_whatever_somebody_answers_for_is_recorded() -> None:
    """Who, when, why, to whom, before and after; the newest first."""
    trail = AuditTrail()
    for fact in (
        LimitsSet(
            ts_ns=1,
            user_id="alice",
            instrument_id=BTC,
            before={"order_notional": None},
            after={"order_notional": "5"},
            by="desk",
            reason="too much",
        ),
        TradingStateSet(
            ts_ns=2,
            user_id=None,
            before=TradingState.ACTIVE,
            after=TradingState.HALTED,
            by="desk",
            reason="venue down",
        ),
        OrdersCancelled(ts_ns=3, user_id="bob", instrument_id=BTC, by="desk", reason="as asked"),
        LiquidationBegun(ts_ns=4, user_id="carol", margin_level=Decimal("1.05"), limit=Decimal("1.1")),
        DayBegun(ts_ns=NOW_NS, user_id="alice", day=1, earned=Decimal(0)),
    ):
        trail.apply(fact)

    told = [
        (one.ts_ns, one.action, one.by, one.user_id, one.instrument_id, one.reason, one.before, one.after)
        for one in trail.records
    ]

    assert told == [
        (4, "liquidate", "gateway", "carol", None, "margin_level", {"margin_level": "1.05"}, {}),
        (3, "cancel_orders", "desk", "bob", BTC, "as asked", {}, {}),
        (2, "set_state", "desk", None, None, "venue down", {"state": "active"}, {"state": "halted"}),
        (1, "set_limits", "desk", "alice", BTC, "too much", {"order_notional": None}, {"order_notional": "5"}),
    ]


def test_so_many_are_kept() -> None:
    """The oldest go; and a checkpoint has the rest."""
    trail, other = AuditTrail(), AuditTrail()
    for number in range(KEPT + 5):
        trail.apply(cancelled(number))

    other.restore(trail.checkpoint())

    assert len(trail.records) == KEPT
    assert [trail.records[0].ts_ns, trail.records[-1].ts_ns] == [KEPT + 4, 5]
    assert other.records == trail.records
    assert isinstance(other.records[0], AuditRecord)
