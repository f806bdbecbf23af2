"""What somebody with rights over others did, as it is written down and told."""

import re
from collections.abc import Mapping

import msgspec

DONE = "done"
SHOWN_CHARS = 256
SHOWN_ITEMS = 20
MOST_SHOWN = 20

_READ_CHARS = 4 * SHOWN_CHARS
_TOKEN = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{10,}+\.[A-Za-z0-9_-]{10,}+\.[A-Za-z0-9_-]*+")
"""No character is looked at from more than one beginning: an operator's text may be as long as a message."""


class AuditRecord(msgspec.Struct, frozen=True, kw_only=True):
    """
    One action of somebody with rights over others: who, when, what and why.

    Attributes:
        at_ns: When, UNIX nanoseconds.
        user_id: Who, as the router disclosed it.
        role: As what.
        session_id: On which session.
        action: The procedure, without `tapecast.`: `admin.tokens.revoke`.
        arguments: What was asked for; never a token.
        reason: Why, in the operator's own words.
        outcome: What came of it: `done`, or the code of the refusal.
    """

    at_ns: int
    user_id: str
    role: str
    session_id: int
    action: str
    arguments: Mapping[str, object]
    reason: str
    outcome: str


def holds_token(text: str) -> bool:
    """Whether something in a text has the form of a token: three base64url parts."""
    return _TOKEN.search(text) is not None


def shown_arguments(arguments: Mapping[str, object]) -> dict[str, object]:
    """What was asked for, of bounded size and without what has the form of a token; the reason is not part of it."""
    asked = [(name, value) for name, value in arguments.items() if name != "reason" and value is not None]
    return {name: _shown(value) for name, value in asked[:MOST_SHOWN]}


def shown_reason(reason: object) -> str:
    """Why it was asked for, in the same way; empty where that is no text."""
    return _shown_text(reason) if isinstance(reason, str) else ""


def _shown(value: object) -> object:
    match value:
        case bool() | int() | float():
            return value
        case str():
            return _shown_text(value)
        case list() if all(isinstance(one, str) for one in value):
            return [_shown_text(one) for one in value[:SHOWN_ITEMS]]
        case dict() if all(isinstance(one, str) for one in (*value, *value.values())):
            return {_shown_text(name): _shown_text(one) for name, one in list(value.items())[:SHOWN_ITEMS]}
    return f"({type(value).__name__})"


def _shown_text(text: str) -> str:
    return _TOKEN.sub("(a token)", text[:_READ_CHARS])[:SHOWN_CHARS]
