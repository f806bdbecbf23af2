"""The limit of attempts that all connections share."""

from components.marketdata.binance.attempt_limit import AttemptLimit


def test_attempts_within_the_limit_begin_at_once() -> None:
    """Nobody waits while there is room in the window."""
    limit = AttemptLimit(most=2, window_s=10.0)

    assert [limit.take(now_s=0.0), limit.take(now_s=0.0)] == [0.0, 0.0]


def test_one_more_waits_until_the_oldest_leaves_the_window() -> None:
    """The wait is told, and is not counted as an attempt."""
    limit = AttemptLimit(most=2, window_s=10.0)
    limit.take(now_s=0.0)
    limit.take(now_s=4.0)

    assert [limit.take(now_s=5.0), limit.take(now_s=6.0)] == [5.0, 4.0]
    assert limit.take(now_s=10.0) == 0.0
    assert limit.take(now_s=10.0) == 4.0


def test_two_processes_in_a_row_stay_below_the_venues_limit() -> None:
    """One that is started again does not know of its predecessor's attempts: 300 in five minutes are both's."""
    first, second = AttemptLimit(), AttemptLimit()

    begun = sum(limit.take(now_s=float(second_s)) == 0.0 for limit in (first, second) for second_s in range(299))

    assert begun == 300
