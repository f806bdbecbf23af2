"""The worker processes: the router with what its own components may see of it, and the containers."""

import os
from collections.abc import Mapping
from typing import Any

from crossbar.worker.container import ContainerController
from crossbar.worker.router import RouterController

from router.garbage import spare_what_is_loaded
from router.http import Answer
from router.library_logs import paint_nothing
from router.limit_settings import LimitSettings
from router.logs import LogSettings, start_log
from router.router import GatewayRouterFactory
from router.serializers import limit_recursion
from router.session import GatewayRouterSessionFactory
from router.view import LiveRouterView


class GatewayContainerController(ContainerController):
    """A container that writes its own log."""

    def __init__(self, config: Any = None, reactor: Any = None, personality: Any = None) -> None:
        super().__init__(config=config, reactor=reactor, personality=personality)
        limit_recursion()
        start_log(LogSettings.from_environment(os.environ), process=config.extra.worker)


class GatewayRouterController(RouterController):
    """
    The router worker, on our own router and sessions.

    It keeps what answers over HTTP: a component says so with `answer_http` before the transports start.
    """

    router_factory_class = GatewayRouterFactory

    def __init__(self, config: Any = None, reactor: Any = None, personality: Any = None) -> None:
        super().__init__(config=config, reactor=reactor, personality=personality)
        limit_recursion()
        paint_nothing()
        spare_what_is_loaded()
        start_log(LogSettings.from_environment(os.environ), process=config.extra.worker)
        self._router_factory.limit(LimitSettings.from_environment(os.environ))
        self._router_session_factory = GatewayRouterSessionFactory(self._router_factory)
        # Crossbar's own option for this passes its check and is then dropped on the way to the worker.
        self.config.extra.expose_controller = True
        self._http_answers: dict[str, Answer] = {}

    def answer_http(self, answers: Mapping[str, Answer]) -> None:
        """Answer these paths, and what is below them, from now on."""
        self._http_answers.update(answers)

    def http_answers(self) -> dict[str, Answer]:
        """What answers over HTTP."""
        return self._http_answers

    def router_view(self) -> LiveRouterView:
        """The router as the components inside this process may see it."""
        return LiveRouterView(self._router_factory)
