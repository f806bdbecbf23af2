"""Two ends of a real connection, plain or encrypted, without a protocol between them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from twisted.internet import reactor as installed_reactor
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol, wrapClientTLS
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import CertificateOptions, KeyPair

KEY = KeyPair.generate(size=2048)
CERTIFICATE = KEY.selfSignedCert(1, CN="localhost")

reactor: Any = installed_reactor


class End(Protocol):
    """
    One end, which keeps what comes.

    Attributes:
        received: All of it.
        lost: Fires when the connection is gone.
    """

    def __init__(self) -> None:
        self.received = b""
        self.lost: Deferred[None] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.received += data

    def connectionLost(self, _reason: Any = None) -> None:
        self.lost.callback(None)

    @property
    def line(self) -> Any:
        """Twisted's transport."""
        return self.transport


class Ends(Factory):
    """Makes one end for who connects."""

    def __init__(self) -> None:
        self.accepted: Deferred[End] = Deferred()

    def buildProtocol(self, _address: Any) -> End:
        """An end that says when its connection stands."""
        accepted = self.accepted

        class AcceptedEnd(End):
            def connectionMade(self) -> None:
                accepted.callback(self)

        return AcceptedEnd()


def listen(factory: Any, *, is_encrypted: bool) -> Any:
    """Listen on the loopback interface."""
    if is_encrypted:
        return reactor.listenSSL(0, factory, CERTIFICATE.options(), interface="127.0.0.1")
    return reactor.listenTCP(0, factory, interface="127.0.0.1")


def endpoint(port: int, *, is_encrypted: bool) -> Any:
    """Where to connect to; whoever listens there is believed."""
    plain = TCP4ClientEndpoint(reactor, "127.0.0.1", port)
    return wrapClientTLS(CertificateOptions(verify=False), plain) if is_encrypted else plain


@asynccontextmanager
async def connected(*, is_encrypted: bool = False) -> AsyncIterator[tuple[End, End]]:
    """The server's end of a connection and the client's, while the block lasts."""
    factory = Ends()
    port = listen(factory, is_encrypted=is_encrypted)
    client = End()
    await connectProtocol(endpoint(port.getHost().port, is_encrypted=is_encrypted), client)
    server = await factory.accepted
    try:
        yield server, client
    finally:
        for end in (server, client):
            if not end.lost.called:
                end.line.abortConnection()
                await end.lost
        await maybeDeferred(port.stopListening)
