"""The Python client: cores that no event loop is known to, two shells, and nothing of the gateway."""

import inspect
from collections.abc import Iterator

import pytest
from tapecast_client import errors
from tapecast_client.errors import ClientError

from tests.support.modules import CLIENT, CLIENT_FOLDER, PACKAGES, Module, is_below, modules_below

MODULES = modules_below(CLIENT_FOLDER)
GATEWAY = modules_below(*PACKAGES)
SHELLS = (f"{CLIENT}.on_asyncio", f"{CLIENT}.on_twisted")
OF_AUTOBAHN = (*SHELLS, f"{CLIENT}.transport", f"{CLIENT}.wamp_session")
"""They know its protocols, or its messages."""

EVENT_LOOPS = ("asyncio", "twisted", "txaio", "socket", "threading", "time", "random", "os", "logging")
INDENT = 4


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_the_client_knows_nothing_of_the_gateway(module: Module) -> None:
    """A user installs it alone: it meets the gateway on the wire."""
    assert not any(is_below(name, *PACKAGES, "tests", "benchmarks", "scripts") for name in module.imports)


@pytest.mark.parametrize("module", GATEWAY, ids=lambda module: module.name)
def test_the_gateway_knows_nothing_of_its_client(module: Module) -> None:
    """The gateway runs without it."""
    assert not any(is_below(name, CLIENT) for name in module.imports)


@pytest.mark.parametrize("module", [one for one in MODULES if one.name not in SHELLS], ids=lambda module: module.name)
def test_client_cores_know_no_event_loop(module: Module) -> None:
    """Everything but the two shells runs on either loop, and in a test on none."""
    assert not any(is_below(name, *EVENT_LOOPS, *SHELLS) for name in module.imports)
    assert module.name in OF_AUTOBAHN or not any(is_below(name, "autobahn") for name in module.imports)


@pytest.mark.parametrize("name", SHELLS)
def test_a_shell_knows_one_event_loop(name: str) -> None:
    """A process that uses one of them never imports the other's loop."""
    (module,) = [one for one in MODULES if one.name == name]
    loops = {loop for loop in ("asyncio", "twisted") if any(is_below(one, loop) for one in module.imports)}

    assert loops == {name.rpartition("_")[2]}


def test_the_reactor_is_given_to_the_client() -> None:
    """Whoever starts the process chooses it."""
    assert not any("twisted.internet.reactor" in module.imports for module in MODULES)


def test_the_docstring_tells_the_clients_error_tree() -> None:
    """Every error stands in the docstring below the one that it is a kind of, in the order of the code."""
    assert errors.__doc__ is not None
    lines = errors.__doc__.splitlines()
    tree = lines[lines.index("ClientError") :]
    written = [((len(line) - len(line.lstrip())) // INDENT, line.split()[0]) for line in tree if line.strip()]

    assert written == list(real_tree(ClientError))


def test_every_error_of_the_client_is_explained() -> None:
    """Each class says in its docstring what happened."""
    classes = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, ClientError)]

    assert all(one.__doc__ for one in classes)


def real_tree(kind: type[Exception], depth: int = 0) -> Iterator[tuple[int, str]]:
    yield depth, kind.__name__
    for child in kind.__subclasses__():
        yield from real_tree(child, depth + 1)
