"""The pages' own modules pass their tests, are covered by them, and say of closes what the contract says."""

import json
import re
from pathlib import Path

import pytest

from components.admin.arguments import CONNECTED_ROLES, REFUSABLE
from components.admin.broadcast import FAMILIES
from components.contract.errors import CLOSES
from components.marketdata.price.price_selection import Reason
from tests.support.javascript_runtime import JAVASCRIPT, WEB, run_javascript, run_module_tests

TESTS = JAVASCRIPT / "web"
MODULES = sorted(path.relative_to(WEB) for path in WEB.rglob("*.js") if not path.is_relative_to(WEB / "vendor"))


def is_nothing_without_a_document(module: Path) -> bool:
    """Whether the tests in a browser are a module's own: it shows, and decides nothing."""
    return module.stem.endswith("-view") or module.stem in {"page", "dom", "tapecast-prices"}


CORES = [module for module in MODULES if not is_nothing_without_a_document(module)]


def file_of_tests_of(module: Path) -> Path:
    """The file of a module's tests."""
    return TESTS / module.with_suffix(".test.mjs")


@pytest.mark.parametrize("module", CORES, ids=str)
def test_module_passes_its_tests_and_is_covered_by_them(module: Path) -> None:
    """Every branch of a page module is taken by the tests of its own file, and they pass."""
    result = run_module_tests(WEB / module, file_of_tests_of(module))

    assert result.returncode == 0, result.stdout + result.stderr


def test_there_are_no_tests_of_what_is_gone() -> None:
    """Each file of tests has its module."""
    assert set(TESTS.rglob("*.test.mjs")) == {file_of_tests_of(module) for module in CORES}


@pytest.mark.parametrize("module", CORES, ids=str)
def test_a_core_touches_no_document(module: Path) -> None:
    """What decides is tested without a browser, and draws nothing."""
    source = (WEB / module).read_text()

    assert "document." not in source
    assert "-view.js" not in source


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_page_works_over_plain_http(module: Path) -> None:
    """It uses nothing that a browser has over TLS and on its own machine alone."""
    source = (WEB / module).read_text()

    assert re.search(r"randomUUID\(|crypto\.subtle|navigator\.(locks|serviceWorker)", source) is None


def test_the_pages_explain_every_close_of_the_contract() -> None:
    """Whatever the gateway says when it ends a connection, a reader is told in words."""
    endings = (WEB / "kit" / "endings.js").as_uri()
    result = run_javascript("--eval", f"import('{endings}').then(m => console.log(JSON.stringify(m.CLOSES)))")

    shown = {reason: close["code"] for reason, close in json.loads(result.stdout).items()}
    assert shown == {close.reason: close.code for close in reversed(CLOSES)}


def test_the_console_speaks_of_the_topics_that_the_gateway_does() -> None:
    """Whatever a broadcast can be about, the operator can choose."""
    broadcast = (WEB / "console" / "broadcast.js").as_uri()
    result = run_javascript("--eval", f"import('{broadcast}').then(m => console.log(JSON.stringify(m.FAMILIES)))")

    assert tuple(json.loads(result.stdout)) == FAMILIES


def test_the_console_offers_what_maintenance_can_refuse_and_whom_it_can_let_in() -> None:
    """Each family and each role has its box."""
    boxes = re.findall(r'type="checkbox" name="(\w+)" value="(\w+)"', (WEB / "console.html").read_text())

    assert {value for name, value in boxes if name == "refuse"} == set(REFUSABLE)
    assert {value for name, value in boxes if name == "roles"} == {role.value for role in CONNECTED_ROLES} - {"admin"}


def test_the_market_page_explains_every_reason_of_a_price() -> None:
    """Whyever a price is in doubt, or another source stands in, a reader is told in words."""
    words = (WEB / "market" / "instrument-words.js").as_uri()
    result = run_javascript("--eval", f"import('{words}').then(m => console.log(JSON.stringify(m.REASONS)))")

    assert set(json.loads(result.stdout)) == set(Reason)
