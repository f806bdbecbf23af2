"""What a platform hands in by call, checked field by field: events of one form, or an error that names the field."""

import enum
import re
import typing
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from components.contract.envelope import NS_PER_S
from components.contract.uris import INSTRUMENT_PATTERN
from components.model.arguments import time_of
from components.model.errors import InvalidArgument

MAX_EVENTS = 1000
"""In one call."""

AHEAD_NS = 5 * NS_PER_S
"""How far the platform's clock may be ahead of ours."""

MAX_NUMBER = 2**63 - 1
"""Of the sender's own numbers."""

MAX_SHOWN_CHARS = 64

_NUMBER = r"[0-9]{1,20}(\.[0-9]{1,18})?"
_POSITIVE = rf"^(?=.*[1-9]){_NUMBER}\Z"
_SIZE = rf"^{_NUMBER}\Z"
_SIGNED = rf"^-?{_NUMBER}\Z"
_COUNT = r"^(0|[1-9][0-9]{0,31})\Z"
_NAME = rf"^{INSTRUMENT_PATTERN}\Z"
_ID = r"^[!-~]{1,128}\Z"
_CURRENCY = r"^[A-Za-z0-9]{1,16}\Z"
_TEXT = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]{1,256}\Z"
_WORDS = {
    _POSITIVE: "a number above zero as text, such as '61837.63'",
    _SIZE: "a number as text, such as '0.5'",
    _SIGNED: "a number as text, such as '-1.25'",
    _COUNT: "a whole number as text, such as '3721'",
    _NAME: "an instrument's name: letters, digits, `_` and `-`, at most 32",
    _ID: "1 to 128 printable ASCII characters without spaces",
    _CURRENCY: "a currency such as 'USDT': 1 to 16 letters and digits",
    _TEXT: "1 to 256 printable characters",
}

PositiveText = Annotated[str, Meta(pattern=_POSITIVE)]
SizeText = Annotated[str, Meta(pattern=_SIZE)]
SignedText = Annotated[str, Meta(pattern=_SIGNED)]
CountText = Annotated[str, Meta(pattern=_COUNT)]
InstrumentName = Annotated[str, Meta(pattern=_NAME)]
Id = Annotated[str, Meta(pattern=_ID)]
CurrencyName = Annotated[str, Meta(pattern=_CURRENCY)]
PlainText = Annotated[str, Meta(pattern=_TEXT)]
WholeNumber = Annotated[int, Meta(ge=0, le=MAX_NUMBER)]

_NAMED_FIELD = re.compile("Object (missing required|contains unknown) field `(.*)`", re.DOTALL)
_NAMED_WORDS = {"missing required": "is required", "contains unknown": "there is no such field"}
_TYPES = re.compile("`([^`]*)`")
_PLAIN_WORDS = {
    "str": "text",
    "int": "an integer",
    "float": "a float",
    "bool": "true or false",
    "null": "null",
    "object": "an object",
    "array": "a list",
    "bytes": "bytes",
}


class HandedIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One event as it comes in a call.

    Attributes:
        event_ts: When it happened, by the platform's clock; None where it does not tell.
    """

    event_ts: str | None = None

    def check(self, place: str) -> None:
        """
        See whether its fields fit together.

        Raises:
            InvalidArgument: They do not; the field's name begins with `place`.
        """


Form = TypeVar("Form", bound=HandedIn)


def read_events(events: object, form: type[Form]) -> dict[str, Form]:
    """
    The events of a call, each by the name of its place in it, such as `events[3]`.

    Args:
        events: A list of events, or one event.
        form: What each must look like.

    Raises:
        InvalidArgument: One does not, or there are too many.
    """
    if isinstance(events, dict):
        return {"events": _read_event(events, form, "events")}
    if not isinstance(events, list) or len(events) > MAX_EVENTS:
        raise InvalidArgument("events", f"expected an event, or a list of at most {MAX_EVENTS}")
    places = [f"events[{number}]" for number in range(len(events))]
    return {place: _read_event(event, form, place) for place, event in zip(places, events, strict=True)}


def event_time(event: HandedIn, place: str, *, received_ns: int, stale_ns: int | None = None) -> int | None:
    """
    When an event happened, UNIX nanoseconds; None where it does not tell.

    Args:
        event: Which.
        place: Its name in refusals.
        received_ns: When the call came.
        stale_ns: An event that happened longer before is refused; None takes every age.

    Raises:
        InvalidArgument: It is no time, too far ahead, or too long ago.
    """
    if event.event_ts is None:
        return None
    time_ns = time_of(f"{place}.event_ts", event.event_ts)
    age_ns = received_ns - time_ns
    if age_ns < -AHEAD_NS or (stale_ns is not None and age_ns > stale_ns):
        earliest = "" if stale_ns is None else f" from {stale_ns // NS_PER_S} s ago"
        raise InvalidArgument(
            f"{place}.event_ts",
            f"expected a time{earliest} to {AHEAD_NS // NS_PER_S} s ahead, received one {age_ns / NS_PER_S:.1f} s ago",
        )
    return time_ns


def _read_event(event: object, form: type[Form], place: str) -> Form:
    try:
        return msgspec.convert(event, form)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
    path = path.removesuffix("`")
    field = place + path
    named = _NAMED_FIELD.fullmatch(message)
    if named:
        raise InvalidArgument(f"{field}.{named[2][:MAX_SHOWN_CHARS]}", _NAMED_WORDS[named[1]])
    for pattern, words in _WORDS.items():
        if repr(pattern) in message:
            raise InvalidArgument(field, f"expected {words}")
    if message.startswith("Invalid enum value"):
        raise InvalidArgument(field, f"expected {_choices(form, path.removeprefix('.'))}")
    raise InvalidArgument(field, _in_plain_words(message))


def _choices(form: type[Form], name: str) -> str:
    """The words that a field may be, for people."""
    (kind,) = (one.type for one in msgspec.structs.fields(form) if one.encode_name == name)
    possible = (kind, *typing.get_args(kind))
    words = [str(word) for one in possible if isinstance(one, type) and issubclass(one, enum.StrEnum) for word in one]
    listed = f"{', '.join(words[:-1])} or {words[-1]}"
    return f"{listed}, in small letters" if listed.islower() else listed


def _in_plain_words(message: str) -> str:
    plain = _TYPES.sub(_plain_type, message.replace(", got ", ", received "))
    return plain[0].lower() + plain[1:]


def _plain_type(found: re.Match[str]) -> str:
    return " or ".join(_PLAIN_WORDS.get(word, word) for word in found[1].split(" | "))
