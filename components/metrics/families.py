"""Figures that are kept elsewhere, in the form that Prometheus collects."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import TypeVar

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from components.contract.envelope import NS_PER_S
from components.metrics.histogram import Histogram

_Value = TypeVar("_Value")
Labelled = Iterable[tuple[Sequence[str], _Value]]
"""Values, each under the words that label it."""


def labelled(values: Mapping[str, _Value]) -> Labelled[_Value]:
    """Values under the one word that labels each."""
    return (((name,), value) for name, value in values.items())


def gauge(name: str, text: str, labels: list[str], values: Labelled[float]) -> Metric:
    """A family of what goes up and down."""
    family = GaugeMetricFamily(name, text, labels=labels)
    for words, value in values:
        family.add_metric(words, value)
    return family


def counter(name: str, text: str, labels: list[str], values: Labelled[int]) -> Metric:
    """A family of what only grows."""
    family = CounterMetricFamily(name, text, labels=labels)
    for words, value in values:
        family.add_metric(words, value)
    return family


def histogram(name: str, text: str, labels: list[str], values: Labelled[Histogram]) -> Metric:
    """A family of durations, in seconds."""
    family = HistogramMetricFamily(name, text, labels=labels)
    for words, histogram in values:
        bounds = [*(repr(bound_ns / NS_PER_S) for bound_ns in histogram.bounds_ns), "+Inf"]
        buckets = list(zip(bounds, accumulate(histogram.counts), strict=True))
        family.add_metric(words, buckets, histogram.sum_ns / NS_PER_S)
    return family
