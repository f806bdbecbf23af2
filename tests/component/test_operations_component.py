"""The node watched, and what operators are told of it."""

from typing import Any

import pytest_twisted
from twisted.logger import LogLevel, capturedLogs

from components.contract.envelope import NS_PER_S
from components.model.node_state import NodeState
from tests.support.operator_desk import ALERTS, OperatorDesk
from tests.support.watched_node import node_state, part

UP = node_state(part("market"))
AWAY = node_state(part("market", "down", "it is silent"))


@pytest_twisted.async_yield_fixture
async def desk() -> Any:
    """The component, started."""
    desk = OperatorDesk()
    await desk.component.start()
    yield desk


def observe(desk: OperatorDesk, state: NodeState, *, after_s: int = 1) -> None:
    """Let a time go by, look at the node, and let all be written."""
    desk.now_ns += after_s * NS_PER_S
    desk.component.observe(state)
    desk.write()


@pytest_twisted.ensureDeferred
async def test_one_cause_is_one_alert(desk: OperatorDesk) -> None:
    """It opens and is resolved, however often the node is looked at meanwhile."""
    for state, after_s in ((UP, 1), (AWAY, 1), (AWAY, 1), (UP, 1), (UP, 1), (UP, 5), (UP, 1)):
        observe(desk, state, after_s=after_s)

    events = desk.session.events(ALERTS)
    assert [event["payload"]["state"] for event in events] == ["open", "resolved"]
    assert [event["seq"] for event in events] == [1, 2]
    assert [event["type"] for event in events] == ["snapshot", "alert"]
    assert {event["payload"]["since"] for event in events} == {events[0]["ts"]}


@pytest_twisted.ensureDeferred
async def test_nothing_is_told_before_it_is_written(desk: OperatorDesk) -> None:
    """An alert that somebody has seen is there after a loss of power."""
    observe(desk, UP)
    desk.component.observe(AWAY)

    assert desk.session.events(ALERTS) == []
    desk.write()
    assert len(desk.session.events(ALERTS)) == 1


@pytest_twisted.ensureDeferred
async def test_whoever_comes_later_sees_what_is_open(desk: OperatorDesk) -> None:
    """The topic's state is what is open, and the last events; nothing yet is an empty state."""
    nothing: Any = desk.component.stream_get(None, ALERTS)
    observe(desk, UP)
    observe(desk, AWAY)

    state: Any = desk.component.stream_get(None, ALERTS)

    assert (nothing["seq"], nothing["payload"]) == (0, {})
    (alert,) = state["payload"]["open"]
    assert (alert["dedup_key"], state["payload"]["alerts"]) == ("part:market", [alert])


@pytest_twisted.ensureDeferred
async def test_a_surge_is_in_the_log_of_security(desk: OperatorDesk) -> None:
    """Who watches the log learns of it too; how parts are is told there by others."""
    observe(desk, UP)
    with capturedLogs() as events:
        observe(desk, node_state(part("market", "down", "x"), refusals={"market_points": 1000}))

    security = [event for event in events if event["log_namespace"] == "tapecast.security"]
    assert [event["event"] for event in security] == ["refusals"]
    assert len(desk.session.events(ALERTS)) == 2


@pytest_twisted.ensureDeferred
async def test_a_bug_ends_the_watching_alone(desk: OperatorDesk) -> None:
    """It is logged once, and whoever calls once a second goes on."""
    broken: Any = None
    with capturedLogs() as events:
        observe(desk, broken)
        observe(desk, broken)
        observe(desk, AWAY, after_s=100)

    critical = [event for event in events if event["log_level"] is LogLevel.critical]
    assert [event["log_namespace"] for event in critical] == ["tapecast.node"]
    assert desk.session.events(ALERTS) == []


@pytest_twisted.ensureDeferred
async def test_a_failed_journal_stops_nothing(desk: OperatorDesk) -> None:
    """What cannot be written is not told, and the node is looked at all the same."""
    observe(desk, UP)
    desk.journal.listener.receive_failure("the disk is full")

    with capturedLogs() as events:
        observe(desk, AWAY)

    assert desk.session.events(ALERTS) == []
    assert [event for event in events if "log_failure" in event] == []
