"""What callers hand over about risk."""

from collections.abc import Callable

import pytest

from components.model.errors import InvalidArgument
from components.risk.facts import AlertState
from components.risk.requests import alert_id_of, alert_limit_of, alert_state_of, halt_of
from components.risk.trading_state import Turn


def test_what_fits_passes() -> None:
    """Each as what it is."""
    assert (halt_of("halted"), halt_of("reducing")) == (Turn.HALT, Turn.REDUCE)
    assert alert_id_of("a" * 64) == "a" * 64
    assert (alert_state_of("open"), alert_state_of(None)) == (AlertState.OPEN, None)
    assert (alert_limit_of(1), alert_limit_of(500)) == (1, 500)


@pytest.mark.parametrize(
    ("check", "value", "field"),
    [
        *((halt_of, value, "state") for value in ("active", "HALTED", None, 5)),
        *((alert_id_of, value, "alert_id") for value in ("", "a" * 65, 5, None)),
        *((alert_state_of, value, "state") for value in ("escalated", "", 5)),
        *((alert_limit_of, value, "limit") for value in (0, 501, True, "5", None)),
    ],
)
def test_anything_else_is_refused_with_the_field_named(
    check: Callable[[object], object], value: object, field: str
) -> None:
    """The error says which argument it was."""
    with pytest.raises(InvalidArgument) as raised:
        check(value)

    assert raised.value.details == {"field": field}
