"""What callers hand over, checked: a value of the right kind, or an error that names the field."""

import enum
import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from components.model.errors import InvalidArgument

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
LONGEST_USER_ID_BYTES = 128
"""In UTF-8, as with those that tokens name."""

MOST_NS = 2**63 - 1
"""What a journal keeps of a time."""

LONGEST_WORDS_CHARS = 256

_DECIMAL = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,18})?")


class Sign(enum.Enum):
    """Which side of zero a number is on."""

    POSITIVE = "a number above zero"
    NOT_NEGATIVE = "a number of zero or more"
    ANY = "a number"


def text_of(field: str, value: object) -> str:
    """
    A text.

    Raises:
        InvalidArgument: It is none.
    """
    if not isinstance(value, str):
        raise InvalidArgument(field, f"expected a string, received {type(value).__name__}")
    return value


def words_of(field: str, value: object) -> str:
    """
    Somebody's words on why something is done.

    Raises:
        InvalidArgument: They are none, or too many.
    """
    text = text_of(field, value)
    if not text.isprintable() or not 0 < len(text) <= LONGEST_WORDS_CHARS:
        raise InvalidArgument(field, f"expected 1 to {LONGEST_WORDS_CHARS} printable characters")
    return text


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


def decimal_of(field: str, value: object, *, sign: Sign = Sign.POSITIVE) -> Decimal:
    """
    A number that came as decimal text, of at most 20 digits before the point and 18 behind it.

    Raises:
        InvalidArgument: It is none, has an exponent or too many digits, or is on the wrong side of zero.
    """
    expected = f"expected {sign.value} as text, such as '61837.63', of at most 20 digits before the point and 18 behind"
    if not isinstance(value, str):
        raise InvalidArgument(field, f"{expected}; received {type(value).__name__}")
    if _DECIMAL.fullmatch(value) is None:
        raise InvalidArgument(field, expected)
    number = Decimal(value)
    if (number < 0 and sign is not Sign.ANY) or (number == 0 and sign is Sign.POSITIVE):
        raise InvalidArgument(field, expected)
    return number


def boolean_of(field: str, value: object) -> bool:
    """
    True or false.

    Raises:
        InvalidArgument: It is neither.
    """
    if not isinstance(value, bool):
        raise InvalidArgument(field, f"expected true or false, received {type(value).__name__}")
    return value


def time_of(field: str, value: object) -> int:
    """
    A time in ISO-8601 with its zone, in UNIX nanoseconds, which 64 bits hold: from 1677 to 2262.

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
    time_ns = (time - _EPOCH) // _MICROSECOND * 1000
    if abs(time_ns) > MOST_NS:
        raise InvalidArgument(field, expected)
    return time_ns
