"""What callers may ask of the candles."""

from collections.abc import Callable

from components.contract.topics import PREFIX
from components.marketdata.candle.candles import Candles, candles_topic
from components.marketdata.instruments import Instruments
from components.model.arguments import integer_of, one_of, text_of, time_of
from components.model.errors import Unavailable
from components.model.intervals import INTERVAL_BY_NAME
from components.streams.stream import Streams

DEFAULT_BARS = 500
MAX_BARS = 1000

Result = dict[str, object]


class CandleQueries:
    """
    Answer for the candles.

    Sans-I/O. The market is open to all whom the router lets call.
    """

    def __init__(self, streams: Streams, candles: Candles, instruments: Instruments) -> None:
        """
        Answer from what others keep up to date.

        Args:
            streams: All streams of the market.
            candles: The bars.
            instruments: What can be asked for.
        """
        self._streams = streams
        self._candles = candles
        self._instruments = instruments

    def handlers(self) -> dict[str, Callable[..., object]]:
        """The methods by the URI that each answers."""
        return {f"{PREFIX}.market.get_candles": self.get_candles}

    def get_candles(
        self,
        _caller: object,
        venue: object,
        instrument: object,
        interval: object,
        limit: object = DEFAULT_BARS,
        before: object = None,
    ) -> Result:
        """
        The newest bars of an instrument on a venue, the open one last, or the newest that opened before a time.

        Raises:
            InvalidArgument: An argument is of the wrong type, or out of range.
            UnknownInstrument: There is no such instrument on the venue.
            Unavailable: There is no bar yet.
        """
        name = text_of("venue", venue)
        instrument_id = self._instruments.resolve_on(name, text_of("instrument", instrument))
        length = one_of("interval", interval, INTERVAL_BY_NAME)
        count = integer_of("limit", limit, least=1, most=MAX_BARS)
        before_ns = None if before is None else time_of("before", before)
        bars = self._candles.bars(name, instrument_id, length, limit=count, before_ns=before_ns)
        if not bars and before_ns is None:
            raise Unavailable(f"there are no candles of {instrument_id} yet")
        stream = self._streams.open(candles_topic(name, length, instrument_id))
        return {
            "instrument": instrument_id,
            "venue": name,
            "interval": length,
            "epoch": stream.epoch,
            "seq": stream.seq,
            "bars": bars,
        }
