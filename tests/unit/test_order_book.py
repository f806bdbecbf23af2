"""The order book: both sides, best prices, ranges, and one book in the place of another."""

import pytest

from components.marketdata.book.book_side import BookLimits
from components.marketdata.book.order_book import BookChanges, BookRange, OrderBook
from components.model.errors import MalformedMessage
from tests.support.market_events import book_deltas, book_snapshot

BOOK = book_snapshot(5, bids={"99": "1", "98": "2"}, asks={"101": "3", "102": "4"})
PART = book_snapshot(5, bids={"99": "1", "98": "2"}, asks={"101": "3", "102": "4"}, levels_asked=2)
TWO = BookLimits(shown=2, least_shown=1, most_shown=3, thin=2)


def test_a_snapshot_makes_a_book() -> None:
    """Best levels, update id and the whole are those of the snapshot; fewer levels than asked for are all."""
    book = OrderBook(BOOK)

    assert (book.bids.best, book.asks.best, book.update_id) == (("99", "1"), ("101", "3"), 5)
    assert book.whole() == BookChanges(
        bids=[("99", "1"), ("98", "2")],
        asks=[("101", "3"), ("102", "4")],
        depth=BookRange(None, None),
        is_whole=True,
    )
    assert book.whole(1).asks == [("101", "3")]


@pytest.mark.parametrize("levels_asked", [2, None])
def test_a_book_reaches_as_far_as_its_snapshot(levels_asked: int | None) -> None:
    """As many levels as were asked for, or nobody knows how many: there may be more behind the last."""
    book = OrderBook(
        book_snapshot(5, bids={"99": "1", "98": "2"}, asks={"101": "3", "102": "4"}, levels_asked=levels_asked)
    )

    assert book.depth == BookRange("98", "102")
    assert book.depth.payload() == {"bid": "98", "ask": "102"}


def test_an_update_is_told_as_what_it_changed() -> None:
    """Only what is not as before; nothing where all is."""
    book = OrderBook(BOOK)

    changes = book.apply(book_deltas(6, 8, bids={"99": "0", "98": "2"}, asks={"100": "7"}))

    assert changes == BookChanges(bids=[("99", "0")], asks=[("100", "7")], depth=BookRange(None, None))
    assert book.update_id == 8
    assert not book.apply(book_deltas(9, 9, bids={"98": "2"}))


def test_a_view_that_moves_is_told_with_its_range() -> None:
    """When more levels come into view, or leave it, the new range comes with them."""
    snapshot = book_snapshot(1, bids={"97": "1", "98": "1", "99": "1"}, asks={"101": "1", "102": "1", "103": "1"})
    book = OrderBook(snapshot, TWO)
    assert book.whole().depth == BookRange("98", "102")

    changes = book.apply(book_deltas(2, 2, bids={"99": "0", "98": "0"}))

    assert changes.bids == [("99", "0"), ("98", "0"), ("97", "1")]
    assert (changes.depth, changes.has_moved) == (BookRange(None, "102"), True)


@pytest.mark.parametrize(("ask", "is_crossed"), [("99.1", False), ("99.0", False), ("98.9", True)])
def test_locked_is_valid_and_crossed_is_not(ask: str, *, is_crossed: bool) -> None:
    """Best bid and ask may be equal; the bid may not be above."""
    assert OrderBook(book_snapshot(1, bids={"99": "1"}, asks={ask: "1"})).is_crossed is is_crossed


@pytest.mark.parametrize(("bids", "asks"), [({}, {"1": "1"}), ({"1": "1"}, {}), ({}, {})])
def test_a_book_with_an_empty_side_is_not_crossed(bids: dict[str, str], asks: dict[str, str]) -> None:
    """Nobody on one side is in nobody's way."""
    assert not OrderBook(book_snapshot(1, bids=bids, asks=asks)).is_crossed


@pytest.mark.parametrize("side", ["bids", "asks"])
def test_a_book_is_as_thin_and_as_sure_as_its_worse_side(side: str) -> None:
    """One side that the price leaves is enough."""
    book = OrderBook(PART, TWO)
    assert (book.is_thin, book.is_best_known) == (False, True)

    gone = {"99": "0", "98": "0"} if side == "bids" else {"101": "0", "102": "0"}
    book.apply(book_deltas(6, 6, **{side: gone}))

    assert (book.is_thin, book.is_best_known) == (True, False)


def test_a_price_that_has_too_many_decimals_is_refused() -> None:
    """Neither a snapshot nor an update may bring one."""
    price = "1." + "1" * 19

    with pytest.raises(MalformedMessage):
        OrderBook(book_snapshot(1, bids={price: "1"}))
    with pytest.raises(MalformedMessage):
        OrderBook(BOOK).apply(book_deltas(6, 6, asks={price: "1"}))


def test_a_successor_tells_the_difference() -> None:
    """Levels that are not the same, and the range where it is another."""
    changes = OrderBook(book_snapshot(9, bids={"99": "1", "97": "5"}, asks={"101": "3", "102": "4"})).succeed(
        OrderBook(PART)
    )

    assert changes == BookChanges(bids=[("97", "5"), ("98", "0")], asks=[], depth=BookRange(None, None), has_moved=True)
    assert not OrderBook(BOOK).succeed(OrderBook(BOOK))
