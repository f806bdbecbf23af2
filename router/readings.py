"""Figures over time: what was counted a second, and how long deliveries took in the last minute."""

from collections import deque
from collections.abc import Callable, Mapping

import attrs

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.metrics.histogram import Histogram
from components.wamp.router_view import RouterFigures

RATE_WINDOW_NS = 5 * NS_PER_S
LATENCY_WINDOW_NS = 60 * NS_PER_S

Count = Callable[[RouterFigures], int]

QUANTILES = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}


@attrs.define
class Readings:
    """
    The figures of the last minute, read every now and then.

    Sans-I/O; times are monotonic nanoseconds. A rate or a quantile is of what came between two readings, so that
    counting itself costs nothing more.
    """

    _kept: deque[tuple[int, RouterFigures]] = attrs.field(factory=deque, init=False)

    def take(self, figures: RouterFigures, *, now_ns: int) -> None:
        """Keep a reading, and forget those that no window reaches back to."""
        self._kept.append((now_ns, figures))
        while len(self._kept) > 1 and self._kept[1][0] <= now_ns - LATENCY_WINDOW_NS:
            self._kept.popleft()

    @property
    def latest(self) -> RouterFigures:
        """The newest reading; there is one from the first tick on."""
        return self._kept[-1][1]

    def totals(self, count: Count) -> dict[str, object]:
        """What was counted since the start, and a second in the last few seconds."""
        return {"total": count(self.latest), "per_second": round(self._per_second(count), 1)}

    def durations(self, of: Callable[[RouterFigures], Mapping[str, Histogram]]) -> dict[str, dict[str, object]]:
        """Count, average and quantiles of histograms by name, in the last minute and since the start."""
        _, earlier = self._reaching_back(LATENCY_WINDOW_NS)
        before = of(earlier)
        return {
            name: {
                "last_minute": summary(histogram.since(before[name]) if name in before else histogram),
                "since_start": summary(histogram),
            }
            for name, histogram in sorted(of(self.latest).items())
        }

    def _per_second(self, count: Count) -> float:
        then_ns, earlier = self._reaching_back(RATE_WINDOW_NS)
        now_ns, latest = self._kept[-1]
        return (count(latest) - count(earlier)) * NS_PER_S / (now_ns - then_ns) if now_ns > then_ns else 0.0

    def _reaching_back(self, window_ns: int) -> tuple[int, RouterFigures]:
        """The newest reading that is as old as a window, or the oldest of all."""
        since_ns = self._kept[-1][0] - window_ns
        return next((kept for kept in reversed(self._kept) if kept[0] <= since_ns), self._kept[0])


def summary(histogram: Histogram) -> dict[str, object]:
    """Count, average and quantiles of a histogram, in milliseconds; null where there was nothing."""
    quantiles = {name: _ms(histogram.quantile_ns(share)) for name, share in QUANTILES.items()}
    return {"count": histogram.count, "avg_ms": _ms(histogram.mean_ns()), **quantiles}


def _ms(duration_ns: float | None) -> float | None:
    return None if duration_ns is None else round(duration_ns / NS_PER_MS, 3)
