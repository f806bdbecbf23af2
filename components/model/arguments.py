"""What callers hand over, checked: a value of the right kind, or an error that names the field."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from components.model.errors import InvalidArgument

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
LONGEST_USER_ID_BYTES = 128
"""In UTF-8, as with those that tokens name."""


def text_of(field: str, value: object) -> str:
    """
    A text.

    Raises:
        InvalidArgument: It is none.
    """
    if not isinstance(value, str):
        raise InvalidArgument(field, f"expected a string, received {type(value).__name__}")
    return value


def one_of(field: str, value: object, choices: Collection[str]) -> str:
    """
    One of a few words.

    Raises:
        InvalidArgument: It is none of them.
    """
    text = text_of(field, value)
    if text not in choices:
        raise InvalidArgument(field, f"expected one of {', '.join(choices)}")
    return text


def user_id_of(field: str, value: object) -> str:
    """
    A user id as a token could name it; whether there is such a user is not asked.

    Raises:
        InvalidArgument: It is none.
    """
    text = text_of(field, value)
    if not text.isprintable() or not 0 < len(text.encode()) <= LONGEST_USER_ID_BYTES:
        raise InvalidArgument(field, f"expected 1 to {LONGEST_USER_ID_BYTES} bytes of printable text")
    return text


def integer_of(field: str, value: object, *, least: int, most: int) -> int:
    """
    A whole number within bounds.

    Raises:
        InvalidArgument: It is none, or out of bounds.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidArgument(field, f"expected an integer from {least} to {most}")
    return value


def time_of(field: str, value: object) -> int:
    """
    A time in ISO-8601 with its zone, in UNIX nanoseconds.

    Raises:
        InvalidArgument: It is none.
    """
    expected = "expected a time such as 2026-01-01T12:00:00.000001Z"
    try:
        time = datetime.fromisoformat(text_of(field, value))
    except ValueError:
        raise InvalidArgument(field, expected) from None
    if time.tzinfo is None:
        raise InvalidArgument(field, expected)
    return (time - _EPOCH) // _MICROSECOND * 1000
