"""Bars of the simulated exchange, made of the minutes that it remembers."""

from collections.abc import Sequence

from components.contract.envelope import NS_PER_MS
from components.marketdata.sim.simulated_instruments import text_of
from components.marketdata.sim.simulated_statistics import NS_PER_MINUTE, Minute
from components.model.intervals import Interval

Row = tuple[int, str, str, str, str, str, int, str, int, str, str, str]


def klines(minutes: Sequence[Minute], interval: Interval, *, start_ns: int, end_ns: int) -> list[Row]:
    """
    The bars that open within a time and of which every minute is remembered, as rows of the venue's answer.

    Args:
        minutes: What is remembered, without a hole, oldest first.
        interval: How long the bars are; none that is shorter than a minute is remembered.
        start_ns: When the first may open, UNIX nanoseconds.
        end_ns: When the last may open.
    """
    length = interval.length_ns // NS_PER_MINUTE
    if not length:
        return []
    first = minutes[0].number
    begin = max(-(-start_ns // interval.length_ns) * length, -(-first // length) * length)
    end = min(end_ns // NS_PER_MINUTE, first + len(minutes) - length)
    return [
        _row(interval, minutes[number - first : number - first + length]) for number in range(begin, end + 1, length)
    ]


def _row(interval: Interval, minutes: Sequence[Minute]) -> Row:
    traded = [minute for minute in minutes if minute.trades] or minutes
    open_ms = minutes[0].number * NS_PER_MINUTE // NS_PER_MS
    return (
        open_ms,
        text_of(traded[0].open),
        text_of(max(minute.high for minute in traded)),
        text_of(min(minute.low for minute in traded)),
        text_of(traded[-1].close),
        text_of(sum(minute.volume for minute in minutes)),
        open_ms + interval.length_ns // NS_PER_MS - 1,
        text_of(sum(minute.quote_volume for minute in minutes)),
        sum(minute.trades for minute in minutes),
        "0",
        "0",
        "0",
    )
