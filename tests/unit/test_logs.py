"""The node's log: its lines, and which events become one."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.logger import LogEvent, Logger, LogLevel, capturedLogs, globalLogPublisher

from components.model.errors import ConfigError
from router.logs import LogSettings, is_worth_writing, json_line, set_level, start_log, text_line
from tests.support.tokens import token

TIME_S = 1_700_000_000.25


def logged(namespace: str = "tapecast.node", level: str = "info", text: str = "text", **fields: object) -> LogEvent:
    """An event as Twisted's logger makes it, at a time of ours."""
    with capturedLogs() as events:
        Logger(namespace).emit(LogLevel.levelWithName(level), text, **fields)
    return {**events[0], "log_time": TIME_S}


def failed(message: str) -> LogEvent:
    """An event with the traceback of an exception."""
    with capturedLogs() as events:
        try:
            raise KeyError(message)
        except KeyError:
            Logger("tapecast.router").failure("a message of {peer} failed", peer="tcp4:127.0.0.1:5")
    return {**events[0], "log_time": TIME_S}


def test_a_line_of_text_reads_from_left_to_right() -> None:
    """When, how bad, which process, what of it, and the words."""
    line = text_line(logged(text="container {container} ended", container="market"), "node")

    assert line == "2023-11-14T22:13:20.250000Z INFO     node       tapecast.node: container market ended"


def test_a_line_of_json_has_the_same() -> None:
    """Every field of a line has a name, and those that tell who and what are fields of their own."""
    event = logged("tapecast.security", "warn", "refused as {code}", code="token_expired", user_id="alice", peer=None)

    assert json.loads(json_line(event, "router")) == {
        "time": "2023-11-14T22:13:20.250000Z",
        "level": "warn",
        "process": "router",
        "namespace": "tapecast.security",
        "category": "security",
        "message": "refused as token_expired",
        "code": "token_expired",
        "user_id": "alice",
    }


def test_what_is_not_security_is_operation() -> None:
    """The category tells the two apart."""
    assert json.loads(json_line(logged(), "node"))["category"] == "operation"


def test_fields_that_nobody_named_stay_out() -> None:
    """Only known fields become fields of a line: an event can hold what must not be logged."""
    line = json_line(logged(ticket="secret", authextra={"token": "secret"}), "router")

    assert "secret" not in line


def test_a_field_of_any_type_can_be_written() -> None:
    """A value that JSON has no form for is written as its text."""
    assert json.loads(json_line(logged(reason=ValueError("why")), "node"))["reason"] == "why"


def test_a_failure_brings_its_traceback() -> None:
    """An exception's place and text follow the line, in JSON within it."""
    event = failed("lost key")

    text = text_line(event, "router")
    line = json.loads(json_line(event, "router"))

    assert text.splitlines()[0].endswith("a message of tcp4:127.0.0.1:5 failed")
    assert "Traceback" in text
    assert "lost key" in text
    assert "lost key" in line["traceback"]
    assert line["level"] == "critical"


def test_no_token_is_written_whoever_quotes_it() -> None:
    """Not in a message, a field or a traceback, whole or cut; dotted names are left alone."""
    secret = token()
    quoted = f"cannot read {secret} or {secret[:-9]}, see components.wamp.session"
    in_fields = json_line(logged(reason=quoted), "router")
    in_traceback = text_line(failed(quoted), "router"), json_line(failed(quoted), "router")
    in_message = [write(logged(text="{words}", words=quoted), "router") for write in (text_line, json_line)]

    for line in (in_fields, *in_traceback, *in_message):
        assert not any(part in line for part in secret.split("."))
        assert "cannot read [token] or [token], see components.wamp.session" in line


@pytest.mark.parametrize("text", ["eyJ" * 300_000, "eyJ.eyJ" * 200_000, "-" * 900_000, "a.b-" * 200_000])
def test_a_line_is_looked_through_once(text: str) -> None:
    """Whoever has somebody's text written down does not hold the process up."""
    assert text_line(logged(text="{words}", words=text), "router").endswith(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("eyJhbGciOiJI.e", "[token]"),
        ("eyJhbGciOiJI", "eyJhbGciOiJI"),
        ("eyJhbGciOiJI.", "eyJhbGciOiJI."),
        ("eyJhbGciOiJI..x", "eyJhbGciOiJI..x"),
        ("eyJhbGc.eyJ", "eyJhbGc.eyJ"),
        ("a.xeyJhbGciOiJI.e30.c2ln", "a.x[token]"),
        ("eyJeyJ.eyJhbGciOiJI.e30 and more.", "eyJeyJ.[token] and more."),
    ],
)
def test_a_token_has_a_head_and_more_behind_a_dot(text: str, written: str) -> None:
    """Wherever it begins; what is shorter is none."""
    assert text_line(logged(text="{words}", words=text), "router").endswith(f" {written}")


@given(st.text(max_size=60))
def test_an_event_is_one_line(text: str) -> None:
    """No text, of whatever client, begins a line of its own or steers a terminal."""
    event = logged(text="peer said {words}", words=text)

    for line in (text_line(event, "router"), json_line(event, "router")):
        assert len(line.splitlines()) == 1
        assert "\x1b" not in line


def test_lines_of_a_message_are_kept_apart() -> None:
    """A message of several lines is told as one."""
    assert text_line(logged(text="one\ntwo"), "node").endswith(": one | two")


@pytest.mark.parametrize("level", ["debug", "info", "warn", "error"])
def test_our_own_events_are_written_from_a_level_on(level: str) -> None:
    """The level says from where our own events count; a critical one always does."""
    written = [name for name in ("debug", "info", "warn", "error", "critical") if _counts("tapecast.node", name, level)]

    assert written == ["debug", "info", "warn", "error", "critical"][["debug", "info", "warn", "error"].index(level) :]


def _counts(namespace: str, event_level: str, level: str) -> bool:
    return is_worth_writing({"log_namespace": namespace, "log_level": LogLevel.levelWithName(event_level)}, level)


@pytest.mark.parametrize("namespace", ["crossbar.router.session", "autobahn", "tapecastle.node", "-"])
def test_of_libraries_only_errors_are_written(namespace: str) -> None:
    """Crossbar tells six lines a connection, with what the client said of itself; none of that is ours to log."""
    written = [name for name in ("debug", "info", "warn", "error", "critical") if _counts(namespace, name, "debug")]

    assert written == ["error", "critical"]


def test_crossbars_namespace_counts_where_there_is_no_other() -> None:
    """Events of Crossbar's workers carry their namespace under a name of their own."""
    event: LogEvent = {"cb_namespace": "crossbar.x", "log_level": LogLevel.error, "log_time": TIME_S, "log_format": "a"}

    assert " crossbar.x: a" in text_line(event, "node")
    assert " -: a" in text_line({**event, "cb_namespace": None}, "node")


def test_settings_come_from_the_environment() -> None:
    """Two variables say how a process logs; without them it is text from `info` on."""
    environ = {"TAPECAST_LOG_FORMAT": "json", "TAPECAST_LOG_LEVEL": "debug"}

    assert LogSettings.from_environment(environ) == LogSettings(format="json", level="debug")
    assert LogSettings.from_environment({}) == LogSettings(format="text", level="info")


@pytest.mark.parametrize(
    ("name", "value", "choices"),
    [
        ("TAPECAST_LOG_FORMAT", "xml", "text, json"),
        ("TAPECAST_LOG_LEVEL", "INFO", "debug, info, warn, error"),
        ("TAPECAST_LOG_LEVEL", "critical", "debug, info, warn, error"),
    ],
)
def test_a_value_that_does_not_exist_is_refused(name: str, value: str, choices: str) -> None:
    """The operator reads which setting is wrong, and what it can be."""
    with pytest.raises(ConfigError) as raised:
        LogSettings.from_environment({name: value})

    assert str(raised.value) == f"{name}={value!r}: must be one of {choices}"


@pytest.fixture
def own_observers() -> Iterator[None]:
    """Puts back whatever observed the log before."""
    before = tuple(globalLogPublisher._observers)
    yield
    for observer in tuple(globalLogPublisher._observers):
        globalLogPublisher.removeObserver(observer)
    for observer in before:
        globalLogPublisher.addObserver(observer)


@pytest.mark.usefixtures("own_observers")
def test_a_process_writes_its_events_once_started() -> None:
    """From its start on a process writes what counts, in place of whatever wrote before."""
    before: list[LogEvent] = []
    observer: Any = before.append
    globalLogPublisher.addObserver(observer)
    output = io.StringIO()

    start_log(LogSettings(format="json", level="warn"), process="market", stream=output)
    Logger("tapecast.market").info("quiet")
    Logger("tapecast.market").warn("told")
    Logger("twisted").warn("quiet")

    (line,) = output.getvalue().splitlines()
    assert (json.loads(line)["message"], json.loads(line)["process"]) == ("told", "market")
    assert not before


@pytest.mark.usefixtures("own_observers")
def test_without_a_stream_it_is_the_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    """A worker writes where the controller reads."""
    start_log(LogSettings(), process="market")
    Logger("tapecast.market").info("told")

    assert "tapecast.market: told" in capfd.readouterr().err


def test_another_level_holds_until_it_is_taken_back() -> None:
    """What is set at run time counts in place of the settings', for our own events alone."""
    output = io.StringIO()
    start_log(LogSettings(level="warn"), process="market", stream=output)
    ours, theirs = Logger(namespace="tapecast.market"), Logger(namespace="twisted.web")

    set_level("debug")
    ours.debug("seen")
    theirs.info("unseen")
    set_level(None)
    ours.info("unseen")
    ours.warn("seen too")

    assert [line.rpartition(": ")[2] for line in output.getvalue().splitlines()] == ["seen", "seen too"]
