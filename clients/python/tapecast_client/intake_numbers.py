"""Numbers as they are handed in: exact text."""

from decimal import Decimal

Number = Decimal | str | int
"""A price, size or amount: exact, so never a float."""


def number_text(number: Number) -> str:
    """
    A number as it goes over the wire.

    Raises:
        TypeError: It is a float, or no number at all.
    """
    if isinstance(number, Decimal):
        return f"{number:f}"
    if isinstance(number, bool) or not isinstance(number, str | int):
        raise TypeError(f"expected a Decimal, text or an integer, received {number!r}")
    return str(number)


def number_or_none(number: Number | None) -> str | None:
    """The same of a number that may be absent."""
    return None if number is None else number_text(number)
