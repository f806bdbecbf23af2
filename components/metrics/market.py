"""Figures of the market data: what came, what went out, what was lost, how long it took."""

import math
from collections.abc import Callable, Iterator
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from components.contract.envelope import NS_PER_S
from components.metrics.books import BookFigures, BooksCollector
from components.metrics.candles import CandleMetrics
from components.metrics.families import gauge, histogram
from components.metrics.histogram import Histogram as Durations
from components.metrics.prices import PriceMetrics

LATENCY_BUCKETS_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class ClockFigures(Protocol):
    """
    What is to be seen of a venue's clock.

    Attributes:
        lags: How often which lag was seen.
    """

    lags: Durations

    @property
    def offset_ns(self) -> int | None:
        """Our clock minus the venue's; None while it is not known."""


class MarketMetrics:
    """
    Count what the market data does.

    Every label's values are few: feeds, kinds, the contract's topic families, and the instruments that are followed.
    Children are kept by their labels' values, as finding one in prometheus_client costs more than counting in it.

    Attributes:
        candles: Figures of the candles.
        prices: Figures of the one prices.
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
        self._connections = Gauge(
            "tapecast_feed_connections", "A feed's connections to its venue.", ("feed", "state"), registry=registry
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
        self.candles = CandleMetrics(registry)
        self.prices = PriceMetrics(registry)
        self._publish_failures = Counter(
            "tapecast_publish_failures", "Events or acknowledgements that failed.", registry=registry
        )
        self._books = BooksCollector()
        registry.register(self._books)
        self._event_children: dict[tuple[str, str], Counter] = {}
        self._clocks = VenueClocksCollector()
        registry.register(self._clocks)
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

    def forget_instrument(self, instrument_id: str) -> None:
        """Keep no figure of an instrument that is not followed any more."""
        if self._latency_children.pop(instrument_id, None) is not None:
            self._latency.remove(instrument_id)

    def watch_feed(self, feed: str, *, age_s: Callable[[], float], inbox_messages: Callable[[], float]) -> None:
        """Ask a feed for its age and its inbox's length whenever figures are collected."""
        self._feed_age.labels(feed).set_function(age_s)
        self._inbox.labels(feed).set_function(inbox_messages)

    def watch_connections(self, feed: str, state: str, *, count: Callable[[], float]) -> None:
        """Ask how many of a feed's connections are in a state whenever figures are collected."""
        self._connections.labels(feed, state).set_function(count)

    def watch_clock(self, venue: str, clock: ClockFigures) -> None:
        """Ask how far a venue's clock is, and how late its events come, whenever figures are collected."""
        self._clocks.watch(venue, clock)

    def watch_books(self, venue: str, figures: BookFigures) -> None:
        """Ask how a venue's order books stand whenever figures are collected."""
        self._books.watch(venue, figures)

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


class VenueClocksCollector(Collector):
    """Shows how far the venues' clocks are and how late their events come, as it is when somebody asks."""

    def __init__(self) -> None:
        self._watched: dict[str, ClockFigures] = {}

    def watch(self, venue: str, clock: ClockFigures) -> None:
        """Ask for one venue's as well."""
        self._watched[venue] = clock

    def collect(self) -> Iterator[Metric]:
        """Both families, also where nothing is known yet."""
        offsets = {venue: clock.offset_ns for venue, clock in self._watched.items()}
        seconds = [((venue,), math.nan if ns is None else ns / NS_PER_S) for venue, ns in offsets.items()]
        text = "Our clock minus the venue's; NaN before the first event with a time."
        yield gauge("tapecast_venue_clock_offset_seconds", text, ["venue"], seconds)
        text = "How much later than the venue's fastest an event came."
        lags = [((venue,), clock.lags) for venue, clock in self._watched.items()]
        yield histogram("tapecast_venue_lag_seconds", text, ["venue"], lags)
