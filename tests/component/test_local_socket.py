"""The sockets for clients on the same machine: who they are is not theirs to say, and limits hold for them too."""

import json
import os
import pwd
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import attrs
import msgspec
import pytest
import pytest_twisted
from autobahn.twisted.rawsocket import WampRawSocketClientFactory
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.serializer import JsonSerializer
from autobahn.wamp.types import ComponentConfig
from twisted.internet import reactor as installed_reactor
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import UNIXClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from auth.component import observe_authentications
from auth.service_keys import parse_service_keys
from components.contract.errors import JOIN_TIMEOUT, KICKED, SLOW_CONSUMER, TOO_BIG
from router.admission import SPARE_CONNECTIONS
from router.limit_settings import LimitSettings
from router.limits import UNLIMITED
from router.local_socket import LocalSocketFactory
from router.peer_credentials import local_user_id, may_use_local_sockets, peer_user
from router.view import LiveRouterView
from router.waiting_room import LOSSLESS_EVENTS
from tests.support.memory_transport import MemoryPeer, live_by
from tests.support.routers import OURS, REALM, Client, RouterUnderTest, running, settle, turns
from tests.support.service_accounts import KeyPair
from tests.support.slow_reader import FILLER, NEWS, fill, until

reactor: Any = installed_reactor

HANDSHAKE_JSON = b"\x7f\xf1\0\0"
WELCOME, ABORT, GOODBYE = 2, 3, 6
ROLES: dict[str, Any] = {"caller": {}, "subscriber": {}}
ME = f"local-{pwd.getpwuid(os.geteuid()).pw_name}"
SMALL = 3000


def auth(role: str) -> dict[str, Any]:
    return {"auth": {"anonymous": {"type": "static", "role": role}}}


class RawClient(Protocol):
    """A client that sends bytes as it likes, and keeps the messages that it gets."""

    transport: Any

    def __init__(self) -> None:
        self.received = b""
        self.lost: Deferred[None] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.received += data

    def connectionLost(self, _reason: Any = None) -> None:
        self.lost.callback(None)

    def send(self, *message: Any) -> None:
        payload = msgspec.json.encode(message)
        self.transport.write(len(payload).to_bytes(4, "big") + payload)

    def messages(self) -> list[list[Any]]:
        return messages_of(self.received[4:])


def messages_of(data: bytes) -> list[list[Any]]:
    found = []
    while data:
        length = int.from_bytes(data[:4], "big")
        found.append(msgspec.json.decode(data[4 : 4 + length]))
        data = data[4 + length :]
    return found


@attrs.define
class Local:
    """A router with a socket of each kind in a directory."""

    router: RouterUnderTest
    directory: Path
    clients: list[Client] = attrs.field(factory=list)

    async def join(self, role: str, methods: list[str] | None = None, authid: str | None = None) -> Client:
        """A client that has joined."""
        client = Client(ComponentConfig(REALM))
        client.onConnect = lambda: client.join(REALM, methods or ["anonymous"], authid)  # type: ignore[method-assign]
        factory = WampRawSocketClientFactory(lambda: client, JsonSerializer())
        await UNIXClientEndpoint(reactor, str(self.directory / f"{role}.sock")).connect(factory)
        self.clients.append(client)
        await client.joined
        return client

    async def open(self, role: str) -> RawClient:
        """A client that has shaken hands."""
        endpoint = UNIXClientEndpoint(reactor, str(self.directory / f"{role}.sock"))
        client: RawClient = await endpoint.connect(Factory.forProtocol(RawClient))
        client.transport.write(HANDSHAKE_JSON)
        return client

    def connection(self, client: Client) -> Any:
        """The router's protocol of a client's connection."""
        return self.router.router._session_id_to_session[client._session_id]._transport


@pytest.fixture
def limits() -> LimitSettings:
    """What clients may have: small messages, and two connections of a user."""
    return LimitSettings(limits=attrs.evolve(UNLIMITED, message_bytes=SMALL, connections_per_user=2))


@pytest_twisted.async_yield_fixture
async def local(tmp_path: Path, limits: LimitSettings) -> AsyncIterator[Local]:
    """A router that listens on a socket for services and on one for the operator."""
    async with running(OURS, limits=limits) as router:
        ports = [
            reactor.listenUNIX(str(tmp_path / f"{role}.sock"), LocalSocketFactory(router._sessions, auth(role)))
            for role in ("service", "admin")
        ]
        running_sockets = Local(router, tmp_path)
        yield running_sockets
        for client in running_sockets.clients:
            if client._transport is not None:
                client._transport.transport.abortConnection()
            await client.lost
        for port in ports:
            await maybeDeferred(port.stopListening)


@pytest.mark.parametrize("role", ["service", "admin"])
@pytest_twisted.ensureDeferred
async def test_the_socket_says_the_role_and_the_system_the_name(local: Local, role: str) -> None:
    """Whatever a client calls itself, it is the operating system's user, as what its socket is for."""
    client = await local.join(role, authid="root-of-all")

    details = client._session_details

    assert (details.authid, details.authrole) == (ME, role)
    assert details.authextra == {"user": None, "expires_at": None} or not details.authextra


@pytest_twisted.ensureDeferred
async def test_a_join_is_counted_and_told(local: Local) -> None:
    """The operator's log names who came in, and the metric the way."""
    joins: list[tuple[str, str]] = []
    stop = observe_authentications(lambda method, result: joins.append((method, result)))

    with capturedLogs() as events:
        client = await local.join("admin")
    stop()

    (told,) = [event for event in events if event.get("event") == "joined"]
    assert (told["role"], told["user_id"], told["session"]) == ("admin", ME, client._session_id)
    assert joins == [("local", "accepted")]


@pytest_twisted.ensureDeferred
async def test_the_permissions_are_those_of_the_role(local: Local) -> None:
    """A service may not do what the operator may."""
    service, operator = await local.join("service"), await local.join("admin")
    await local.router.gateway.register(list, "tapecast.admin.accounts.list")

    with pytest.raises(ApplicationError) as raised:
        await service.call("tapecast.admin.accounts.list")

    assert raised.value.error == "tapecast.error.not_authorized"
    assert await operator.call("tapecast.admin.accounts.list") == []


@pytest_twisted.ensureDeferred
async def test_a_ticket_is_not_taken_there(local: Local) -> None:
    """A way in that the socket has not is refused as on the web, with the contract's error."""
    client = await local.open("service")

    client.send(1, REALM, {"roles": ROLES, "authmethods": ["ticket"], "authid": "alice"})
    await client.lost

    assert [(one[0], one[2]) for one in client.messages()] == [(ABORT, "tapecast.error.authentication_required")]


@pytest_twisted.ensureDeferred
async def test_a_key_is_not_taken_there(local: Local) -> None:
    """Who is on the other end is known already, and a service's key makes nobody else of the operator's user."""
    keys = parse_service_keys(json.dumps([KeyPair(1).account("platform")]).encode())
    local.router.factory.service_keys = lambda: keys
    client = await local.open("admin")

    said = {"roles": ROLES, "authmethods": ["cryptosign"], "authextra": {"pubkey": KeyPair(1).public_key}}
    client.send(1, REALM, said)
    await client.lost

    assert [(one[0], one[2]) for one in client.messages()] == [(ABORT, "tapecast.error.authentication_required")]


@pytest_twisted.ensureDeferred
async def test_the_welcome_tells_nothing_of_the_node(local: Local) -> None:
    """Process ids and the like stay inside."""
    client = await local.open("service")

    client.send(1, REALM, {"roles": ROLES})
    await until(lambda: len(client.received) > 4)
    (welcome,) = client.messages()
    client.transport.abortConnection()
    await client.lost

    assert welcome[0] == WELCOME
    assert "x_cb" not in str(welcome)


@pytest_twisted.ensureDeferred
async def test_a_user_has_so_many_connections(local: Local) -> None:
    """The limit by user is the same as on the web."""
    for _ in range(2):
        await local.join("service")

    with pytest.raises(ConnectionError, match=r"tapecast\.error\.rate_limited"):
        await local.join("service")


@pytest_twisted.ensureDeferred
async def test_a_message_can_be_too_long(local: Local) -> None:
    """It ends the connection, with a GOODBYE that says why."""
    client = await local.open("service")
    client.send(1, REALM, {"roles": ROLES})
    await until(lambda: len(client.received) > 4)

    client.transport.write((SMALL + 1).to_bytes(4, "big"))
    await client.lost

    assert [one[0] for one in client.messages()] == [WELCOME, GOODBYE]
    assert client.messages()[-1][2] == TOO_BIG.reason
    assert dict(local.router.factory.figures.read().closes) == {"invalid_message": 1}


@pytest.mark.parametrize("data", [b"\0\0\0\2no", b"\0\0\0\4[48]"], ids=["no message", "a message before the join"])
@pytest_twisted.ensureDeferred
async def test_nonsense_ends_the_connection(local: Local, data: bytes) -> None:
    """Nothing behind it is read."""
    client = await local.open("admin")

    client.transport.write(data)
    await client.lost

    assert dict(local.router.factory.figures.read().closes) == {"invalid_message": 1}


@pytest_twisted.ensureDeferred
async def test_a_connection_counts_like_any_other(local: Local) -> None:
    """It is one of the node's, until it has gone by itself."""
    client = await local.join("service")
    assert local.router.factory.figures.read().connections == 1

    client.leave()
    client.disconnect()
    await client.lost
    await turns()

    figures = local.router.factory.figures.read()
    assert (figures.connections, dict(figures.closes)) == (0, {"peer": 1})
    assert not len(local.router._sessions.gate._admission._connections)


@pytest_twisted.ensureDeferred
async def test_who_is_ended_is_told_and_gone(local: Local) -> None:
    """The GOODBYE names the reason, and ending twice says it once."""
    client = await local.join("service")
    connection = local.connection(client)

    connection.end(KICKED)
    connection.end(SLOW_CONSUMER)
    await client.lost

    assert client.abort_reason == KICKED.reason


@pytest_twisted.ensureDeferred
async def test_who_takes_too_little_is_ended(local: Local) -> None:
    """More than may wait for a client ends its connection, and nobody else's."""
    client = await local.join("admin")
    for topic in (FILLER, NEWS):
        await client.follow(topic)
    client._transport.transport.pauseProducing()
    connection = local.connection(client)
    await fill(local.router, connection.outbox)

    for seq in range(LOSSLESS_EVENTS + 100):
        local.router.gateway.publish(NEWS, seq=seq)
    await until(lambda: connection.outbox.is_drained)
    client._transport.transport.resumeProducing()
    await client.lost

    assert client.abort_reason == SLOW_CONSUMER.reason


@pytest_twisted.ensureDeferred
async def test_a_client_sees_its_limits(local: Local) -> None:
    """What the session is told of itself is what holds for it."""
    client = await local.join("service")

    seen = LiveRouterView(local.router.factory).find_session(client._session_id)

    assert seen is not None
    assert seen.limits["max_message_bytes"] == SMALL
    assert seen.limits["connections_per_user"] == 2


@pytest_twisted.ensureDeferred
async def test_no_token_is_behind_it(local: Local) -> None:
    """A trader of the same name is not taken for connected because of it."""
    client = await local.join("admin")
    await settle(client)

    assert LiveRouterView(local.router.factory).list_sessions([ME]) == []


@pytest_twisted.ensureDeferred
async def test_who_does_not_join_is_ended(router: RouterUnderTest, clock: Clock, monkeypatch: Any) -> None:
    """The join deadline holds from the first moment, before the handshake and behind it."""
    monkeypatch.setattr("router.local_socket.peer_user", lambda _transport: os.geteuid())
    live_by(router, clock)
    factory = LocalSocketFactory(router._sessions, auth("service"))
    silent, shaken = MemoryPeer(factory, clock), MemoryPeer(factory, clock)
    shaken.send(HANDSHAKE_JSON)

    clock.advance(factory.join_timeout_s)
    clock.advance(3)

    assert silent.transport.is_lost
    assert shaken.transport.is_lost
    assert dict(router.factory.figures.read().closes) == {JOIN_TIMEOUT.reason.rpartition(".")[2]: 1}
    assert not clock.getDelayedCalls()


@pytest.mark.parametrize("user", [None, 12_345])
@pytest_twisted.ensureDeferred
async def test_others_are_cut(router: RouterUnderTest, clock: Clock, monkeypatch: Any, user: int | None) -> None:
    """Whoever gets hold of the socket without being its owner, or comes another way, is not even greeted."""
    monkeypatch.setattr("router.local_socket.peer_user", lambda _transport: user)
    live_by(router, clock)
    peer = MemoryPeer(LocalSocketFactory(router._sessions, auth("admin")), clock)

    peer.send(HANDSHAKE_JSON)
    clock.advance(1)

    assert peer.transport.is_lost
    assert not router.router._session_id_to_session.keys() - {router.gateway._session_id, router.service._session_id}


@pytest_twisted.ensureDeferred
async def test_a_full_node_cuts_and_a_nearly_full_one_says_so(tmp_path: Path) -> None:
    """The node's own limit counts these connections too."""
    limits = LimitSettings(limits=attrs.evolve(UNLIMITED, connections=1))
    async with running(OURS, limits=limits) as router:
        port = reactor.listenUNIX(str(tmp_path / "service.sock"), LocalSocketFactory(router._sessions, auth("service")))
        local = Local(router, tmp_path)
        admission = router._sessions.gate._admission

        first = await local.open("service")
        second = await local.open("service")
        await second.lost
        for _ in range(SPARE_CONNECTIONS):
            admission._connections.enter(None)
        third = await local.open("service")
        await third.lost

        assert (second.received[:1], third.received) == (b"\x7f", b"")
        assert dict(router.factory.figures.read().closes) == {"node_full": 1}
        first.transport.abortConnection()
        await first.lost
        await maybeDeferred(port.stopListening)


def test_names_are_the_systems() -> None:
    """Where it has none, the number stands for it."""
    assert local_user_id(os.geteuid()) == ME
    assert local_user_id(4_000_000_000) == "local-4000000000"


def test_the_owner_and_root_may_come() -> None:
    """Root could be the owner by a command; anybody else could not."""
    assert may_use_local_sockets(os.geteuid())
    assert may_use_local_sockets(0)
    assert not may_use_local_sockets(os.geteuid() + 1)


def test_only_a_unix_socket_has_credentials() -> None:
    """A connection from elsewhere has nobody whom the system could name."""
    assert peer_user(object()) is None
