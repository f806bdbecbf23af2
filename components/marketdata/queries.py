"""What callers may ask of the market: the newest of every stream, checked arguments in, results out."""

from collections.abc import Callable, Mapping
from typing import cast

from components.contract.topics import PREFIX, family_of
from components.marketdata.instruments import Instruments
from components.marketdata.market_state import trades_topic
from components.marketdata.price.one_price import OnePrices
from components.model.arguments import integer_of, text_of
from components.model.errors import InvalidArgument, Unavailable, UnknownInstrument
from components.streams.stream import HISTORY_LENGTH, Stream, Streams

MAX_INSTRUMENTS = 1000

Result = dict[str, object]


class MarketQueries:
    """
    Answer the market's procedures.

    Sans-I/O. Every method takes the caller first, as registration hands it over, and heeds it not: the market is open
    to all whom the router lets call. Ages count from the clock of the feed that the data comes from.
    """

    def __init__(
        self,
        streams: Streams,
        prices: OnePrices,
        instruments: Instruments,
        *,
        clocks: Mapping[str, Callable[[], int]],
    ) -> None:
        """
        Answer from what others keep up to date.

        Args:
            streams: All streams of the market.
            prices: Tells whose price is the consolidated one.
            instruments: What can be asked for.
            clocks: By venue, the time in UNIX nanoseconds; the first venue's is also that of streams of no venue.
        """
        self._streams = streams
        self._prices = prices
        self._instruments = instruments
        self._clocks = clocks

    def handlers(self) -> dict[str, Callable[..., object]]:
        """The methods by the URI that each answers."""
        return {
            f"{PREFIX}.market.list_instruments": self.list_instruments,
            f"{PREFIX}.market.get_price": self.get_price,
            f"{PREFIX}.market.get_prices": self.get_prices,
            f"{PREFIX}.market.get_quote": self.get_quote,
            f"{PREFIX}.market.get_ticker": self.get_ticker,
            f"{PREFIX}.market.get_trades": self.get_trades,
        }

    def list_instruments(self, _caller: object) -> list[Result]:
        """All instruments, their rules, and the venues that they are on."""
        return self._instruments.rows()

    def get_price(self, _caller: object, instrument: object) -> Result:
        """
        The consolidated price of an instrument.

        Raises:
            InvalidArgument: The argument is not a string.
            UnknownInstrument: There is no such instrument.
            Unavailable: It has no price yet.
        """
        instrument_id = self._instruments.resolve(text_of("instrument", instrument))
        return self._newest(f"{PREFIX}.price.{instrument_id}", self._prices.source_of(instrument_id))

    def get_prices(self, caller: object, instruments: object) -> list[Result]:
        """
        The consolidated prices of several instruments, in the order asked; one that has no price yet is left out.

        Raises:
            InvalidArgument: The argument is not a list of strings, or too long.
            UnknownInstrument: There is no such instrument.
        """
        if not isinstance(instruments, list) or len(instruments) > MAX_INSTRUMENTS:
            raise InvalidArgument("instruments", f"expected a list of at most {MAX_INSTRUMENTS} names")
        prices: list[Result] = []
        for name in instruments:
            try:
                prices.append(self.get_price(caller, text_of("instruments", name)))
            except Unavailable:
                continue
        return prices

    def get_quote(self, _caller: object, venue: object, instrument: object) -> Result:
        """
        The best bid and ask of an instrument on a venue.

        Raises:
            InvalidArgument: An argument is not a string.
            UnknownInstrument: There is no such instrument on the venue.
            Unavailable: It has no quote yet.
        """
        venue, instrument_id = self._resolve(venue, instrument)
        return self._newest(f"{PREFIX}.quote.{venue}.{instrument_id}", venue)

    def get_ticker(self, _caller: object, venue: object, instrument: object) -> Result:
        """
        The rolling 24 h statistics of an instrument on a venue.

        Raises:
            InvalidArgument: An argument is not a string.
            UnknownInstrument: There is no such instrument on the venue.
            Unavailable: It has no statistics yet.
        """
        venue, instrument_id = self._resolve(venue, instrument)
        return self._newest(f"{PREFIX}.ticker.{venue}.{instrument_id}", venue)

    def get_trades(self, _caller: object, venue: object, instrument: object, limit: object = HISTORY_LENGTH) -> Result:
        """
        The last trades of an instrument on a venue, newest last.

        Raises:
            InvalidArgument: An argument is of the wrong type, or the limit is out of range.
            UnknownInstrument: There is no such instrument on the venue.
            Unavailable: There was no trade yet.
        """
        venue, instrument_id = self._resolve(venue, instrument)
        count = integer_of("limit", limit, least=1, most=HISTORY_LENGTH)
        stream = self._with_data(trades_topic(venue, instrument_id))
        return {
            "instrument": instrument_id,
            "venue": venue,
            "epoch": stream.epoch,
            "seq": stream.seq,
            "trades": list(stream.payloads[-count:]),
        }

    def check_topic(self, topic: str) -> None:
        """
        Check that a topic of the market's families exists.

        Raises:
            UnknownInstrument: No feed has its instrument.
        """
        instrument_id, venue = instrument_and_venue(topic)
        if not self._instruments.has(instrument_id, venue):
            raise UnknownInstrument(f"no feed has the instrument of {topic}")

    def now_ns(self, topic: str) -> int:
        """The time on the clock of the feed that a topic's events come from, UNIX nanoseconds."""
        instrument_id, venue = instrument_and_venue(topic)
        return self._clock(venue or self._prices.source_of(instrument_id))()

    def _resolve(self, venue: object, instrument: object) -> tuple[str, str]:
        venue = text_of("venue", venue)
        return venue, self._instruments.resolve_on(venue, text_of("instrument", instrument))

    def _newest(self, topic: str, venue: str | None) -> Result:
        event = self._with_data(topic).snapshot(now_ns=self._clock(venue)())
        payload = cast("Result", event["payload"])
        return {**payload, **{key: event[key] for key in ("epoch", "seq", "ts", "meta")}}

    def _with_data(self, topic: str) -> Stream:
        stream = self._streams.get(topic)
        if stream is None or stream.last is None:
            raise Unavailable(f"there is nothing on {topic} yet")
        return stream

    def _clock(self, venue: str | None) -> Callable[[], int]:
        return self._clocks[venue] if venue is not None else next(iter(self._clocks.values()))


def instrument_and_venue(topic: str) -> tuple[str, str | None]:
    """The instrument that a topic of the market names, and the venue, where it names one."""
    family = family_of(topic)
    words = dict(zip(family.components, topic.split("."), strict=True)) if family is not None else {}
    return words.get("{instrument}", ""), words.get("{venue}")
