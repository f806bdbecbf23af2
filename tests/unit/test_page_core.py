"""The page's own modules pass their tests, are covered by them, and say of closes what the contract says."""

import json

import pytest

from components.contract.errors import CLOSES
from tests.support.javascript_runtime import JAVASCRIPT, WEB, run_javascript, run_module_tests

MODULES = sorted(path.name.removesuffix(".test.mjs") for path in JAVASCRIPT.glob("*.test.mjs"))
WITH_DOCUMENT = {"dom", "market", "status", "table"}
"""Modules that are nothing without a document; the tests in a browser are theirs."""


@pytest.mark.parametrize("module", MODULES)
def test_module_passes_its_tests_and_is_covered_by_them(module: str) -> None:
    """Every branch of a page module is taken by the tests of its own file, and they pass."""
    result = run_module_tests(WEB / f"{module}.js", JAVASCRIPT / f"{module}.test.mjs")

    assert result.returncode == 0, result.stdout + result.stderr


def test_every_module_without_a_document_has_its_tests() -> None:
    """A new module of the page does not escape."""
    written = {path.stem for path in WEB.glob("*.js")}

    assert written - WITH_DOCUMENT == set(MODULES)


def test_the_page_explains_every_close_of_the_contract() -> None:
    """Whatever the gateway says when it ends a connection, a reader is told in words."""
    endings = (WEB / "endings.js").as_uri()
    result = run_javascript("--eval", f"import('{endings}').then(m => console.log(JSON.stringify(m.CLOSES)))")

    shown = {reason: close["code"] for reason, close in json.loads(result.stdout).items()}
    assert shown == {close.reason: close.code for close in reversed(CLOSES)}
