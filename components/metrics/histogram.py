"""Histograms of durations with fixed bounds: cheap to count in, and good for quantiles of any stretch of time."""

from bisect import bisect_left

import attrs

_US = 1_000
_MS = 1_000 * _US
_S = 1_000 * _MS
_STEPS = (10, 15, 20, 30, 50, 70)

LATENCY_BOUNDS_NS = (
    *(step * decade for decade in (_US, 10 * _US, 100 * _US, _MS, 10 * _MS, 100 * _MS) for step in _STEPS),
    10 * _S,
)
"""From 10 microseconds to 10 seconds, six bounds a power of ten."""

LIFETIME_BOUNDS_NS = tuple(seconds * _S for seconds in (1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400))
"""From a second to a day."""


@attrs.define
class Histogram:
    """
    How often a duration fell between which bounds.

    Shape: `counts` has one number a bound, for durations up to it and above the one before, and a last one for those
    above all bounds.
    Units: nanoseconds.

    Attributes:
        bounds_ns: Upper bounds, ascending.
        sum_ns: All durations together.
        count: How many there were.
    """

    bounds_ns: tuple[int, ...]
    counts: list[int] = attrs.field()
    sum_ns: int = 0
    count: int = 0

    @counts.default
    def _nothing(self) -> list[int]:
        return [0] * (len(self.bounds_ns) + 1)

    def observe(self, duration_ns: int, count: int = 1) -> None:
        """Count a duration, as often as it occurred."""
        self.counts[bisect_left(self.bounds_ns, duration_ns)] += count
        self.sum_ns += duration_ns * count
        self.count += count

    def copy(self) -> "Histogram":
        """The same, which does not change when this one does."""
        return Histogram(self.bounds_ns, list(self.counts), self.sum_ns, self.count)

    def since(self, earlier: "Histogram") -> "Histogram":
        """What came after an earlier copy of this histogram."""
        counts = [now - then for now, then in zip(self.counts, earlier.counts, strict=True)]
        return Histogram(self.bounds_ns, counts, self.sum_ns - earlier.sum_ns, self.count - earlier.count)

    def add(self, other: "Histogram") -> None:
        """Count all that another of the same bounds has counted."""
        self.counts = [own + more for own, more in zip(self.counts, other.counts, strict=True)]
        self.sum_ns += other.sum_ns
        self.count += other.count

    def mean_ns(self) -> float | None:
        """The average; None of nothing."""
        return self.sum_ns / self.count if self.count else None

    def quantile_ns(self, share: float) -> float | None:
        """
        The duration that so large a share does not exceed, evenly spread between two bounds; None of nothing.

        What is above all bounds counts as the last of them.

        Args:
            share: From 0 to 1; 0.5 is the median.
        """
        wanted = share * self.count
        lower_ns = passed = 0
        for upper_ns, count in zip(self.bounds_ns, self.counts, strict=False):
            if count and passed + count >= wanted:
                return lower_ns + (upper_ns - lower_ns) * max(0.0, wanted - passed) / count
            passed += count
            lower_ns = upper_ns
        return float(lower_ns) if self.count else None
