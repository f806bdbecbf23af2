"""The node: a controller that keeps the router up, and starts a container again when it ends."""

import secrets
import signal
import sys
import time
from typing import Any

from autobahn.wamp.exception import ApplicationError
from crossbar._logging import cb_logging_aware
from crossbar.node.controller import NodeController
from crossbar.node.node import Node
from crossbar.node.worker import ContainerWorkerProcess, RouterWorkerProcess
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from router.restarts import RestartDelay

_log = Logger(namespace="tapecast.node")


class _PlainLog:
    """A worker process whose log lines are finished by the worker, and only passed on here."""

    def log(self, _child_fd: int, data: bytes | str) -> None:
        text = data if isinstance(data, str) else data.decode(errors="replace")
        # The standard output proper: Crossbar has put its log in the place of sys.stdout.
        output = sys.__stdout__ or sys.stdout
        output.write(text.replace(cb_logging_aware, "").lstrip("\n"))
        output.flush()


class RouterProcess(_PlainLog, RouterWorkerProcess):
    """The router worker as the controller sees it."""


class ContainerProcess(_PlainLog, ContainerWorkerProcess):
    """A container as the controller sees it."""


class GatewayController(NodeController):
    """
    Crossbar's node controller with another idea of what ends a node.

    The router worker's end is the node's, with status 1. A container's end is not: it is started again. SIGINT and
    SIGTERM both mean to stop in order, with status 0.
    """

    async def _stop_on_signals(self) -> None:
        def stop(_signal_number: int, _frame: Any) -> None:
            self._shutdown_was_clean = True
            self._reactor.callFromThread(self.shutdown)

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)

    def onJoin(self, details: Any) -> "Deferred[Any]":
        """Begin to control the node."""
        joined: Deferred[Any] = super().onJoin(details)
        return joined.addCallback(lambda _joined: Deferred.fromCoroutine(self._stop_on_signals()))

    def watch(self, worker_id: str) -> "Deferred[None]":
        """A Deferred that fires when a worker that was just started, or runs, has ended."""
        ended: Deferred[None] = Deferred()
        self._workers[worker_id].exit.addBoth(lambda _result: ended.callback(None))
        return ended

    def kill(self, worker_id: str) -> bool:
        """End a worker at once, and say whether there was one to end."""
        worker = self._workers.get(worker_id)
        if worker is not None:
            worker.proto.transport.signalProcess("KILL")
        return worker is not None

    @property
    def is_stopping(self) -> bool:
        """Whether the node has begun to stop."""
        return bool(self._shutdown_requested)

    def fail(self) -> None:
        """Stop the node, with status 1."""
        self._shutdown_was_clean = False
        self.shutdown()


class GatewayNode(Node):
    """A node of one router worker and the containers around it."""

    NODE_CONTROLLER = GatewayController

    def _extend_worker_args(self, args: list[str], options: Any) -> None:
        args[args.index("crossbar.worker.main")] = "router.worker_process"

    def boot(self) -> "Deferred[None]":
        """Start the router worker, then each container."""
        return Deferred.fromCoroutine(self._boot())

    async def _boot(self) -> None:
        workers = self._config["workers"]
        for worker in workers:
            if worker["type"] == "router" and not await self._start_router(worker):
                return
        for worker in workers:
            if worker["type"] == "container":
                self._keep_running(worker, RestartDelay())

    async def _start_router(self, worker: dict[str, Any]) -> bool:
        try:
            await self.boot_from_config({"workers": [worker]})
        except ApplicationError as error:
            _log.critical("the router worker did not start: {error}", error=error.error_message())
            self._controller.fail()
            return False
        self._controller.watch(worker["id"]).addCallback(self._router_ended)
        for transport in worker["transports"]:
            if transport["type"] == "web":
                endpoint = transport["endpoint"]
                _log.info("open http://{host}:{port}/", host=endpoint["interface"], port=endpoint["port"])
        return True

    def _router_ended(self, _ended: None) -> None:
        if not self._controller.is_stopping:
            _log.critical("the router worker ended; the node ends with it")
            self._controller.fail()

    def _keep_running(self, worker: dict[str, Any], delay: RestartDelay) -> None:
        container, started_s = worker["id"], time.monotonic()

        def start_again(_ended: None) -> None:
            if self._controller.is_stopping:
                return
            wait_s = delay.after(ran_s=time.monotonic() - started_s, random=secrets.randbelow(1000) / 1000)
            _log.error(
                "container {container} ended; it starts again in {wait_s:.1f} s", container=container, wait_s=wait_s
            )
            self._reactor.callLater(wait_s, self._keep_running, worker, delay)

        def could_not_start(failure: Failure) -> None:
            if self._controller.is_stopping:
                return
            _log.error("container {container} did not start: {error}", container=container, error=failure.value)
            if not self._controller.kill(container):
                start_again(None)

        booted: Deferred[Any] = self.boot_from_config({"workers": [worker]})
        self._controller.watch(container).addCallback(start_again)
        booted.addErrback(could_not_start)
