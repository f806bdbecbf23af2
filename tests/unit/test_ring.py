"""What is kept of a topic's last events: how many, how much, how old, and what all topics may hold together."""

import pytest

from components.streams.ring import Ring, RingBudget, RingLimits

LIMITS = RingLimits(events=4, size_bytes=40, age_ns=100, total_bytes=60)


@pytest.fixture
def budget() -> RingBudget:
    """What a few small rings may hold."""
    return RingBudget(LIMITS)


def fill(ring: Ring, count: int, *, size_bytes: int = 1, ts_ns: int = 0) -> None:
    """Append so many events of one size."""
    for _ in range(count):
        ring.append(b"x" * size_bytes, ts_ns=ts_ns)


def test_all_events_after_a_number_are_told(budget: RingBudget) -> None:
    """Who has everything up to a number gets the rest, oldest first, also where nothing is missing."""
    ring = Ring(budget)
    for body in (b"1", b"2", b"3"):
        ring.append(body, ts_ns=0)

    assert ring.after(0, now_ns=0) == [b"1", b"2", b"3"]
    assert ring.after(2, now_ns=0) == [b"3"]
    assert ring.after(3, now_ns=0) == []


def test_the_newest_is_at_hand(budget: RingBudget) -> None:
    """Unless there is none, or it was too large to be kept."""
    ring = Ring(budget)
    assert ring.newest is None

    ring.append(b"1", ts_ns=0)
    ring.append(b"2", ts_ns=0)
    assert ring.newest == b"2"
    fill(ring, 1, size_bytes=LIMITS.size_bytes + 1)

    assert ring.newest is None


def test_beyond_the_count_the_oldest_goes(budget: RingBudget) -> None:
    """Of one more than fits, the first is gone and what was before it cannot be told."""
    ring = Ring(budget)
    fill(ring, LIMITS.events + 1)

    assert len(ring) == LIMITS.events
    assert ring.after(0, now_ns=0) is None
    assert ring.after(1, now_ns=0) == [b"x"] * LIMITS.events


def test_beyond_the_bytes_the_oldest_go(budget: RingBudget) -> None:
    """A large event pushes out as many as it takes, and one that is too large alone pushes out all and itself."""
    ring = Ring(budget)
    fill(ring, 3, size_bytes=10)
    fill(ring, 1, size_bytes=30)
    assert (ring.base, len(ring)) == (2, 2)

    fill(ring, 1, size_bytes=41)

    assert (ring.base, len(ring)) == (5, 0)
    assert ring.after(5, now_ns=0) == []
    assert budget.size_bytes == 0


def test_what_is_too_old_is_not_told(budget: RingBudget) -> None:
    """Age ends an event when a newer one comes, and when somebody asks."""
    ring = Ring(budget)
    fill(ring, 1, ts_ns=0)
    fill(ring, 1, ts_ns=101)
    assert (ring.base, len(ring)) == (1, 1)

    assert ring.after(1, now_ns=201) == [b"x"]
    assert ring.after(1, now_ns=202) is None
    assert ring.after(2, now_ns=202) == []


def test_all_rings_together_are_bounded_and_the_oldest_goes_first(budget: RingBudget) -> None:
    """Whichever topic the oldest event is of, it makes room for the newest of another."""
    first, second, third = Ring(budget), Ring(budget), Ring(budget)
    fill(first, 1, size_bytes=20)
    fill(second, 1, size_bytes=20)
    fill(first, 1, size_bytes=10)
    fill(third, 1, size_bytes=10)

    fill(third, 1, size_bytes=20)
    assert (first.base, second.base, third.base) == (1, 0, 0)
    fill(third, 1, size_bytes=10)
    assert (first.base, second.base, third.base) == (1, 1, 0)
    fill(second, 1, size_bytes=30)
    assert (first.base, second.base, third.base) == (2, 1, 1)

    assert budget.size_bytes == 60


def test_a_ring_that_was_cleared_counts_no_more(budget: RingBudget) -> None:
    """An epoch that ends gives its bytes back, and the ring takes part again when something comes."""
    first, second = Ring(budget), Ring(budget)
    fill(first, 2, size_bytes=20)
    first.clear(7)
    assert budget.size_bytes == 0
    fill(second, 1, size_bytes=25)

    fill(first, 1, size_bytes=30)
    fill(second, 1, size_bytes=10)

    assert (first.base, len(first), second.base, len(second)) == (7, 1, 1, 1)
    assert first.after(6, now_ns=0) is None


def test_a_ring_that_stays_empty_is_forgotten_by_the_others(budget: RingBudget) -> None:
    """An empty ring has nothing to give, and takes part again when something comes."""
    empty, second, third = Ring(budget), Ring(budget), Ring(budget)
    fill(empty, 1, size_bytes=20)
    empty.clear(1)
    fill(second, 1, size_bytes=40)
    fill(third, 1, size_bytes=30)
    assert (second.base, len(third)) == (1, 1)

    fill(empty, 1, size_bytes=31)

    assert (third.base, len(empty)) == (1, 1)


def test_rings_that_hold_nothing_can_be_delisted(budget: RingBudget) -> None:
    """What still holds something goes in its order, and an empty one is listed again with its next event."""
    empty, full = Ring(budget), Ring(budget)
    fill(empty, 1)
    fill(full, 2, size_bytes=20)
    empty.clear(1)

    budget.delist_empty()
    fill(empty, 2, size_bytes=15)

    assert full.after(0, now_ns=0) is None
    assert empty.after(1, now_ns=0) == [b"x" * 15] * 2
