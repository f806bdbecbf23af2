"""What callers hand over, checked."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from components.model.arguments import (
    Sign,
    boolean_of,
    decimal_of,
    integer_of,
    one_of,
    text_of,
    time_of,
    user_id_of,
    words_of,
)
from components.model.errors import InvalidArgument


def test_good_values_pass() -> None:
    """Each as what it is; a time becomes nanoseconds, without loss, whatever its zone."""
    assert text_of("name", "BTCUSDT") == "BTCUSDT"
    assert user_id_of("user_id", "ü" * 64) == "ü" * 64
    assert words_of("reason", "ü" * 256) == "ü" * 256
    assert one_of("interval", "1m", ("1s", "1m")) == "1m"
    assert [integer_of("limit", value, least=1, most=3) for value in (1, 3)] == [1, 3]
    assert time_of("before", "2024-08-09T00:00:00.000001Z") == 1_723_161_600_000_001_000
    assert time_of("before", "2024-08-09T02:00:00+02:00") == 1_723_161_600_000_000_000
    assert time_of("before", "1969-12-31T23:59:59.999999Z") == -1000


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (text_of, None),
        (text_of, b"BTCUSDT"),
        (user_id_of, 5),
        (user_id_of, ""),
        (user_id_of, "a\nb"),
        (user_id_of, "\udc00"),
        *((words_of, value) for value in ("", "a\nb", "x" * 257, 5, None)),
        (user_id_of, "ü" * 65),
        (time_of, 1_723_161_600),
        (time_of, "yesterday"),
        (time_of, "2024-08-09T00:00:00"),
        (time_of, "2262-04-12T00:00:00Z"),
        (time_of, "0001-01-01T00:00:00+14:00"),
        (lambda field, value: one_of(field, value, ("1s", "1m")), "2m"),
        (lambda field, value: one_of(field, value, ("1s", "1m")), ["1m"]),
        (lambda field, value: integer_of(field, value, least=1, most=3), 0),
        (lambda field, value: integer_of(field, value, least=1, most=3), 4),
        (lambda field, value: integer_of(field, value, least=0, most=3), True),
        (lambda field, value: integer_of(field, value, least=1, most=3), 2.0),
    ],
)
def test_anything_else_is_refused_with_the_field_named(check: Callable[[str, object], object], value: object) -> None:
    """The error says which argument it was."""
    with pytest.raises(InvalidArgument) as raised:
        check("it", value)

    assert raised.value.details["field"] == "it"


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("0.1", Sign.POSITIVE),
        ("00012", Sign.POSITIVE),
        (f"{'9' * 20}.{'9' * 18}", Sign.POSITIVE),
        ("0", Sign.NOT_NEGATIVE),
        ("0.000", Sign.ANY),
        ("-1.25", Sign.ANY),
    ],
)
def test_decimal_text_keeps_its_digits(text: str, sign: Sign) -> None:
    """A number is what was written, none of it lost."""
    assert decimal_of("it", text, sign=sign) == Decimal(text)


@pytest.mark.parametrize(
    "value",
    [
        *(None, 1, 1.5, True, Decimal(1), b"1", ["1"], {"value": "1"}),
        *("", " 1", "1 ", "1\n", "+1", "-1", "0", "0.00", "-0", ".5", "5.", "1,5", "1_000", "0x10", "one"),
        *("NaN", "nan", "sNaN", "Infinity", "-Infinity", "inf", "1e3", "1E-3", "\u0661", "\uff11"),
        *("1" * 21, "1" * 40, f"0.{'1' * 19}", f"1.{'0' * 40}", "9" * 1_000_000),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_what_is_no_positive_decimal_text_is_refused(value: object) -> None:
    """Floats and integers too: what a float lost on its way here cannot be seen any more."""
    with pytest.raises(InvalidArgument) as raised:
        decimal_of("price", value)

    assert raised.value.details["field"] == "price"
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize(("text", "sign"), [("-0.1", Sign.NOT_NEGATIVE), ("--1", Sign.ANY), ("-", Sign.ANY)])
def test_a_number_on_the_wrong_side_of_zero_is_refused(text: str, sign: Sign) -> None:
    """What is expected says which side."""
    with pytest.raises(InvalidArgument, match=sign.value):
        decimal_of("amount", text, sign=sign)


def test_booleans_are_true_or_false_and_nothing_else() -> None:
    """Neither a number nor a word stands for one."""
    assert [boolean_of("post_only", value) for value in (True, False)] == [True, False]
    others: tuple[object, ...] = (None, 0, 1, "true", "", [])
    for value in others:
        with pytest.raises(InvalidArgument, match="post_only"):
            boolean_of("post_only", value)
