"""The layers: which module may import which."""

import pytest

from tests.support.modules import PACKAGES, Module, is_below, modules_below

MODULES = modules_below(*PACKAGES)
EVERYTHING = modules_below(*PACKAGES, "benchmarks", "scripts")

OUTSIDE_WORLD = ("twisted", "autobahn", "asyncio", "socket", "time", "random", "os", "crossbar", "treq", "threading")
"""What a core would decide by, or act on, if it imported it."""

SHELL_ENDINGS = ("component", "_client", "_store")
FOUNDATION = ("components.contract", "components.model")
SHARED = (
    *FOUNDATION,
    "components.streams",
    "components.metrics",
    "components.wamp",
    "components.storage",
    "components.web",
)
NOT_SLICES = (*SHARED, "components.runtime")
SHELL_PACKAGES = ("components.runtime", "components.wamp", "components.metrics")
KIT_CORES = ("components.metrics.histogram", "components.wamp.router_control", "components.wamp.router_view")
"""Beside shells, and none: what is counted, and what of it may be seen."""

SEAMS = ("components.marketdata.feed",)
"""Describe what a shell of the slice looks like, in Twisted's words."""

ROUTER_CORES = (
    "addresses",
    "admission",
    "book_changes",
    "certificates",
    "device",
    "entry",
    "events",
    "fate",
    "figures",
    "frames",
    "gate",
    "joining",
    "limit_settings",
    "limits",
    "merged_lane",
    "meters",
    "node_figures",
    "opening",
    "origins",
    "pace",
    "places",
    "plain_values",
    "processes",
    "quotations",
    "rate_limits",
    "readings",
    "refusal",
    "reports",
    "restarts",
    "rules",
    "session_limits",
    "subscription_limits",
    "token_ends",
    "token_times",
    "waiting_room",
)
REFUSAL_NEEDS = "autobahn"
"""`router.refusal` makes WAMP's own error message."""

OF_ROUTER_COMPONENT = (
    "component",
    "api",
    "news_sender",
    "node_figures",
    "own_streams",
    "owners",
    "processes",
    "readings",
    "reports",
    "session_queries",
    "stream_queries",
)


def is_shell(module: Module) -> bool:
    name = module.name
    if is_below(name, "router"):
        return name.removeprefix("router.") not in ROUTER_CORES
    if name in KIT_CORES:
        return False
    return is_below(name, *SHELL_PACKAGES, *SEAMS) or name.endswith(SHELL_ENDINGS)


def slice_of(name: str) -> str | None:
    """The slice that a module is part of, such as `components.marketdata`."""
    if not is_below(name, "components") or is_below(name, *NOT_SLICES) or name == "components":
        return None
    return ".".join(name.split(".")[:2])


def outside_world(module: Module) -> set[str]:
    touched = {name for name in module.imports if is_below(name, *OUTSIDE_WORLD)}
    if module.name == "router.refusal":
        touched = {name for name in touched if not is_below(name, REFUSAL_NEEDS)}
    return touched


def ours(module: Module) -> set[str]:
    return {name for name in module.imports if is_below(name, *PACKAGES)}


@pytest.mark.parametrize("module", [one for one in MODULES if not is_shell(one)], ids=lambda module: module.name)
def test_cores_do_not_touch_the_outside_world(module: Module) -> None:
    """A core that imports a reactor, a socket, a clock or chance is no longer sans-I/O."""
    assert not outside_world(module)


@pytest.mark.parametrize("module", [one for one in MODULES if not is_shell(one)], ids=lambda module: module.name)
def test_cores_do_not_import_shells(module: Module) -> None:
    """What decides does not know what talks."""
    shells = {one.name for one in MODULES if is_shell(one)} - {"router", *SHELL_PACKAGES}

    assert not ours(module) & shells


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_the_foundation_rests_on_nothing(module: Module) -> None:
    """The contract imports nothing of ours but itself, and the model the contract at most."""
    if is_below(module.name, "components.contract"):
        assert all(is_below(name, "components.contract") for name in ours(module))
    if is_below(module.name, "components.model"):
        assert all(is_below(name, *FOUNDATION) for name in ours(module))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_what_slices_share_knows_no_slice(module: Module) -> None:
    """Streams, storage, metrics and the shell kit are below the slices, and beside each other."""
    if is_below(module.name, *SHARED):
        assert all(is_below(name, *SHARED) for name in ours(module))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_slices_meet_on_the_wire(module: Module) -> None:
    """No slice imports another: they meet in contract, model and streams, or by events and calls."""
    own = slice_of(module.name)
    if own is not None:
        assert {slice_of(name) for name in ours(module)} <= {own, None}
        assert not any(is_below(name, "router", "auth") for name in ours(module))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_auth_is_between_contract_and_router(module: Module) -> None:
    """Who may do what is decided from the contract, and from what others tell by HTTP; the router asks."""
    if is_below(module.name, "auth"):
        assert all(is_below(name, "auth", "components.web", *FOUNDATION) for name in ours(module))
    if is_below(module.name, "router"):
        assert all(is_below(name, "router", "auth", *SHARED) for name in ours(module))


@pytest.mark.parametrize("module", EVERYTHING, ids=lambda module: module.name)
def test_nothing_imports_the_runtime(module: Module) -> None:
    """The composition root knows everything, so nothing may know it."""
    if not is_below(module.name, "components.runtime", "benchmarks", "scripts"):
        assert not any(is_below(name, "components.runtime") for name in module.imports)


@pytest.mark.parametrize("name", OF_ROUTER_COMPONENT)
def test_what_runs_in_the_router_worker_sees_it_through_a_view(name: str) -> None:
    """The worker's own component, and what it is made of, know the router by a Protocol, not by its classes."""
    (module,) = [one for one in MODULES if one.name == f"router.{name}"]

    of_router = {name for name in module.imports if is_below(name, "router")} - {"router"}
    assert all(is_below(one, *(f"router.{name}" for name in (*OF_ROUTER_COMPONENT, "http"))) for one in of_router)


@pytest.mark.parametrize("module", EVERYTHING, ids=lambda module: module.name)
def test_nothing_imports_tests_or_asyncio(module: Module) -> None:
    """What ships does not know its tests, and never runs on the other event loop."""
    assert not any(is_below(name, "tests", "asyncio") for name in module.imports)


@pytest.mark.parametrize("module", EVERYTHING, ids=lambda module: module.name)
def test_the_reactor_is_passed_in(module: Module) -> None:
    """Only what starts a process, or is made by another's node, imports the reactor; all others are given a clock."""
    if not is_below(module.name, "components.runtime", "router.personality", "auth.component", "benchmarks", "scripts"):
        assert "twisted.internet.reactor" not in module.imports
