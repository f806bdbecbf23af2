"""What a platform hands in for a venue of its own, checked field by field and made into market events."""

import enum
from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from components.contract.envelope import NS_PER_S
from components.marketdata.book.books import Books
from components.marketdata.following import Following
from components.model.arguments import time_of
from components.model.errors import InvalidArgument
from components.model.handed_in import (
    MAX_NUMBER,
    CountText,
    HandedIn,
    InstrumentName,
    PositiveText,
    SignedText,
    SizeText,
    WholeNumber,
    event_time,
    read_events,
)
from components.model.market import (
    BookDeltas,
    BookSnapshot,
    MarketEvent,
    QuoteTick,
    ReferencePrice,
    Side,
    TickerStatistics,
    TradeTick,
)

MAX_LEVELS = 5000
"""On one side of a book, in one event."""

MAX_INSTRUMENTS = 1000
"""Of one venue: what is kept of it is bounded by what it may name."""

STALE_NS = 60 * NS_PER_S
"""An event that happened longer ago is refused."""

_Levels = Annotated[tuple[tuple[PositiveText, SizeText], ...], Meta(max_length=MAX_LEVELS)]


class Kind(enum.StrEnum):
    """What is handed in, by the last word of its procedure."""

    PRICE = "price"
    QUOTE = "quote"
    TICKER = "ticker"
    TRADE = "trade"
    BOOK_SNAPSHOT = "book_snapshot"
    BOOK_DELTA = "book_delta"


class _Event(HandedIn, frozen=True, kw_only=True):
    instrument: InstrumentName


class _Price(_Event, frozen=True, kw_only=True):
    price: PositiveText
    bid: PositiveText | None = None
    ask: PositiveText | None = None
    change: SignedText | None = None
    change_percent: SignedText | None = None
    volume: SizeText | None = None
    high_24h: PositiveText | None = None
    low_24h: PositiveText | None = None

    def check(self, place: str) -> None:
        _check_not_crossed(f"{place}.bid", filter(None, [self.bid]), filter(None, [self.ask]))


class _Quote(_Event, frozen=True, kw_only=True):
    bid: PositiveText | None
    bid_size: SizeText | None
    ask: PositiveText | None
    ask_size: SizeText | None

    def check(self, place: str) -> None:
        for side, price, size in (("bid", self.bid, self.bid_size), ("ask", self.ask, self.ask_size)):
            if (price is None) != (size is None):
                raise InvalidArgument(
                    f"{place}.{side}_size", "expected a size where there is a price, and null where there is none"
                )
        _check_not_crossed(f"{place}.bid", filter(None, [self.bid]), filter(None, [self.ask]))


class _Ticker(_Event, frozen=True, kw_only=True):
    price: PositiveText | None
    open_price: PositiveText | None
    high_price: PositiveText | None
    low_price: PositiveText | None
    volume: SizeText
    quote_volume: SizeText
    price_change: SignedText | None = None
    price_change_percent: SignedText | None = None
    trades: WholeNumber | None = None


class _Trade(_Event, frozen=True, kw_only=True):
    trade_id: CountText
    price: PositiveText
    quantity: PositiveText
    side: Side


class _BookSnapshot(_Event, frozen=True, kw_only=True):
    last_update_id: WholeNumber = msgspec.field(name="update_id")
    bids: _Levels
    asks: _Levels

    def check(self, place: str) -> None:
        _check_not_crossed(f"{place}.bids", (price for price, _ in self.bids), (price for price, _ in self.asks))


class _BookDelta(_Event, frozen=True, kw_only=True):
    first_update_id: WholeNumber
    last_update_id: WholeNumber
    bids: _Levels
    asks: _Levels

    def check(self, place: str) -> None:
        if self.last_update_id < self.first_update_id:
            raise InvalidArgument(f"{place}.last_update_id", f"expected {self.first_update_id} or more")


_FORMS: dict[Kind, tuple[type[_Event], type[MarketEvent]]] = {
    Kind.PRICE: (_Price, ReferencePrice),
    Kind.QUOTE: (_Quote, QuoteTick),
    Kind.TICKER: (_Ticker, TickerStatistics),
    Kind.TRADE: (_Trade, TradeTick),
    Kind.BOOK_SNAPSHOT: (_BookSnapshot, BookSnapshot),
    Kind.BOOK_DELTA: (_BookDelta, BookDeltas),
}
"""What each kind looks like in a call, and the event that it becomes, of the same fields and what is added to them."""


class Intake:
    """
    The gate to one venue whose events come by procedure.

    Sans-I/O. A call is taken in whole, or refused whole by an error that names the field. What comes again because an
    answer was lost does no harm: trades and book changes are known by their numbers, which grow, and statistics by
    their time.

    Attributes:
        venue: Its name.
    """

    def __init__(self, venue: str, *, following: Following, books: Books) -> None:
        """
        Know of no instrument yet.

        Args:
            venue: Its name.
            following: Which instruments are published.
            books: Where its books are: changes continue them.
        """
        self.venue = venue
        self._following = following
        self._books = books
        self._instruments: frozenset[str] = frozenset()
        # Above any number of a book's changes: the quotes that its book made before are older.
        self._quotes = MAX_NUMBER

    def read(self, kind: Kind, events: object, *, received_ns: int) -> list[MarketEvent]:
        """
        The market events that a call hands in, in order.

        Args:
            kind: What they are.
            events: A list of events, or one event.
            received_ns: When the call came, UNIX nanoseconds.

        Raises:
            InvalidArgument: Something in it cannot be, is stale, or does not continue a book.
        """
        handed_in = read_events(events, _FORMS[kind][0])
        instruments = self._instruments.union(event.instrument for event in handed_in.values())
        if len(instruments) > MAX_INSTRUMENTS:
            raise InvalidArgument("events", f"expected at most {MAX_INSTRUMENTS} instruments of {self.venue} in all")
        for place, event in handed_in.items():
            event_time(event, place, received_ns=received_ns, stale_ns=STALE_NS)
            event.check(place)
            if not self._following.has(event.instrument, self.venue):
                raise InvalidArgument(f"{place}.instrument", "is not followed; TAPECAST_INSTRUMENTS says which are")
        if kind is Kind.BOOK_DELTA:
            self._check_that_books_go_on(handed_in)
        self._instruments = instruments
        return [self._event(kind, event, received_ns) for event in handed_in.values()]

    def _event(self, kind: Kind, handed_in: _Event, received_ns: int) -> MarketEvent:
        fields = msgspec.structs.asdict(handed_in)
        instrument_id, event_ts = fields.pop("instrument"), fields.pop("event_ts")
        if kind is Kind.QUOTE:
            self._quotes += 1
            fields["update_id"] = self._quotes
        elif kind is Kind.BOOK_SNAPSHOT:
            fields["levels_asked"] = MAX_LEVELS + 1
        return _FORMS[kind][1](
            venue=self.venue,
            instrument_id=instrument_id,
            ts_event=None if event_ts is None else time_of("event_ts", event_ts),
            ts_init=received_ns,
            **fields,
        )

    def _check_that_books_go_on(self, deltas: dict[str, Any]) -> None:
        reached: dict[str, int] = {}
        for place, delta in deltas.items():
            book = self._books.get(self.venue, delta.instrument)
            if book is None:
                raise InvalidArgument(f"{place}.instrument", "has no book; hand in a book_snapshot first")
            update_id = reached.get(delta.instrument, book.update_id)
            if delta.first_update_id > update_id + 1:
                raise InvalidArgument(
                    f"{place}.first_update_id",
                    f"expected {update_id + 1} or less, received {delta.first_update_id}: changes are missing; hand"
                    " them in, or a book_snapshot",
                )
            reached[delta.instrument] = max(update_id, delta.last_update_id)


def _check_not_crossed(field: str, bids: Iterable[str], asks: Iterable[str]) -> None:
    bid, ask = max(map(Decimal, bids), default=None), min(map(Decimal, asks), default=None)
    if bid is not None and ask is not None and bid > ask:
        raise InvalidArgument(field, f"expected no bid above the lowest ask, {ask}, received {bid}")
