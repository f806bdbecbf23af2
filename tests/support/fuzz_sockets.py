"""Clients that send anything over real sockets, and at last what no server may go on with."""

from collections.abc import Sequence

from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from tests.support.routers import turns

NO_FRAME = b"\0" * 140_000
"""Whatever a client began, this is the end of it: a handshake too long, or a message that is full and a breach."""

PATIENCE_S = 30.0


class Sender(Protocol):
    """
    A connection that only sends.

    Attributes:
        lost: Fires when the server has ended it.
    """

    def __init__(self) -> None:
        self.lost: Deferred[None] = Deferred()

    def connectionLost(self, _reason: Failure | None = None) -> None:
        self.lost.callback(None)

    async def send(self, pieces: Sequence[bytes]) -> None:
        """Send pieces, a turn of the reactor for each, and wait until the server ends the connection."""
        assert self.transport is not None
        for piece in (*pieces, NO_FRAME):
            self.transport.write(piece)
            await turns(1)
        await self.lost.addTimeout(PATIENCE_S, reactor)


async def send_all(port: int, inputs: Sequence[Sequence[bytes]]) -> None:
    """Send each input over a connection of its own, all at once."""
    endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", port)
    senders = [await connectProtocol(endpoint, Sender()) for _ in inputs]
    sent = [Deferred.fromCoroutine(sender.send(pieces)) for sender, pieces in zip(senders, inputs, strict=True)]
    for is_fine, failure in await DeferredList(sent, consumeErrors=True):
        assert is_fine, failure
