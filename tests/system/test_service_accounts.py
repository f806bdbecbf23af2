"""Service accounts on a running gateway: a key is made by the command line, let in by a file, and taken back by it."""

import json
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.documents import blocks
from tests.support.javascript_runtime import JAVASCRIPT, run_javascript
from tests.support.node import COMMAND, RunningNode
from tests.support.service_accounts import write_accounts

HOW_TO = "docs/howto/connect-a-service.md"


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of service accounts, of nobody yet."""
    return write_accounts(tmp_path_factory.mktemp("services") / "services.json")


@pytest.fixture(scope="module")
def node(accounts: Path) -> Iterator[RunningNode]:
    """A gateway that lets in who is in the file."""
    with RunningNode({"SERVICE_KEYS": str(accounts)}) as running:
        yield running


def sign_in(node: RunningNode, private_key: Path) -> "subprocess.CompletedProcess[str]":
    """What autobahn-js says of a sign-in."""
    script = str(JAVASCRIPT / "sign-in-by-key.mjs")
    return run_javascript(script, node.websocket_url, private_key.read_text().strip())


def test_a_program_is_let_in_and_out(node: RunningNode, accounts: Path, tmp_path: Path) -> None:
    """A new key is let in a second after its line is written, for autobahn-js as it comes, and not after it is gone."""
    private_key = tmp_path / "platform.key"
    made = node.run("service-key", "--name", "platform", "--private-key", str(private_key))
    assert made.returncode == 0, made.stderr
    assert private_key.stat().st_mode & 0o777 == 0o600

    write_accounts(accounts, json.loads(made.stdout))
    node.wait_for_line("service accounts are read anew, with 1 key")
    joined = sign_in(node, private_key)

    assert joined.returncode == 0, joined.stderr
    assert json.loads(joined.stdout) == {
        "authid": "platform",
        "authrole": "service",
        "authmethod": "cryptosign",
        "user": "platform",
    }
    node.wait_for_line("joined as service by cryptosign")
    write_accounts(accounts)
    node.wait_for_line("service accounts are read anew, with 0 key")
    refused = sign_in(node, private_key)
    assert refused.returncode == 1
    assert "the signature is not valid" in refused.stderr
    assert private_key.read_text().strip() not in "".join(node.log)


def test_the_command_makes_nothing_that_is_no_use(node: RunningNode, tmp_path: Path) -> None:
    """A name that no account may have, and a file that is there, are refused with one line, and nothing is written."""
    path = tmp_path / "x.key"
    bad_name = node.run("service-key", "--name", "local-root", "--private-key", str(path))
    assert (bad_name.returncode, path.exists()) == (2, False)
    assert "name: expected" in bad_name.stderr

    path.write_text("mine")
    there = node.run("service-key", "--name", "platform", "--private-key", str(path))

    assert (there.returncode, path.read_text()) == (2, "mine")
    assert there.stderr == f"tapecast: {path}: the private key cannot be written: File exists\n"


def test_a_file_that_cannot_be_used_starts_nothing(node: RunningNode, tmp_path: Path) -> None:
    """`tapecast check` says which, and where in it."""
    path = write_accounts(tmp_path / "services.json", {"name": "platform", "role": "gateway", "public_key": "00"})

    result = subprocess.run(
        [*COMMAND, "check"],
        env={**node.environment, "TAPECAST_SERVICE_KEYS": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 2
    assert result.stderr == (f"tapecast: {path}: account 1, platform: role: expected one of admin, risk, service\n")


def run_script(name: str, node: RunningNode, directory: Path) -> str:
    """What a script of the how-to prints, run beside a data directory and a private key."""
    text = dict(blocks(HOW_TO, "python"))[name].replace("ws://127.0.0.1:8080/ws", node.websocket_url)
    (directory / name).write_text(text.replace(".data/", f"{node.directory}/data/"))
    return subprocess.run(
        [sys.executable, name], cwd=directory, capture_output=True, text=True, check=False, timeout=60
    ).stdout


def test_the_how_tos_scripts_run(node: RunningNode, accounts: Path, tmp_path: Path) -> None:
    """What a reader copies signs in as the text says."""
    made = node.run("service-key", "--name", "platform", "--private-key", str(tmp_path / "platform.key"))
    read_before = sum("read anew" in line for line in node.log)
    write_accounts(accounts, json.loads(made.stdout))
    node.wait_for_line("service accounts are read anew", count=read_before + 1)

    assert "joined as platform service\n" in run_script("keyed_service.py", node, tmp_path)
    user = pwd.getpwuid(os.geteuid()).pw_name
    assert f"joined as local-{user} service\n" in run_script("local_service.py", node, tmp_path)
