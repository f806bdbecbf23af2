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


def imports(module: Module, *packages: str) -> bool:
    return any(is_below(name, *packages) for name in module.imports)


def test_client_and_gateway_know_nothing_of_each_other() -> None:
    """A user installs the client alone, and the gateway runs without it: they meet on the wire."""
    assert [one.name for one in MODULES if imports(one, *PACKAGES, "tests", "benchmarks", "scripts")] == []
    assert [one.name for one in GATEWAY if imports(one, CLIENT)] == []


def test_client_cores_know_no_event_loop() -> None:
    """Everything but the two shells runs on either loop, and in a test on none."""
    cores = [one for one in MODULES if one.name not in SHELLS]

    assert [one.name for one in cores if imports(one, *EVENT_LOOPS, *SHELLS)] == []
    assert [one.name for one in cores if one.name not in OF_AUTOBAHN and imports(one, "autobahn")] == []


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
