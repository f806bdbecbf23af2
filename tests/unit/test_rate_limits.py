"""The two forms of a rate: points with a block, and a burst with a sustained rate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.contract.envelope import NS_PER_MS
from router.rate_limits import NS_PER_MINUTE, BurstLimiter, BurstRate, Excess, PointsLimiter, PointsRate

S = 1_000_000_000
RATE = PointsRate(points=2, duration_ns=S, block_ns=60 * S)
WITHOUT_BLOCK = PointsRate(points=2, duration_ns=S, block_ns=0)
BURST = BurstRate(burst=3, per_minute=60)


def points(rate: PointsRate = RATE, **options: int) -> PointsLimiter:
    return PointsLimiter("market_points", rate, **options)


def test_the_window_begins_with_the_first_point() -> None:
    """What is taken a window later is taken anew."""
    limiter = points()

    assert [limiter.take("a", now_ns=now_ns) for now_ns in (5 * S, 6 * S - 1, 6 * S, 6 * S)] == [None] * 4


def test_the_point_too_many_begins_a_block() -> None:
    """The answer says how many there are and when it ends, and nothing passes before."""
    limiter = points()

    refused = [limiter.take("a", now_ns=100) for _ in range(3)][2]

    assert refused == Excess(name="market_points", limit=2, retry_after_ms=60_000)
    assert refused.details == {"name": "market_points", "limit": 2, "remaining": 0, "retry_after_ms": 60_000}
    assert limiter.take("a", now_ns=60 * S + 99) is not None
    assert limiter.take("a", now_ns=60 * S + 100) is None


def test_asking_during_a_block_does_not_lengthen_it() -> None:
    """Whoever goes on asking waits no longer than who does not."""
    limiter = points()
    for now_ns in (0, 0, 0, 30 * S, 59 * S):
        limiter.take("a", now_ns=now_ns)

    assert [limiter.take("a", now_ns=60 * S) for _ in range(2)] == [None, None]


def test_without_a_block_the_rest_of_the_window_is_closed() -> None:
    """A block of 0 ends with the window."""
    limiter = points(WITHOUT_BLOCK)

    refused = [limiter.take("a", now_ns=now_ns) for now_ns in (0, 1, S // 2)][2]

    assert refused is not None
    assert refused.retry_after_ms == 500
    assert limiter.take("a", now_ns=S) is None


def test_keys_do_not_know_each_other() -> None:
    """One key's block is its own."""
    limiter = points()
    for _ in range(3):
        limiter.take("a", now_ns=0)

    assert limiter.take("b", now_ns=0) is None


def test_to_look_takes_nothing() -> None:
    """A key can be looked at as often as one likes, before its block, in it and after."""
    limiter = points()

    assert limiter.find_excess("a", now_ns=0) is None
    for _ in range(3):
        assert limiter.find_excess("a", now_ns=0) is None
        limiter.take("a", now_ns=0)
    assert limiter.find_excess("a", now_ns=0) == Excess(name="market_points", limit=2, retry_after_ms=60_000)
    assert limiter.find_excess("a", now_ns=60 * S) is None


def test_many_at_once_have_as_many_times_as_much() -> None:
    """A factor is for what is allowed, not for times."""
    assert RATE.times(3) == PointsRate(points=6, duration_ns=S, block_ns=60 * S)
    assert BURST.times(2) == BurstRate(burst=6, per_minute=120)


@pytest.mark.parametrize(
    "limiter", [points(max_keys=3), BurstLimiter("market_burst", BURST, max_keys=3)], ids=["points", "burst"]
)
def test_the_least_recently_used_key_makes_room(limiter: PointsLimiter | BurstLimiter) -> None:
    """A new key is never refused for want of room, and what is in use stays."""
    for key in ("a", "b", "c", "a", "d"):
        assert limiter.take(key, now_ns=0) is None

    assert len(limiter) == 3
    limiter.take("a", now_ns=0)
    limiter.take("a", now_ns=0)
    assert limiter.take("a", now_ns=0) is not None, "a was forgotten"


@pytest.mark.parametrize("limiter", [points(), BurstLimiter("market_burst", BURST)], ids=["points", "burst"])
def test_what_is_over_is_forgotten(limiter: PointsLimiter | BurstLimiter) -> None:
    """Keys leave as fast as others come, long before there is no room."""
    for number in range(1000):
        limiter.take(number, now_ns=number * 10 * S)

    assert len(limiter) == 1


def test_a_burst_is_refilled_at_the_sustained_rate() -> None:
    """After the burst one passes for each interval, and after a rest the whole burst."""
    limiter = BurstLimiter("market_burst", BURST)
    assert [limiter.take("a", now_ns=0) for _ in range(3)] == [None] * 3

    refused = limiter.take("a", now_ns=S // 4)

    assert refused == Excess(name="market_burst", limit=3, retry_after_ms=750)
    assert limiter.take("a", now_ns=S) is None
    assert limiter.take("a", now_ns=S) is not None
    assert [limiter.take("a", now_ns=10 * S) is None for _ in range(4)] == [True, True, True, False]


class WindowModel:
    """The points as their source describes them, one key, slow and plain."""

    def __init__(self, rate: PointsRate) -> None:
        self._rate = rate
        self._taken: list[int] = []
        self._ends_ns = 0

    def passes(self, now_ns: int) -> bool:
        if now_ns >= self._ends_ns:
            self._taken = []
            self._ends_ns = now_ns + self._rate.duration_ns
        self._taken.append(now_ns)
        crosses = len(self._taken) - 1 == self._rate.points
        if crosses and self._rate.block_ns > 0:
            self._ends_ns = now_ns + self._rate.block_ns
        return len(self._taken) <= self._rate.points


steps = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2 * S)), max_size=60)
rates = st.builds(
    PointsRate,
    points=st.integers(1, 4),
    duration_ns=st.integers(1, 3 * S),
    block_ns=st.just(0) | st.integers(1, 5 * S),
)


@given(rates, steps)
def test_points_do_as_their_source_says(rate: PointsRate, taken: list[tuple[int, int]]) -> None:
    """For every key and order of times, the limiter passes what the plain model passes."""
    limiter, models, now_ns = points(rate), [WindowModel(rate) for _ in range(4)], 0
    for key, step_ns in taken:
        now_ns += step_ns
        assert (limiter.take(key, now_ns=now_ns) is None) is models[key].passes(now_ns)


@given(rates, steps)
def test_after_the_time_that_is_told_points_pass(rate: PointsRate, taken: list[tuple[int, int]]) -> None:
    """Whoever waits as long as the answer says gets through."""
    limiter, now_ns = points(rate), 0
    for key, step_ns in taken:
        now_ns += step_ns
        refused = limiter.take(key, now_ns=now_ns)
        if refused is not None:
            assert refused.retry_after_ms is not None
            now_ns += refused.retry_after_ms * NS_PER_MS
            assert limiter.find_excess(key, now_ns=now_ns) is None
            assert limiter.take(key, now_ns=now_ns) is None


bursts = st.builds(BurstRate, burst=st.integers(1, 5), per_minute=st.integers(1, 600))


@given(bursts, steps)
def test_a_burst_is_a_bucket_that_fills(rate: BurstRate, taken: list[tuple[int, int]]) -> None:
    """The limiter passes what a bucket of whole drops, refilled evenly, passes."""
    limiter = BurstLimiter("market_burst", rate)
    interval_ns = NS_PER_MINUTE // rate.per_minute
    full_ns = rate.burst * interval_ns
    filled_ns, seen_ns, now_ns = [full_ns] * 4, [0] * 4, 0
    for key, step_ns in taken:
        now_ns += step_ns
        filled_ns[key] = min(full_ns, filled_ns[key] + now_ns - seen_ns[key])
        seen_ns[key] = now_ns
        passes = filled_ns[key] >= interval_ns
        filled_ns[key] -= interval_ns if passes else 0
        assert (limiter.take(key, now_ns=now_ns) is None) is passes


@given(bursts, steps)
def test_after_the_time_that_is_told_a_burst_passes(rate: BurstRate, taken: list[tuple[int, int]]) -> None:
    """Whoever waits as long as the answer says gets through."""
    limiter, now_ns = BurstLimiter("market_burst", rate), 0
    for key, step_ns in taken:
        now_ns += step_ns
        refused = limiter.take(key, now_ns=now_ns)
        if refused is not None:
            assert refused.retry_after_ms is not None
            now_ns += refused.retry_after_ms * NS_PER_MS
            assert limiter.take(key, now_ns=now_ns) is None
