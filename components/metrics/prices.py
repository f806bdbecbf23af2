"""Figures of the one prices: their states, why those changed, and what was not believed."""

import functools
from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge


class PriceMetrics:
    """Count what happens to the one price of each instrument; no label names an instrument."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._states = Gauge(
            "tapecast_prices", "Instruments by the state of their one price.", ("state",), registry=registry
        )
        self._changes = Counter(
            "tapecast_price_changes", "Events on `status`, by what they tell.", ("state", "reason"), registry=registry
        )
        self._refused = Counter(
            "tapecast_prices_refused", "Prices that were not believed.", ("source", "reason"), registry=registry
        )

    def watch(self, states: Callable[[], Mapping[str, int]]) -> None:
        """Ask how many instruments' prices are in each state whenever figures are collected."""
        for state in states():
            self._states.labels(state).set_function(functools.partial(_count_of, states, state))

    def count_change(self, state: str, reason: str) -> None:
        """The one price of an instrument came into a state for a reason."""
        self._changes.labels(state, reason).inc()

    def count_refused(self, source: str, reason: str, count: int) -> None:
        """A source's prices were refused or quarantined."""
        self._refused.labels(source, reason).inc(count)


def _count_of(states: Callable[[], Mapping[str, int]], state: str) -> float:
    return states()[state]
