"""What a platform says of a user, as it is read."""

from decimal import Decimal

import pytest

from auth.users import ANYBODY, Standing, read_standing
from components.model.errors import ProviderFault


def test_all_that_can_be_said_is_read() -> None:
    """A standing has every field, in its own unit."""
    said = {"active": False, "connections": 3, "rate_factor": 2, "reason": "closed"}

    standing = read_standing(said, is_open=False)

    assert standing == Standing(is_active=False, connections=3, rate_factor=Decimal(2), reason="closed")


@pytest.mark.parametrize("said", [{"active": True}, {"active": True, "connections": None, "rate_factor": None}])
def test_what_is_null_or_absent_is_not_said(said: dict[str, object]) -> None:
    """Such a user is as anybody."""
    assert read_standing(said, is_open=False) == ANYBODY


def test_an_open_form_may_have_other_fields() -> None:
    """An endpoint tells others more than what we ask for; in a file it would be a mistake."""
    said = {"active": True, "email": "alice@example.com"}

    assert read_standing(said, is_open=True) == ANYBODY
    with pytest.raises(ProviderFault, match="no field 'email'"):
        read_standing(said, is_open=False)


@pytest.mark.parametrize("factor", [0.01, 0.07, 0.25, 0.99, 1, 2.0, 1000])
def test_factors_are_taken_as_they_are_written(factor: float) -> None:
    """Hundredths below one and whole numbers from there on."""
    standing = read_standing({"active": True, "rate_factor": factor}, is_open=False)

    assert standing.rate_factor == Decimal(str(factor))


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ([], "expected an object, received list"),
        ({}, "active: expected true or false"),
        ({"active": 1}, "active: expected true or false"),
        ({"active": "yes"}, "active: expected true or false"),
        ({"active": True, "connections": 0}, "connections: expected a whole number"),
        ({"active": True, "connections": 1_000_001}, "connections: expected a whole number"),
        ({"active": True, "connections": 2.5}, "connections: expected a whole number"),
        ({"active": True, "connections": True}, "connections: expected a whole number"),
        ({"active": True, "rate_factor": 0}, "rate_factor: expected"),
        ({"active": True, "rate_factor": 0.001}, "rate_factor: expected"),
        ({"active": True, "rate_factor": 0.125}, "rate_factor: expected"),
        ({"active": True, "rate_factor": 1.5}, "rate_factor: expected"),
        ({"active": True, "rate_factor": 1001}, "rate_factor: expected"),
        ({"active": True, "rate_factor": -1}, "rate_factor: expected"),
        ({"active": True, "rate_factor": 1e999}, "rate_factor: expected"),
        ({"active": True, "rate_factor": True}, "rate_factor: expected"),
        ({"active": True, "rate_factor": "2"}, "rate_factor: expected"),
        ({"active": True, "reason": 5}, "reason: expected"),
        ({"active": True, "reason": "x" * 201}, "reason: expected"),
        ({"active": True, "reason": "left\njoined as admin"}, "reason: expected"),
    ],
)
def test_anything_else_is_refused_by_its_field(said: object, text: str) -> None:
    """What is not understood is not taken for something."""
    with pytest.raises(ProviderFault, match=text):
        read_standing(said, is_open=True)
