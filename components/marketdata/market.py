"""All that is made of the venues' events: the cores of the market data, each asked in its turn."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from components.contract.envelope import NS_PER_MS, Meta, Quality, format_time
from components.marketdata.book.books import Books
from components.marketdata.candle.candles import Candles
from components.marketdata.following import Following
from components.marketdata.market_state import MarketState, Publication
from components.marketdata.price.one_price import OnePrices, SourceRank
from components.marketdata.price.price_rules import PriceRules
from components.marketdata.price.price_source import SourceKind
from components.marketdata.venue_clock import VenueClock
from components.model.market import (
    Bar,
    BarHistory,
    BookDeltas,
    BookSnapshot,
    Instrument,
    MarketEvent,
    QuoteTick,
    ReferencePrice,
    TickerStatistics,
    TradeTick,
)

_PRICED = (QuoteTick, TradeTick, TickerStatistics)


class Market:
    """
    What every market event goes through, and what time alone brings about.

    Sans-I/O: it only asks the cores, each of which makes publications of its own topics. Two clocks are told: how old
    something is counts by this process's monotonic clock; when something happened, by the venue's own.

    Attributes:
        following: Whose events are published.
        lines: Quotes, tickers and trades of every venue.
        books: Their order books.
        candles: Their bars.
        prices: The one price of every instrument.
        clocks: By venue, how its clock is to its feed's.
    """

    def __init__(
        self,
        venues: Sequence[str],
        following: Following | None = None,
        *,
        simulated: Collection[str] = (),
        handed_in: Collection[str] = (),
        fallbacks: Sequence[str] = (),
        rules: PriceRules | None = None,
    ) -> None:
        """
        Begin empty.

        Args:
            venues: All venues whose events will come, the one whose prices count most first.
            following: Whose events are published; None for everything.
            simulated: Which of the venues are simulated: their prices never stand in for real ones.
            handed_in: Which of the venues' events are handed in by call.
            fallbacks: Sources of prices that are no venues, after all venues, the one that counts most first.
            rules: How the one price is made; None for the usual ones.
        """
        ranks = [
            *(SourceRank(one, SourceKind.SIMULATED if one in simulated else SourceKind.VENUE) for one in venues),
            *(SourceRank(one, SourceKind.FALLBACK) for one in fallbacks),
        ]
        self.following = following or Following(dict.fromkeys(venues))
        self.lines = MarketState(venues, self.following)
        self.books = Books(venues)
        self.candles = Candles(venues, self.following, handed_in=handed_in)
        self._fallbacks = tuple(fallbacks)
        self.prices = OnePrices(ranks, rules or PriceRules())
        self.clocks = {venue: VenueClock() for venue in venues}

    def apply(self, event: MarketEvent, *, now_ns: int) -> list[Publication]:
        """
        Take one event in.

        Args:
            event: What a venue told.
            now_ns: When it came, on this process's monotonic clock.

        Returns:
            What is to be published, in order.

        Raises:
            MalformedMessage: A price has too many decimals.
        """
        meta = self._meta(event)
        bars = self.candles.apply(event)
        if self.following.has(event.instrument_id, event.venue):
            if isinstance(event, BookDeltas | BookSnapshot):
                return self._apply_to_book(event, meta, now_ns)
            if isinstance(event, Bar | BarHistory):
                return bars
            if isinstance(event, ReferencePrice):
                return self.prices.apply(event, meta=meta, now_ns=now_ns)
            if isinstance(event, QuoteTick):
                self.books.receive_own_quote(event)
        return [*self._apply_to_line(event, meta, now_ns), *bars]

    def list_instruments(self, venue: str, instruments: Iterable[Instrument], *, now_ns: int) -> list[Publication]:
        """
        Take note of a venue's rules.

        Args:
            venue: Whose rules.
            instruments: The rules of instruments that it follows.
            now_ns: When they came, on this process's monotonic clock.

        Returns:
            What is to be published, in order.
        """
        return self.prices.list_instruments(venue, instruments, now_ns=now_ns)

    def is_venue(self, source: str) -> bool:
        """Whether a source of events is a venue, with topics of its own."""
        return source in self.clocks

    def lose(self, venue: str, instruments: Collection[str] | None = None) -> frozenset[str]:
        """
        Take note that a venue's continuity was lost, of some instruments or of all.

        Returns:
            The topics that begin a new epoch.
        """
        return (
            self.lines.reset(venue, instruments)
            | self.books.lose(venue, instruments)
            | self.candles.lose(venue, instruments)
            | self.prices.lose(venue, instruments)
        )

    def forget(self, venue: str, instruments: Collection[str], *, now_ns: int) -> frozenset[str]:
        """
        Follow some instruments of a venue no longer, and forget all that is known of them.

        Args:
            venue: Whose instruments.
            instruments: Which.
            now_ns: When, on this process's monotonic clock.

        Returns:
            The topics that end.
        """
        self.following.remove(venue, instruments)
        topics = (
            self.lines.reset(venue, instruments)
            | self.books.forget(venue, instruments)
            | self.candles.forget(venue, instruments)
            | self.prices.forget(venue, instruments, now_ns=now_ns)
        )
        for fallback in self._fallbacks:
            gone = [one for one in instruments if not self.following.has(one)]
            topics |= self.prices.forget(fallback, gone, now_ns=now_ns)
        return topics

    def advance(self, *, now_ns: int, venue_times_ns: Mapping[str, int]) -> list[Publication]:
        """
        Take note that time goes by.

        Args:
            now_ns: This process's monotonic clock.
            venue_times_ns: By venue, what its feed's clock shows, UNIX nanoseconds; where messages wait, what it showed
                when the oldest of them came.

        Returns:
            What is to be published, in order.
        """
        times_ns = {venue: time_ns for venue, time_ns in venue_times_ns.items() if self.is_venue(venue)}
        offsets_ns = {venue: clock.offset_ns or 0 for venue, clock in self.clocks.items()}
        return [*self.candles.advance(times_ns, offsets_ns), *self.prices.advance(now_ns)]

    def _apply_to_book(self, event: BookDeltas | BookSnapshot, meta: Meta, now_ns: int) -> list[Publication]:
        publications = self.books.apply(event, meta, now_ns=now_ns)
        for quote in self.books.take_quotes():
            publications += self._apply_to_line(quote, meta, now_ns)
        return publications

    def _apply_to_line(self, event: MarketEvent, meta: Meta, now_ns: int) -> list[Publication]:
        publications = self.lines.apply(event, meta)
        if publications and isinstance(event, _PRICED):
            publications += self.prices.apply(event, meta=meta, now_ns=now_ns)
        return publications

    def _meta(self, event: MarketEvent) -> Meta:
        meta: Meta = {
            "source": event.venue,
            "quality": Quality.LIVE.value,
            "received_ts": format_time(event.ts_init),
        }
        if event.ts_event is not None:
            lag_ns = self._lag_ns(event.venue, event.ts_init, event.ts_event)
            meta["event_ts"] = format_time(event.ts_event)
            meta["lag_ms"] = round(lag_ns / NS_PER_MS, 3)
        return meta

    def _lag_ns(self, source: str, received_ns: int, event_ns: int) -> int:
        clock = self.clocks.get(source)
        # A fallback's price is as old as it says: how late its answers are tells nothing of its clock.
        return received_ns - event_ns if clock is None else clock.observe(received_ns=received_ns, event_ns=event_ns)
