"""Bars of the simulated exchange."""

import pytest

from components.marketdata.sim.simulated_instruments import E8
from components.marketdata.sim.simulated_klines import Row, klines
from components.marketdata.sim.simulated_statistics import NS_PER_MINUTE, Minute
from components.model.intervals import INTERVAL_BY_NAME

MINUTE_MS = 60_000


def minute(number: int, price: int, *, trades: int = 1) -> Minute:
    """A minute that went from a price to the one above it."""
    return Minute(
        number=number,
        open=price * E8,
        high=(price + 2) * E8,
        low=(price - 2) * E8,
        close=(price + 1) * E8,
        volume=trades * E8,
        quote_volume=trades * price * E8,
        trades=trades,
    )


MINUTES = [minute(number, number) for number in range(8, 22)]


def rows(interval: str, start_minute: int, end_minute: int, minutes: list[Minute] = MINUTES) -> list[Row]:
    """The bars that open from one minute to another."""
    return klines(
        minutes,
        INTERVAL_BY_NAME[interval],
        start_ns=start_minute * NS_PER_MINUTE,
        end_ns=end_minute * NS_PER_MINUTE,
    )


def test_a_bar_is_the_sum_of_its_minutes() -> None:
    """Opened by the first, closed by the last, with the extremes of all."""
    assert rows("5m", 10, 10) == [
        (
            10 * MINUTE_MS,
            "10.00000000",
            "16.00000000",
            "8.00000000",
            "15.00000000",
            "5.00000000",
            15 * MINUTE_MS - 1,
            "60.00000000",
            5,
            "0",
            "0",
            "0",
        )
    ]


def test_minutes_without_trades_open_and_close_nothing() -> None:
    """Only where there are no others."""
    quiet = [minute(number, number, trades=int(number == 12)) for number in range(10, 15)]
    none = [minute(number, 10, trades=0) for number in range(10, 15)]

    assert rows("5m", 0, 99, quiet)[0][1:5] == ("12.00000000", "14.00000000", "10.00000000", "13.00000000")
    assert rows("5m", 0, 99, none)[0][1:5] == ("10.00000000", "12.00000000", "8.00000000", "11.00000000")


@pytest.mark.parametrize(
    ("interval", "start", "end", "opened"),
    [
        ("1m", 0, 99, list(range(8, 22))),
        ("1m", 11, 13, [11, 12, 13]),
        ("5m", 0, 99, [10, 15]),
        ("5m", 11, 99, [15]),
        ("5m", 0, 14, [10]),
        ("15m", 0, 99, []),
        ("1s", 0, 99, []),
    ],
)
def test_only_bars_that_are_remembered_whole_are_told(interval: str, start: int, end: int, opened: list[int]) -> None:
    """Within the time that was asked for."""
    assert [row[0] // MINUTE_MS for row in rows(interval, start, end)] == opened
