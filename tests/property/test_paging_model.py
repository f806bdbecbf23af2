"""Whoever turns the pages of a list reads every row that was there, once, whatever comes and goes meanwhile."""

from hypothesis import given
from hypothesis import strategies as st

from components.model.paging import page_of

NOW_NS = 1_700_000_000_000_000_000

TIMES_NS = st.integers(0, 4_000)
"""Four microseconds: most rows share theirs with others."""


@given(
    st.lists(TIMES_NS, max_size=30), st.integers(1, 5), st.lists(st.tuples(TIMES_NS, st.integers(0, 2)), max_size=30)
)
def test_every_row_is_read_once(times_ns: list[int], limit: int, meanwhile: list[tuple[int, int]]) -> None:
    """Between two pages rows are added, and the oldest of all are forgotten; what stays is read, in order."""
    rows = {number: NOW_NS + time_ns for number, time_ns in enumerate(times_ns, 1)}
    there, number = set(rows), len(rows)
    read: list[tuple[int, int]] = []
    before: str | None = None
    while True:
        page = page_of(
            ((one, (time_ns // 1000, one)) for one, time_ns in rows.items()),
            lambda row: row[0] * 1000,
            limit=limit,
            before=before,
        )
        read += page.rows
        if page.next is None:
            break
        before = page.next
        if meanwhile:
            time_ns, forgotten = meanwhile.pop()
            number += 1
            rows[number] = NOW_NS + time_ns
            for one in sorted(rows)[:forgotten]:
                del rows[one]

    assert read == sorted(read, reverse=True)
    assert len(set(read)) == len(read)
    assert there & set(rows) <= {one for _, one in read}
