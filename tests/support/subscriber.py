"""A WAMP client in Python that subscribes once and keeps what it gets."""

from collections.abc import Callable
from typing import Any

from autobahn.twisted.wamp import ApplicationSession
from autobahn.twisted.websocket import WampWebSocketClientFactory
from autobahn.wamp.serializer import MsgPackSerializer
from autobahn.wamp.types import ComponentConfig, SubscribeOptions
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.endpoints import clientFromString

PATIENCE_S = 30.0

TopicEvent = tuple[str, dict[str, Any]]
"""A topic and the envelope that came on it."""


class Subscriber(ApplicationSession):
    """
    An anonymous session that follows all topics below a prefix.

    Attributes:
        events: What came, oldest first.
    """

    def __init__(self, config: ComponentConfig, prefix: str) -> None:
        super().__init__(config)
        self.events: list[TopicEvent] = []
        self._prefix = prefix
        self._subscribed: Deferred[None] = Deferred()
        self._disconnected: Deferred[None] = Deferred()

    @classmethod
    async def start(cls, reactor: Any, *, host: str, port: int, url: str, prefix: str) -> "Subscriber":
        """
        Connect, join as anonymous and subscribe; what comes from then on is kept.

        Raises:
            TimeoutError: The subscription does not stand after `PATIENCE_S`.
        """
        session = cls(ComponentConfig("tapecast"), prefix)
        create: Callable[[], Subscriber] = lambda: session  # noqa: E731 - Autobahn asks for a factory of sessions
        factory = WampWebSocketClientFactory(create, url=url, serializers=[MsgPackSerializer()])
        await clientFromString(reactor, f"tcp:{host}:{port}").connect(factory)
        await session._subscribed.addTimeout(PATIENCE_S, reactor)
        return session

    async def stop(self) -> None:
        """Leave, and wait until the connection is closed."""
        self.leave()
        await self._disconnected

    def onConnect(self) -> None:
        self.join(self.config.realm, ["anonymous"])

    def onJoin(self, _details: Any) -> None:
        options = SubscribeOptions(match="prefix", details=True)
        ensureDeferred(self._follow(options)).addErrback(self._subscribed.errback)

    def onDisconnect(self) -> None:
        self._disconnected.callback(None)

    async def _follow(self, options: SubscribeOptions) -> None:
        await self.subscribe(self._keep, self._prefix, options)
        self._subscribed.callback(None)

    def _keep(self, *, details: Any, **envelope: Any) -> None:
        self.events.append((details.topic, envelope))
