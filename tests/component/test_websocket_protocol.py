"""WAMP over WebSocket, once joined or not: what breaks the protocol, what is written, and how a connection ends."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import pytest_twisted
from autobahn.wamp.serializer import CBORSerializer, JsonSerializer, MsgPackSerializer
from twisted.internet.task import Clock
from twisted.logger import LogLevel, capturedLogs

from router.sockets import ABORT_AFTER_S
from tests.support.raw_websocket import (
    ABORT,
    AUTHENTICATE,
    BINARY,
    CALL,
    CLOSE,
    CONTINUATION,
    ERROR,
    EVENT,
    GOODBYE,
    HELLO,
    RESULT,
    ROLES,
    SUBSCRIBE,
    SUBSCRIBED,
    TEXT,
    WELCOME,
    RawWebSocket,
)
from tests.support.routers import RouterUnderTest, turns

INVALID = (4004, "tapecast.close.invalid_message")
TOO_BIG = (1009, "tapecast.close.invalid_message")
PRICE = "tapecast.price.BTCUSDT"

Breach = Callable[[RawWebSocket], None]


@pytest.mark.parametrize("serializer", [JsonSerializer, MsgPackSerializer, CBORSerializer])
@pytest_twisted.ensureDeferred
async def test_three_serializers_carry_the_same(router: RouterUnderTest, serializer: Callable[[], Any]) -> None:
    """An event arrives alike, whatever the subprotocol."""
    client = await router.join(serializers=[serializer()])
    await client.follow(PRICE)

    router.gateway.publish(PRICE, seq=1, payload={"price": "64000.10", "high_24h": None, "volume": "1e-8"})
    await client.has_events(1)

    (event,) = client.events
    assert event[2] == {"seq": 1, "payload": {"price": "64000.10", "high_24h": None, "volume": "1e-8"}}


BEFORE_JOIN: dict[str, Breach] = {
    "no JSON": lambda client: client.send_frame(TEXT, b"{"),
    "nested too deep": lambda client: client.send_frame(TEXT, b"[" * 60_000),
    "no list": lambda client: client.send_frame(TEXT, b'{"a": 1}'),
    "an empty list": lambda client: client.send(),
    "an unknown type": lambda client: client.send(1000, 1),
    "a type that is no number": lambda client: client.send("HELLO", 1),
    "a malformed HELLO": lambda client: client.send(HELLO, 7, {}),
    "a HELLO without roles": lambda client: client.send(HELLO, "tapecast", {}),
    "no UTF-8": lambda client: client.send_frame(TEXT, b"[1,\xff]"),
    "a binary message": lambda client: client.send_frame(BINARY, b"[]"),
    "an unmasked frame": lambda client: client.send_frame(TEXT, b"[]", is_masked=False),
    "a reserved opcode": lambda client: client.send_frame(3, b""),
    "a call": lambda client: client.send(CALL, 1, {}, "tapecast.session.ping"),
    "a GOODBYE": lambda client: client.send(GOODBYE, {}, "wamp.close.normal"),
    "a message of a router": lambda client: client.send(WELCOME, 1, {"roles": {"broker": {}}}),
    "NaN": lambda client: client.send_frame(TEXT, b"[NaN]"),
}
JOINED: dict[str, Breach] = {
    "no JSON": BEFORE_JOIN["no JSON"],
    "no UTF-8": BEFORE_JOIN["no UTF-8"],
    "an unmasked frame": BEFORE_JOIN["an unmasked frame"],
    "a second HELLO": lambda client: client.send(HELLO, "tapecast", {"roles": ROLES}),
    "an AUTHENTICATE": lambda client: client.send(AUTHENTICATE, "token", {}),
    "an ABORT": lambda client: client.send(ABORT, {}, "wamp.error.canceled"),
    "a message of a router": lambda client: client.send(EVENT, 1, 1, {}),
    "another's caller": lambda client: client.send(
        CALL, 1, {"forward_for": [{"session": 1, "authid": "a", "authrole": "admin"}]}, "tapecast.session.info"
    ),
    "a wrong match policy": lambda client: client.send(SUBSCRIBE, 1, {"match": "regex"}, PRICE),
    "arguments that are no list": lambda client: client.send(16, 1, {}, PRICE, "args"),
    "a topic that is no URI": lambda client: client.send(SUBSCRIBE, 1, {}, "a b"),
}


@pytest.mark.parametrize("breach", BEFORE_JOIN.values(), ids=BEFORE_JOIN)
@pytest_twisted.ensureDeferred
async def test_a_breach_before_the_join_ends_the_connection(router: RouterUnderTest, breach: Breach) -> None:
    """Whoever does not speak the protocol is told so by the close alone: there is no session to say goodbye to."""
    client = await RawWebSocket.open(router.port)

    breach(client)

    assert await client.close_frame() == INVALID
    await client.end()


@pytest.mark.parametrize("breach", JOINED.values(), ids=JOINED)
@pytest_twisted.ensureDeferred
async def test_a_breach_of_a_session_ends_it(router: RouterUnderTest, breach: Breach) -> None:
    """A session that breaks the protocol gets a GOODBYE, so that its client stays away, and the close."""
    client = await RawWebSocket.join(router.port)

    breach(client)

    assert await client.message() == [GOODBYE, {}, "tapecast.close.invalid_message"]
    assert await client.close_frame() == INVALID
    await client.end()


@pytest_twisted.ensureDeferred
async def test_nothing_is_taken_behind_a_breach(router: RouterUnderTest) -> None:
    """What a client sends behind the message that ended its connection is not read any more."""
    client = await RawWebSocket.open(router.port)

    client.send_frame(TEXT, b"{")
    client.send(HELLO, "tapecast", {"roles": ROLES})

    assert await client.close_frame() == INVALID
    client.send_frame(8, b"\x03\xe8")
    await client.is_lost()
    assert not router.router._authrole_to_sessions.get("public")


@pytest.mark.parametrize(("size", "is_fine"), [(65_536, True), (65_537, False)])
@pytest_twisted.ensureDeferred
async def test_messages_end_at_64_kib(router: RouterUnderTest, size: int, is_fine: bool) -> None:  # noqa: FBT001 - a parameter
    """A message of 64 KiB is read; a longer one ends the connection as too big."""
    client = await RawWebSocket.join(router.port)
    call = json.dumps([CALL, 1, {}, "tapecast.nothing", [""]]).encode()

    client.send_frame(TEXT, call.replace(b'""', b'"%s"' % (b"x" * (size - len(call)))))

    if is_fine:
        assert (await client.message())[:3] == [ERROR, CALL, 1]
    else:
        assert await client.message() == [GOODBYE, {}, "tapecast.close.invalid_message"]
        assert await client.close_frame() == TOO_BIG
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_message_in_pieces_is_as_long_as_they_are(router: RouterUnderTest) -> None:
    """Frames that are short enough each make a message that is too big together."""
    client = await RawWebSocket.join(router.port)

    client.send_frame(TEXT, b"x" * 40_000, is_last=False)
    client.send_frame(CONTINUATION, b"x" * 40_000)

    assert await client.message() == [GOODBYE, {}, "tapecast.close.invalid_message"]
    assert await client.close_frame() == TOO_BIG
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_reader_that_stops_is_cut_all_the_same(clocked: RouterUnderTest, clock: Clock) -> None:
    """A client that reads nothing, so that not even the close gets out, is aborted."""
    client = await clocked.join()
    await client.follow(PRICE)
    client._transport.transport.pauseProducing()
    connection = clocked.server_side(client)
    while connection.outbox.is_drained:
        for _ in range(50):
            clocked.gateway.publish(PRICE, text="x" * 65_536)
        await turns()

    connection.sendClose(1000)
    connection.dropConnection()
    await turns()
    assert connection.transport.connected
    clock.advance(ABORT_AFTER_S)
    await turns()

    assert not connection.transport.connected
    assert not clocked.router._authrole_to_sessions["public"]
    client._transport.transport.resumeProducing()
    await client.lost


@pytest_twisted.ensureDeferred
async def test_a_peers_close_is_answered_and_followed(router: RouterUnderTest) -> None:
    """Who closes properly gets a close back, and the connection's end."""
    client = await RawWebSocket.join(router.port)

    client.send_frame(8, b"\x03\xe8")

    assert await client.close_frame() == (1000, "")
    await client.is_lost()


@pytest_twisted.ensureDeferred
async def test_a_connection_at_its_end_takes_no_message(clocked: RouterUnderTest) -> None:
    """Sending to a connection that closes, or is gone, does nothing, least of all raise."""
    client = await RawWebSocket.join(clocked.port)
    (session,) = clocked.router._authrole_to_sessions["public"]
    connection = session._transport
    client.send(SUBSCRIBE, 1, {}, PRICE)
    assert (await client.message())[0] == SUBSCRIBED

    connection.sendClose(1000)
    with capturedLogs() as events:
        clocked.gateway.publish(PRICE, seq=1)
        assert await client.close_frame() == (1000, "")
        client.send_frame(CLOSE, b"\x03\xe8")
        await client.is_lost()
        connection.send(object())

    assert not client.unread
    assert not [event for event in events if event["log_level"] >= LogLevel.error]


@pytest_twisted.ensureDeferred
async def test_one_connections_end_is_one_end(clocked: RouterUnderTest, clock: Clock) -> None:
    """Ending what already ends changes nothing: the first reason counts."""
    client = await RawWebSocket.join(clocked.port)

    client.send_frame(TEXT, b"{")
    client.send_frame(TEXT, b"{", is_masked=False)

    assert await client.message() == [GOODBYE, {}, "tapecast.close.invalid_message"]
    assert await client.close_frame() == INVALID
    (session,) = clocked.router._authrole_to_sessions["public"]
    session._transport.dropConnection()
    assert len(clock.getDelayedCalls()) == 1
    clock.advance(ABORT_AFTER_S)
    await client.is_lost()


@pytest_twisted.ensureDeferred
async def test_a_result_that_cannot_be_written_is_an_error(router: RouterUnderTest) -> None:
    """A procedure's result that the caller's serializer has no form for is `internal`, not silence."""
    await router.gateway.register(lambda: {1.5, 2.5}, "tapecast.market.list_instruments")
    await router.gateway.register(lambda **_: float("nan"), "tapecast.market.get_price")
    client = await RawWebSocket.join(router.port)

    for number, procedure in enumerate(("list_instruments", "get_price"), start=1):
        client.send(CALL, number, {}, f"tapecast.market.{procedure}")
        error = await client.message()
        assert error[:3] + error[4:5] == [ERROR, CALL, number, "tapecast.error.internal"]
        assert error[6]["retry"] is False
    await client.end()


@pytest_twisted.ensureDeferred
async def test_an_event_that_cannot_be_written_is_lost_to_that_client_alone(router: RouterUnderTest) -> None:
    """Where one serializer has no form for a value, the clients of the others get the event."""
    json_client = await router.join(serializers=[JsonSerializer()])
    cbor_client = await router.join(serializers=[CBORSerializer()])
    for client in (json_client, cbor_client):
        await client.follow(PRICE)

    with capturedLogs() as events:
        router.gateway.publish(PRICE, seq=float("inf"))
    router.gateway.publish(PRICE, seq=2)
    await json_client.has_events(1)
    await cbor_client.has_events(2)

    assert [event[2]["seq"] for event in json_client.events] == [2]
    assert [event["log_namespace"] for event in events if event["log_level"] is LogLevel.error] == ["tapecast.router"]


@pytest_twisted.ensureDeferred
async def test_a_bug_in_the_session_ends_one_connection(router: RouterUnderTest) -> None:
    """An exception on the way of one message closes that connection as a fault of ours, and is logged."""
    client = await RawWebSocket.join(router.port)
    (session,) = router.router._authrole_to_sessions["public"]
    session._router = None  # what makes the next message fail

    with capturedLogs() as events:
        client.send(CALL, 1, {}, "tapecast.session.ping")
        assert await client.close_frame() == (1011, "tapecast.error.internal")

    assert any("log_failure" in event for event in events)
    session._router = router.router
    await client.end()


@pytest_twisted.ensureDeferred
async def test_connections_are_pinged(router: RouterUnderTest) -> None:
    """Silent connections are asked for a sign of life, and cut without one."""
    factory = router.websocket_factory

    assert (factory.autoPingInterval, factory.autoPingTimeout) == (10, 5)
    assert factory.autoPingRestartOnAnyTraffic is True


@pytest_twisted.ensureDeferred
async def test_a_result_reaches_the_caller(router: RouterUnderTest) -> None:
    """A call over a raw connection gives the procedure's value, and nobody's session with it."""
    await router.gateway.register(lambda: {"ts": "now"}, "tapecast.session.ping")
    client = await RawWebSocket.join(router.port)

    client.send(CALL, 1, {}, "tapecast.session.ping")

    assert (await client.message())[::3] == [RESULT, [{"ts": "now"}]]
    await client.end()
