"""The live feed of Binance's spot market: instruments spread over a pool of connections."""

import time
from collections.abc import Callable, Collection

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IReactorTime

from components.marketdata.binance.attempt_limit import AttemptLimit
from components.marketdata.binance.bars_client import BinanceBars
from components.marketdata.binance.connection_pool import ConnectionPool
from components.marketdata.binance.decoder import BinanceDecoder
from components.marketdata.binance.depth_client import BinanceDepth
from components.marketdata.binance.frames import peek
from components.marketdata.binance.request_client import BinanceRequests
from components.marketdata.binance.rules_client import BinanceRulesClient
from components.marketdata.binance.slot_client import DATA_FLOWS, BinanceSlot
from components.marketdata.binance.streams import (
    INSTRUMENTS_PER_CONNECTION,
    MAX_CONNECTIONS,
    check_instruments_fit,
    check_url,
    stream_names,
)
from components.marketdata.feed import ConnectionReport, FeedOutput, FeedState
from components.marketdata.frames import Decoder, Peek
from components.model.market import Instrument


class BinanceFeed:
    """
    The live feed.

    Each instrument is brought by one slot of the pool, which keeps its connection by itself: what one loses, the others
    do not notice. The feed is live when every slot is, and else as the first that is not. Decodes nothing.

    Units: `silence_s` is how long without data, in seconds, until a connection counts as dead.

    Attributes:
        venue: Whose messages these are.
        peek: Tells what a message is about.
        decoder: Reads the messages.
    """

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
            ConfigError: A URL is none, or there are more instruments than the pool has room for.
        """
        check_instruments_fit(instruments)
        self.venue = venue
        self.peek: Peek = peek
        self.decoder: Decoder = BinanceDecoder(venue)
        self._reactor = reactor
        self._random = random
        self._url = check_url(websocket_url, schemes=("wss", "ws"))
        self._silence_s = silence_s
        self._rules = BinanceRulesClient(
            reactor, instruments=instruments, rest_url=rest_url, random=random, report=self._receive_rules_report
        )
        self._attempts = AttemptLimit()
        self._pool = ConnectionPool(capacity=INSTRUMENTS_PER_CONNECTION, max_connections=MAX_CONNECTIONS)
        self._first_instruments = instruments
        self._slots: dict[int, BinanceSlot] = {}
        self._ending: set[Deferred[None]] = set()
        self._requests = BinanceRequests(reactor, rest_url=rest_url, random=random, report=self._receive_rules_report)
        self._depth = BinanceDepth(self._requests, deliver=self._receive_answer, now_s=reactor.seconds)
        self._bars = BinanceBars(self._requests, deliver=self._receive_answer)
        self._output: FeedOutput | None = None
        self._told = (FeedState.CONNECTING, "")

    def start(self, output: FeedOutput) -> None:
        """Connect, and go on connecting whenever that ends."""
        self._output = output
        self._tell(FeedState.CONNECTING, "starting")
        self.add_instruments(self._first_instruments)

    def stop(self) -> "Deferred[None]":
        """Close what is open and begin nothing more."""
        self._rules.stop()
        self._requests.stop()
        stopping = [*self._ending, *(slot.stop() for slot in self._slots.values())]
        return gatherResults(stopping, consumeErrors=True).addCallback(lambda _: None)

    def now_ns(self) -> int:
        """The wall clock."""
        return time.time_ns()

    def list_instruments(self) -> "Deferred[tuple[Instrument, ...]]":
        """
        The venue's rules, as soon as it tells them, which may be long after the first messages; none after a stop.

        Failures are told by `receive_state`, and the venue is asked again in the background.
        """
        return self._rules.list_instruments()

    def look_up(self, instruments: Collection[str]) -> "Deferred[tuple[Instrument, ...]]":
        """Ask the venue once for the rules of instruments, followed or not."""
        return self._rules.look_up(instruments)

    def request_book(self, instrument_id: str, *, is_urgent: bool) -> None:
        """Ask the venue, as soon as its limits allow; the answer is handed on like a message of a stream."""
        self._depth.request(instrument_id, is_urgent=is_urgent)

    def request_bars(self, instrument_id: str, interval: str, *, start_ns: int, end_ns: int) -> None:
        """Ask the venue when nothing is more urgent; the answer is handed on like a message of a stream."""
        self._bars.request(instrument_id, interval, start_ns=start_ns, end_ns=end_ns)

    def add_instruments(self, instruments: Collection[str]) -> None:
        """
        Follow more instruments, on the connections that live and on new ones; what is followed already stays.

        Raises:
            InvalidArgument: The pool has no room for so many; nothing is changed.
        """
        for number, added in self._pool.add(instruments).items():
            if number in self._slots:
                self._slots[number].follow(added)
            else:
                self._slots[number] = self._new_slot(number)
                self._slots[number].start(added)
        self.receive_slot_state()

    def remove_instruments(self, instruments: Collection[str]) -> None:
        """Follow instruments no longer: nothing more is handed on of them."""
        self._bars.forget(frozenset(instruments))
        for number, removed in self._pool.remove(instruments).items():
            self._slots[number].leave(removed)
            if not self._slots[number].instruments:
                self._end_slot(number)
        self.receive_slot_state()

    def connections(self) -> tuple[ConnectionReport, ...]:
        """How every slot of the pool is."""
        now_s = self._reactor.seconds()
        return tuple(
            ConnectionReport(
                number=number,
                state=slot.state,
                reason=slot.reason,
                instruments=len(slot.instruments),
                streams=len(stream_names(slot.instruments)),
                age_s=None if slot.connected_s is None else now_s - slot.connected_s,
            )
            for number, slot in sorted(self._slots.items())
        )

    def _receive_answer(self, data: bytes) -> None:
        self.receive_message(data, self.now_ns())

    def receive_message(self, data: bytes, received_ns: int) -> None:
        """Hand on what a slot brings."""
        if self._output is not None:
            self._output.receive_message(data, received_ns)

    def receive_break(self, reason: str, instruments: Collection[str]) -> None:
        """Hand on that some instruments lost continuity."""
        if self._output is not None:
            self._output.receive_break(reason, instruments)

    def receive_disconnection(self, instruments: Collection[str]) -> None:
        """Hand on that some instruments have no connection now."""
        if self._output is not None:
            self._output.receive_disconnection(instruments)

    def receive_error(self, reason: str) -> None:
        """Hand on that something went wrong."""
        if self._output is not None:
            self._output.receive_error(reason)

    def receive_slot_state(self) -> None:
        """Tell how all slots together are, where that has changed."""
        if not self._slots:
            self._tell(FeedState.LIVE, "no instruments are followed")
            return
        slot = min(self._slots.values(), key=lambda slot: (slot.is_live, slot.reason == DATA_FLOWS, slot.number))
        is_named = len(self._slots) > 1 and slot.reason != DATA_FLOWS
        self._tell(slot.state, f"connection {slot.number}: {slot.reason}" if is_named else slot.reason)

    def _new_slot(self, number: int) -> BinanceSlot:
        return BinanceSlot(
            self._reactor,
            number=number,
            url=self._url,
            silence_s=self._silence_s,
            random=self._random,
            attempts=self._attempts,
            owner=self,
        )

    def _end_slot(self, number: int) -> None:
        ended = self._slots.pop(number).stop()
        self._ending.add(ended)
        ended.addCallback(lambda _: self._ending.discard(ended))

    def _receive_rules_report(self, reason: str) -> None:
        self.receive_error(reason)
        self._tell(self._told[0], reason)

    def _tell(self, state: FeedState, reason: str) -> None:
        if self._output is not None and self._told != (state, reason):
            self._told = (state, reason)
            self._output.receive_state(state, reason)
