"""The life of a container: started, watched, and started again when it ends, until the node stops."""

import secrets
import time
from collections.abc import Callable
from typing import Any, Protocol

from autobahn.wamp.exception import ApplicationError
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from router.pulse import ANSWERED_WITHIN_S, Pulse
from router.restarts import RestartDelay

_log = Logger(namespace="tapecast.node")


class Containers(Protocol):
    """The containers of a node as their controller knows them."""

    @property
    def is_stopping(self) -> bool:
        """Whether the node has begun to stop, or was asked to."""

    def order(self, worker_id: str, procedure: str) -> "Deferred[Any]":
        """Ask a worker to do something."""

    def watch(self, worker_id: str) -> "Deferred[None]":
        """A Deferred that fires when a worker that was just started, or runs, has ended."""

    def kill(self, worker_id: str) -> bool:
        """End a worker at once, and say whether there was one to end."""


class ContainerLife:
    """
    One container of a node.

    It ends: it is started again after a delay. It hangs: it is killed, which is an end like any other.
    """

    def __init__(
        self, name: str, boot: Callable[[], "Deferred[Any]"], containers: Containers, clock: IReactorTime
    ) -> None:
        """
        Keep a container running, from `start` on.

        Args:
            name: The worker's.
            boot: Starts it; the Deferred fires when its components have joined.
            containers: Who knows of its process.
            clock: Says when to start it again.
        """
        self._name = name
        self._boot = boot
        self._containers = containers
        self._clock = clock
        self._delay = RestartDelay()
        self._started_s = 0.0
        self._is_running = False
        self._pulse = Pulse(lambda: containers.order(name, "utcnow"), self._kill, clock)

    def start(self) -> None:
        """Start it, and do so again whenever it has ended."""
        self._started_s = time.monotonic()
        self._is_running = True
        self._pulse.start()
        booted = self._boot()
        self._containers.watch(self._name).addCallback(self._start_again)
        booted.addErrback(self._take_failure)

    def _start_again(self, _ended: None) -> None:
        # One that ends while it starts is told of twice: by its process, and by its boot.
        if not self._is_running:
            return
        self._is_running = False
        self._pulse.stop()
        if self._containers.is_stopping:
            return
        ran_s = time.monotonic() - self._started_s
        wait_s = self._delay.after(ran_s=ran_s, random=secrets.randbelow(1000) / 1000)
        _log.error(
            "container {container} ended; it starts again in {wait_s:.1f} s", container=self._name, wait_s=wait_s
        )
        self._clock.callLater(wait_s, self.start)

    def _take_failure(self, failure: Failure) -> None:
        if self._containers.is_stopping:
            return
        _log.error("container {container} did not start: {error}", container=self._name, error=_reason(failure))
        if not self._containers.kill(self._name):
            self._start_again(None)

    def _kill(self) -> None:
        if not self._containers.is_stopping:
            _log.error(
                "container {container} has not answered for {silence_s:.0f} s; it is killed",
                container=self._name,
                silence_s=ANSWERED_WITHIN_S,
            )
            self._containers.kill(self._name)


def _reason(failure: Failure) -> str:
    error = failure.value
    if isinstance(error, ApplicationError) and error.args:
        return str(error.args[0])
    return failure.getErrorMessage()
