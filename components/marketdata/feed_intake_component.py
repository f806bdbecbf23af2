"""Where a feed hands what it has: bytes into its pipeline, and how it is to whoever asks."""

import collections
import math
from collections.abc import Callable, Collection

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger

from components.contract.envelope import NS_PER_S, format_time
from components.marketdata.feed import FeedState
from components.marketdata.inbox import WaitingMessage
from components.marketdata.log_limit import LogLimit
from components.marketdata.market_state import Publication
from components.marketdata.pipeline import Pipeline
from components.metrics.market import MarketMetrics
from components.model.errors import MalformedMessage

MALFORMED_LOG_INTERVAL_S = 1.0

MAX_LAST_ERRORS = 10
"""How many of a feed's last errors are kept for whoever asks."""

_HEALTH_OF = {
    FeedState.CONNECTING: "degraded",
    FeedState.LIVE: "up",
    FeedState.SILENT: "degraded",
    FeedState.ENDED: "down",
}

HealthPart = dict[str, object]


class FeedIntake:
    """
    Where one feed hands what it has: the shell around its pipeline, its state, and who waits for room.

    Attributes:
        name: As health and figures call the feed.
        pipeline: What the messages go through.
        last_errors: When something went wrong on the feed's clock, and what; the newest last.
    """

    _log = Logger()

    def __init__(
        self,
        name: str,
        pipeline: Pipeline,
        *,
        metrics: MarketMetrics,
        feed_ns: Callable[[], int],
        monotonic_ns: Callable[[], int],
        on_message: Callable[[], None],
        on_disconnection: Callable[[Collection[str] | None], None],
    ) -> None:
        """
        Begin with nothing received.

        Args:
            name: As health and figures call the feed.
            pipeline: What the messages go through.
            metrics: Where errors are counted.
            feed_ns: The feed's clock.
            monotonic_ns: This process's monotonic clock.
            on_message: Called for each message, once it waits in the inbox.
            on_disconnection: Called when instruments have lost their connection; None is all of the feed.
        """
        self.name = name
        self.pipeline = pipeline
        self.last_errors: collections.deque[tuple[str, str]] = collections.deque(maxlen=MAX_LAST_ERRORS)
        self._metrics = metrics
        self.feed_ns = feed_ns
        self._monotonic_ns = monotonic_ns
        self._on_message = on_message
        self._on_disconnection = on_disconnection
        self._state = FeedState.CONNECTING
        self._reason = "starting"
        self._last_arrival_ns: int | None = None
        self._waiting_for_room: list[Deferred[None]] = []
        self._malformed = LogLimit(interval_s=MALFORMED_LOG_INTERVAL_S)
        metrics.watch_feed(name, age_s=self._age_s, inbox_messages=lambda: len(pipeline.inbox))

    def receive_message(self, data: bytes, received_ns: int) -> None:
        """Take one message as the venue wrote it, and when it was received on the feed's clock."""
        self._last_arrival_ns = self._monotonic_ns()
        self.pipeline.inbox.offer(data, received_ns=received_ns, arrived_ns=self._last_arrival_ns)
        self._on_message()

    def receive_break(self, reason: str, instruments: Collection[str] | None = None) -> None:
        """Take note that continuity was lost, of these instruments or of all; what waits already is from before."""
        self.pipeline.inbox.begin_run(instruments)
        self._metrics.count_feed_error(self.name, "break")
        self._log.info("{feed}: continuity lost: {reason}", feed=self.name, reason=reason)

    def receive_state(self, state: FeedState, reason: str) -> None:
        """Take note of how the feed is now, and why."""
        if state in (FeedState.SILENT, FeedState.ENDED) and state is not self._state:
            self._metrics.count_feed_error(self.name, state.value)
        self._state, self._reason = state, reason
        if state is FeedState.ENDED:
            self._on_disconnection(None)
        self._log.info("{feed}: {state}: {reason}", feed=self.name, state=state.value, reason=reason)

    def receive_disconnection(self, instruments: Collection[str]) -> None:
        """Take note that these instruments have lost their connection, until something comes of them."""
        self._on_disconnection(instruments)

    def receive_error(self, reason: str) -> None:
        """Take note that something went wrong, whether or not it changed the state."""
        self.last_errors.append((format_time(self.feed_ns()), reason))
        self._metrics.count_feed_error(self.name, "error")
        self._log.warn("{feed}: {reason}", feed=self.name, reason=reason)

    def when_room(self) -> "Deferred[None]":
        """A Deferred that fires when less than half of the inbox is taken."""
        if self.pipeline.inbox.is_half_empty:
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        self._waiting_for_room.append(waiting)
        return waiting

    def release(self) -> None:
        """Let those go on who wait for room, if there is."""
        if self.pipeline.inbox.is_half_empty:
            released, self._waiting_for_room = self._waiting_for_room, []
            for waiting in released:
                waiting.callback(None)

    def process(self, message: WaitingMessage) -> list[Publication]:
        """What a message leads to; one that cannot be read is counted, and now and then spoken of."""
        try:
            return self.pipeline.process(message)
        except MalformedMessage as error:
            self._metrics.count_decode_error(self.name)
            count = self._malformed.offer(self._monotonic_ns() / NS_PER_S)
            if count:
                self._log.warn(
                    "{feed}: {count} unreadable messages skipped, the last: {error}",
                    feed=self.name,
                    count=count,
                    error=str(error),
                )
            return []

    def report_overflow(self) -> None:
        """Count what the inbox lost since the last report."""
        for (kind, fate), count in self.pipeline.inbox.take_casualties().items():
            self._metrics.count_overflowed(self.name, kind=kind.value, fate=fate.value, count=count)

    def health(self) -> HealthPart:
        """How the feed is, as one part of the node's report."""
        age_s = self._age_s()
        return {
            "name": f"feed:{self.name}",
            "state": _HEALTH_OF[self._state],
            "reason": self._reason,
            "age_ms": None if math.isnan(age_s) else int(age_s * 1000),
        }

    def _age_s(self) -> float:
        if self._last_arrival_ns is None:
            return math.nan
        return (self._monotonic_ns() - self._last_arrival_ns) / NS_PER_S
