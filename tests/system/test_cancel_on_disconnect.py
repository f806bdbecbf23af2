"""The dead-man switch on a running gateway: clients are killed, come back or not, and processes die in between."""

import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from autobahn.twisted.websocket import WampWebSocketClientFactory
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.serializer import MsgPackSerializer
from autobahn.wamp.types import ComponentConfig
from twisted.internet import reactor
from twisted.internet.task import deferLater

from tests.support.node import PATIENCE_S, RunningNode
from tests.support.routers import REALM, Client

ON_PAPER = {"EXECUTION": "paper"}


class TokenClient(Client):
    """A client that signs in with a token."""

    token = ""

    def onConnect(self) -> None:
        self.join(self.config.realm, ["ticket"])

    def onChallenge(self, _challenge: Any) -> str:
        return self.token


class Watcher:
    """
    The desk, who sees what becomes of a trader, and is nobody that comes back for her.

    Attributes:
        client: The desk's session.
    """

    def __init__(self, client: TokenClient) -> None:
        self.client = client

    async def told(self, event: str, *, patience_s: float = PATIENCE_S) -> dict[str, Any]:
        """The first event on the trader's topics that is called so."""
        while True:
            for _, _, envelope in self.client.events:
                if envelope["payload"]["event"] == event:
                    payload: dict[str, Any] = envelope["payload"]
                    return payload
            await self.client.has_events(len(self.client.events) + 1, patience_s=patience_s)

    def news(self) -> list[str]:
        """What was told of the switch; an event that came twice is one."""
        told = {
            (envelope["epoch"], envelope["seq"]): str(envelope["payload"]["event"])
            for _, _, envelope in self.client.events
            if envelope["payload"]["event"].startswith("switch_")
        }
        return list(told.values())


def news_of(trader: str) -> str:
    """Where a trader is told of her switch."""
    return f"tapecast.user.{trader}.session"


async def sign_in(node: RunningNode, user: str, role: str) -> TokenClient:
    """A client of a user that has joined."""
    client = TokenClient(ComponentConfig(REALM))
    client.token = node.token(user, role)
    factory = WampWebSocketClientFactory(lambda: client, node.websocket_url, serializers=[MsgPackSerializer()])
    reactor.connectTCP("127.0.0.1", node.port, factory)
    await client.joined
    return client


@asynccontextmanager
async def watching(node: RunningNode, trader: str) -> AsyncIterator[Watcher]:
    """The desk looks on what becomes of a trader."""
    desk = await sign_in(node, "desk", "risk")
    await desk.follow(news_of(trader))
    await desk.follow(f"tapecast.user.{trader}.orders")
    yield Watcher(desk)
    desk.leave()
    await desk.lost


async def ask(client: Client, procedure: str, **arguments: Any) -> Any:
    """An answer, for which the owner may have to start first."""
    while True:
        try:
            return await client.call(procedure, **arguments)
        except ApplicationError as error:
            if error.error != "tapecast.error.unavailable":
                raise
            await deferLater(reactor, 0.1)


async def armed_trader(node: RunningNode, name: str, after_ms: int) -> TokenClient:
    """A trader with an order that rests, and a switch that is armed."""
    trader = await sign_in(node, name, "trader")
    price = await ask(trader, "tapecast.market.get_price", instrument="BTCUSDT")
    limit = (Decimal(price["price"]) * Decimal("0.9")).quantize(Decimal(1))
    order = await ask(
        trader,
        "tapecast.orders.place",
        client_order_id="rests",
        instrument="BTCUSDT",
        side="buy",
        type="limit",
        quantity="0.01",
        price=str(limit),
    )
    assert order["status"] == "new"
    await ask(trader, "tapecast.session.cancel_on_disconnect", after_ms=after_ms)
    return trader


async def kill(client: Client) -> None:
    """The client is gone without a word."""
    client._transport.transport.abortConnection()
    await client.lost


async def status_of_order(client: Client, trader: str) -> tuple[str, str | None]:
    """How a trader's order is, and why."""
    order = await ask(client, "tapecast.orders.get", client_order_id="rests", user_id=trader)
    return order["status"], order["reason"]


@pytest.fixture(scope="module")
def floor() -> Iterator[RunningNode]:
    """A gateway with a venue on paper; each test has a trader of its own."""
    with RunningNode(ON_PAPER) as node:
        yield node


@pytest.fixture
def data() -> Iterator[Path]:
    """A data directory that outlives its node; short, as a socket is in it."""
    directory = Path(tempfile.mkdtemp(prefix="tc-"))
    yield directory
    shutil.rmtree(directory)


@pytest_twisted.ensureDeferred
async def test_the_orders_of_a_killed_client_are_cancelled(floor: RunningNode) -> None:
    """By the switch, at its deadline, with the reason; and the trader reads it afterwards."""
    async with watching(floor, "alice") as desk:
        await kill(await armed_trader(floor, "alice", 1000))

        cancelled = await desk.told("cancelled")
        fired = await desk.told("switch_fired")

        assert (cancelled["client_order_id"], cancelled["reason"]) == ("rests", "disconnected")
        assert fired["cancelled_orders"] == 1
        assert desk.news() == ["switch_armed", "switch_lost", "switch_fired"]
    back = await sign_in(floor, "alice", "trader")
    news = await back.call("tapecast.stream.get", topic=news_of("alice"))
    assert [one["event"] for one in news["payload"]["session"]] == ["switch_armed", "switch_lost", "switch_fired"]
    assert await status_of_order(back, "alice") == ("cancelled", "disconnected")
    back.leave()
    await back.lost


@pytest_twisted.ensureDeferred
async def test_who_comes_back_in_time_keeps_the_orders(floor: RunningNode) -> None:
    """The join alone stops it; and a goodbye is a loss like any other."""
    async with watching(floor, "bob") as desk:
        trader = await armed_trader(floor, "bob", 60_000)
        trader.leave()
        await desk.told("switch_lost")

        back = await sign_in(floor, "bob", "trader")
        await desk.told("switch_stopped")

        assert await status_of_order(back, "bob") == ("new", None)
        back.leave()
        await back.lost


@pytest_twisted.ensureDeferred
async def test_a_killed_process_keeps_the_deadline(floor: RunningNode) -> None:
    """SIGKILL of `trading` while it runs: the next one cancels."""
    async with watching(floor, "carol") as desk:
        await kill(await armed_trader(floor, "carol", 3000))
        await desk.told("switch_lost")

        os.kill(floor.workers()["trading"], signal.SIGKILL)
        cancelled = await desk.told("cancelled")
        await desk.told("switch_fired")

        assert cancelled["reason"] == "disconnected"
        assert desk.news() == ["switch_armed", "switch_lost", "switch_fired"]


@pytest_twisted.ensureDeferred
async def test_who_comes_back_while_the_process_is_away_keeps_the_orders(floor: RunningNode) -> None:
    """SIGKILL of `trading`, and then the client: the next process finds one gone and another there."""
    async with watching(floor, "dave") as desk:
        trader = await armed_trader(floor, "dave", 60_000)
        os.kill(floor.workers()["trading"], signal.SIGKILL)
        await kill(trader)

        back = await sign_in(floor, "dave", "trader")
        await desk.told("switch_stopped")

        assert desk.news() == ["switch_armed", "switch_lost", "switch_stopped"]
        assert await status_of_order(back, "dave") == ("new", None)
        back.leave()
        await back.lost


@pytest.mark.timeout(300)  # two starts of a gateway
@pytest_twisted.ensureDeferred
async def test_a_killed_gateway_loses_everybody(data: Path) -> None:
    """SIGKILL of all processes: when it is there again, who was armed is lost, and the orders go."""
    settings = {**ON_PAPER, "DATA_DIR": str(data)}
    with RunningNode(settings) as node:
        trader = await armed_trader(node, "erin", 1000)
        os.killpg(node.process.pid, signal.SIGKILL)
        node.wait()
        await trader.lost

    with RunningNode(settings) as node:
        async with watching(node, "erin") as desk:
            snapshot = await ask(desk.client, "tapecast.stream.get", topic=news_of("erin"))
            if snapshot["payload"]["session"][-1]["event"] != "switch_fired":
                await desk.told("switch_fired")

            assert await status_of_order(desk.client, "erin") == ("cancelled", "disconnected")
