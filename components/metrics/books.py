"""Figures of the order books: how they stand to their venues, and what became of them."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from components.metrics.families import counter, gauge


class BookFigures(Protocol):
    """What is counted of the books of a venue, since the start or as it is now."""

    def resyncs(self, venue: str) -> Mapping[str, int]:
        """How many books were given up and made anew, by reason."""

    def snapshots(self, venue: str) -> Mapping[str, int]:
        """How many snapshots came, by what became of them."""

    def states(self, venue: str) -> Mapping[str, int]:
        """How many books are in each state."""

    def kept_updates(self, venue: str) -> int:
        """How many updates wait for snapshots."""


class BooksCollector(Collector):
    """Shows what is counted of the books, as it is when somebody asks."""

    def __init__(self) -> None:
        self._watched: dict[str, BookFigures] = {}

    def watch(self, venue: str, figures: BookFigures) -> None:
        """Ask for one venue's as well."""
        self._watched[venue] = figures

    def collect(self) -> Iterator[Metric]:
        """All families, also where nothing was counted yet."""
        watched = self._watched.items()
        states = [((venue, word), n) for venue, figures in watched for word, n in figures.states(venue).items()]
        yield gauge("tapecast_books", "Order books, by how they stand to their venue.", ["venue", "state"], states)
        resyncs = [((venue, word), n) for venue, figures in watched for word, n in figures.resyncs(venue).items()]
        text = "Order books that were given up and made anew."
        yield counter("tapecast_book_resyncs", text, ["venue", "reason"], resyncs)
        fates = [((venue, word), n) for venue, figures in watched for word, n in figures.snapshots(venue).items()]
        text = "Snapshots of order books that came, by what became of them."
        yield counter("tapecast_book_snapshots", text, ["venue", "fate"], fates)
        kept = [((venue,), figures.kept_updates(venue)) for venue, figures in watched]
        yield gauge("tapecast_book_kept_updates", "Updates of books that wait for a snapshot.", ["venue"], kept)
