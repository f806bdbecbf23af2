"""What the router worker itself answers and publishes: streams, sessions, the state of the node, and HTTP."""

import time
from collections.abc import Callable
from typing import Any

from autobahn.wamp.exception import ApplicationError
from prometheus_client import CollectorRegistry
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from auth.permissions import Action, Match, decide, may_read
from components.contract.envelope import EventType, format_time
from components.contract.errors import ErrorCode
from components.contract.topics import Owner, family_of
from components.contract.uris import shown_uri, user_component
from components.metrics.router import RouterMetrics
from components.metrics.transfer import PackedMetrics
from components.model.errors import (
    AuthenticationRequired,
    CommandRejected,
    InvalidArgument,
    NotAuthorized,
    Unavailable,
    UnknownTopic,
)
from components.streams.stream import Streams
from components.wamp.procedures import Caller, application_error, register_procedures
from components.wamp.router_view import RouterView
from components.wamp.session import WampSession
from router.http import NOTHING_HERE, Answer
from router.reports import Part, PartState, Reports, is_healthy

HEARTBEAT = "tapecast.system.heartbeat"
STATUS = "tapecast.system.status"
TICK_S = 1.0

_log = Logger(namespace="tapecast.node")


class RouterComponent:
    """
    The component inside the router worker.

    It owns `system.*`, answers `stream.*` and `session.*` for everyone, and forwards what other processes own.
    """

    def __init__(
        self,
        session: WampSession,
        router: RouterView,
        clock: IReactorTime,
        *,
        containers: tuple[str, ...],
        registry: CollectorRegistry,
        new_epoch: Callable[[], str],
    ) -> None:
        self._session = session
        self._router = router
        self._streams = Streams(new_epoch)
        self._reports = Reports(containers)
        self._beats = 0
        self._last_status: list[dict[str, object]] | None = None
        self._ticking = LoopingCall(self._tick)
        self._ticking.clock = clock
        self._metrics = RouterMetrics(registry)
        registry.register(PackedMetrics(lambda: self._reports.families(now_ns=time.monotonic_ns())))

    @property
    def count_authentication(self) -> Callable[[str, str], None]:
        """What counts one join by method and result."""
        return self._metrics.count_authentication

    async def start(self) -> None:
        """Register the procedures, and begin to publish."""
        await register_procedures(
            self._session,
            {
                "tapecast.stream.get": self._get_stream,
                "tapecast.stream.list": self._list_streams,
                "tapecast.session.ping": self._ping,
                "tapecast.session.info": self._info,
                "tapecast.node.report": self._receive_report,
            },
        )
        ticking = self._ticking.start(TICK_S)
        ticking.addErrback(lambda failure: _log.failure("the heart has stopped; this is a bug", failure=failure))

    def http_answers(self) -> dict[str, Answer]:
        """What is answered over HTTP, by the head of its path."""
        return {"health": self._answer_health, "api/prices": self._answer_price}

    def _tick(self) -> None:
        self._metrics.set_sessions(self._router.count_sessions())
        self._beats += 1
        self._publish(HEARTBEAT, {"counter": self._beats}, EventType.HEARTBEAT)
        parts = [part.body() for part in self._parts()]
        status = [{**part, "age_ms": None} for part in parts]
        if status != self._last_status:
            self._last_status = status
            self._publish(STATUS, {"parts": parts})
            _log_parts(parts)

    def _publish(self, topic: str, payload: dict[str, object], event_type: EventType | None = None) -> None:
        event = self._streams.append(topic, payload, ts_ns=time.time_ns())
        if event_type is not None:
            event["type"] = event_type.value
        self._session.publish(topic, **event)

    def _parts(self) -> list[Part]:
        return self._reports.parts(now_ns=time.monotonic_ns())

    def _receive_report(
        self, _caller: Caller, container: str, parts: list[dict[str, Any]], families: list[dict[str, object]]
    ) -> None:
        received = tuple(
            Part(name=part["name"], state=PartState(part["state"]), reason=part["reason"], age_ms=part["age_ms"])
            for part in parts
        )
        self._reports.receive(container, received, families, now_ns=time.monotonic_ns())

    async def _get_stream(self, caller: Caller, topic: object) -> object:
        if not isinstance(topic, str):
            raise InvalidArgument("topic", "expected a string")
        refused = decide(caller.role, caller.user_id, Action.SUBSCRIBE, topic, Match.EXACT).error
        if refused is not None:
            raise _REFUSALS[refused](shown_uri(topic))
        family = family_of(topic)
        if family is None:
            raise _REFUSALS[ErrorCode.UNKNOWN_TOPIC](shown_uri(topic))
        if family.owner is Owner.ROUTER:
            return self._streams.open(topic).snapshot(now_ns=time.time_ns())
        return await self._forward(f"tapecast.{family.owner}.stream_get", topic=topic)

    async def _list_streams(self, caller: Caller, prefix: object = "") -> list[dict[str, object]]:
        if not isinstance(prefix, str):
            raise InvalidArgument("prefix", "expected a string")
        listed: list[dict[str, Any]] = self._streams.rows(prefix)
        listed += await self._forward("tapecast.market.stream_list", prefix=prefix)
        return [
            {**stream, "subscribers": self._router.count_subscribers(stream["topic"])}
            for stream in listed
            if may_read(caller.role, caller.user_id, stream["topic"])
        ]

    async def _forward(self, procedure: str, **arguments: object) -> Any:
        try:
            return await self._session.call(procedure, **arguments)
        except ApplicationError as error:
            if error.error == "wamp.error.no_such_procedure":
                raise Unavailable("the owner of this is away; try again") from None
            raise

    def _ping(self, _caller: Caller) -> dict[str, object]:
        return {"ts": format_time(time.time_ns())}

    def _info(self, caller: Caller) -> dict[str, object]:
        session = self._router.find_session(caller.session_id)
        if session is None:
            raise Unavailable("this session is at its end")
        return {
            "session": session.session_id,
            "user_id": session.user_id,
            "user": user_component(session.user_id),
            "role": session.role.value,
            "expires_at": session.expires_at,
            "serializer": session.serializer,
            "subscriptions": session.subscriptions,
            "limits": dict(self._router.limits()),
        }

    async def _answer_health(self, rest: list[str]) -> tuple[int, object]:
        if rest:
            raise application_error(ErrorCode.NOT_FOUND, NOTHING_HERE)
        parts = self._parts()
        is_up = is_healthy(parts)
        body = {"status": "up" if is_up else "down", "parts": [part.body() for part in parts]}
        return (200 if is_up else 503), body

    async def _answer_price(self, rest: list[str]) -> tuple[int, object]:
        instrument = "/".join(rest)
        if not instrument:
            text = "instrument: is required, as in /api/prices/BTCUSDT"
            raise application_error(ErrorCode.INVALID_ARGUMENT, text, {"field": "instrument"})
        try:
            return 200, await self._forward("tapecast.market.get_price", instrument=instrument)
        except CommandRejected as error:
            raise application_error(error.code, str(error), error.details) from None


def _log_parts(parts: list[dict[str, object]]) -> None:
    troubled = [f"{part['name']} is {part['state']}: {part['reason']}" for part in parts if part["state"] != "up"]
    if troubled:
        _log.warn("{troubles}", troubles="; ".join(troubled))
    else:
        _log.info("every part is up: {parts}", parts=", ".join(str(part["name"]) for part in parts))


_REFUSALS: dict[ErrorCode, Callable[[str], CommandRejected]] = {
    ErrorCode.NOT_AUTHORIZED: lambda topic: NotAuthorized(f"{topic}: your role does not allow this"),
    ErrorCode.AUTHENTICATION_REQUIRED: lambda topic: AuthenticationRequired(f"{topic}: sign in to read this"),
    ErrorCode.UNKNOWN_TOPIC: lambda topic: UnknownTopic(f"there is no topic {topic}"),
    ErrorCode.INVALID_ARGUMENT: lambda _topic: InvalidArgument("topic", "expected the URI of one topic"),
}
