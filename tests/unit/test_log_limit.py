"""Speaking of one in many."""

from components.marketdata.log_limit import LogLimit


def test_the_first_is_spoken_of_at_once() -> None:
    """What happens for the first time is not held back."""
    assert LogLimit(interval_s=1.0).offer(0.0) == 1


def test_the_next_tells_how_many_there_were() -> None:
    """Within the interval nothing is said; after it one stands for all."""
    limit = LogLimit(interval_s=1.0)
    limit.offer(10.0)

    assert [limit.offer(now_s) for now_s in (10.1, 10.5, 10.99, 11.0, 11.5, 12.0)] == [0, 0, 0, 4, 0, 2]
