"""
Lists that are told a page at a time, without a row that is skipped or comes twice.

Rows of one instant are told apart by their numbers, and so a page ends between any two of them. It says where the next
one begins by a cursor: the time of its last row and that row's number, `2026-01-01T12:00:00.000001Z/17`.
"""

import re
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Generic, TypeVar

import attrs

from components.contract.envelope import NS_PER_US, format_time
from components.model.arguments import integer_of, text_of, time_of
from components.model.errors import InvalidArgument

DEFAULT_ROWS, MOST_ROWS = 100, 1000

Place = tuple[int, int]
"""When a row is of, UNIX microseconds, and its number."""

_MARK = "/"
_NUMBER = re.compile("[0-9]{1,18}")

_Row = TypeVar("_Row")
_Told = TypeVar("_Told")


@attrs.frozen(kw_only=True)
class Page(Generic[_Row]):
    """
    A part of a list.

    Attributes:
        rows: In the order of the list.
        next: What to hand over as `before` or `after` for the rows behind them; None where there are none.
    """

    rows: list[_Row]
    next: str | None

    def told_by(self, told: Callable[[_Row], _Told]) -> "Page[_Told]":
        """The same page with each row in the words of whoever tells it."""
        return Page(rows=[told(row) for row in self.rows], next=self.next)


def page_of(
    rows: Iterable[tuple[int, _Row]], time_ns: Callable[[_Row], int], *, limit: object, before: object
) -> Page[_Row]:
    """
    At most `limit` rows, the newest first, of those before a time or behind an earlier page.

    Args:
        rows: Each with its number in the list, of which a newer row of the same time has a larger one; in any order.
        time_ns: When a row is of, UNIX nanoseconds.
        limit: As the caller gave it; None is 100.
        before: The same: a time, or the cursor of an earlier page; None is from the newest on.

    Raises:
        InvalidArgument: One of the two is of the wrong kind.
    """
    most = rows_of(limit)
    end = None if before is None else _end_of("before", before)
    placed = [((time_ns(row) // NS_PER_US, number), row) for number, row in rows]
    placed.sort(key=lambda one: one[0], reverse=True)
    behind = placed if end is None else [one for one in placed if one[0] < end]
    page = behind[:most]
    is_last = len(behind) == len(page)
    return Page(rows=[row for _, row in page], next=None if is_last else _cursor_of(*page[-1][0]))


def page_behind(
    rows: Iterable[_Row], place: Callable[[_Row], tuple[int, int]], *, limit: object, after: object
) -> Page[_Row]:
    """
    At most `limit` rows, the oldest first, of those after a time or behind an earlier page.

    Args:
        rows: In the order of their places; no more of them are asked for than are needed.
        place: When a row is of, UNIX nanoseconds, and its number, by which rows of the same time are told apart.
        limit: As the caller gave it; None is 100.
        after: The same: a time, or the cursor of an earlier page; None is from the oldest on.

    Raises:
        InvalidArgument: One of the two is of the wrong kind.
    """
    most = rows_of(limit)
    end = place_behind(after)
    placed = ((_in_us(place(row)), row) for row in rows)
    page = list(islice((one for one in placed if end is None or one[0] > end), most + 1))
    is_last = len(page) <= most
    page = page[:most]
    return Page(rows=[row for _, row in page], next=None if is_last else _cursor_of(*page[-1][0]))


def place_behind(after: object) -> Place | None:
    """
    Where the rows begin that a caller asks for with `after`: behind this place; None is with the first.

    Raises:
        InvalidArgument: It is no time, and no cursor of a page.
    """
    return None if after is None else _end_of("after", after)


def rows_of(limit: object) -> int:
    """
    How many rows a caller asks for; None is 100.

    Raises:
        InvalidArgument: It is no number, or out of bounds.
    """
    return DEFAULT_ROWS if limit is None else integer_of("limit", limit, least=1, most=MOST_ROWS)


def _in_us(place: tuple[int, int]) -> Place:
    time_ns, number = place
    return time_ns // NS_PER_US, number


def _cursor_of(time_us: int, number: int) -> str:
    return f"{format_time(time_us * NS_PER_US)}{_MARK}{number}"


def _end_of(field: str, value: object) -> Place:
    time, mark, number = text_of(field, value).partition(_MARK)
    if mark and _NUMBER.fullmatch(number) is None:
        raise InvalidArgument(field, "expected a time such as 2026-01-01T12:00:00.000001Z, or the `next` of a page")
    return time_of(field, time) // NS_PER_US, int(number) if mark else 0
