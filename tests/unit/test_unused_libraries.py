"""What Crossbar imports and nobody uses stays unloaded, and using it is an error that says so."""

import sys
from importlib import import_module

import pytest

import router.personality  # noqa: F401 - all of Crossbar
from router.unused_libraries import is_unused


def test_none_of_them_is_loaded() -> None:
    """Each name stands for an empty module without a file."""
    loaded = {name: module for name, module in sys.modules.items() if is_unused(name)}

    assert {"web3", "xbr", "zlmdb"} <= set(loaded)
    assert {getattr(module, "__file__", None) for module in loaded.values()} == {None}


def test_whatever_is_taken_from_them_cannot_be_used() -> None:
    """A name can be imported and referred to, and calling it says which list to look at."""
    contract = import_module("web3.contract").Contract

    with pytest.raises(RuntimeError, match="unused_libraries"):
        contract.factory()
