"""What the router worker itself publishes, and which figures it shows: its heart, the state of the node, metrics."""

import os
from typing import Any

import pytest
import pytest_twisted
from twisted.logger import LogLevel, capturedLogs

from components.contract.envelope import NS_PER_S
from components.contract.procedures import PROCEDURES
from components.contract.roles import Role
from components.contract.topics import Owner
from components.model.sessions import JoinedSession
from router.component import ANNOUNCEMENTS, COME_BACK_AFTER_MS, HEARTBEAT, STATS, STATUS
from router.reports import LONGEST_SILENCE_NS
from tests.support.gateway import FEED, PROCESS, Gateway, refusal, session_of
from tests.support.operator_desk import ADMIN_PROCEDURES


@pytest_twisted.ensureDeferred
async def test_everything_that_is_the_routers_is_answered(gateway: Gateway) -> None:
    """The component registers what the contract says the router answers but operators', and where containers report."""
    promised = {procedure.uri for procedure in PROCEDURES if procedure.owner is Owner.ROUTER} - ADMIN_PROCEDURES

    assert set(gateway.session.registered) == promised | {"tapecast.node.report", "tapecast.node.list_sessions"}


@pytest_twisted.ensureDeferred
async def test_the_heart_beats_once_a_second(gateway: Gateway) -> None:
    """A counter goes out at once and then every second, numbered like any stream."""
    gateway.clock.advance(1)
    gateway.clock.advance(1)

    beats = gateway.session.events(HEARTBEAT)
    assert [beat["payload"] for beat in beats] == [{"counter": 1}, {"counter": 2}, {"counter": 3}]
    assert [beat["seq"] for beat in beats] == [1, 2, 3]
    assert {beat["type"] for beat in beats} == {"heartbeat"}
    assert len({beat["epoch"] for beat in beats}) == 1


@pytest_twisted.ensureDeferred
async def test_a_failing_beat_is_logged(gateway: Gateway) -> None:
    """A bug that stops the heart does not stop it silently."""
    gateway.router.fails = True

    with capturedLogs() as events:
        gateway.clock.advance(1)

    assert [event["log_namespace"] for event in events if event["log_level"] is LogLevel.critical] == ["tapecast.node"]


@pytest_twisted.ensureDeferred
async def test_status_is_told_when_it_changes(gateway: Gateway) -> None:
    """Parts are published once, and again when one of them is otherwise; that it grows older is no change."""
    gateway.clock.advance(1)
    await gateway.report(FEED)
    gateway.clock.advance(1)
    await gateway.report({**FEED, "age_ms": 900})
    gateway.clock.advance(1)
    await gateway.report({**FEED, "state": "degraded", "reason": "silent"})
    gateway.clock.advance(1)

    payloads = [event["payload"] for event in gateway.session.events(STATUS)]
    assert [payload["status"] for payload in payloads] == ["down", "up", "up"]
    told = [payload["parts"] for payload in payloads]
    assert [[(part["name"], part["state"]) for part in parts] for parts in told] == [
        [("router", "up"), ("market", "down")],
        [("router", "up"), ("market", "up"), ("feed:sim", "up")],
        [("router", "up"), ("market", "up"), ("feed:sim", "degraded")],
    ]


@pytest_twisted.ensureDeferred
async def test_the_stop_is_announced_and_the_last_that_is_said(gateway: Gateway) -> None:
    """Clients hear why and when to come back, who asks for the state is sent away, and the heart stands still."""
    await gateway.report(FEED)

    gateway.component.announce_stop()
    beats = len(gateway.session.events(HEARTBEAT))
    gateway.clock.advance(2)

    (announcement,) = gateway.session.events(ANNOUNCEMENTS)
    assert (announcement["seq"], announcement["type"]) == (1, "snapshot")
    assert announcement["payload"]["reason"] == "shutdown"
    assert announcement["payload"]["severity"] == "warning"
    assert announcement["payload"]["retry_after_ms"] == COME_BACK_AFTER_MS
    assert len(gateway.session.events(HEARTBEAT)) == beats
    assert (await gateway.http("health"))[0] == 503


@pytest_twisted.ensureDeferred
async def test_a_silent_container_is_down(gateway: Gateway, later: Any) -> None:
    """Three seconds after its last report a container is down, and the next report brings it back."""
    await gateway.report(FEED)
    assert (await gateway.http("health"))[0] == 200

    later(LONGEST_SILENCE_NS + 1)
    status, body = await gateway.http("health")

    assert (status, body["status"]) == (503, "down")
    assert [part["reason"] for part in body["parts"]] == ["", "it is silent"]
    await gateway.report(FEED)
    assert await gateway.http("health") == (
        200,
        {
            "status": "up",
            "parts": [
                {"name": "router", "state": "up", "reason": "", "age_ms": None},
                {"name": "market", "state": "up", "reason": "", "age_ms": None},
                FEED,
            ],
        },
    )


@pytest_twisted.ensureDeferred
async def test_a_containers_figures_are_shown_while_it_reports(gateway: Gateway, later: Any) -> None:
    """What a container counts is on the router's page of metrics, until it falls silent."""
    sample = ["tapecast_x_total", {"feed": "sim"}, 7.0]
    family: dict[str, object] = {"name": "tapecast_x", "documentation": "X.", "type": "counter", "samples": [sample]}
    await gateway.report(FEED, families=(family,))

    assert gateway.registry.get_sample_value("tapecast_x_total", {"feed": "sim"}) == 7
    later(LONGEST_SILENCE_NS + 1)
    assert gateway.registry.get_sample_value("tapecast_x_total", {"feed": "sim"}) is None


@pytest_twisted.ensureDeferred
async def test_sessions_and_joins_are_counted(gateway: Gateway) -> None:
    """How many sessions each role has is noted every second, and joins as they are decided."""
    gateway.router.sessions[7] = session_of("alice", Role.TRADER)
    gateway.clock.advance(1)
    gateway.component.count_authentication("ticket", "accepted")

    labels = {"method": "ticket", "result": "accepted"}
    assert gateway.registry.get_sample_value("tapecast_sessions", {"role": "trader"}) == 1
    assert gateway.registry.get_sample_value("tapecast_sessions", {"role": "admin"}) == 0
    assert gateway.registry.get_sample_value("tapecast_authentications_total", labels) == 1


@pytest_twisted.ensureDeferred
async def test_the_routers_figures_are_scraped(gateway: Gateway) -> None:
    """What the router counts is on the page of metrics as it is at that moment."""
    counted = gateway.router.counted
    counted.count_sent("event", 3)
    counted.observe_delivery("price", 3_000_000, 3)
    counted.connection_opened()
    counted.connection_opened()
    counted.connection_closed(90 * NS_PER_S, "slow_consumer")
    counted.count_refusal("market_points")
    counted.count_thinned("gapped", "dropped", 4)
    counted.count_subscription("price", 1)
    gateway.router.waiting["lossless"] = 9

    def scraped(name: str, **labels: str) -> float | None:
        return gateway.registry.get_sample_value(f"tapecast_{name}", labels)

    assert scraped("messages_total", direction="sent", type="event") == 3
    assert scraped("delivery_latency_seconds_bucket", topic="price", le="0.002") == 0
    assert scraped("delivery_latency_seconds_bucket", topic="price", le="0.003") == 3
    assert scraped("delivery_latency_seconds_bucket", topic="price", le="+Inf") == 3
    assert scraped("delivery_latency_seconds_sum", topic="price") == pytest.approx(0.009)
    assert scraped("connections") == 1
    assert scraped("connection_duration_seconds_bucket", le="60.0") == 0
    assert scraped("connection_duration_seconds_bucket", le="300.0") == 1
    assert scraped("connections_closed_total", reason="slow_consumer") == 1
    assert scraped("refusals_total", limit="market_points") == 1
    assert scraped("events_thinned_total", delivery="gapped", fate="dropped") == 4
    assert scraped("subscriptions", topic="price") == 1
    assert scraped("waiting_messages", lane="lossless") == 9
    assert scraped("waiting_messages", lane="control") == 0


@pytest_twisted.ensureDeferred
async def test_a_report_that_is_none_changes_nothing(gateway: Gateway) -> None:
    """A report with a state that does not exist is refused, logged, and not kept."""
    with capturedLogs() as events:
        error = await refusal(gateway.report({**FEED, "state": "sideways"}))

    assert error.error == "tapecast.error.internal"
    assert [event["procedure"] for event in events if "log_failure" in event] == ["tapecast.node.report"]
    assert (await gateway.http("health"))[0] == 503


@pytest_twisted.ensureDeferred
async def test_our_own_processes_learn_who_is_there(gateway: Gateway) -> None:
    """The sessions of the users that they ask for, with their numbers and when they joined."""
    gateway.router.joined = [
        JoinedSession(session_id=number, user_id=user_id, joined_ns=100 + number)
        for number, user_id in enumerate(("alice", "bob", "alice"), start=1)
    ]

    listed = await gateway.session.ask("tapecast.node.list_sessions", role=Role.GATEWAY, user_ids=["alice"])

    assert listed == [
        {"session_id": 1, "user_id": "alice", "joined_ns": 101},
        {"session_id": 3, "user_id": "alice", "joined_ns": 103},
    ]


@pytest_twisted.ensureDeferred
async def test_stats_are_for_those_who_listen(gateway: Gateway) -> None:
    """Nothing is reckoned while nobody follows the topic; from then on it is told once a second."""
    gateway.clock.advance(1)
    gateway.router.subscribers[STATS] = 1
    gateway.clock.advance(1)
    gateway.clock.advance(1)
    gateway.router.subscribers[STATS] = 0
    gateway.clock.advance(1)

    told = gateway.session.events(STATS)
    assert [event["seq"] for event in told] == [1, 2]
    assert told[-1]["payload"]["versions"] == {"tapecast": "1.2.3"}


@pytest_twisted.ensureDeferred
async def test_stats_are_asked_for(gateway: Gateway) -> None:
    """Whoever asks gets the figures as they are then, those of the router's own process and the container's too."""
    gateway.component.count_authentication("ticket", "token_invalid")
    await gateway.report(FEED)
    await gateway.report(FEED, process={**PROCESS, "pid": 43})

    figures = await gateway.session.ask("tapecast.admin.stats.get", role=Role.ADMIN)

    assert figures["joins"] == {"accepted": 0, "refused": {"token_invalid": 1}}
    router, market = figures["processes"]
    assert (router["process"], router["pid"], router["restarts"]) == ("router", os.getpid(), 0)
    assert router["memory_bytes"] > 1 << 20
    assert (market["process"], market["pid"], market["restarts"]) == ("market", 43, 1)
