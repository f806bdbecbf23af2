"""Another level of the logs for a while, of one process and of all."""

from typing import Any

import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError, TransportLost
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from components.admin.log_component import ANSWERED_WITHIN_S
from components.model.errors import InvalidArgument
from components.wamp.log_level import DEFAULT_DURATION_S, LONGEST_DURATION_S, LogLevelSwitch, duration_of, level_of
from tests.support.gateway import refusal
from tests.support.operator_desk import OperatorDesk

MARKET, TRADING = "tapecast.market.set_log_level", "tapecast.trading.set_log_level"


@pytest_twisted.async_yield_fixture
async def desk() -> Any:
    """The component, started, with two containers that do what they are asked."""
    desk = OperatorDesk()
    desk.session.results.update({MARKET: True, TRADING: True})
    await desk.component.start()
    yield desk


def test_a_level_is_taken_back_when_the_time_is_up() -> None:
    """Nobody has to remember it."""
    clock, levels = Clock(), list[str | None]()
    switch = LogLevelSwitch(clock, levels.append)

    switch.set("debug", 60)
    clock.advance(59.9)
    assert levels == ["debug"]
    clock.advance(0.1)

    assert levels == ["debug", None]


def test_what_is_said_last_holds() -> None:
    """The end of what was said before does not come any more."""
    clock, levels = Clock(), list[str | None]()
    switch = LogLevelSwitch(clock, levels.append)

    switch.set("debug", 60)
    clock.advance(30)
    switch.set("error", 60)
    clock.advance(59)
    assert levels == ["debug", "error"]
    clock.advance(1)
    switch.set("warn", 1)

    assert levels == ["debug", "error", None, "warn"]


@pytest.mark.parametrize("value", [0, -1, LONGEST_DURATION_S + 1, 1.5, "60", True])
def test_a_duration_that_is_none(value: object) -> None:
    """At least a second and at most a day, in whole seconds."""
    with pytest.raises(InvalidArgument) as refused:
        duration_of(value)

    assert refused.value.details["field"] == "duration_s"


def test_a_quarter_of_an_hour_is_meant_unless_it_is_said() -> None:
    """Long enough to see something, and short enough to forget."""
    assert (duration_of(None), duration_of(1), duration_of(LONGEST_DURATION_S)) == (900, 1, 86_400)


@pytest.mark.parametrize("value", ["trace", "DEBUG", "", None, 7])
def test_a_level_that_is_none(value: object) -> None:
    """Four words, as in the settings."""
    with pytest.raises(InvalidArgument) as refused:
        level_of(value)

    assert refused.value.details["field"] == "level"


@pytest_twisted.ensureDeferred
async def test_all_processes_are_asked(desk: OperatorDesk) -> None:
    """The answer says which of them did, and until when."""
    answer = await desk.ask("log.set_level", level="debug", duration_s=60, reason="who is slow?")

    asked = {procedure: arguments for procedure, _, arguments in desk.session.calls}
    said = {"level": "debug", "duration_s": 60}
    assert asked == {MARKET: said, TRADING: said}
    assert desk.levels == ["debug"]
    assert answer == {
        "level": "debug",
        "until": "2026-01-01T00:01:00.000000Z",
        "processes": ["router", "market", "trading"],
        "away": [],
    }
    desk.clock.advance(60)
    assert desk.levels == ["debug", None]


@pytest_twisted.ensureDeferred
async def test_it_is_written_down_first(desk: OperatorDesk) -> None:
    """With who and why; unless said otherwise it ends in a quarter of an hour."""
    waiting = desk.begin("log.set_level", level="warn", reason="too much of it")
    assert desk.levels == []

    desk.write()
    await waiting

    (record,) = desk.audited
    assert (record["action"], record["reason"], record["arguments"]) == (
        "admin.log.set_level",
        "too much of it",
        {"level": "warn"},
    )
    desk.clock.advance(DEFAULT_DURATION_S)
    assert desk.levels == ["warn", None]


@pytest.mark.parametrize("error", [ApplicationError("wamp.error.no_such_procedure"), TransportLost()])
@pytest_twisted.ensureDeferred
async def test_a_process_that_is_away_is_said(desk: OperatorDesk, error: Exception) -> None:
    """The others have the level all the same."""
    desk.session.results[TRADING] = error

    answer = await desk.ask("log.set_level", level="debug", reason="x")

    assert (answer["processes"], answer["away"]) == (["router", "market"], ["trading"])


@pytest_twisted.ensureDeferred
async def test_a_process_that_hangs_is_not_waited_for(desk: OperatorDesk) -> None:
    """After five seconds the answer comes without it."""
    desk.session.results[MARKET] = Deferred()
    waiting = desk.begin("log.set_level", level="debug", reason="x")
    desk.write()

    desk.clock.advance(ANSWERED_WITHIN_S)

    assert (await waiting)["away"] == ["market"]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"reason": "x"}, "level"),
        ({"level": "loud", "reason": "x"}, "level"),
        ({"level": "debug", "duration_s": 0, "reason": "x"}, "duration_s"),
        ({"level": "debug"}, "reason"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_log_arguments_that_do_not_fit(desk: OperatorDesk, arguments: dict[str, Any], field: str) -> None:
    """The field is named, and nothing is set."""
    refused = await refusal(desk.ask("log.set_level", **arguments))

    assert (refused.error, refused.kwargs["details"]["field"]) == ("tapecast.error.invalid_argument", field)
    assert desk.levels == []
