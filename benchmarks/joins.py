"""Joining: connect, HELLO and one subscription, in a crowd and at a steady rate."""

import time
from collections.abc import Iterator

from benchmarks.bench import Bench, CpuMeter, Figures
from benchmarks.client import UnexpectedAnswerError
from benchmarks.fleet import OPENING_AT_ONCE, Fleet
from benchmarks.latency import LatencyHistogram
from benchmarks.nodes import Node
from benchmarks.tables import Row

TOPIC = "bench.joins"
CROWD = 500
COMING, RATE_HZ = 1000, 200.0
PATIENCE_S = 30.0
SETTLE_S = 0.5
MS_PER_S = 1000


def measure(bench: Bench) -> Iterator[list[Row]]:
    """How many a second join where all come at once, and how long it takes where 200 a second come."""
    yield bench.compare(f"join, {OPENING_AT_ONCE} at once", lambda node: _crowd(bench, node))
    yield bench.compare(f"join, {COMING} at {RATE_HZ:.0f} a second", lambda node: _stream(bench, node))


def _crowd(bench: Bench, node: Node) -> Figures:
    fleet = Fleet(bench.poller, node.port)
    router, begun_s = CpuMeter(node.cpu_s), time.monotonic()
    fleet.open(CROWD, lambda _place: (TOPIC,))
    figures = {
        "joins/s": CROWD / (time.monotonic() - begun_s),
        "router ms a join": router.used_s() * MS_PER_S / CROWD,
    }
    _leave(bench, fleet)
    return figures


def _stream(bench: Bench, node: Node) -> Figures:
    fleet = Fleet(bench.poller, node.port)
    begun_s = time.monotonic()
    for place in range(COMING):
        bench.poller.run_for(begun_s + place / RATE_HZ - time.monotonic())
        fleet.begin((TOPIC,))
    if not bench.poller.run_until(lambda: all(client.ready_ns for client in fleet.clients), PATIENCE_S):
        raise UnexpectedAnswerError(f"expected {COMING} clients to join, not all did")
    latencies = LatencyHistogram()
    for client in fleet.clients:
        latencies.record(client.ready_ns - client.begun_ns)
    _leave(bench, fleet)
    return {"p50 ms": latencies.percentile_ms(50), "p99 ms": latencies.percentile_ms(99)}


def _leave(bench: Bench, fleet: Fleet) -> None:
    fleet.close()
    bench.poller.run_for(SETTLE_S)
