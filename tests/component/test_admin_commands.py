"""Operators' commands: decided, written down with who and why, and only then done."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.logger import capturedLogs

from components.admin.keeper_component import REOPEN_INTERVAL_S
from components.contract.roles import Role
from components.model.errors import ConfigError, Unavailable
from components.streams.sqlite_store import Synchronous
from tests.support.gateway import refusal
from tests.support.held_journal import HeldJournal
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
from tests.support.stepped_journal import SteppedJournal

UNAVAILABLE = "tapecast.error.unavailable"
REVOKE: dict[str, Any] = {"user_id": "alice", "reason": "left the firm"}


@pytest_twisted.async_yield_fixture
async def desk() -> AsyncIterator[OperatorDesk]:
    """The component, started, with one operator and two traders connected."""
    desk = OperatorDesk()
    desk.control.sessions = [operator_session(), connected(10), connected(11, "bob", address="192.0.2.4")]
    await desk.component.start()
    yield desk


def reopened_desk(path: Path) -> OperatorDesk:
    """A component on a journal in a file, as another process finds it."""
    return OperatorDesk(open_journal=lambda: SteppedJournal(path, synchronous=Synchronous.FULL))


def is_revoked(desk: OperatorDesk, user_id: str) -> bool:
    """Whether the router was told so last."""
    return desk.control.rules[-1].revocations.hold(credential(user_id))


async def rows(desk: OperatorDesk, procedure: str = "tokens.list_revocations") -> Any:
    """What an operator is told, for which nothing is written."""
    return await desk.begin(procedure)


@pytest_twisted.ensureDeferred
async def test_everything_of_operators_is_answered(desk: OperatorDesk) -> None:
    """The component registers what the contract says, and where the other processes report."""
    assert set(desk.session.registered) == ADMIN_PROCEDURES | {"tapecast.node.audit"}


@pytest_twisted.ensureDeferred
async def test_a_command_is_done_when_it_is_written_and_not_before(desk: OperatorDesk) -> None:
    """Neither is it answered, nor told, nor held by the router until the journal has it."""
    asked = desk.begin("tokens.revoke", **REVOKE)

    assert not asked.called
    assert not desk.audited
    assert len(desk.control.rules) == 1
    assert await rows(desk) == []
    assert (await rows(desk, "audit.list"))["records"] == []

    desk.write()
    answer = await asked

    assert answer["user_id"] == "alice"
    assert is_revoked(desk, "alice")
    assert not is_revoked(desk, "bob")
    (record,) = desk.audited
    assert (record["type"], record["action"], record["outcome"]) == ("audit", "admin.tokens.revoke", "done")
    assert (record["user_id"], record["session"], record["role"]) == (OPERATOR, OPERATOR_SESSION, "admin")
    assert (record["arguments"], record["reason"]) == ({"user_id": "alice"}, "left the firm")


@pytest_twisted.ensureDeferred
async def test_facts_and_record_are_one_group(desk: OperatorDesk) -> None:
    """What was done and who did it are in the journal together, or neither is."""
    await desk.ask("tokens.revoke", **REVOKE)

    (group,) = desk.journal.durable
    assert {one.part for one in group.records} == {"admin", "audit"}
    assert [one.topic for one in group.entries] == [ALERTS]


@pytest_twisted.ensureDeferred
async def test_a_refused_command_is_on_the_trail_too(desk: OperatorDesk) -> None:
    """With what was asked for and why it was refused, and nothing has changed."""
    error = await refusal(desk.ask("tokens.revoke", user_id="alice"))

    assert (error.error, error.kwargs["details"]) == ("tapecast.error.invalid_argument", {"field": "reason"})
    (record,) = desk.audited
    assert (record["outcome"], record["arguments"], record["reason"]) == ("invalid_argument", {"user_id": "alice"}, "")
    assert len(desk.control.rules) == 1
    (told,) = (await rows(desk, "audit.list"))["records"]
    assert {**told, "type": "audit", "severity": "info"} == record


@pytest_twisted.ensureDeferred
async def test_a_token_is_on_no_trail(desk: OperatorDesk) -> None:
    """Not even where an operator hands one over by mistake, in whatever argument."""
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLWl0"

    with capturedLogs() as events:
        first = await refusal(desk.ask("tokens.revoke", token_id=token, reason="leaked"))
        second = await refusal(desk.ask("tokens.revoke", token_id="t1", reason=f"leaked: {token}"))

    written = list(desk.journal.durable)
    assert [one["outcome"] for one in desk.audited] == ["invalid_argument"] * 2
    assert token not in f"{first.kwargs}{second.kwargs}{desk.session.published}{written}{events}"
    assert "eyJ" not in f"{first.kwargs}{second.kwargs}{desk.session.published}{written}"


@pytest_twisted.ensureDeferred
async def test_what_only_tells_is_on_no_trail(desk: OperatorDesk) -> None:
    """Lists are asked for again and again."""
    for procedure in ("sessions.list", "addresses.list", "tokens.list_revocations", "maintenance.get", "audit.list"):
        await rows(desk, procedure)

    assert not desk.journal.waiting


@pytest_twisted.ensureDeferred
async def test_a_journal_that_fails_refuses_commands_and_changes_nothing(desk: OperatorDesk) -> None:
    """What held before goes on to hold and to be told; what was under way was never said."""
    await desk.ask("tokens.revoke", user_id="bob", reason="first")
    asked = desk.begin("tokens.revoke", **REVOKE)

    with capturedLogs():
        desk.journal.listener.receive_failure("the disk is full")

    assert (await refusal(asked)).error == UNAVAILABLE
    assert (await refusal(desk.begin("sessions.disconnect", session=10, reason="now"))).error == UNAVAILABLE
    assert (await refusal(desk.begin("tokens.restore", user_id="bob", reason="now"))).error == UNAVAILABLE
    assert desk.control.ended == []
    assert is_revoked(desk, "bob")
    assert not is_revoked(desk, "alice")
    assert [one["user_id"] for one in await rows(desk)] == ["bob"]
    assert [one["reason"] for one in (await rows(desk, "audit.list"))["records"]] == ["first"]
    assert len((await rows(desk, "sessions.list"))["sessions"]) == 3
    assert [one["reason"] for one in desk.audited] == ["first"]
    (part,) = desk.component.health()
    assert (part["name"], part["state"], part["reason"]) == ("journal:router", "down", "the disk is full")


@pytest_twisted.ensureDeferred
async def test_nothing_is_decided_that_cannot_be_written(desk: OperatorDesk) -> None:
    """A command that would be refused as `unavailable` is not begun."""
    decided: list[object] = []

    def decide(caller: object) -> Any:
        decided.append(caller)
        return lambda: None

    handler: Any = desk.component.commands.command("tapecast.admin.test", decide)
    with capturedLogs():
        desk.journal.listener.receive_failure("the disk is full")
        with pytest.raises(Unavailable):
            await handler(_Caller)

    assert not decided


@pytest_twisted.ensureDeferred
async def test_a_journal_that_has_failed_is_used_again_when_it_can_be(tmp_path: Path) -> None:
    """It is tried every few seconds; what was durable is found, and what was refused is not."""
    desk = reopened_desk(tmp_path / "admin.journal")
    await desk.component.start()
    first = desk.begin("tokens.revoke", user_id="bob", reason="first")
    desk.journal.write(1)
    await first
    asked = desk.begin("tokens.revoke", **REVOKE)
    desk.journal._waiting.clear()
    with capturedLogs():
        desk.journal.fail("the disk is full")
    await refusal(asked)

    desk.clock.advance(REOPEN_INTERVAL_S)

    assert [part["state"] for part in desk.component.health()] == ["up"]
    assert [one["user_id"] for one in await rows(desk)] == ["bob"]
    again = desk.begin("tokens.revoke", **REVOKE)
    desk.journal.write(1)
    assert (await again)["user_id"] == "alice"
    assert (is_revoked(desk, "bob"), is_revoked(desk, "alice")) == (True, True)
    assert [event["seq"] for event in desk.session.events(ALERTS)] == [1, 2]
    await desk.component.stop()


@pytest_twisted.ensureDeferred
async def test_it_is_tried_again_as_often_as_it_takes() -> None:
    """A journal that cannot be opened yet changes nothing, and is tried after the same time."""
    journals: list[Any] = []

    class Refusing(HeldJournal):
        async def start(self, listener: Any) -> Any:
            """Be of use at the first time and at the fourth."""
            if 1 < len(journals) < 4:
                raise ConfigError("the disk is full still")
            return await super().start(listener)

    def open_journal() -> HeldJournal:
        journal = Refusing()
        journals.append(journal)
        return journal

    desk = OperatorDesk(open_journal=open_journal)
    await desk.component.start()
    with capturedLogs():
        desk.journal.listener.receive_failure("the disk is full")
        for _ in range(2):
            desk.clock.advance(REOPEN_INTERVAL_S)
            assert (await refusal(desk.begin("tokens.revoke", **REVOKE))).error == UNAVAILABLE
        desk.clock.advance(REOPEN_INTERVAL_S)

    await desk.ask("tokens.revoke", **REVOKE)

    assert is_revoked(desk, "alice")
    assert len(journals) == 4


@pytest_twisted.ensureDeferred
async def test_a_component_that_stops_tries_no_more(desk: OperatorDesk) -> None:
    """The process ends; its journal is closed."""
    with capturedLogs():
        desk.journal.listener.receive_failure("the disk is full")
    await desk.component.stop()

    assert not desk.clock.getDelayedCalls()
    assert desk.journal.is_stopped


@pytest_twisted.ensureDeferred
async def test_what_was_said_holds_for_the_next_process(tmp_path: Path) -> None:
    """The router is told before anything is answered, and the trail goes on."""
    desk = reopened_desk(tmp_path / "admin.journal")
    await desk.component.start()
    said: tuple[tuple[str, dict[str, Any]], ...] = (
        ("tokens.revoke", REVOKE),
        ("addresses.block", {"address": "203.0.113.0/24", "reason": "scans"}),
        ("maintenance.begin", {"roles": ["risk"], "refuse": ["orders"], "message": "soon", "reason": "move"}),
    )
    for procedure, arguments in said:
        asked = desk.begin(procedure, **arguments)
        desk.journal.write(1)
        await asked
    desk.journal.die()

    another = reopened_desk(tmp_path / "admin.journal")
    await another.component.start()

    (rules,) = another.control.rules
    assert rules.revocations.hold(credential("alice"))
    assert [str(one.network) for one in rules.blocked] == ["203.0.113.0/24"]
    assert rules.maintenance is not None
    assert rules.maintenance.roles == {Role.RISK, Role.ADMIN, Role.GATEWAY}
    trail = (await rows(another, "audit.list"))["records"]
    assert [one["action"] for one in trail] == [
        "admin.maintenance.begin",
        "admin.addresses.block",
        "admin.tokens.revoke",
    ]
    await another.component.stop()


@pytest_twisted.ensureDeferred
async def test_a_journal_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Whoever starts the component must not let anybody in without it."""
    (tmp_path / "admin.journal").write_bytes(b"no journal" * 100)
    desk = reopened_desk(tmp_path / "admin.journal")

    with pytest.raises(ConfigError, match=r"admin\.journal"):
        await desk.component.start()

    assert not desk.control.rules
    assert not desk.session.registered


@pytest_twisted.ensureDeferred
async def test_a_bug_in_a_command_is_internal_and_mended(desk: OperatorDesk) -> None:
    """What it may have left is not written, and all is read from the journal anew."""
    decide: Any = desk.component.commands.command("tapecast.admin.broken", lambda caller: caller.nobody)
    with capturedLogs():
        with pytest.raises(AttributeError):
            await decide(_Caller)
        assert (await refusal(desk.begin("tokens.revoke", **REVOKE))).error == UNAVAILABLE
        desk.clock.advance(REOPEN_INTERVAL_S)

    await desk.ask("tokens.revoke", **REVOKE)

    assert is_revoked(desk, "alice")


class _Caller:
    """Who calls what is broken."""

    user_id, role, session_id = OPERATOR, Role.ADMIN, OPERATOR_SESSION


@pytest_twisted.ensureDeferred
async def test_its_topic_is_told_as_far_as_it_is_durable(desk: OperatorDesk) -> None:
    """A snapshot waits for what it tells, and is unavailable while nobody can vouch for it."""
    asked = desk.begin("tokens.revoke", **REVOKE)
    got: Any = desk.component.stream_get(None, ALERTS)
    assert not got.called
    desk.write()
    await asked

    snapshot = await got
    resumed: Any = desk.component.stream_resume(None, ALERTS, snapshot["epoch"], 0)
    listed: Any = desk.component.stream_list(None, "tapecast.admin")

    assert snapshot["seq"] == 1
    assert [event["seq"] for event in resumed["events"]] == [1]
    assert [row["topic"] for row in listed] == [ALERTS]
    with capturedLogs():
        desk.journal.listener.receive_failure("the disk is full")
    with pytest.raises(Exception, match="cannot be written down"):
        desk.component.stream_get(None, ALERTS)


@pytest_twisted.ensureDeferred
async def test_its_journals_figures_are_told(desk: OperatorDesk) -> None:
    """In the form in which containers report theirs."""
    assert desk.component.metric_families() == []
    assert [part["state"] for part in desk.component.health()] == ["up"]
