"""What operators hand over to adjust an account, checked."""

from decimal import Decimal

import pytest

from components.model.errors import InvalidArgument
from components.trading.orders.adjustment_arguments import Adjustment, read_adjustment

GOOD: dict[str, object] = {
    "user_id": "alice",
    "currency": "USDT",
    "amount": "-12.5",
    "adjustment_id": "ticket-7",
    "reason": "withdrawal",
}


def test_an_adjustment_is_read() -> None:
    """Money may be put in or taken out."""
    assert read_adjustment(**GOOD) == Adjustment(
        user_id="alice", currency="USDT", amount=Decimal("-12.5"), adjustment_id="ticket-7", reason="withdrawal"
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("user_id", None),
        ("user_id", ""),
        ("user_id", "a" * 129),
        ("currency", None),
        ("currency", "usdt"),
        ("currency", "USDT\n"),
        ("currency", "U" * 17),
        ("amount", "0"),
        ("amount", "-0.0"),
        ("amount", "NaN"),
        ("amount", 100),
        ("amount", "1" * 21),
        ("adjustment_id", "a b"),
        ("adjustment_id", "a" * 65),
        ("reason", ""),
        ("reason", "line\nline"),
        ("reason", "a" * 257),
        ("reason", 5),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_bad_adjustments_are_refused_by_name(field: str, value: object) -> None:
    """Each argument within its bounds, or nothing is done."""
    with pytest.raises(InvalidArgument) as raised:
        read_adjustment(**{**GOOD, field: value})

    assert raised.value.details["field"] == field
