"""The limits of a node as its settings say, from outside."""

import pytest_twisted

from router.limits import Limits
from tests.support.http_client import request
from tests.support.node import RunningNode
from tests.support.raw_websocket import RawWebSocket

LIMITS = Limits()


@pytest_twisted.ensureDeferred
async def test_a_node_is_limited_from_the_start() -> None:
    """Nobody has to switch anything on; what a setting says is what holds."""
    with RunningNode({"LIMITS": "on", "LIMIT_HTTP_MINUTE_POINTS": "3/60/0"}) as node:
        room = LIMITS.connections_per_address or 0
        clients = [await RawWebSocket.open(node.port, path="/ws") for _ in range(room + 1)]
        statuses = [(await request(node.port, "GET", "/api/prices/BTCUSDT")).status for _ in range(4)]
        for client in clients:
            await client.end()

    assert [client.status for client in clients] == [*[101] * room, 429]
    assert statuses == [200, 200, 200, 429]


@pytest_twisted.ensureDeferred
async def test_the_limits_of_a_node_can_be_off() -> None:
    """One word, for a load test on one's own machine."""
    with RunningNode({"LIMITS": "off"}) as node:
        room = LIMITS.connections_per_address or 0
        clients = [await RawWebSocket.open(node.port, path="/ws") for _ in range(room + 1)]
        for client in clients:
            await client.end()

    assert {client.status for client in clients} == {101}
