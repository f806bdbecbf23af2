"""Exact numbers."""

from decimal import Decimal, Inexact

import pytest

from components.model.money import amount_or_none, amount_text, exact, quotient


@exact
def product(left: Decimal, right: Decimal) -> Decimal:
    """Of two numbers."""
    return left * right


def test_a_product_keeps_every_digit() -> None:
    """Python's own context would keep 28."""
    assert amount_text(
        product(Decimal("12345678901234567890.123456789012345678"), Decimal("0.000000000000000001"))
    ) == ("12.345678901234567890123456789012345678")


def test_what_would_round_raises() -> None:
    """A division that has no end is a bug where money is reckoned."""
    with pytest.raises(Inexact):
        exact(lambda: Decimal(1) / Decimal(3))()


def test_a_quotient_has_eighteen_decimals() -> None:
    """And is rounded half to even, also within exact reckoning."""
    assert exact(quotient)(Decimal(2), Decimal(3)) == Decimal("0.666666666666666667")


@pytest.mark.parametrize(
    ("amount", "text"), [("1E+3", "1000"), ("0.5000", "0.5"), ("-0", "0"), ("1E-18", "0.000000000000000001")]
)
def test_an_amount_has_no_exponent_and_no_zeros_at_the_end(amount: str, text: str) -> None:
    """One amount is always written the same way."""
    assert amount_text(Decimal(amount)) == text


def test_an_absent_amount_stays_absent() -> None:
    """Null on the wire."""
    assert amount_or_none(None) is None
    assert amount_or_none(Decimal(1)) == "1"
