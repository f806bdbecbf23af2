"""Lists that are told a page at a time."""

from collections.abc import Iterator

import pytest

from components.contract.envelope import NS_PER_S
from components.model.errors import InvalidArgument
from components.model.paging import Page, page_behind, page_of

NOW_NS = 1_700_000_000 * NS_PER_S
AT = "2023-11-14T22:13:20"


def listed(times_ns: list[int], *, limit: object = None, before: object = None) -> Page[int]:
    """A page of rows that are nothing but their times, from now on, numbered from 1."""
    rows = [(number, NOW_NS + time_ns) for number, time_ns in enumerate(times_ns, 1)]
    return page_of(rows, lambda row: row, limit=limit, before=before).told_by(lambda row: row - NOW_NS)


def test_without_an_end_a_page_begins_with_the_newest() -> None:
    """In whatever order the rows come; a hundred of them unless said otherwise."""
    assert listed([2_000, 9_000, 4_000]) == Page(rows=[9_000, 4_000, 2_000], next=None)
    assert len(listed([1] * 101).rows) == 100
    assert listed([]) == Page(rows=[], next=None)


def test_before_a_time_are_the_rows_of_earlier_microseconds() -> None:
    """None of that microsecond itself."""
    times_ns = [0, 999, 1_000, 1_001, 2_000]

    assert listed(times_ns, before=f"{AT}.000001Z").rows == [999, 0]
    assert listed(times_ns, before=f"{AT}.000002Z").rows == [1_001, 1_000, 999, 0]


def test_a_page_may_end_between_two_rows_of_one_instant() -> None:
    """Its cursor says between which, and the next page begins there."""
    first = listed([7_000, 7_000, 7_000, 5_000], limit=2)
    second = listed([7_000, 7_000, 7_000, 5_000], limit=2, before=first.next)

    assert first == Page(rows=[7_000, 7_000], next=f"{AT}.000007Z/2")
    assert second == Page(rows=[7_000, 5_000], next=None)


def test_a_page_that_holds_all_has_none_behind_it() -> None:
    """Also where it is as long as it may be."""
    assert listed([1, 2], limit=2).next is None
    assert listed([1, 2], limit=1).next == f"{AT}.000000Z/2"


@pytest.mark.parametrize(
    "before",
    [
        "",
        "yesterday",
        f"{AT}",
        f"{AT}Z/",
        f"{AT}Z/x",
        f"{AT}Z/-1",
        f"{AT}Z/1/1",
        f"{AT}Z/{'9' * 19}",
        "/1",
        5,
        [],
        True,
    ],
)
def test_what_is_neither_a_time_nor_a_cursor_is_refused(before: object) -> None:
    """With the argument's name."""
    with pytest.raises(InvalidArgument, match=r"^before: ") as refused:
        listed([1], before=before)

    assert refused.value.details == {"field": "before"}


@pytest.mark.parametrize("limit", [0, 1_001, "5", 1.0, True])
def test_a_page_has_one_to_a_thousand_rows(limit: object) -> None:
    """Anything else is no limit."""
    with pytest.raises(InvalidArgument, match=r"^limit: "):
        listed([1], limit=limit)


def behind(times_ns: list[int], *, limit: object = None, after: object = None) -> Page[int]:
    """A page of such rows, the oldest first."""
    rows = [(NOW_NS + time_ns, number) for number, time_ns in enumerate(times_ns, 1)]
    return page_behind(rows, lambda row: row, limit=limit, after=after).told_by(lambda row: row[0] - NOW_NS)


def test_a_list_may_begin_with_its_oldest_row() -> None:
    """A page goes on behind the last one, also between two rows of one instant."""
    times_ns = [1_000, 7_000, 7_000, 9_000]
    first = behind(times_ns, limit=2)
    second = behind(times_ns, limit=2, after=first.next)

    assert first == Page(rows=[1_000, 7_000], next=f"{AT}.000007Z/2")
    assert second == Page(rows=[7_000, 9_000], next=None)
    assert behind(times_ns, after=f"{AT}.000008Z").rows == [9_000]
    assert len(behind([1] * 101).rows) == 100


def test_no_more_rows_are_asked_for_than_are_told() -> None:
    """But for the one that says whether there are more."""
    asked: list[int] = []

    def rows() -> Iterator[tuple[int, int]]:
        for number in range(1, 100):
            asked.append(number)
            yield NOW_NS, number

    page_behind(rows(), lambda row: row, limit=5, after=None)

    assert asked == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("arguments", "field"), [({"limit": 0}, "limit"), ({"after": "x"}, "after"), ({"after": f"{AT}Z/x"}, "after")]
)
def test_what_is_no_page_of_the_oldest_is_refused(arguments: dict[str, object], field: str) -> None:
    """With the argument named."""
    with pytest.raises(InvalidArgument) as raised:
        behind([1], **arguments)

    assert raised.value.details == {"field": field}
