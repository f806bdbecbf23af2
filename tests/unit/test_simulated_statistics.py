"""Rolling statistics of the simulated exchange."""

import random
from itertools import pairwise

from components.marketdata.sim.simulated_instruments import E8, SIMULATED_INSTRUMENTS, text_of
from components.marketdata.sim.simulated_statistics import (
    NS_PER_MINUTE,
    WINDOW_MINUTES,
    Minute,
    RollingStatistics,
    invented_day,
)

START_NS = 28_869_600 * NS_PER_MINUTE


def minute(number: int, price: int, *, trades: int = 1) -> Minute:
    """A minute in which all trades were one lot at one price."""
    return Minute(
        number=number,
        open=price,
        high=price,
        low=price,
        close=price,
        volume=trades * E8,
        quote_volume=trades * price,
        trades=trades,
    )


def test_a_trade_counts_at_once() -> None:
    """Price, volume and count change with the print, and its id is the next."""
    rolling = RollingStatistics([minute(0, 100)], last_trade_id=7)

    trade_id = rolling.record(price=120, quantity=2 * E8, at_ns=0)
    summary = rolling.summary(at_ns=0)

    assert trade_id == 8
    assert (summary.open, summary.high, summary.low, summary.close) == (100, 120, 100, 120)
    assert (summary.volume, summary.quote_volume, summary.trades) == (3 * E8, 340, 2)
    assert (summary.first_trade_id, summary.last_trade_id) == (7, 8)


def test_a_minute_leaves_after_a_day() -> None:
    """What was traded 1440 minutes ago is gone, and with it its extreme price."""
    rolling = RollingStatistics([minute(0, 500), minute(1, 100)], last_trade_id=2)

    within = rolling.summary(at_ns=(WINDOW_MINUTES - 1) * NS_PER_MINUTE)
    after = rolling.summary(at_ns=WINDOW_MINUTES * NS_PER_MINUTE)

    assert (within.open, within.high, within.trades) == (500, 500, 2)
    assert (after.open, after.high, after.trades, after.first_trade_id) == (100, 100, 1, 2)


def test_a_minute_begins_with_its_first_trade() -> None:
    """The last price of the minute before is not in it."""
    rolling = RollingStatistics([minute(0, 100)], last_trade_id=1)
    rolling.record(price=120, quantity=E8, at_ns=NS_PER_MINUTE)

    assert rolling.minutes(at_ns=NS_PER_MINUTE)[1] == minute(1, 120)


def test_minutes_have_no_hole() -> None:
    """One without trades is flat at the last price, and a day's are there after however long a time."""
    rolling = RollingStatistics([minute(0, 100)], last_trade_id=1)
    few, many = (rolling.minutes(at_ns=number * NS_PER_MINUTE) for number in (3, 10 * WINDOW_MINUTES))

    assert [(one.number, one.close, one.trades) for one in few] == [(0, 100, 1), (1, 100, 0), (2, 100, 0), (3, 100, 0)]
    assert [one.number for one in many] == list(range(9 * WINDOW_MINUTES + 1, 10 * WINDOW_MINUTES + 1))


def test_a_quiet_minute_keeps_the_last_price() -> None:
    """Where nothing was traded the price is the last one."""
    rolling = RollingStatistics([minute(0, 100)], last_trade_id=1)

    summary = rolling.summary(at_ns=5 * NS_PER_MINUTE)

    assert (summary.close, summary.trades) == (100, 1)


def test_time_that_goes_back_counts_for_the_newest_minute() -> None:
    """A clock that was set back opens no minute in the past."""
    rolling = RollingStatistics([minute(10, 100)], last_trade_id=1)

    rolling.record(price=90, quantity=E8, at_ns=0)

    assert rolling.summary(at_ns=0).low == 90


def test_an_invented_day_ends_at_the_start_price() -> None:
    """It is a whole day without a hole, whose minutes follow each other in price and hold their own extremes."""
    instrument = SIMULATED_INSTRUMENTS[0]

    day = invented_day(instrument, random.Random(1), end_ns=START_NS)

    assert [one.number for one in day] == list(range(28_869_600 - WINDOW_MINUTES + 1, 28_869_601))
    assert text_of(day[-1].close) == "97250.00000000"
    for before, after in pairwise(day):
        assert before.close == after.open
    for one in day:
        assert one.low <= min(one.open, one.close) <= max(one.open, one.close) <= one.high
        assert one.trades > 0
        assert {one.open % instrument.tick_e8, one.volume % instrument.lot_e8} == {0}
