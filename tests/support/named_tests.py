"""The tests that a document names, as `tests/unit/test_a.py::test_b`, and whether they are there."""

import ast
import re
from functools import cache

from tests.support.modules import PROJECT

_NAMED = re.compile(r"`(tests/[a-z_/]+\.py)::(test_\w+)`")


def named_tests(text: str) -> list[str]:
    """All that a text names."""
    return [f"{path}::{name}" for path, name in _NAMED.findall(text)]


def missing_tests(text: str) -> list[str]:
    """Those of them that do not exist."""
    return [f"{path}::{name}" for path, name in _NAMED.findall(text) if name not in _tests_of(path)]


@cache
def _tests_of(path: str) -> frozenset[str]:
    file = PROJECT / path
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
