"""The procedures of risk: whose account, what is answered, what is written down."""

from typing import Any

import pytest
from twisted.logger import capturedLogs

from components.contract.envelope import NS_PER_S
from components.contract.procedures import PROCEDURE_BY_URI, PROCEDURES
from components.model.alerts import Alarm
from components.model.errors import CommandRejected, InvalidArgument, NotAuthorized, UnknownInstrument
from components.model.platform_reports import Severity
from components.risk.facts import TradingState
from components.wamp.procedures import Caller
from tests.support.risk_cases import BTC, make_exposure, make_figures
from tests.support.risk_desk import ALICE, ALL_ALERTS, OFFICER, OPERATOR, RiskDesk

DESK_ONLY: dict[str, dict[str, Any]] = {
    "set_limits": {"limits": {"open_orders": "5"}, "reason": "as agreed"},
    "halt": {"reason": "as agreed"},
    "resume": {"reason": "as agreed"},
    "cancel_orders": {"reason": "as agreed"},
}


@pytest.fixture
def desk() -> RiskDesk:
    """Alice and Bob have positions, orders, and an alert each."""
    desk = RiskDesk()
    for user_id in ("alice", "bob"):
        desk.control.put(make_figures(make_exposure(BTC, "1"), user_id=user_id, open_orders=2))
        alarm = Alarm(user_id=user_id, alert_type="late_fill", severity=Severity.ERROR, message="came late")
        desk.component.raise_alert(alarm, now_ns=desk.now_ns)
    desk.advance(1)
    return desk


def alert_of(desk: RiskDesk, user_id: str) -> str:
    """The name of the account's alert."""
    (alert,) = desk.risk.alerts.unresolved(user_id)
    return alert.alert_id


def test_every_procedure_of_risk_is_answered(desk: RiskDesk) -> None:
    """Those of the contract, and no others."""
    assert set(desk.procedures.handlers()) == {one.uri for one in PROCEDURES if one.uri.startswith("tapecast.risk.")}


def test_a_trader_sees_its_own(desk: RiskDesk) -> None:
    """By name or without, and nothing of what the desk did."""
    told = desk.call("get_limits", ALICE)
    alerts = desk.call("list_alerts", ALICE, user_id="alice")

    assert (told["user_id"], told["trading_state"]) == ("alice", "active")
    assert {row["limit"]: row["used"] for row in told["limits"]}["open_orders"] == "2"
    assert "audit" not in told
    assert "overrides" not in told
    assert [row["user_id"] for row in alerts["alerts"]] == ["alice"]
    assert (alerts["epoch"], alerts["seq"]) == ("e1", 1)


@pytest.mark.parametrize("user_id", ["bob", "nobody"])
@pytest.mark.parametrize(
    ("name", "arguments"), [("get_limits", {}), ("list_alerts", {}), ("acknowledge_alert", {"alert_id": "x"})]
)
def test_a_trader_sees_nobody_elses(desk: RiskDesk, name: str, arguments: dict[str, Any], user_id: str) -> None:
    """Whether there is such an account cannot be told from the refusal."""
    with pytest.raises(NotAuthorized):
        desk.call(name, ALICE, **{**arguments, "user_id": user_id})


def test_another_ones_alert_does_not_exist(desk: RiskDesk) -> None:
    """Its name is as one that was made up."""
    refusals = []
    for alert_id in (alert_of(desk, "bob"), "made-up"):
        with pytest.raises(InvalidArgument) as raised:
            desk.call("acknowledge_alert", ALICE, alert_id=alert_id)
        refusals.append((str(raised.value), raised.value.details))

    assert refusals[0] == refusals[1]
    assert desk.alerts() == ["raised late_fill", "raised late_fill"]


def test_who_acknowledges_is_told_and_known(desk: RiskDesk) -> None:
    """The trader itself, or the desk for anybody, by the alert's name alone."""
    own = desk.call("acknowledge_alert", ALICE, alert_id=alert_of(desk, "alice"), note="seen")
    others = desk.call("acknowledge_alert", alert_id=alert_of(desk, "bob"))
    again = desk.call("acknowledge_alert", OPERATOR, alert_id=alert_of(desk, "bob"), user_id="bob")

    assert (own["state"], own["acknowledged_by"], own["note"]) == ("acknowledged", "alice", "seen")
    assert (others["acknowledged_by"], others["note"], again["state"]) == ("desk", None, "acknowledged")
    assert desk.alerts()[2:] == ["acknowledged late_fill"] * 3


@pytest.mark.parametrize("caller", [OFFICER, OPERATOR])
def test_the_desk_sees_one_account_or_all(desk: RiskDesk, caller: Caller) -> None:
    """With what it has set and done."""
    desk.call("set_limits", limits={"open_orders": "5"}, user_id="bob", reason="as agreed")

    common, bobs = (
        desk.call("get_limits", caller),
        desk.call("get_limits", caller, user_id="bob"),
    )
    alices = desk.call("get_limits", caller, user_id="alice")

    assert (common["user_id"], bobs["user_id"]) == (None, "bob")
    assert "exposures" not in common
    assert [one["overrides"] for one in (common, bobs, alices)] == [
        [{"user_id": "bob", "instrument": None, "limits": {"open_orders": "5"}}],
        [{"user_id": "bob", "instrument": None, "limits": {"open_orders": "5"}}],
        [],
    ]
    assert [len(one["audit"]) for one in (common, bobs, alices)] == [1, 1, 0]
    assert [row["user_id"] for row in desk.call("list_alerts", caller)["alerts"]] == ["alice", "bob"]


def test_alerts_are_chosen_by_state(desk: RiskDesk) -> None:
    """Of an account also the resolved ones; the newest first, and so many."""
    desk.call("acknowledge_alert", alert_id=alert_of(desk, "bob"))
    desk.now_ns += 60 * NS_PER_S
    desk.component.resolve_alert("alice", "late_fill", now_ns=desk.now_ns)
    alarm = Alarm(user_id="alice", alert_type="other", severity=Severity.INFO, message="new")
    desk.component.raise_alert(alarm, now_ns=desk.now_ns)

    def told(**arguments: Any) -> list[str]:
        return [row["state"] for row in desk.call("list_alerts", **arguments)["alerts"]]

    assert told() == ["open", "acknowledged"]
    assert told(state="acknowledged") == ["acknowledged"]
    assert told(user_id="alice") == ["open", "resolved"]
    assert told(user_id="alice", state="resolved") == ["resolved"]
    assert told(user_id="alice", limit=1) == ["open"]
    with pytest.raises(InvalidArgument) as raised:
        told(state="resolved")
    assert raised.value.details == {"field": "user_id"}


def test_limits_are_set_for_whom_and_what_the_desk_names(desk: RiskDesk) -> None:
    """An alias is as good as the id; the answer says what was and what is."""
    answer = desk.call(
        "set_limits",
        limits={"order_notional": "70"},
        reason="as agreed",
        instrument="BTC/USDT",
    )

    assert answer == {
        "user_id": None,
        "instrument": BTC,
        "before": {"order_notional": None},
        "after": {"order_notional": "70"},
    }
    assert desk.risk.limits.of("bob", BTC).order_notional == 70


def test_a_halt_holds_until_it_is_lifted(desk: RiskDesk) -> None:
    """Of one or of all, wholly or of what makes positions larger."""
    halted = desk.call("halt", reason="fraud", user_id="bob")
    reducing = desk.call("halt", reason="venue down", state="reducing")

    assert halted == {
        "user_id": "bob",
        "before": "active",
        "after": "halted",
        "trading_state": "halted",
        "trading_state_reason": "fraud",
        "trading_state_since": "2023-11-14T22:13:21.000000Z",
    }
    assert (reducing["user_id"], reducing["trading_state"]) == (None, "reducing")
    resumed = desk.call("resume", reason="cleared", user_id="bob")
    assert (resumed["after"], resumed["trading_state"]) == ("active", "reducing")
    desk.call("resume", reason="venue back")
    assert desk.risk.states.of("bob") is TradingState.ACTIVE


def test_others_orders_are_cancelled(desk: RiskDesk) -> None:
    """Of one account or all, on one instrument or all."""
    answers = [
        desk.call("cancel_orders", reason="as asked", user_id="bob", instrument=BTC),
        desk.call("cancel_orders", reason="venue down"),
    ]

    assert answers == [
        {"user_id": "bob", "instrument": BTC, "orders": 2},
        {"user_id": None, "instrument": None, "orders": 2},
    ]
    assert desk.control.done == [("cancel", "bob", BTC, "risk"), ("cancel", None, None, "risk")]


@pytest.mark.parametrize("name", DESK_ONLY)
def test_whatever_the_desk_does_is_written_down(desk: RiskDesk, name: str) -> None:
    """As an audit record that outlives the process, and in the log of security; it is no alert."""
    records = len(desk.records)
    with capturedLogs() as events:
        desk.call(name, **DESK_ONLY[name])

    (record,) = desk.call("get_limits")["audit"]
    told = [event for event in events if event["log_namespace"] == "tapecast.security"]
    assert (record["by"], record["reason"], record["ts"]) == ("desk", "as agreed", "2023-11-14T22:13:21.000000Z")
    assert [(event["by"], event["reason"], event["account"]) for event in told] == [
        ("desk", "as agreed", "all accounts")
    ]
    assert len(desk.records) == records + 1
    assert len(desk.events(ALL_ALERTS)) == 2


BAD: tuple[tuple[dict[str, Any], str | None], ...] = (
    ({"reason": ""}, "reason"),
    ({"reason": 5}, "reason"),
    ({"user_id": 5}, "user_id"),
    ({"user_id": ""}, "user_id"),
    ({"instrument": 5}, "instrument"),
    ({"instrument": "NOTHING"}, None),
    ({"state": "active"}, "state"),
    ({"limits": {}}, "limits"),
)


@pytest.mark.parametrize(
    ("name", "arguments", "field"),
    [
        (name, arguments, field)
        for name in DESK_ONLY
        for arguments, field in BAD
        if set(arguments) <= set(PROCEDURE_BY_URI[f"tapecast.risk.{name}"].arguments)
    ],
)
def test_a_bad_argument_is_named_and_nothing_is_done(
    desk: RiskDesk, name: str, arguments: dict[str, Any], field: str | None
) -> None:
    """No audit record, no line, nothing cancelled."""
    records = len(desk.records)

    with pytest.raises(CommandRejected) as raised:
        desk.call(name, **{**DESK_ONLY[name], **arguments})

    assert raised.value.details == ({} if field is None else {"field": field})
    assert isinstance(raised.value, InvalidArgument if field is not None else UnknownInstrument)
    assert (len(desk.records), len(desk.journal.waiting), desk.control.done) == (records, 0, [])
