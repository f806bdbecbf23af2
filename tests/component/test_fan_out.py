"""One event to many: everybody's own bytes, in order, and nobody's trouble is another's."""

from typing import Any

import pytest
import pytest_twisted
from autobahn.wamp.serializer import CBORSerializer, JsonSerializer, MsgPackSerializer
from autobahn.wamp.types import PublishOptions
from twisted.internet.defer import ensureDeferred
from twisted.logger import LogLevel, capturedLogs

from components.contract.roles import Role
from router.turn import SLICE_NS
from tests.support.raw_websocket import CALL, EVENT, RESULT
from tests.support.routers import Client, RouterUnderTest, settle
from tests.support.slow_reader import NEWS, PRICE, TRADES, SlowReader

SERIALIZERS = (JsonSerializer, MsgPackSerializer, CBORSerializer)


def numbers(client: Client) -> list[int]:
    """The numbers of the events that a client has got."""
    return [payload["seq"] for _, _, payload in client.events]


@pytest.mark.parametrize("topic", [PRICE, TRADES, NEWS])
@pytest_twisted.ensureDeferred
async def test_a_burst_reaches_everyone_in_full(router: RouterUnderTest, topic: str) -> None:
    """Hundreds of events of one turn, of whatever class, are no reason to thin out a connection that keeps up."""
    clients = [await router.join(serializers=[serializer()]) for serializer in SERIALIZERS for _ in range(2)]
    for client in clients:
        await client.follow(topic)

    for seq in range(300):
        router.gateway.publish(topic, seq=seq, text="äöü", data=b"\x00\xff")
    for client in clients:
        await settle(client)

    for client in clients:
        assert numbers(client) == list(range(300))
        assert client.events[0][2] == {"seq": 0, "text": "äöü", "data": b"\x00\xff"}


@pytest_twisted.ensureDeferred
async def test_each_subscription_has_its_own_number(router: RouterUnderTest) -> None:
    """A connection that gets an event by a topic, a prefix and a wildcard gets three, each with its subscription."""
    readers = [await SlowReader.join(router) for _ in range(3)]
    ids = {}
    for name, topic, match in (
        ("exact", PRICE, "exact"),
        ("prefix", "tapecast.price", "prefix"),
        ("wildcard", "tapecast.price.", "wildcard"),
    ):
        ids[name] = {await reader.subscribe(topic, match) for reader in readers}

    for seq in range(100):
        router.gateway.publish(PRICE, seq=seq)

    assert all(len(numbers_of) == 1 for numbers_of in ids.values())
    expected = [(number, seq) for seq in range(100) for (number,) in ids.values()]
    for reader in readers:
        events = [await reader.socket.message() for _ in range(300)]
        assert [(event[1], event[5]["seq"]) for event in events] == expected
        assert [event[3] for event in events[:3]] == [{}, {"topic": PRICE}, {"topic": PRICE}]
        await reader.socket.end()


@pytest_twisted.ensureDeferred
async def test_who_keeps_up_gets_everything_in_order(router: RouterUnderTest) -> None:
    """Events of all classes, and answers between them, come in the order in which the router had them."""
    reader = await SlowReader.join(router, PRICE, TRADES, NEWS)

    def answer(seq: int) -> int:
        for topic in (PRICE, TRADES, NEWS):
            router.gateway.publish(topic, seq=seq)
        return seq

    await router.gateway.register(answer, "tapecast.market.list_instruments")
    for seq in range(1, 51):
        reader.socket.send(CALL, seq, {}, "tapecast.market.list_instruments", [seq])

    for seq in range(1, 51):
        messages = [await reader.socket.message() for _ in range(4)]
        assert [message[0] for message in messages] == [EVENT, EVENT, EVENT, RESULT]
        assert [reader.topics[message[1]] for message in messages[:3]] == [PRICE, TRADES, NEWS]
        assert [message[5]["seq"] for message in messages[:3]] == [seq] * 3
    await reader.socket.end()


@pytest_twisted.ensureDeferred
async def test_an_event_that_one_encoding_lacks_comes_in_the_others(router: RouterUnderTest) -> None:
    """What MessagePack has no form for costs its readers that one event, and nobody else anything."""
    clients = [await router.join(serializers=[serializer()]) for serializer in SERIALIZERS]
    for client in clients:
        await client.follow(PRICE)

    with capturedLogs() as events:
        for seq in (1, 2**70, 3):
            router.gateway.publish(PRICE, seq=seq)
    for client in clients:
        await settle(client)

    assert [numbers(client) for client in clients] == [[1, 2**70, 3], [1, 3], [1, 2**70, 3]]
    assert [event["log_namespace"] for event in events if event["log_level"] >= LogLevel.error] == ["tapecast.router"]


@pytest_twisted.ensureDeferred
async def test_a_turn_that_takes_long_keeps_everyones_order(router: RouterUnderTest) -> None:
    """Where time runs out between any two looks at the clock, everybody still gets everything, in order."""
    now_ns = 0

    def run_out() -> int:
        nonlocal now_ns
        now_ns += 2 * SLICE_NS
        return now_ns

    clients = [await router.join() for _ in range(70)]
    for client in clients:
        await client.follow(PRICE)
    router.factory.turn.clock_ns = run_out

    for seq in range(30):
        router.gateway.publish(PRICE, seq=seq)
        if seq % 3 == 0:
            await settle(clients[seq])
    for client in clients:
        await settle(client)

    assert all(numbers(client) == list(range(30)) for client in clients)


@pytest_twisted.ensureDeferred
async def test_who_unsubscribes_at_an_event_takes_it_from_nobody(router: RouterUnderTest) -> None:
    """A session inside the router that ends its subscription at its first event gets one; all others get all."""
    embedded = [router.embed(Role.GATEWAY.value) for _ in range(4)]
    client = await router.join()
    await client.follow(PRICE)
    seen: dict[int, list[int]] = {number: [] for number in range(len(embedded))}
    subscriptions: dict[int, Any] = {}

    def see(number: int, seq: int) -> None:
        seen[number].append(seq)
        if number % 2:
            ensureDeferred(subscriptions[number].unsubscribe())

    for number, session in enumerate(embedded):
        subscriptions[number] = await session.subscribe(lambda seq, number=number: see(number, seq), PRICE)
    for seq in (1, 2):
        router.gateway.publish(PRICE, seq=seq)
    await settle(client)

    assert seen == {0: [1, 2], 1: [1], 2: [1, 2], 3: [1]}
    assert numbers(client) == [1, 2]


@pytest_twisted.ensureDeferred
async def test_who_is_unsubscribed_by_another_is_told_no_more(router: RouterUnderTest) -> None:
    """Whichever of two sessions is told first, it ends the other's subscription, and the publisher notices nothing."""
    embedded = [router.embed(Role.GATEWAY.value) for _ in range(2)]
    told: list[int] = []
    subscriptions: list[Any] = []

    def see(number: int) -> None:
        told.append(number)
        if subscriptions[1 - number].active:
            ensureDeferred(subscriptions[1 - number].unsubscribe())

    for number, session in enumerate(embedded):
        subscriptions.append(await session.subscribe(lambda number=number, **_: see(number), PRICE))
    options = PublishOptions(acknowledge=True)
    for seq in (1, 2):
        await router.gateway.publish(PRICE, seq=seq, options=options)

    assert told in ([0, 0], [1, 1])


@pytest_twisted.ensureDeferred
async def test_a_publication_at_an_event_comes_behind_it(router: RouterUnderTest) -> None:
    """What a session inside the router publishes at an event comes after it to all subscriptions of the topic."""
    client = await router.join()
    await client.follow(PRICE)
    await client.follow("tapecast.price", "prefix")
    echo = router.embed(Role.GATEWAY.value)
    await echo.subscribe(lambda seq: seq < 3 and echo.publish(PRICE, seq=seq + 1), PRICE)

    router.gateway.publish(PRICE, seq=1)
    await settle(client)

    for number in {number for number, _, _ in client.events}:
        assert [payload["seq"] for one, _, payload in client.events if one == number] == [1, 2]


@pytest_twisted.ensureDeferred
async def test_who_is_gone_costs_nobody_an_event(router: RouterUnderTest) -> None:
    """Connections that end between an event and the end of its turn are left out, without an error."""
    leavers = [await SlowReader.join(router, PRICE) for _ in range(3)]
    client = await router.join()
    await client.follow(PRICE)

    with capturedLogs() as events:
        router.gateway.publish(PRICE, seq=1)
        leavers[0].server.transport.abortConnection()
        leavers[1].server.transport.loseConnection()
        await leavers[2].socket.end()
        for seq in range(2, 200):
            router.gateway.publish(PRICE, seq=seq)
            if seq % 20 == 0:
                await settle(client)
        for leaver in leavers[:2]:
            await leaver.socket.is_lost()
        await settle(client)

    assert numbers(client) == list(range(1, 200))
    assert not [event for event in events if event["log_level"] >= LogLevel.error]
