"""Memory of a connection that has joined, has one subscription, and waits."""

from collections.abc import Iterator

from benchmarks.bench import Bench, Figures
from benchmarks.nodes import Node
from benchmarks.tables import Row

TOPIC = "bench.idle"
CONNECTIONS = 1000
BYTES_PER_KB = 1000


def measure(bench: Bench) -> Iterator[list[Row]]:
    """By how much the router process grows with each further thousand: the earlier ones stay."""
    with bench.fleets() as fleets:
        for fleet in fleets.values():
            fleet.open(CONNECTIONS, lambda _place: (TOPIC,))

        def run(node: Node) -> Figures:
            before = node.memory_bytes()
            fleets[node].open(CONNECTIONS, lambda _place: (TOPIC,))
            return {"KB a connection": (node.memory_bytes() - before) / CONNECTIONS / BYTES_PER_KB}

        yield bench.compare("idle connection, 1 subscription", run)
