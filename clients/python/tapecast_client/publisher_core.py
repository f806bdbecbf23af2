"""Hands in a platform's own events, in order, again and again until the gateway has them."""

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from tapecast_client.account_forms import ACCOUNT_KINDS
from tapecast_client.client_core import ClientCore
from tapecast_client.connection import ConnectionChange
from tapecast_client.driver import Once
from tapecast_client.errors import CallRefused, ClientError, Duplicate, InternalFault, RateLimited
from tapecast_client.intake_forms import IntakeForms
from tapecast_client.intake_queue import Batch, IntakeQueue
from tapecast_client.link import Phase

FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 30.0
NS_PER_US = 1_000


@attrs.frozen(kw_only=True)
class HandInRefused:
    """
    Events that the gateway will not take; they are given up, and what is behind them goes on.

    Attributes:
        kind: Which procedure refused: `price`, `order`, ...
        events: As they were handed in.
        error: Why.
    """

    kind: str
    events: tuple[Mapping[str, Any], ...]
    error: CallRefused


class PublisherCore(IntakeForms):
    """
    A queue of events, and the call that is out.

    One call at a time keeps the order. A call that is lost, or refused for now, is made again: trades, books and what
    is of accounts carry the sender's ids and numbers, by which the gateway knows what it has; of prices, quotes and
    tickers the newest counts.
    """

    def __init__(
        self,
        client: ClientCore,
        *,
        venue: str | None,
        queue: IntakeQueue,
        on_refused: Callable[[HandInRefused], object] | None,
    ) -> None:
        self._driver = client.driver
        self._client = client
        self._venue = venue
        self._queue = queue
        self._on_refused = on_refused
        self._timer = Once(client.driver)
        self._is_planned = False
        self._retry_s = FIRST_RETRY_S
        self._on_drained: list[Callable[[], None]] = []
        self._last_sequence = 0
        client.on_connection_change(self._connection_changed)

    @property
    def waiting(self) -> int:
        """How many events the gateway has not acknowledged yet."""
        return len(self._queue)

    def _put(self, kind: str, event: Mapping[str, Any]) -> None:
        if self._venue is None and kind not in ACCOUNT_KINDS:
            raise ValueError(f"a {kind} needs a venue: Publisher(..., venue=NAME)")
        self._queue.put(kind, event)
        self._plan(0)

    def _next_sequence(self) -> int:
        self._last_sequence = max(self._last_sequence + 1, self._driver.wall_clock_ns() // NS_PER_US)
        return self._last_sequence

    def when_drained(self, callback: Callable[[], None]) -> None:
        """Call this as soon as nothing waits, or the client has ended for good; `waiting` tells which."""
        self._on_drained.append(callback)
        self._tell_drained()

    def _tell_drained(self) -> None:
        if self._queue and self._client.connection.link.phase is not Phase.ENDED:
            return
        drained, self._on_drained = self._on_drained, []
        for callback in drained:
            callback()

    def _connection_changed(self, change: ConnectionChange) -> None:
        if change.phase is Phase.LIVE:
            self._is_planned = False
            self._plan(0)
        self._tell_drained()

    def _plan(self, delay_s: float) -> None:
        if not self._is_planned:
            self._is_planned = True
            self._timer.set(delay_s, self._go_on)

    def _go_on(self) -> None:
        self._is_planned = False
        if self._client.connection.session is None:
            return
        batch = self._queue.take()
        if batch is not None:
            arguments: dict[str, Any] = {"events": list(batch.events)}
            if batch.kind not in ACCOUNT_KINDS:
                arguments["venue"] = self._venue
            procedure = f"tapecast.intake.{batch.kind}"
            self._client.ask(procedure, arguments, lambda _result, error: self._answered(batch, error))

    def _answered(self, batch: Batch, error: ClientError | None) -> None:
        if error is None or isinstance(error, Duplicate):
            self._retry_s = FIRST_RETRY_S
            self._queue.accept()
        elif isinstance(error, CallRefused) and not (error.retry or isinstance(error, InternalFault)):
            self._give_up(batch, error)
        else:
            self._queue.put_back()
            announced_ms = error.retry_after_ms if isinstance(error, RateLimited) else None
            self._plan(max(self._retry_s, (announced_ms or 0) / 1000))
            self._retry_s = min(2 * self._retry_s, LONGEST_RETRY_S)
            return
        if self._queue:
            self._go_on()
        self._tell_drained()

    def _give_up(self, batch: Batch, error: CallRefused) -> None:
        refused = HandInRefused(kind=batch.kind, events=self._queue.refuse(error), error=error)
        if self._on_refused is None:
            self._driver.report("events were refused", refused)
            return
        try:
            self._on_refused(refused)
        except Exception as failure:  # noqa: BLE001 - the user's code; whatever it is, the rest is handed in
            self._driver.report("a callback failed", failure)
