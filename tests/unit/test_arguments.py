"""What callers hand over, checked."""

from collections.abc import Callable

import pytest

from components.model.arguments import integer_of, one_of, text_of, time_of, user_id_of
from components.model.errors import InvalidArgument


def test_good_values_pass() -> None:
    """Each as what it is; a time becomes nanoseconds, without loss, whatever its zone."""
    assert text_of("name", "BTCUSDT") == "BTCUSDT"
    assert user_id_of("user_id", "ü" * 64) == "ü" * 64
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
        (user_id_of, "ü" * 65),
        (time_of, 1_723_161_600),
        (time_of, "yesterday"),
        (time_of, "2024-08-09T00:00:00"),
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
