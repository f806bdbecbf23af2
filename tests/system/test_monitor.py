"""The monitor against a running gateway, one that is down, one that hangs, and none."""

import json
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import attrs
import pytest

from tests.support.node import PATIENCE_S, RunningNode, free_port

MONITOR = Path(__file__).parents[2] / "scripts" / "monitor"
FEED = {"name": "feed:sim", "state": "up", "reason": "", "age_ms": 5}
MARKET = {"name": "market", "state": "up", "reason": "", "age_ms": None}
FIGURES = {"total": 9, "per_second": 1.5}
ANSWERS: dict[str, object] = {
    "/health": {"status": "up", "parts": [MARKET, FEED]},
    "/api/status": {"queues": {"clients": {"lossless": 2, "conflated": 1}, "feeds": {"sim": 4.0}}},
    "/api/stats": {"total_connections": 3, "messages": {"received": FIGURES, "sent": FIGURES}, "errors": FIGURES},
}


@attrs.define
class FakeGateway:
    """
    What a server answers, path by path.

    Attributes:
        url: Where it is.
        status: With which HTTP status `/health` is answered.
        bodies: What is answered, by path.
    """

    url: str
    status: int = 200
    bodies: dict[str, bytes] = attrs.field(
        factory=lambda: {path: json.dumps(answer).encode() for path, answer in ANSWERS.items()}
    )

    def report(self, *parts: object, status: int = 200) -> None:
        """Have other parts from now on."""
        self.status = status
        self.bodies["/health"] = json.dumps({"parts": parts}).encode()


@pytest.fixture
def fake() -> Iterator[FakeGateway]:
    """A gateway that is well until the test says otherwise."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(gateway.status if self.path == "/health" else 200)
            self.end_headers()
            self.wfile.write(gateway.bodies[self.path])

        def log_message(self, *_args: object) -> None:
            """Keep the tests' output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        gateway = FakeGateway(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield gateway
        server.shutdown()


def monitor(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command until it ends."""
    return subprocess.run([MONITOR, *arguments], capture_output=True, text=True, check=False, timeout=PATIENCE_S)


def watching(url: str) -> "subprocess.Popen[str]":
    """The command, which goes on until it is ended."""
    command = [str(MONITOR), "--interval", "0.05", "--api-url", url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def line_with(text: str, process: "subprocess.Popen[str]") -> str:
    """The next line that holds a text; the test ends in time where none does."""
    assert process.stdout is not None
    return next(line for line in process.stdout if text in line)


def end(process: "subprocess.Popen[str]", signal_number: int) -> tuple[int, str]:
    """The exit status, and what it complained of."""
    process.send_signal(signal_number)
    _, complaints = process.communicate(timeout=PATIENCE_S)
    return process.returncode, complaints


def test_a_gateway_that_is_well_is_one_line(node: RunningNode) -> None:
    """Status 0, and a line with the state, the connections, the rates and the queues."""
    result = monitor("--once", "--api-url", node.url)

    (line,) = result.stdout.splitlines()
    _time, state, *figures = [part.strip() for part in line.split("  ") if part]
    assert (result.returncode, result.stderr, state) == (0, "", "up")
    names = ["connections", "received", "sent", "errors", "waiting", "undecoded"]
    assert [figure.split()[0] for figure in figures] == names


def test_figures_are_the_answers(fake: FakeGateway) -> None:
    """What waits is told together, of clients and of feeds."""
    result = monitor("--once", "--api-url", f"{fake.url}/")

    assert result.stdout.partition("  ")[2] == (
        "up        connections 3  received 1.5/s  sent 1.5/s  errors 1.5/s  waiting 3  undecoded 4\n"
    )


def test_a_part_that_is_down_is_named(fake: FakeGateway) -> None:
    """Status 1, and the line says which part it is and why; what is up is not spoken of."""
    fake.report({**MARKET, "state": "down", "reason": "it is silent"}, FEED, status=503)

    result = monitor("--once", "--api-url", fake.url)

    assert (result.returncode, result.stderr) == (1, "")
    assert "Z  down " in result.stdout
    assert result.stdout.endswith("  market is down: it is silent\n")


def test_a_degraded_part_is_told_and_no_alarm(fake: FakeGateway) -> None:
    """The gateway serves what it has: status 0, as load balancers see it."""
    fake.report(MARKET, {**FEED, "state": "degraded", "reason": "silent\x1b[2J"})

    result = monitor("--once", "--api-url", fake.url)

    assert (result.returncode, result.stderr) == (0, "")
    assert "Z  degraded " in result.stdout
    assert result.stdout.endswith("  feed:sim is degraded: silent?[2J\n")


def test_nobody_there_is_not_reachable() -> None:
    """Where nobody listens the status is 3, and one line says so."""
    url = f"http://127.0.0.1:{free_port()}"

    result = monitor("--once", "--api-url", url)

    assert (result.returncode, result.stderr) == (3, "")
    assert result.stdout.partition("  ")[2] == f"away      {url}/health: Connection refused\n"


def test_a_gateway_that_hangs_is_not_waited_for() -> None:
    """It takes connections and says nothing: status 3 when the time is up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

        result = monitor("--once", "--timeout", "0.2", "--api-url", url)

    assert (result.returncode, result.stderr) == (3, "")
    assert result.stdout.partition("  ")[2] == f"away      {url}: no answer within 0.2 s\n"


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"parts": 1}', b'{"parts": [{"state": "fine"}]}', b"[" * 100_000, b" " * (1 << 21)]
)
def test_whoever_is_no_gateway_is_not_reachable(fake: FakeGateway, body: bytes) -> None:
    """Another form than a gateway's answers is one line and status 3, however long or deep it is."""
    fake.bodies["/health"] = body

    result = monitor("--once", "--api-url", fake.url)

    assert (result.returncode, result.stderr) == (3, "")
    assert len(result.stdout.splitlines()) == 1


def test_it_goes_on_and_ends_with_how_it_was_last(fake: FakeGateway) -> None:
    """It looks again and again; Ctrl-C ends it with the status of the last look."""
    process = watching(fake.url)
    line_with("Z  up ", process)
    fake.report({**MARKET, "state": "down", "reason": "it is silent"}, status=503)
    line_with("market is down", process)

    assert end(process, signal.SIGINT) == (1, "")


def test_a_gateway_that_came_back_is_well(fake: FakeGateway) -> None:
    """SIGTERM ends it as Ctrl-C does; that it was down before does not count any more."""
    fake.report({**MARKET, "state": "down", "reason": "it is silent"}, status=503)
    process = watching(fake.url)
    line_with("market is down", process)
    fake.report(MARKET)
    line_with("Z  up ", process)

    assert end(process, signal.SIGTERM) == (0, "")


def test_readers_may_leave(fake: FakeGateway) -> None:
    """With nobody who reads the lines it ends, and complains of nothing."""
    process = watching(fake.url)
    line_with("Z  up ", process)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()

    complaints = process.stderr.read()

    process.stderr.close()
    assert (process.wait(PATIENCE_S), complaints) == (0, "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--interval", "0"),
        ("--interval", "nan"),
        ("--interval", "soon"),
        ("--timeout", "-1"),
        ("--timeout", "86401"),
        ("--api-url", "ftp://x"),
        ("--api-url", "http://x:y"),
        ("--api-url", "http://x:0"),
        ("--api-url", "http:///health"),
        ("--api-url", "http://x y"),
        ("--api-url", "http://x?token=1"),
        ("--url", "http://x"),
    ],
)
def test_monitor_arguments_that_cannot_be_used(arguments: tuple[str, ...]) -> None:
    """The status is 2, nothing is looked at, and the error names the argument."""
    result = monitor("--once", *arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert arguments[0] in result.stderr
    assert "Traceback" not in result.stderr
