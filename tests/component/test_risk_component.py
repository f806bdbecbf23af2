"""Risk in its process: accounts are looked at, alerts are told, and accounts that have too little are closed."""

from decimal import Decimal
from typing import Any

import attrs
import pytest
from twisted.logger import capturedLogs

from components.contract.envelope import NS_PER_S
from components.model.alerts import Alarm
from components.model.errors import InvalidArgument
from components.model.platform_reports import Severity
from components.risk import component as module
from components.risk.facts import TradingState
from components.risk.risk import Risk
from components.risk.settings import RiskSettings
from components.risk.trading_state import Turn
from tests.support.alert_desk import make_report
from tests.support.risk_cases import BTC, ETH, make_exposure, make_figures
from tests.support.risk_desk import ALL_ALERTS, RiskDesk

OWN_ALERTS, OWN_RISK = "tapecast.user.alice.alerts", "tapecast.user.alice.risk"
LATE_FILL = Alarm(user_id="alice", alert_type="late_fill", severity=Severity.ERROR, message="came late")


@pytest.fixture
def desk() -> RiskDesk:
    """Alice holds two positions on margin, and has orders."""
    desk = RiskDesk()
    desk.control.put(make_figures(make_exposure(BTC, "1"), make_exposure(ETH, "-3"), margin_level="2", open_orders=2))
    desk.advance()
    return desk


def set_level(desk: RiskDesk, level: str) -> None:
    """The margin level is another."""
    desk.control.put(attrs.evolve(desk.control.accounts["alice"], margin_level=Decimal(level)))


def test_an_alert_goes_to_its_account_and_to_the_desk(desk: RiskDesk) -> None:
    """The same payload, as an event of its own type but for the first of an epoch."""
    set_level(desk, "1.4")
    desk.advance(1)
    set_level(desk, "1.2")
    desk.advance(1)

    told = [one for one in desk.session.published if one.topic in (OWN_ALERTS, ALL_ALERTS)]
    assert desk.alerts() == ["raised margin_warning", "raised margin_call", "resolved margin_warning"]
    assert desk.events(OWN_ALERTS) == desk.events(ALL_ALERTS)
    assert [one.event["type"] for one in told] == ["snapshot", "snapshot", "alert", "alert", "alert", "alert"]


def test_facts_and_what_is_told_of_them_are_one_group(desk: RiskDesk) -> None:
    """Either both outlive a crash or neither."""
    groups = len(desk.journal.durable)
    set_level(desk, "1.4")

    desk.component.advance(desk.now_ns)

    (group,) = desk.journal.waiting
    assert len(desk.journal.durable) == groups
    assert len(group.records) == 1
    assert [entry.topic for entry in group.entries] == [OWN_ALERTS, ALL_ALERTS]


def test_an_account_is_liquidated_at_once(desk: RiskDesk) -> None:
    """Orders, then positions, the largest first, each looked at before the next; then it stays reducing."""
    set_level(desk, "1.05")

    desk.advance(1)

    assert desk.control.done == [
        ("cancel", "alice", None, "liquidation"),
        ("close", "alice", ETH, "liquidation", "margin_level"),
        ("close", "alice", BTC, "liquidation", "margin_level"),
    ]
    assert desk.risk.states.of("alice") is TradingState.REDUCING
    assert desk.alerts() == ["raised margin_call", "raised liquidation", "updated liquidation"]
    desk.control.put(make_figures())
    desk.advance(60)
    assert desk.alerts()[3:] == ["resolved liquidation", "resolved margin_call"]


def test_a_liquidation_ends_when_the_level_has_recovered(desk: RiskDesk) -> None:
    """What is left is the account's own."""
    set_level(desk, "1.05")
    desk.control.on_close = lambda figures, _instrument_id: attrs.evolve(
        figures, exposures=figures.exposures[:1], margin_level=Decimal(3)
    )

    for _ in range(5):
        desk.advance(1)

    assert [done[2] for done in desk.control.done if done[0] == "close"] == [ETH]
    assert desk.risk.liquidations.of("alice") is None
    (view,) = desk.events(OWN_RISK)[-1:]
    assert (view["trading_state"], view["is_liquidating"]) == ("reducing", False)


def test_a_liquidation_goes_on_in_the_next_process(desk: RiskDesk) -> None:
    """Whatever was asked for and not carried out is asked for again."""
    desk.control.on_cancel = lambda figures: figures
    set_level(desk, "1.05")
    desk.advance(1)
    assert desk.control.done == [("cancel", "alice", None, "liquidation")]

    successor = RiskDesk(now_ns=desk.now_ns, control=desk.control)
    for body in desk.records:
        successor.risk.apply_record(body)
    assert successor.risk.checkpoint() == desk.risk.checkpoint()
    successor.advance()

    assert desk.control.done == [("cancel", "alice", None, "liquidation")] * 2


def test_who_is_liquidated_is_looked_at_every_time(desk: RiskDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many others there are."""
    monkeypatch.setattr(module, "ACCOUNTS_A_TURN", 1)
    for number in range(20):
        desk.control.put(make_figures(user_id=f"user{number}"))
    desk.control.on_cancel = lambda figures: figures
    set_level(desk, "1.05")
    while not desk.control.done:
        desk.advance(1)

    for _ in range(5):
        desk.advance(1)

    assert desk.control.done == [("cancel", "alice", None, "liquidation")] * 2


def test_limits_and_their_use_are_told_when_they_are_others(desk: RiskDesk) -> None:
    """At once where orders, positions or the state are others, every five seconds where only prices moved."""
    counts = []
    for change in ({"open_orders": 5}, {}, {"equity": Decimal(990)}, {"equity": Decimal(985)}):
        desk.control.put(attrs.evolve(desk.control.accounts["alice"], **change))
        desk.advance(1)
        counts.append(len(desk.events(OWN_RISK)))
    desk.advance(2)
    counts.append(len(desk.events(OWN_RISK)))
    desk.risk.set_state("alice", Turn.HALT, by="desk", reason="because", now_ns=desk.now_ns)
    desk.advance(1)
    counts.append(len(desk.events(OWN_RISK)))

    assert counts == [2, 2, 2, 2, 3, 4]
    assert desk.events(OWN_RISK)[-1]["trading_state"] == "halted"


def test_what_is_as_it_was_is_not_told_again(desk: RiskDesk) -> None:
    """However often it is looked at, and by whichever process."""
    for _ in range(20):
        desk.advance(1)

    assert len(desk.events(OWN_RISK)) == 1


def test_other_slices_raise_and_resolve(desk: RiskDesk) -> None:
    """Within their own transaction, or alone."""
    with desk.publisher.transaction():
        desk.component.raise_alert(LATE_FILL, now_ns=desk.now_ns)
    assert len(desk.journal.waiting) == 1

    desk.now_ns += 60 * NS_PER_S
    desk.component.resolve_alert("alice", "late_fill", now_ns=desk.now_ns)
    desk.component.resolve_alert("alice", "late_fill", now_ns=desk.now_ns)
    desk.write()

    assert desk.alerts(OWN_ALERTS) == ["raised late_fill", "resolved late_fill"]


def test_a_platforms_alerts_are_told(desk: RiskDesk) -> None:
    """All of a call or none."""
    desk.component.receive_handed_in([make_report(1), make_report(2)], now_ns=desk.now_ns)
    with pytest.raises(InvalidArgument):
        desk.component.receive_handed_in(
            [make_report(1, dedup_key=f"k{number}") for number in range(300)], now_ns=desk.now_ns
        )
    desk.write()

    assert desk.alerts() == ["raised theirs", "updated theirs"]


def test_time_moves_alerts_on(desk: RiskDesk) -> None:
    """Nobody has to see the cause again."""
    desk.component.raise_alert(LATE_FILL, now_ns=desk.now_ns)

    desk.advance(300)

    assert desk.alerts() == ["raised late_fill", "escalated late_fill"]


def test_the_state_of_a_topic_of_alerts_is_what_is_not_resolved(desk: RiskDesk) -> None:
    """Of the account that the URI is of, or of all; any other topic is somebody else's."""
    for user_id in ("alice", "a|b"):
        desk.component.raise_alert(attrs.evolve(LATE_FILL, user_id=user_id), now_ns=desk.now_ns)

    def told(topic: str) -> list[str]:
        state: Any = desk.component.state(topic)
        return [row["user_id"] for row in state["alerts"]]

    assert told(ALL_ALERTS) == ["alice", "a|b"]
    assert told("tapecast.user.a_7cb.alerts") == ["a|b"]
    assert told("tapecast.user.nobody.alerts") == []
    for topic in (OWN_RISK, "tapecast.user._ff.alerts", "nonsense"):
        assert desk.component.state(topic) is None


def test_health_tells_that_nothing_is_traded(desk: RiskDesk) -> None:
    """An operator should know why all orders are refused."""
    (well,) = desk.component.health()
    desk.risk.set_state(None, Turn.HALT, by="desk", reason="because", now_ns=desk.now_ns)
    (halted,) = desk.component.health()

    assert (well["name"], well["state"], well["reason"]) == ("risk", "up", "")
    assert (halted["state"], halted["reason"]) == ("degraded", "all accounts are halted")


def test_what_a_liquidation_does_is_in_the_log_of_security(desk: RiskDesk) -> None:
    """With whose account it was."""
    set_level(desk, "1.05")

    with capturedLogs() as events:
        for _ in range(3):
            desk.advance(1)

    told = [event for event in events if event["log_namespace"] == "tapecast.security"]
    assert [(event["user_id"], event.get("instrument")) for event in told] == [
        ("alice", None),
        ("alice", ETH),
        ("alice", BTC),
    ]


def test_a_restart_is_the_same_to_the_last_byte(desk: RiskDesk) -> None:
    """What the journal holds makes the state that the process had."""
    set_level(desk, "1.05")
    desk.component.raise_alert(LATE_FILL, now_ns=desk.now_ns)
    for _ in range(4):
        desk.advance(100)
    desk.call("set_limits", limits={"open_orders": "5"}, reason="as agreed")
    desk.call("halt", reason="venue down")
    successor = Risk(RiskSettings())

    for body in desk.records:
        successor.apply_record(body)

    assert successor.checkpoint() == desk.risk.checkpoint()
