"""A client's connection without a socket: what it sends comes in the pieces that the test says, in no time."""

from typing import Any

from twisted.internet.address import UNIXAddress
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from txaio._common import _BatchedTimer

from tests.support.routers import RouterUnderTest

PING_BUCKET_MS = 200.0
PINGS_AT_ONCE = 1000


def live_by(router: RouterUnderTest, clock: Clock) -> None:
    """Let everything of a router that waits for a time, or for the next turn, wait for the clock of a test."""
    router.factory.turn.reactor = clock
    router.factory.turn.clock_ns = lambda: int(clock.seconds() * 1e9)
    router.router._broker._reactor = router.router._dealer._reactor = clock
    router.websocket_factory.reactor = clock
    router.websocket_factory._batched_timer = _BatchedTimer(
        PING_BUCKET_MS, PINGS_AT_ONCE, clock.seconds, clock.callLater
    )


class MemoryTransport:
    """
    Twisted's transport of a server's connection, as far as protocols use one.

    What is written leaves in the next turn of the clock, as from a socket; while the peer reads nothing, it waits.

    Attributes:
        reactor: The clock.
        sent: What has left.
        unsent: What has not.
        peer_reads: Whether the peer reads.
        is_lost: Whether the connection is gone.
    """

    disconnecting = False

    def __init__(self, clock: Clock, protocol: Any) -> None:
        self.reactor = clock
        self.sent = b""
        self.peer_reads = True
        self.is_lost = False
        self.producerPaused = False
        self._protocol = protocol
        self._producer: Any = None
        self.unsent = b""
        self._is_writing = False

    @property
    def is_reading(self) -> bool:
        """Whether what the peer sends still gets through."""
        return not self.disconnecting

    def getPeer(self) -> UNIXAddress:
        return UNIXAddress(b"")

    getHost = getPeer

    def write(self, data: bytes) -> None:
        if not self.is_lost:
            self.unsent += data
            if not self.peer_reads and self._producer is not None and not self.producerPaused:
                self.producerPaused = True
                self._producer.pauseProducing()
            self._write_soon()

    def registerProducer(self, producer: Any, _streaming: bool) -> None:  # noqa: FBT001 - Twisted's signature
        assert self._producer is None, "expected no producer before"
        self._producer = producer

    def unregisterProducer(self) -> None:
        self._producer = None
        if self.disconnecting:
            self._write_soon()

    def loseConnection(self) -> None:
        self.disconnecting = True
        self._write_soon()

    def abortConnection(self) -> None:
        self.disconnecting = True
        self.unsent = b""
        self.reactor.callLater(0, self.lose, ConnectionAborted())

    def read(self) -> None:
        """Let the peer read again."""
        self.peer_reads = True
        self._write_soon()

    def lose(self, reason: Exception) -> None:
        """Be gone, for good."""
        if not self.is_lost:
            self.is_lost = self.disconnecting = True
            producer, self._producer = self._producer, None
            if producer is not None:
                producer.stopProducing()
            self._protocol.connectionLost(Failure(reason))

    def _write_soon(self) -> None:
        if not self._is_writing:
            self._is_writing = True
            self.reactor.callLater(0, self._write)

    def _write(self) -> None:
        self._is_writing = False
        if self.is_lost or not self.peer_reads:
            return
        self.sent += self.unsent
        self.unsent = b""
        if self._producer is not None and self.producerPaused:
            self.producerPaused = False
            self._producer.resumeProducing()
        elif self._producer is None and self.disconnecting:
            self.lose(ConnectionDone())


class MemoryPeer:
    """
    The client's end of a connection without a socket.

    Attributes:
        protocol: The server's protocol.
        transport: Its transport.
    """

    def __init__(self, factory: Any, clock: Clock) -> None:
        self.protocol = factory.buildProtocol(UNIXAddress(b""))
        self.transport = MemoryTransport(clock, self.protocol)
        self._clock = clock
        self.protocol.makeConnection(self.transport)

    def send(self, *pieces: bytes) -> None:
        """Send bytes, each piece in a turn of its own; what the server does not read any more is lost."""
        for piece in pieces:
            if piece and self.transport.is_reading:
                self.protocol.dataReceived(piece)
            self._clock.advance(0)

    def received(self) -> bytes:
        """What the server has sent, and this peer has read, since this was asked last."""
        data, self.transport.sent = self.transport.sent, b""
        return data

    def leave(self) -> None:
        """Go away without a word."""
        self.transport.lose(ConnectionLost())
        self._clock.advance(0)
