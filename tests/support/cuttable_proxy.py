"""A TCP connection that the test can cut: both ends live, and nothing goes between them any more."""

from typing import Any

from twisted.internet.protocol import connectionDone
from twisted.protocols import portforward
from twisted.python.failure import Failure


class _FrontEnd(portforward.ProxyServer):
    """The client's end."""

    factory: Any
    transport: Any

    def connectionMade(self) -> None:
        self.factory.proxy.ends.append(self)
        if self.factory.proxy.is_closed:
            self.transport.abortConnection()
        else:
            super().connectionMade()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.factory.proxy.ends.remove(self)
        super().connectionLost(reason)


class CuttableProxy:
    """
    Listens on a port of its own and passes everything on to another, until it is cut.

    Attributes:
        ends: The connections that are open.
        is_closed: Whether connections are cut as soon as they come.
    """

    def __init__(self, reactor: Any, target_port: int) -> None:
        self.ends: list[_FrontEnd] = []
        self.is_closed = False
        factory: Any = portforward.ProxyFactory("127.0.0.1", target_port)
        factory.noisy = False
        factory.protocol = _FrontEnd
        factory.proxy = self
        self._listening = reactor.listenTCP(0, factory, interface="127.0.0.1")

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._listening.getHost().port
        return port

    def cut(self) -> int:
        """Cut all connections, what is on its way in them included, and say how many there were."""
        ends = list(self.ends)
        for end in ends:
            end.transport.abortConnection()
        return len(ends)

    async def stop(self) -> None:
        """Listen no longer."""
        await self._listening.stopListening()
