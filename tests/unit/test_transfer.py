"""Metrics of one process on the page of another."""

from prometheus_client import CollectorRegistry, generate_latest

from components.metrics.journal import JournalMetrics
from components.metrics.transfer import PackedMetrics, pack


def test_a_family_of_two_processes_is_shown_once() -> None:
    """Both processes' samples stand under one heading, as a scraper needs it."""
    packed = []
    for owner, entries in (("market", 3), ("trading", 4)):
        registry = CollectorRegistry()
        JournalMetrics(registry, owner=owner).count_commit(entries, 0.001)
        packed += pack(registry)
    page = CollectorRegistry()
    page.register(PackedMetrics(lambda: packed))

    text = generate_latest(page).decode()

    assert text.count("# TYPE tapecast_journal_entries_total counter") == 1
    assert 'tapecast_journal_entries_total{owner="market"} 3.0' in text
    assert 'tapecast_journal_entries_total{owner="trading"} 4.0' in text
