"""The lengths of bars."""

from itertools import pairwise

import pytest

from components.contract.topics import VARIABLES
from components.model.intervals import INTERVAL_BY_NAME, INTERVALS


def test_the_intervals_are_those_of_the_contract() -> None:
    """A topic can name each interval, and no other."""
    assert VARIABLES["{interval}"] == "|".join(interval.name for interval in INTERVALS)


def test_every_interval_consists_of_whole_shorter_ones() -> None:
    """A longer bar can be made of shorter ones without cutting any."""
    lengths = [interval.length_ns for interval in INTERVALS]

    assert all(longer % shorter == 0 < longer - shorter for shorter, longer in pairwise(lengths))


@pytest.mark.parametrize(
    ("interval", "seconds"),
    [("1s", 1_723_161_599), ("1m", 1_723_161_540), ("4h", 1_723_147_200), ("1d", 1_723_075_200)],
)
def test_bars_open_at_whole_multiples(interval: str, seconds: int) -> None:
    """The last nanosecond of 2024-08-08 UTC belongs to the day that began at its midnight, and so on."""
    last_ns = 1_723_161_600 * 10**9 - 1

    assert INTERVAL_BY_NAME[interval].open_of(last_ns) == seconds * 10**9
