"""The order in which a node ends, and what happens to a process that does not keep to it."""

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from components.wamp.deadline import comes_within

ANNOUNCED_WITHIN_S = 2.0
CONTAINER_ENDS_WITHIN_S = 5.0
ROUTER_ENDS_WITHIN_S = 10.0
"""Draining and closing connections take 7.5 s at most; the rest is for a machine that has much else to do."""

_log = Logger(namespace="tapecast.node")


class Workers(Protocol):
    """The processes of a node as their controller knows them."""

    def running(self, kind: str) -> list[str]:
        """Names of the workers of a kind that are up: they answer, and obey signals."""

    def order(self, worker_id: str, procedure: str) -> "Deferred[Any]":
        """Ask a worker to do something; the Deferred fires when it has."""

    def terminate(self, worker_id: str) -> None:
        """Ask a worker by SIGTERM to end."""

    def kill(self, worker_id: str) -> bool:
        """End a worker at once."""

    def kill_unready(self) -> None:
        """End those at once that have only begun to start: there is nothing in them to finish."""

    def watch(self, worker_id: str) -> "Deferred[None]":
        """A Deferred that fires when a worker has ended."""


class OrderlyStop:
    """
    The end of a node: the router takes nobody new and says so, the containers finish, the router closes and ends.

    A process that has not ended in its time is killed, so that the whole takes 17 s at most.
    """

    def __init__(self, workers: Workers, clock: IReactorTime) -> None:
        self._workers = workers
        self._clock = clock

    async def run(self) -> None:
        """End all workers; none is left when this returns."""
        self._workers.kill_unready()
        routers = self._workers.running("router")
        for router in routers:
            await comes_within(ANNOUNCED_WITHIN_S, self._order(router, "stop_accepting"), self._clock)
        await self._end_all(self._workers.running("container"), self._workers.terminate, CONTAINER_ENDS_WITHIN_S)
        await self._end_all(routers, self._close, ROUTER_ENDS_WITHIN_S)

    def _close(self, router: str) -> None:
        self._order(router, "close_and_end")

    def _order(self, worker_id: str, procedure: str) -> "Deferred[Any]":
        def refused(failure: Failure) -> None:
            _log.warn(
                "{worker} cannot {procedure}: {error}", worker=worker_id, procedure=procedure, error=failure.value
            )

        return self._workers.order(worker_id, procedure).addErrback(refused)

    async def _end_all(self, worker_ids: list[str], ask: Callable[[str], None], within_s: float) -> None:
        ending = [Deferred.fromCoroutine(self._end(worker_id, ask, within_s)) for worker_id in worker_ids]
        await gatherResults(ending)

    async def _end(self, worker_id: str, ask: Callable[[str], None], within_s: float) -> None:
        ended = self._workers.watch(worker_id)
        ask(worker_id)
        if not await comes_within(within_s, ended, self._clock):
            _log.warn(
                "{worker} has not ended within {within_s:.0f} s of being asked to; it is killed",
                worker=worker_id,
                within_s=within_s,
            )
            self._workers.kill(worker_id)
            await self._workers.watch(worker_id)
