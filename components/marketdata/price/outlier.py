"""Which prices are too far from the others of their source to be believed at once."""

import collections
from collections.abc import Callable, Iterable
from decimal import Decimal

import attrs

from components.contract.envelope import NS_PER_MS

WINDOW_LENGTH = 15
SAMPLE_INTERVAL_NS = 100 * NS_PER_MS
"""At most so often a price joins the window: it then spans seconds, and a burst does not fill it."""

MAD_FACTOR = 8
"""How many median absolute deviations a price may be from the median; of a normal distribution, five sigma."""


@attrs.define(kw_only=True)
class OutlierFilter:
    """
    Quarantine prices that are far from the median of the last ones, until they are confirmed.

    Sans-I/O. A price is an outlier where it is further from the window's median than `MAD_FACTOR` median absolute
    deviations and than `band`. It is accepted all the same, and the window begins anew with it, as soon as another
    source or `confirmations` prints in a row say the same, so that a real crash does not freeze the price. In a crash
    that is faster than that, no two prints agree: twice as many in a row that are too low, or too high, are enough. The
    first price of all is believed.

    Speed: a price within the bounds costs two comparisons; the median is taken at most once a `SAMPLE_INTERVAL_NS`.

    Attributes:
        band: Fraction of the median within which nothing is an outlier.
        confirmations: How many prints in a row, within the band of each other, confirm what they say.
    """

    band: Decimal
    confirmations: int
    _window: collections.deque[Decimal] = attrs.field(
        factory=lambda: collections.deque(maxlen=WINDOW_LENGTH), init=False
    )
    _low: Decimal = attrs.field(default=Decimal(0), init=False)
    _high: Decimal = attrs.field(default=Decimal("Infinity"), init=False)
    _sampled_ns: int | None = attrs.field(default=None, init=False)
    _suspect: Decimal | None = attrs.field(default=None, init=False)
    _prints: int = attrs.field(default=0, init=False)
    _prints_on_side: int = attrs.field(default=0, init=False)

    def offer(self, price: Decimal, *, now_ns: int, is_confirmed: Callable[[Decimal], bool]) -> bool:
        """
        Judge a finite price above zero.

        Args:
            price: What a source says.
            now_ns: When, on this process's monotonic clock.
            is_confirmed: Whether another source says the same; asked of outliers only.

        Returns:
            Whether it is accepted; what is not stays in quarantine until it is said again.
        """
        if self._sampled_ns is None:
            self._begin_at(price, now_ns)
            return True
        if self._low <= price <= self._high:
            self._suspect = None
            if now_ns - self._sampled_ns >= SAMPLE_INTERVAL_NS:
                self._sample(price, now_ns)
            return True
        return self._doubt(price, now_ns, is_confirmed)

    def receive_repetition(self) -> None:
        """The price that was accepted last came again: what waits in quarantine is no row any more."""
        self._suspect = None

    def _doubt(self, price: Decimal, now_ns: int, is_confirmed: Callable[[Decimal], bool]) -> bool:
        before, self._suspect = self._suspect, price
        agrees = before is not None and abs(price - before) <= self.band * before
        is_on_side = before is not None and (before < self._low) is (price < self._low)
        self._prints = self._prints + 1 if agrees else 1
        self._prints_on_side = self._prints_on_side + 1 if is_on_side else 1
        has_row = self._prints >= self.confirmations or self._prints_on_side >= 2 * self.confirmations
        if not has_row and not is_confirmed(price):
            return False
        self._begin_at(price, now_ns)
        return True

    def _begin_at(self, price: Decimal, now_ns: int) -> None:
        self._suspect = None
        self._window.clear()
        self._window.extend([price] * (WINDOW_LENGTH // 2))
        self._sample(price, now_ns)

    def _sample(self, price: Decimal, now_ns: int) -> None:
        self._sampled_ns = now_ns
        self._window.append(price)
        median = _middle(self._window)
        deviation = _middle(abs(one - median) for one in self._window)
        allowed = max(MAD_FACTOR * deviation, self.band * median)
        self._low, self._high = median - allowed, median + allowed


def _middle(numbers: Iterable[Decimal]) -> Decimal:
    ordered = sorted(numbers)
    return ordered[len(ordered) // 2]
