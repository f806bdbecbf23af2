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
    "nearness",
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


def imports(module: Module, *packages: str) -> bool:
    return any(is_below(name, *packages) for name in module.imports)


CORES = [module for module in MODULES if not is_shell(module)]


def below(*names: str) -> list[Module]:
    return [module for module in MODULES if is_below(module.name, *names)]


def test_cores_do_not_touch_the_outside_world() -> None:
    """A core that imports a reactor, a socket, a clock or chance is no longer sans-I/O."""
    assert {core.name: outside_world(core) for core in CORES if outside_world(core)} == {}


def test_cores_do_not_import_shells() -> None:
    """What decides does not know what talks."""
    shells = {one.name for one in MODULES if is_shell(one)} - {"router", *SHELL_PACKAGES}

    assert {core.name: ours(core) & shells for core in CORES if ours(core) & shells} == {}


@pytest.mark.parametrize(
    ("names", "may_import"),
    [
        (("components.contract",), ("components.contract",)),
        (("components.model",), FOUNDATION),
        (SHARED, SHARED),
        (("auth",), ("auth", "components.web", *FOUNDATION)),
        (("router",), ("router", "auth", *SHARED)),
    ],
)
def test_each_layer_rests_on_those_below(names: tuple[str, ...], may_import: tuple[str, ...]) -> None:
    """The contract rests on nothing, what slices share on no slice; auth is between contract and router, which asks."""
    foreign = {one.name: {name for name in ours(one) if not is_below(name, *may_import)} for one in below(*names)}

    assert {name: imported for name, imported in foreign.items() if imported} == {}


def test_slices_meet_on_the_wire() -> None:
    """No slice imports another, or the router: they meet in contract, model and streams, or by events and calls."""
    slices = [module for module in MODULES if slice_of(module.name) is not None]
    foreign = {
        module.name: {
            name
            for name in ours(module)
            if slice_of(name) not in (slice_of(module.name), None) or is_below(name, "router", "auth")
        }
        for module in slices
    }

    assert {name: imported for name, imported in foreign.items() if imported} == {}


def test_nothing_imports_the_runtime() -> None:
    """The composition root knows everything, so nothing may know it."""
    others = [one for one in EVERYTHING if not is_below(one.name, "components.runtime", "benchmarks", "scripts")]

    assert [one.name for one in others if imports(one, "components.runtime")] == []


@pytest.mark.parametrize("name", OF_ROUTER_COMPONENT)
def test_what_runs_in_the_router_worker_sees_it_through_a_view(name: str) -> None:
    """The worker's own component, and what it is made of, know the router by a Protocol, not by its classes."""
    (module,) = [one for one in MODULES if one.name == f"router.{name}"]

    of_router = {name for name in module.imports if is_below(name, "router")} - {"router"}
    assert all(is_below(one, *(f"router.{name}" for name in (*OF_ROUTER_COMPONENT, "http"))) for one in of_router)


def test_nothing_imports_tests_or_asyncio() -> None:
    """What ships does not know its tests, and never runs on the other event loop."""
    assert [module.name for module in EVERYTHING if imports(module, "tests", "asyncio")] == []


def test_the_reactor_is_passed_in() -> None:
    """Only what starts a process, or is made by another's node, imports the reactor; all others are given a clock."""
    starters = ("components.runtime", "router.personality", "auth.component", "benchmarks", "scripts")
    others = [module for module in EVERYTHING if not is_below(module.name, *starters)]

    assert [one.name for one in others if "twisted.internet.reactor" in one.imports] == []
