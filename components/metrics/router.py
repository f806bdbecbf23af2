"""What the router worker counts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from components.contract.envelope import NS_PER_S
from components.contract.roles import Role
from components.metrics.histogram import Histogram
from components.wamp.router_view import RouterFigures, RouterView


class RouterMetrics:
    """The router worker's figures in a registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._sessions = Gauge("tapecast_sessions", "Sessions joined now.", ["role"], registry=registry)
        self._authentications = Counter(
            "tapecast_authentications", "Joins decided.", ["method", "result"], registry=registry
        )

    def set_sessions(self, counts: Mapping[Role, int]) -> None:
        """Note how many sessions are joined, by role."""
        for role, count in counts.items():
            self._sessions.labels(role.value).set(count)

    def count_authentication(self, method: str, result: str) -> None:
        """Count one join: `accepted`, or the code of its refusal."""
        self._authentications.labels(method, result).inc()


class RouterFiguresCollector(Collector):
    """Shows what the router has counted, as it is when somebody asks."""

    def __init__(self, router: RouterView) -> None:
        self._router = router

    def collect(self) -> Iterator[Metric]:
        """Every family, also those that nothing was counted in yet."""
        figures = self._router.figures()
        yield from _messages(figures)
        yield from _connections(figures)
        text = "Subscriptions held now."
        yield _gauge("tapecast_subscriptions", text, ["topic"], _labelled(figures.subscriptions))
        text = "Messages that clients have not taken yet."
        yield _gauge("tapecast_waiting_messages", text, ["lane"], _labelled(self._router.count_waiting()))


def _messages(figures: RouterFigures) -> Iterator[Metric]:
    directions = (("received", figures.received), ("sent", figures.sent))
    counts = (((direction, kind), count) for direction, kinds in directions for kind, count in kinds.items())
    yield _counter("tapecast_messages", "WAMP messages.", ["direction", "type"], counts)
    text = "Processing one message."
    yield _histogram("tapecast_processing_seconds", text, ["type"], _labelled(figures.processing))
    text = "From an event's arrival to a receiver's socket."
    yield _histogram("tapecast_delivery_latency_seconds", text, ["topic"], _labelled(figures.deliveries))
    text = "Events that slow clients did not get."
    yield _counter("tapecast_events_thinned", text, ["delivery", "fate"], figures.thinned.items())


def _connections(figures: RouterFigures) -> Iterator[Metric]:
    yield _gauge("tapecast_connections", "Connections open now.", [], [((), figures.connections)])
    text = "How long connections lived."
    yield _histogram("tapecast_connection_duration_seconds", text, [], [((), figures.lifetimes)])
    yield _counter("tapecast_connections_closed", "Connections that ended.", ["reason"], _labelled(figures.closes))
    text = "What was one too many for a limit."
    yield _counter("tapecast_refusals", text, ["limit"], _labelled(figures.refusals))


_Value = TypeVar("_Value")
_Labelled = Iterable[tuple[Sequence[str], _Value]]


def _labelled(values: Mapping[str, _Value]) -> _Labelled[_Value]:
    return (((name,), value) for name, value in values.items())


def _gauge(name: str, text: str, labels: list[str], values: _Labelled[int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for words, value in values:
        family.add_metric(words, value)
    return family


def _counter(name: str, text: str, labels: list[str], values: _Labelled[int]) -> Metric:
    family = CounterMetricFamily(name, text, labels=labels)
    for words, value in values:
        family.add_metric(words, value)
    return family


def _histogram(name: str, text: str, labels: list[str], values: _Labelled[Histogram]) -> Metric:
    family = HistogramMetricFamily(name, text, labels=labels)
    for words, histogram in values:
        bounds = [*(repr(bound_ns / NS_PER_S) for bound_ns in histogram.bounds_ns), "+Inf"]
        buckets = list(zip(bounds, accumulate(histogram.counts), strict=True))
        family.add_metric(words, buckets, histogram.sum_ns / NS_PER_S)
    return family
