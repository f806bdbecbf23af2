"""Exact decimal numbers: sums and products of money keep every digit, and a quotient says how many it has."""

import functools
from collections.abc import Callable
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
    getcontext,
    localcontext,
)
from typing import ParamSpec, TypeVar

ZERO = Decimal(0)
QUOTIENT_DECIMALS = 18

_DIGITS = 400
_EXACT = Context(
    prec=_DIGITS, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow, Inexact], flags=[]
)
_ROUNDING = Context(prec=_DIGITS, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def exact(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """
    A function within which money is reckoned exactly: what would round raises `decimal.Inexact`, which is a bug.

    Python's own context keeps 28 digits, and drops the others without a word.
    """

    @functools.wraps(function)
    def reckon(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        if getcontext().prec == _DIGITS:
            return function(*args, **kwargs)
        with localcontext(_EXACT):
            return function(*args, **kwargs)

    return reckon


def quotient(dividend: Decimal, divisor: Decimal, *, decimals: int = QUOTIENT_DECIMALS) -> Decimal:
    """A quotient to so many places, half to even; the divisor is not zero."""
    return _ROUNDING.quantize(_ROUNDING.divide(dividend, divisor), Decimal(1).scaleb(-decimals))


def amount_text(amount: Decimal) -> str:
    """An amount as it goes over the wire: no exponent, no zeros at the end."""
    return f"{_EXACT.normalize(amount):f}" if amount else "0"


def amount_or_none(amount: Decimal | None) -> str | None:
    """The same of an amount that may be absent."""
    return None if amount is None else amount_text(amount)
