"""Figures of a journal: what waits to be written, how much was, and how long it took."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

COMMIT_BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class JournalMetrics:
    """Count what the journal of one owner does."""

    def __init__(self, registry: CollectorRegistry, *, owner: str) -> None:
        waiting = Gauge("tapecast_journal_waiting_entries", "Not yet durable.", ["owner"], registry=registry)
        entries = Counter("tapecast_journal_entries", "Entries made durable.", ["owner"], registry=registry)
        commits = Histogram(
            "tapecast_journal_commit_seconds",
            "Making entries durable, many at once.",
            ["owner"],
            buckets=COMMIT_BUCKETS_S,
            registry=registry,
        )
        self._waiting = waiting.labels(owner)
        self._entries = entries.labels(owner)
        self._commits = commits.labels(owner)

    def watch_waiting(self, waiting: Callable[[], float]) -> None:
        """Ask for the number of entries that are not durable yet whenever figures are collected."""
        self._waiting.set_function(waiting)

    def count_commit(self, entries: int, took_s: float) -> None:
        """So many entries were made durable at once, in so many seconds."""
        self._entries.inc(entries)
        self._commits.observe(took_s)
