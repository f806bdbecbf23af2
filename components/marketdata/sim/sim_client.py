"""The feed of the simulated exchange, at the pace of the wall clock."""

import random
import time
from collections.abc import Callable, Collection

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from components.contract.envelope import NS_PER_S
from components.marketdata.binance.decoder import BinanceDecoder
from components.marketdata.binance.frames import peek
from components.marketdata.feed import ConnectionReport, FeedOutput, FeedState
from components.marketdata.frames import Decoder, Peek
from components.marketdata.sim.simulated_exchange import SimulatedExchange
from components.marketdata.sim.simulated_instruments import SIMULATED_INSTRUMENTS
from components.model.errors import UnknownInstrument
from components.model.intervals import INTERVAL_BY_NAME
from components.model.market import Instrument

INTERVAL_S = 0.05
_LISTED = {one.symbol: one.rules for one in SIMULATED_INSTRUMENTS}
MAX_JUMP_NS = 2 * NS_PER_S
"""A clock that leaps further than this was set, or the computer slept: the exchange goes on from there."""


class SimFeed:
    """
    The feed of the simulated exchange.

    Attributes:
        venue: What the simulated exchange is called.
        peek: Tells what a message is about.
        decoder: Reads the messages.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        *,
        seed: int,
        instruments: Collection[str] | None = None,
        venue: str = "sim",
        wall_clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """
        Simulate nothing yet.

        Args:
            reactor: Whose timers it goes by.
            seed: Decides all that happens; the same seed gives the same market.
            instruments: What is handed out, of those that are simulated; None for all.
            venue: What the simulated exchange is called.
            wall_clock_ns: What time it is, UNIX nanoseconds.
        """
        self.venue = venue
        self.peek: Peek = peek
        self.decoder: Decoder = BinanceDecoder(venue)
        self._reactor = reactor
        self._seed = seed
        self._wall_clock_ns = wall_clock_ns
        self._followed = set(_LISTED if instruments is None else instruments)
        self._reached_ns = 0
        self._timer: IDelayedCall | None = None
        self._exchange: SimulatedExchange | None = None
        self._output: FeedOutput | None = None

    def start(self, output: FeedOutput) -> None:
        """Open the exchange."""
        self._reached_ns = self.now_ns()
        chance = random.Random(self._seed)  # noqa: S311 - a simulation that can be repeated, no secret
        exchange = SimulatedExchange(chance, start_ns=self._reached_ns)
        self._exchange, self._output = exchange, output
        output.receive_state(FeedState.LIVE, f"simulating, seed {self._seed}")
        self._step_later(exchange, output)

    def stop(self) -> "Deferred[None]":
        """Close the exchange."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        return succeed(None)

    def now_ns(self) -> int:
        """The wall clock."""
        return self._wall_clock_ns()

    def list_instruments(self) -> "Deferred[tuple[Instrument, ...]]":
        """What is followed of the simulated exchange, with all rules."""
        return succeed(tuple(rules for name, rules in _LISTED.items() if name in self._followed))

    def look_up(self, instruments: Collection[str]) -> "Deferred[tuple[Instrument, ...]]":
        """The rules of some instruments; the Deferred fails with `UnknownInstrument` where one is not simulated."""
        for name in instruments:
            if name not in _LISTED:
                return fail(UnknownInstrument(f"the simulated exchange has no instrument {name!r}"))
        return succeed(tuple(_LISTED[name] for name in instruments))

    def add_instruments(self, instruments: Collection[str]) -> None:
        """Hand out what is told of these instruments too."""
        self._followed.update(instruments)

    def remove_instruments(self, instruments: Collection[str]) -> None:
        """Hand out nothing more of these instruments; they are simulated all the same."""
        self._followed.difference_update(instruments)

    def connections(self) -> tuple[ConnectionReport, ...]:
        """None: the exchange is in this process."""
        return ()

    def request_book(self, instrument_id: str, *, is_urgent: bool) -> None:  # noqa: ARG002 - it answers at once
        """Hand out the book as it is now, whole; nothing where the exchange does not list the instrument."""
        if self._exchange is None or self._output is None:
            return
        data = self._exchange.snapshot(instrument_id)
        if data is not None:
            self._output.receive_message(data, self.now_ns())

    def request_bars(self, instrument_id: str, interval: str, *, start_ns: int, end_ns: int) -> None:
        """Hand out what the exchange remembers: nothing shorter than a minute, and nothing older than a day."""
        if self._exchange is None or self._output is None:
            return
        data = self._exchange.klines(instrument_id, INTERVAL_BY_NAME[interval], start_ns=start_ns, end_ns=end_ns)
        if data is not None:
            self._output.receive_message(data, self.now_ns())

    def _step_later(self, exchange: SimulatedExchange, output: FeedOutput) -> None:
        self._timer = self._reactor.callLater(INTERVAL_S, self._step, exchange, output)

    def _step(self, exchange: SimulatedExchange, output: FeedOutput) -> None:
        self._step_later(exchange, output)
        now_ns = self.now_ns()
        if abs(now_ns - self._reached_ns) > MAX_JUMP_NS:
            exchange.resume(now_ns)
        self._reached_ns = now_ns
        for _, data in exchange.advance(now_ns):
            if peek(data).instrument_id in self._followed:
                output.receive_message(data, now_ns)
