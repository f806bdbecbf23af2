"""One place in the pool of connections to Binance: keeps a connection, and replaces it without a gap if it can."""

from collections.abc import Callable, Collection
from typing import Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from components.marketdata.backoff import Backoff
from components.marketdata.binance.attempt_limit import AttemptLimit
from components.marketdata.binance.connection_client import BinanceConnection
from components.marketdata.binance.frames import peek
from components.marketdata.binance.streams import stream_names
from components.marketdata.feed import FeedState

MAX_AGE_S = 23.5 * 3600
AGE_JITTER_S = 1800.0
"""The venue closes every connection after 24 h; ours are replaced 15 minutes around half an hour before."""

OVERLAP_S = 1.0
"""How long both connections run once the new one has everything: what the old one still has on its way arrives."""

DATA_FLOWS = "data flows"
"""The reason of a slot that has nothing to report."""

MAX_HELD = 10_000
"""How many messages of the new connection wait for the old one; with more, the change is made at once if it can be."""


class SlotOwner(Protocol):
    """Who hands on what a slot brings, and knows how all slots are."""

    def receive_message(self, data: bytes, received_ns: int) -> None:
        """An event came, or something that nobody knows."""

    def receive_break(self, reason: str, instruments: Collection[str]) -> None:
        """These instruments may have lost something: their next message comes behind it."""

    def receive_disconnection(self, instruments: Collection[str]) -> None:
        """These instruments have lost their connection, until something comes of them."""

    def receive_slot_state(self) -> None:
        """A slot's state or reason has changed."""

    def receive_error(self, reason: str) -> None:
        """Something went wrong, whatever became of the state."""


class BinanceSlot:
    """
    One connection for some instruments, with whatever replaces it.

    A planned change (age, the venue's notice) is make-before-break: the new connection's messages are held until the
    old one has had time to deliver what it had under way, then follow it in one piece. What both brought comes twice,
    and is known by its ids; nothing is missing, so there is no break. After any other loss something may be missing:
    the first message of the next connection comes behind a break of the slot's instruments. Decodes nothing.

    Units: `silence_s` is how long without data, in seconds, until the connection counts as dead.

    Source: Binance spot API docs, web-socket-streams.md, "General WSS information".

    Attributes:
        number: What it is called.
        state: How it is.
        reason: Why.
        connected_s: When the connection that it lives by brought its first data, on the reactor's clock; None where
            none does.
    """

    _log = Logger(namespace="tapecast.feed.binance")

    def __init__(
        self,
        reactor: IReactorTime,
        *,
        number: int,
        url: str,
        silence_s: float,
        random: Callable[[], float],
        attempts: AttemptLimit,
        owner: SlotOwner,
    ) -> None:
        """
        Open nothing before `start`.

        Args:
            reactor: Whose timers and sockets it uses.
            number: What it is called.
            url: Base of the venue's streams.
            silence_s: How long a connection may bring nothing.
            random: Gives a number from 0 up to, but not including, 1.
            attempts: Shared by all slots.
            owner: Takes what it brings.
        """
        self.number = number
        self.state = FeedState.CONNECTING
        self.reason = "starting"
        self.connected_s: float | None = None
        self._reactor = reactor
        self._url = url
        self._silence_s = silence_s
        self._random = random
        self._attempts = attempts
        self._owner = owner
        self._instruments: dict[str, None] = {}
        self._backoff = Backoff(random=random)
        self._break_reason: str | None = None
        self._current: BinanceConnection | None = None
        self._successor: BinanceConnection | None = None
        self._held: list[tuple[bytes, int]] = []
        self._open: set[BinanceConnection] = set()
        self._attempt_timer: IDelayedCall | None = None
        self._overlap_timer: IDelayedCall | None = None
        self._when_all_closed: Deferred[None] | None = None

    @property
    def is_live(self) -> bool:
        """Whether data flows."""
        return self.state is FeedState.LIVE

    @property
    def instruments(self) -> tuple[str, ...]:
        """What it brings."""
        return tuple(self._instruments)

    def start(self, instruments: Collection[str]) -> None:
        """Connect, and go on connecting whenever that ends."""
        self._instruments.update(dict.fromkeys(instruments))
        self._attempt()

    def follow(self, instruments: Collection[str]) -> None:
        """Bring these instruments too."""
        self._instruments.update(dict.fromkeys(instruments))
        for connection in self._living():
            connection.follow(stream_names(instruments))

    def leave(self, instruments: Collection[str]) -> None:
        """Bring these instruments no longer: from now on nothing of them is handed on."""
        for instrument_id in instruments:
            self._instruments.pop(instrument_id, None)
        for connection in self._living():
            connection.leave(stream_names(instruments))
        self._held = [held for held in self._held if peek(held[0]).instrument_id not in instruments]

    def stop(self) -> "Deferred[None]":
        """Close what is open and begin nothing more."""
        self._when_all_closed = Deferred()
        for timer in (self._attempt_timer, self._overlap_timer):
            if timer is not None and timer.active():
                timer.cancel()
        for connection in tuple(self._open):
            connection.close()
        return self._when_all_closed if self._open else succeed(None)

    def receive_first_event(self, connection: BinanceConnection) -> None:
        """Data flows: failures are forgotten, and the slot lives if this is the connection it lives by."""
        self._backoff.receive_data()
        if connection is self._current:
            self._go_live()

    def receive_message(self, connection: BinanceConnection, data: bytes, received_ns: int) -> None:
        """Hand on what the current connection brings, hold what its successor brings."""
        if connection is self._current:
            self._owner.receive_message(data, received_ns)
        elif connection is self._successor:
            self._held.append((data, received_ns))
            if len(self._held) >= MAX_HELD:
                self._make_room(connection)
            elif connection.is_ready and self._overlap_timer is None:
                self._overlap_timer = self._reactor.callLater(OVERLAP_S, self._take_over)

    def receive_refusal(self, reason: str) -> None:
        """The venue refused a request: the state is as it was, and the reason is told."""
        self._owner.receive_error(reason)
        self._tell(self.state, reason)

    def receive_retirement(self, connection: BinanceConnection, reason: str) -> None:
        """A connection will end before long: open the next one now."""
        if connection is self._successor:
            connection.close()
        elif connection is self._current and self._successor is None and not self._has_attempt_planned:
            self._log.info("replacing a connection: {reason}", reason=reason)
            wait_s = self._backoff.wait_for_planned_s(now_s=self._reactor.seconds())
            if wait_s > 0:
                self._attempt_after(wait_s)
            else:
                self._attempt()

    def receive_silence(self, connection: BinanceConnection, reason: str) -> None:
        """A connection that brings nothing is dead, whatever TCP says."""
        if connection is self._current:
            self._tell(FeedState.SILENT, reason)
        connection.abort(reason)

    def receive_end(self, connection: BinanceConnection, reason: str) -> None:
        """A connection is over: go on with its successor, or with a new one."""
        self._open.discard(connection)
        if self._when_all_closed is not None:
            if not self._open:
                self._when_all_closed.callback(None)
        elif connection is self._successor:
            self._drop_successor()
            self._attempt_after(self._backoff.wait_after_failure_s())
        elif connection is self._current:
            self._lose_current(reason)

    def _lose_current(self, reason: str) -> None:
        loss = f"connection {self.number} lost: {reason}"
        self._owner.receive_error(loss)
        self.connected_s = None
        has_gap = self._successor is None or not self._successor.is_ready
        if has_gap:
            self._break_reason = self._break_reason or loss
            self._tell(FeedState.CONNECTING, reason)
        self._current = None
        if self._successor is not None:
            self._take_over()
        elif not self._has_attempt_planned:
            self._attempt_after(self._backoff.wait_after_failure_s())

    def _take_over(self) -> None:
        old, self._current = self._current, self._successor
        held = self._held
        self._drop_successor()
        if self._current is not None and self._current.has_data:
            self._go_live()
        for data, received_ns in held:
            self._owner.receive_message(data, received_ns)
        if old is not None:
            old.close()

    def _make_room(self, successor: BinanceConnection) -> None:
        if successor.is_ready:
            self._take_over()
        else:
            # It has not all streams yet, and the old connection has brought all of this.
            self._held = []

    def _drop_successor(self) -> None:
        self._successor = None
        self._held = []
        if self._overlap_timer is not None and self._overlap_timer.active():
            self._overlap_timer.cancel()
        self._overlap_timer = None

    @property
    def _has_attempt_planned(self) -> bool:
        return self._attempt_timer is not None and self._attempt_timer.active()

    def _attempt_after(self, wait_s: float) -> None:
        self._attempt_timer = self._reactor.callLater(wait_s, self._attempt)

    def _living(self) -> list[BinanceConnection]:
        return [connection for connection in (self._current, self._successor) if connection is not None]

    def _attempt(self) -> None:
        wait_s = self._attempts.take(now_s=self._reactor.seconds())
        if wait_s > 0:
            self._tell(self.state, "waiting for the venue's limit of connection attempts")
            self._attempt_after(wait_s)
            return
        self._backoff.receive_attempt(now_s=self._reactor.seconds())
        connection = BinanceConnection(
            self._reactor,
            url=self._url,
            streams=stream_names(self._instruments),
            silence_s=self._silence_s,
            max_age_s=MAX_AGE_S + (self._random() - 0.5) * AGE_JITTER_S,
            owner=self,
        )
        self._open.add(connection)
        if self._current is None:
            self._current = connection
        else:
            self._successor = connection
        connection.open()

    def _go_live(self) -> None:
        if self._break_reason is not None:
            self._owner.receive_break(self._break_reason, self.instruments)
        self._break_reason = None
        self.connected_s = self._reactor.seconds()
        self._tell(FeedState.LIVE, DATA_FLOWS)

    def _tell(self, state: FeedState, reason: str) -> None:
        if (self.state, self.reason) != (state, reason):
            if self.is_live and state is not FeedState.LIVE:
                self._owner.receive_disconnection(self.instruments)
            self.state, self.reason = state, reason
            self._owner.receive_slot_state()
