"""The Crossbar personality: which of Crossbar's classes are ours, and which of its services exist."""

from typing import Any

from crossbar.common import checkconfig
from crossbar.personality import Personality, default_native_workers
from crossbar.webservice.base import RouterWebServiceNestedPath

from router.http import PagesService
from router.node import ContainerProcess, GatewayNode, RouterProcess
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
