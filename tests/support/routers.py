"""A router in this process, stock or ours, on a real port, with real clients: what a defect test needs of both."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import attrs
from autobahn.twisted.wamp import ApplicationSession
from autobahn.twisted.websocket import WampWebSocketClientFactory
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import ComponentConfig, SubscribeOptions
from crossbar.personality import Personality
from crossbar.router.protocol import WampWebSocketServerFactory
from crossbar.router.router import RouterFactory
from crossbar.router.service import RouterServiceAgent
from crossbar.router.session import RouterSessionFactory
from crossbar.worker.router import RouterController
from crossbar.worker.types import RouterRealm
from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from components.contract.roles import Role
from router.limit_settings import LimitSettings
from router.limits import UNLIMITED
from router.router import GatewayRouterFactory
from router.session import GatewayRouterSessionFactory
from router.websocket import GatewayWebSocketFactory

REALM = "tapecast"
PERMIT_ALL = [
    {
        "uri": "",
        "match": "prefix",
        "allow": {"call": True, "register": True, "publish": True, "subscribe": True},
        "disclose": {"caller": True, "publisher": False},
    }
]
USERS = {"alice": "trader", "bob": "trader", "desk": "risk", "operator": "admin"}
"""Who can sign in, by a ticket that is the name, and as what."""


@attrs.frozen
class Kind:
    """The classes that a router is made of."""

    name: str
    router_factory: Any
    session_factory: Any
    websocket_factory: Any


STOCK = Kind("stock", RouterFactory, RouterSessionFactory, WampWebSocketServerFactory)
OURS = Kind("ours", GatewayRouterFactory, GatewayRouterSessionFactory, GatewayWebSocketFactory)


class Worker(RouterController):
    """As much of a router worker as sessions ask for at a join."""

    personality = Personality

    def __init__(self) -> None:
        """Start nothing: there is no process around this router."""

    def has_realm(self, realm: str) -> bool:
        return realm == REALM

    def has_role(self, _realm: str, authrole: str) -> bool:
        return authrole in set(Role)


class Client(ApplicationSession):
    """A client session that keeps what it gets: events as (subscription id, topic, payload)."""

    def __init__(self, config: Any = None) -> None:
        super().__init__(config)
        self.joined: Deferred[Any] = Deferred()
        self.lost: Deferred[None] = Deferred()
        self.events: list[tuple[int, str | None, dict[str, Any]]] = []
        self.abort_reason: str | None = None
        self.user: str | None = None
        self._waiting: list[tuple[int, Deferred[None]]] = []

    def onConnect(self) -> None:
        methods = ["ticket"] if self.user else ["anonymous"]
        self.join(self.config.realm, methods, self.user)

    def onChallenge(self, _challenge: Any) -> str | None:
        return self.user

    def onJoin(self, details: Any) -> None:
        self.joined.callback(details)

    def onLeave(self, details: Any) -> None:
        self.abort_reason = details.reason
        super().onLeave(details)

    def onDisconnect(self) -> None:
        if not self.joined.called:
            self.joined.errback(ConnectionError(self.abort_reason))
        self.lost.callback(None)

    async def follow(self, topic: str, match: str = "exact", **options: Any) -> int:
        """Subscribe, keep the events, and return the subscription id."""
        holder: list[int] = []

        def keep(*_args: Any, details: Any, **payload: Any) -> None:
            self.events.append((holder[0] if holder else details.subscription.id, details.topic, payload))
            for count, ready in self._waiting:
                if len(self.events) >= count and not ready.called:
                    ready.callback(None)

        subscription = await self.subscribe(keep, topic, SubscribeOptions(match=match, details=True, **options))
        holder.append(subscription.id)
        return int(subscription.id)

    def has_events(self, count: int, *, patience_s: float = 30) -> "Deferred[None]":
        """A Deferred that fires when so many events have come, and fails when patience ends before."""
        ready: Deferred[None] = Deferred()
        if len(self.events) >= count:
            ready.callback(None)
        self._waiting.append((count, ready))
        return ready.addTimeout(patience_s, reactor)


@asynccontextmanager
async def running(kind: Kind, **options: Any) -> AsyncIterator["RouterUnderTest"]:
    """A router of a kind while the block lasts."""
    router = RouterUnderTest(kind, **options)
    try:
        yield router
    finally:
        await router.stop()


async def turns(count: int = 3) -> None:
    """Let the reactor go around, so that what is due now is done."""
    for _ in range(count):
        await deferLater(reactor, 0)


async def settle(client: Any) -> None:
    """Wait until the router has sent what it had for a client: an answer comes behind it, chunks some turns later."""
    for _ in range(5):
        try:
            await client.call("tapecast.nothing")
        except ApplicationError:
            continue


class RouterUnderTest:
    """
    A router of one kind with one realm.

    Attributes:
        factory: Crossbar's factory of routers.
        router: Crossbar's router object, for a look inside.
        gateway: A session inside the router, with the role that publishes and registers.
        service: Crossbar's own session in it.
    """

    def __init__(
        self,
        kind: Kind,
        *,
        permissions: Mapping[str, list[dict[str, Any]]] | None = None,
        authorizer: str | None = None,
        realm_options: dict[str, Any] | None = None,
        ticket: dict[str, Any] | None = None,
        options: dict[str, Any] | None = None,
        clock: IReactorTime | None = None,
        limits: LimitSettings | None = None,
    ) -> None:
        self._directory = tempfile.mkdtemp(prefix="tapecast-router-")
        factory = self.factory = kind.router_factory("node", "worker", Worker())
        if isinstance(factory, GatewayRouterFactory):
            factory.limit(limits or LimitSettings(limits=UNLIMITED))
        realm = RouterRealm(None, "realm", {"name": REALM, "options": realm_options or {}})
        self.router = realm.router = factory.start_realm(realm)
        self._sessions = kind.session_factory(factory)
        realm.session = RouterServiceAgent(ComponentConfig(REALM, {"onready": Deferred()}), self.router)
        self.service = realm.session
        self._sessions.add(self.service, self.router, authid="service", authrole="trusted")
        for role in Role:
            config: dict[str, Any] = {"name": role.value, "permissions": (permissions or {}).get(role, PERMIT_ALL)}
            if authorizer is not None and role is Role.TRADER:
                config = {"name": role.value, "authorizer": authorizer}
            factory.add_role(REALM, config)
        self.gateway = self.embed(Role.GATEWAY.value)
        principals = {name: {"ticket": name, "role": role} for name, role in USERS.items()}
        principals["process"] = {"ticket": "process", "role": "gateway"}
        auth = {
            "anonymous": {"type": "static", "role": "public"},
            "ticket": ticket or {"type": "static", "principals": principals},
        }
        config = {"auth": auth, "serializers": ["json", "msgpack", "cbor"], "options": options or {}}
        self.websocket_factory = kind.websocket_factory(self._sessions, self._directory, config, None)
        if clock is not None:
            self.websocket_factory.reactor = clock
        self._port = reactor.listenTCP(0, self.websocket_factory, interface="127.0.0.1")
        self._clients: list[Client] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        host: Any = self._port.getHost()
        return int(host.port)

    def embed(self, role: str) -> Client:
        """A session inside the router, of a role."""
        session = Client(ComponentConfig(REALM))
        self._sessions.add(session, self.router, authid=role, authrole=role)
        return session

    async def join(self, user: str | None = None, serializers: list[Any] | None = None) -> Client:
        """A client of a user, or an anonymous one, that has joined."""
        client = Client(ComponentConfig(REALM))
        client.user = user
        factory = WampWebSocketClientFactory(
            lambda: client, f"ws://127.0.0.1:{self.port}", headers={"X-Secret": "s"}, serializers=serializers
        )
        reactor.connectTCP("127.0.0.1", self.port, factory)
        self._clients.append(client)
        await client.joined
        return client

    def server_side(self, client: Client) -> Any:
        """The server's protocol of a client's connection."""
        return self.router._session_id_to_session[client._session_id]._transport

    async def stop(self) -> None:
        """Close every connection and the port, and leave nothing behind."""
        for client in self._clients:
            if client._transport is not None:
                client._transport.transport.abortConnection()
        await DeferredList([client.lost for client in self._clients if client.joined.called])
        await maybeDeferred(self._port.stopListening)
        shutil.rmtree(self._directory)
