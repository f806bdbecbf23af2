"""A broadcast from the operator's call to where it is read."""

from typing import Any

import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError, TransportLost
from twisted.logger import capturedLogs

from components.admin.broadcast import MOST_A_MINUTE
from components.contract.roles import Role
from tests.support.gateway import refusal
from tests.support.operator_desk import OperatorDesk

TELL_SESSION = "tapecast.trading.tell_session"
EVERYONE = "tapecast.system.announcements"
TRADERS = "tapecast.role.trader.announcements"


@pytest_twisted.async_yield_fixture
async def desk() -> Any:
    """The component, started."""
    desk = OperatorDesk()
    await desk.component.start()
    yield desk


@pytest_twisted.ensureDeferred
async def test_everyone_is_told_and_counted(desk: OperatorDesk) -> None:
    """The answer says where, and how many listen there."""
    desk.router.subscribers[EVERYONE] = 12

    answer = await desk.ask("broadcast", message="Prices are late.", type="incident", topic_family="price")

    ((topic, payload),) = desk.announced
    assert (topic, payload["message"], payload["audience"]) == (EVERYONE, "Prices are late.", {"topic_family": "price"})
    assert answer == {"topic": EVERYONE, "subscribers": 12}


@pytest_twisted.ensureDeferred
async def test_a_role_is_told_alone(desk: OperatorDesk) -> None:
    """On its own topic; the arguments may stand in the contract's order."""
    waiting = desk.session.ask("tapecast.admin.broadcast", "x", None, None, "trader", role=Role.ADMIN)
    desk.write()
    await waiting

    assert [topic for topic, _ in desk.announced] == [TRADERS]


@pytest_twisted.ensureDeferred
async def test_it_is_written_down_first(desk: OperatorDesk) -> None:
    """Nobody is told what nobody can be held to; then it is in the trail with who and what."""
    waiting = desk.begin("broadcast", message="x", severity="warning")
    assert desk.announced == []

    desk.write()
    await waiting

    (record,) = desk.audited
    assert (record["action"], record["user_id"], record["outcome"]) == ("admin.broadcast", "u1", "done")
    assert record["arguments"] == {"message": "x", "severity": "warning"}
    assert len(desk.announced) == 1


@pytest_twisted.ensureDeferred
async def test_a_user_is_told_by_who_owns_the_topic(desk: OperatorDesk) -> None:
    """The process that keeps accounts publishes it among the user's own news."""
    topic = "tapecast.user.alice.session"
    desk.router.subscribers[topic] = 2

    answer = await desk.ask("broadcast", message="Call us.", severity="critical", user_id="alice")

    ((procedure, _, told),) = [call for call in desk.session.calls if call[0] == TELL_SESSION]
    assert procedure == TELL_SESSION
    assert told == {
        "user_id": "alice",
        "event": "announcement",
        "body": {"type": "announcement", "severity": "critical", "message": "Call us."},
    }
    assert (desk.announced, answer) == ([], {"topic": topic, "subscribers": 2})


@pytest.mark.parametrize(
    "error",
    [
        ApplicationError("wamp.error.no_such_procedure"),
        ApplicationError("tapecast.error.unavailable"),
        ApplicationError("wamp.error.canceled"),
        TransportLost(),
    ],
)
@pytest_twisted.ensureDeferred
async def test_nobody_who_tells_users_is_said(desk: OperatorDesk, error: Exception) -> None:
    """A gateway without accounts, or whose process for them is away, cannot: the operator learns so."""
    desk.session.results[TELL_SESSION] = error

    refused = await refusal(desk.ask("broadcast", message="x", user_id="alice"))

    assert refused.error == "tapecast.error.unavailable"


@pytest_twisted.ensureDeferred
async def test_another_refusal_is_passed_on(desk: OperatorDesk) -> None:
    """Whatever else the owner of the topic says is its own."""
    desk.session.results[TELL_SESSION] = ApplicationError("tapecast.error.internal", message="x")

    assert (await refusal(desk.ask("broadcast", message="x", user_id="alice"))).error == "tapecast.error.internal"


@pytest_twisted.ensureDeferred
async def test_one_too_many_is_refused_and_told_to_nobody(desk: OperatorDesk) -> None:
    """With the limit's name; a minute later there is room again."""
    for _ in range(MOST_A_MINUTE):
        await desk.ask("broadcast", message="x")

    with capturedLogs():
        refused = await refusal(desk.ask("broadcast", message="x"))

    assert (refused.error, refused.kwargs["details"]["name"]) == ("tapecast.error.rate_limited", "broadcasts")
    assert refused.kwargs["retry"] is True
    assert len(desk.announced) == MOST_A_MINUTE
    desk.now_ns += 60_000_000_000
    await desk.ask("broadcast", message="x")
    assert len(desk.announced) == MOST_A_MINUTE + 1


@pytest_twisted.ensureDeferred
async def test_what_cannot_be_written_is_not_told(desk: OperatorDesk) -> None:
    """With a journal that has failed the command is unavailable, and nothing is published."""
    with capturedLogs():
        desk.journal.listener.receive_failure("the disk is full")

    assert (await refusal(desk.begin("broadcast", message="x"))).error == "tapecast.error.unavailable"
    assert desk.announced == []
