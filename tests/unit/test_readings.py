"""Figures over time: rates of the last seconds, quantiles of the last minute."""

import pytest

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.wamp.router_view import RouterFigures
from router.figures import Figures
from router.readings import LATENCY_WINDOW_NS, RATE_WINDOW_NS, Readings


def received(figures: RouterFigures) -> int:
    return figures.received.get("call", 0)


def per_second(readings: Readings) -> object:
    return readings.totals(received)["per_second"]


def read_every_second(readings: Readings, figures: Figures, seconds: int, *, calls: int, start_s: int = 0) -> None:
    """Let a time go by with so many calls in each of its seconds."""
    for second in range(start_s, start_s + seconds):
        for _ in range(calls):
            figures.count_received("call")
        readings.take(figures.read(), now_ns=second * NS_PER_S)


def test_one_reading_has_no_rate() -> None:
    """What was counted is told from the first reading on, how fast only from the second."""
    readings, figures = Readings(), Figures()
    read_every_second(readings, figures, 1, calls=7)

    assert readings.totals(received) == {"total": 7, "per_second": 0.0}


def test_a_rate_is_of_the_last_seconds() -> None:
    """What came before the window counts in the total alone."""
    readings, figures = Readings(), Figures()
    read_every_second(readings, figures, 20, calls=100)
    assert readings.totals(received) == {"total": 2000, "per_second": 100.0}

    window_s = RATE_WINDOW_NS // NS_PER_S
    read_every_second(readings, figures, window_s, calls=0, start_s=20)
    assert readings.totals(received) == {"total": 2000, "per_second": 0.0}


def test_a_rate_follows_within_the_window() -> None:
    """A burst is told as its share of the window."""
    readings, figures = Readings(), Figures()
    read_every_second(readings, figures, 20, calls=0)
    read_every_second(readings, figures, 1, calls=50, start_s=20)

    assert per_second(readings) == 10.0


def test_a_late_reading_is_divided_by_its_own_time() -> None:
    """A tick that came late does not look like a faster second."""
    readings, figures = Readings(), Figures()
    readings.take(figures.read(), now_ns=0)
    for _ in range(80):
        figures.count_received("call")
    readings.take(figures.read(), now_ns=8 * NS_PER_S)

    assert per_second(readings) == 10.0


@pytest.mark.parametrize(("age_ns", "count"), [(LATENCY_WINDOW_NS - 1, 1), (LATENCY_WINDOW_NS, 0)])
def test_durations_are_of_the_last_minute(age_ns: int, count: int) -> None:
    """What is older is told since the start alone."""
    readings, figures = Readings(), Figures()
    readings.take(figures.read(), now_ns=0)
    figures.observe_delivery("price", 3 * NS_PER_MS, 1)
    readings.take(figures.read(), now_ns=1)
    readings.take(figures.read(), now_ns=1 + age_ns)

    told = readings.durations(lambda read: read.deliveries)["price"]

    assert told["since_start"] == {"count": 1, "avg_ms": 3.0, "p50_ms": 2.5, "p95_ms": 2.95, "p99_ms": 2.99}
    last_minute = told["last_minute"]
    assert isinstance(last_minute, dict)
    assert last_minute["count"] == count
    assert (last_minute["p99_ms"] is None) is (count == 0)


def test_a_minute_is_all_that_is_kept() -> None:
    """However long it runs, it holds one reading more than the window has."""
    readings, figures = Readings(), Figures()
    read_every_second(readings, figures, 500, calls=1)

    assert len(readings._kept) == LATENCY_WINDOW_NS // NS_PER_S + 1
    assert per_second(readings) == 1.0
