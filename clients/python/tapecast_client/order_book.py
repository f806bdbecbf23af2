"""A local order book: what a topic of book events tells, level by level."""

import bisect
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import attrs

from tapecast_client.errors import BookFault
from tapecast_client.events import ContinuityLost, Event

Level = tuple[Decimal, Decimal]
"""Price and size."""

_ZERO = Decimal(0)


class BookSide:
    """
    The levels of one side, best first.

    Shape: size by price, and the prices in order; a change costs a search and, where a level comes or goes, a move.

    Units: prices in quote currency, sizes in base currency, exact.
    """

    def __init__(self, *, is_bid: bool) -> None:
        self._is_bid = is_bid
        self._sizes: dict[Decimal, Decimal] = {}
        self._keys: list[Decimal] = []

    def __len__(self) -> int:
        return len(self._sizes)

    @property
    def best(self) -> Level | None:
        """The best price and its size; None where the side is empty."""
        return self._level(self._keys[0]) if self._keys else None

    def levels(self, limit: int | None = None) -> list[Level]:
        """The best levels, best first; all of them without a limit."""
        return [self._level(key) for key in self._keys[:limit]]

    def size(self, price: Decimal) -> Decimal:
        """The size at a price, 0 where there is none."""
        return self._sizes.get(price, _ZERO)

    def set(self, levels: Iterable[Level]) -> None:
        """Set sizes by price; a size of 0 removes the level."""
        for price, size in levels:
            if not size:
                self._remove(price)
                continue
            if price not in self._sizes:
                bisect.insort(self._keys, self._turned(price))
            self._sizes[price] = size

    def clear(self) -> None:
        """Forget all levels."""
        self._sizes.clear()
        self._keys.clear()

    def _level(self, key: Decimal) -> Level:
        price = self._turned(key)
        return price, self._sizes[price]

    def _remove(self, price: Decimal) -> None:
        if self._sizes.pop(price, None) is not None:
            del self._keys[bisect.bisect_left(self._keys, self._turned(price))]

    def _turned(self, number: Decimal) -> Decimal:
        # Not by arithmetic, which rounds to the 28 digits of the context.
        return number.copy_negate() if self._is_bid else number


@attrs.frozen(kw_only=True)
class DepthRange:
    """
    Which levels a book tells all of; beyond it there may be more than it shows.

    Attributes:
        bid: Down to this bid price; None where all bids are told.
        ask: Up to this ask price; None where all asks are told.
    """

    bid: Decimal | None = None
    ask: Decimal | None = None


@attrs.define(eq=False)
class OrderBook:
    """
    The book of one instrument on one venue.

    Sans-I/O: it is given the events of its topic as a subscription delivers them, state first. A locked book, whose
    best bid and ask are equal, is a valid one.

    Attributes:
        bids: The bids, highest first.
        asks: The asks, lowest first.
        depth: The range that can be trusted; None before the first state.
        epoch: Where the topic was.
        seq: The number of the newest event that is in it.
        is_synchronised: Whether it has had a state since continuity was last lost.
    """

    bids: BookSide = attrs.field(factory=lambda: BookSide(is_bid=True), init=False)
    asks: BookSide = attrs.field(factory=lambda: BookSide(is_bid=False), init=False)
    depth: DepthRange | None = attrs.field(default=None, init=False)
    epoch: str | None = attrs.field(default=None, init=False)
    seq: int = attrs.field(default=0, init=False)
    is_synchronised: bool = attrs.field(default=False, init=False)

    @property
    def best_bid(self) -> Level | None:
        """The highest bid and its size."""
        return self.bids.best

    @property
    def best_ask(self) -> Level | None:
        """The lowest ask and its size."""
        return self.asks.best

    def apply(self, event: Event) -> None:
        """
        Take one event of the topic.

        Raises:
            BookFault: Its levels are no prices and sizes, or it changes a book that has had no state. The book is
                empty then, and waits for a state.
        """
        try:
            bids, asks = read_levels(event.payload, "bids"), read_levels(event.payload, "asks")
            depth = read_depth(event.payload.get("depth"))
        except BookFault:
            self._empty()
            raise
        if event.is_state or event.type == "snapshot":
            self._empty()
            # The gateway tells nothing of a book that it does not know itself just now.
            self.is_synchronised = bool(event.payload)
        elif not self.is_synchronised:
            raise BookFault(f"{event.topic}: a change came before the state that it changes")
        self.bids.set(bids)
        self.asks.set(asks)
        self.depth = depth or self.depth or DepthRange()
        self.epoch, self.seq = event.epoch, event.seq

    def lose(self, _notice: ContinuityLost) -> None:
        """Events are missing: nothing of the book is certain until the state that follows."""
        self._empty()

    def _empty(self) -> None:
        self.bids.clear()
        self.asks.clear()
        self.depth = None
        self.is_synchronised = False


def read_levels(payload: Mapping[str, Any], name: str) -> list[Level]:
    """
    The levels of one side of a payload; a side that is left out has none.

    Raises:
        BookFault: They are no pairs of finite, non-negative decimal numbers.
    """
    try:
        levels = [(Decimal(price), Decimal(size)) for price, size in payload.get(name) or ()]
    except (TypeError, ValueError, InvalidOperation):
        raise BookFault(f"{name}: expected pairs of price and size") from None
    if not all(price.is_finite() and size.is_finite() and size >= 0 for price, size in levels):
        raise BookFault(f"{name}: expected prices, and sizes of 0 or more")
    return levels


def read_depth(value: object) -> DepthRange | None:
    """
    The range that a payload tells; None where it tells none.

    Raises:
        BookFault: It is no range of decimal numbers.
    """
    if value is None:
        return None
    try:
        bid, ask = (value.get(side) for side in ("bid", "ask"))  # type: ignore[attr-defined]  # refused below
        return DepthRange(
            bid=None if bid is None else Decimal(bid),
            ask=None if ask is None else Decimal(ask),
        )
    except (AttributeError, TypeError, ValueError, InvalidOperation):
        raise BookFault("depth: expected the worst trusted bid and ask") from None
