"""What is answered over HTTP: how the gateway is, what it has counted, which topics it has, and prices."""

import time
from collections.abc import Callable

from components.contract.envelope import NS_PER_S
from components.contract.errors import ErrorCode
from components.contract.roles import Role
from components.model.errors import CommandRejected
from components.wamp.owners import Owners
from components.wamp.procedures import application_error
from components.wamp.router_view import RouterView
from router.http import NOTHING_HERE, Answer
from router.readings import Readings
from router.reports import Reports, health_body, is_healthy
from router.stream_queries import StreamQueries

LARGEST_LISTING = 1000
NOBODY = ""
"""The user id that no session has: whoever asks over HTTP is nobody."""


class Api:
    """The paths that are no pages. Nothing here is about a single user, and nothing takes a token."""

    def __init__(
        self, router: RouterView, reports: Reports, readings: Readings, *, streams: StreamQueries, owners: Owners
    ) -> None:
        """
        Answer from what others keep.

        Args:
            router: Knows what waits now.
            reports: How the parts are.
            readings: What was counted.
            streams: Lists topics.
            owners: Are asked for prices.
        """
        self._router = router
        self._reports = reports
        self._readings = readings
        self._streams = streams
        self._owners = owners
        self._started_ns = time.monotonic_ns()

    def answers(self) -> dict[str, Answer]:
        """What answers, by the head of its path."""
        return {
            "health": _without_rest(self._health),
            "api/status": _without_rest(self._status),
            "api/stats": _without_rest(self._stats),
            "api/performance": _without_rest(self._performance),
            "api/topics": self._list_topics,
            "api/prices": self._get_price,
        }

    def _health(self) -> tuple[int, dict[str, object]]:
        parts = self._reports.parts(now_ns=time.monotonic_ns())
        is_up = is_healthy(parts)
        return (200 if is_up else 503), health_body(parts)

    def _status(self) -> tuple[int, object]:
        _, health = self._health()
        inboxes = self._reports.values("tapecast_inbox_messages", "feed", now_ns=time.monotonic_ns())
        queues = {"clients": dict(self._router.count_waiting()), "feeds": inboxes}
        return 200, {**health, "uptime": self._uptime_s(), "queues": queues}

    def _stats(self) -> tuple[int, object]:
        readings = self._readings
        return 200, {
            "total_connections": readings.latest.connections,
            "active_subscriptions": sum(readings.latest.subscriptions.values()),
            "uptime": self._uptime_s(),
            "messages": {
                "received": readings.totals(lambda figures: sum(figures.received.values())),
                "sent": readings.totals(lambda figures: sum(figures.sent.values())),
            },
            "errors": readings.totals(lambda figures: figures.sent.get("error", 0)),
        }

    def _performance(self) -> tuple[int, object]:
        return 200, {"delivery": self._readings.durations(lambda figures: figures.deliveries)}

    def _uptime_s(self) -> int:
        return (time.monotonic_ns() - self._started_ns) // NS_PER_S

    async def _list_topics(self, rest: list[str]) -> tuple[int, object]:
        prefix, *more = rest or [""]
        if more:
            raise application_error(ErrorCode.NOT_FOUND, NOTHING_HERE)
        self._refuse_in_maintenance("tapecast.stream.list")
        rows, absent = await self._streams.list_topics(Role.PUBLIC, NOBODY, prefix)
        return 200, {"topics": rows[:LARGEST_LISTING], "more": len(rows) > LARGEST_LISTING, "away": absent}

    async def _get_price(self, rest: list[str]) -> tuple[int, object]:
        instrument = "/".join(rest)
        if not instrument:
            text = "instrument: is required, as in /api/prices/BTCUSDT"
            raise application_error(ErrorCode.INVALID_ARGUMENT, text, {"field": "instrument"})
        self._refuse_in_maintenance("tapecast.market.get_price")
        try:
            return 200, await self._owners.ask("tapecast.market.get_price", instrument=instrument)
        except CommandRejected as error:
            raise application_error(error.code, str(error), error.details) from None

    def _refuse_in_maintenance(self, procedure: str) -> None:
        """What no session may call just now is not answered over HTTP either."""
        text = self._router.refusal_of(procedure)
        if text is not None:
            raise application_error(ErrorCode.MAINTENANCE, text)


def _without_rest(answer: Callable[[], tuple[int, object]]) -> Answer:
    async def refuse_rest(rest: list[str]) -> tuple[int, object]:
        if rest:
            raise application_error(ErrorCode.NOT_FOUND, NOTHING_HERE)
        return answer()

    return refuse_rest
