"""Waits between attempts at a venue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.marketdata.backoff import Backoff

LOWEST = 0.0
HIGHEST = 1 - 2**-53


def waits(backoff: Backoff, count: int) -> list[float]:
    """What the next failures cost, in seconds."""
    return [round(backoff.wait_after_failure_s(), 6) for _ in range(count)]


def test_longest_wait_doubles_up_to_the_cap() -> None:
    """With the highest draw each failure doubles the wait until it meets the cap."""
    backoff = Backoff(random=lambda: HIGHEST, floor_s=1.0, cap_s=30.0)

    assert waits(backoff, 7) == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


def test_jitter_reaches_down_to_the_floor() -> None:
    """With the lowest draw every wait is the floor, however many failures there were."""
    backoff = Backoff(random=lambda: LOWEST, floor_s=1.0, cap_s=30.0)

    assert waits(backoff, 7) == [1.0] * 7


def test_data_forgets_the_failures() -> None:
    """After data has flowed the next failure counts as the first."""
    backoff = Backoff(random=lambda: HIGHEST)
    waits(backoff, 5)

    backoff.receive_data()

    assert waits(backoff, 1) == [2.0]


def test_an_attempt_alone_forgets_nothing() -> None:
    """A connection that opens and says nothing leaves the count as it was."""
    backoff = Backoff(random=lambda: HIGHEST)
    waits(backoff, 2)

    backoff.receive_attempt(now_s=1.0)

    assert waits(backoff, 1) == [8.0]


def test_very_many_failures_keep_the_cap() -> None:
    """The doubling never overflows."""
    backoff = Backoff(random=lambda: HIGHEST, cap_s=30.0)

    assert waits(backoff, 3000)[-1] == 30.0


@pytest.mark.parametrize(("now_s", "expected_s"), [(10.0, 1.0), (10.25, 0.75), (11.0, 0.0), (500.0, 0.0)])
def test_planned_attempt_keeps_its_distance_from_the_last(now_s: float, expected_s: float) -> None:
    """An attempt that follows no failure waits only for the floor since the one before."""
    backoff = Backoff(random=lambda: LOWEST, floor_s=1.0)
    backoff.receive_attempt(now_s=10.0)

    assert backoff.wait_for_planned_s(now_s=now_s) == expected_s


def test_first_attempt_waits_for_nothing() -> None:
    """Where there was no attempt yet there is no distance to keep."""
    assert Backoff(random=lambda: LOWEST).wait_for_planned_s(now_s=0.0) == 0.0


@given(st.lists(st.tuples(st.floats(0, HIGHEST), st.booleans()), min_size=301, max_size=301))
def test_never_more_than_300_attempts_in_five_minutes(history: list[tuple[float, bool]]) -> None:
    """Whatever the draws, and however often data flows in between, 300 waits last five minutes at least."""
    draws = iter([draw for draw, _ in history])
    backoff = Backoff(random=lambda: next(draws))

    total_s = 0.0
    for _, has_data in history:
        total_s += backoff.wait_after_failure_s()
        if has_data:
            backoff.receive_data()

    assert total_s >= 300.0
