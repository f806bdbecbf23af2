"""What one router process counts: plain numbers, kept where they come up and read by whoever shows them."""

from collections import defaultdict

from components.metrics.histogram import LATENCY_BOUNDS_NS, LIFETIME_BOUNDS_NS, Histogram
from components.wamp.router_view import RouterFigures

CLOSED_BY_PEER, LOST = "peer", "lost"
"""Why a connection ended that the gateway did not end: the client closed it, or it broke or fell silent."""


class Figures:
    """
    The counters of one process.

    Sans-I/O: times are handed in. The names that it counts by are few: message types, topic families, closes, limits,
    delivery classes.
    """

    def __init__(self) -> None:
        self._received: defaultdict[str, int] = defaultdict(int)
        self._sent: defaultdict[str, int] = defaultdict(int)
        self._processing: dict[str, Histogram] = {}
        self._deliveries: dict[str, Histogram] = {}
        self._opened = 0
        self._lifetimes = Histogram(LIFETIME_BOUNDS_NS)
        self._closes: defaultdict[str, int] = defaultdict(int)
        self._refusals: defaultdict[str, int] = defaultdict(int)
        self._thinned: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._subscriptions: defaultdict[str, int] = defaultdict(int)

    def count_received(self, kind: str) -> None:
        """One message came, of a WAMP type in lower case, such as `publish`."""
        self._received[kind] += 1

    def count_sent(self, kind: str, count: int = 1) -> None:
        """Messages of a WAMP type were sent, or wait to be."""
        self._sent[kind] += count

    def observe_processing(self, kind: str, duration_ns: int) -> None:
        """One message of a WAMP type was processed."""
        histogram = self._processing.get(kind)
        if histogram is None:
            histogram = self._processing[kind] = Histogram(LATENCY_BOUNDS_NS)
        histogram.observe(duration_ns)

    def observe_delivery(self, family: str, latency_ns: int, receivers: int) -> None:
        """An event of a topic family was handed to so many receivers' sockets, so long after it had come."""
        histogram = self._deliveries.get(family)
        if histogram is None:
            histogram = self._deliveries[family] = Histogram(LATENCY_BOUNDS_NS)
        histogram.observe(latency_ns, receivers)

    def connection_opened(self) -> None:
        """A connection began."""
        self._opened += 1

    def connection_closed(self, duration_ns: int, reason: str) -> None:
        """A connection is gone, so long after it began: by one of the contract's closes, or not by us."""
        self._lifetimes.observe(duration_ns)
        self._closes[reason] += 1

    def count_refusal(self, limit: str) -> None:
        """Something was one too many of what a limit limits."""
        self._refusals[limit] += 1

    def count_thinned(self, delivery: str, fate: str, count: int = 1) -> None:
        """Events of a class were `conflated` or `dropped`, as a client had not taken them."""
        self._thinned[delivery, fate] += count

    def count_subscription(self, family: str, change: int) -> None:
        """A session has one more subscription to a topic family, or one less: `change` is 1 or -1."""
        self._subscriptions[family] += change

    def read(self) -> RouterFigures:
        """All of it as it is now."""
        return RouterFigures(
            received=dict(self._received),
            sent=dict(self._sent),
            processing={kind: histogram.copy() for kind, histogram in self._processing.items()},
            deliveries={family: histogram.copy() for family, histogram in self._deliveries.items()},
            connections=self._opened - self._lifetimes.count,
            lifetimes=self._lifetimes.copy(),
            closes=dict(self._closes),
            refusals=dict(self._refusals),
            thinned=dict(self._thinned),
            subscriptions=dict(self._subscriptions),
        )
