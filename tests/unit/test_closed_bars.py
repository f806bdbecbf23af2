"""The closed bars of one interval."""

import pytest

from components.marketdata.candle.bars import ClosedBar
from components.marketdata.candle.closed_bars import ClosedBars


def closed(open_ts: int, close: str = "1", *, is_venues: bool = False) -> ClosedBar:
    """A bar that opened then."""
    return ClosedBar(open_ts=open_ts, values=f"1 1 1 {close} 1", trades=1, is_degraded=False, is_venues=is_venues)


@pytest.fixture
def history() -> ClosedBars:
    """Three bars, put in out of order."""
    bars = ClosedBars(capacity=3)
    for open_ts in (20, 0, 10):
        bars.put(closed(open_ts))
    return bars


def times(bars: list[ClosedBar]) -> list[int]:
    """When bars opened."""
    return [bar.open_ts for bar in bars]


def test_bars_are_kept_in_order(history: ClosedBars) -> None:
    """In whatever order they came."""
    assert times(history.newest(9, before_ns=None)) == [0, 10, 20]
    assert history.last == closed(20)
    assert ClosedBars().last is None


def test_a_bar_is_found_by_its_time(history: ClosedBars) -> None:
    """And by no other."""
    assert history.get(10) == closed(10)
    assert (history.get(11), history.get(21)) == (None, None)


def test_the_newest_before_a_time(history: ClosedBars) -> None:
    """As many as asked for, the time itself left out."""
    assert times(history.newest(1, before_ns=20)) == [10]
    assert times(history.newest(2, before_ns=None)) == [10, 20]
    assert times(history.between(10, 20)) == [10]


def test_a_later_account_replaces_an_earlier_one(history: ClosedBars) -> None:
    """Of the same bar, which is there once."""
    assert history.put(closed(10, "2")).close == "2"
    assert len(history) == 3


def test_the_venues_account_stays(history: ClosedBars) -> None:
    """Only the venue itself can replace it."""
    venues = closed(10, "3", is_venues=True)
    history.put(venues)

    assert history.put(closed(10, "4")) == venues
    assert history.put(closed(10, "5", is_venues=True)).close == "5"


def test_what_is_from_later_can_be_forgotten(history: ClosedBars) -> None:
    """As if it had never been."""
    history.drop_from(10)

    assert times(history.newest(9, before_ns=None)) == [0]


def test_the_oldest_go() -> None:
    """All above the capacity at once, so that it happens seldom."""
    history = ClosedBars(capacity=3)
    for open_ts in range(104):
        history.put(closed(open_ts))

    assert times(history.newest(999, before_ns=None)) == [101, 102, 103]
