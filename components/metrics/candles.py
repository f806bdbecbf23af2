"""Figures of the candles: how they agree with the venue's own."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter


class CandleMetrics:
    """Count how bars made of trades agree with the venue's, and trades that came late."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._checked = Counter(
            "tapecast_candles_checked",
            "Closed bars of ours that were compared with the venue's.",
            ("interval",),
            registry=registry,
        )
        self._differences = Counter(
            "tapecast_candle_differences",
            "Fields in which a closed bar of ours differed from the venue's.",
            ("interval", "field"),
            registry=registry,
        )
        self._late_trades = Counter(
            "tapecast_candle_late_trades",
            "Trades that came after their second had been closed.",
            ("fate",),
            registry=registry,
        )

    def count(
        self, *, checked: Mapping[str, int], differing: Mapping[tuple[str, str], int], late_trades: Mapping[str, int]
    ) -> None:
        """Bars were compared by interval, differed by interval and field, and trades came late, by their fate."""
        for interval, count in checked.items():
            self._checked.labels(interval).inc(count)
        for (interval, field), count in differing.items():
            self._differences.labels(interval, field).inc(count)
        for fate, count in late_trades.items():
            self._late_trades.labels(fate).inc(count)
