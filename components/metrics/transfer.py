"""Metrics of one process on their way to the page of another."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector


def pack(registry: CollectorRegistry) -> list[dict[str, object]]:
    """All families of a registry, in a form that WAMP carries."""
    return [
        {
            "name": family.name,
            "documentation": family.documentation,
            "type": family.type,
            "samples": [[sample.name, sample.labels, sample.value] for sample in family.samples],
        }
        for family in registry.collect()
    ]


class PackedMetrics(Collector):
    """
    Shows families that were packed elsewhere, as they are when somebody asks.

    A family that several processes have, such as the figures of their journals, is shown once, with the samples of all.
    """

    def __init__(self, families: Callable[[], Iterable[Mapping[str, Any]]]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """Unpack the families."""
        metrics: dict[str, Metric] = {}
        for family in self._families():
            metric = metrics.get(family["name"])
            if metric is None:
                metric = metrics[family["name"]] = Metric(family["name"], family["documentation"], family["type"])
            for name, labels, value in family["samples"]:
                metric.add_sample(name, labels, value)
        yield from metrics.values()
