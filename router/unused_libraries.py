"""
What Crossbar imports and nothing here uses: Ethereum, Tor, an object database and its own edition for the edge.

They take two thirds of a process's time to start and a third of its memory, and a gateway is four processes. Empty
modules stand in their places: everything can be imported from them, and nothing of it can be used.
"""

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

UNUSED = frozenset(
    {
        "cfxdb",
        "crossbar.edge",
        "eth_abi",
        "eth_account",
        "eth_keys",
        "eth_typing",
        "py_ecc",
        "txtorcon",
        "web3",
        "xbr",
        "zlmdb",
    }
)
"""Names of packages that are not loaded."""


class _AnyName(type):
    def __getattr__(cls, name: str) -> "type[Unused]":
        return _stand_in(name)


class Unused(metaclass=_AnyName):
    """Whatever a library that is not loaded has: a class to refer to, with attributes of the same kind."""

    def __init__(self, *_: object, **__: object) -> None:
        """
        Refuse to be made.

        Raises:
            RuntimeError: Always: something does use a library that is not loaded.
        """
        raise RuntimeError("a library in router/unused_libraries.py is used: take it off UNUSED")


class _EmptyModule(ModuleType):
    def __getattr__(self, name: str) -> type[Unused]:
        return _stand_in(name)


def is_unused(name: str) -> bool:
    """Whether a module is of a package of `UNUSED`."""
    return any(f"{name}.".startswith(f"{package}.") for package in UNUSED)


class _Finder(MetaPathFinder, Loader):
    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        if is_unused(fullname):
            return ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _EmptyModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave it empty."""


def leave_out_unused_libraries() -> None:
    """Let empty modules stand for the libraries of `UNUSED` in this process; to be called before Crossbar is loaded."""
    sys.meta_path.insert(0, _Finder())


def _stand_in(name: str) -> type[Unused]:
    if name.startswith("__"):
        raise AttributeError(name)
    return Unused
