"""Figures of the market data: what came, what went out, what was lost, how long it took."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

NS_PER_S = 1_000_000_000
LATENCY_BUCKETS_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class MarketMetrics:
    """
    Count what the market data does.

    Every label's values are few: feeds, kinds, the contract's topic families, and the instruments that are followed.
    Children are kept by their labels' values, as finding one in prometheus_client costs more than counting in it.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._events = Counter("tapecast_events_published", "Events published.", ("topic", "source"), registry=registry)
        self._latency = Histogram(
            "tapecast_update_latency_seconds",
            "From the receipt of a venue's message to the publishing of an event that it led to.",
            ("instrument",),
            buckets=LATENCY_BUCKETS_S,
            registry=registry,
        )
        self._feed_age = Gauge(
            "tapecast_feed_age_seconds",
            "Since the feed's last message; NaN before the first.",
            ("feed",),
            registry=registry,
        )
        self._inbox = Gauge(
            "tapecast_inbox_messages", "Messages received and not yet decoded.", ("feed",), registry=registry
        )
        self._feed_errors = Counter(
            "tapecast_feed_errors", "What went wrong with a feed.", ("feed", "reason"), registry=registry
        )
        self._decode_errors = Counter(
            "tapecast_decode_errors", "Messages that could not be read.", ("feed",), registry=registry
        )
        self._overflowed = Counter(
            "tapecast_inbox_overflowed",
            "Messages that did not get through a full inbox: conflated with a newer one, or dropped.",
            ("feed", "kind", "fate"),
            registry=registry,
        )
        self._ignored = Counter(
            "tapecast_market_events_ignored", "Venues' events that were not published.", ("reason",), registry=registry
        )
        self._publish_failures = Counter(
            "tapecast_publish_failures", "Events or acknowledgements that the router failed.", registry=registry
        )
        self._event_children: dict[tuple[str, str], Counter] = {}
        self._latency_children: dict[str, Histogram] = {}

    def count_event(self, *, family: str, source: str, instrument_id: str, latency_ns: int) -> None:
        """One event was published, so long after the message that it comes from had arrived."""
        events = self._event_children.get((family, source))
        if events is None:
            events = self._event_children[family, source] = self._events.labels(family, source)
        events.inc()
        latency = self._latency_children.get(instrument_id)
        if latency is None:
            latency = self._latency_children[instrument_id] = self._latency.labels(instrument_id)
        latency.observe(latency_ns / NS_PER_S)

    def watch_feed(self, feed: str, *, age_s: Callable[[], float], inbox_messages: Callable[[], float]) -> None:
        """Ask a feed for its age and its inbox's length whenever figures are collected."""
        self._feed_age.labels(feed).set_function(age_s)
        self._inbox.labels(feed).set_function(inbox_messages)

    def count_feed_error(self, feed: str, reason: str) -> None:
        """Something went wrong with a feed; the reason is one of a few words."""
        self._feed_errors.labels(feed, reason).inc()

    def count_decode_error(self, feed: str) -> None:
        """One message could not be read."""
        self._decode_errors.labels(feed).inc()

    def count_overflowed(self, feed: str, *, kind: str, fate: str, count: int) -> None:
        """Messages of a kind were `conflated` or `dropped`, as the inbox was full."""
        self._overflowed.labels(feed, kind, fate).inc(count)

    def count_ignored(self, reason: str, count: int) -> None:
        """Events were not published."""
        self._ignored.labels(reason).inc(count)

    def count_publish_failure(self) -> None:
        """The router failed an event or its acknowledgement."""
        self._publish_failures.inc()
