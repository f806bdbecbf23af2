"""Memory of a connection that has joined, has one subscription, and waits."""

from collections.abc import Iterator

from benchmarks.bench import Bench, Figures
from benchmarks.fleet import Fleet
from benchmarks.nodes import Node, running
from benchmarks.tables import Row

TOPIC = "bench.idle"
CONNECTIONS = 1000
BYTES_PER_KB = 1000


def measure(bench: Bench) -> Iterator[list[Row]]:
    """By how much a new router process grows with its second thousand; an old one has room left from other work."""
    yield bench.compare("idle connection, 1 subscription", lambda node: _run_on_new_node(bench, node))


def _run_on_new_node(bench: Bench, node: Node) -> Figures:
    with running(node.kind) as new_node:
        fleet = Fleet(bench.poller, new_node.port)
        try:
            fleet.open(CONNECTIONS, lambda _place: (TOPIC,))
            before = new_node.memory_bytes()
            fleet.open(CONNECTIONS, lambda _place: (TOPIC,))
            return {"KB a connection": (new_node.memory_bytes() - before) / CONNECTIONS / BYTES_PER_KB}
        finally:
            fleet.close()
