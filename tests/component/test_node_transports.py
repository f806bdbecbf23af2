"""The transports that a node's configuration describes, as Crossbar makes them, on real ports and sockets."""

import ipaddress
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import attrs
import pytest
import pytest_twisted
from autobahn.twisted.rawsocket import WampRawSocketClientFactory
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import ComponentConfig
from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred
from twisted.internet.endpoints import UNIXClientEndpoint

from router.addresses import AddressList, ListedNetwork
from router.admission import SOCKETS_PER_CONNECTION
from router.http import NOTHING_HERE
from router.limit_settings import LimitSettings
from router.limits import UNLIMITED, points_rate
from router.site import HEADERS
from router.transports import create_router_transport
from tests.support.http_client import PATIENCE_S, Response, connect, request
from tests.support.node import free_port
from tests.support.raw_websocket import GOODBYE, HELLO, ROLES, WELCOME, RawWebSocket
from tests.support.routers import OURS, REALM, Client, RouterUnderTest, running
from tests.support.web_transport import AUTH, Started, start_transport, start_web_transport, worker_around


@pytest_twisted.async_yield_fixture
async def web(router: RouterUnderTest, tmp_path: Path) -> AsyncIterator[Started]:
    """A web transport that listens."""
    started = await start_web_transport(router, tmp_path)
    yield started
    await maybeDeferred(started.transport.stop)


def is_ours(response: Response) -> bool:
    return {name: response.headers.get(name.lower()) for name in HEADERS} == HEADERS


@pytest_twisted.ensureDeferred
async def test_pages_and_answers_are_at_the_root(web: Started) -> None:
    """The pages' folder, folders below it, and what the worker answers are served on the transport's port."""
    page = await request(web.port, "GET", "/")
    mounted = await request(web.port, "GET", "/clients/js/client.js")
    health = await request(web.port, "GET", "/health")

    assert (page.status, page.body) == (200, b"page")
    assert (mounted.status, mounted.body) == (200, b"export {};")
    assert (health.status, health.json) == (200, {"status": "up"})
    assert is_ours(page)
    assert is_ours(health)


@pytest_twisted.ensureDeferred
async def test_what_an_address_may_ask_for_is_limited(tmp_path: Path) -> None:
    """What is below `/api/` is counted, however it is spelt; pages and `/health` are not."""
    limits = attrs.evolve(UNLIMITED, http_minute_points=points_rate(2, 60, 0))
    async with running(OURS, limits=LimitSettings(limits=limits)) as router:
        web = await start_web_transport(router, tmp_path)

        statuses = [(await request(web.port, "GET", path)).status for path in ("/health", "/", "/api/x", "/%61pi/y")]
        refused = await request(web.port, "GET", "/api/x")
        without_body = await request(web.port, "HEAD", "/api/x")
        page = await request(web.port, "GET", "/")
        await maybeDeferred(web.transport.stop)

    assert statuses == [200, 200, 404, 404]
    assert (refused.status, without_body.status, page.status) == (429, 429, 200)
    assert is_ours(refused)
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert refused.headers["content-type"] == "application/json"
    told = refused.json["error"]
    assert (told["code"], told["details"]["name"], told["details"]["limit"]) == (
        "rate_limited",
        "http_minute_points",
        2,
    )
    assert not without_body.body


@pytest.mark.parametrize(("is_trusted", "status"), [(True, 404), (False, 429)])
@pytest_twisted.ensureDeferred
async def test_only_a_trusted_proxy_asks_for_others(tmp_path: Path, *, is_trusted: bool, status: int) -> None:
    """Who writes the header itself is counted by its own address."""
    limits = attrs.evolve(UNLIMITED, http_minute_points=points_rate(1, 60, 0))
    proxies = AddressList([ListedNetwork(network=ipaddress.ip_network("127.0.0.1"))] if is_trusted else [])
    async with running(OURS, limits=LimitSettings(limits=limits, trusted_proxies=proxies)) as router:
        web = await start_web_transport(router, tmp_path)

        await request(web.port, "GET", "/api/x", X_Forwarded_For="203.0.113.7")
        second = await request(web.port, "GET", "/api/x", X_Forwarded_For="203.0.113.8")
        await maybeDeferred(web.transport.stop)

    assert second.status == status


@pytest.mark.parametrize("name", ["Forwarded", "X_Real_IP", "X_Note"])
@pytest_twisted.ensureDeferred
async def test_a_proxy_names_others_in_one_header(tmp_path: Path, name: str) -> None:
    """What is in another, or only looks like that one, is not read."""
    limits = attrs.evolve(UNLIMITED, http_minute_points=points_rate(1, 60, 0))
    proxies = AddressList([ListedNetwork(network=ipaddress.ip_network("127.0.0.1"))])
    async with running(OURS, limits=LimitSettings(limits=limits, trusted_proxies=proxies)) as router:
        web = await start_web_transport(router, tmp_path)

        for address in ("203.0.113.7", "203.0.113.8"):
            header: dict[str, Any] = {name: f"for={address}\x0bX-Forwarded-For: {address}"}
            answer = await request(web.port, "GET", "/api/x", **header)
        await maybeDeferred(web.transport.stop)

    assert answer.status == 429


@pytest_twisted.ensureDeferred
async def test_a_blocked_address_gets_nothing(tmp_path: Path) -> None:
    """No page, no health and no WebSocket."""
    here = AddressList([ListedNetwork(network=ipaddress.ip_network("127.0.0.1"))])
    async with running(OURS, limits=LimitSettings(limits=UNLIMITED, blocked_addresses=here)) as router:
        web = await start_web_transport(router, tmp_path)

        statuses = [(await request(web.port, "GET", path)).status for path in ("/", "/health", "/ws")]
        client = await RawWebSocket.open(web.port, path="/ws")
        await maybeDeferred(web.transport.stop)

    assert statuses == [403, 403, 403]
    assert client.status == 403


@pytest_twisted.ensureDeferred
async def test_sockets_that_say_nothing_are_limited(tmp_path: Path) -> None:
    """One too many is cut at once; one that became a WebSocket, or is gone, is none of them."""
    limits = attrs.evolve(UNLIMITED, connections_per_address=1)
    async with running(OURS, limits=LimitSettings(limits=limits)) as router:
        web = await start_web_transport(router, tmp_path)
        client = await RawWebSocket.open(web.port, path="/ws")
        assert (await request(web.port, "GET", "/")).status == 200
        silent = [await connect(web.port) for _ in range(SOCKETS_PER_CONNECTION)]
        one_too_many = await connect(web.port)

        await one_too_many.lost.addTimeout(PATIENCE_S, reactor)

        assert not one_too_many.received
        assert not any(exchange.lost.called for exchange in silent)
        assert dict(router.factory.figures.read().refusals) == {"sockets_per_address": 1}
        for exchange in silent:
            exchange.go_away()
            await exchange.lost
        await client.end()
        await maybeDeferred(web.transport.stop)


@pytest_twisted.ensureDeferred
async def test_connections_are_limited_below_a_web_transport(tmp_path: Path) -> None:
    """The refusal is the same as on a port of WebSocket alone."""
    limits = attrs.evolve(UNLIMITED, connections_per_address=1)
    async with running(OURS, limits=LimitSettings(limits=limits)) as router:
        web = await start_web_transport(router, tmp_path)

        clients = [await RawWebSocket.open(web.port, path="/ws") for _ in range(2)]

        assert [client.status for client in clients] == [101, 429]
        for client in clients:
            await client.end()
        await maybeDeferred(web.transport.stop)


@pytest_twisted.ensureDeferred
async def test_websocket_begins_at_its_path(web: Started) -> None:
    """WAMP is spoken at `/ws` of the same port, with Nagle's algorithm off."""
    client = await RawWebSocket.open(web.port, path="/ws", Origin=f"http://127.0.0.1:{web.port}")
    assert client.status == 101
    assert client.headers["server"] == "tapecast"
    client.send(HELLO, REALM, {"roles": ROLES})
    assert (await client.message())[0] == WELCOME

    (session,) = web.router.router._authrole_to_sessions["public"]
    assert session._transport.transport.getTcpNoDelay()
    client.send(GOODBYE, {}, "wamp.close.normal")
    assert (await client.message())[0] == GOODBYE
    await client.end()


@pytest.mark.parametrize(("origin", "status"), [("https://evil.example", 403), ("https://desk.example", 101)])
@pytest_twisted.ensureDeferred
async def test_origins_are_checked_below_a_web_transport(web: Started, origin: str, status: int) -> None:
    """The page's origin counts there, too."""
    client = await RawWebSocket.open(web.port, path="/ws", Origin=origin)

    assert client.status == status
    await client.end()


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/ws", 426, "invalid_argument"),
        ("HEAD", "/ws", 405, None),
        ("POST", "/ws", 405, "method_not_allowed"),
        ("GET", "/ws/child", 404, "not_found"),
        ("POST", "/ws/child", 404, "not_found"),
        ("HEAD", "/ws/child", 404, None),
        ("GET", "/ws/", 426, "invalid_argument"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_plain_http_at_the_websocket_is_told_so(
    web: Started, method: str, path: str, status: int, code: str | None
) -> None:
    """Whoever asks there for something else gets an error of ours, with our headers and no page of Autobahn's."""
    response = await request(web.port, method, path)

    assert response.status == status
    assert is_ours(response)
    assert (response.json["error"]["code"] if response.body else None) == code
    assert response.headers["content-type"] == "application/json"
    assert b"utobahn" not in response.body


@pytest.mark.parametrize(
    ("path", "status"), [("/ws/", 101), ("/ws?x=y", 101), ("/ws/x", 404), ("/wsx", 404), ("/", 200)]
)
@pytest_twisted.ensureDeferred
async def test_websocket_begins_nowhere_else(web: Started, path: str, status: int) -> None:
    """An upgrade that is asked for at another path is not given."""
    client = await RawWebSocket.open(web.port, path=path)

    assert client.status == status
    await client.end()


@pytest_twisted.ensureDeferred
async def test_what_would_be_right_is_named(web: Started) -> None:
    """A refusal at the WebSocket says which upgrade or method would do, or that nothing would."""
    assert (await request(web.port, "GET", "/ws")).headers["upgrade"] == "websocket"
    assert (await request(web.port, "POST", "/ws")).headers["allow"] == "GET"
    assert (await request(web.port, "GET", "/ws/x")).json["error"]["message"] == NOTHING_HERE


@pytest_twisted.ensureDeferred
async def test_a_bad_upgrade_below_a_web_transport_has_our_headers(web: Started) -> None:
    """Where Autobahn itself refuses the handshake, the answer is ours all the same."""
    client = await RawWebSocket.open(web.port, path="/ws", Sec_WebSocket_Key="short")
    await client.is_lost()

    assert client.status == 400
    assert client.headers["x-content-type-options"] == "nosniff"


@pytest_twisted.ensureDeferred
async def test_websocket_can_have_a_port_of_its_own(router: RouterUnderTest, tmp_path: Path) -> None:
    """A transport without paths speaks WebSocket at once."""
    endpoint = {"type": "tcp", "interface": "127.0.0.1", "port": free_port()}
    started = await start_transport(router, tmp_path, {"type": "websocket", "endpoint": endpoint, "auth": AUTH})

    client = await RawWebSocket.join(started.port)

    await client.end()
    await started.transport.stop()


@pytest_twisted.ensureDeferred
async def test_processes_come_through_a_local_socket(router: RouterUnderTest, tmp_path: Path) -> None:
    """RawSocket on a Unix socket lets the gateway's own processes in, as what the configuration says they are."""
    config = {
        "type": "rawsocket",
        "endpoint": {"type": "unix", "path": "services.sock"},
        "auth": {"anonymous": {"type": "static", "role": "gateway"}},
    }
    started = await start_transport(router, tmp_path, config)
    client = Client(ComponentConfig(REALM))
    socket = UNIXClientEndpoint(reactor, str(tmp_path / "services.sock"))
    await socket.connect(WampRawSocketClientFactory(lambda: client))

    details = await client.joined

    assert details.authrole == "gateway"
    client._transport.transport.abortConnection()
    await client.lost
    await started.transport.stop()


@pytest.mark.parametrize("kind", ["universal", "mqtt", "flashpolicy", "websocket.testee"])
@pytest_twisted.ensureDeferred
async def test_other_transports_do_not_exist(tmp_path: Path, kind: str) -> None:
    """What Crossbar could listen on besides is not behind our rules, so a node that asks for it does not start."""
    async with running(OURS) as router:
        with pytest.raises(ApplicationError, match="must be one of web, websocket, rawsocket") as raised:
            create_router_transport(worker_around(router, tmp_path, None), "other", {"type": kind})

    assert raised.value.error == "crossbar.error.invalid_configuration"
