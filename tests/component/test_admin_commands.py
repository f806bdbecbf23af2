"""Operators' commands: decided, written down with who and why, and only then done."""

from collections.abc import AsyncIterator

import pytest_twisted

from tests.support.operator_desk import (
    ADMIN_PROCEDURES,
    ALERTS,
    OPERATOR,
    OPERATOR_SESSION,
    OperatorDesk,
    connected,
    credential,
    operator_session,
)


@pytest_twisted.async_yield_fixture
async def desk() -> AsyncIterator[OperatorDesk]:
    """The component, started, with one operator and two traders connected."""
    desk = OperatorDesk()
    desk.control.sessions = [operator_session(), connected(10), connected(11, "bob", address="192.0.2.4")]
    await desk.component.start()
    yield desk


@pytest_twisted.ensureDeferred
async def test_everything_of_operators_is_answered(desk: OperatorDesk) -> None:
    """The component registers what the contract says, and where the other processes report."""
    assert set(desk.session.registered) == ADMIN_PROCEDURES | {"tapecast.node.audit"}


@pytest_twisted.ensureDeferred
async def test_a_command_is_done_when_it_is_written_and_not_before(desk: OperatorDesk) -> None:
    """Neither is it answered, nor told, nor held by the router until the journal has it."""
    asked = desk.begin("tokens.revoke", user_id="alice", reason="left the firm")

    assert not asked.called
    assert not desk.audited
    assert len(desk.control.rules) == 1

    desk.write()
    answer = await asked

    assert answer["user_id"] == "alice"
    assert desk.control.rules[-1].revocations.hold(credential("alice"))
    assert not desk.control.rules[-1].revocations.hold(credential("bob"))
    (record,) = desk.audited
    assert (record["type"], record["action"], record["outcome"]) == ("audit", "admin.tokens.revoke", "done")
    assert (record["user_id"], record["session"], record["role"]) == (OPERATOR, OPERATOR_SESSION, "admin")
    assert (record["arguments"], record["reason"]) == ({"user_id": "alice"}, "left the firm")


@pytest_twisted.ensureDeferred
async def test_facts_and_record_are_one_group(desk: OperatorDesk) -> None:
    """What was done and who did it are in the journal together, or neither is."""
    await desk.ask("tokens.revoke", user_id="alice", reason="left the firm")

    (group,) = desk.journal.durable
    assert [one.part for one in group.records] == ["audit", "admin"]
    assert [one.topic for one in group.entries] == [ALERTS]
