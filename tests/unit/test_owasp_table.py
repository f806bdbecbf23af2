"""The table of what OWASP asks of WebSocket servers, and those of its lines that the source itself shows."""

import ast
import re
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.support.modules import PROJECT, Module, modules_below
from tests.support.named_tests import missing_tests, named_tests

PAGE = PROJECT / "docs" / "reference" / "owasp-websocket.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.read_text().splitlines()
    if re.match(r"\| \d", line)
]
EVALUATING = {"eval", "exec", "compile", "__import__"}
UNPACKING = {"pickle", "marshal", "shelve", "dill", "jsonpickle", "yaml"}
SCRIPTS = sorted(
    path
    for folder in ("web", "clients/js")
    for path in (PROJECT / folder).rglob("*.[jh][st]*")
    if "vendor" not in path.parts
)
EVALUATED_IN_PAGES = re.compile(r"\beval\(|new Function\(|\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write")


def test_every_line_that_applies_has_a_test_that_exists() -> None:
    """The lines are numbered, and say one of three things."""
    assert [row[0] for row in ROWS] == [str(number) for number in range(1, len(ROWS) + 1)]
    assert {row[2] for row in ROWS} == {"yes", "part", "no"}
    assert [row[0] for row in ROWS if not named_tests(row[4])] == []
    assert missing_tests(PAGE.read_text()) == []


def test_a_test_that_does_not_exist_is_found() -> None:
    """In a file that is there, and in one that is not."""
    named = "`tests/unit/test_owasp_table.py::test_nothing`, `tests/unit/test_nothing.py::test_nothing`"

    assert missing_tests(named) == [name.strip("`") for name in named.split(", ")]


@pytest.mark.parametrize("module", modules_below("auth", "components", "router"), ids=lambda module: module.name)
def test_no_python_evaluates_text(module: Module) -> None:
    """Neither as a program, nor as an object, nor by a shell."""
    calls = [node for node in ast.walk(module.tree) if isinstance(node, ast.Call)]
    called = {node.func.id for node in calls if isinstance(node.func, ast.Name)}
    shells = [node for node in calls for keyword in node.keywords if keyword.arg == "shell"]
    systems = {node.func.attr for node in calls if isinstance(node.func, ast.Attribute)} & {"system", "popen"}

    assert not called & EVALUATING
    assert not {name.split(".")[0] for name in module.imports} & UNPACKING
    assert shells == []
    assert not systems


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_no_page_evaluates_text(path: Path) -> None:
    """What an event says is put on the page as text."""
    assert EVALUATED_IN_PAGES.search(path.read_text()) is None


def test_every_library_is_pinned() -> None:
    """To one version, so that what is tested is what is installed."""
    config = ConfigParser()
    config.read(PROJECT / "setup.cfg")
    required = [
        *config["options"]["install_requires"].split("\n"),
        *(line for lines in config["options.extras_require"].values() for line in lines.split("\n")),
    ]

    assert [line for line in required if line and not re.fullmatch(r"[a-z0-9-]+(\[\w+\])?==[\d.]+", line)] == []
