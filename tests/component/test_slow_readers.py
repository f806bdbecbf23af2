"""Clients that do not read what they are sent: what they get when they read on, what it costs the others, the end."""

import gc
import json
import struct
from collections.abc import Callable
from typing import Any

import pytest_twisted
from twisted.internet.task import Clock

from components.contract.errors import KICKED, SLOW_CONSUMER
from router.sockets import ABORT_AFTER_S
from router.waiting_room import GAPPED_EVENTS_A_TOPIC, LOSSLESS_EVENTS
from tests.support.book_events import TOPIC as BOOK
from tests.support.book_events import delta
from tests.support.raw_websocket import CALL, CLOSE, EVENT, GOODBYE, PING, RESULT, TEXT, UNSUBSCRIBE, UNSUBSCRIBED
from tests.support.routers import RouterUnderTest, settle, turns
from tests.support.slow_reader import NEWS, OTHER_PRICE, PRICE, TRADES, SlowReader, until

PONG = 10
CLOSE_OF_THE_SLOW = (4008, "tapecast.close.slow_consumer")


def last_of(*ends: tuple[str, int]) -> Callable[[str, int], bool]:
    """A condition that holds once the last event of every topic has come, in whatever order."""
    missing = set(ends)

    def is_last(topic: str, seq: int) -> bool:
        missing.discard((topic, seq))
        return not missing

    return is_last


def numbers(events: list[tuple[str, int]], topic: str) -> list[int]:
    """The numbers of a topic's events."""
    return [seq for name, seq in events if name == topic]


@pytest_twisted.ensureDeferred
async def test_who_reads_again_has_the_newest(router: RouterUnderTest) -> None:
    """Of a conflated topic only what had left before comes before the newest value, which always comes."""
    reader = await SlowReader.join(router, PRICE, OTHER_PRICE)
    await reader.stop()

    for seq in range(1, 501):
        for topic in (PRICE, OTHER_PRICE):
            router.gateway.publish(topic, seq=seq)
    await turns()
    assert reader.waiting["conflated"] <= 3
    reader.read()
    events = await reader.events(last_of((PRICE, 500), (OTHER_PRICE, 500)))

    assert len(events) < 100
    for topic in (PRICE, OTHER_PRICE):
        assert numbers(events, topic) == sorted(set(numbers(events, topic)))
    await reader.socket.end()


@pytest_twisted.ensureDeferred
async def test_who_reads_again_has_the_last_trades(router: RouterUnderTest) -> None:
    """Of a gapped topic the last events come, without a gap among them and in their order."""
    reader = await SlowReader.join(router, TRADES)
    await reader.stop()

    for seq in range(1, 501):
        router.gateway.publish(TRADES, seq=seq)
    await turns()
    assert reader.waiting["gapped"] == GAPPED_EVENTS_A_TOPIC
    reader.read()
    seqs = numbers(await reader.events(last_of((TRADES, 500))), TRADES)

    assert seqs[-GAPPED_EVENTS_A_TOPIC:] == list(range(501 - GAPPED_EVENTS_A_TOPIC, 501))
    assert seqs == sorted(set(seqs))
    assert len(seqs) < 500
    await reader.socket.end()


@pytest_twisted.ensureDeferred
async def test_who_reads_again_has_the_whole_book(router: RouterUnderTest) -> None:
    """Of a book one event waits, the same for two readers, and with it they have every level as it is now."""
    readers = [await SlowReader.join(router, BOOK) for _ in range(2)]
    # The kernel may find room for one more while another is filled.
    for reader in (*readers, *readers):
        await reader.stop()

    for seq in range(1, 501):
        router.gateway.publish(BOOK, **delta(seq, bids={str(seq % 40): str(seq)}))
    await turns()

    assert [reader.waiting["gapped"] for reader in readers] == [1, 1]
    (first, *_), (second, *_) = ([lane.head() for lane in one.server.outbox.room._merged.values()] for one in readers)
    assert first is second
    for reader in readers:
        reader.read()
        event = (await reader.kwargs_of(BOOK, count=1))[0]
        assert (event["first_seq"], event["seq"]) == (1, 500)
        assert dict(event["payload"]["bids"]) == {str(seq % 40): str(seq) for seq in range(461, 501)}
        await reader.socket.end()


@pytest_twisted.ensureDeferred
async def test_a_book_that_nobody_waits_for_is_forgotten(router: RouterUnderTest) -> None:
    """Who keeps up gets each event as it is, and nothing of it is kept."""
    reader = await SlowReader.join(router, BOOK)

    for seq in (1, 2):
        router.gateway.publish(BOOK, **delta(seq))
    events = await reader.kwargs_of(BOOK, count=2)

    assert [event.get("first_seq", event["seq"]) for event in events] == [1, 2]
    gc.collect()
    assert not len(router.router._broker._books)
    await reader.socket.end()


@pytest_twisted.ensureDeferred
async def test_who_reads_again_has_missed_nothing_lossless(router: RouterUnderTest) -> None:
    """Every lossless event comes, once and in its order."""
    reader = await SlowReader.join(router, NEWS)
    await reader.stop()

    for seq in range(1, LOSSLESS_EVENTS + 1):
        router.gateway.publish(NEWS, seq=seq)
    reader.read()
    events = await reader.events(last_of((NEWS, LOSSLESS_EVENTS)))

    assert numbers(events, NEWS) == list(range(1, LOSSLESS_EVENTS + 1))
    await reader.socket.end()


@pytest_twisted.ensureDeferred
async def test_answers_go_before_events(router: RouterUnderTest) -> None:
    """Who reads again gets the answer to a call before the events that had waited longer."""
    reader = await SlowReader.join(router, NEWS)
    await router.gateway.register(lambda: "answer", "tapecast.market.list_instruments")
    await reader.stop()

    for seq in range(1, 101):
        router.gateway.publish(NEWS, seq=seq)
    reader.socket.send(CALL, 1, {}, "tapecast.market.list_instruments")
    await until(lambda: reader.waiting["control"] == 1)
    reader.read()

    kinds = [(await reader.socket.message())[0]]
    while kinds[-1] != RESULT:
        kinds.append((await reader.socket.message())[0])
    assert kinds.count(EVENT) < 100
    assert len(await reader.events(last_of((NEWS, 100)))) == 100
    await reader.socket.end()


@pytest_twisted.ensureDeferred
async def test_others_do_not_notice(router: RouterUnderTest) -> None:
    """While one client reads nothing, another gets every event of every class, and its answers."""
    reader, other = await SlowReader.join(router, PRICE, TRADES, NEWS), await router.join()
    for topic in (PRICE, TRADES, NEWS):
        await other.follow(topic)
    await reader.stop()

    for seq in range(1, LOSSLESS_EVENTS + 200):
        for topic in (PRICE, TRADES, NEWS):
            router.gateway.publish(topic, seq=seq)
        if seq % 50 == 0:
            await turns(1)
    await settle(other)

    assert [event[2]["seq"] for event in other.events] == [
        seq for seq in range(1, LOSSLESS_EVENTS + 200) for _ in range(3)
    ]
    await reader.socket.end()


@pytest_twisted.ensureDeferred
async def test_too_many_lossless_events_end_the_connection(clocked: RouterUnderTest, clock: Clock) -> None:
    """Whoever reads again in time finds the coded close behind what had left, and nothing behind it."""
    reader = await SlowReader.join(clocked, NEWS)
    await reader.stop()

    for seq in range(1, LOSSLESS_EVENTS + 2):
        clocked.gateway.publish(NEWS, seq=seq)
    clock.advance(0)
    reader.read()

    opcode, payload = await reader.socket.frame()
    while opcode == TEXT:
        assert json.loads(payload)[5].get("seq") is None
        opcode, payload = await reader.socket.frame()
    assert opcode == CLOSE
    assert (struct.unpack("!H", payload[:2])[0], payload[2:].decode()) == CLOSE_OF_THE_SLOW
    clock.advance(ABORT_AFTER_S)
    await reader.socket.is_lost()
    assert not reader.socket.unread


async def end_of(reader: SlowReader, router: RouterUnderTest, clock: Clock) -> None:
    """Let the close's time pass, and see that the connection of who never reads is gone, and all that was its own."""
    clock.advance(0)
    clock.advance(ABORT_AFTER_S)
    await until(lambda: not reader.server.factory.countConnections)

    assert reader.server.outbox.room is None
    assert reader.server not in [one._transport for one in router.router._session_id_to_session.values()]
    assert not router.router._broker._subscription_map.match_observations(NEWS)
    assert router.factory.figures.read().closes == {"slow_consumer": 1}
    assert not clock.getDelayedCalls()
    reader.read()
    await reader.socket.is_lost()


@pytest_twisted.ensureDeferred
async def test_who_never_reads_is_gone(clocked: RouterUnderTest, clock: Clock) -> None:
    """Two seconds after its close frame the socket is gone, read or not, with everything that waited."""
    reader = await SlowReader.join(clocked, NEWS)
    await reader.stop()

    for seq in range(1, 2 * LOSSLESS_EVENTS):
        clocked.gateway.publish(NEWS, seq=seq)

    await end_of(reader, clocked, clock)


@pytest_twisted.ensureDeferred
async def test_who_asks_and_does_not_read_is_gone(clocked: RouterUnderTest, clock: Clock) -> None:
    """Answers that nobody takes end the connection as lossless events do."""
    reader = await SlowReader.join(clocked, NEWS)
    await clocked.gateway.register(lambda: "x" * 100_000, "tapecast.market.list_instruments")
    await reader.stop()

    for number in range(1, 13):
        reader.socket.send(CALL, number, {}, "tapecast.market.list_instruments")
    await until(lambda: reader.server.outbox.room is None)

    await end_of(reader, clocked, clock)


@pytest_twisted.ensureDeferred
async def test_what_waits_ends_with_its_subscription(router: RouterUnderTest) -> None:
    """Behind the answer to UNSUBSCRIBE nothing comes of what had waited; another subscription's events do."""
    reader = await SlowReader.join(router, NEWS)
    prefix_id = await reader.subscribe("tapecast.system", "prefix")
    news_id = next(number for number, topic in reader.topics.items() if topic == NEWS)
    await reader.stop()

    for seq in range(1, 101):
        router.gateway.publish(NEWS, seq=seq)
    reader.socket.send(UNSUBSCRIBE, 50, news_id)
    await until(lambda: reader.waiting["lossless"] == 100)
    reader.read()

    message = await reader.socket.message()
    while message[0] != UNSUBSCRIBED:
        assert (message[0], message[5].get("seq")) == (EVENT, None)
        message = await reader.socket.message()
    came = [one for one in await reader.settle() if one[0] == EVENT and "seq" in one[5]]
    assert {one[1] for one in came} == {prefix_id}
    assert [one[5]["seq"] for one in came] == list(range(1, 101))
    await reader.socket.end()


@pytest_twisted.ensureDeferred
async def test_no_frame_is_written_into_another(router: RouterUnderTest) -> None:
    """However long the events and short the reads, events, answers to pings and the close are whole, one by one."""
    reader = await SlowReader.join(router, NEWS)
    transport: Any = reader.socket.transport
    transport.bufferSize = 1000
    sent: list[int] = []

    for seq in range(1, 40):
        if seq % 10 == 0:
            transport.pauseProducing()
        router.gateway.publish(NEWS, seq=seq, text="x" * (40_000 if seq % 3 else 10))
        sent.append(seq)
        reader.socket.send_frame(PING, b"ping %d" % seq)
        await turns(2)
        if seq % 10 == 5:
            transport.resumeProducing()
    transport.resumeProducing()

    events: list[int] = []
    pongs: list[bytes] = []
    while len(events) < len(sent) or len(pongs) < len(sent):
        opcode, payload = await reader.socket.frame()
        if opcode == PONG:
            pongs.append(payload)
        else:
            events.append(json.loads(payload)[5]["seq"])
    assert events == sent
    assert pongs == [b"ping %d" % seq for seq in sent]
    reader.server.end(SLOW_CONSUMER)
    assert await reader.socket.close_frame() == CLOSE_OF_THE_SLOW
    await reader.socket.end()


@pytest_twisted.ensureDeferred
async def test_who_is_not_to_come_back_is_told_so(router: RouterUnderTest) -> None:
    """A GOODBYE goes before the close frame, also to who reads it late, and nothing of what waits."""
    reader = await SlowReader.join(router, NEWS)
    await reader.stop()
    router.gateway.publish(NEWS, seq=1)

    reader.server.end(KICKED)
    reader.read()

    message = await reader.socket.message()
    while message[0] == EVENT:
        assert "seq" not in message[5]
        message = await reader.socket.message()
    assert message == [GOODBYE, {}, KICKED.reason]
    assert await reader.socket.close_frame() == (KICKED.code, KICKED.reason)
    await reader.socket.end()
