"""The Crossbar personality: which of Crossbar's classes are ours, and which of its services exist."""

import sys
from pathlib import Path
from typing import Any

import crossbar.node.main
import txaio
from crossbar.common import checkconfig
from crossbar.personality import Personality, default_native_workers
from crossbar.webservice.base import RouterWebServiceNestedPath

from router.http import PagesService
from router.logs import LogSettings, start_log
from router.node import ContainerProcess, GatewayNode, RouterProcess
from router.stop_request import ENDED_IN_ORDER, remember, stop_request
from router.transports import WebSocketService, create_router_transport
from router.worker import GatewayContainerController, GatewayRouterController


def _native_workers() -> dict[str, dict[str, Any]]:
    workers = {kind: default_native_workers()[kind] for kind in ("router", "container")}
    workers["router"].update({"class": RouterProcess, "worker_class": GatewayRouterController})
    workers["container"].update({"class": ContainerProcess, "worker_class": GatewayContainerController})
    return workers


class TapecastPersonality(Personality):
    """
    Crossbar as a trading gateway.

    Of Crossbar's web services only nested paths are left: its static files, bridges and forms are without the headers
    and the checks that ours have.
    """

    NAME = "tapecast"
    TITLE = "Tapecast"
    DESC = "Tapecast, a real-time gateway for trading platforms."
    BANNER = ""

    Node = GatewayNode
    native_workers = _native_workers()
    create_router_transport = create_router_transport
    WorkerKlasses = (GatewayRouterController, GatewayContainerController)

    WEB_SERVICE_FACTORIES = {  # noqa: RUF012 - Crossbar's own attribute
        "path": RouterWebServiceNestedPath,
        "pages": PagesService,
        "websocket": WebSocketService,
    }
    WEB_SERVICE_CHECKERS = {  # noqa: RUF012 - Crossbar's own attribute
        "path": checkconfig.check_web_path_service_path,
        "pages": PagesService.check,
        "websocket": checkconfig.check_web_path_service_websocket,
    }


def run_node(directory: Path, config_name: str, log: LogSettings) -> None:
    """
    Run a node in this process until it is stopped; SIGINT and SIGTERM mean to stop in order, from the first moment.

    Args:
        directory: The node's directory, with its configuration.
        config_name: Name of the configuration's file in it.
        log: How its processes log.

    Raises:
        SystemExit: The node ended; its code is the process's status, 0 where it was asked to stop.
    """
    from twisted.internet import reactor  # noqa: PLC0415 - importing it installs it, and only a node needs one

    # Left by a crash. Whoever calls this has made sure that no other node runs from the directory.
    (directory / "node.pid").unlink(missing_ok=True)
    output, errors = sys.stdout, sys.stderr

    def take_over_the_log() -> None:
        txaio.set_global_log_level("error")
        start_log(log, process="node", stream=output)

    reactor.callWhenRunning(take_over_the_log)
    # The reactor takes SIGTERM for itself when it begins.
    reactor.callWhenRunning(stop_request.listen, remember)
    arguments = ["start", "--cbdir", str(directory), "--config", config_name, "--loglevel", "none"]
    try:
        crossbar.node.main.main("tapecast", arguments, reactor, TapecastPersonality)
    finally:
        stop_request.ignore()
        # Crossbar has put its log in the place of both.
        sys.stdout, sys.stderr = output, errors
        if stop_request.is_made:
            sys.exit(ENDED_IN_ORDER)
