"""A platform hands in its own market with the Python client's publisher, as the example shows."""

import os
import subprocess
import sys

import pytest_twisted
from tapecast_client.on_twisted import Client
from twisted.internet import reactor

from tests.support.client_sessions import next_session
from tests.support.documents import PROJECT
from tests.support.node import PATIENCE_S, RunningNode


def run_publisher(node: RunningNode) -> str:
    """What the example prints that hands in a price, a trade and a book of GOLD."""
    done = subprocess.run(
        [sys.executable, str(PROJECT / "examples" / "publisher.py"), node.websocket_url],
        env={**os.environ, "TOKEN": node.token("pricing", "service")},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    return done.stdout


@pytest_twisted.ensureDeferred
async def test_what_a_platform_hands_in_is_read_by_everyone() -> None:
    """The example's events are in the price, the trades and the book; handed in once more, they change nothing."""
    settings = {"FEED": "intake:acme,sim", "INSTRUMENTS": "GOLD,BTCUSDT"}
    with RunningNode(settings, ready="intake:acme is degraded: nothing was handed in yet") as node:
        first, second = run_publisher(node), run_publisher(node)

        client = Client(reactor, node.websocket_url)
        live = next_session(client)
        client.start()
        await live
        price = await client.call("tapecast.market.get_price", instrument="GOLD")
        trades = await client.call("tapecast.market.get_trades", venue="acme", instrument="GOLD")
        book = await client.call("tapecast.market.get_book", venue="acme", instrument="GOLD")
        await client.stop()

    assert (first, second) == ("handed in\n", "handed in\n")
    assert (price["price"], price["meta"]["source"]) == ("2401.50", "acme")
    assert [(one["trade_id"], one["side"]) for one in trades["trades"]] == [("1", "buy")]
    assert (book["bids"], book["asks"]) == ([["2401.00", "5"]], [["2402.00", "7"]])
