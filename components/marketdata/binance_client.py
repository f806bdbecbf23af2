"""The live feed of Binance's spot market: keeps a connection, and replaces it without a gap where that can be."""

import time
from collections.abc import Callable

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from components.marketdata.backoff import Backoff
from components.marketdata.binance_connection_client import BinanceConnection
from components.marketdata.binance_decoder import BinanceDecoder
from components.marketdata.binance_frames import peek
from components.marketdata.binance_rest_client import BinanceRulesClient
from components.marketdata.binance_streams import check_url, stream_names
from components.marketdata.feed import FeedOutput, FeedState
from components.marketdata.frames import Decoder, Peek
from components.model.market import Instrument

MAX_AGE_S = 23.5 * 3600
AGE_JITTER_S = 1800.0
"""The venue closes every connection after 24 h; ours are replaced 15 minutes around half an hour before."""

OVERLAP_S = 1.0
"""How long both connections run once the new one has everything: what the old one still has on its way arrives."""

MAX_HELD = 10_000
"""How many messages of the new connection wait for the old one; with more, the change is made at once."""


class BinanceFeed:
    """
    The live feed.

    A planned change (age, the venue's notice) is make-before-break: the new connection's messages are held until the
    old one has had time to deliver what it had under way, then follow it in one piece. What both brought comes twice,
    and is known by its ids; nothing is missing, so there is no break. After any other loss something may be missing:
    the first message of the next connection comes behind a break. Decodes nothing.

    Units: `silence_s` is how long without data, in seconds, until the connection counts as dead.

    Source: Binance spot API docs, web-socket-streams.md, "General WSS information".

    Attributes:
        venue: Whose messages these are.
        peek: Tells what a message is about.
        decoder: Reads the messages.
    """

    _log = Logger(namespace="tapecast.feed.binance")

    def __init__(
        self,
        reactor: IReactorTime,
        *,
        instruments: tuple[str, ...],
        random: Callable[[], float],
        venue: str = "binance",
        websocket_url: str = "wss://stream.binance.com:9443",
        rest_url: str = "https://api.binance.com",
        silence_s: float = 30.0,
    ) -> None:
        """
        Check the settings; nothing is opened before `start`.

        Raises:
            ConfigError: A URL is none, or there are no instruments, or more than fit on one connection.
        """
        self.venue = venue
        self.peek: Peek = peek
        self.decoder: Decoder = BinanceDecoder(venue)
        self._reactor = reactor
        self._random = random
        self._streams = stream_names(instruments)
        self._url = check_url(websocket_url, schemes=("wss", "ws"))
        self._silence_s = silence_s
        self._rules = BinanceRulesClient(
            reactor, instruments=instruments, rest_url=rest_url, random=random, report=self.receive_refusal
        )
        self._backoff = Backoff(random=random)
        self._output: FeedOutput | None = None
        self._told = (FeedState.CONNECTING, "")
        self._break_reason: str | None = None
        self._current: BinanceConnection | None = None
        self._successor: BinanceConnection | None = None
        self._held: list[tuple[bytes, int]] = []
        self._open: set[BinanceConnection] = set()
        self._attempt_timer: IDelayedCall | None = None
        self._overlap_timer: IDelayedCall | None = None
        self._when_all_closed: Deferred[None] | None = None

    def start(self, output: FeedOutput) -> None:
        """Connect, and go on connecting whenever that ends."""
        self._output = output
        self._tell(FeedState.CONNECTING, "starting")
        self._attempt()

    def stop(self) -> "Deferred[None]":
        """Close what is open and begin nothing more."""
        self._when_all_closed = Deferred()
        self._rules.stop()
        for timer in (self._attempt_timer, self._overlap_timer):
            if timer is not None and timer.active():
                timer.cancel()
        for connection in tuple(self._open):
            connection.close()
        return self._when_all_closed if self._open else succeed(None)

    def now_ns(self) -> int:
        """The wall clock."""
        return time.time_ns()

    def list_instruments(self) -> "Deferred[tuple[Instrument, ...]]":
        """
        The venue's rules, as soon as it tells them, which may be long after the first messages; none after a stop.

        Failures are told by `receive_state`, and the venue is asked again in the background.
        """
        return self._rules.list_instruments()

    def receive_first_event(self, connection: BinanceConnection) -> None:
        """Data flows: failures are forgotten, and the feed lives if this is the connection it lives by."""
        self._backoff.receive_data()
        if connection is self._current:
            self._go_live()

    def receive_message(self, connection: BinanceConnection, data: bytes, received_ns: int) -> None:
        """Hand on what the current connection brings, hold what its successor brings."""
        if connection is self._current:
            self._hand_on(data, received_ns)
        elif connection is self._successor:
            self._held.append((data, received_ns))
            if len(self._held) >= MAX_HELD:
                self._take_over()
            elif connection.is_ready and self._overlap_timer is None:
                self._overlap_timer = self._reactor.callLater(OVERLAP_S, self._take_over)

    def receive_refusal(self, reason: str) -> None:
        """The venue refused a request: the state is as it was, and the reason is told."""
        self._tell(self._told[0], reason)

    def receive_retirement(self, connection: BinanceConnection, reason: str) -> None:
        """A connection will end before long: open the next one now."""
        if connection is self._successor:
            connection.close()
        elif connection is self._current and self._successor is None and not self._has_attempt_planned:
            self._log.info("replacing the connection to {venue}: {reason}", venue=self.venue, reason=reason)
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
        self._log.warn("lost the connection to {venue}: {reason}", venue=self.venue, reason=reason)
        has_gap = self._successor is None or not self._successor.is_ready
        if has_gap:
            self._break_reason = self._break_reason or f"connection lost: {reason}"
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
            self._hand_on(data, received_ns)
        if old is not None:
            old.close()

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

    def _attempt(self) -> None:
        self._backoff.receive_attempt(now_s=self._reactor.seconds())
        connection = BinanceConnection(
            self._reactor,
            url=self._url,
            streams=self._streams,
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
        if self._output is not None and self._break_reason is not None:
            self._output.receive_break(self._break_reason)
        self._break_reason = None
        self._tell(FeedState.LIVE, "data flows")

    def _hand_on(self, data: bytes, received_ns: int) -> None:
        if self._output is not None:
            self._output.receive_message(data, received_ns)

    def _tell(self, state: FeedState, reason: str) -> None:
        if self._output is not None and self._told != (state, reason):
            self._told = (state, reason)
            self._output.receive_state(state, reason)
