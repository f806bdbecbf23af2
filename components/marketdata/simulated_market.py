"""One simulated instrument: a price that wanders, a book around it, and orders that come in bursts."""

import math
from collections.abc import Iterator
from typing import Protocol

import attrs

from components.model.market import Side


class Random(Protocol):
    """Where chance comes from; `random.Random` with a seed makes all of it repeatable."""

    def random(self) -> float:
        """A number from 0 to 1, the latter excluded."""

    def gauss(self, mu: float, sigma: float) -> float:
        """A normally distributed number."""

    def expovariate(self, lambd: float) -> float:
        """An exponentially distributed number."""


@attrs.frozen(kw_only=True)
class MarketRules:
    """
    What sets one simulated instrument apart from another.

    Units: sizes in lots, prices in ticks.

    Attributes:
        first_price: Price at the beginning.
        volatility: Standard deviation of the price's change over a second, as a share of the price, in calm times.
        trades_per_s: How many trades come in calm times.
        typical_size: Median size of a trade.
        level_gap: Typical distance of neighbouring levels of the book.
    """

    first_price: int
    volatility: float
    trades_per_s: float
    typical_size: int
    level_gap: int


@attrs.frozen(kw_only=True)
class SimulatedTrade:
    """One trade: price in ticks, size in lots, the taker's side."""

    price: int
    size: int
    side: Side


Change = SimulatedTrade | None
"""What one update was: a trade, or a change of the book alone."""

DEPTH_LEVELS = 20
WIDEST_SPREAD = 5
_MOOD_PULL_PER_S = 0.05
_MOOD_NOISE = 0.25
_HEAT_DECAY_PER_S = 1.5
_HEAT_PER_TRADE = 0.9
_HOTTEST = 12.0
_DIRECTION_MEMORY = 0.8
_QUIET_BOOK_CHANGES_PER_S = 3.0


@attrs.define
class SimulatedMarket:
    """
    The book of one instrument, and what happens to it.

    Sans-I/O, and without a clock: `step` says how much time goes by. The price is a random walk whose volatility goes
    through moods, trades excite further trades, and the book is never crossed.

    Shape: `bids` and `asks` are price to size, both whole numbers of ticks and lots.
    """

    rules: MarketRules
    _random: Random
    bids: dict[int, int] = attrs.field(factory=dict, init=False)
    asks: dict[int, int] = attrs.field(factory=dict, init=False)
    _price: float = attrs.field(init=False)
    _mood: float = attrs.field(default=0.0, init=False)
    _heat: float = attrs.field(default=0.0, init=False)
    _buyers: float = attrs.field(default=0.5, init=False)
    _changed: dict[tuple[Side, int], int] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        """Open with a full book around the first price."""
        self._price = float(self.rules.first_price)
        self._quote(self.rules.first_price - 1, self.rules.first_price + 1)
        self.take_changes()

    @property
    def best_bid(self) -> int:
        """The highest price that somebody bids."""
        return max(self.bids)

    @property
    def best_ask(self) -> int:
        """The lowest price that somebody asks."""
        return min(self.asks)

    def step(self, *, dt_s: float, market_shock: float) -> Iterator[Change]:
        """
        Let a little time go by.

        Args:
            dt_s: How much, in seconds; well below a second.
            market_shock: What moves all instruments at once, normally distributed with a deviation of 1.

        Returns:
            One change after the other; the book is as of each while it is looked at.
        """
        self._move_price(dt_s, market_shock)
        self._heat *= math.exp(-_HEAT_DECAY_PER_S * dt_s)
        spread = 1 + int((WIDEST_SPREAD - 1) * min(1.0, self._random.expovariate(3.0) * (1 + self._heat / _HOTTEST)))
        bid = round(self._price - spread / 2)
        if (bid, bid + spread) != (self.best_bid, self.best_ask) and self._happens(8.0, dt_s):
            self._quote(max(1, bid), max(1, bid) + spread)
            yield None
        while self._happens(self.rules.trades_per_s * (1 + self._heat), dt_s):
            yield self._trade()
        if self._happens(_QUIET_BOOK_CHANGES_PER_S, dt_s):
            self._change_a_level()
            yield None

    def take_changes(self) -> dict[tuple[Side, int], int]:
        """The levels that changed since this was asked last, with their size now; 0 is a level that is gone."""
        changed, self._changed = self._changed, {}
        return changed

    def _move_price(self, dt_s: float, market_shock: float) -> None:
        root = math.sqrt(dt_s)
        self._mood += -_MOOD_PULL_PER_S * self._mood * dt_s + _MOOD_NOISE * root * self._random.gauss(0, 1)
        shock = 0.7 * market_shock + 0.7 * self._random.gauss(0, 1)
        volatility = self.rules.volatility * math.exp(min(self._mood, 2.0)) * (1 + self._heat / _HOTTEST)
        drift = math.log(self.rules.first_price / self._price) * 1e-4 * dt_s
        self._price = max(2.0 * WIDEST_SPREAD, self._price * math.exp(drift + volatility * root * shock))

    def _happens(self, rate_per_s: float, dt_s: float) -> bool:
        return self._random.random() < 1 - math.exp(-rate_per_s * dt_s)

    def _trade(self) -> SimulatedTrade:
        side = Side.BUY if self._random.random() < self._buyers else Side.SELL
        self._buyers = _DIRECTION_MEMORY * self._buyers + (1 - _DIRECTION_MEMORY) * (0.8 if side is Side.BUY else 0.2)
        self._heat = min(_HOTTEST, self._heat + _HEAT_PER_TRADE)
        maker, price, away = (Side.SELL, self.best_ask, 1) if side is Side.BUY else (Side.BUY, self.best_bid, -1)
        available = self._book(maker)[price]
        size = min(self._size(self.rules.typical_size), available)
        self._set(maker, price, available - size)
        if size == available:
            behind = max(1, price + away * (1 + int(self._random.expovariate(0.7))))
            self._set(maker, behind, self._size(4 * self.rules.typical_size))
        return SimulatedTrade(price=price, size=size, side=side)

    def _size(self, typical: int) -> int:
        return max(1, round(typical * math.exp(self._random.gauss(0, 1.0))))

    def _change_a_level(self) -> None:
        side = Side.BUY if self._random.random() < 0.5 else Side.SELL  # noqa: PLR2004 - heads or tails
        book = self._book(side)
        price = sorted(book)[int(self._random.random() * len(book))]
        self._set(side, price, self._size(4 * self.rules.typical_size))

    def _quote(self, bid: int, ask: int) -> None:
        for price in [price for price in self.bids if price > bid]:
            self._set(Side.BUY, price, 0)
        for price in [price for price in self.asks if price < ask]:
            self._set(Side.SELL, price, 0)
        self._fill(Side.BUY, bid, -1)
        self._fill(Side.SELL, ask, 1)

    def _fill(self, side: Side, best: int, away: int) -> None:
        book = self._book(side)
        if best not in book:
            self._set(side, best, self._size(4 * self.rules.typical_size))
        for price in sorted(book, reverse=side is Side.BUY)[DEPTH_LEVELS:]:
            self._set(side, price, 0)
        price = min(book) if side is Side.BUY else max(book)
        while len(book) < DEPTH_LEVELS:
            price += away * (1 + int(self._random.expovariate(1.0) * self.rules.level_gap))
            if price < 1:
                return
            self._set(side, price, self._size(6 * self.rules.typical_size))

    def _set(self, side: Side, price: int, size: int) -> None:
        book = self._book(side)
        if size:
            book[price] = size
        else:
            book.pop(price, None)
        self._changed[side, price] = size

    def _book(self, side: Side) -> dict[int, int]:
        return self.bids if side is Side.BUY else self.asks
