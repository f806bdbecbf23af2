"""A feed that hands out what the test says."""

from collections.abc import Collection

import attrs
from twisted.internet.defer import Deferred, fail, succeed

from components.marketdata.binance.decoder import BinanceDecoder
from components.marketdata.binance.frames import peek
from components.marketdata.feed import ConnectionReport, FeedOutput
from components.marketdata.frames import Decoder, Peek
from components.model.errors import InvalidArgument, UnknownInstrument
from components.model.market import Instrument


@attrs.define
class HandFeed:
    """
    Satisfies `Feed`; the test speaks through `output`.

    Attributes:
        venue: The venue whose messages these are.
        instruments: What it lists; an exception makes that fail.
        time_ns: What its clock shows, UNIX nanoseconds.
        listed: What it can follow besides, by `look_up`; an exception makes that fail.
        room: How many more it can follow.
        reports: How its connections are.
        is_stopped: Whether it was told to end.
        requested_books: The instruments whose books were asked for, and whether that was urgent.
        requested_bars: Instrument, interval, and when the first and the last bar open that were asked for.
        peek: Binance's.
        decoder: Binance's.
        added: What it was told to follow.
        removed: What it was told to follow no longer.
    """

    venue: str = "binance"
    instruments: tuple[Instrument, ...] | Exception = (Instrument(instrument_id="BTCUSDT"),)
    time_ns: int = 1_700_000_000_000_000_000
    listed: tuple[Instrument, ...] | Exception = ()
    room: int = 1000
    reports: tuple[ConnectionReport, ...] = ()
    is_stopped: bool = False
    requested_books: list[tuple[str, bool]] = attrs.field(factory=list, init=False)
    requested_bars: list[tuple[str, str, int, int]] = attrs.field(factory=list, init=False)
    peek: Peek = attrs.field(default=peek, init=False)
    decoder: Decoder = attrs.field(init=False)
    added: list[str] = attrs.field(factory=list, init=False)
    removed: list[str] = attrs.field(factory=list, init=False)
    _output: FeedOutput | None = None

    @decoder.default
    def _binance(self) -> Decoder:
        return BinanceDecoder(self.venue)

    @property
    def output(self) -> FeedOutput:
        """Where it hands what it has, once it was started."""
        assert self._output is not None, "the feed was not started"
        return self._output

    def send(self, *messages: bytes) -> None:
        """Hand out messages, received now."""
        for data in messages:
            self.output.receive_message(data, self.time_ns)

    def start(self, output: FeedOutput) -> None:
        """Remember where to hand out."""
        self._output = output

    def stop(self) -> "Deferred[None]":
        """Remember that it ended."""
        self.is_stopped = True
        return succeed(None)

    def now_ns(self) -> int:
        """What the test says."""
        return self.time_ns

    def list_instruments(self) -> "Deferred[tuple[Instrument, ...]]":
        """What the test says."""
        return fail(self.instruments) if isinstance(self.instruments, Exception) else succeed(self.instruments)

    def look_up(self, instruments: Collection[str]) -> "Deferred[tuple[Instrument, ...]]":
        """What the test says that it lists."""
        if isinstance(self.listed, Exception):
            return fail(self.listed)
        rules = {one.instrument_id: one for one in self.listed}
        for name in instruments:
            if name not in rules:
                return fail(UnknownInstrument(f"there is no {name}"))
        return succeed(tuple(rules[name] for name in instruments))

    def add_instruments(self, instruments: Collection[str]) -> None:
        """Remember what it follows besides."""
        if len(instruments) > self.room:
            raise InvalidArgument("instruments", f"expected at most {self.room} more")
        self.added += instruments

    def remove_instruments(self, instruments: Collection[str]) -> None:
        """Remember what it follows no more."""
        self.removed += instruments

    def connections(self) -> tuple[ConnectionReport, ...]:
        """What the test says."""
        return self.reports

    def request_book(self, instrument_id: str, *, is_urgent: bool) -> None:
        """Write it down."""
        self.requested_books.append((instrument_id, is_urgent))

    def request_bars(self, instrument_id: str, interval: str, *, start_ns: int, end_ns: int) -> None:
        """Write it down."""
        self.requested_bars.append((instrument_id, interval, start_ns, end_ns))
