"""Topics of the router's that a component beside its own publishes: who is asked, and what is told of that one."""

from collections.abc import AsyncIterator
from typing import Any

import attrs
import pytest_twisted
from prometheus_client import CollectorRegistry
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from components.contract.roles import Role
from router.component import HEARTBEAT, RouterComponent
from tests.support.gateway import AWAY, FakeRouter, refusal
from tests.support.operator_desk import ALERTS, OperatorDesk
from tests.support.recording_session import RecordingSession
from tests.support.token_readers import secret_reader

GET, RESUME, LIST = "tapecast.stream.get", "tapecast.stream.resume", "tapecast.stream.list"


@attrs.define
class Worker:
    """The two components of a router worker."""

    desk: OperatorDesk
    component: RouterComponent
    session: RecordingSession

    def ask(self, procedure: str, **arguments: Any) -> Any:
        """What the router's component answers an operator."""
        return self.session.ask(procedure, role=Role.ADMIN, **arguments)


@pytest_twisted.async_yield_fixture
async def worker(clock: Clock) -> AsyncIterator[Worker]:
    """Both started, with one record on the trail."""
    desk, session, registry = OperatorDesk(), RecordingSession(), CollectorRegistry()
    for owner in ("market", "trading"):
        session.results[f"tapecast.{owner}.stream_list"] = AWAY
    component = RouterComponent(
        session,
        FakeRouter(),
        clock,
        containers=(),
        registry=registry,
        tokens=secret_reader(),
        versions={},
        new_epoch=lambda: "memory",
        companion=desk.component,
    )
    await desk.component.start()
    await component.start()
    await desk.ask("tokens.revoke", user_id="alice", reason="left the firm")
    yield Worker(desk, component, session)


@pytest_twisted.ensureDeferred
async def test_each_topic_is_asked_of_whom_publishes_it(worker: Worker) -> None:
    """Snapshots and resumes of both, each with its own numbers."""
    alerts = await worker.ask(GET, topic=ALERTS)
    beat = await worker.ask(GET, topic=HEARTBEAT)
    resumed = await worker.ask(RESUME, topic=ALERTS, epoch=alerts["epoch"], seq=0)

    assert (alerts["epoch"], alerts["seq"]) == ("e1", 1)
    assert (beat["epoch"], beat["payload"]) == ("memory", {"counter": 1})
    assert [event["payload"]["action"] for event in resumed["events"]] == ["admin.tokens.revoke"]


@pytest_twisted.ensureDeferred
async def test_a_list_has_the_topics_of_both(worker: Worker) -> None:
    """While nobody can vouch for the journal's, the others."""
    both = await worker.ask(LIST)
    with capturedLogs():
        worker.desk.journal.listener.receive_failure("the disk is full")
    others = await worker.ask(LIST)

    assert {row["topic"] for row in both} - {row["topic"] for row in others} == {ALERTS}
    assert HEARTBEAT in {row["topic"] for row in others}
    assert (await refusal(worker.ask(GET, topic=ALERTS))).error == "tapecast.error.unavailable"
    assert (await worker.ask(GET, topic=HEARTBEAT))["seq"] == 1


@pytest_twisted.ensureDeferred
async def test_its_journal_is_a_part_of_the_node(worker: Worker, clock: Clock) -> None:
    """That fails without ending anything else: the heart beats on, and says so."""
    with capturedLogs():
        worker.desk.journal.listener.receive_failure("the disk is full")
        clock.advance(1)

    status = worker.session.events("tapecast.system.status")[-1]["payload"]
    assert {"name": "journal:router", "state": "down", "reason": "the disk is full", "age_ms": None} in status["parts"]
    assert len(worker.session.events(HEARTBEAT)) == 2
