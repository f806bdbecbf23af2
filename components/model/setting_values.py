"""What the text of a setting may be, and the one line that is said where it is something else."""

import enum
from collections.abc import Callable
from typing import TypeVar

from components.contract.envelope import NS_PER_S
from components.model.errors import ConfigError

_Kind = TypeVar("_Kind", bound=enum.StrEnum)

Parse = Callable[[str], object]
"""Makes a value of a text; raises ValueError saying what the text must be."""


def read_setting(name: str, text: str, parse: Parse) -> object:
    """
    Make a setting's value of its text.

    Raises:
        ConfigError: The text does not fit.
    """
    try:
        return parse(text)
    except ValueError as error:
        raise ConfigError(f"{name}={text!r}: must be {error}") from None


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """What reads a whole number within bounds."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise ValueError(f"a whole number from {least} to {most}")
        return int(text)

    return parse


def seconds(least: int, most: int) -> Callable[[str], int]:
    """What reads a whole number of seconds within bounds, as nanoseconds."""
    parse_s = whole_number(least, most)
    return lambda text: parse_s(text) * NS_PER_S


def choice(kind: type[_Kind]) -> Callable[[str], _Kind]:
    """What reads one of the words of an enumeration."""
    *others, last = kind

    def parse(text: str) -> _Kind:
        if text not in set(kind):
            raise ValueError(f"{', '.join(others)} or {last}")
        return kind(text)

    return parse


def words(text: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())
