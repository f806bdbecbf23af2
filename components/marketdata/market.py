"""All that is made of the venues' events: the cores of the market data, each asked in its turn."""

from collections.abc import Collection, Mapping, Sequence

from components.contract.envelope import NS_PER_MS, Meta, Quality, format_time
from components.marketdata.books import Books
from components.marketdata.candles import Candles
from components.marketdata.following import Following
from components.marketdata.market_state import MarketState, Publication
from components.marketdata.venue_clock import VenueClock
from components.model.market import BookDeltas, BookSnapshot, MarketEvent, QuoteTick


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
        clocks: By venue, how its clock is to its feed's.
    """

    def __init__(self, venues: Sequence[str], following: Following | None = None) -> None:
        """
        Begin empty.

        Args:
            venues: All venues whose events will come, the one whose prices count most first.
            following: Whose events are published; None for everything.
        """
        self.following = following or Following(dict.fromkeys(venues))
        self.lines = MarketState(venues, self.following)
        self.books = Books(venues)
        self.candles = Candles(venues, self.following)
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
            if isinstance(event, QuoteTick):
                self.books.receive_own_quote(event)
        return [*self.lines.apply(event, meta), *bars]

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
        )

    def forget(self, venue: str, instruments: Collection[str]) -> frozenset[str]:
        """
        Follow some instruments of a venue no longer, and forget all that is known of them.

        Returns:
            The topics that end.
        """
        self.following.remove(venue, instruments)
        return (
            self.lines.forget(venue, instruments)
            | self.books.forget(venue, instruments)
            | self.candles.forget(venue, instruments)
        )

    def advance(self, *, now_ns: int, venue_times_ns: Mapping[str, int]) -> list[Publication]:  # noqa: ARG002 - as above
        """
        Take note that time goes by.

        Args:
            now_ns: This process's monotonic clock.
            venue_times_ns: By venue, what its feed's clock shows, UNIX nanoseconds; where messages wait, what it showed
                when the oldest of them came.

        Returns:
            What is to be published, in order.
        """
        return self.candles.advance(
            venue_times_ns, {venue: clock.offset_ns or 0 for venue, clock in self.clocks.items()}
        )

    def _apply_to_book(self, event: BookDeltas | BookSnapshot, meta: Meta, now_ns: int) -> list[Publication]:
        publications = self.books.apply(event, meta, now_ns=now_ns)
        for quote in self.books.take_quotes():
            publications += self.lines.apply(quote, meta)
        return publications

    def _meta(self, event: MarketEvent) -> Meta:
        meta: Meta = {
            "source": event.venue,
            "quality": Quality.LIVE.value,
            "received_ts": format_time(event.ts_init),
        }
        if event.ts_event is not None:
            lag_ns = self.clocks[event.venue].observe(received_ns=event.ts_init, event_ns=event.ts_event)
            meta["event_ts"] = format_time(event.ts_event)
            meta["lag_ms"] = round(lag_ns / NS_PER_MS, 3)
        return meta
