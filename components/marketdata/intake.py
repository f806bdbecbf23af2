"""What a platform hands in for a venue of its own, checked field by field and made into market events."""

import enum
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from components.contract.envelope import NS_PER_S
from components.contract.uris import INSTRUMENT_PATTERN
from components.marketdata.book.books import Books
from components.marketdata.following import Following
from components.model.arguments import time_of
from components.model.errors import InvalidArgument
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

MAX_EVENTS = 1000
"""In one call."""

MAX_LEVELS = 5000
"""On one side of a book, in one event."""

MAX_INSTRUMENTS = 1000
"""Of one venue: what is kept of it is bounded by what it may name."""

STALE_NS = 60 * NS_PER_S
"""An event that happened longer ago is refused."""

AHEAD_NS = 5 * NS_PER_S
"""How far the platform's clock may be ahead of ours."""

MAX_NUMBER = 2**63 - 1
"""Of a book's changes, and of a ticker's trades."""

_NUMBER = r"[0-9]{1,20}(\.[0-9]{1,18})?"
_POSITIVE = rf"^(?=.*[1-9]){_NUMBER}\Z"
_SIZE = rf"^{_NUMBER}\Z"
_SIGNED = rf"^-?{_NUMBER}\Z"
_COUNT = r"^(0|[1-9][0-9]{0,31})\Z"
_NAME = rf"^{INSTRUMENT_PATTERN}\Z"
_WORDS = {
    _POSITIVE: "a number above zero as text, such as '61837.63'",
    _SIZE: "a number as text, such as '0.5'",
    _SIGNED: "a number as text, such as '-1.25'",
    _COUNT: "a whole number as text, such as '3721'",
    _NAME: "an instrument's name: letters, digits, `_` and `-`, at most 32",
}

_Positive = Annotated[str, Meta(pattern=_POSITIVE)]
_Size = Annotated[str, Meta(pattern=_SIZE)]
_Signed = Annotated[str, Meta(pattern=_SIGNED)]
_Number = Annotated[int, Meta(ge=0, le=MAX_NUMBER)]
_Levels = Annotated[tuple[tuple[_Positive, _Size], ...], Meta(max_length=MAX_LEVELS)]


_NAMED_FIELD = re.compile("Object (missing required|contains unknown) field `(.*)`", re.DOTALL)
_NAMED_WORDS = {"missing required": "is required", "contains unknown": "there is no such field"}
MAX_SHOWN_CHARS = 64
_PLAIN_WORDS = {
    ", got ": ", received ",
    "`str`": "text",
    "`int`": "an integer",
    "`float`": "a float",
    "`bool`": "true or false",
    "`null`": "null",
    "`object`": "an object",
    "`array`": "a list",
}


class Kind(enum.StrEnum):
    """What is handed in, by the last word of its procedure."""

    PRICE = "price"
    QUOTE = "quote"
    TICKER = "ticker"
    TRADE = "trade"
    BOOK_SNAPSHOT = "book_snapshot"
    BOOK_DELTA = "book_delta"


class _Event(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    instrument: Annotated[str, Meta(pattern=_NAME)]
    event_ts: str | None = None

    def check(self, place: str) -> None:
        """
        See whether its fields fit together.

        Raises:
            InvalidArgument: They do not.
        """


class _Price(_Event, frozen=True, kw_only=True):
    price: _Positive
    bid: _Positive | None = None
    ask: _Positive | None = None
    change: _Signed | None = None
    change_percent: _Signed | None = None
    volume: _Size | None = None
    high_24h: _Positive | None = None
    low_24h: _Positive | None = None

    def check(self, place: str) -> None:
        _check_not_crossed(f"{place}.bid", filter(None, [self.bid]), filter(None, [self.ask]))


class _Quote(_Event, frozen=True, kw_only=True):
    bid: _Positive | None
    bid_size: _Size | None
    ask: _Positive | None
    ask_size: _Size | None

    def check(self, place: str) -> None:
        for side, price, size in (("bid", self.bid, self.bid_size), ("ask", self.ask, self.ask_size)):
            if (price is None) != (size is None):
                raise InvalidArgument(
                    f"{place}.{side}_size", "expected a size where there is a price, and null where there is none"
                )
        _check_not_crossed(f"{place}.bid", filter(None, [self.bid]), filter(None, [self.ask]))


class _Ticker(_Event, frozen=True, kw_only=True):
    price: _Positive | None
    open_price: _Positive | None
    high_price: _Positive | None
    low_price: _Positive | None
    volume: _Size
    quote_volume: _Size
    price_change: _Signed | None = None
    price_change_percent: _Signed | None = None
    trades: _Number | None = None


class _Trade(_Event, frozen=True, kw_only=True):
    trade_id: Annotated[str, Meta(pattern=_COUNT)]
    price: _Positive
    quantity: _Positive
    side: Side


class _BookSnapshot(_Event, frozen=True, kw_only=True):
    last_update_id: _Number = msgspec.field(name="update_id")
    bids: _Levels
    asks: _Levels

    def check(self, place: str) -> None:
        _check_not_crossed(f"{place}.bids", (price for price, _ in self.bids), (price for price, _ in self.asks))


class _BookDelta(_Event, frozen=True, kw_only=True):
    first_update_id: _Number
    last_update_id: _Number
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
        handed_in = _convert(events, _FORMS[kind][0])
        instruments = self._instruments.union(event.instrument for event in handed_in.values())
        if len(instruments) > MAX_INSTRUMENTS:
            raise InvalidArgument("events", f"expected at most {MAX_INSTRUMENTS} instruments of {self.venue} in all")
        for place, event in handed_in.items():
            _check_time(event, place, received_ns)
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


def _convert(events: object, form: type[_Event]) -> dict[str, _Event]:
    """The events of a call by the name of their place in it."""
    if isinstance(events, dict):
        return {"events": _convert_one(events, form, "events")}
    if not isinstance(events, list) or len(events) > MAX_EVENTS:
        raise InvalidArgument("events", f"expected an event, or a list of at most {MAX_EVENTS}")
    places = [f"events[{number}]" for number in range(len(events))]
    return {place: _convert_one(event, form, place) for place, event in zip(places, events, strict=True)}


def _convert_one(event: object, form: type[_Event], place: str) -> _Event:
    try:
        return msgspec.convert(event, form)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
    field = place + path.removesuffix("`")
    named = _NAMED_FIELD.fullmatch(message)
    if named:
        raise InvalidArgument(f"{field}.{named[2][:MAX_SHOWN_CHARS]}", _NAMED_WORDS[named[1]])
    for pattern, words in _WORDS.items():
        if repr(pattern) in message:
            raise InvalidArgument(field, f"expected {words}")
    if message.startswith("Invalid enum value"):
        raise InvalidArgument(field, f"expected {' or '.join(Side)}, in small letters")
    raise InvalidArgument(field, _in_plain_words(message))


def _in_plain_words(message: str) -> str:
    for python, words in _PLAIN_WORDS.items():
        message = message.replace(python, words)
    return message[0].lower() + message[1:]


def _check_time(event: _Event, place: str, received_ns: int) -> None:
    if event.event_ts is None:
        return
    age_ns = received_ns - time_of(f"{place}.event_ts", event.event_ts)
    if not -AHEAD_NS <= age_ns <= STALE_NS:
        raise InvalidArgument(
            f"{place}.event_ts",
            f"expected a time from {STALE_NS // NS_PER_S} s ago to {AHEAD_NS // NS_PER_S} s ahead, received one"
            f" {age_ns / NS_PER_S:.1f} s ago",
        )


def _check_not_crossed(field: str, bids: Iterable[str], asks: Iterable[str]) -> None:
    bid, ask = max(map(Decimal, bids), default=None), min(map(Decimal, asks), default=None)
    if bid is not None and ask is not None and bid > ask:
        raise InvalidArgument(field, f"expected no bid above the lowest ask, {ask}, received {bid}")
