"""Fan-out: how many deliveries a second, with so many publications in flight, every delivery counted."""

from collections.abc import Callable, Iterator

from benchmarks.audience import Audience, Publisher
from benchmarks.bench import Bench, Figures
from benchmarks.closed_loop import ClosedLoop
from benchmarks.encodings import ENCODINGS, JSON, Encoding
from benchmarks.nodes import Node
from benchmarks.tables import Row

TOPIC = "bench.fanout"
IN_FLIGHT = (2, 8, 32)
SUBSCRIBERS = (1, 100, 1000, 5000)


def measure(bench: Bench) -> Iterator[list[Row]]:
    """JSON with every number of subscribers, the other encodings with 1000; with all in full."""
    for encoding in ENCODINGS.values():
        for subscribers in SUBSCRIBERS if bench.is_full or encoding is JSON else (1000,):
            yield measure_one(bench, encoding, subscribers)


def measure_one(bench: Bench, encoding: Encoding, subscribers: int) -> list[Row]:
    """One audience, with each number of publications in flight."""
    rows = []
    with bench.fleets(encoding) as fleets:
        loops = {}
        for node, fleet in fleets.items():
            audience = Audience(fleet.open(subscribers, lambda _place: (TOPIC,)))
            (publisher,) = fleet.open(1)
            loops[node] = ClosedLoop(bench.poller, audience, Publisher(publisher), TOPIC)
        for in_flight in IN_FLIGHT:
            name = f"fan-out, {encoding.name}, {subscribers} subscribers, {in_flight} in flight"
            rows += bench.compare(name, _runner(bench, loops, in_flight))
    return rows


def _runner(bench: Bench, loops: dict[Node, ClosedLoop], in_flight: int) -> Callable[[Node], Figures]:
    def run(node: Node) -> Figures:
        measured = loops[node].run(in_flight, warm_up_s=bench.warm_up_s, duration_s=bench.duration_s)
        return {
            "deliveries/s": measured.deliveries_per_s,
            "p99 ms": measured.latencies.percentile_ms(99),
            "missed %": 100 * measured.missed_share,
        }

    return run
