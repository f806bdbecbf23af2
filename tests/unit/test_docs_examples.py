"""What the documents tell a reader to type or save: it is what it says, and what they point to is there."""

import json
import re
from pathlib import Path
from typing import Any

import attrs
import pytest
from crossbar.common import checkconfig
from crossbar.personality import Personality

from auth.settings import DEFAULT_PROCEDURE, AuthenticatorSettings
from components.contract.errors import CLOSES, ErrorCode
from components.contract.procedures import INTERNAL_PROCEDURES, PROCEDURES
from components.contract.topics import TOPIC_FAMILIES, family_of
from components.marketdata.replay.replay_client import check_recording
from tests.support.documents import PROJECT, blocks, code, read, table

DOCUMENTS = sorted(
    path.relative_to(PROJECT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "crossbar-config/*.md", "clients/*/*.md")
    for path in PROJECT.glob(pattern)
)
SCRIPTS = [(path, name, text) for path in DOCUMENTS for name, text in blocks(path, "python")]
AUTHENTICATOR = "docs/howto/use-the-authenticator-elsewhere.md"

WRITTEN = {True: "true", False: "false"}
"""How JSON writes what Python writes in another way."""

KNOWN_URIS = (
    *(family.pattern for family in TOPIC_FAMILIES),
    *(procedure.uri for procedure in PROCEDURES),
    *INTERNAL_PROCEDURES,
    *(code.uri for code in ErrorCode),
    *(close.reason for close in CLOSES),
    DEFAULT_PROCEDURE,
    "tapecast.error.{code}",
    "tapecast.security",  # a category of the log
    "tapecast.tradesx",  # what a prefix does not match
    "tapecast.trades..BTCUSDT",  # a wildcard
    "tapecast.js",  # a file
)

_URI = re.compile(r"`(tapecast\.[^`\s]+)`")
_LINK = re.compile(r"\]\((?!https?:)([^)\s]*)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def anchors(document: str) -> set[str]:
    """What the headings of a document can be linked by."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(read(document))}


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_block_of_code_begins_and_ends(path: str) -> None:
    """A fence stands on a line of its own; otherwise all that follows would be code."""
    fences = [line.strip() for line in read(path).splitlines() if "```" in line]

    assert all(re.fullmatch(r"```\w*( \S+)?", fence) for fence in fences)
    assert all(fence == "```" for fence in fences[1::2])
    assert len(fences) % 2 == 0


@pytest.mark.parametrize(("path", "name", "text"), SCRIPTS, ids=[f"{path}:{name}" for path, name, _ in SCRIPTS])
def test_scripts_compile(path: str, name: str, text: str) -> None:
    """Every block of Python has a name to be saved under, and is Python."""
    assert name.endswith(".py")
    compile(text, f"{path}:{name}", "exec")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    """A link within the project names a file that is there, and a heading that is in it."""
    for link in _LINK.findall(read(document)):
        path, _, anchor = link.partition("#")
        target = (PROJECT / document).parent / path if path else PROJECT / document
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.resolve().relative_to(PROJECT).as_posix()), link


@pytest.mark.parametrize("document", DOCUMENTS)
def test_uris_in_the_documents_exist(document: str) -> None:
    """A URI that is written out is a topic, a procedure, an error, a close, or the beginning of one."""
    for uri in _URI.findall(read(document)):
        assert family_of(uri) or any(f"{known}.".startswith(f"{uri.rstrip('.*')}.") for known in KNOWN_URIS), uri


def test_the_tutorials_recording_is_one(tmp_path: Path) -> None:
    """What the tutorial tells a reader to save can be replayed."""
    ((name, text),) = blocks("docs/tutorial.md", "text")
    (tmp_path / name).write_text(text)

    check_recording(tmp_path / name)


def test_the_configuration_for_another_node_is_accepted() -> None:
    """Crossbar's own check of a node's configuration passes on both forms."""
    examples = {name: json.loads(text) for name, text in blocks(AUTHENTICATOR, "json")}
    node: dict[str, Any] = examples["dynamic"]
    (transport,) = node["workers"][0]["transports"]

    checkconfig.check_config(Personality, node)
    transport["auth"] = examples["function"]
    checkconfig.check_config(Personality, node)


def test_the_authenticators_keys_are_in_the_table() -> None:
    """Every key that the authenticator takes, with its default."""
    told = {code(row["key"]): row["default"] for row in table(AUTHENTICATOR, "key")}

    settings = attrs.asdict(AuthenticatorSettings())
    assert set(told) == set(settings)
    for key, default in settings.items():
        assert told[key] == ("not set" if default in (None, (), {}) else f"`{WRITTEN.get(default, default)}`")


def test_every_command_of_make_is_told() -> None:
    """CONTRIBUTING names what the Makefile offers, and nothing else."""
    offered = re.findall(r"^\.PHONY: (.*)$", read("Makefile"), re.MULTILINE)[0].split()

    assert sorted(re.findall(r"^make ([\w-]+)", read("CONTRIBUTING.md"), re.MULTILINE)) == sorted(offered)


def test_this_module_reads_every_document() -> None:
    """The documents are found: a test of nothing would pass."""
    assert {"README.md", "docs/tutorial.md", "docs/reference/wire.md", "crossbar-config/README.md"} <= set(DOCUMENTS)
