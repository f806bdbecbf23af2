"""WAMP over RawSocket: how the gateway's own processes reach the router."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import attrs
import msgspec
import pytest
import pytest_twisted
from autobahn.twisted.rawsocket import WampRawSocketClientFactory
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.serializer import CBORSerializer, JsonSerializer, MsgPackSerializer
from autobahn.wamp.types import ComponentConfig, PublishOptions
from twisted.internet import reactor
from twisted.internet.defer import DeferredList, maybeDeferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.task import Clock
from twisted.logger import LogLevel, capturedLogs

from components.contract.errors import SHUTDOWN, SLOW_CONSUMER
from router.rawsocket import GatewayRawSocketFactory
from router.sockets import ABORT_AFTER_S
from router.waiting_room import LOSSLESS_EVENTS
from tests.support.memory_transport import MemoryPeer, live_by
from tests.support.routers import REALM, Client, RouterUnderTest, settle, turns
from tests.support.slow_reader import FILLER, NEWS, fill, until

PRICE = "tapecast.price.BTCUSDT"
GET_PRICE = "tapecast.market.get_price"
AUTH = {"anonymous": {"type": "static", "role": "gateway"}}


@attrs.define
class Services:
    """The services' side of a router."""

    router: RouterUnderTest
    port: int
    processes: list[Client] = attrs.field(factory=list)

    async def join(self, serializer: Any = None) -> Client:
        """A process that has joined."""
        process = Client(ComponentConfig(REALM))
        factory = WampRawSocketClientFactory(lambda: process, serializer or MsgPackSerializer())
        await TCP4ClientEndpoint(reactor, "127.0.0.1", self.port).connect(factory)
        self.processes.append(process)
        await process.joined
        return process

    def connection(self, process: Client) -> Any:
        """The router's protocol of a process's connection."""
        return self.router.router._session_id_to_session[process._session_id]._transport


@pytest_twisted.async_yield_fixture
async def services(router: RouterUnderTest) -> AsyncIterator[Services]:
    """A RawSocket port that takes everybody for a process of ours."""
    port: Any = reactor.listenTCP(0, GatewayRawSocketFactory(router._sessions, {"auth": AUTH}), interface="127.0.0.1")
    running = Services(router, port.getHost().port)
    yield running
    for process in running.processes:
        if process._transport is not None:
            process._transport.transport.abortConnection()
        await process.lost
    await maybeDeferred(port.stopListening)


@pytest.mark.parametrize("serializer", [JsonSerializer, MsgPackSerializer, CBORSerializer])
@pytest_twisted.ensureDeferred
async def test_processes_publish_and_answer(services: Services, serializer: Callable[[], Any]) -> None:
    """A process's events and results reach a client in a browser's serializer, whatever its own."""
    process = await services.join(serializer())
    client = await services.router.join()
    await client.follow(PRICE)
    await process.register(lambda instrument: {"instrument": instrument, "price": "1.10"}, GET_PRICE)

    await process.publish(PRICE, seq=1, payload={"price": "1.10"}, options=PublishOptions(acknowledge=True))
    answer = await client.call(GET_PRICE, instrument="BTCUSDT")

    assert answer == {"instrument": "BTCUSDT", "price": "1.10"}
    assert client.events[0][2] == {"seq": 1, "payload": {"price": "1.10"}}


@pytest_twisted.ensureDeferred
async def test_small_frames_do_not_wait(services: Services) -> None:
    """Over TCP, Nagle's algorithm is off."""
    process = await services.join()

    assert services.connection(process).transport.getTcpNoDelay()


@pytest_twisted.ensureDeferred
async def test_a_connection_that_is_gone_takes_no_message(services: Services) -> None:
    """Sending to a process that has left does nothing, least of all raise."""
    process = await services.join()
    await process.follow(PRICE)
    connection = services.connection(process)
    process._transport.transport.abortConnection()
    await process.lost
    await turns()

    with capturedLogs() as events:
        services.router.gateway.publish(PRICE, seq=1)
        connection.send(object())

    assert not connection.isOpen()
    assert not [event for event in events if event["log_level"] >= LogLevel.error]


@pytest_twisted.ensureDeferred
async def test_an_event_that_cannot_be_written_is_lost_to_that_process_alone(services: Services) -> None:
    """A number that MessagePack has not keeps the event from one process, and the next gets it."""
    processes = [await services.join(), await services.join(CBORSerializer())]
    for process in processes:
        await process.follow(PRICE)

    with capturedLogs() as events:
        services.router.gateway.publish(PRICE, seq=2**70)
    services.router.gateway.publish(PRICE, seq=1)
    for process in processes:
        await settle(process)

    assert [[event[2]["seq"] for event in process.events] for process in processes] == [[1], [2**70, 1]]
    assert [event["log_namespace"] for event in events if event["log_level"] is LogLevel.error] == ["tapecast.router"]


@pytest_twisted.ensureDeferred
async def test_arguments_that_cannot_be_written_are_refused(services: Services) -> None:
    """A call whose arguments the owner's serializer has no form for is answered as if the owner had refused it."""
    process, client = await services.join(), await services.router.join(serializers=[JsonSerializer()])
    await process.register(lambda **_arguments: "price", GET_PRICE)

    with pytest.raises(ApplicationError) as raised:
        await client.call(GET_PRICE, instrument=2**70)

    assert raised.value.error == "tapecast.error.invalid_argument"
    assert raised.value.kwargs["details"] == {"field": "args"}
    assert await client.call(GET_PRICE) == "price"
    assert not services.router.router._dealer._invocations


@pytest.mark.parametrize("answer", [2**70, "x" * 2**20])
@pytest_twisted.ensureDeferred
async def test_a_result_that_cannot_be_sent_is_an_error(services: Services, answer: object) -> None:
    """A result with no form in the caller's serializer, or longer than the caller takes, is `internal`."""
    await services.router.gateway.register(lambda: answer, GET_PRICE)
    process = await services.join()
    services.connection(process)._max_len_send = 2**16

    with pytest.raises(ApplicationError) as raised:
        await process.call(GET_PRICE)

    assert raised.value.error == "tapecast.error.internal"


@pytest_twisted.ensureDeferred
async def test_a_message_that_fits_nobody_ends_in_the_log(services: Services) -> None:
    """Where not even the error in a result's place can be sent, the connection lives on and the operator is told."""
    await services.router.gateway.register(lambda: "x" * 2**20, GET_PRICE)
    process = await services.join()
    connection = services.connection(process)
    limit, connection._max_len_send = connection._max_len_send, 8

    with capturedLogs() as events:
        process.call(GET_PRICE).addErrback(lambda _failure: None)
        await turns(10)
    connection._max_len_send = limit
    await settle(process)

    assert [event["kind"] for event in events if event["log_namespace"] == "tapecast.router"] == ["Result", "Error"]


@pytest.mark.parametrize("data", [b"\0\0\0\2\xc1 ", b"\xff\xff\xff\xff"], ids=["nonsense", "too long"])
@pytest_twisted.ensureDeferred
async def test_bytes_that_are_no_message_end_the_connection(services: Services, data: bytes) -> None:
    """A process that sends nonsense, or announces more than was agreed on, is gone, and nothing behind it is read."""
    process = await services.join()
    session_id = process._session_id
    subscribe = msgspec.msgpack.encode([32, 1, {}, PRICE])

    with capturedLogs() as events:
        process._transport.transport.write(data + len(subscribe).to_bytes(4, "big") + subscribe)
        await process.lost
        await turns()

    assert session_id not in services.router.router._session_id_to_session
    assert not [event for event in events if "log_failure" in event]
    assert "subscribe" not in services.router.router.figures.read().received


@pytest_twisted.ensureDeferred
async def test_a_process_that_does_not_go_is_cut(router: RouterUnderTest, clock: Clock) -> None:
    """Told that its connection ends, a process that reads nothing has two seconds."""
    live_by(router, clock)
    peer = MemoryPeer(GatewayRawSocketFactory(router._sessions, {"auth": AUTH}), clock)
    peer.send(b"\x7f\xf2\0\0")
    peer.transport.peer_reads = False

    peer.protocol.end(SHUTDOWN)
    peer.protocol.end(SHUTDOWN)
    clock.advance(ABORT_AFTER_S - 0.1)
    assert not peer.transport.is_lost
    clock.advance(0.1)

    assert peer.transport.is_lost
    assert not clock.getDelayedCalls()


async def stuck(services: Services, *topics: str) -> Client:
    """A process that follows topics and has stopped reading."""
    process = await services.join()
    for topic in (FILLER, *topics):
        await process.follow(topic)
    process._transport.transport.pauseProducing()
    await fill(services.router, services.connection(process).outbox)
    process.events.clear()
    return process


@pytest_twisted.ensureDeferred
async def test_a_process_that_reads_late_has_what_it_is_to_have(services: Services) -> None:
    """Lossless events all come, in their order, and of a conflated topic the newest, as to any other client."""
    process = await stuck(services, NEWS, PRICE)
    outbox = services.connection(process).outbox

    for seq in range(200):
        services.router.gateway.publish(NEWS, seq=seq)
        services.router.gateway.publish(PRICE, seq=1000 + seq)
    assert outbox.room.waiting() == {"control": 0, "lossless": 200, "gapped": 0, "conflated": 2}
    process._transport.transport.resumeProducing()
    await until(lambda: outbox.room.is_empty)
    await settle(process)

    seqs = [payload["seq"] for _, _, payload in process.events if "seq" in payload]
    assert [seq for seq in seqs if seq < 1000] == list(range(200))
    assert [seq for seq in seqs if seq >= 1000] == [1199]


@pytest_twisted.ensureDeferred
async def test_a_process_that_takes_too_little_is_cut(services: Services) -> None:
    """More lossless events than may wait end the connection, which the operator learns, and costs nobody else one."""
    process, client = await stuck(services, NEWS), await services.router.join()
    await client.follow(NEWS)
    session_id = process._session_id

    with capturedLogs() as logs:
        for seq in range(LOSSLESS_EVENTS + 100):
            services.router.gateway.publish(NEWS, seq=seq)
        await until(lambda: session_id not in services.router.router._session_id_to_session)
    process._transport.transport.resumeProducing()
    await settle(client)

    assert len(client.events) == LOSSLESS_EVENTS + 100
    assert [event["why"] for event in logs if "why" in event] == [SLOW_CONSUMER.reason]


@pytest_twisted.ensureDeferred
async def test_calls_cannot_end_an_owner_that_does_not_take_them(services: Services) -> None:
    """Who calls much while an owner reads nothing is told that it is busy, and the owner keeps its connection."""
    process, client = await services.join(), await services.router.join()
    await process.register(lambda **_arguments: "price", GET_PRICE)
    process._transport.transport.pauseProducing()
    errors: list[str] = []

    calls = [client.call(GET_PRICE, instrument="x" * 60_000) for _ in range(60)]
    for call in calls:
        call.addErrback(lambda failure: errors.append(failure.value.error))
    while not errors:
        await turns()
    process._transport.transport.resumeProducing()
    await DeferredList(calls)

    assert set(errors) == {"tapecast.error.unavailable"}
    assert process.is_attached()
    assert await client.call(GET_PRICE, instrument="BTCUSDT") == "price"
