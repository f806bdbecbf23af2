"""A platform with an engine of its own: what it hands in is read by its users, and what they order reaches it."""

import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from tapecast_client.errors import InvalidArgument
from tapecast_client.events import Event
from tapecast_client.on_twisted import Client, Publisher
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from tests.support.client_sessions import live_client
from tests.support.documents import PROJECT, blocks
from tests.support.node import PATIENCE_S, RunningNode

DOCUMENTED_ADDRESS = "127.0.0.1:8080"
SCRIPTS = dict(blocks("docs/howto/hand-in-your-own-orders.md", "python"))
TOPICS = 2
NOT_CALLED_YET = "accounts:platform is degraded: the platform has not called yet"


@pytest.fixture(scope="module")
def platform_node() -> Iterator[RunningNode]:
    """A gateway that leaves accounts to a platform, with a simulated market."""
    with RunningNode({"EXECUTION": "intake"}, ready=NOT_CALLED_YET) as node:
        yield node


class Watched:
    """What a trader is told of the own orders and executions, once both topics have told their state."""

    def __init__(self, client: Client, user: str) -> None:
        self.events: list[Event] = []
        self._states = 0
        self._waiting: tuple[int, Deferred[None]] | None = None
        for name in ("orders", "fills"):
            client.subscribe(f"tapecast.user.{user}.{name}", self._receive)

    async def until(self, count: int) -> None:
        """There are both states, and so many events."""
        if not self._has(count):
            news: Deferred[None] = Deferred()
            self._waiting = count, news
            await news.addTimeout(PATIENCE_S, reactor)

    def _has(self, count: int) -> bool:
        return self._states == TOPICS and len(self.events) >= count

    def _receive(self, event: Event) -> None:
        if event.is_state:
            self._states += 1
        else:
            self.events.append(event)
        if self._waiting is not None and self._has(self._waiting[0]):
            (_, news), self._waiting = self._waiting, None
            news.callback(None)


@contextmanager
def running(
    node: RunningNode, script: Path, user: str, role: str, *arguments: str
) -> Iterator["subprocess.Popen[str]"]:
    """A program that runs with a token until the end of the block, at the latest when patience does."""
    environment = {**os.environ, "TOKEN": node.token(user, role)}
    command = [sys.executable, "-u", str(script), *arguments]
    with subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True) as run:
        impatience = threading.Timer(PATIENCE_S, run.kill)
        impatience.start()
        yield run
        impatience.cancel()
        run.kill()


def lines_of(run: "subprocess.Popen[str]", count: int | None = None) -> list[str]:
    """The first lines that a program prints, or all until it ends."""
    assert run.stdout is not None
    return [line.rstrip("\n") for line in itertools.islice(run.stdout, count)]


async def hand_in_something(node: RunningNode, user: str) -> None:
    """Both topics of a user have told something."""
    token = node.token("platform", "service")
    publisher = Publisher(reactor, node.websocket_url, token=lambda: token)
    publisher.start()
    order: dict[str, Any] = {"instrument": "GOLD", "side": "buy", "quantity": "1"}
    publisher.order(user, f"{user}-0", **order, type="market", status="expired")
    publisher.fill(
        user, "e0", order_id=f"{user}-1", **order, price=1, commission=0, commission_currency="USD", liquidity="maker"
    )
    await publisher.stop()


def save(directory: Path, name: str, node: RunningNode) -> Path:
    """Save the guide's script, with the address of this gateway in place of the documented one."""
    assert DOCUMENTED_ADDRESS in SCRIPTS[name]
    path = directory / name
    path.write_text(SCRIPTS[name].replace(DOCUMENTED_ADDRESS, f"127.0.0.1:{node.port}"))
    return path


def test_the_guides_order_is_seen_by_its_trader(platform_node: RunningNode, tmp_path: Path) -> None:
    """Copied as they stand, one script hands in, and the other prints what the guide says, in whatever order."""
    ((_, expected),) = blocks("docs/howto/hand-in-your-own-orders.md", "text")
    hand_in, watch = (save(tmp_path, name, platform_node) for name in ("hand_in_orders.py", "watch_orders.py"))

    with running(platform_node, hand_in, "platform", "service") as handing_in:
        complaints = lines_of(handing_in)
    with running(platform_node, watch, "ann", "trader") as watching:
        lines = lines_of(watching, len(expected.splitlines()))

    assert complaints == []
    assert sorted(lines) == sorted(expected.splitlines())


@pytest_twisted.ensureDeferred
async def test_a_trader_orders_and_the_platforms_engine_answers(platform_node: RunningNode) -> None:
    """A limit order rests, is changed and cancelled; a market order is executed."""
    await hand_in_something(platform_node, "bob")
    trader = await live_client(platform_node, "bob", "trader")
    watched = Watched(trader, "bob")
    await watched.until(0)
    price = int(Decimal((await trader.call("tapecast.market.get_price", instrument="BTCUSDT"))["price"]) * 9 / 10)
    low, higher = str(price), str(price + 1)
    order = {"instrument": "BTCUSDT", "side": "buy", "quantity": "0.5"}
    with running(platform_node, PROJECT / "examples" / "engine.py", "platform", "service", platform_node.websocket_url):
        placed = await trader.call("tapecast.orders.place", client_order_id="l1", type="limit", price=low, **order)
        await watched.until(2)
        await trader.call("tapecast.orders.amend", client_order_id="l1", price=higher)
        await watched.until(4)
        await trader.call("tapecast.orders.cancel", client_order_id="l1")
        await watched.until(6)
        await trader.call("tapecast.orders.place", client_order_id="m1", type="market", **order)
        await watched.until(9)
    now = await trader.call("tapecast.orders.get", client_order_id="l1")
    fills = (await trader.call("tapecast.account.list_fills", limit=1))["fills"]
    await trader.stop()

    assert placed["status"] == "pending_new"
    orders = [one.payload for one in watched.events if one.topic.endswith(".orders")]
    assert [(one["client_order_id"], one["status"], one["price"]) for one in orders] == [
        ("l1", "pending_new", low),
        ("l1", "new", low),
        ("l1", "pending_replace", low),
        ("l1", "new", higher),
        ("l1", "pending_cancel", higher),
        ("l1", "cancelled", higher),
        ("m1", "pending_new", None),
        ("m1", "filled", None),
    ]
    assert (now["status"], now["venue"]) == ("cancelled", "platform")
    assert [(one["client_order_id"], one["price"], one["quantity"]) for one in fills] == [("m1", "50000", "0.5")]


@pytest_twisted.ensureDeferred
async def test_an_account_is_what_its_platform_says(platform_node: RunningNode) -> None:
    """Balances, a liquidated position and the margin; what comes again changes nothing."""
    token = platform_node.token("platform", "service")
    publisher = Publisher(reactor, platform_node.websocket_url, token=lambda: token)
    publisher.start()
    for _ in range(2):
        publisher.wallet("eve", "USD", total="-5.50", locked=1, reason="liquidation", sequence=1)
        publisher.position(
            "eve", "GOLD", quantity=0, realised_pnl="-100", event="liquidated", reason="margin_level", sequence=1
        )
        publisher.margin(
            "eve",
            margin_level="0.9",
            formula="equity / used margin",
            equity="90",
            maintenance_margin="100",
            shortfall="10",
            sequence=1,
            event_ts="2020-01-01T00:00:00Z",
        )
    await publisher.drained()
    trader = await live_client(platform_node, "eve", "trader")
    asked: dict[str, Any] = {
        name: await trader.call(f"tapecast.account.{name}") for name in ("get_wallet", "get_positions", "get_margin")
    }
    snapshots = {
        name: await trader.call("tapecast.stream.get", topic=f"tapecast.user.eve.{name}")
        for name in ("wallet", "positions", "margin")
    }
    await publisher.stop()
    await trader.stop()

    assert asked["get_wallet"]["wallet"] == [{"currency": "USD", "total": "-5.5", "free": "-6.5", "locked": "1"}]
    assert [
        (one["instrument"], one["quantity"], one["realised_pnl"]) for one in asked["get_positions"]["positions"]
    ] == [("GOLD", "0", "-100")]
    assert (asked["get_margin"]["formula"], asked["get_margin"]["shortfall"]) == ("equity / used margin", "10")
    assert [snapshots[name]["seq"] for name in ("wallet", "positions", "margin")] == [1, 1, 1]
    assert snapshots["margin"]["payload"]["margin_level"] == "0.9"
    meta = snapshots["margin"]["meta"]
    assert (meta["source"], meta["quality"]) == ("platform", "stale")
    assert meta["event_ts"] == "2020-01-01T00:00:00.000000Z"


@pytest_twisted.ensureDeferred
async def test_a_platforms_alerts_and_bots_are_told(platform_node: RunningNode) -> None:
    """Each as it is now, whatever comes again; the desk hears of alerts."""
    token = platform_node.token("platform", "service")
    publisher = Publisher(reactor, platform_node.websocket_url, token=lambda: token)
    publisher.start()
    for state in ("open", "open", "resolved"):
        publisher.alert(
            "eve",
            "used",
            alert_type="used_margin",
            severity="critical",
            message="Used up",
            state=state,
            current_value=1,
        )
    for status in ("running", "error"):
        publisher.bot("eve", "b1", name="Grid", status=status, total_pnl="-1.5", win_rate="0.25", trades_today=4)
    await publisher.stop()
    trader = await live_client(platform_node, "eve", "trader")
    desk = await live_client(platform_node, "desk", "risk")
    alerts = (await trader.call("tapecast.risk.list_alerts"))["alerts"]
    bots = (await trader.call("tapecast.bots.list"))["bots"]
    told = await desk.call("tapecast.stream.get", topic="tapecast.risk.alerts")
    await trader.stop()
    await desk.stop()

    assert [(one["dedup_key"], one["state"], one["current_value"]) for one in alerts] == [("used", "resolved", "1")]
    assert [(one["bot_id"], one["status"], one["performance"]["win_rate"]) for one in bots] == [("b1", "error", "0.25")]
    assert told["seq"] >= 1


@pytest_twisted.ensureDeferred
async def test_a_platform_is_refused_by_the_field(platform_node: RunningNode) -> None:
    """And nobody but a platform hands anything in."""
    platform = await live_client(platform_node, "platform", "service")
    event = {"user_id": "eve", "sequence": 9, "currency": "USD", "total": "1"}

    with pytest.raises(InvalidArgument) as raised:
        await platform.call("tapecast.intake.wallet", events=[event, {**event, "total": 1.5}])
    await platform.stop()

    assert raised.value.field == "events[1].total"
    assert raised.value.message == "events[1].total: expected text, received a float"
