"""Figures over time: what was counted a second, and how long deliveries took in the last minute."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping

import attrs

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.metrics.histogram import LATENCY_BOUNDS_NS, Histogram
from components.wamp.router_view import RouterFigures

RATE_WINDOW_NS = 5 * NS_PER_S
LATENCY_WINDOW_NS = 60 * NS_PER_S

Count = Callable[[RouterFigures], int]
Durations = Callable[[RouterFigures], Mapping[str, Histogram]]

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

    def durations(self, of: Durations) -> dict[str, dict[str, object]]:
        """Count, average and quantiles of histograms by name, in the last minute and since the start."""
        recent = self._since(LATENCY_WINDOW_NS, of)
        return {
            name: {"last_minute": summary(recent[name]), "since_start": summary(histogram)}
            for name, histogram in sorted(of(self.latest).items())
        }

    def recent_durations(self, of: Durations) -> dict[str, Histogram]:
        """What came in the last few seconds, by name; a name of which nothing came is not in it."""
        return {name: histogram for name, histogram in self._since(RATE_WINDOW_NS, of).items() if histogram.count}

    def _since(self, window_ns: int, of: Durations) -> dict[str, Histogram]:
        _, earlier = self._reaching_back(window_ns)
        before = of(earlier)
        return {
            name: histogram.since(before[name]) if name in before else histogram
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


def together(histograms: Iterable[Histogram]) -> Histogram:
    """All latencies of these in one."""
    total = Histogram(LATENCY_BOUNDS_NS)
    for histogram in histograms:
        total.add(histogram)
    return total


def _ms(duration_ns: float | None) -> float | None:
    return None if duration_ns is None else round(duration_ns / NS_PER_MS, 3)
