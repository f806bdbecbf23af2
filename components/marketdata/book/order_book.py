"""The order book of one instrument: both sides, the update that it is at, and what of it can be trusted."""

import msgspec

from components.marketdata.book.book_side import DEFAULT_LIMITS, BookLimits, BookSide, Level
from components.model.market import BookDeltas, BookSnapshot


class BookRange(msgspec.Struct, frozen=True):
    """
    Which levels a book tells all of: down to a bid price, and up to an ask price.

    Attributes:
        bid: The worst bid price; None where all bids are told.
        ask: The worst ask price; None where all asks are told.
    """

    bid: str | None
    ask: str | None

    def payload(self) -> dict[str, str | None]:
        """The range as clients get it, under `depth`."""
        return {"bid": self.bid, "ask": self.ask}


class BookChanges(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is not as before in the part of a book that is shown, or all of that part.

    Attributes:
        bids: Price and absolute size, `0` where nothing is any more.
        asks: The same.
        depth: The range that is shown from now on.
        has_moved: Whether that is another range than before.
        is_whole: Whether these are all levels that are shown, best first, instead of what changed.
    """

    bids: list[Level]
    asks: list[Level]
    depth: BookRange
    has_moved: bool = False
    is_whole: bool = False

    def __bool__(self) -> bool:
        return bool(self.bids or self.asks or self.has_moved or self.is_whole)


class OrderBook:
    """
    Price levels of one instrument, from a snapshot on.

    Sans-I/O. It applies what it is given, whatever its number: whether an update was lost is for its owner to see.
    A locked book, whose best bid and ask are equal, is a valid one; a crossed book is wrong.

    Source: Binance spot API docs, web-socket-streams.md, "How to manage a local order book correctly".

    Attributes:
        bids: The bids.
        asks: The asks.
        update_id: The last update that it has.
    """

    def __init__(self, snapshot: BookSnapshot, limits: BookLimits = DEFAULT_LIMITS) -> None:
        """
        Begin with a snapshot.

        Args:
            snapshot: What the venue told.
            limits: How many levels a side has.

        Raises:
            MalformedMessage: A price has too many decimals.
        """
        self.update_id = snapshot.last_update_id
        asked = snapshot.levels_asked
        self.bids, self.asks = (
            BookSide(levels, is_bid=is_bid, is_whole=asked is not None and len(levels) < asked, limits=limits)
            for levels, is_bid in ((snapshot.bids, True), (snapshot.asks, False))
        )

    @property
    def is_crossed(self) -> bool:
        """Whether somebody bids more than somebody asks."""
        bid, ask = self.bids.best_key, self.asks.best_key
        return bid is not None and ask is not None and bid > -ask

    @property
    def is_thin(self) -> bool:
        """Whether the price is about to leave what is known."""
        return self.bids.is_thin or self.asks.is_thin

    @property
    def is_best_known(self) -> bool:
        """Whether nobody can bid more, or ask less, than the best that it has."""
        return self.bids.is_best_known and self.asks.is_best_known

    @property
    def depth(self) -> BookRange:
        """The range that is shown."""
        return BookRange(self.bids.shown_price, self.asks.shown_price)

    def whole(self, most: int = DEFAULT_LIMITS.most) -> BookChanges:
        """The levels that are shown, at most so many a side."""
        return BookChanges(bids=self.bids.shown(most), asks=self.asks.shown(most), depth=self.depth, is_whole=True)

    def apply(self, deltas: BookDeltas) -> BookChanges:
        """
        Set the levels that changed.

        Raises:
            MalformedMessage: A price has too many decimals; the book is then of no use any more.
        """
        before = self.depth
        bids, asks = self.bids.apply(deltas.bids), self.asks.apply(deltas.asks)
        bids += self.bids.reframe()
        asks += self.asks.reframe()
        self.update_id = deltas.last_update_id
        return BookChanges(bids=bids, asks=asks, depth=self.depth, has_moved=self.depth != before)

    def succeed(self, other: "OrderBook") -> BookChanges:
        """Take the place of another book of the instrument; what is returned makes the other's copies equal to it."""
        bids, asks = self.bids.succeed(other.bids), self.asks.succeed(other.asks)
        return BookChanges(bids=bids, asks=asks, depth=self.depth, has_moved=self.depth != other.depth)
