"""The project's Python modules as data: their paths, what they import, and what they define."""

import ast
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path

import attrs

PROJECT = Path(__file__).parents[2]
PACKAGES = ("auth", "components", "router")
CLIENT = "tapecast_client"
CLIENT_FOLDER = "clients/python"
"""Where it is imported from; its modules' names do not show it."""


@attrs.frozen
class Module:
    """
    One module.

    Attributes:
        path: Relative to the project.
    """

    path: Path

    @property
    def text(self) -> str:
        """What is written in it."""
        return (PROJECT / self.path).read_text(encoding="utf-8")

    @property
    def tree(self) -> ast.Module:
        """The same, parsed anew each time: all trees together are half a gigabyte."""
        return ast.parse(self.text)

    @property
    def name(self) -> str:
        """As it is imported."""
        name = ".".join(self.path.with_suffix("").parts).removesuffix(".__init__")
        return name.removeprefix(CLIENT_FOLDER.replace("/", ".") + ".")

    @cached_property
    def imports(self) -> frozenset[str]:
        """The modules that it imports, wherever in it; of `from a import b` both `a` and `a.b`."""
        return frozenset(_imported(self.tree))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports would hide where something comes from"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules_below(*folders: str) -> list[Module]:
    """Every module below these folders, in order."""
    return [_module(path) for path in sorted(path for folder in folders for path in (PROJECT / folder).rglob("*.py"))]


@cache
def _module(path: Path) -> Module:
    return Module(path.relative_to(PROJECT))


def is_below(name: str, *packages: str) -> bool:
    """Whether a module is one of these packages or in one of them."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)
