"""What the documents tell a reader to run, and what they say comes of it, on a running gateway."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_twisted
from tapecast_client.on_twisted import Client
from twisted.internet import reactor
from twisted.internet.task import deferLater

from components.contract.topics import family_of
from tests.support.client_sessions import live_client
from tests.support.documents import PROJECT, blocks, code, read, table
from tests.support.node import PATIENCE_S, RunningNode

ATTEMPTS, PAUSE_S = 600, 0.1
DOCUMENTED_ADDRESS = "127.0.0.1:8080"
SCRIPTS = {
    name: text
    for path in ("README.md", "docs/tutorial.md", "docs/reference/wire.md", "docs/howto/add-instruments-at-run-time.md")
    for name, text in blocks(path, "python")
}


@pytest.fixture(scope="module")
def node() -> Iterator[RunningNode]:
    """A gateway as the documents begin with it: a simulated market, and orders on paper."""
    with RunningNode({"EXECUTION": "paper"}) as running:
        yield running


def save(directory: Path, name: str, node: RunningNode) -> Path:
    """Save a document's script, with the address of this gateway in place of the documented one."""
    assert DOCUMENTED_ADDRESS in SCRIPTS[name]
    path = directory / name
    path.write_text(SCRIPTS[name].replace(DOCUMENTED_ADDRESS, f"127.0.0.1:{node.port}"))
    return path


def command(script: Path) -> list[str]:
    """What runs a script as in an environment that `make` made, where Autobahn finds no serializer to complain of."""
    return [sys.executable, "-u", "-c", f"import router, runpy; runpy.run_path({str(script)!r}, run_name='__main__')"]


def lines_of(script: Path, **variables: str) -> list[str]:
    """What a script prints that ends by itself."""
    result = subprocess.run(
        command(script),
        env={**os.environ, **variables},
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    *lines, last = (without_time(line) for line in result.stdout.splitlines())
    assert last == "Main loop terminated."
    return lines


def first_lines_of(script: Path, count: int) -> list[str]:
    """The first lines that a script prints which goes on."""
    with subprocess.Popen(command(script), cwd=PROJECT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        impatience = threading.Timer(PATIENCE_S, running.kill)
        impatience.start()
        lines = [without_time(line) for _, line in zip(range(count), running.stdout, strict=False)]
        impatience.cancel()
        running.kill()
    return lines


def without_time(line: str) -> str:
    """A line without the time that Autobahn puts in front of all that is printed."""
    return line.rstrip("\n").partition(" ")[2]


def test_the_readmes_subscriber_prints_prices(node: RunningNode, tmp_path: Path) -> None:
    """Copied as it stands, it prints number, instrument and price of each event."""
    lines = first_lines_of(save(tmp_path, "subscribe.py", node), 30)

    assert len([line for line in lines if re.fullmatch(r"\d+ [A-Z]+ [\d.]+", line)]) > 10


def test_the_tutorials_first_script_prints_prices(node: RunningNode, tmp_path: Path) -> None:
    """It joins without a token, prints ten events or a few more with their envelope's fields, and ends."""
    joined, *prices = lines_of(save(tmp_path, "watch.py", node))

    assert joined == "joined as public"
    assert len(prices) >= 10
    assert all(re.fullmatch(r"(snapshot|delta) \S+ \d+ [A-Z]+ [\d.]+ sim", price) for price in prices)


def test_the_tutorials_calls_are_answered(node: RunningNode, tmp_path: Path) -> None:
    """Instruments, a price by alias, a snapshot, and a coded error."""
    *instruments, price, snapshot, refusal = lines_of(save(tmp_path, "ask.py", node))

    assert len(instruments) >= 10
    assert re.fullmatch(r"BTCUSDT [\d.]+ as of seq \d+", price)
    assert re.fullmatch(r"conflated snapshot [\d.]+", snapshot)
    assert refusal.startswith("tapecast.error.unknown_instrument ")


def test_the_tutorials_user_signs_in(node: RunningNode, tmp_path: Path) -> None:
    """With a token one reads one's own topics, and nobody else's."""
    token = node.token("alice@example.com", "trader")

    me, own, other, left = lines_of(save(tmp_path, "me.py", node), TOKEN=token)

    assert me.startswith("trader alice@example.com until ")
    assert own == "may read own orders"
    assert other == "may not read bob's: tapecast.error.not_authorized"
    assert left == "left: wamp.close.normal"


def test_the_tutorials_refused_user_learns_why(node: RunningNode, tmp_path: Path) -> None:
    """With a token that is none, the script prints the code that the tutorial names."""
    assert lines_of(save(tmp_path, "me.py", node), TOKEN="nonsense") == ["left: tapecast.error.token_invalid"]


def test_the_tutorials_order_is_executed(node: RunningNode, tmp_path: Path) -> None:
    """It is accepted and filled, what was paid is gone from the wallet, and what was bought is there."""
    token = node.token("bob@example.com", "trader")

    lines = lines_of(save(tmp_path, "order.py", node), TOKEN=token)

    *events, usdt, btc, left = lines
    orders = [line for line in events if line.startswith("order: ")]
    fills = [re.fullmatch(r"fill: buy ([\d.]+) at ([\d.]+) ([\d.]+) commission", line) for line in events]
    paid = sum(Decimal(fill[1]) * Decimal(fill[2]) + Decimal(fill[3]) for fill in fills if fill)
    assert (orders[0], orders[-1]) == ("order: new new 0 of 0.01", "order: filled filled 0.01 of 0.01")
    assert len(events) == len(orders) + sum(fill is not None for fill in fills)
    assert btc == "wallet: BTC 0.01 of which free 0.01"
    assert usdt == "wallet: USDT {0} of which free {0}".format(Decimal(100_000) - paid)
    assert left == "left: wamp.close.normal"


def test_the_recipe_joins_a_snapshot_to_its_stream(node: RunningNode, tmp_path: Path) -> None:
    """The contract's recipe goes on with the number behind the snapshot's, without a loss."""
    snapshot, *events = first_lines_of(save(tmp_path, "follow.py", node), 12)

    found = re.fullmatch(r"snapshot as of (\d+) with \d+ trades", snapshot)
    assert found is not None
    begin = int(found.group(1)) + 1
    assert [event.split()[1] for event in events] == [str(seq) for seq in range(begin, begin + 11)]


def test_the_operators_instrument_goes_and_comes(node: RunningNode, tmp_path: Path) -> None:
    """The script stops following an instrument, follows it again, and shows the feed."""
    token = node.token("op", "admin")

    removed, added, feed = lines_of(save(tmp_path, "operate.py", node), TOKEN=token)

    assert removed == "removed ['DOTUSDT'] and follows 11"
    assert added == "added ['DOTUSDT'] and follows 12"
    assert feed.startswith("sim up simulating, seed ")


def test_the_tutorials_recording_is_shown(tmp_path: Path) -> None:
    """A gateway that replays it answers with a price of it, at its time."""
    ((name, text),) = blocks("docs/tutorial.md", "text")
    (tmp_path / name).write_text(text)

    with RunningNode({"FEED": f"replay:{tmp_path / name}"}) as replaying:
        price = replaying.wait_for_price("ETHUSDT")

    assert price["price"] in ("2030.20", "2030.10")
    assert price["ts"].startswith("2023-11-14T")
    assert price["meta"]["source"] == "binance"


def test_the_addresses_for_curl_answer(node: RunningNode) -> None:
    """What README and tutorial give to curl is a price."""
    for document in ("README.md", "docs/tutorial.md"):
        (path,) = re.findall(rf"^curl http://{re.escape(DOCUMENTED_ADDRESS)}(\S+)$", read(document), re.MULTILINE)

        assert node.get_json(path)["instrument"] == "BTCUSDT"


@pytest_twisted.ensureDeferred
async def test_what_is_said_to_be_published_is(node: RunningNode) -> None:
    """The topics that have events are those that the reference calls published, and no others."""
    said = {code(row["topic"]) for row in table("docs/reference/uris.md", "topic") if row["published"] == "yes"}
    trader, platform, operator = [
        await live_client(node, user, role) for user, role in (("carl", "trader"), ("p", "service"), ("op", "admin"))
    ]
    await bring_about_everything(trader, platform)
    operator.subscribe("tapecast.admin.stats", lambda _event: None)
    for role in (None, "trader", "risk", "issuer", "admin"):
        await operator.call("tapecast.admin.broadcast", message="the market opens", role=role)

    published = await published_families(operator)
    for _ in range(ATTEMPTS):
        if said <= published:
            break
        await deferLater(reactor, PAUSE_S)
        published = await published_families(operator)
    for client in (trader, platform, operator):
        await client.stop()

    assert published == said


async def published_families(operator: Client) -> set[str]:
    """The patterns of all topics that have had an event."""
    listed = await operator.call("tapecast.stream.list")
    families = [family_of(stream["topic"]) for stream in listed if stream["seq"]]
    return {family.pattern for family in families if family is not None}


async def bring_about_everything(trader: Client, platform: Client) -> None:
    """What each of a user's topics tells of happens once."""
    await trader.call("tapecast.session.cancel_on_disconnect", after_ms=60_000)
    await trader.call("tapecast.bots.report", bot_id="b1", name="Grid", status="running")
    order = {"instrument": "BTCUSDT", "side": "buy", "type": "market", "quantity": "0.01"}
    await trader.call("tapecast.orders.place", client_order_id="o1", **order)
    alert = {
        "user_id": "carl",
        "sequence": 1,
        "dedup_key": "k1",
        "alert_type": "used_margin",
        "severity": "warning",
        "message": "Used up",
    }
    await platform.call("tapecast.intake.alert", events=[alert])
