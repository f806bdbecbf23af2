"""A node's life as its operator sees it: start, stop, what breaks it, and what does not."""

import json
import os
import signal
import socket
import subprocess
import urllib.request
from contextlib import suppress
from pathlib import Path

import jwt
import psutil
import pytest
import pytest_twisted
from tapecast_client.errors import Unavailable

from auth.secret_store import SECRET_FILE_NAME, read_secret_file
from components.runtime.commands import FAILED, NOT_RUNNING, OK, UNUSABLE_SETTINGS
from components.runtime.private_cores import TRADING_JOURNAL_NAME
from components.runtime.settings import _ELSEWHERE, VARIABLES
from tests.support.client_sessions import live_client
from tests.support.node import COMMAND, PATIENCE_S, RunningNode, environment, free_port, replaying
from tests.support.recordings import BTCUSDT, recording

PROBE = Path(__file__).parents[2] / "scripts" / "probe"
WITH_PRIVATE_STREAMS = {"router", "market", "trading"}


@pytest.mark.parametrize(
    ("signal_number", "execution", "processes"),
    [
        (signal.SIGINT, "", WITH_PRIVATE_STREAMS),
        (signal.SIGTERM, "", WITH_PRIVATE_STREAMS),
        (signal.SIGTERM, "off", WITH_PRIVATE_STREAMS - {"trading"}),
    ],
)
def test_a_signal_stops_the_node_in_order(signal_number: int, execution: str, processes: set[str]) -> None:
    """As its settings begin, and without private streams: status 0, no process left and no traceback."""
    with RunningNode({"EXECUTION": execution}) as node:
        workers = node.workers()

        status = node.stop(signal_number)

        assert status == OK
        assert set(workers) == processes
        assert node.workers() == {}
        assert "Traceback" not in "".join(node.log)


@pytest_twisted.ensureDeferred
async def test_without_private_streams_what_concerns_an_account_is_unavailable(node: RunningNode) -> None:
    """Nobody is behind its procedures and topics, which is no lack of the contract; and nothing of it is kept."""
    trader = await live_client(node, "alice", "trader")

    for procedure in ("tapecast.orders.list", "tapecast.account.get_wallet", "tapecast.risk.get_limits"):
        with pytest.raises(Unavailable):
            await trader.call(procedure)
    with pytest.raises(Unavailable):
        await trader.call("tapecast.stream.get", topic="tapecast.user.alice.orders")
    listed = await trader.call("tapecast.stream.list")
    await trader.stop()

    assert not [stream for stream in listed if stream["topic"].startswith("tapecast.user.")]
    parts = [part["name"] for part in node.get_json("/health")["parts"]]
    assert parts == ["router", "journal:router", "market", "feed:sim"]
    assert not (node.directory / "data" / TRADING_JOURNAL_NAME).exists()


@pytest.mark.parametrize("delay_s", [0.0, 0.2, 0.5, 0.9, 1.4, 2.0, 2.6])
@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_it_starts_ends_the_node_in_order(tmp_path: Path, signal_number: int, delay_s: float) -> None:
    """At whatever moment it comes, also where it was inherited as ignored: status 0, no traceback, no process left."""
    process = start_ignoring(signal_number, directory=tmp_path / "data")
    while not listens(process.pid, signal_number):
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.005)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=delay_s)
    family = psutil.Process(process.pid).children(recursive=True)

    process.send_signal(signal_number)
    output, _ = process.communicate(timeout=PATIENCE_S)

    assert (process.returncode, "Traceback" in output) == (OK, False), output
    assert psutil.wait_procs(family, timeout=PATIENCE_S)[1] == []


def start_ignoring(signal_number: int, *, directory: Path) -> "subprocess.Popen[str]":
    """Begin to start a node as a shell's `&` does, with a signal ignored."""
    settings = environment(DATA_DIR=str(directory), PORT=str(free_port()), METRICS_PORT="0")
    name = signal.Signals(signal_number).name.removeprefix("SIG")
    return subprocess.Popen(
        # Not by a shell: it would catch SIGINT itself for a moment, and seem to be the node that listens.
        ["env", f"--ignore-signal={name}", *COMMAND, "start"],
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def listens(pid: int, signal_number: int) -> bool:
    """Whether a process has a handler for a signal; Linux tells by a bit for each, from 1 on."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    caught = next(line.split()[1] for line in lines if line.startswith("SigCgt:"))
    return bool(int(caught, 16) >> (signal_number - 1) & 1)


def test_a_node_starts_with_every_other_setting_empty() -> None:
    """What a compose file leaves empty is not set, in every process; tokens are let in with the development secret."""
    names = [name.removeprefix("TAPECAST_") for name in (*VARIABLES, *_ELSEWHERE)]
    empty = dict.fromkeys(set(names) - {"PORT", "METRICS_PORT", "DATA_DIR"}, "")

    with RunningNode(empty) as node:
        assert node.get_json("/health")["status"] == "up"
        joined = subprocess.run(
            [PROBE, "--url", node.url, "--token", printed_token(node)],
            capture_output=True,
            text=True,
            check=False,
        )

    assert joined.returncode == OK, joined.stdout


def printed_token(node: RunningNode) -> str:
    """What the command prints."""
    return node.run("token", "--user", "alice", "--role", "trader", "--lifetime-s", "600").stdout.strip()


def test_tests_sign_in_with_what_the_command_prints(node: RunningNode) -> None:
    """The command's token and that of `RunningNode.token` say and are signed the same, but for time and number."""
    key = read_secret_file(node.directory / "data" / SECRET_FILE_NAME)

    tokens = [
        jwt.decode_complete(token, key, algorithms=["HS256"], options={"verify_aud": False})
        for token in (printed_token(node), node.token("alice", "trader", lifetime_s=600))
    ]

    claims = [token["payload"] for token in tokens]
    ids = {one.pop("jti") for one in claims}
    times = [(one.pop("iat"), one.pop("exp")) for one in claims]
    assert claims[0] == claims[1]
    assert tokens[0]["header"] == tokens[1]["header"]
    assert len(ids) == len(tokens)
    assert [ends - begins for begins, ends in times] == [600, 600]


def test_a_node_listens_on_ipv6() -> None:
    """With an IPv6 address it answers there, and says so in a form that a browser takes."""
    with RunningNode({"HOST": "::1"}) as node:
        said = node.run("status").stdout
        with urllib.request.urlopen(f"http://[::1]:{node.port}/health", timeout=60) as answer:
            health = json.load(answer)
        node.wait_for_line(f"open http://[::1]:{node.port}/")

    assert health["status"] == "up"
    assert f"http://[::1]:{node.port}/health" in said


def test_status_tells_where_the_running_node_serves(node: RunningNode) -> None:
    """Not where the environment of the command would have it."""
    result = subprocess.run(
        [*COMMAND, "status"],
        env={**node.environment, "TAPECAST_PORT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert f"http://127.0.0.1:{node.port}/health" in result.stdout


def test_other_commands_leave_the_configuration_alone(node: RunningNode) -> None:
    """`token` and `check`, with another port, change nothing that the running gateway has."""
    config = node.directory / "data" / "config.json"
    before = config.read_text()
    others = {**node.environment, "TAPECAST_PORT": "1"}

    for arguments in (["check"], ["token", "--user", "alice", "--role", "trader"], ["start"]):
        subprocess.run([*COMMAND, *arguments], env=others, capture_output=True, check=False)

    assert config.read_text() == before


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
    given = {"DATA_DIR": str(node.directory / "unused"), "PORT": str(free_port()), "METRICS_PORT": "0", **settings}

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


def test_a_container_that_is_killed_while_it_starts_is_started_again() -> None:
    """What happened is told in plain words, and soon after every part is up."""
    with RunningNode(ready="open http://") as node:
        while len(processes := psutil.Process(node.process.pid).children()) < 2:
            with suppress(subprocess.TimeoutExpired):
                node.process.wait(timeout=0.005)
        (starting,) = {process.pid for process in processes} - {node.workers()["router"]}

        os.kill(starting, signal.SIGKILL)

        line = node.wait_for_line("container market did not start: ")
        assert "ended by signal 9" in line
        assert "[" not in line
        node.wait_for_line("every part is up")


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
        price = node.wait_for_price("BTCUSDT")

    assert price["instrument"] == "BTCUSDT"
    assert 60_000 < float(price["price"]) < 63_000
    assert price["ts"].startswith("2024-08-0")
    assert price["meta"]["age_ms"] < 60_000


def test_a_recording_is_found_from_where_the_node_is_started() -> None:
    """A relative path means the folder that the operator is in, for every process."""
    path = recording(BTCUSDT)

    with RunningNode({"FEED": f"replay:{path.name}"}, started_in=path.parent) as node:
        (feed,) = [part for part in node.get_json("/health")["parts"] if part["name"] == "feed:binance"]

    assert (feed["state"], feed["reason"]) == ("up", f"playing {path.name}")


def test_folders_of_our_names_where_it_is_started_are_not_our_code(tmp_path: Path) -> None:
    """A node started among somebody's own `auth` and `router` runs the gateway's, in every process."""
    for name in ("auth", "components", "router"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('somebody else')\n")

    with RunningNode(started_in=tmp_path) as node:
        assert node.get_json("/health")["status"] == "up"
