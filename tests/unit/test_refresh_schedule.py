"""When keys are fetched, one rule at a time."""

import pytest

from auth.refresh_schedule import Demand, RefreshSchedule, read_max_age_s
from components.contract.envelope import NS_PER_S

NOW_NS = 7_000 * NS_PER_S


def after_s(seconds: float) -> int:
    """So many seconds later."""
    return NOW_NS + int(seconds * NS_PER_S)


def fetching(random: float = 0.0) -> RefreshSchedule:
    """A schedule whose first fetch is on its way."""
    schedule = RefreshSchedule(random=lambda: random)
    assert schedule.begin_if_due(now_ns=NOW_NS)
    return schedule


def test_the_first_fetch_is_due_at_once_and_only_one() -> None:
    """Nobody waits for the first fetch, and while it is on its way none is due."""
    schedule = fetching()

    assert schedule.next_due_ns is None
    assert not schedule.begin_if_due(now_ns=after_s(9_999))


@pytest.mark.parametrize(
    ("max_age_s", "random", "wait_s"),
    [(None, 0, 600), (None, 0.5, 570), (300, 0, 300), (0, 0, 60), (59, 0, 60), (3601, 0, 3600), (86_400, 0.5, 3420)],
)
def test_the_issuer_says_when_within_bounds(max_age_s: int | None, random: float, wait_s: float) -> None:
    """After an answer the next fetch is when that says, from a minute to an hour later, else after ten minutes."""
    schedule = fetching(random)

    schedule.succeed(max_age_s, now_ns=NOW_NS)

    assert schedule.next_due_ns == after_s(wait_s)
    assert not schedule.begin_if_due(now_ns=after_s(wait_s) - 1)
    assert schedule.begin_if_due(now_ns=after_s(wait_s))


def test_failures_are_further_and_further_apart() -> None:
    """At the unluckiest the waits double up to a minute; an answer makes the next failure a first one again."""
    schedule, waits_s, now_ns = fetching(1.0), [], NOW_NS
    for _ in range(8):
        schedule.fail(now_ns=now_ns)
        assert schedule.next_due_ns is not None
        waits_s.append((schedule.next_due_ns - now_ns) / NS_PER_S)
        now_ns = schedule.next_due_ns
        assert schedule.begin_if_due(now_ns=now_ns)
    schedule.succeed(None, now_ns=now_ns)
    schedule.demand(now_ns=now_ns)
    schedule.fail(now_ns=now_ns)

    assert waits_s == [1, 2, 4, 8, 16, 32, 60, 60]
    assert schedule.next_due_ns == now_ns + NS_PER_S


def test_chance_never_makes_a_failure_wait_less_than_a_second() -> None:
    """At the luckiest an issuer that does not answer is asked once a second."""
    schedule = fetching(0.0)
    for _ in range(5):
        schedule.fail(now_ns=NOW_NS)

    assert schedule.next_due_ns == after_s(1)


def test_who_wants_a_key_gets_a_fetch_once_in_thirty_seconds() -> None:
    """The first begins a fetch, whoever comes meanwhile waits for it, and whoever comes too soon after it has none."""
    schedule = fetching()
    schedule.succeed(None, now_ns=NOW_NS)

    first, second = schedule.demand(now_ns=after_s(1)), schedule.demand(now_ns=after_s(2))
    schedule.fail(now_ns=after_s(3))
    third, fourth = schedule.demand(now_ns=after_s(30.9)), schedule.demand(now_ns=after_s(31))

    assert (first, second, third, fourth) == (Demand.BEGIN, Demand.JOIN, Demand.TOO_SOON, Demand.BEGIN)


def test_a_fetch_that_nobody_demanded_leaves_one_to_demand() -> None:
    """A key may be new since the usual fetch of a moment ago."""
    schedule = fetching()
    assert schedule.demand(now_ns=NOW_NS) is Demand.JOIN
    schedule.succeed(None, now_ns=NOW_NS)

    assert schedule.demand(now_ns=after_s(0.1)) is Demand.BEGIN


@pytest.mark.parametrize(
    ("header", "max_age_s"),
    [
        (None, None),
        ("", None),
        ("no-store", None),
        ("max-age=600", 600),
        ("public, max-age=21600, must-revalidate", 21_600),
        ("Max-Age = 5", 5),
        ('max-age="5"', 5),
        ("s-maxage=7", None),
        ("x-max-age=7", None),
        ("max-age=-1", None),
        ("max-age=1.5", None),
        ("max-age=99999999999999999999", None),
        ("max-age=", None),
    ],
)
def test_max_age_is_read_or_not_there(header: str | None, max_age_s: int | None) -> None:
    """What is no number of seconds says nothing."""
    assert read_max_age_s(header) == max_age_s
