"""The simulated order book: a few levels a side, never crossed, with every change numbered."""

from typing import Protocol

import attrs

LEVELS = 15
NEAR_LEVELS = 5
MAX_FILLS = 6
EVEN_ODDS = 0.5


class RandomSource(Protocol):
    """Where chance comes from; `random.Random` is one."""

    def random(self) -> float:
        """A number from 0 up to, but not including, 1."""

    def gauss(self, mu: float, sigma: float) -> float:
        """A normally distributed number."""

    def expovariate(self, lambd: float) -> float:
        """An exponentially distributed number with mean `1 / lambd`."""


@attrs.frozen(kw_only=True)
class Quote:
    """The best prices, in ticks, and their sizes, in lots."""

    bid: int
    bid_lots: int
    ask: int
    ask_lots: int


@attrs.frozen(kw_only=True)
class DepthChanges:
    """
    What changed since the last time this was asked.

    Attributes:
        first_update_id: The first of the changes' numbers.
        last_update_id: The last of them.
        bids: Price in ticks, and what is now there in lots, 0 for nothing; best first.
        asks: The same.
    """

    first_update_id: int
    last_update_id: int
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]


class _Side:
    """One side's levels; `sign` is 1 where a higher price is better."""

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.lots: dict[int, int] = {}
        self.changed: dict[int, int] = {}

    @property
    def best(self) -> int:
        return max(self.lots, key=lambda price: price * self.sign)

    @property
    def worst(self) -> int:
        return min(self.lots, key=lambda price: price * self.sign)

    def is_better(self, price: int, other: int) -> bool:
        return price * self.sign > other * self.sign


@attrs.define(kw_only=True)
class SimulatedBook:
    """
    Price levels of one simulated instrument.

    Each level that changes takes one update id. The best bid is below the best ask after every call.

    Units: prices in ticks, sizes in lots.

    Attributes:
        chance: Where sizes and gaps come from.
        typical_lots: Size of a level in the mean.
        update_id: Number of the newest change.
    """

    chance: RandomSource
    typical_lots: float
    update_id: int
    _bids: _Side = attrs.field(factory=lambda: _Side(1), init=False)
    _asks: _Side = attrs.field(factory=lambda: _Side(-1), init=False)
    _told_id: int = attrs.field(init=False)

    @_told_id.default
    def _nothing_told(self) -> int:
        return self.update_id

    @property
    def quote(self) -> Quote:
        """The best prices and sizes."""
        bid, ask = self._bids.best, self._asks.best
        return Quote(bid=bid, bid_lots=self._bids.lots[bid], ask=ask, ask_lots=self._asks.lots[ask])

    @property
    def levels(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """All bids and all asks, price and lots, best first."""
        return sorted(self._bids.lots.items(), reverse=True), sorted(self._asks.lots.items())

    def move(self, *, bid: int, ask: int) -> None:
        """Make these the best prices: what is in their way goes, what is missing behind them comes."""
        for side, price in ((self._bids, bid), (self._asks, ask)):
            for level in [level for level in side.lots if side.is_better(level, price)]:
                self._set(side, level, 0)
        for side, price in ((self._bids, bid), (self._asks, ask)):
            if price not in side.lots:
                self._set(side, price, self._some_lots())
            self._fill(side)

    def resize(self) -> None:
        """Change the size at the best price of either side."""
        side = self._bids if self.chance.random() < EVEN_ODDS else self._asks
        self._set(side, side.best, self._some_lots())

    def take(self, lots: int, *, is_buy: bool, max_spread: int) -> list[tuple[int, int]]:
        """
        Fill a taker's order from the best price on, and let makers close in on the gap that it leaves.

        Returns:
            Price and lots of each fill; `MAX_FILLS` at the most, the rest of the order is dropped.
        """
        side = self._asks if is_buy else self._bids
        before = self.quote
        fills: list[tuple[int, int]] = []
        while lots > 0 and side.lots and len(fills) < MAX_FILLS:
            price = side.best
            filled = min(lots, side.lots[price])
            self._set(side, price, side.lots[price] - filled)
            fills.append((price, filled))
            lots -= filled
        is_used_up = price not in side.lots
        if is_buy:
            ask = price + is_used_up
            self.move(bid=max(before.bid, ask - max_spread), ask=ask)
        else:
            bid = max(1, price - is_used_up)
            self.move(bid=bid, ask=min(before.ask, bid + max_spread))
        return fills

    def next_changes(self) -> DepthChanges | None:
        """All that changed since the last call, or None where nothing did."""
        if self.update_id == self._told_id:
            return None
        first, self._told_id = self._told_id + 1, self.update_id
        bids, self._bids.changed = self._bids.changed, {}
        asks, self._asks.changed = self._asks.changed, {}
        return DepthChanges(
            first_update_id=first,
            last_update_id=self.update_id,
            bids=tuple(sorted(bids.items(), reverse=True)),
            asks=tuple(sorted(asks.items())),
        )

    def _set(self, side: _Side, price: int, lots: int) -> None:
        if lots:
            side.lots[price] = lots
        else:
            side.lots.pop(price)
        side.changed[price] = lots
        self.update_id += 1

    def _fill(self, side: _Side) -> None:
        while len(side.lots) > LEVELS:
            self._set(side, side.worst, 0)
        while len(side.lots) < LEVELS:
            mean_gap = 1.0 if len(side.lots) < NEAR_LEVELS else 4.0
            price = side.worst - side.sign * (1 + int(self.chance.expovariate(1.0) * mean_gap))
            if price < 1:
                return
            self._set(side, price, self._some_lots())

    def _some_lots(self) -> int:
        return 1 + int(self.typical_lots * self.chance.expovariate(1.0))
