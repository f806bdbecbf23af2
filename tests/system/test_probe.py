"""The probe against a running gateway, a broken one, and none."""

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from scripts.probe_client import find_hole, is_newer
from tests.support.node import PATIENCE_S, RunningNode, free_port

PROBE = Path(__file__).parents[2] / "scripts" / "probe"
DOWN = {"status": "down", "parts": [{"name": "market", "state": "down", "reason": "it is silent", "age_ms": 4000}]}


def probe(url: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command."""
    command = [str(PROBE), "--url", url, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)


@pytest.fixture(scope="module")
def paper_node() -> Iterator[RunningNode]:
    """A gateway as its settings begin, which executes orders on paper."""
    with RunningNode({"EXECUTION": "paper"}) as running:
        yield running


@pytest.fixture
def broken_gateway() -> Iterator[str]:
    """The URL of a server whose `/health` tells of a part that is down, and that answers nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = (503, DOWN) if self.path == "/health" else (404, {})
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_args: object) -> None:
            """Keep the tests' output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_healthy_gateway_passes_every_check(paper_node: RunningNode) -> None:
    """With a trader's token all three tests run, and each line says ok."""
    result = probe(paper_node.url, "--token", paper_node.token("alice", "trader"))

    *lines, summary = result.stdout.splitlines()
    assert (result.returncode, result.stderr) == (0, "")
    assert {line.split()[0] for line in lines} == {"health", "market", "trading"}
    assert {line.split()[1] for line in lines} == {"ok"}
    assert summary == f"{len(lines)} checks, all ok"


def test_an_order_is_placed_and_nothing_is_left_of_it(paper_node: RunningNode) -> None:
    """The account is told of, an order rests and is cancelled, and the wallet is as before, time and again."""
    token = paper_node.token("carl", "trader")

    printed = [probe(paper_node.url, "--test", "trading", "--token", token).stdout for _ in range(2)]

    lines = "".join(printed).splitlines()
    wallets = {line for line in lines if " account.get_wallet: " in line}
    orders = [line for line in lines if " order on paper: " in line]
    assert wallets == {"trading  ok    account.get_wallet: 100000 USDT"}
    assert [line.split()[1] for line in orders] == ["ok", "ok"]
    assert all(line.endswith(" cancelled, 2 events with seq in steps of one") for line in orders)


@pytest.mark.parametrize("role", ["risk", "issuer", "service", "admin"])
def test_every_role_is_held_to_its_own_rights(paper_node: RunningNode, role: str) -> None:
    """Whatever the role may read of users' topics is granted, and nothing more; no order is placed for it."""
    result = probe(paper_node.url, "--test", "trading", "--token", paper_node.token("bob@example.com", role))

    assert (result.returncode, result.stderr) == (0, "")
    assert " order " not in result.stdout


def test_without_accounts_they_are_left_out(node: RunningNode) -> None:
    """A gateway with nobody who executes orders passes, and the probe says what it did not try."""
    result = probe(node.url, "--test", "trading", "--token", node.token("alice", "trader"))

    assert (result.returncode, result.stderr) == (0, "")
    assert "trading  accounts left out, as the gateway keeps none" in result.stdout.splitlines()


def test_without_a_token_trading_is_left_out(node: RunningNode) -> None:
    """`all` says that it leaves out what it cannot test, and passes."""
    result = probe(node.url)

    assert result.returncode == 0
    assert "trading  left out, as it needs --token" in result.stdout.splitlines()


def test_a_token_that_is_not_accepted_fails_one_line(node: RunningNode) -> None:
    """The line carries the gateway's coded error, the status is 1, and there is no traceback."""
    result = probe(node.url, "--test", "trading", "--token", "nonsense")

    failed = [line for line in result.stdout.splitlines() if " FAIL " in line]
    assert (result.returncode, result.stderr) == (1, "")
    assert len(failed) == 1
    assert "tapecast.error.token_invalid" in failed[0]


def test_a_broken_gateway_fails_line_by_line(broken_gateway: str) -> None:
    """A part that is down, a page that is missing, a join that nobody answers: three lines, and status 1."""
    result = probe(broken_gateway, "--test", "health")

    assert (result.returncode, result.stderr) == (1, "")
    assert [line.split()[1] for line in result.stdout.splitlines()[:-1]] == ["FAIL"] * 3


@pytest.mark.parametrize("arguments", [(), ("--test", "market"), ("--test", "trading", "--token", "x")])
def test_a_closed_port_is_one_line(arguments: tuple[str, ...]) -> None:
    """Where nobody listens, the status is 2 and one line says so."""
    result = probe(f"http://127.0.0.1:{free_port()}", *arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1


def test_a_server_that_is_no_gateway_is_one_line(node: RunningNode) -> None:
    """The metrics port speaks HTTP and has no parts to tell of."""
    result = probe(f"http://127.0.0.1:{node.metrics_port}")

    assert (result.returncode, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--test", "trading"),
        ("--test", "everything"),
        ("--timeout", "0"),
        ("--url", "ftp://x"),
        ("--url", "http://x:y"),
    ],
)
def test_arguments_that_cannot_be_used_end_it(arguments: tuple[str, ...]) -> None:
    """The status is 2, and nothing is connected to."""
    result = probe("http://127.0.0.1:1", *arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr


def event(epoch: str, seq: int) -> dict[str, Any]:
    """As much of an event as its place in the stream."""
    return {"epoch": epoch, "seq": seq}


@pytest.mark.parametrize(
    ("numbers", "has_hole"),
    [
        ([("a", 5), ("a", 6), ("a", 7)], False),
        ([("a", 5), ("b", 1), ("b", 2)], False),
        ([("a", 5), ("a", 7)], True),
        ([("a", 5), ("a", 5)], True),
        ([("a", 5), ("a", 4)], True),
        ([], False),
    ],
)
def test_a_hole_is_a_step_other_than_one_within_an_epoch(numbers: list[tuple[str, int]], *, has_hole: bool) -> None:
    """A new epoch may begin anywhere; a number that comes twice, too late or too early is a hole."""
    events = [("tapecast.price.BTCUSDT", event(*number)) for number in numbers]

    assert (find_hole(events) is not None) is has_hole


def test_topics_are_numbered_apart() -> None:
    """Two topics with the same numbers have no hole between them."""
    assert find_hole([("x", event("a", 1)), ("y", event("a", 9)), ("x", event("a", 2)), ("y", event("a", 10))]) is None


def test_an_event_is_newer_by_number_or_epoch() -> None:
    """What the snapshot holds already is not newer; the next number is, and so is another epoch."""
    snapshot = event("a", 5)

    assert [is_newer(event(*number), snapshot) for number in [("a", 5), ("a", 6), ("b", 1)]] == [False, True, True]
