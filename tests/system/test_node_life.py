"""A node's life as its operator sees it: start, stop, what breaks it, and what does not."""

import os
import signal
import socket

import pytest

from components.runtime.cli import FAILED, NOT_RUNNING, OK, UNUSABLE_SETTINGS
from tests.support.node import RunningNode, environment, replaying


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_node_in_order(signal_number: int) -> None:
    """Both signals end it with status 0, no process left and no traceback."""
    with RunningNode() as node:
        workers = node.workers()

        status = node.stop(signal_number)

        assert status == OK
        assert set(workers) == {"router", "market"}
        assert node.workers() == {}
        assert "Traceback" not in "".join(node.log)


def test_stop_and_status_tell_the_truth(node: RunningNode) -> None:
    """`status` knows a running node and one that is not there; `stop` says so where nothing runs."""
    assert node.run("status").returncode == OK
    with RunningNode() as other:
        stopped = other.run("stop")

        assert (stopped.returncode, stopped.stdout) == (OK, "stopped\n")
        assert other.wait() == OK
        assert other.run("status").returncode == NOT_RUNNING
        assert other.run("stop").returncode == NOT_RUNNING


def test_a_second_start_on_the_port_is_refused_in_one_line(node: RunningNode) -> None:
    """Another data directory and the same port: one line that names the setting, and status 2."""
    with_other_directory = {"DATA_DIR": str(node.directory / "other"), "PORT": str(node.port), "METRICS_PORT": "0"}

    status, text = start_with(node, with_other_directory)

    assert status == UNUSABLE_SETTINGS
    assert is_one_line_with(text, "TAPECAST_PORT", str(node.port))


def test_a_busy_data_directory_is_refused_in_one_line(node: RunningNode) -> None:
    """Another port and the same data directory: one line that names the setting, and status 1."""
    status, text = start_with(node, {"DATA_DIR": str(node.directory / "data"), "PORT": "1", "METRICS_PORT": "0"})

    assert status == FAILED
    assert is_one_line_with(text, "TAPECAST_DATA_DIR")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"FEED": "replay:/nowhere/at/all.gz"}, "/nowhere/at/all.gz"),
        ({"FEED": "replay:/dev/null"}, "/dev/null"),
        ({"FEED": "nonsense"}, "TAPECAST_FEED"),
        ({"PORT": "eighty"}, "TAPECAST_PORT"),
        ({"JWT_SECRET": "short"}, "TAPECAST_JWT_SECRET"),
        ({"PROT": "80"}, "TAPECAST_PROT"),
        ({"LOG_LEVEL": "loud"}, "TAPECAST_LOG_LEVEL"),
        ({"DATA_DIR": "/proc/tapecast"}, "/proc/tapecast"),
        ({"DATA_DIR": "/tmp/" + 100 * "x"}, "TAPECAST_DATA_DIR"),
    ],
)
def test_unusable_settings_are_refused_in_one_line(node: RunningNode, settings: dict[str, str], named: str) -> None:
    """A setting that nothing can be done with gives one line that names it, and status 2."""
    given = {"DATA_DIR": str(node.directory / "unused"), "METRICS_PORT": "0", **settings}

    status, text = start_with(node, given)

    assert status == UNUSABLE_SETTINGS
    assert is_one_line_with(text, named)


def start_with(node: RunningNode, settings: dict[str, str]) -> tuple[int, str]:
    """Try to start a node with other settings; its status, and all that it wrote to the standard error."""
    kept = node.environment
    node.environment = environment(**settings)
    try:
        result = node.run("start")
    finally:
        node.environment = kept
    return result.returncode, result.stderr


def is_one_line_with(text: str, *words: str) -> bool:
    """Whether a text is a single line of ours that holds these words."""
    return text.startswith("tapecast: ") and text.count("\n") == 1 and all(word in text for word in words)


def test_the_routers_end_is_the_nodes_end() -> None:
    """Without its router worker the node ends with status 1, and leaves no process."""
    with RunningNode() as node:
        os.kill(node.workers()["router"], signal.SIGKILL)

        assert node.wait() == FAILED
        assert node.workers() == {}


def test_start_after_a_crash_finds_its_way() -> None:
    """A node that was killed leaves a socket and a pid behind; the next start is not held up by them."""
    with RunningNode() as node:
        for pid in (node.process.pid, *node.workers().values()):
            os.kill(pid, signal.SIGKILL)
        node.wait()

        with RunningNode({"DATA_DIR": str(node.directory / "data")}) as again:
            assert again.get_json("/health")["status"] == "up"


def test_services_socket_is_for_the_owner_only(node: RunningNode) -> None:
    """Crossbar's socket is open to everyone, so the directory around it must not be."""
    directory = node.directory / "data"

    assert (directory / "services.sock").is_socket()
    assert directory.stat().st_mode & 0o077 == 0
    assert (directory / "jwt.secret").stat().st_mode & 0o077 == 0


def test_metrics_are_on_the_loopback_only(node: RunningNode) -> None:
    """Figures of every process are on their own port, which is not open to other machines."""
    with socket.create_connection(("127.0.0.1", node.metrics_port)) as connection:
        connection.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        page = b"".join(iter(lambda: connection.recv(65_536), b"")).decode()

    assert 'tapecast_sessions{role="gateway"} 1.0' in page
    assert 'tapecast_feed_age_seconds{feed="sim"}' in page


def test_the_recorded_market_is_shown() -> None:
    """A replay serves the recorded prices, with an age by its own clock."""
    with RunningNode(replaying(speed="50")) as node:
        price = node.get_json("/api/prices/BTCUSDT")

    assert price["instrument"] == "BTCUSDT"
    assert 60_000 < float(price["price"]) < 63_000
    assert price["ts"].startswith("2024-08-0")
    assert price["meta"]["age_ms"] < 60_000
