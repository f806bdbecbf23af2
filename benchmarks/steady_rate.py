"""Latency at a steady rate: 100 publications a second to 1000 subscribers."""

from collections.abc import Iterator

from benchmarks.audience import Audience, Publisher
from benchmarks.bench import Bench, CpuMeter, Figures
from benchmarks.nodes import Node
from benchmarks.open_loop import OpenLoop
from benchmarks.tables import Row

TOPIC = "bench.steady"
SUBSCRIBERS, RATE_HZ = 1000, 100.0
NAME = f"steady, {RATE_HZ:.0f} publications/s to {SUBSCRIBERS} subscribers"
GRACE_S = 0.5
"""How late an event may be and still counts as delivered."""

DRAIN_TIMEOUT_S = 20.0


def measure(bench: Bench) -> Iterator[list[Row]]:
    """Percentiles, what was delivered in time, and how busy the router was."""
    with bench.fleets() as fleets:
        audiences, loops = {}, {}
        for node, fleet in fleets.items():
            audiences[node] = Audience(fleet.open(SUBSCRIBERS, lambda _place: (TOPIC,)))
            publisher = Publisher(fleet.open(1)[0])
            loops[node] = OpenLoop(bench.poller, publisher, [TOPIC], rate_hz=RATE_HZ)

        def run(node: Node) -> Figures:
            return _run(bench, node, audiences[node], loops[node])

        yield bench.compare(NAME, run)


def _run(bench: Bench, node: Node, audience: Audience, loop: OpenLoop) -> Figures:
    loop.run(bench.warm_up_s)
    bench.poller.run_for(GRACE_S)
    audience.forget()
    router = CpuMeter(node.cpu_s)
    expected = loop.run(2 * bench.duration_s) * len(audience)
    router_share = router.share()
    bench.poller.run_until(lambda: audience.delivered >= expected, GRACE_S)
    in_time = audience.delivered / expected
    bench.poller.run_until(lambda: audience.delivered >= expected, DRAIN_TIMEOUT_S)
    return {
        "p50 ms": audience.latencies.percentile_ms(50),
        "p95 ms": audience.latencies.percentile_ms(95),
        "p99 ms": audience.latencies.percentile_ms(99),
        "delivered in time %": 100 * in_time,
        "router CPU %": 100 * router_share,
    }
