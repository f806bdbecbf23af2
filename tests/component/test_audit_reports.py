"""How containers hand in what was done there: once it is known what came of it, and again where it is not taken."""

from typing import Any

import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from components.contract.roles import Role
from components.model.errors import InvalidArgument
from components.wamp.audit_reports import FIRST_DELAY_S, LONGEST_DELAY_S, MOST_WAITING, REPORT, AuditReports
from components.wamp.procedures import register_procedures
from tests.support.recording_session import RecordingSession

NOW_NS = 1_767_225_600_000_000_000
HALT, LIST, ACKNOWLEDGE = "tapecast.risk.halt", "tapecast.bots.list", "tapecast.risk.acknowledge_alert"


class Container:
    """A container with procedures, whose answers the test says."""

    def __init__(self) -> None:
        self.session, self.clock = RecordingSession(), Clock()
        self.reports = AuditReports(self.session, clock=self.clock, wall_clock_ns=lambda: NOW_NS)
        self.answer: Any = {"done": True}
        self.given: list[dict[str, object]] = []
        handlers = dict.fromkeys((HALT, LIST, ACKNOWLEDGE), self.handle)
        register_procedures(self.session, self.reports.audited(handlers))

    def handle(self, _caller: object, user_id: object = None, reason: object = None, note: object = None) -> Any:
        """Answer as the test said."""
        self.given.append({"user_id": user_id, "reason": reason, "note": note})
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @property
    def reported(self) -> list[dict[str, Any]]:
        """What was handed in, each time that it was tried."""
        records: list[Any] = [
            arguments["record"] for procedure, _, arguments in self.session.calls if procedure == REPORT
        ]
        return records


@pytest.fixture
def container() -> Container:
    """A container."""
    return Container()


@pytest_twisted.ensureDeferred
async def test_what_the_desk_did_is_reported(container: Container) -> None:
    """Who, when, what, why, and that it was done; the answer is the handler's own."""
    answer = await container.session.ask(HALT, role=Role.RISK, user_id="ned", reason="margin")

    assert answer == {"done": True}
    assert container.given == [{"user_id": "ned", "reason": "margin", "note": None}]
    assert container.reported == [
        {
            "at_ns": NOW_NS,
            "user_id": "u1",
            "role": "risk",
            "session_id": 7,
            "action": "risk.halt",
            "arguments": {"user_id": "ned"},
            "reason": "margin",
            "outcome": "done",
        }
    ]


@pytest_twisted.ensureDeferred
async def test_a_refusal_is_reported_with_its_code(container: Container) -> None:
    """And told to the caller as ever."""
    container.answer = InvalidArgument("user_id", "expected another")

    with pytest.raises(ApplicationError) as raised:
        await container.session.ask(HALT, role=Role.RISK, user_id=5)

    assert raised.value.error == "tapecast.error.invalid_argument"
    assert [one["outcome"] for one in container.reported] == ["invalid_argument"]


@pytest_twisted.ensureDeferred
async def test_it_is_reported_when_it_is_known_what_came_of_it(container: Container) -> None:
    """A bug is `internal`, and no report says what it tripped over."""
    container.answer = waiting = Deferred[object]()
    asked = container.session.ask(HALT, role=Role.RISK, reason="why")
    assert not container.reported

    with capturedLogs():
        waiting.errback(ValueError("secret"))
        with pytest.raises(ApplicationError):
            await asked

    assert [one["outcome"] for one in container.reported] == ["internal"]
    assert "secret" not in str(container.reported)


@pytest_twisted.ensureDeferred
async def test_what_only_tells_and_what_is_ones_own_is_not_reported(container: Container) -> None:
    """A trader acknowledges own alerts; whoever has rights over others answers for that."""
    await container.session.ask(LIST, role=Role.ADMIN)
    await container.session.ask(ACKNOWLEDGE, role=Role.TRADER, note="seen")
    assert not container.reported

    await container.session.ask(ACKNOWLEDGE, role=Role.ADMIN, note="seen")

    assert [(one["action"], one["arguments"]) for one in container.reported] == [
        ("risk.acknowledge_alert", {"note": "seen"})
    ]


@pytest_twisted.ensureDeferred
async def test_what_is_not_taken_is_reported_again(container: Container) -> None:
    """The same record, later and later, and what came meanwhile behind it, in order."""
    container.session.results[REPORT] = ApplicationError("tapecast.error.unavailable")
    with capturedLogs():
        await container.session.ask(HALT, role=Role.RISK, reason="first")
        await container.session.ask(HALT, role=Role.RISK, reason="second")
        delays_s = []
        for _ in range(8):
            (call,) = container.clock.getDelayedCalls()
            delays_s.append(call.getTime() - container.clock.seconds())
            container.clock.advance(delays_s[-1])
        assert {one["reason"] for one in container.reported} == {"first"}
        assert (delays_s[0], max(delays_s)) == (FIRST_DELAY_S, LONGEST_DELAY_S)

        container.session.results[REPORT] = None
        container.clock.advance(LONGEST_DELAY_S)

    assert [one["reason"] for one in container.reported[-2:]] == ["first", "second"]
    assert not container.clock.getDelayedCalls()


@pytest_twisted.ensureDeferred
async def test_only_so_many_wait(container: Container) -> None:
    """The oldest goes, and what is under way ends by itself."""
    container.session.results[REPORT] = waiting = Deferred[object]()
    with capturedLogs():
        for number in range(MOST_WAITING + 3):
            await container.session.ask(HALT, role=Role.RISK, reason=f"r{number}")
    container.session.results[REPORT] = None

    waiting.callback(None)

    reported = [one["reason"] for one in container.reported]
    assert reported == ["r0", *(f"r{number}" for number in range(3, MOST_WAITING + 3))]


@pytest_twisted.ensureDeferred
async def test_a_container_that_ends_tries_no_more(container: Container) -> None:
    """What was never taken is said in the log."""
    container.session.results[REPORT] = ApplicationError("tapecast.error.unavailable")
    with capturedLogs() as events:
        await container.session.ask(HALT, role=Role.RISK, reason="why")
        container.reports.stop()

    assert not container.clock.getDelayedCalls()
    assert events[-1]["count"] == 1
