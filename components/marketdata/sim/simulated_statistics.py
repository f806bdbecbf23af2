"""Rolling 24 h statistics of the simulated exchange, minute by minute, out of its own prints."""

import math
from collections import deque

import attrs

from components.marketdata.sim.simulated_book import RandomSource
from components.marketdata.sim.simulated_instruments import E8, SimulatedInstrument

WINDOW_MINUTES = 1440
NS_PER_MINUTE = 60_000_000_000


@attrs.define(kw_only=True)
class Minute:
    """
    What was traded in one minute.

    Units: prices and volumes in hundred-millionths.
    """

    number: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    quote_volume: int
    trades: int


@attrs.frozen(kw_only=True)
class Summary:
    """The window as a whole; prices and volumes in hundred-millionths, ids of its first and last trade."""

    open: int
    high: int
    low: int
    close: int
    volume: int
    quote_volume: int
    trades: int
    first_trade_id: int
    last_trade_id: int


class RollingStatistics:
    """
    Statistics over the last 24 h, to the minute.

    Sans-I/O. It begins with a day that was made up, which ends where the simulation starts; from there on it counts
    what it is told, and the made-up minutes leave the window one by one.
    """

    def __init__(self, minutes: list[Minute], *, last_trade_id: int) -> None:
        self._minutes = deque(minutes)
        self.last_trade_id = last_trade_id
        self._high, self._low = self._extremes()

    def record(self, *, price: int, quantity: int, at_ns: int) -> int:
        """Count one trade, and return its id."""
        self._roll(at_ns // NS_PER_MINUTE)
        minute = self._minutes[-1]
        if not minute.trades:
            minute.open = minute.high = minute.low = price
        minute.high, minute.low, minute.close = max(minute.high, price), min(minute.low, price), price
        minute.volume += quantity
        minute.quote_volume += price * quantity // E8
        minute.trades += 1
        self._high, self._low = max(self._high, price), min(self._low, price)
        self.last_trade_id += 1
        return self.last_trade_id

    def minutes(self, *, at_ns: int) -> tuple[Minute, ...]:
        """The minutes of the window that ends now, without a hole, the one that goes on now last."""
        self._roll(at_ns // NS_PER_MINUTE)
        return tuple(self._minutes)

    def summary(self, *, at_ns: int) -> Summary:
        """The window that ends now."""
        self._roll(at_ns // NS_PER_MINUTE)
        trades = sum(minute.trades for minute in self._minutes)
        return Summary(
            open=self._minutes[0].open,
            high=self._high,
            low=self._low,
            close=self._minutes[-1].close,
            volume=sum(minute.volume for minute in self._minutes),
            quote_volume=sum(minute.quote_volume for minute in self._minutes),
            trades=trades,
            first_trade_id=self.last_trade_id - trades + 1,
            last_trade_id=self.last_trade_id,
        )

    def _roll(self, number: int) -> None:
        last = self._minutes[-1]
        if number <= last.number:
            return
        price = last.close
        for flat in range(max(last.number + 1, number - WINDOW_MINUTES + 1), number + 1):
            self._minutes.append(
                Minute(number=flat, open=price, high=price, low=price, close=price, volume=0, quote_volume=0, trades=0)
            )
        while self._minutes[0].number <= number - WINDOW_MINUTES:
            self._minutes.popleft()
        self._high, self._low = self._extremes()

    def _extremes(self) -> tuple[int, int]:
        return max(minute.high for minute in self._minutes), min(minute.low for minute in self._minutes)


def invented_day(instrument: SimulatedInstrument, chance: RandomSource, *, end_ns: int) -> list[Minute]:
    """A day of minutes that ends at the instrument's start price, calm and lively in turns."""
    deviation = instrument.volatility / math.sqrt(WINDOW_MINUTES)
    last_number = end_ns // NS_PER_MINUTE
    minutes: list[Minute] = []
    close, mood = instrument.price, 0.0
    for back in range(WINDOW_MINUTES):
        mood = 0.97 * mood + chance.gauss(0.0, 0.15)
        step = deviation * math.exp(mood)
        open_price = close * math.exp(-step * chance.gauss(0.0, 1.0))
        high = max(open_price, close) * (1 + step * abs(chance.gauss(0.0, 0.4)))
        low = min(open_price, close) * (1 - step * abs(chance.gauss(0.0, 0.4)))
        trades = 1 + int(instrument.trades_per_s * 60 * math.exp(mood) * (0.5 + chance.random()))
        quote_volume = int(trades * instrument.trade_value * E8)
        minutes.append(
            Minute(
                number=last_number - back,
                open=_on_tick(open_price, instrument),
                high=_on_tick(high, instrument),
                low=_on_tick(low, instrument),
                close=_on_tick(close, instrument),
                volume=int(quote_volume / close) // instrument.lot_e8 * instrument.lot_e8,
                quote_volume=quote_volume,
                trades=trades,
            )
        )
        close = open_price
    return minutes[::-1]


def _on_tick(price: float, instrument: SimulatedInstrument) -> int:
    return max(1, round(price * E8 / instrument.tick_e8)) * instrument.tick_e8
