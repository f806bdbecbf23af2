"""What clients notice of a gateway that stops: a notice, answers to what they asked, and the reason as they go."""

import os
import signal
from contextlib import suppress
from decimal import Decimal
from subprocess import TimeoutExpired
from typing import Any

import pytest
import pytest_twisted
from tapecast_client.errors import Unavailable
from twisted.internet.defer import DeferredList
from twisted.internet.error import ConnectError
from twisted.internet.threads import deferToThread

from components.runtime.commands import OK
from tests.support.client_sessions import live_client
from tests.support.node import RunningNode
from tests.support.raw_websocket import (
    CALL,
    CLOSE,
    ERROR,
    EVENT,
    HELLO,
    RESULT,
    ROLES,
    SUBSCRIBE,
    SUBSCRIBED,
    WELCOME,
    RawWebSocket,
)

ANNOUNCEMENTS = "tapecast.system.announcements"
SHUTDOWN = (4012, "tapecast.close.shutdown")
CALLS = 30
MANY_PRICES: dict[str, object] = {"instruments": 1000 * ["BTCUSDT"]}
"""An answer of a quarter of a megabyte, more than sockets take for a reader that is stuck."""


async def connect(node: RunningNode) -> RawWebSocket:
    """An anonymous client that has joined."""
    client = await RawWebSocket.open(node.port, path="/ws")
    client.send(HELLO, "tapecast", {"roles": ROLES})
    assert (await client.message())[0] == WELCOME
    return client


async def follow(node: RunningNode) -> RawWebSocket:
    """An anonymous client that follows the announcements."""
    client = await connect(node)
    client.send(SUBSCRIBE, 1, {}, ANNOUNCEMENTS)
    assert (await client.message())[0] == SUBSCRIBED
    return client


def event_of(message: list[Any]) -> dict[str, Any]:
    """The envelope in an EVENT."""
    assert message[0] == EVENT
    envelope: dict[str, Any] = message[5]
    return envelope


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
@pytest_twisted.ensureDeferred
async def test_everyone_is_told_before_the_connection_ends(signal_number: int) -> None:
    """Who follows the announcements hears of it, and everyone, joined or not, gets the code; then all processes end."""
    with RunningNode() as node:
        followers = [await follow(node) for _ in range(20)]
        silent = await connect(node)
        not_joined = await RawWebSocket.open(node.port, path="/ws")
        node.workers()

        node.process.send_signal(signal_number)

        for follower in followers:
            event = event_of(await follower.message())
            assert (event["seq"], event["type"]) == (1, "snapshot")
            assert event["payload"]["reason"] == "shutdown"
            assert event["payload"]["retry_after_ms"] > 0
        for client in (*followers, silent, not_joined):
            assert await client.close_frame() == SHUTDOWN
        assert await deferToThread(node.wait) == OK
        assert node.workers() == {}
        assert "Traceback" not in "".join(node.log)


@pytest_twisted.ensureDeferred
async def test_a_call_on_its_way_is_answered() -> None:
    """Whatever was called before the stop gets its result, or is told that the owner is away; the close comes last."""
    with RunningNode() as node:
        client = await connect(node)
        for request in range(1, CALLS + 1):
            client.send(CALL, request, {}, "tapecast.market.get_prices", [], {"instruments": ["BTCUSDT"]})

        node.process.send_signal(signal.SIGTERM)

        answered = {}
        for _ in range(CALLS):
            answer = await client.message()
            answered[answer[1] if answer[0] == RESULT else answer[2]] = answer
        assert await client.close_frame() == SHUTDOWN
        assert set(answered) == set(range(1, CALLS + 1))
        refused = {answer[4] for answer in answered.values() if answer[0] == ERROR}
        assert refused <= {"tapecast.error.unavailable"}
        assert await deferToThread(node.wait) == OK


@pytest_twisted.ensureDeferred
async def test_an_order_on_its_way_is_answered_and_kept() -> None:
    """Each is accepted or told that its owner is away; the next gateway has those that were accepted, and no other."""
    with RunningNode({"EXECUTION": "paper"}) as node:
        node.wait_for_price("BTCUSDT")
        trader = await live_client(node, "alice", "trader")
        price = Decimal((await trader.call("tapecast.market.get_price", instrument="BTCUSDT"))["price"])
        terms = {
            "instrument": "BTCUSDT",
            "side": "buy",
            "type": "limit",
            "quantity": "0.01",
            "price": str(int(price) - 5000),
        }
        first = await trader.call("tapecast.orders.place", client_order_id="first", **terms)
        orders = [
            trader.call("tapecast.orders.place", client_order_id=f"o{number}", **terms) for number in range(CALLS)
        ]

        node.process.send_signal(signal.SIGTERM)

        answers = await DeferredList(orders, consumeErrors=True)
        await trader.stop()
        assert await deferToThread(node.wait) == OK
        placed = [first, *(answer for is_answer, answer in answers if is_answer)]
        refused = [answer for is_answer, answer in answers if not is_answer]
        with RunningNode({"EXECUTION": "paper", "DATA_DIR": str(node.directory / "data")}) as again:
            trader = await live_client(again, "alice", "trader")
            kept = (await trader.call("tapecast.orders.list", status="open"))["orders"]
            await trader.stop()

    assert all(failure.check(Unavailable) for failure in refused), refused
    assert {order["client_order_id"]: order["order_id"] for order in kept} == {
        order["client_order_id"]: order["order_id"] for order in placed
    }


@pytest_twisted.ensureDeferred
async def test_a_reader_that_is_stuck_does_not_hold_up_the_stop() -> None:
    """Answers wait for it that it never takes; the others are told at once, and the node ends all the same."""
    with RunningNode() as node:
        client, stuck = await follow(node), await connect(node)
        stuck.stop_reading()
        for request in (1, 2, 3):
            stuck.send(CALL, request, {}, "tapecast.market.get_prices", [], MANY_PRICES)
        client.send(CALL, 1, {}, "tapecast.market.get_prices", [], MANY_PRICES)
        assert (await client.message())[0] == RESULT

        node.process.send_signal(signal.SIGTERM)

        event_of(await client.message())
        assert await client.close_frame() == SHUTDOWN
        assert await deferToThread(node.wait) == OK
        assert node.workers() == {}
        await stuck.end()


@pytest_twisted.ensureDeferred
async def test_a_container_that_hangs_does_not_hold_up_the_stop() -> None:
    """It is killed when its time is over; nobody new is let in meanwhile, and the clients are told as always."""
    with RunningNode() as node:
        client = await follow(node)
        os.kill(node.workers()["market"], signal.SIGSTOP)

        node.process.send_signal(signal.SIGINT)

        event_of(await client.message())
        with pytest.raises(ConnectError):
            await RawWebSocket.open(node.port, path="/ws")
        assert await client.close_frame(patience_s=60) == SHUTDOWN
        assert await deferToThread(node.wait) == OK
        assert node.workers() == {}


@pytest_twisted.ensureDeferred
async def test_a_second_signal_stops_at_once() -> None:
    """Who does not want to wait for a container that hangs says so again, and the node ends as it stands."""
    with RunningNode() as node:
        client = await follow(node)
        os.kill(node.workers()["market"], signal.SIGSTOP)
        node.process.send_signal(signal.SIGINT)
        event_of(await client.message())

        while node.process.poll() is None:
            node.process.send_signal(signal.SIGINT)
            with suppress(TimeoutExpired):
                node.process.wait(0.1)

        assert node.wait() == OK
        assert node.workers() == {}
        await client.is_lost()
        assert CLOSE not in {opcode for opcode, _ in client.unread}


@pytest_twisted.ensureDeferred
async def test_signals_to_every_process_stop_it_in_order() -> None:
    """As systemd and `timeout` send them: to the node, its workers, and the node once more."""
    with RunningNode() as node:
        client = await follow(node)

        for process in (*node.workers().values(), node.process.pid, node.process.pid):
            os.kill(process, signal.SIGTERM)

        event_of(await client.message())
        assert await client.close_frame() == SHUTDOWN
        assert await deferToThread(node.wait) == OK
        assert node.workers() == {}
