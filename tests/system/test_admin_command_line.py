"""`tapecast admin` with a running gateway, over its local socket and over the web, and with none."""

import json
import os
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.node import COMMAND, PATIENCE_S, RunningNode, environment, free_port


def follow(node: RunningNode, *words: str) -> "subprocess.Popen[str]":
    """Begin a command that goes on."""
    return subprocess.Popen(
        [*COMMAND, "admin", *words, "--follow"],
        env=node.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """The exit status of a command that has been ended or ends, and what it complained of."""
    _, complaints = process.communicate(timeout=PATIENCE_S)
    return process.returncode, complaints


def token_file(node: RunningNode, directory: Path, role: str) -> Path:
    """A file with a token of a role, as an editor leaves it."""
    path = directory / f"{role}.token"
    path.write_text(node.token("bob", role) + "\n")
    return path


def test_feeds_are_listed_over_the_local_socket(node: RunningNode) -> None:
    """A table with a row for each feed; the operator is the operating system's user."""
    result = node.run("admin", "feeds", "list")

    head, row = result.stdout.splitlines()
    assert (result.returncode, result.stderr) == (0, "")
    assert head.split()[:3] == ["venue", "feed", "state"]
    assert row.split()[:3] == ["sim", "sim", "up"]


def test_json_is_the_answer_as_it_came(node: RunningNode) -> None:
    """For programs there is JSON, with values of their own kinds."""
    result = node.run("admin", "--json", "stats")

    figures = json.loads(result.stdout)
    assert (result.returncode, result.stderr, figures["status"]) == (0, "", "up")
    assert {row["process"] for row in figures["processes"]} == {"router", "market"}
    assert all(row["memory_bytes"] > 1 << 20 for row in figures["processes"])
    assert figures["feeds"]["sim"]["undecoded"] >= 0


def test_figures_are_followed(node: RunningNode) -> None:
    """An event a second in steps of one, and Ctrl-C ends it in order."""
    process = follow(node, "stats", "--json")
    assert process.stdout is not None

    events = [json.loads(process.stdout.readline()) for _ in range(2)]

    process.send_signal(signal.SIGINT)
    assert end(process) == (0, "")
    assert events[1]["seq"] == events[0]["seq"] + 1
    assert events[1]["payload"]["sessions"]["admin"] == 1
    assert events[1]["payload"]["messages"]["received"]["publish"]["per_second"] > 0


def test_figures_are_followed_as_text(node: RunningNode) -> None:
    """Whoever looks at it sees the time, and then fields and tables; whoever reads no longer ends it."""
    process = follow(node, "stats")
    assert process.stdout is not None

    lines = [process.stdout.readline() for _ in range(3)]

    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        assert (process.stderr.read(), process.wait(PATIENCE_S)) == ("", 0)
    assert [line.partition(" ")[0].partition(":")[0] for line in lines[1:]] == ["uptime_s", "versions"]


def test_an_operators_token_is_as_good_as_the_socket(node: RunningNode, tmp_path: Path) -> None:
    """Over the web, the token comes from a file."""
    path = token_file(node, tmp_path, "admin")

    result = node.run("admin", "--url", node.websocket_url, "--token-file", str(path), "feeds", "list", "--json")

    assert (result.returncode, result.stderr) == (0, "")
    assert [feed["venue"] for feed in json.loads(result.stdout)] == ["sim"]


def test_who_is_no_operator_is_refused(node: RunningNode, tmp_path: Path) -> None:
    """A trader's token gets one line that says so, and status 1, for calls and for topics alike."""
    web = ("--url", node.websocket_url, "--token-file", str(token_file(node, tmp_path, "trader")))

    for words in (("feeds", "list"), ("stats", "--follow"), ("alerts",)):
        result = node.run("admin", *web, *words)

        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.startswith("tapecast: not_authorized: tapecast.admin.")
        assert len(result.stderr.splitlines()) == 1


def test_a_token_that_is_none_is_refused(node: RunningNode, tmp_path: Path) -> None:
    """Status 1, one line, and nothing of the token in it."""
    path = tmp_path / "token"
    path.write_text("planted.planted.planted")

    result = node.run("admin", "--url", node.websocket_url, "--token-file", str(path), "feeds", "list")

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "tapecast: token_invalid: the token is not valid\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("feeds", "add", "--venue", "nowhere", "--instruments", "A"), "tapecast: --venue: expected one of sim\n"),
        (("feeds", "add", "--venue", "sim"), "tapecast: --instruments: is required\n"),
    ],
)
def test_what_the_gateway_cannot_do_with_names_the_option(node: RunningNode, words: tuple[str, ...], line: str) -> None:
    """Its refusal of an argument is told by the option's name, with status 2."""
    result = node.run("admin", *words)

    assert (result.returncode, result.stdout, result.stderr) == (2, "", line)


def test_an_owner_that_is_away_is_said(node: RunningNode) -> None:
    """A gateway without accounts has nobody to ask for them: status 1."""
    result = node.run("admin", "accounts", "list")

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("tapecast: unavailable: ")


def test_more_is_logged_for_a_while(node: RunningNode) -> None:
    """Every process of the node writes what it left out before: here what it has refused."""
    result = node.run(
        "admin", "log", "set-level", "--level", "debug", "--duration-s", "60", "--reason", "a look", "--json"
    )
    node.run("admin", "feeds", "add", "--venue", "nowhere", "--instruments", "A")
    node.wait_for_line("tapecast.admin.feeds.add refused session")
    back = node.run("admin", "log", "set-level", "--level", "info", "--reason", "seen enough")

    answer = json.loads(result.stdout)
    assert (answer["level"], answer["processes"], answer["away"]) == ("debug", ["router", "market"], [])
    assert (result.returncode, back.returncode) == (0, 0)


def run_without_a_node(directory: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """A command in a data directory that no gateway runs from."""
    return subprocess.run(
        [*COMMAND, "admin", *words],
        env=environment(DATA_DIR=str(directory)),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


def test_without_a_gateway_it_says_so(tmp_path: Path) -> None:
    """Status 3, as with the other commands, and nothing is made in the directory."""
    result = run_without_a_node(tmp_path / "data", "stats")

    assert (result.returncode, result.stderr) == (3, "")
    assert result.stdout == f"no gateway runs from {tmp_path / 'data'}\n"
    assert not (tmp_path / "data").exists()


def test_nobody_at_the_url_is_one_line(tmp_path: Path) -> None:
    """Nobody who listens, somebody who says nothing, and somebody who is no gateway: each is status 3."""
    path = tmp_path / "token"
    path.write_text("x")
    closed = f"ws://127.0.0.1:{free_port()}/ws"
    with socket.create_server(("127.0.0.1", 0)) as server:
        silent = f"ws://localhost:{server.getsockname()[1]}/ws"

        for url, line in ((closed, f"{closed}: Connection refused"), (silent, f"{silent}: no answer within 3 s")):
            result = run_without_a_node(tmp_path, "--url", url, "--token-file", str(path), "stats", "--timeout", "3")

            assert (result.returncode, result.stdout, result.stderr) == (3, "", f"tapecast: {line}\n")


def test_whoever_is_no_gateway_is_one_line(node: RunningNode, tmp_path: Path) -> None:
    """A path without a WebSocket is not reached, and says with what it answered."""
    path = tmp_path / "token"
    path.write_text("x")

    result = node.run("admin", "--url", f"ws://127.0.0.1:{node.port}/nothing", "--token-file", str(path), "stats")

    assert (result.returncode, result.stdout) == (3, "")
    assert "404" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--url", "wss://x/ws"), "--url: needs --token-file, the file with an operator's token"),
        (("--token-file", "GOOD"), "--token-file: is for --url; the local socket asks for no token"),
        (
            ("--url", "ws://gateway.example/ws", "--token-file", "GOOD"),
            "--url: expected wss://; a token must not go over a network that reads along",
        ),
        (
            ("--url", "https://x/ws", "--token-file", "GOOD"),
            "--url: expected a URL such as wss://gateway.example/ws, received 'https://x/ws'",
        ),
        (
            ("--url", "wss://x:y/ws", "--token-file", "GOOD"),
            "--url: expected a URL such as wss://gateway.example/ws, received 'wss://x:y/ws'",
        ),
        (("--url", "wss://x/ws", "--token-file", "EMPTY"), "--token-file: EMPTY: expected a token and nothing else"),
        (("--url", "wss://x/ws", "--token-file", "TWO"), "--token-file: TWO: expected a token and nothing else"),
        (
            ("--url", "wss://x/ws", "--token-file", "MISSING"),
            "--token-file: MISSING: cannot be read: No such file or directory",
        ),
    ],
)
def test_how_to_connect_that_cannot_be_used(
    node: RunningNode, tmp_path: Path, words: tuple[str, ...], line: str
) -> None:
    """Status 2 and one line; a token is never sent where others can read it."""
    for name, content in (("GOOD", "x"), ("EMPTY", "\n"), ("TWO", "x y")):
        (tmp_path / name).write_text(content)

    def placed(word: str) -> str:
        return str(tmp_path / word) if word.isupper() else word

    result = node.run("admin", *map(placed, words), "stats")

    told = result.stderr.replace(f"{tmp_path}/", "")
    assert (result.returncode, result.stdout, told) == (2, "", f"tapecast: {line}\n")


def test_alerts_are_followed_until_the_gateway_stops() -> None:
    """A container that hangs is one alert, which ends when it is back; a gateway that stops says why, status 3."""
    with RunningNode() as node:
        process = follow(node, "alerts", "--json")
        assert process.stdout is not None
        # The subscription follows at once, and the container is missed three seconds later.
        node.wait_for_line("joined as admin")
        market = node.workers()["market"]
        os.kill(market, signal.SIGSTOP)

        events = [json.loads(process.stdout.readline())]
        with suppress(ProcessLookupError):
            os.kill(market, signal.SIGKILL)
        events.append(json.loads(process.stdout.readline()))
        listed = json.loads(node.run("admin", "alerts", "--json").stdout)
        node.stop()
        status, complaints = end(process)

    opened, resolved = (event["payload"] for event in events)
    assert (opened["type"], opened["alert_type"], opened["state"]) == ("operational", "part_down", "open")
    assert (resolved["dedup_key"], resolved["state"]) == ("part:market", "resolved")
    assert (listed["open"], listed["alerts"]) == ([], [opened, resolved])
    assert (status, complaints) == (3, "tapecast: the connection ended: tapecast.close.shutdown\n")
