"""Waiting for sessions of the Python client."""

from tapecast_client.connection import ConnectionChange
from tapecast_client.link import Phase
from tapecast_client.on_twisted import Client
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from tests.support.node import PATIENCE_S, RunningNode


def next_session(client: Client) -> "Deferred[None]":
    """Fires when the client is live again."""
    live: Deferred[None] = Deferred()

    def look(change: ConnectionChange) -> None:
        if change.phase is Phase.LIVE and not live.called:
            live.callback(None)

    client.on_connection_change(look)
    return live.addTimeout(PATIENCE_S, reactor)


async def live_client(node: RunningNode, user: str, role: str) -> Client:
    """A client that is joined, with a token."""
    token = node.token(user, role)
    client = Client(reactor, node.websocket_url, token=lambda: token)
    live = next_session(client)
    client.start()
    await live
    return client
