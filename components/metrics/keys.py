"""What is counted of the keys that tokens are verified with."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from components.metrics.families import counter, gauge


class KeyFigures(Protocol):
    """The keys of a process, as far as they are counted."""

    @property
    def count(self) -> int:
        """How many there are."""

    @property
    def age_s(self) -> float | None:
        """Seconds since they were last fetched; None where they never were."""

    @property
    def refreshes(self) -> Mapping[tuple[str, str], int]:
        """How often each kind of source was read with which result."""


class KeysCollector(Collector):
    """Shows how the keys are when somebody asks."""

    def __init__(self, keys: KeyFigures) -> None:
        self._keys = keys

    def collect(self) -> Iterator[Metric]:
        """Every family; the age has no value where nothing was fetched."""
        keys = self._keys
        yield gauge("tapecast_keys", "Keys that tokens are verified with now.", [], [((), keys.count)])
        ages = [] if keys.age_s is None else [((), keys.age_s)]
        yield gauge("tapecast_keys_age_seconds", "Since the issuer's keys were fetched.", [], ages)
        text = "Readings of keys."
        yield counter("tapecast_key_refreshes", text, ["source", "result"], keys.refreshes.items())
