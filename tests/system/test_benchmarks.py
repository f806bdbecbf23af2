"""The benchmarks at work: small runs against both routers, which count every delivery and leave no process behind."""

import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from benchmarks import calls, fanout, idle_memory, orders, publishing
from benchmarks.bench import Bench
from benchmarks.client import ClientOptions
from benchmarks.crowd import Crowd
from benchmarks.encodings import ENCODINGS, JSON, Encoding
from benchmarks.fleet import Fleet
from benchmarks.gateway import INSTRUMENT, running_gateway
from benchmarks.nodes import OURS, STOCK, NodeOptions, running
from benchmarks.poller import Poller
from benchmarks.tables import Row

PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """Both routers, measured once and shortly."""
    with running(OURS) as ours, running(STOCK) as stock:
        yield Bench(poller=Poller(), nodes=(ours, stock), runs=1, duration_s=0.3, warm_up_s=0.1)


def figures(rows: list[Row], unit: str) -> list[float]:
    """All figures of one unit, of both routers."""
    return [value for row in rows if row.unit == unit for value in (*row.ours, *row.stock)]


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=lambda encoding: encoding.name)
def test_fan_out_to_ten_subscribers_is_measured(bench: Bench, encoding: Encoding) -> None:
    """Both routers deliver in each encoding, and the load generator finds every event."""
    rows = fanout.measure_one(bench, encoding, 10)

    assert len(rows) == 3 * len(fanout.IN_FLIGHT)
    assert all(rate > 0 for rate in figures(rows, "deliveries/s"))
    assert set(figures(rows, "missed %")) == {0.0}


def test_calls_and_publications_are_answered(bench: Bench) -> None:
    """Round trips and acknowledgements come back from both."""
    rows = [row for measure in (calls.measure, publishing.measure) for block in measure(bench) for row in block]

    assert all(rate > 0 for rate in (*figures(rows, "calls/s"), *figures(rows, "events/s")))
    assert len(figures(rows, "p95 ms")) == 2


def test_memory_is_the_routers_own(bench: Bench) -> None:
    """A thousand connections more are seen in the process that has them."""
    (rows,) = idle_memory.measure(bench)

    assert all(0 < kilobytes < 200 for kilobytes in figures(rows, "KB a connection"))


def test_orders_over_the_wire_are_measured() -> None:
    """Every order is acknowledged, and each trader is told of the order and of the balance."""
    with running_gateway(FEED="sim", INSTRUMENTS=INSTRUMENT) as gateway:
        floor = orders.Floor(Poller(), gateway, traders=5)
        measured = dict(floor.run(rate_hz=50, duration_s=1))
        floor.close()

    assert measured["events an order"] == "2.00"
    assert float(measured["trading: CPU s per 1000 orders"]) > 0


def test_bare_commits_are_counted() -> None:
    """The peer commits."""
    assert orders.bare_commits_a_second() > 0


def test_a_run_leaves_nothing_behind() -> None:
    """With the block end the node, its worker, and the connections."""
    before = {process.pid for process in psutil.Process().children(recursive=True)}

    with running(OURS) as node:
        fleet = Fleet(Poller(), node.port)
        fleet.open(3)
        started = {process.pid for process in psutil.Process().children(recursive=True)} - before
        fleet.close()

    assert len(started) == 2
    assert not any(map(psutil.pid_exists, started))


def turn_until(crowd: Crowd, is_so: Callable[[], bool]) -> None:
    """Let a crowd go on until something is so."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline_s, f"joined {crowd.joined}, lost {crowd.lost}"
        crowd.turn()


def test_a_crowd_comes_back_after_a_restart() -> None:
    """Whoever is lost with the router is counted, and joins its successor on the same port."""
    poller = Poller()
    with running(OURS, NodeOptions(ping_interval_s=1, ping_timeout_s=1)) as node:
        fleet = Fleet(
            poller, node.port, JSON, options=[ClientOptions(source="127.0.0.2"), ClientOptions(source="127.0.0.3")]
        )
        crowd = Crowd(poller, fleet, 20, ["bench.a", "bench.conflated.b"])
        turn_until(crowd, lambda: crowd.joined == 20)
        assert node.stop() == 0
        port = node.port

    with running(OURS, port=port):
        turn_until(crowd, lambda: crowd.lost == crowd.joined == 20)
        fleet.close()
