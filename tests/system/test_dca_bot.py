"""The sample bot on a running gateway: it buys once in an interval, whatever kills it, and leaves nothing behind."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import pytest_twisted
from tapecast_client.on_twisted import Client
from twisted.internet import reactor
from twisted.internet.threads import deferToThread

from tests.support.client_sessions import next_session
from tests.support.documents import PROJECT
from tests.support.node import PATIENCE_S, RunningNode

YEAR_S = 365 * 24 * 3600
"""An interval in which the test is over."""


class RunningBot:
    """The bot as its user starts it, and what it prints."""

    def __init__(self, node: RunningNode, token: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-X", "dev", "-W", "error", "examples/dca_bot.py", *arguments],
            cwd=PROJECT,
            env={**node.environment, "TOKEN": token, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )

    def next_line(self) -> "list[str]":
        """The words of the next line that it prints; none where it has ended."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().split()

    def end(self, signal_number: int) -> int:
        """Send a signal, and wait until it is gone."""
        self.process.send_signal(signal_number)
        return self.process.wait(PATIENCE_S)


@contextmanager
def running_bot(node: RunningNode, token: str, *arguments: str) -> Iterator[RunningBot]:
    """A bot that buys in intervals of a year, while the block lasts."""
    bot = RunningBot(node, token, "--url", node.websocket_url, "--every", str(YEAR_S), *arguments)
    impatience = threading.Timer(PATIENCE_S, bot.process.kill)
    impatience.start()
    try:
        yield bot
    finally:
        impatience.cancel()
        bot.process.kill()
        bot.process.wait()
        assert bot.process.stdout is not None
        bot.process.stdout.close()


@pytest.fixture(scope="module")
def floor() -> Iterator[RunningNode]:
    """A gateway with a venue on paper; each test has a trader of its own."""
    with RunningNode({"EXECUTION": "paper"}) as node:
        yield node


async def client_of(node: RunningNode, token: str) -> Client:
    """The bot's user, with another program."""
    client = Client(reactor, node.websocket_url, token=lambda: token)
    live = next_session(client)
    client.start()
    await live
    return client


async def orders_and_bots(node: RunningNode, token: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What the user has."""
    client = await client_of(node, token)
    orders = await client.call("tapecast.orders.list")
    bots = await client.call("tapecast.bots.list")
    await client.stop()
    return orders["orders"], bots["bots"]


@pytest_twisted.ensureDeferred
async def test_a_killed_bot_buys_once(floor: RunningNode) -> None:
    """SIGKILL behind its order: started again it finds that the interval is bought."""
    token = floor.token("ann", "trader")
    with running_bot(floor, token) as bot:
        first = await deferToThread(bot.next_line)
        bot.end(signal.SIGKILL)
    with running_bot(floor, token) as bot:
        second = await deferToThread(bot.next_line)

    orders, (reported,) = await orders_and_bots(floor, token)
    assert first == second
    assert first[1] == "filled"
    assert [order["client_order_id"] for order in orders] == [first[0]]
    assert (reported["bot_id"], reported["status"]) == ("dca-BTCUSDT", "running")


@pytest_twisted.ensureDeferred
async def test_a_bot_that_is_stopped_leaves_nothing_behind(floor: RunningNode) -> None:
    """Ctrl-C cancels what is open, and says that the bot rests."""
    token = floor.token("ben", "trader")
    with running_bot(floor, token, "--below", "5") as bot:
        assert (await deferToThread(bot.next_line))[1] == "new"
        status = await deferToThread(bot.end, signal.SIGINT)
        (_, last) = bot.next_line()

    (order,), (reported,) = await orders_and_bots(floor, token)
    assert (status, last) == (0, "cancelled")
    assert (order["status"], order["reason"], order["type"]) == ("cancelled", "requested", "limit")
    assert reported["status"] == "paused"
