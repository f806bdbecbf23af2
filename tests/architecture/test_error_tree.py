"""The error tree in the docstring of `components.model.errors` is the one in the code."""

import ast
import importlib
import inspect
from collections.abc import Iterator

from components.model import errors
from components.model.errors import TapecastError
from tests.support.modules import PACKAGES, modules_below

INDENT = 4
PROGRAM = "router.worker_process"
"""Does nothing but run; there is nothing to import."""


def written_tree() -> list[tuple[int, str]]:
    """Depth and name of every line of the docstring's tree."""
    assert errors.__doc__ is not None
    lines = errors.__doc__.splitlines()
    first = lines.index("TapecastError")
    last = lines.index("", first)
    return [((len(line) - len(line.lstrip())) // INDENT, line.split()[0]) for line in lines[first:last]]


def real_tree(kind: type[Exception], depth: int = 0) -> Iterator[tuple[int, str]]:
    yield depth, kind.__name__
    for child in kind.__subclasses__():
        yield from real_tree(child, depth + 1)


def test_the_docstring_tells_the_tree() -> None:
    """Every error stands in the docstring below the one that it is a kind of, in the order of the code."""
    for module in modules_below(*PACKAGES):
        if module.name != PROGRAM:
            importlib.import_module(module.name)

    assert written_tree() == list(real_tree(TapecastError))


def test_every_error_is_explained() -> None:
    """Each class says in its docstring what happened."""
    classes = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, TapecastError)]

    assert len(classes) == len(written_tree())
    assert all(one.__doc__ for one in classes)


def test_nothing_else_is_raised_on_purpose() -> None:
    """Public errors of ours are in one module, but for bugs, and what never leaves decoder, journal or router."""
    elsewhere = [
        f"{module.name}.{node.name}"
        for module in modules_below(*PACKAGES)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
        and not node.name.startswith("_")
        and any(ast.unparse(base).endswith(("Error", "Exception", "Refused")) for base in node.bases)
        and module.name != "components.model.errors"
    ]

    assert elsewhere == [
        "components.marketdata.binance.values.BadValue",
        "components.streams.rows.Unsound",
        "components.trading.ledger.fault.LedgerFault",
        "router.refusal.Refused",
        "router.refusal.NoSuchProcedure",
        "router.refusal.TurnedAway",
    ]
