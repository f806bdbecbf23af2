"""The node's log: one line an event, as text or JSON, the same from every process."""

import json
import re
import sys
from collections.abc import Mapping
from typing import TextIO

import attrs
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent, globalLogPublisher
from zope.interface import provider

from components.contract.envelope import format_time
from components.model.errors import ConfigError
from components.model.log_levels import LEVELS

US_PER_S, NS_PER_US = 1_000_000, 1_000
FORMATS = ("text", "json")
OURS = ("tapecast.", "auth.", "components.", "router.")
SECURITY = "tapecast.security"

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""What could end a line or steer a terminal; some of the text is a client's."""

_DOTTED = re.compile(r"(?<![\w-])[\w-]++(?:\.[\w-]*+)++", re.ASCII)
_TOKEN_BEGINS = "eyJ"
"""Of a JSON Web Token: base64url of what begins as a JSON object does, with a dot and more behind it."""

_SHORTEST_HEAD_CHARS = 11

_LEVELS = {name: LogLevel.levelWithName(name) for name in LEVELS}
_FIELDS = ("session", "correlation_id", "user_id", "instrument", "result", "code", "reason", "peer")


@attrs.frozen(kw_only=True)
class LogSettings:
    """
    How a process logs.

    Attributes:
        format: `text` or `json`.
        level: The least level of our own events that is written; of the libraries' only errors are.
    """

    format: str = "text"
    level: str = "info"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "LogSettings":
        """
        Read `TAPECAST_LOG_FORMAT` and `TAPECAST_LOG_LEVEL`; one that is empty counts as not set.

        Raises:
            ConfigError: One of them has a value that does not exist.
        """
        return cls(
            format=_one_of(environ, "TAPECAST_LOG_FORMAT", FORMATS, "text"),
            level=_one_of(environ, "TAPECAST_LOG_LEVEL", LEVELS, "info"),
        )


def _one_of(environ: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    value = environ.get(name) or default
    if value not in choices:
        raise ConfigError(f"{name}={value!r}: must be one of {', '.join(choices)}")
    return value


@attrs.define
class _Override:
    level: str | None = None


_override = _Override()


def set_level(level: str | None) -> None:
    """Write our own events of this process from this level on; None is from that of the settings."""
    _override.level = level


def start_log(settings: LogSettings, *, process: str, stream: TextIO | None = None) -> None:
    """Write the events of this process to a stream, in place of whatever writes them now."""
    output = stream or sys.__stderr__ or sys.stderr
    for observer in tuple(globalLogPublisher._observers):
        globalLogPublisher.removeObserver(observer)

    @provider(ILogObserver)
    def write(event: LogEvent) -> None:
        if is_worth_writing(event, _override.level or settings.level):
            line = json_line(event, process) if settings.format == "json" else text_line(event, process)
            output.write(line + "\n")
            output.flush()

    globalLogPublisher.addObserver(write)


def is_worth_writing(event: LogEvent, level: str) -> bool:
    """Whether an event is written: our own from the level on, everybody else's from `error` on."""
    threshold = _LEVELS[level] if _namespace(event).startswith(OURS) else LogLevel.error
    return bool(event["log_level"] >= threshold)


def text_line(event: LogEvent, process: str) -> str:
    """An event as a line for a person; a traceback follows on lines of its own."""
    level = event["log_level"].name.upper()
    line = f"{_time(event)} {level:<8} {process:<10} {_namespace(event)}: {_message(event)}{_traceback(event)}"
    return _without_tokens(line)


def json_line(event: LogEvent, process: str) -> str:
    """An event as one line of JSON; a security event says so in `category`."""
    line: dict[str, object] = {
        "time": _time(event),
        "level": event["log_level"].name,
        "process": process,
        "namespace": _namespace(event),
        "category": "security" if _namespace(event) == SECURITY else "operation",
        "message": _message(event),
    }
    line.update({name: event[name] for name in _FIELDS if event.get(name) is not None})
    traceback = _traceback(event)
    if traceback:
        line["traceback"] = traceback
    return _without_tokens(json.dumps(line, default=str))


def _without_tokens(line: str) -> str:
    """Leave tokens out that some error quotes, of whoever's making: nobody writes one down on purpose."""
    return _DOTTED.sub(_without_token, line)


def _without_token(dotted: re.Match[str]) -> str:
    """What has dots in it up to where a token begins; each part of it is looked at once, however long it is."""
    text = dotted[0]
    begin = text.find(_TOKEN_BEGINS)
    while begin >= 0:
        dot = text.find(".", begin)
        if dot < 0:
            break
        if dot - begin >= _SHORTEST_HEAD_CHARS and text[dot + 1 : dot + 2] not in ("", "."):
            return f"{text[:begin]}[token]"
        begin = text.find(_TOKEN_BEGINS, dot)
    return text


def _namespace(event: LogEvent) -> str:
    return str(event.get("log_namespace") or event.get("cb_namespace") or "-")


def _time(event: LogEvent) -> str:
    return format_time(round(event["log_time"] * US_PER_S) * NS_PER_US)


def _message(event: LogEvent) -> str:
    text = formatEvent(event).replace("\n", " | ")
    return _CONTROL.sub(lambda found: ascii(found.group())[1:-1], text)


def _traceback(event: LogEvent) -> str:
    failure = event.get("log_failure")
    return "" if failure is None else "\n" + failure.getTraceback()
