"""A gateway with a certificate: what its operator sees of it, from the start to a new one while it runs."""

import datetime as dt
import json
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.support.node import COMMAND, RunningNode
from tests.support.tls_pairs import Authority, Pair, look, write_pair


@attrs.frozen
class Encrypted:
    """A gateway with its certificate's files, and who issued it."""

    node: RunningNode
    directory: Path
    authority: Authority

    def health(self) -> dict[str, dict[str, Any]]:
        """The parts of the gateway by name."""
        url = f"https://localhost:{self.node.port}/api/status"
        with urllib.request.urlopen(url, context=self.authority.trusting(), timeout=60) as answer:
            return {part["name"]: part for part in json.load(answer)["parts"]}


def issue(authority: Authority, days: int) -> Pair:
    """A pair that is good from yesterday and for so many days."""
    return authority.issue(days=(-1, days + 0.5), now=dt.datetime.now(dt.UTC))


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Encrypted]:
    """A gateway whose certificate ends in ten days."""
    authority, directory = Authority.make(), tmp_path_factory.mktemp("tls")
    certificate, key = write_pair(directory, issue(authority, 10))
    settings = {"TLS_CERTIFICATE": str(certificate), "TLS_KEY": str(key)}
    with RunningNode(settings, ready="tls is degraded") as node:
        yield Encrypted(node, directory, authority)


def test_a_certificate_is_replaced_while_it_runs(encrypted: Encrypted) -> None:
    """One that ends soon is told at once; a new one is shown within seconds, a broken one never."""
    node = encrypted.node
    node.wait_for_line(f"open https://127.0.0.1:{node.port}/")
    part = encrypted.health()["tls"]
    assert (part["state"], part["reason"]) == ("degraded", "the certificate ends in 10 days")

    (encrypted.directory / "tls.crt").write_bytes(issue(encrypted.authority, 90).certificate_pem)
    refused = node.wait_for_line("the certificate stays as it was")
    assert "expected the key of the first certificate" in refused
    pair = issue(encrypted.authority, 90)
    write_pair(encrypted.directory, pair)
    node.wait_for_line("the certificate ends in 90 days; it is shown from now on")

    assert look(node.port, encrypted.authority.trusting()).serial == pair.serial
    node.wait_for_line("every part is up")
    assert encrypted.health()["tls"]["reason"] == "the certificate ends in 90 days"


def test_the_command_line_knows(encrypted: Encrypted) -> None:
    """`tapecast status` names an address that works."""
    assert f"https://127.0.0.1:{encrypted.node.port}/health" in encrypted.node.run("status").stdout


def test_plain_http_is_not_spoken(encrypted: Encrypted) -> None:
    """Who forgets the `s` gets no answer, least of all one in the clear."""
    with pytest.raises(OSError, match=r".+"):
        urllib.request.urlopen(f"http://127.0.0.1:{encrypted.node.port}/health", timeout=60)
    with pytest.raises(ssl.SSLCertVerificationError):
        look(encrypted.node.port, ssl.create_default_context())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"TAPECAST_TLS_KEY": ""},
            "TAPECAST_TLS_CERTIFICATE and TAPECAST_TLS_KEY: expected both or neither, received one",
        ),
        ({"TAPECAST_TLS_KEY": "/nowhere.key"}, "/nowhere.key: cannot read the private key: No such file or directory"),
    ],
)
@pytest.mark.parametrize("command", ["check", "start"])
def test_bad_files_are_one_line(encrypted: Encrypted, changes: dict[str, str], told: str, command: str) -> None:
    """Neither command goes further."""
    result = subprocess.run(
        [*COMMAND, command],
        env={**encrypted.node.environment, **changes},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (result.returncode, result.stderr) == (2, f"tapecast: {told}\n")
