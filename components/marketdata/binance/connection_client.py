"""One connection to Binance: asks for its streams at the venue's pace, and watches that data comes."""

from collections.abc import Iterable
from typing import Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from components.marketdata.binance.frames import peek
from components.marketdata.binance.socket_client import VenueSocket
from components.marketdata.binance.streams import (
    COMBINED_PATH,
    REQUEST_INTERVAL_S,
    Subscription,
)
from components.marketdata.frames import MessageKind


class ConnectionOwner(Protocol):
    """Who decides what follows from what a connection reports."""

    def receive_first_event(self, connection: "BinanceConnection") -> None:
        """Data has begun to flow; the event itself comes next."""

    def receive_message(self, connection: "BinanceConnection", data: bytes, received_ns: int) -> None:
        """An event came, or something that nobody knows."""

    def receive_refusal(self, reason: str) -> None:
        """The venue did not accept what was asked."""

    def receive_retirement(self, connection: "BinanceConnection", reason: str) -> None:
        """It will be closed by the venue before long."""

    def receive_silence(self, connection: "BinanceConnection", reason: str) -> None:
        """No data came for too long, whatever else may."""

    def receive_end(self, connection: "BinanceConnection", reason: str) -> None:
        """It is over; told exactly once."""


class BinanceConnection:
    """
    One connection from the attempt to its end.

    It takes no decision about others: its owner replaces it. Which streams it brings can change while it lives.

    Units: `silence_s` and `max_age_s` are seconds, counted from when it is open.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        *,
        url: str,
        streams: Iterable[str],
        silence_s: float,
        max_age_s: float,
        owner: ConnectionOwner,
    ) -> None:
        self.has_data = False
        self._reactor = reactor
        self._subscription = Subscription()
        self._subscription.follow(streams)
        self._silence_s = silence_s
        self._max_age_s = max_age_s
        self._owner = owner
        self._watchdog: IDelayedCall | None = None
        self._timers: list[IDelayedCall] = []
        self._next_request: IDelayedCall | None = None
        self._is_open = False
        self._end_reason: str | None = None
        self._socket = VenueSocket(reactor, url + COMBINED_PATH, self)

    @property
    def is_ready(self) -> bool:
        """Whether every stream was answered for and data flows, so that nothing is missed from here on."""
        return self.has_data and self._subscription.is_confirmed

    def follow(self, streams: Iterable[str]) -> None:
        """Bring these streams as well, as soon as the venue's pace lets it ask."""
        self._subscription.follow(streams)
        self._ask_in_turn()

    def leave(self, streams: Iterable[str]) -> None:
        """Bring these streams no longer: from now on nothing of them is handed on."""
        self._subscription.leave(streams)
        self._ask_in_turn()

    def open(self) -> None:
        """Begin the attempt."""
        self._socket.open()

    def close(self) -> None:
        """End it politely."""
        self._socket.close()

    def abort(self, reason: str) -> None:
        """End it now, for a reason that the owner is told instead of the socket's."""
        self._end_reason = reason
        self._socket.abort()

    def receive_open(self) -> None:
        """Begin to ask, and to count."""
        self._watchdog = self._reactor.callLater(self._silence_s, self._tell_silence)
        self._timers = [self._watchdog, self._reactor.callLater(self._max_age_s, self._tell_age)]
        self._is_open = True
        self._ask()

    def receive_data(self, data: bytes, received_ns: int) -> None:
        """Tell data from what concerns the connection."""
        kind, stream, _ = peek(data)
        if kind is MessageKind.CONTROL:
            problem = self._subscription.apply(data)
            if problem is not None:
                self._owner.receive_refusal(problem)
        elif kind is MessageKind.SHUTDOWN:
            self._owner.receive_retirement(self, "the venue announced its shutdown")
        else:
            if kind is not MessageKind.OTHER:
                self._count_event()
            if not self._subscription.is_ending(stream):
                self._owner.receive_message(self, data, received_ns)

    def receive_close(self, reason: str) -> None:
        """Stop all timers and tell the owner."""
        self._is_open = False
        for timer in (*self._timers, self._next_request):
            if timer is not None and timer.active():
                timer.cancel()
        self._owner.receive_end(self, self._end_reason or reason)

    def _count_event(self) -> None:
        if self._watchdog is not None and self._watchdog.active():
            self._watchdog.reset(self._silence_s)
        if not self.has_data:
            self.has_data = True
            self._owner.receive_first_event(self)

    def _ask_in_turn(self) -> None:
        is_paced = self._next_request is not None and self._next_request.active()
        if self._is_open and not is_paced:
            self._ask()

    def _ask(self) -> None:
        request = self._subscription.next_request()
        if request is not None:
            self._socket.send(request)
            self._next_request = self._reactor.callLater(REQUEST_INTERVAL_S, self._ask)

    def _tell_silence(self) -> None:
        self._owner.receive_silence(self, f"no data for {self._silence_s:g} s")

    def _tell_age(self) -> None:
        self._owner.receive_retirement(self, f"the connection is {self._max_age_s / 3600:.1f} h old")
