"""Bytes that go to the socket itself, and those that Twisted's transport sends: in one order, whoever sends what."""

from contextlib import suppress
from typing import Any

import pytest
import pytest_twisted
from autobahn.twisted.websocket import WampWebSocketClientFactory
from autobahn.wamp.types import ComponentConfig
from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred
from twisted.logger import LogLevel, capturedLogs

from router.figures import Figures
from router.outbox import Outbox
from router.serializers import WEBSOCKET_WIRES
from router.sockets import takes_direct_sends
from router.turn import Turn
from router.waiting_room import LOSSLESS_EVENTS
from tests.support.lines import End, connected, endpoint, listen
from tests.support.routers import REALM, Client, RouterUnderTest, settle, turns
from tests.support.slow_reader import NEWS, PRICE, SlowReader, until

MIB = 1 << 20

both = pytest.mark.parametrize("is_encrypted", [False, True], ids=["plain", "encrypted"])


def outbox_of(end: End) -> Outbox:
    """An outbox on one end, of which nothing overflows."""

    def overflow() -> None:
        raise AssertionError("expected room for everything")

    outbox = Outbox(end.line, Turn(reactor, Figures()), overflow)
    outbox.wire = WEBSOCKET_WIRES["json"]
    return outbox


def waits_in(transport: Any) -> bool:
    """Whether Twisted's transport has something to send."""
    return bool(transport.dataBuffer or transport._tempDataBuffer)


@pytest_twisted.ensureDeferred
async def test_what_a_socket_takes_goes_past_the_transport() -> None:
    """On a plain connection that keeps up, the transport has nothing to do."""
    async with connected() as (server, client):
        outbox = outbox_of(server)
        outbox.send(b"straight")
        outbox.flush()

        assert takes_direct_sends(server.line)
        assert not waits_in(server.line)
        await until(lambda: client.received == b"straight")


@pytest_twisted.ensureDeferred
async def test_nothing_goes_past_encryption() -> None:
    """An encrypted connection is written to through its transport alone."""
    async with connected(is_encrypted=True) as (server, client):
        outbox = outbox_of(server)
        outbox.send(b"encrypted")
        outbox.flush()

        assert not takes_direct_sends(server.line)
        await until(lambda: client.received == b"encrypted")


@both
@pytest_twisted.ensureDeferred
async def test_what_was_written_before_goes_first(is_encrypted: bool) -> None:  # noqa: FBT001 - a parameter
    """What a connection was written before it had an outbox, such as a page of another request, is out first."""
    async with connected(is_encrypted=is_encrypted) as (server, client):
        before = bytes(range(256)) * 8192
        server.line.write(before)
        outbox = outbox_of(server)
        outbox.send(b"after")
        outbox.flush()

        await until(lambda: len(client.received) == len(before) + 5)
        assert client.received == before + b"after"


@both
@pytest_twisted.ensureDeferred
async def test_the_transport_can_be_let_go_first(is_encrypted: bool) -> None:  # noqa: FBT001 - a parameter
    """What others write to the transport meanwhile is not overtaken, and then everything goes straight again."""
    async with connected(is_encrypted=is_encrypted) as (server, client):
        outbox = outbox_of(server)
        everything = outbox.passes
        server.line.write(b"handshake ")
        outbox.let_transport_go_first()
        outbox.send(b"message")
        outbox.flush()

        await until(lambda: client.received == b"handshake message")
        assert outbox.passes == everything


@both
@pytest_twisted.ensureDeferred
async def test_no_byte_changes_its_place(is_encrypted: bool) -> None:  # noqa: FBT001 - a parameter
    """However often the socket is full and empty again, what is sent and what is written come as one stream."""
    async with connected(is_encrypted=is_encrypted) as (server, client):
        outbox = outbox_of(server)
        sent = b""
        for number in range(300):
            if number % 60 == 20:
                client.line.pauseProducing()
            if number % 60 == 50:
                client.line.resumeProducing()
                await turns()
            piece = b"%d " % number * (1 + number * number % 997)
            if len(outbox.turn) or outbox.passes:
                outbox.send(piece)
            else:
                outbox.write(piece)
            sent += piece
            if number % 7 == 0:
                await turns(1)
        client.line.resumeProducing()

        await until(lambda: len(client.received) >= len(sent))
        assert client.received == sent
        await until(lambda: outbox.is_drained)


@pytest_twisted.ensureDeferred
async def test_what_waits_in_the_transport_is_not_overtaken() -> None:
    """A socket that has room again, before the transport knows, takes nothing past what the transport still has."""
    async with connected() as (server, client):
        client.line.pauseProducing()
        outbox = outbox_of(server)
        pieces = [b"%d " % number * 20_000 for number in range(60)]
        outbox.write(bytes(4 * MIB))
        for piece in pieces:
            with suppress(BlockingIOError):
                client.received += client.line.socket.recv(MIB)
            outbox.write(piece)
        client.line.resumeProducing()

        sent = bytes(4 * MIB) + b"".join(pieces)
        await until(lambda: len(client.received) >= len(sent))
        assert client.received == sent


@both
@pytest_twisted.ensureDeferred
async def test_a_connection_that_breaks_is_no_error(is_encrypted: bool) -> None:  # noqa: FBT001 - a parameter
    """Sending to a peer that is gone raises nothing, and ends where the transport finds out."""
    async with connected(is_encrypted=is_encrypted) as (server, client):
        outbox = outbox_of(server)
        client.line.abortConnection()
        await client.lost
        for _ in range(20):
            outbox.send(bytes(MIB))
            outbox.flush()
            await turns(1)
            if server.lost.called:
                break
        await until(lambda: server.lost.called)

        outbox.send(b"late")
        outbox.write(b"later")
        outbox.flush()

        assert outbox.room is None
        assert not outbox.turn


@both
@pytest_twisted.ensureDeferred
async def test_a_connection_that_is_aborted_is_closed(is_encrypted: bool) -> None:  # noqa: FBT001 - a parameter
    """Whatever waits, in the outbox or the transport, an abort is the end of it at once."""
    async with connected(is_encrypted=is_encrypted) as (server, client):
        client.line.pauseProducing()
        outbox = outbox_of(server)
        outbox.write(bytes(16 * MIB))
        outbox.send(b"waits")
        assert not outbox.passes

        server.line.abortConnection()
        await until(lambda: server.lost.called)

        assert outbox.room is None
        outbox.send(b"late")
        outbox.close()
        client.line.resumeProducing()


@both
@pytest_twisted.ensureDeferred
async def test_an_outbox_that_is_closed_lets_the_connection_end(is_encrypted: bool) -> None:  # noqa: FBT001 - a parameter
    """What has left the lanes still comes, and then the end, however slowly it is read."""
    async with connected(is_encrypted=is_encrypted) as (server, client):
        client.line.pauseProducing()
        outbox = outbox_of(server)
        outbox.write(bytes(4 * MIB))
        outbox.send(b"discarded")
        outbox.close()
        outbox.write(b"close")
        server.line.loseConnection()
        await turns()

        client.line.resumeProducing()
        await until(lambda: client.lost.called)

        assert client.received == bytes(4 * MIB) + b"close"


@pytest_twisted.ensureDeferred
async def test_clients_can_come_encrypted(router: RouterUnderTest) -> None:
    """Over TLS a client joins, gets a burst in order, and every lossless event where it reads late."""
    port = listen(router.websocket_factory, is_encrypted=True)
    client = Client(ComponentConfig(REALM))
    factory = WampWebSocketClientFactory(lambda: client, "wss://127.0.0.1")
    await endpoint(port.getHost().port, is_encrypted=True).connect(factory)
    await client.joined
    for topic in (PRICE, NEWS):
        await client.follow(topic)

    for seq in range(200):
        router.gateway.publish(PRICE, seq=seq)
    await settle(client)
    assert [payload["seq"] for _, _, payload in client.events] == list(range(200))

    outbox = router.server_side(client).outbox
    wire: Any = client._transport.transport
    wire.pauseProducing()
    count = 0
    while outbox.passes:
        router.gateway.publish(NEWS, seq=count, text="x" * 20_000)
        count += 1
        await turns(1)
    for _ in range(30):
        router.gateway.publish(NEWS, seq=count)
        count += 1
    wire.resumeProducing()
    await client.has_events(200 + count)

    assert [payload["seq"] for _, _, payload in client.events[200:]] == list(range(count))
    wire.abortConnection()
    await client.lost
    await maybeDeferred(port.stopListening)


@pytest_twisted.ensureDeferred
async def test_a_reset_in_the_middle_of_a_flush_is_no_error(router: RouterUnderTest) -> None:
    """A client whose socket breaks while it is sent to is forgotten, with all that waited, and nothing is logged."""
    reader = await SlowReader.join(router, NEWS)
    await reader.stop()
    for seq in range(LOSSLESS_EVENTS):
        router.gateway.publish(NEWS, seq=seq)

    with capturedLogs() as logs:
        await reader.socket.end()
        await until(lambda: not reader.server.factory.countConnections)
        router.gateway.publish(NEWS, seq=LOSSLESS_EVENTS)
        await turns()

    assert reader.server.outbox.room is None
    assert not [event for event in logs if event["log_level"] >= LogLevel.error]
