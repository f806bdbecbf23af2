"""The values in Binance's messages, checked: numbers as text, levels, symbols."""

import functools
import itertools
import re
from collections.abc import Iterable

from components.contract.uris import INSTRUMENT_PATTERN

_NUMBER = r"[0-9]{1,20}(?:\.[0-9]{1,18})?"
_are_numbers = re.compile(f"{_NUMBER}(?: {_NUMBER})*").fullmatch
_is_signed_number = re.compile(f"-?{_NUMBER}").fullmatch
_fits_a_uri = re.compile(INSTRUMENT_PATTERN).fullmatch


class BadValue(Exception):
    """A message of the right form holds a value that cannot be; the text continues "a message with"."""


def fits_a_uri(symbol: str) -> bool:
    """Whether a URI can hold a symbol."""
    return _fits_a_uri(symbol) is not None


@functools.lru_cache(maxsize=8192)
def instrument_id_of(symbol: str) -> str:
    """
    The instrument that a symbol names.

    Raises:
        BadValue: No URI can hold it.
    """
    if not fits_a_uri(symbol):
        raise BadValue("a symbol that a URI can hold")
    return symbol


def check_numbers(*texts: str) -> None:
    """
    Look whether all texts are numbers without a sign.

    Raises:
        BadValue: One is not.
    """
    joined = " ".join(texts)
    if not _are_numbers(joined) or joined.count(" ") != len(texts) - 1:
        raise BadValue("plain decimal numbers")


def check_levels(bids: Iterable[tuple[str, str]], asks: Iterable[tuple[str, str]]) -> None:
    """
    Look whether all levels of a book have a price above zero and a size.

    Raises:
        BadValue: One has not.
    """
    texts = tuple(itertools.chain.from_iterable(itertools.chain(bids, asks)))
    if texts:
        check_numbers(*texts)
    for price in texts[::2]:
        positive(price)


def positive(number: str) -> str:
    """
    A number, which is above zero.

    Raises:
        BadValue: It is not.
    """
    if number[0] == "0" and not number.strip("0."):
        raise BadValue("prices and traded quantities above zero")
    return number


def price_or_none(number: str) -> str | None:
    """A price; None where the venue writes zero because there is none."""
    return None if number[0] == "0" and not number.strip("0.") else number


def signed(number: str) -> str:
    """
    A number that may be below zero.

    Raises:
        BadValue: It is no number.
    """
    if not _is_signed_number(number):
        raise BadValue("a change that is a plain decimal number")
    return number
