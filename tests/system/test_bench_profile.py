"""`tapecast start --profile bench`: the router alone, open to everyone below `bench.`."""

import signal
from collections.abc import Iterator

import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import PublishOptions

from components.runtime.commands import OK
from router.rules import BENCH_REALM
from tests.support.node import RunningNode
from tests.system.test_market_container import join


@pytest.fixture(scope="module")
def bench_node() -> Iterator[RunningNode]:
    """A router alone."""
    with RunningNode(ready="open http", profile="bench") as running:
        yield running


@pytest_twisted.ensureDeferred
async def test_an_anonymous_client_does_everything_below_bench(bench_node: RunningNode) -> None:
    """It publishes, subscribes, registers and calls, without a token."""
    publisher, subscriber = await join(bench_node, BENCH_REALM), await join(bench_node, BENCH_REALM)
    await subscriber.follow("bench.a")
    await subscriber.follow("bench.conflated.", "prefix")
    await subscriber.register(lambda number: number + 1, "bench.add_one")

    await publisher.publish("bench.a", n=1, options=PublishOptions(acknowledge=True))
    await publisher.publish("bench.conflated.b", n=2, options=PublishOptions(acknowledge=True))

    assert await publisher.call("bench.add_one", 41) == 42
    await subscriber.has_events(2)
    assert [(topic, payload) for _, topic, payload in subscriber.events] == [
        ("bench.a", {"n": 1}),
        ("bench.conflated.b", {"n": 2}),
    ]
    for client in (publisher, subscriber):
        await client.leave()


@pytest_twisted.ensureDeferred
async def test_nobody_does_anything_outside_bench(bench_node: RunningNode) -> None:
    """Everything else is refused, Crossbar's own procedures above all."""
    client = await join(bench_node, BENCH_REALM)

    with pytest.raises(ApplicationError, match="not_authorized"):
        await client.follow("wamp.session.on_join")
    with pytest.raises(ApplicationError, match="not_authorized"):
        await client.publish("tapecast.price.BTCUSDT", options=PublishOptions(acknowledge=True))
    with pytest.raises(ApplicationError, match="not_authorized"):
        await client.register(lambda: None, "tapecast.add_one")
    with pytest.raises(ApplicationError, match="no_such_procedure"):
        await client.call("wamp.session.list")
    await client.leave()


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_router_alone_in_order(signal_number: int) -> None:
    """Without containers around it the router ends like the gateway: status 0 and no process left."""
    with RunningNode(ready="open http", profile="bench") as node:
        workers = node.workers()

        status = node.stop(signal_number)

        assert status == OK
        assert set(workers) == {"router"}
        assert node.workers() == {}
        assert "Traceback" not in "".join(node.log)
