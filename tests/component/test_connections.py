"""Which connections a router process knows of, and that every one of them is told when it stops."""

import pytest_twisted
from twisted.internet import reactor

from router.closing import Closing
from tests.support.raw_websocket import RawWebSocket
from tests.support.routers import RouterUnderTest, turns

SHUTDOWN = (4012, "tapecast.close.shutdown")


@pytest_twisted.ensureDeferred
async def test_a_connection_is_known_while_it_is_open(router: RouterUnderTest) -> None:
    """From its opening handshake, joined or not, until it is gone."""
    connections = router.router._factory.connections
    joined, open_only = await RawWebSocket.join(router.port), await RawWebSocket.open(router.port)

    count = len(connections)
    await joined.end()
    await open_only.end()

    assert count == 2
    while connections:
        await turns()


@pytest_twisted.ensureDeferred
async def test_every_connection_is_told_and_gone(router: RouterUnderTest) -> None:
    """One that has joined, one that has not, and one that is on its way out already."""
    connections = router.router._factory.connections
    joined, open_only = await RawWebSocket.join(router.port), await RawWebSocket.open(router.port)
    leaving = await router.join()
    leaving.leave()

    await Closing(connections, reactor).run()

    assert connections == set()
    assert await joined.close_frame() == SHUTDOWN
    assert await open_only.close_frame() == SHUTDOWN
