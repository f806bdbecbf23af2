"""What of Crossbar the gateway's personality leaves, and what it puts in its place."""

import importlib
from pathlib import Path
from typing import Any

import pytest
from crossbar.node.controller import NodeController
from crossbar.personality import Personality
from crossbar.router.broker import Broker
from crossbar.router.dealer import Dealer
from crossbar.router.protocol import WampRawSocketServerProtocol, WampWebSocketServerProtocol
from crossbar.router.router import Router, RouterFactory
from crossbar.router.session import RouterSession
from crossbar.worker.container import ContainerController
from crossbar.worker.router import RouterController

from components.runtime.node_config import node_config
from components.runtime.settings import Settings
from router.broker import GatewayBroker
from router.dealer import GatewayDealer
from router.http import PagesService
from router.personality import TapecastPersonality
from router.rawsocket import GatewayRawSocketProtocol
from router.router import GatewayRouter, GatewayRouterFactory
from router.session import GatewayRouterSession
from router.websocket import GatewayWebSocketProtocol
from router.worker import GatewayContainerController, GatewayRouterController

HOOKS = [
    (Router, "authorize"),
    (Router, "broker"),
    (Router, "dealer"),
    (RouterFactory, "router"),
    (RouterFactory, "add_role"),
    (RouterController, "router_factory_class"),
    (RouterController, "shutdown"),
    (ContainerController, "shutdown"),
    (NodeController, "shutdown"),
    (Broker, "processPublish"),
    (Broker, "processSubscribe"),
    (Broker, "_unsubscribe"),
    (Broker, "detach"),
    (Broker, "_filter_publish_receivers"),
    (Dealer, "processCall"),
    (Dealer, "processRegister"),
    (Dealer, "processCancel"),
    (Dealer, "processInvocationError"),
    (Dealer, "detach"),
    (Dealer, "_remove_invoke_request"),
    (RouterSession, "onOpen"),
    (RouterSession, "onClose"),
    (RouterSession, "onMessage"),
    (RouterSession, "onHello"),
    (RouterSession, "onJoin"),
    (WampWebSocketServerProtocol, "onConnect"),
    (WampWebSocketServerProtocol, "onMessage"),
    (WampWebSocketServerProtocol, "send"),
    (WampWebSocketServerProtocol, "onClose"),
    (WampWebSocketServerProtocol, "dropConnection"),
    (WampWebSocketServerProtocol, "sendHttpErrorResponse"),
    (WampWebSocketServerProtocol, "_fail_connection"),
    (WampRawSocketServerProtocol, "send"),
]


@pytest.mark.parametrize(("base", "name"), HOOKS, ids=lambda value: getattr(value, "__name__", value))
def test_every_hook_is_there(base: type, name: str) -> None:
    """What we override is called that in the Crossbar that is installed: an upgrade that renames it is noticed."""
    assert hasattr(base, name)


@pytest.mark.parametrize(
    "kind",
    [
        GatewayBroker,
        GatewayDealer,
        GatewayRouter,
        GatewayRouterFactory,
        GatewayRouterSession,
        GatewayWebSocketProtocol,
        GatewayRawSocketProtocol,
        GatewayRouterController,
        GatewayContainerController,
    ],
)
def test_our_classes_are_crossbars(kind: type) -> None:
    """Below what is ours of each is a class of Crossbar, and nothing else."""
    foreign = [base.__module__ for base in kind.__mro__ if not base.__module__.startswith("router.")]

    assert foreign[0].startswith("crossbar.")


def test_our_classes_are_the_ones_that_run() -> None:
    """The personality leads to our workers, and they to our router, broker and dealer."""
    assert TapecastPersonality.native_workers["router"]["worker_class"] is GatewayRouterController
    assert TapecastPersonality.native_workers["container"]["worker_class"] is GatewayContainerController
    assert GatewayRouterController.router_factory_class is GatewayRouterFactory
    assert GatewayRouterFactory.router is GatewayRouter
    assert (GatewayRouter.broker, GatewayRouter.dealer) == (GatewayBroker, GatewayDealer)


def test_of_crossbars_workers_two_are_left() -> None:
    """Proxies, guests and testees do not run under our rules, so they do not run."""
    assert set(TapecastPersonality.native_workers) == {"router", "container"}
    for worker in TapecastPersonality.native_workers.values():
        worker_class: Any = worker["worker_class"]
        module = importlib.import_module(worker_class.__module__)
        assert getattr(module, worker_class.__name__) is worker_class


def test_of_crossbars_web_services_one_is_left() -> None:
    """Static files, bridges and forms are not served: ours have headers and checks that those have not."""
    services = set(TapecastPersonality.WEB_SERVICE_FACTORIES)

    assert services == set(TapecastPersonality.WEB_SERVICE_CHECKERS) == {"path", "pages", "websocket"}
    assert services - set(Personality.WEB_SERVICE_FACTORIES) == {"pages"}


def test_the_nodes_configuration_passes_the_check(tmp_path: Path) -> None:
    """Crossbar takes the configuration that we make."""
    TapecastPersonality.check_config(TapecastPersonality, node_config(Settings(), tmp_path))


@pytest.mark.parametrize("service", ["static", "publisher", "caller", "nodeinfo", "cgi"])
def test_a_service_that_is_gone_is_refused(tmp_path: Path, service: str) -> None:
    """A configuration that names one of Crossbar's other services does not start."""
    config = node_config(Settings(), tmp_path)
    config["workers"][0]["transports"][1]["paths"]["x"] = {"type": service}

    with pytest.raises(Exception, match="invalid Web service type"):
        TapecastPersonality.check_config(TapecastPersonality, config)


@pytest.mark.parametrize(
    "change",
    [
        {"directory": "/nowhere"},
        {"directory": None},
        {"directory": ""},
        {"cache": 1},
        {"mounts": {"clients/js": "/nowhere"}},
        {"mounts": {"clients/js": 1}},
        {"mounts": ["/"]},
    ],
)
def test_pages_need_their_directories(tmp_path: Path, change: dict[str, object]) -> None:
    """The service of our pages takes directories that exist, and nothing else."""
    config = {"type": "pages", "directory": str(tmp_path), **change}
    config = {name: value for name, value in config.items() if value is not None}

    PagesService.check(None, {"type": "pages", "directory": str(tmp_path), "mounts": {"below": str(tmp_path)}})
    with pytest.raises(ValueError, match="needs 'directory'"):
        PagesService.check(None, config)
