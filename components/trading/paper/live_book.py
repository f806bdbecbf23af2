"""The live book of one instrument as the venue on paper trades against it: what it shows, less what was taken."""

import bisect
from collections.abc import Iterable, Iterator
from decimal import Decimal

import attrs

from components.model.money import exact
from components.trading.live.markets import Level


@attrs.define(eq=False)
class LiveLevel:
    """
    One price of the live book.

    Attributes:
        price: In quote currency.
        available: What it showed at its last update, less what was taken since, in base currency.
    """

    price: Decimal
    available: Decimal

    @exact
    def take(self, quantity: Decimal) -> None:
        """Take some of it, until its next update."""
        self.available -= quantity


class LiveSide:
    """
    The levels of one side, best first.

    What is taken of a level stays taken until the level is told again, in a change or in a whole book.

    Shape: level by price, and the prices in order; a change costs a search and, where a level comes or goes, a move.
    """

    def __init__(self, *, is_bid: bool) -> None:
        self._is_bid = is_bid
        self._levels: dict[Decimal, LiveLevel] = {}
        self._keys: list[Decimal] = []

    @property
    def best(self) -> Decimal | None:
        """The best price that is shown, whether anything of it is left or not; None where the side is empty."""
        return self._turned(self._keys[0]) if self._keys else None

    def available(self) -> Iterator[LiveLevel]:
        """The levels of which something is left, best first."""
        levels = (self._levels[self._turned(key)] for key in self._keys)
        return (level for level in levels if level.available)

    def change(self, levels: Iterable[Level]) -> None:
        """Set sizes by price; a size of 0 removes the level."""
        for price, size in levels:
            known = self._levels.get(price)
            if not size:
                if known is not None:
                    del self._levels[price]
                    del self._keys[bisect.bisect_left(self._keys, self._turned(price))]
            elif known is None:
                self._levels[price] = LiveLevel(price, size)
                bisect.insort(self._keys, self._turned(price))
            else:
                known.available = size

    def replace(self, levels: Iterable[Level]) -> None:
        """Forget all levels, and know these."""
        self._levels = {price: LiveLevel(price, size) for price, size in levels if size}
        self._keys = sorted(map(self._turned, self._levels))

    def _turned(self, price: Decimal) -> Decimal:
        # Not by arithmetic, which rounds to the digits of the context.
        return price.copy_negate() if self._is_bid else price


@attrs.define(eq=False)
class LiveBook:
    """
    Both sides of the live book; empty while it is lost.

    Attributes:
        is_known: Whether it was told as a whole since it was last lost.
    """

    bids: LiveSide = attrs.field(factory=lambda: LiveSide(is_bid=True), init=False)
    asks: LiveSide = attrs.field(factory=lambda: LiveSide(is_bid=False), init=False)
    is_known: bool = attrs.field(default=False, init=False)

    def replace(self, bids: Iterable[Level], asks: Iterable[Level]) -> None:
        """Take a whole book in; what was taken of the earlier one is forgotten."""
        self.bids.replace(bids)
        self.asks.replace(asks)
        self.is_known = True

    def change(self, bids: Iterable[Level], asks: Iterable[Level]) -> None:
        """Take changed levels of a known book in."""
        self.bids.change(bids)
        self.asks.change(asks)

    def lose(self) -> None:
        """Know nothing until a whole book comes."""
        self.bids.replace(())
        self.asks.replace(())
        self.is_known = False
