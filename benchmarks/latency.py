"""Latencies as a histogram of fixed relative precision, so that millions of them cost no memory."""

import attrs

NS_PER_MS = 1_000_000
_STEPS_BITS = 6
"""A power of two is split into 64 steps: a value is known to 1.6 %."""

_STEPS = 1 << _STEPS_BITS


@attrs.define
class LatencyHistogram:
    """
    How long things took.

    Units: nanoseconds.
    """

    _counts: dict[int, int] = attrs.field(factory=dict)
    total: int = 0

    def record(self, latency_ns: int) -> None:
        """Add one."""
        bucket = _bucket_of(max(latency_ns, 0))
        self._counts[bucket] = self._counts.get(bucket, 0) + 1
        self.total += 1

    def add(self, other: "LatencyHistogram") -> None:
        """Add all of another."""
        for bucket, count in other._counts.items():  # noqa: SLF001 - of its own kind
            self._counts[bucket] = self._counts.get(bucket, 0) + count
        self.total += other.total

    def percentile_ms(self, percent: float) -> float:
        """What so many per cent stay within, in milliseconds; 0 where nothing was recorded."""
        wanted, seen = self.total * percent / 100, 0
        for bucket in sorted(self._counts):
            seen += self._counts[bucket]
            if seen >= wanted:
                return _upper_bound_of(bucket) / NS_PER_MS
        return 0.0


def _bucket_of(value: int) -> int:
    shift = max(value.bit_length() - _STEPS_BITS - 1, 0)
    return (shift << _STEPS_BITS) + (value >> shift)


def _upper_bound_of(bucket: int) -> int:
    if bucket < 2 * _STEPS:
        return bucket
    shift = (bucket >> _STEPS_BITS) - 1
    return ((bucket - (shift << _STEPS_BITS) + 1) << shift) - 1
