"""How long a container waits before it starts again."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.restarts import FIRST_DELAY_S, JITTER, LONGEST_DELAY_S, STEADY_AFTER_S, RestartDelay

runs_s = st.floats(0, 1000)
randoms = st.floats(0, 1)


def delays(count: int, *, ran_s: float = 0.0, random: float = 0.5) -> list[float]:
    delay = RestartDelay()
    return [delay.after(ran_s=ran_s, random=random) for _ in range(count)]


def test_each_delay_is_twice_the_one_before_up_to_half_a_minute() -> None:
    """A container that ends again and again is left alone for longer each time."""
    assert delays(9) == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize(("random", "factor"), [(0, 0.8), (0.25, 0.9), (0.5, 1), (1, 1.2)])
def test_a_fifth_of_it_is_left_to_chance(random: float, factor: float) -> None:
    """Containers that end together do not start together."""
    assert delays(3, random=random) == pytest.approx([0.5 * factor, factor, 2 * factor])


def test_chance_does_not_add_up() -> None:
    """A lucky delay makes the next one neither shorter nor longer."""
    delay = RestartDelay()
    delay.after(ran_s=0, random=0)

    assert delay.after(ran_s=0, random=0.5) == 1


def test_a_steady_container_begins_anew() -> None:
    """After a minute in which it ran, the end of a container is its first one."""
    delay = RestartDelay()
    for _ in range(5):
        delay.after(ran_s=STEADY_AFTER_S - 0.1, random=0.5)

    assert delay.after(ran_s=STEADY_AFTER_S, random=0.5) == FIRST_DELAY_S
    assert delay.after(ran_s=0, random=0.5) == 2 * FIRST_DELAY_S


@given(st.lists(st.tuples(runs_s, randoms), min_size=1))
def test_no_delay_is_out_of_bounds(ends: list[tuple[float, float]]) -> None:
    """Whenever it ends, it starts again after no less than 0.4 s and no more than 36 s."""
    delay = RestartDelay()

    for ran_s, random in ends:
        waited_s = delay.after(ran_s=ran_s, random=random)
        assert FIRST_DELAY_S * (1 - JITTER) <= waited_s <= LONGEST_DELAY_S * (1 + JITTER)


@given(st.lists(st.floats(0, STEADY_AFTER_S, exclude_max=True), min_size=2))
def test_without_a_steady_run_no_delay_shrinks(runs: list[float]) -> None:
    """Short runs of any length never make it hurry."""
    delay = RestartDelay()
    waited_s = [delay.after(ran_s=ran_s, random=0.5) for ran_s in runs]

    assert all(before <= after for before, after in itertools.pairwise(waited_s))
