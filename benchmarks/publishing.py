"""Publishing to one subscriber: how many events a second come through, and how soon."""

import time
from collections.abc import Iterator

from benchmarks.audience import Audience, Publisher
from benchmarks.bench import Bench, Figures
from benchmarks.closed_loop import ClosedLoop
from benchmarks.fleet import Fleet
from benchmarks.nodes import Node
from benchmarks.tables import Row

TOPIC = "bench.publishing"
BURST_IN_FLIGHT, ACKNOWLEDGED_IN_FLIGHT, FEW_IN_FLIGHT = 256, 64, 8


def measure(bench: Bench) -> Iterator[list[Row]]:
    """Not acknowledged, acknowledged, and the latency with few in flight."""
    with bench.fleets() as fleets:
        audiences = {node: Audience(fleet.open(1, lambda _place: (TOPIC,))) for node, fleet in fleets.items()}

        def run_unacknowledged(node: Node) -> Figures:
            measured = _loop(bench, fleets[node], audiences[node]).run(
                BURST_IN_FLIGHT, warm_up_s=bench.warm_up_s, duration_s=bench.duration_s
            )
            return {"events/s": measured.deliveries_per_s}

        def run_few(node: Node) -> Figures:
            measured = _loop(bench, fleets[node], audiences[node]).run(
                FEW_IN_FLIGHT, warm_up_s=bench.warm_up_s, duration_s=bench.duration_s
            )
            return {"p50 ms": measured.latencies.percentile_ms(50), "p95 ms": measured.latencies.percentile_ms(95)}

        def run_acknowledged(node: Node) -> Figures:
            (client,) = fleets[node].open(1)
            return {"events/s": _acknowledged_per_s(bench, Publisher(client, is_acknowledged=True))}

        yield bench.compare(f"publish to 1 subscriber, {BURST_IN_FLIGHT} in flight", run_unacknowledged)
        yield bench.compare(f"publish acknowledged, {ACKNOWLEDGED_IN_FLIGHT} in flight", run_acknowledged)
        yield bench.compare(f"publish to 1 subscriber, {FEW_IN_FLIGHT} in flight", run_few)


def _loop(bench: Bench, fleet: Fleet, audience: Audience) -> ClosedLoop:
    (client,) = fleet.open(1)
    return ClosedLoop(bench.poller, audience, Publisher(client), TOPIC)


def _acknowledged_per_s(bench: Bench, publisher: Publisher) -> float:
    _publish_acknowledged(bench, publisher, bench.warm_up_s)
    begun_s, begun_with = time.monotonic(), publisher.acknowledged
    _publish_acknowledged(bench, publisher, bench.duration_s)
    return (publisher.acknowledged - begun_with) / (time.monotonic() - begun_s)


def _publish_acknowledged(bench: Bench, publisher: Publisher, duration_s: float) -> None:
    end_s = time.monotonic() + duration_s
    while time.monotonic() < end_s:
        room = publisher.acknowledged + ACKNOWLEDGED_IN_FLIGHT - publisher.sent
        if room > 0:
            publisher.publish(TOPIC, room)
        bench.poller.turn(0.01)
