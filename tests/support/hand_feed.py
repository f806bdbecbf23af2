"""A feed that hands out what the test says."""

import attrs
from twisted.internet.defer import Deferred, fail, succeed

from components.marketdata.binance_decoder import BinanceDecoder
from components.marketdata.binance_frames import peek
from components.marketdata.feed import FeedOutput
from components.marketdata.frames import Decoder, Peek
from components.model.market import Instrument


@attrs.define
class HandFeed:
    """
    Satisfies `Feed`; the test speaks through `output`.

    Attributes:
        venue: The venue whose messages these are.
        instruments: What it lists; an exception makes that fail.
        time_ns: What its clock shows, UNIX nanoseconds.
        is_stopped: Whether it was told to end.
        peek: Binance's.
        decoder: Binance's.
    """

    venue: str = "binance"
    instruments: tuple[Instrument, ...] | Exception = (Instrument(instrument_id="BTCUSDT"),)
    time_ns: int = 1_700_000_000_000_000_000
    is_stopped: bool = False
    peek: Peek = attrs.field(default=peek, init=False)
    decoder: Decoder = attrs.field(init=False)
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
