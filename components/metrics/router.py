"""What the router worker counts."""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from components.contract.roles import Role
from components.metrics.families import counter, gauge, histogram, labelled
from components.wamp.router_view import RouterFigures, RouterView


class RouterMetrics:
    """The router worker's figures in a registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._sessions = Gauge("tapecast_sessions", "Sessions joined now.", ["role"], registry=registry)
        self._authentications = Counter(
            "tapecast_authentications", "Joins decided.", ["method", "result"], registry=registry
        )
        self._resumes = Counter("tapecast_stream_resumes", "Streams resumed.", ["topic", "result"], registry=registry)

    def count_resume(self, topic: str, result: str) -> None:
        """Count one answer to who missed something of a topic's family: `recovered`, or `snapshot`."""
        self._resumes.labels(topic, result).inc()

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
        yield gauge("tapecast_subscriptions", text, ["topic"], labelled(figures.subscriptions))
        text = "Messages that clients have not taken yet."
        yield gauge("tapecast_waiting_messages", text, ["lane"], labelled(self._router.count_waiting()))


def _messages(figures: RouterFigures) -> Iterator[Metric]:
    directions = (("received", figures.received), ("sent", figures.sent))
    counts = (((direction, kind), count) for direction, kinds in directions for kind, count in kinds.items())
    yield counter("tapecast_messages", "WAMP messages.", ["direction", "type"], counts)
    text = "Processing one message."
    yield histogram("tapecast_processing_seconds", text, ["type"], labelled(figures.processing))
    text = "From an event's arrival to a receiver's socket."
    yield histogram("tapecast_delivery_latency_seconds", text, ["topic"], labelled(figures.deliveries))
    text = "Events that slow clients did not get."
    yield counter("tapecast_events_thinned", text, ["delivery", "fate"], figures.thinned.items())


def _connections(figures: RouterFigures) -> Iterator[Metric]:
    yield gauge("tapecast_connections", "Connections open now.", [], [((), figures.connections)])
    text = "How long connections lived."
    yield histogram("tapecast_connection_duration_seconds", text, [], [((), figures.lifetimes)])
    yield counter("tapecast_connections_closed", "Connections that ended.", ["reason"], labelled(figures.closes))
    text = "What was one too many for a limit."
    yield counter("tapecast_refusals", text, ["limit"], labelled(figures.refusals))
