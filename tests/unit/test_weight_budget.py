"""How much may be asked of a venue that counts by weight."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.marketdata.binance.weight_budget import DEFAULT_PAUSE_S, WINDOW_S, WeightBudget


@pytest.fixture
def budget() -> WeightBudget:
    """A budget of 1000, of which 200 are kept back."""
    return WeightBudget(limit=1000, reserve=200)


def test_what_was_spent_comes_back_after_a_minute(budget: WeightBudget) -> None:
    """What does not fit waits for the oldest to be forgotten."""
    budget.spend(500, now_s=0.0)
    budget.spend(250, now_s=20.0)

    assert budget.room(now_s=30.0) == 50
    assert budget.wait_s(50, now_s=30.0) == 0.0
    assert budget.wait_s(51, now_s=30.0) == 30.0
    assert budget.room(now_s=60.0) == 550
    assert budget.room(now_s=80.0) == 800


def test_the_venues_own_count_holds_where_it_is_higher(budget: WeightBudget) -> None:
    """Others ask from the same address; what we ask after the venue told counts besides, for a minute."""
    budget.spend(100, now_s=0.0)
    budget.receive_used(600, now_s=1.0)
    assert budget.room(now_s=1.0) == 200

    budget.spend(150, now_s=2.0)

    assert budget.room(now_s=3.0) == 50
    assert budget.wait_s(100, now_s=3.0) == 57.0
    assert budget.room(now_s=61.0) == 650
    assert budget.room(now_s=62.0) == 800


def test_our_own_count_holds_where_the_venues_is_lower(budget: WeightBudget) -> None:
    """The venue's minute may just have begun; ours never does."""
    budget.spend(700, now_s=0.0)
    budget.receive_used(10, now_s=1.0)

    assert budget.room(now_s=2.0) == 100


def test_more_than_everything_leaves_no_room(budget: WeightBudget) -> None:
    """Below zero there is nothing; where only the venue has told, it is asked again a minute later."""
    budget.receive_used(5000, now_s=10.0)

    assert budget.room(now_s=10.0) == 0
    assert budget.wait_s(1, now_s=10.0) == WINDOW_S


@pytest.mark.parametrize(("told_s", "wait_s"), [(7.0, 7.0), (None, DEFAULT_PAUSE_S), (0.0, 0.0)])
def test_a_refusal_holds_for_as_long_as_the_venue_says(
    budget: WeightBudget, told_s: float | None, wait_s: float
) -> None:
    """Or a minute, where it does not say."""
    budget.receive_refusal(told_s, now_s=100.0)

    assert budget.wait_s(1, now_s=100.0) == wait_s


def test_a_shorter_refusal_does_not_end_a_longer_one(budget: WeightBudget) -> None:
    """A ban stays a ban."""
    budget.receive_refusal(3600.0, now_s=0.0)
    budget.receive_refusal(1.0, now_s=1.0)

    assert budget.wait_s(1, now_s=2.0) == 3598.0


@given(st.lists(st.tuples(st.integers(1, 250), st.integers(0, 30)), max_size=60))
def test_in_no_minute_more_is_spent_than_may_be(asked: list[tuple[int, int]]) -> None:
    """Whoever waits as told stays within the limit less the reserve, in every window of a minute."""
    budget = WeightBudget(limit=1000, reserve=200)
    now_s: float = 0.0
    spent: list[tuple[float, int]] = []
    for weight, pause_s in asked:
        now_s += pause_s
        while (wait_s := budget.wait_s(weight, now_s=now_s)) > 0:
            now_s += wait_s
        budget.spend(weight, now_s=now_s)
        spent.append((now_s, weight))

    for end_s, _ in spent:
        assert sum(weight for at_s, weight in spent if end_s - WINDOW_S < at_s <= end_s) <= 800
