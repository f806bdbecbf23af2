"""One side of an order book: its levels by price, how far they are known, and how far they are shown."""

import bisect
from collections.abc import Iterable

import attrs

from components.model.errors import MalformedMessage

Level = tuple[str, str]
"""Price and size, as the venue wrote them."""

MOST_DECIMALS = 18
_FIXED_DECIMALS = 8
_FIXED_UNIT = 10_000_000_000
_FIXED_POINT = -_FIXED_DECIMALS - 1

NO_EDGE = -(10**40)
"""Below the key of any price: 20 digits before the point and 18 behind it."""

REMOVED = "0"


@attrs.frozen(kw_only=True)
class BookLimits:
    """
    How many levels a side of a book has.

    Attributes:
        most: A side that has grown past this many keeps only its best `left`.
        left: So many; more than are ever shown, so that those are shown anew.
        shown: How many are shown, at first and when it has become too few or too many.
        least_shown: Fewer are too few, where more are known.
        most_shown: More are too many.
        thin: With fewer known than this, the price is about to leave what is known.
    """

    most: int = 10_000
    left: int = 8_000
    shown: int = 1_000
    least_shown: int = 500
    most_shown: int = 2_000
    thin: int = 200


DEFAULT_LIMITS = BookLimits()


def price_key(price: str) -> int:
    """
    A price as a whole number of 10**-18: exact, and equal for "1.5" and "1.50".

    Raises:
        MalformedMessage: It has more decimals than that.
    """
    # The venue's own form first: it always writes eight decimals.
    if len(price) > _FIXED_DECIMALS and price[_FIXED_POINT] == ".":
        return int(price[:_FIXED_POINT] + price[-_FIXED_DECIMALS:]) * _FIXED_UNIT
    whole, _, decimals = price.partition(".")
    if len(decimals) > MOST_DECIMALS:
        raise MalformedMessage(f"expected a price with at most {MOST_DECIMALS} decimals, received {len(decimals)}")
    return int(whole + decimals.ljust(MOST_DECIMALS, "0"))


def is_zero(size: str) -> bool:
    """Whether a size says that the level is gone."""
    return size[0] == "0" and not size.strip("0.")


class BookSide:
    """
    The bids or the asks of one book.

    Sans-I/O. Two edges bound it. What is behind the *known* edge, the worst price of a snapshot that did not tell
    everything, may be a part of what there is, and is never told. What is between that and the *shown* edge is not
    told either: about `self._limits.shown` levels are.

    Shape: key -> level, and a sorted list of keys. Keys are such that a better price is a larger one: asks count
        downwards. The best is last, where inserting is cheap.
    Units: prices in quote currency, sizes in base currency, both as text; keys in 10**-18 of the quote currency.
    """

    __slots__ = ("_keys", "_known", "_known_price", "_levels", "_limits", "_shown", "_sign", "shown_price")

    def __init__(
        self, levels: Iterable[Level], *, is_bid: bool, is_whole: bool, limits: BookLimits = DEFAULT_LIMITS
    ) -> None:
        """
        Begin with a snapshot's levels.

        Args:
            levels: In any order; sizes of zero are left out.
            is_bid: Whether a higher price is a better one.
            is_whole: Whether these are all levels there are.
            limits: How many levels it has.

        Raises:
            MalformedMessage: A price has too many decimals.
        """
        self._limits = limits
        self._sign = 1 if is_bid else -1
        self._levels = {self._sign * price_key(level[0]): level for level in levels if not is_zero(level[1])}
        self._keys = sorted(self._levels)
        self._known_price: str | None
        self.shown_price: str | None
        self._known, self._known_price = NO_EDGE, None
        self._shown, self.shown_price = NO_EDGE, None
        if self._keys and not is_whole:
            self._know_from_worst()
        self._trim()
        self._show()

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def best(self) -> Level | None:
        """The best level, None where there is none."""
        return self._levels[self._keys[-1]] if self._keys else None

    @property
    def best_key(self) -> int | None:
        """The key of the best price."""
        return self._keys[-1] if self._keys else None

    @property
    def is_best_known(self) -> bool:
        """Whether no better level can be than the best."""
        return self._known == NO_EDGE or (bool(self._keys) and self._keys[-1] >= self._known)

    @property
    def is_thin(self) -> bool:
        """Whether few known levels are left, and there may be more behind them."""
        return self._known != NO_EDGE and self._count_from(self._known) < self._limits.thin

    def shown(self, most: int) -> list[Level]:
        """The best levels that are shown, at most so many, best first."""
        first = max(bisect.bisect_left(self._keys, self._shown), len(self._keys) - most)
        return [self._levels[key] for key in reversed(self._keys[first:])]

    def shown_by_key(self) -> dict[int, Level]:
        """The levels that are shown, by their keys."""
        return {key: self._levels[key] for key in self._keys[bisect.bisect_left(self._keys, self._shown) :]}

    def apply(self, levels: Iterable[Level]) -> list[Level]:
        """
        Set absolute sizes, zero removes.

        Returns:
            The shown levels that are not as before, `REMOVED` for a size where there is no more. A level keeps the
            text of its price.

        Raises:
            MalformedMessage: A price has too many decimals; what comes before it is set.
        """
        held, keys, sign, shown = self._levels, self._keys, self._sign, self._shown
        changes: list[Level] = []
        for level in levels:
            price, size = level
            key = sign * price_key(price)
            before = held.get(key)
            if is_zero(size):
                if before is None:
                    continue
                del held[key], keys[bisect.bisect_left(keys, key)]
                change = (before[0], REMOVED)
            elif before is None:
                bisect.insort(keys, key)
                change = held[key] = level
            elif before[1] == size:
                continue
            else:
                change = held[key] = level if before[0] == price else (before[0], size)
            if key >= shown:
                changes.append(change)
        return changes + self._trim()

    def reframe(self) -> list[Level]:
        """
        Show as many as at first, where the shown have become far fewer than they could be, or far more.

        Returns:
            What that changes for whoever was shown the others; nothing as a rule.
        """
        before = self._shown
        count = self._count_from(before)
        if count <= self._limits.most_shown and (count >= self._limits.least_shown or before == self._known):
            return []
        self._show()
        return self._between(before)

    def succeed(self, other: "BookSide") -> list[Level]:
        """
        Take the place of another side, and its texts of prices.

        Returns:
            What whoever was shown the other must be told.
        """
        told = other.shown_by_key()
        for key in told.keys() & self._levels.keys():
            self._levels[key] = (told[key][0], self._levels[key][1])
        mine = self.shown_by_key()
        changes = [level for key, level in mine.items() if told.get(key) != level]
        return changes + [(price, REMOVED) for key, (price, _) in told.items() if key not in mine]

    def _between(self, before: int) -> list[Level]:
        low, high = (bisect.bisect_left(self._keys, edge) for edge in sorted((before, self._shown)))
        moved = [self._levels[key] for key in self._keys[low:high]]
        return moved if self._shown < before else [(price, REMOVED) for price, _ in moved]

    def _trim(self) -> list[Level]:
        if len(self._keys) <= self._limits.most:
            return []
        dropped, self._keys = self._keys[: -self._limits.left], self._keys[-self._limits.left :]
        if self._keys[0] > self._known:
            self._know_from_worst()
        told = [(self._levels[key][0], REMOVED) for key in dropped if key >= self._shown]
        for key in dropped:
            del self._levels[key]
        return told

    def _count_from(self, edge: int) -> int:
        return len(self._keys) - bisect.bisect_left(self._keys, edge)

    def _know_from_worst(self) -> None:
        self._known = self._keys[0]
        self._known_price = self._levels[self._known][0]

    def _show(self) -> None:
        if self._count_from(self._known) > self._limits.shown:
            self._shown = self._keys[-self._limits.shown]
            self.shown_price = self._levels[self._shown][0]
        else:
            self._shown, self.shown_price = self._known, self._known_price
