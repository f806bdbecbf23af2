"""
Stuck readers: what those who do not read cost the router and the others, and what they get when they read again.

100 publications a second over 50 topics of all three classes to 1000 subscribers for 60 s. 25 of them stop reading for
20 s and then read, 25 never read again. For comparison the same where all read.
"""

from collections.abc import Iterator

from benchmarks.audience import Publisher
from benchmarks.bench import Bench, Figures
from benchmarks.client import LOST, ClientOptions
from benchmarks.fleet import Fleet
from benchmarks.nodes import Node, NodeOptions, running
from benchmarks.open_loop import OpenLoop
from benchmarks.reading import Readers, Returner
from benchmarks.tables import Row

CLASSES = ("lossless", "gapped", "conflated")
TOPICS = tuple(f"bench.{CLASSES[number % len(CLASSES)]}.{number}" for number in range(50))
PREFIXES = tuple(f"bench.{one}." for one in CLASSES)
SUBSCRIBERS, RATE_HZ = 1000, 100.0
RETURNING = NEVER_BACK = 25
CLIENTS = ClientOptions(receive_buffer_bytes=65_536)
"""Otherwise the load generator's kernel takes all that a stuck reader is sent in 20 s, and no router notices."""

OPTIONS = NodeOptions(ping_interval_s=10, ping_timeout_s=45)
WARM_UP_S, FIRST_LOOK_S, RETURN_S, END_S = 3.0, 10.0, 20.0, 60.0
GRACE_S = 3.0
BYTES_PER_KIB, BYTES_PER_MB = 1024, 1_000_000


def measure(bench: Bench) -> Iterator[list[Row]]:
    """With stuck readers and without; each run lasts a minute, so there is one of each unless all is asked for."""
    runs = bench.runs if bench.is_full else 1
    stuck = RETURNING + NEVER_BACK
    yield bench.compare("no stuck readers", lambda node: _run_on_new_node(bench, node, stuck=0), runs=runs)
    yield bench.compare(f"{stuck} stuck readers", lambda node: _run_on_new_node(bench, node, stuck=stuck), runs=runs)


def _run_on_new_node(bench: Bench, node: Node, *, stuck: int) -> Figures:
    with running(node.kind, OPTIONS) as new_node:
        fleet = Fleet(bench.poller, new_node.port, options=[CLIENTS])
        try:
            return _Run(bench, new_node, fleet, stuck=stuck).figures()
        finally:
            fleet.close()


class _Run:
    def __init__(self, bench: Bench, node: Node, fleet: Fleet, *, stuck: int) -> None:
        self._bench = bench
        self._node = node
        clients = fleet.open(SUBSCRIBERS, lambda _place: PREFIXES)
        returning = RETURNING if stuck else 0
        self._returning, self._never_back, others = clients[:returning], clients[returning:stuck], clients[stuck:]
        self._readers = Readers(others)
        self._publisher = Publisher(fleet.open(1)[0])
        self._loop = OpenLoop(bench.poller, self._publisher, TOPICS, rate_hz=RATE_HZ)

    def figures(self) -> Figures:
        self._loop.run(WARM_UP_S)
        self._bench.poller.run_for(GRACE_S)
        self._readers.forget()
        for client in (*self._returning, *self._never_back):
            client.pause()
        published = self._loop.run(FIRST_LOOK_S)
        early_bytes = self._node.memory_bytes()
        published += self._loop.run(RETURN_S - FIRST_LOOK_S)
        prices = {topic: ns for topic, ns in self._publisher.newest_ns.items() if ".conflated." in topic}
        returners = [Returner(client, prices) for client in self._returning]
        published += self._loop.run(END_S - RETURN_S)
        late_bytes = self._node.memory_bytes()
        self._bench.poller.run_for(GRACE_S)
        return {
            "memory at 10 s MB": early_bytes / BYTES_PER_MB,
            "memory at 60 s MB": late_bytes / BYTES_PER_MB,
            "others' p99 ms": self._readers.latencies.percentile_ms(99),
            "others' missed %": 100 * (1 - min(self._readers.received) / published),
            **(self._stuck_figures(returners) if returners else {}),
        }

    def _stuck_figures(self, returners: list[Returner]) -> Figures:
        codes = [client.close_code for client in self._never_back if client.close_code is not None]
        return {
            "KiB to newest prices": max(one.bytes_read for one in returners) / BYTES_PER_KIB,
            "up to date": sum(one.is_up_to_date for one in returners),
            "never back, cut off": len(codes),
            "never back, told why": sum(code != LOST for code in codes),
        }
