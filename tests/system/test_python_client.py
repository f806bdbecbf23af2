"""The Python client and its examples on a running gateway."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest_twisted
from tapecast_client.live_book import LiveBook
from tapecast_client.on_twisted import Client
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from tests.support.client_sessions import next_session
from tests.support.documents import PROJECT, blocks
from tests.support.node import PATIENCE_S, RunningNode

TOPIC = "tapecast.book.sim.BTCUSDT"
DOCUMENTED_ADDRESS = "127.0.0.1:8080"
ON_ASYNCIO = (sys.executable, "-X", "dev", "-W", "error", "-m", "tests.support.asyncio_client")


Place = tuple[str | None, int]


def command(script: str, *arguments: str) -> list[str]:
    """What runs an example; the warnings of what it imports are not its own."""
    return [sys.executable, "-u", str(PROJECT / script), *arguments]


def first_lines_of(arguments: list[str], count: int) -> list[str]:
    """The first lines that a program prints which goes on."""
    with subprocess.Popen(arguments, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as run:
        assert run.stdout is not None
        impatience = threading.Timer(PATIENCE_S, run.kill)
        impatience.start()
        lines = [line.strip() for _, line in zip(range(count), run.stdout, strict=False)]
        impatience.cancel()
        run.kill()
    return lines


def levels(pairs: Iterable[Any]) -> list[tuple[float, float]]:
    return [(float(price), float(size)) for price, size in pairs]


class BookLog:
    """Every state of a local book by its place, for waiting until one is there."""

    def __init__(self) -> None:
        self._books: dict[Place, Any] = {}
        self._waiting: list[tuple[Place, Deferred[None]]] = []
        self._begun: Deferred[None] = Deferred()

    def keep(self, book: LiveBook) -> None:
        """Note how it is now."""
        self._books[book.epoch, book.seq] = levels(book.bids.levels()), levels(book.asks.levels())
        if not self._begun.called:
            self._begun.callback(None)
        for place, ready in list(self._waiting):
            if place in self._books:
                self._waiting.remove((place, ready))
                ready.callback(None)

    async def begun(self) -> None:
        """There is a book; the gateway itself has none at its start."""
        await self._begun.addTimeout(PATIENCE_S, reactor)

    async def at(self, place: Place) -> Any:
        """How it was there."""
        if place not in self._books:
            ready: Deferred[None] = Deferred()
            self._waiting.append((place, ready))
            await ready.addTimeout(PATIENCE_S, reactor)
        return self._books[place]


@pytest_twisted.ensureDeferred
async def test_a_local_book_is_the_gateways(node: RunningNode) -> None:
    """Through cut connections, it has the same levels as the gateway's at the same number."""
    client, log = Client(reactor, node.websocket_url, first_delay_s=0.01), BookLog()
    live = next_session(client)
    client.follow_book("sim", "BTCUSDT", log.keep)
    client.start()
    await log.begun()
    for _ in range(3):
        await live
        answer = await client.call("tapecast.stream.get", topic=TOPIC)

        told = levels(answer["payload"]["bids"]), levels(answer["payload"]["asks"])
        assert await log.at((answer["epoch"], answer["seq"])) == told

        live = next_session(client)
        attempt: Any = client.connection._attempt
        attempt._transport.transport.abortConnection()
    await live
    await client.stop()


def test_the_client_works_on_asyncio(node: RunningNode) -> None:
    """It follows a topic through a cut connection, signs in, tells errors, and leaves in order."""
    result = subprocess.run(
        [*ON_ASYNCIO, node.websocket_url, node.token("alice", "trader")],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )

    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == {
        "follow": {
            "sessions": 2,
            "in_order": True,
            "role": "public",
            "losses": 0,
            "rejected": True,
            "refused": "unknown_instrument",
            "late": True,
            "ended": "ended",
        },
        "sign_in": ["trader"],
        "fail": "ConnectionRefusedError",
        "hand_in": ["not_authorized", "not_authorized"],
    }
    assert result.stderr == ""


def test_the_example_of_prices_prints_them(node: RunningNode) -> None:
    """It says how the connection is, and then each price."""
    opening, live, *prices = first_lines_of(command("examples/prices.py", node.websocket_url), 8)

    assert (opening, live) == ("opening", "live")
    assert all(re.fullmatch(r"(BTC|ETH)USDT [\d.]+", price) for price in prices)


def test_the_example_on_asyncio_prints_prices(node: RunningNode) -> None:
    """It shows an error by its code, and then each price."""
    error, *prices = first_lines_of(command("examples/prices_asyncio.py", node.websocket_url), 4)

    assert error == "unknown_instrument"
    assert all(re.fullmatch(r"BTCUSDT [\d.]+", price) for price in prices)


def test_the_example_of_a_book_prints_its_best_levels(node: RunningNode) -> None:
    """With the number that they are of."""
    lines = first_lines_of(command("examples/order_book.py", node.websocket_url), 3)

    assert all(re.fullmatch(r"\d+ [\d.]+ at [\d.]+ / [\d.]+ at [\d.]+", line) for line in lines)


def save(directory: Path, document: str, node: RunningNode) -> str:
    """Save the script of a document, with the address of this gateway in place of the documented one."""
    ((name, text),) = blocks(document, "python")
    assert DOCUMENTED_ADDRESS in text
    (directory / name).write_text(text.replace(DOCUMENTED_ADDRESS, f"127.0.0.1:{node.port}"))
    return str(directory / name)


def test_the_clients_readme_prints_prices(node: RunningNode, tmp_path: Path) -> None:
    """Copied as it stands, it prints number and price of each event."""
    lines = first_lines_of(command(save(tmp_path, "clients/python/README.md", node)), 3)

    assert all(re.fullmatch(r"\d+ [\d.]+", line) for line in lines)


def test_the_guide_follows_trades(node: RunningNode, tmp_path: Path) -> None:
    """Copied as it stands, it prints a state, and the events behind it."""
    script = save(tmp_path, "docs/howto/use-the-python-client.md", node)

    live, state, *events = first_lines_of(command(script), 5)

    assert live == "live"
    begin = int(state.removeprefix("state ").removesuffix(" BTCUSDT"))
    assert events == [f"event {begin + number} BTCUSDT" for number in (1, 2, 3)]
