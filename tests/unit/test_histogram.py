"""Histograms of durations: what is counted where, quantiles, and stretches of time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.metrics.histogram import LATENCY_BOUNDS_NS, LIFETIME_BOUNDS_NS, Histogram

BOUNDS_NS = (10, 20, 40)


def histogram_of(*durations_ns: int) -> Histogram:
    histogram = Histogram(BOUNDS_NS)
    for duration_ns in durations_ns:
        histogram.observe(duration_ns)
    return histogram


def quantile_of(histogram: Histogram, share: float) -> float:
    quantile_ns = histogram.quantile_ns(share)
    assert quantile_ns is not None
    return quantile_ns


def test_a_bound_is_part_of_what_is_below_it() -> None:
    """A duration counts below the first bound that is not less, or above them all."""
    histogram = histogram_of(0, 10, 11, 40, 41)

    assert histogram.counts == [2, 1, 1, 1]
    assert (histogram.sum_ns, histogram.count) == (102, 5)


def test_one_observation_can_stand_for_many() -> None:
    """A fan-out to many receivers is observed in one go."""
    histogram = histogram_of()
    histogram.observe(15, 1000)

    assert (histogram.counts, histogram.sum_ns, histogram.count) == ([0, 1000, 0, 0], 15_000, 1000)


def test_two_are_added_to_one() -> None:
    """What both have counted is as if one had counted it all."""
    both = histogram_of(5, 15)

    both.add(histogram_of(15, 30, 1000))

    assert both == histogram_of(5, 15, 15, 30, 1000)


def test_quantiles_lie_between_the_bounds() -> None:
    """Within two bounds durations are taken as evenly spread."""
    histogram = histogram_of(*[5] * 5, *[15] * 4, 30)

    assert histogram.quantile_ns(0.5) == 10
    assert histogram.quantile_ns(0.7) == 15
    assert histogram.quantile_ns(0.9) == 20
    assert histogram.quantile_ns(1.0) == 40
    assert histogram.mean_ns() == pytest.approx(11.5)


def test_nothing_has_no_quantile_and_no_mean() -> None:
    """Where nothing was observed there is nothing to tell, rather than a zero."""
    assert histogram_of().quantile_ns(0.5) is None
    assert histogram_of().mean_ns() is None


def test_what_is_above_all_bounds_counts_as_the_last() -> None:
    """A quantile never tells more than was measured."""
    assert histogram_of(1000).quantile_ns(0.99) == 40


def test_a_copy_stays_as_it_is() -> None:
    """What came since an earlier copy is told without the rest."""
    histogram = histogram_of(5, 15)
    earlier = histogram.copy()
    histogram.observe(50, 3)

    assert earlier == histogram_of(5, 15)
    assert histogram.since(earlier) == histogram_of(50, 50, 50)


@given(st.lists(st.integers(0, 60), min_size=1), st.floats(0, 1), st.floats(0, 1))
def test_quantiles_ascend(durations_ns: list[int], one: float, other: float) -> None:
    """A larger share never has a smaller quantile, and none is beyond the bounds."""
    histogram = histogram_of(*durations_ns)

    quantiles = [quantile_of(histogram, share) for share in sorted([one, other])]

    assert quantiles == sorted(quantiles)
    assert all(0 <= quantile <= BOUNDS_NS[-1] for quantile in quantiles)


@given(st.lists(st.integers(0, 40), min_size=1), st.floats(0.01, 1))
def test_a_quantile_is_within_the_bounds_of_the_true_one(durations_ns: list[int], share: float) -> None:
    """Both lie between the same two bounds, so the error is theirs at most."""
    ranked = sorted(durations_ns)
    true_ns = next(one for rank, one in enumerate(ranked, start=1) if rank >= share * len(ranked))
    lower_ns = max((bound for bound in (0, *BOUNDS_NS) if bound < true_ns), default=0)
    upper_ns = min(bound for bound in BOUNDS_NS if bound >= true_ns)

    assert lower_ns <= quantile_of(histogram_of(*durations_ns), share) <= upper_ns


@pytest.mark.parametrize("bounds_ns", [LATENCY_BOUNDS_NS, LIFETIME_BOUNDS_NS])
def test_the_bounds_ascend(bounds_ns: tuple[int, ...]) -> None:
    """Every bound is above the one before."""
    assert list(bounds_ns) == sorted(set(bounds_ns))


def test_latencies_go_from_microseconds_to_seconds() -> None:
    """The first and the last bound are what the page of metrics says."""
    assert (LATENCY_BOUNDS_NS[0], LATENCY_BOUNDS_NS[-1]) == (10_000, 10_000_000_000)
