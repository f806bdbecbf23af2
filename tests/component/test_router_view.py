"""What a router counts of real connections, and what its own components see of it."""

from typing import Any

import pytest_twisted
from autobahn.wamp.serializer import CBORSerializer
from twisted.internet.task import Clock

from components.contract.roles import Role
from components.wamp.router_view import LANES
from router.limit_settings import LimitSettings
from router.limits import Limits
from router.view import LiveRouterView
from tests.support.raw_websocket import CLOSE, GOODBYE, HELLO, ROLES, SUBSCRIBE, SUBSCRIBED, TEXT, RawWebSocket
from tests.support.routers import OURS, RouterUnderTest, running, settle, turns

PRICE = "tapecast.price.BTCUSDT"
NOBODY_WAITS = dict.fromkeys(LANES, 0)


def view_of(router: RouterUnderTest) -> LiveRouterView:
    """What the router's components would see."""
    return LiveRouterView(router.router._factory)


@pytest_twisted.ensureDeferred
async def test_messages_are_counted_as_they_come_and_go(router: RouterUnderTest) -> None:
    """Each message of a client counts by its type, and so does each that it is sent, every receiver's own."""
    view = view_of(router)
    clients = [await router.join() for _ in range(3)]
    for client in clients:
        await client.follow(PRICE)
    before = view.figures()

    router.gateway.publish(PRICE, seq=1)
    for client in clients:
        await client.has_events(1)
    await settle(clients[0])

    after = view.figures()
    assert before.received["subscribe"] == before.sent["subscribed"] == 3
    assert after.received["publish"] - before.received.get("publish", 0) == 1
    assert after.sent["event"] == 3
    assert after.sent["error"] == after.received["call"] == 5


@pytest_twisted.ensureDeferred
async def test_durations_are_measured(router: RouterUnderTest) -> None:
    """Processing once a message, delivery once a receiver."""
    view = view_of(router)
    clients = [await router.join() for _ in range(3)]
    for client in clients:
        await client.follow(PRICE)

    router.gateway.publish(PRICE, seq=1)
    for client in clients:
        await client.has_events(1)

    figures = view.figures()
    assert figures.processing["publish"].count == figures.received["publish"]
    assert figures.deliveries["price"].count == 3
    assert figures.deliveries["price"].sum_ns > 0


@pytest_twisted.ensureDeferred
async def test_subscriptions_are_counted_by_family(router: RouterUnderTest) -> None:
    """Each session's own, once; whoever leaves takes them along, and patterns are counted together."""
    view = view_of(router)
    alice, bob = await router.join(), await router.join()
    await alice.follow(PRICE)
    await alice.follow(PRICE)
    await bob.follow(PRICE)
    await bob.follow("tapecast.trades.sim.BTCUSDT")
    await bob.follow("tapecast.trades", match="prefix")
    assert view.figures().subscriptions == {"price": 2, "trades": 1, "pattern": 1}

    bob.leave()
    await bob.lost

    assert view.figures().subscriptions == {"price": 1, "trades": 0, "pattern": 0}


@pytest_twisted.ensureDeferred
async def test_a_client_that_goes_is_counted(router: RouterUnderTest) -> None:
    """A close that the client begins is the peer's, a socket that breaks is lost."""
    view = view_of(router)
    leaving, breaking = await RawWebSocket.join(router.port), await RawWebSocket.join(router.port)
    assert view.figures().connections == 2

    leaving.send_frame(CLOSE, b"\x03\xe8")
    await leaving.is_lost()
    await breaking.end()
    await turns(10)

    figures = view.figures()
    assert (figures.connections, figures.lifetimes.count) == (0, 2)
    assert figures.closes == {"peer": 1, "lost": 1}


@pytest_twisted.ensureDeferred
async def test_a_close_of_ours_is_counted_by_its_reason(clocked: RouterUnderTest, clock: Clock) -> None:
    """Whatever ended a connection that the gateway ends, its own reason is counted, and once."""
    view = view_of(clocked)
    client = await RawWebSocket.join(clocked.port)
    client.send_frame(TEXT, b"{")
    assert (await client.message())[0] == GOODBYE
    await client.close_frame()
    clock.advance(2)
    await client.is_lost()
    await turns()

    assert view.figures().closes == {"invalid_message": 1}


@pytest_twisted.ensureDeferred
async def test_a_slow_consumer_is_counted_as_one(clocked: RouterUnderTest, clock: Clock) -> None:
    """Who takes nothing of what must not be lost is ended for that, and counted so."""
    view = view_of(clocked)
    client = await RawWebSocket.join(clocked.port)
    transport: Any = client.transport
    client.send(SUBSCRIBE, 1, {}, "tapecast.status.BTCUSDT")
    assert (await client.message())[0] == SUBSCRIBED
    transport.pauseProducing()

    for seq in range(10_000):
        clocked.gateway.publish("tapecast.status.BTCUSDT", seq=seq, payload="x" * 4096)
        if not seq % 100:
            await turns(1)
    clock.advance(0)
    clock.advance(2)
    transport.resumeProducing()
    await client.is_lost()
    await turns(10)

    assert view.figures().closes == {"slow_consumer": 1}


@pytest_twisted.ensureDeferred
async def test_a_refused_handshake_is_no_connection(router: RouterUnderTest) -> None:
    """What never opened is neither open nor closed."""
    view = view_of(router)
    client = await RawWebSocket.open(router.port, Sec_WebSocket_Protocol="wamp.2.ubjson")
    await client.is_lost()
    await turns()

    figures = view.figures()
    assert (client.status, figures.connections, figures.closes) == (400, 0, {})


@pytest_twisted.ensureDeferred
async def test_a_session_is_told_of_with_its_connection(router: RouterUnderTest) -> None:
    """Who it is, what it was sent, and what it may do; nobody else's."""
    view = view_of(router)
    client = await router.join("alice", [CBORSerializer()])
    await client.follow(PRICE)

    session = view.find_session(client._session_id)

    assert session is not None
    assert (session.user_id, session.role, session.serializer, session.subscriptions) == (
        "alice",
        Role.TRADER,
        "cbor",
        1,
    )
    assert session.connection is not None
    assert (session.connection.waiting, session.connection.lag_ms, session.connection.max_hz) == (NOBODY_WAITS, 0, None)
    assert session.connection.sent_bytes > 0
    assert session.limits["max_message_bytes"] == 65_536
    assert session.limits["join_timeout_ms"] == 5_000
    assert (session.limits["ping_interval_ms"], session.limits["ping_timeout_ms"]) == (10_000, 5_000)
    assert session.device == {"type": None, "version": None, "background": False}


@pytest_twisted.ensureDeferred
async def test_a_session_is_told_of_with_its_device_and_limits() -> None:
    """What it said of itself decides which limits hold, and both are told."""
    async with running(OURS, limits=LimitSettings(limits=Limits())) as router:
        client = await RawWebSocket.open(router.port, x_device_type="mobile", x_client_version="2.1")
        client.send(HELLO, "tapecast", {"roles": ROLES})
        welcome = await client.message()

        session = view_of(router).find_session(welcome[1])
        await client.end()

    assert session is not None
    assert session.device == {"type": "mobile", "version": "2.1", "background": False}
    assert session.connection is not None
    assert session.connection.max_hz == 5
    assert session.limits["topics_per_session"] == 500
    assert session.limits["mobile_burst"] == {"burst": 300, "per_minute": 30}
    assert "market_burst" not in session.limits


@pytest_twisted.ensureDeferred
async def test_nobody_is_found_where_nobody_is(router: RouterUnderTest) -> None:
    """A session that is unknown, or inside the process, is not told of, and has no pace."""
    view = view_of(router)
    view.set_pace(1, max_hz=1, background=True)
    view.set_pace(router.gateway._session_id, max_hz=1, background=True)

    assert view.find_session(1) is None
    assert view.find_session(router.gateway._session_id) is None


@pytest_twisted.ensureDeferred
async def test_what_waits_is_seen(router: RouterUnderTest) -> None:
    """In background the newest event of a gapped topic waits, and is seen, by the session and in the sum of all."""
    view = view_of(router)
    client = await router.join()
    await client.follow("tapecast.trades.sim.BTCUSDT")
    assert view.count_waiting() == NOBODY_WAITS

    view.set_pace(client._session_id, max_hz=5, background=True)
    for seq in range(3):
        router.gateway.publish("tapecast.trades.sim.BTCUSDT", seq=seq)
    await settle(client)

    session = view.find_session(client._session_id)
    assert session is not None
    assert session.connection is not None
    assert (session.connection.max_hz, session.connection.background) == (5, True)
    assert session.connection.waiting == view.count_waiting() == {**NOBODY_WAITS, "gapped": 1}
    assert (session.connection.dropped, view.figures().thinned) == (2, {("gapped", "dropped"): 2})

    view.set_pace(client._session_id, max_hz=None, background=False)
    await client.has_events(1)
    assert [event[2]["seq"] for event in client.events] == [2]


@pytest_twisted.ensureDeferred
async def test_subscribers_are_counted_once(router: RouterUnderTest) -> None:
    """Who subscribes to a topic and to a pattern that matches it counts once."""
    view = view_of(router)
    alice, bob = await router.join(), await router.join()
    await alice.follow(PRICE)
    await alice.follow("tapecast.price", match="prefix")
    await bob.follow("tapecast.price.", match="prefix")

    assert view.count_subscribers(PRICE) == 2
    assert view.count_subscribers("tapecast.price.ETHUSDT") == 2
    assert view.count_subscribers("tapecast.system.heartbeat") == 0


@pytest_twisted.ensureDeferred
async def test_sessions_are_counted_by_role(router: RouterUnderTest) -> None:
    """Those over a transport; the process's own do not count."""
    view = view_of(router)
    await router.join()
    await router.join("alice")
    await router.join("bob")

    assert view.count_sessions() == {**dict.fromkeys(Role, 0), Role.PUBLIC: 1, Role.TRADER: 2}
