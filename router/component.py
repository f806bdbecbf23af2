"""What the router worker itself answers and publishes: streams, sessions, the state of the node, and HTTP."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs
from prometheus_client import CollectorRegistry
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from auth.rotating_keys_component import TokenReader
from components.contract.envelope import EventType
from components.contract.topics import Owner
from components.metrics.keys import KeysCollector
from components.metrics.process import read_process
from components.metrics.router import RouterFiguresCollector, RouterMetrics
from components.metrics.transfer import PackedMetrics
from components.model.node_state import NodeState, Part, PartState
from components.model.processes import ProcessReading
from components.streams.answers import Ownership, StreamAnswers
from components.streams.component import StreamPublisher
from components.streams.stream import Streams
from components.wamp.owners import Owners
from components.wamp.procedures import Caller, register_procedures
from components.wamp.router_view import RouterView
from components.wamp.session import WampSession
from router.api import Api
from router.http import Answer
from router.news_sender import NewsSender
from router.node_figures import NodeFigures
from router.own_streams import Companion, OwnStreams
from router.processes import Processes
from router.readings import Readings
from router.reports import Reports, health_body
from router.session_queries import SessionQueries
from router.stream_queries import StreamQueries

HEARTBEAT = "tapecast.system.heartbeat"
STATUS = "tapecast.system.status"
ANNOUNCEMENTS = "tapecast.system.announcements"
STATS = "tapecast.admin.stats"
TICK_S = 1.0

COME_BACK_AFTER_MS = 5_000
"""What clients are told to wait when the gateway stops: a node starts in less."""

Health = Callable[[], list[dict[str, Any]]]
"""How some parts of this process are: `name`, `state`, `reason`, `age_ms`."""

_log = Logger(namespace="tapecast.node")


class RouterComponent:
    """
    The component inside the router worker.

    It owns `system.*`, answers `stream.*` and `session.*` for everyone, and forwards what other processes own, or a
    companion in this one.
    """

    def __init__(  # noqa: PLR0913 - all that the worker hands over
        self,
        session: WampSession,
        router: RouterView,
        clock: IReactorTime,
        *,
        containers: tuple[str, ...],
        registry: CollectorRegistry,
        tokens: TokenReader,
        versions: Mapping[str, str],
        new_epoch: Callable[[], str],
        companion: Companion | None = None,
    ) -> None:
        self._session = session
        self._router = router
        streams = Streams(new_epoch)
        ownership = Ownership(owner=Owner.ROUTER, now_ns=lambda _topic: time.time_ns())
        self._publisher = StreamPublisher(session, streams, ownership)
        self._companion = companion
        self._own_health: list[Health] = []
        self._reports = Reports(containers)
        self._readings = Readings()
        self._processes = Processes((Owner.ROUTER.value, *containers))
        self._figures = NodeFigures(
            router,
            self._reports,
            self._readings,
            self._processes,
            versions=versions,
            started_ns=time.monotonic_ns(),
        )
        owners = Owners(session)
        self._metrics = RouterMetrics(registry)
        self._stream_queries = StreamQueries(
            OwnStreams(StreamAnswers(streams, ownership), companion),
            router,
            owners,
            containers=containers,
            count_resume=self._metrics.count_resume,
        )
        self._api = Api(router, self._reports, self._readings, streams=self._stream_queries, owners=owners)
        self._session_queries = SessionQueries(router, tokens)
        self._beats = 0
        self._last_status: list[Part] | None = None
        self._ticking = LoopingCall(self._tick)
        self._ticking.clock = clock
        registry.register(RouterFiguresCollector(router))
        registry.register(KeysCollector(tokens.keys))
        registry.register(PackedMetrics(lambda: self._reports.families(now_ns=time.monotonic_ns())))

    def count_authentication(self, method: str, result: str) -> None:
        """Count one join by method and result."""
        self._metrics.count_authentication(method, result)
        self._figures.count_join(result)

    async def start(self) -> None:
        """Register the procedures, and begin to publish."""
        await register_procedures(
            self._session,
            {
                **self._stream_queries.handlers(),
                **self._session_queries.handlers(),
                f"{STATS}.get": self._get_stats,
                "tapecast.node.report": self._receive_report,
                "tapecast.node.list_sessions": self._list_sessions,
            },
        )
        self._router.watch_news(NewsSender(self._session).send)
        ticking = self._ticking.start(TICK_S)
        ticking.addErrback(lambda failure: _log.failure("the heart has stopped; this is a bug", failure=failure))

    def tell_of(self, health: Health) -> None:
        """Tell, with the parts of the node, of these in this process."""
        self._own_health.append(health)

    def http_answers(self) -> dict[str, Answer]:
        """What is answered over HTTP, by the head of its path."""
        return self._api.answers()

    def announce_stop(self) -> None:
        """Tell everyone that the gateway stops; nothing is published after it."""
        if self._ticking.running:
            self._ticking.stop()
        self._reports.begin_stop()
        announcement: dict[str, object] = {
            "type": "shutdown",
            "reason": "shutdown",
            "severity": "warning",
            "message": f"the gateway stops; come back after {COME_BACK_AFTER_MS // 1000} s, with jitter",
            "audience": {},
            "retry_after_ms": COME_BACK_AFTER_MS,
        }
        self._publish(ANNOUNCEMENTS, announcement)

    def announce(self, topic: str, payload: dict[str, object]) -> None:
        """Publish on a topic of announcements, to everyone or to a role; no disk can silence it."""
        self._publish(topic, payload)

    def _tick(self) -> None:
        now_ns = time.monotonic_ns()
        self._readings.take(self._router.figures(), now_ns=now_ns)
        self._processes.take(Owner.ROUTER.value, read_process(), now_ns=now_ns)
        self._metrics.set_sessions(self._router.count_sessions())
        self._take_own_parts()
        self._beats += 1
        self._publish(HEARTBEAT, {"counter": self._beats}, EventType.HEARTBEAT)
        parts = self._reports.parts(now_ns=now_ns)
        self._publish_status(parts)
        if self._companion is not None:
            self._companion.observe(self._state_of_node(parts))
        if self._router.count_subscribers(STATS):
            self._publish(STATS, self._figures.body(now_ns=now_ns))

    def _state_of_node(self, parts: list[Part]) -> NodeState:
        return NodeState(
            parts=tuple(parts),
            restarts=self._processes.restarts,
            refusals=self._readings.latest.refusals,
            refused_joins=self._figures.refused_joins,
        )

    def _take_own_parts(self) -> None:
        companion = self._companion
        health = self._own_health if companion is None else [companion.health, *self._own_health]
        families = [] if companion is None else companion.metric_families()
        self._reports.receive_own(_parts(part for one in health for part in one()), families)

    def _publish_status(self, parts: list[Part]) -> None:
        status = [attrs.evolve(part, age_ms=None) for part in parts]
        if status != self._last_status:
            self._last_status = status
            self._publish(STATUS, health_body(parts))
            _log_parts(parts)

    def _publish(self, topic: str, payload: dict[str, object], event_type: EventType | None = None) -> None:
        self._publisher.publish(topic, payload, ts_ns=time.time_ns(), event_type=event_type)

    def _get_stats(self, _caller: Caller) -> dict[str, object]:
        return self._figures.body(now_ns=time.monotonic_ns())

    def _receive_report(
        self,
        _caller: Caller,
        container: str,
        parts: list[dict[str, Any]],
        families: list[dict[str, Any]],
        process: dict[str, Any],
    ) -> None:
        now_ns = time.monotonic_ns()
        self._reports.receive(container, _parts(parts), families, now_ns=now_ns)
        self._processes.take(container, ProcessReading(**process), now_ns=now_ns)

    def _list_sessions(self, _caller: Caller, user_ids: list[str]) -> list[dict[str, object]]:
        return [attrs.asdict(session) for session in self._router.list_sessions(user_ids)]


def _parts(reported: Iterable[dict[str, Any]]) -> tuple[Part, ...]:
    return tuple(
        Part(name=part["name"], state=PartState(part["state"]), reason=part["reason"], age_ms=part["age_ms"])
        for part in reported
    )


def _log_parts(parts: list[Part]) -> None:
    troubled = [f"{part.name} is {part.state}: {part.reason}" for part in parts if part.state is not PartState.UP]
    if troubled:
        _log.warn("{troubles}", troubles="; ".join(troubled))
    else:
        _log.info("every part is up: {parts}", parts=", ".join(part.name for part in parts))
