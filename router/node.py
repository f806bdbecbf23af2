"""The node: a controller that keeps the router up, and starts a container again when it ends."""

import os
import sys
from contextlib import suppress
from functools import partial
from typing import Any

from autobahn.wamp.cryptosign import CryptosignKey
from autobahn.wamp.exception import ApplicationError
from crossbar._logging import cb_logging_aware
from crossbar.node.controller import NodeController
from crossbar.node.node import Node
from crossbar.node.worker import ContainerWorkerProcess, RouterWorkerProcess
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ProcessExitedAlready
from twisted.logger import Logger

from router.container_life import ContainerLife
from router.stop_request import stop_request
from router.stopping import OrderlyStop

IPV6 = 6

NODE_KEY = 1
"""Where Crossbar looks for the node's own key among its keys."""

SAME_REQUEST_S = 1.0
"""Signals this close are one request: shells and `timeout` send them to a process and, once more, to its group."""

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
    SIGTERM both mean to stop in order, with status 0; a second one means to stop at once, also with status 0.
    """

    _stopping_since_s: float | None = None

    def onJoin(self, details: Any) -> "Deferred[Any]":
        """Begin to control the node."""
        joined: Deferred[Any] = super().onJoin(details)
        return joined.addCallback(self._stop_on_signals)

    def _stop_on_signals(self, _joined: object) -> None:
        self._reactor.addSystemEventTrigger("before", "shutdown", self._kill_all)
        # Crossbar has taken SIGINT for itself.
        stop_request.listen(lambda: self._reactor.callFromThread(self._receive_stop))

    def _receive_stop(self) -> None:
        if self._stopping_since_s is None:
            self._stop(is_clean=True)
        elif self._reactor.seconds() - self._stopping_since_s > SAME_REQUEST_S:
            self._kill_all()
            self.shutdown()

    def _stop(self, *, is_clean: bool) -> None:
        if self._stopping_since_s is None:
            self._stopping_since_s = self._reactor.seconds()
            self._shutdown_was_clean = is_clean
            stopped = Deferred.fromCoroutine(OrderlyStop(self, self._reactor).run())
            stopped.addErrback(lambda failure: _log.failure("the stop failed; this is a bug", failure=failure))
            stopped.addBoth(lambda _stopped: self.shutdown())

    @property
    def is_stopping(self) -> bool:
        """Whether the node has begun to stop, or was asked to."""
        return stop_request.is_made or self._stopping_since_s is not None

    def fail(self) -> None:
        """Stop the node, with status 1."""
        self._stop(is_clean=False)

    def running(self, kind: str) -> list[str]:
        """Names of the workers of a kind, `router` or `container`, that are up: they answer, and obey signals."""
        return [worker.id for worker in self._workers.values() if kind == worker.TYPE and worker.status == "started"]

    def order(self, worker_id: str, procedure: str) -> "Deferred[Any]":
        """Ask a worker to do something; the Deferred fires when it has."""
        ordered: Deferred[Any] = self.call(f"crossbar.worker.{worker_id}.{procedure}")
        return ordered

    def watch(self, worker_id: str) -> "Deferred[None]":
        """A Deferred that fires when a worker that was just started, or runs, has ended."""
        worker = self._workers.get(worker_id)
        if worker is None:
            return succeed(None)
        ended: Deferred[None] = Deferred()
        worker.exit.addBoth(lambda _result: ended.callback(None))
        return ended

    def terminate(self, worker_id: str) -> None:
        """Ask a worker by SIGTERM to end."""
        self._signal(worker_id, "TERM")

    def kill(self, worker_id: str) -> bool:
        """End a worker at once, and say whether there was one to end."""
        return self._signal(worker_id, "KILL")

    def kill_unready(self) -> None:
        """End those at once that have only begun to start: there is nothing in them to finish."""
        for worker in tuple(self._workers.values()):
            if worker.status != "started":
                self.kill(worker.id)

    def _kill_all(self) -> None:
        for worker_id in tuple(self._workers):
            self.kill(worker_id)

    def _signal(self, worker_id: str, name: str) -> bool:
        worker = self._workers.get(worker_id)
        if worker is not None:
            with suppress(ProcessExitedAlready):
                worker.proto.transport.signalProcess(name)
        return worker is not None


class _KeyOfThisRun(dict[int, CryptosignKey]):
    is_open = True
    is_locked = False


class GatewayNode(Node):
    """A node of one router worker and the containers around it."""

    NODE_CONTROLLER = GatewayController

    def _extend_worker_args(self, args: list[str], options: Any) -> None:
        args[args.index("crossbar.worker.main")] = "router.worker_process"
        # Without it a worker would import a folder `auth` or `router` of wherever the node was started.
        args.insert(args.index("-m"), "-P")

    def load_keys(self, cbdir: str, privfile: str = "key.priv", pubfile: str = "key.pub") -> bool:
        """Make a key that is nowhere kept: nodes know each other by it, workers ask for it, and nobody uses it here."""
        self._node_secmod = _KeyOfThisRun({NODE_KEY: CryptosignKey.from_bytes(os.urandom(32))})
        return False

    def boot(self) -> "Deferred[None]":
        """Start the router worker, then each container."""
        return Deferred.fromCoroutine(self._boot())

    async def _boot(self) -> None:
        workers = self._config["workers"]
        for worker in workers:
            if worker["type"] == "router" and not await self._start_router(worker):
                return
        for worker in workers:
            if worker["type"] == "container" and not self._controller.is_stopping:
                boot = partial(self.boot_from_config, {"workers": [worker]})
                ContainerLife(worker["id"], boot, self._controller, self._reactor).start()

    async def _start_router(self, worker: dict[str, Any]) -> bool:
        if self._controller.is_stopping:
            return False
        try:
            await self.boot_from_config({"workers": [worker]})
        except ApplicationError as error:
            if self._controller.is_stopping:
                return False
            _log.critical("the router worker did not start: {error}", error=error.error_message())
            self._controller.fail()
            return False
        self._controller.watch(worker["id"]).addCallback(self._router_ended)
        for transport in worker["transports"]:
            if transport["type"] == "web":
                endpoint = transport["endpoint"]
                host = f"[{endpoint['interface']}]" if endpoint.get("version") == IPV6 else endpoint["interface"]
                scheme = "https" if "tls" in endpoint else "http"
                _log.info("open {scheme}://{host}:{port}/", scheme=scheme, host=host, port=endpoint["port"])
        return True

    def _router_ended(self, _ended: None) -> None:
        if not self._controller.is_stopping:
            _log.critical("the router worker ended; the node ends with it")
            self._controller.fail()
