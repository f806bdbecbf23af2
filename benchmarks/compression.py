"""What permessage-deflate costs at a steady rate: 100 publications a second to 1000 subscribers."""

from collections.abc import Iterator

from benchmarks.audience import Publisher
from benchmarks.bench import Bench, CpuMeter, Figures
from benchmarks.client import ClientOptions
from benchmarks.fleet import Fleet
from benchmarks.nodes import Node, NodeOptions, running
from benchmarks.open_loop import OpenLoop
from benchmarks.reading import Readers
from benchmarks.tables import Row

TOPIC = "bench.compression"
SUBSCRIBERS, RATE_HZ = 1000, 100.0
DRAIN_TIMEOUT_S = 5.0
BYTES_PER_KB = 1000


def measure(bench: Bench) -> Iterator[list[Row]]:
    """Without and with compression, each run on a new node."""
    yield bench.compare("steady, not compressed", lambda node: _run(bench, node, is_compressed=False))
    yield bench.compare("steady, compressed", lambda node: _run(bench, node, is_compressed=True))


def _run(bench: Bench, node: Node, *, is_compressed: bool) -> Figures:
    options = [ClientOptions(takes_compressed=is_compressed)]
    with running(node.kind, NodeOptions(is_compressed=is_compressed)) as new_node:
        fleet = Fleet(bench.poller, new_node.port, options=options)
        try:
            return _figures(bench, new_node, fleet)
        finally:
            fleet.close()


def _figures(bench: Bench, node: Node, fleet: Fleet) -> Figures:
    empty_bytes = node.memory_bytes()
    clients = fleet.open(SUBSCRIBERS, lambda _place: (TOPIC,))
    readers = Readers(clients)
    loop = OpenLoop(bench.poller, Publisher(fleet.open(1)[0]), [TOPIC], rate_hz=RATE_HZ)
    loop.run(bench.warm_up_s)
    bench.poller.run_for(bench.warm_up_s)
    readers.forget()
    read_before = sum(client.bytes_read for client in clients)
    router = CpuMeter(node.cpu_s)
    expected = loop.run(2 * bench.duration_s) * SUBSCRIBERS
    router_share = router.share()
    bench.poller.run_until(lambda: sum(readers.received) >= expected, DRAIN_TIMEOUT_S)
    bytes_read = sum(client.bytes_read for client in clients) - read_before
    return {
        "router CPU %": 100 * router_share,
        "p99 ms": readers.latencies.percentile_ms(99),
        "bytes an event": bytes_read / max(sum(readers.received), 1),
        "KB a connection": (node.memory_bytes() - empty_bytes) / SUBSCRIBERS / BYTES_PER_KB,
    }
