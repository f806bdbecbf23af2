"""The order books of all instruments on all venues, and what clients are told of them."""

import collections
import zlib
from collections.abc import Collection, Iterator, Sequence

import attrs
import msgspec

from components.contract.envelope import NS_PER_S, Meta, Payload
from components.contract.topics import PREFIX
from components.marketdata.book.book_requests import REFRESH_NS, RequestPace
from components.marketdata.book.book_side import Level
from components.marketdata.book.book_sync import BookState, BookSync, Resync, SnapshotFate
from components.marketdata.book.order_book import BookChanges, OrderBook
from components.marketdata.market_state import Publication
from components.model.market import BookDeltas, BookSnapshot, MarketEvent, QuoteTick

OWN_QUOTES_NS = 5 * NS_PER_S
"""Where a venue has told no quote of an instrument for so long, its book's best prices are the quote."""

Counts = collections.Counter[Resync | SnapshotFate]


class BookRequest(msgspec.Struct, frozen=True):
    """
    One snapshot that is wanted.

    Attributes:
        venue: Whose.
        instrument_id: Of what.
        is_urgent: Whether there is no book until it comes; else it only makes a book better.
    """

    venue: str
    instrument_id: str
    is_urgent: bool


@attrs.define
class _Line:
    """One instrument on one venue."""

    topic: str
    venue: str
    instrument_id: str
    sync: BookSync
    has_own_quotes: bool = False
    is_told: bool = False
    first_ns: int | None = None
    quote: tuple[Level | None, Level | None] = (None, None)

    def forget(self) -> None:
        self.sync.lose()
        self.has_own_quotes, self.is_told = False, False
        self.first_ns, self.quote = None, (None, None)


class Books:
    """
    All order books.

    Sans-I/O. The first publication of a book, and the first after a new beginning, tells the whole part of it that is
    shown and begins an epoch; every other tells what changed. Where the venue has no quotes of its own for an
    instrument, the best prices of its book make them: `take_quotes`. Once a quote of the venue's own has come, they
    never do again, until continuity is lost.

    Units: `now_ns` is this process's monotonic clock, in nanoseconds.
    """

    def __init__(self, venues: Sequence[str]) -> None:
        """
        Begin empty.

        Args:
            venues: All venues whose events will come.
        """
        self._lines: dict[str, dict[str, _Line]] = {venue: {} for venue in venues}
        self._counts: dict[str, Counts] = {venue: collections.Counter() for venue in venues}
        self._quotes: list[QuoteTick] = []

    def apply(self, event: BookDeltas | BookSnapshot, meta: Meta, *, now_ns: int) -> list[Publication]:
        """
        Take an update or a snapshot in.

        Args:
            event: What a venue told.
            meta: Where it comes from, how good and how old it is.
            now_ns: When it came.

        Returns:
            What is to be published of it.

        Raises:
            MalformedMessage: A price has too many decimals.
        """
        line = self._line(event)
        if line.first_ns is None:
            line.first_ns = now_ns
        sync = line.sync
        changes = sync.apply(event) if isinstance(event, BookDeltas) else sync.join(event, now_ns=now_ns)
        if changes is None:
            return []
        if not line.has_own_quotes and now_ns >= line.first_ns + OWN_QUOTES_NS:
            self._quote(line, event)
        begins_epoch = changes.is_whole and line.is_told
        line.is_told = True
        return [
            Publication(
                topic=line.topic,
                family="book",
                instrument_id=event.instrument_id,
                payload=_payload(line, changes),
                meta=meta,
                begins_epoch=begins_epoch,
            )
        ]

    def receive_own_quote(self, event: QuoteTick) -> None:
        """Take note that the venue quotes an instrument itself."""
        self._line(event).has_own_quotes = True

    def take_quotes(self) -> list[QuoteTick]:
        """The quotes that books made since the last time this was asked, in order."""
        quotes, self._quotes = self._quotes, []
        return quotes

    def take_requests(self, *, now_ns: int) -> list[BookRequest]:
        """The snapshots to ask for now, those first without which there is no book."""
        requests = [
            BookRequest(line.venue, line.instrument_id, line.sync.book is None)
            for line in self._all()
            if line.first_ns is not None and line.sync.take_request(now_ns=now_ns)
        ]
        return sorted(requests, key=lambda request: not request.is_urgent)

    def lose(self, venue: str, instruments: Collection[str] | None = None) -> frozenset[str]:
        """
        Forget the books of some instruments of a venue, or of all: continuity was lost.

        Returns:
            Their topics; each begins a new epoch.
        """
        lines = self._lines[venue]
        lost = [line for line in lines.values() if instruments is None or line.instrument_id in instruments]
        for line in lost:
            line.forget()
        return frozenset(line.topic for line in lost)

    def forget(self, venue: str, instruments: Collection[str]) -> frozenset[str]:
        """
        Forget some instruments of a venue, which are not followed any more.

        Returns:
            Their topics; they end.
        """
        lines = self._lines[venue]
        return frozenset(lines.pop(instrument_id).topic for instrument_id in lines.keys() & instruments)

    def get(self, venue: str, instrument_id: str) -> OrderBook | None:
        """The book of an instrument; None where there is none, or it is out of step."""
        line = self._lines[venue].get(instrument_id)
        return None if line is None else line.sync.book

    def payload(self, venue: str, instrument_id: str, *, most: int | None = None) -> Payload | None:
        """The whole part of a book that is shown, at most so many levels a side; None as with `get`."""
        line = self._lines[venue].get(instrument_id)
        if line is None or line.sync.book is None:
            return None
        book = line.sync.book
        return _payload(line, book.whole() if most is None else book.whole(most))

    def resyncs(self, venue: str) -> dict[str, int]:
        """How many books of a venue were given up and made anew, by reason."""
        return {reason.value: self._counts[venue][reason] for reason in Resync}

    def snapshots(self, venue: str) -> dict[str, int]:
        """How many snapshots came, by what became of them."""
        return {fate.value: self._counts[venue][fate] for fate in SnapshotFate}

    def states(self, venue: str) -> dict[str, int]:
        """How many books of a venue are in each state."""
        counted = collections.Counter(
            line.sync.state for line in self._lines[venue].values() if line.first_ns is not None
        )
        return {state.value: counted[state] for state in BookState}

    def kept_updates(self, venue: str) -> int:
        """How many updates of a venue wait for snapshots."""
        return sum(line.sync.kept_updates for line in self._lines[venue].values())

    def _all(self) -> Iterator[_Line]:
        for lines in self._lines.values():
            yield from lines.values()

    def _line(self, event: MarketEvent) -> _Line:
        lines = self._lines[event.venue]
        line = lines.get(event.instrument_id)
        if line is None:
            topic = book_topic(event.venue, event.instrument_id)
            sync = BookSync(self._counts[event.venue], RequestPace(refresh_ns=_spread(topic)))
            line = lines[event.instrument_id] = _Line(topic, event.venue, event.instrument_id, sync)
        return line

    def _quote(self, line: _Line, event: MarketEvent) -> None:
        book = line.sync.book
        if book is None or not book.is_best_known:
            return
        best = (book.bids.best, book.asks.best)
        if best == line.quote:
            return
        line.quote = best
        (bid, bid_size), (ask, ask_size) = (level or (None, None) for level in best)
        self._quotes.append(
            QuoteTick(
                venue=event.venue,
                instrument_id=event.instrument_id,
                ts_event=event.ts_event,
                ts_init=event.ts_init,
                bid=bid,
                bid_size=bid_size,
                ask=ask,
                ask_size=ask_size,
                update_id=book.update_id,
            )
        )


def book_topic(venue: str, instrument_id: str) -> str:
    """The topic of an instrument's book on a venue."""
    return f"{PREFIX}.book.{venue}.{instrument_id}"


def _payload(line: _Line, changes: BookChanges) -> Payload:
    return {
        "instrument": line.instrument_id,
        "venue": line.venue,
        "bids": changes.bids,
        "asks": changes.asks,
        "depth": changes.depth.payload(),
    }


def _spread(topic: str) -> int:
    # Books that began together are not all refreshed together.
    return REFRESH_NS + (zlib.crc32(topic.encode()) * (REFRESH_NS // 4) >> 32)
