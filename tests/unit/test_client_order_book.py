"""A client's local order book."""

from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tapecast_client.errors import BookFault
from tapecast_client.events import ContinuityLost, Event
from tapecast_client.order_book import BookSide, DepthRange, OrderBook

from tests.support.stream_model import TOPIC, make_event

LOSS = ContinuityLost(topic=TOPIC, epoch="a", seq=1, new_epoch="b", new_seq=1)


def book_event(seq: int, event_type: str = "delta", **payload: Any) -> Event:
    return attrs.evolve(make_event("a", seq, {}), type=event_type, payload=payload)


@pytest.fixture
def book() -> OrderBook:
    """A book with two levels a side."""
    book = OrderBook()
    book.apply(
        book_event(
            1,
            "snapshot",
            bids=[["99", "1"], ["100", "2"]],
            asks=[["102", "3"], ["101", "4"]],
            depth={"bid": "90", "ask": None},
        )
    )
    return book


def test_a_snapshot_fills_the_book(book: OrderBook) -> None:
    """Both sides are sorted, best first, and the trusted range is told."""
    assert book.bids.levels() == [(Decimal(100), Decimal(2)), (Decimal(99), Decimal(1))]
    assert book.asks.levels(1) == [(Decimal(101), Decimal(4))]
    assert (book.best_bid, book.best_ask) == ((Decimal(100), Decimal(2)), (Decimal(101), Decimal(4)))
    assert book.depth == DepthRange(bid=Decimal(90), ask=None)
    assert (book.epoch, book.seq, book.is_synchronised) == ("a", 1, True)


def test_a_change_sets_sizes_and_removes_levels(book: OrderBook) -> None:
    """Sizes are absolute, `0` removes, and removing what is not there does nothing."""
    book.apply(book_event(2, bids=[["100", "0"], ["98.5", "7"], ["1", "0.000"]], asks=[["101", "5"]]))

    assert book.bids.levels() == [(Decimal(99), Decimal(1)), (Decimal("98.5"), Decimal(7))]
    assert book.asks.size(Decimal("101.00")) == 5
    assert book.bids.size(Decimal(100)) == 0
    assert book.seq == 2
    assert book.depth == DepthRange(bid=Decimal(90))


def test_long_prices_are_exact() -> None:
    """A price as long as the contract allows is the same price when it is asked for, and when it goes."""
    price = "12345678901234567890.123456789012345678"
    book = OrderBook()
    book.apply(book_event(1, "snapshot", bids=[[price, "1"], [f"{price[:-1]}9", "2"]], asks=[]))

    assert book.best_bid == (Decimal(f"{price[:-1]}9"), Decimal(2))
    book.apply(book_event(2, bids=[[f"{price[:-1]}9", "0"]], asks=[]))
    assert book.best_bid == (Decimal(price), Decimal(1))


def test_a_change_can_move_the_trusted_range(book: OrderBook) -> None:
    """The newest range counts."""
    book.apply(book_event(2, depth={"bid": "95", "ask": "110"}))

    assert book.depth == DepthRange(bid=Decimal(95), ask=Decimal(110))


def test_a_snapshot_replaces_the_book(book: OrderBook) -> None:
    """Nothing of the old one stays, and a book without a range is trusted as far as it goes."""
    book.apply(attrs.evolve(book_event(9, bids=[["5", "1"]]), is_state=True))

    assert (len(book.bids), len(book.asks), book.best_ask, book.depth) == (1, 0, None, DepthRange())


def test_a_state_that_tells_nothing_is_no_book(book: OrderBook) -> None:
    """The gateway has lost step with the venue, and says so with an empty payload."""
    book.apply(attrs.evolve(book_event(9), is_state=True))

    assert (len(book.bids), book.is_synchronised) == (0, False)


def test_a_loss_empties_the_book(book: OrderBook) -> None:
    """What may be wrong is not shown, and no change is applied to it."""
    book.lose(LOSS)

    assert (book.best_bid, book.depth, book.is_synchronised) == (None, None, False)
    with pytest.raises(BookFault):
        book.apply(book_event(2, bids=[["1", "1"]]))


@pytest.mark.parametrize(
    "payload",
    [
        {"bids": [["x", "1"]]},
        {"bids": [["1"]]},
        {"asks": [["1", "-1"]]},
        {"asks": [["NaN", "1"]]},
        {"bids": 5},
        {"depth": 7},
        {"depth": {"bid": "x"}},
    ],
)
def test_what_is_no_book_empties_it(book: OrderBook, payload: dict[str, Any]) -> None:
    """A book that cannot be read is not half applied."""
    with pytest.raises(BookFault):
        book.apply(book_event(2, **payload))

    assert not book.is_synchronised
    assert len(book.bids) == 0


@given(
    st.booleans(),
    st.lists(st.tuples(st.integers(1, 20), st.integers(0, 3)), max_size=60),
)
def test_a_side_is_a_sorted_table(is_bid: bool, changes: list[tuple[int, int]]) -> None:  # noqa: FBT001 - drawn
    """Whatever is set and removed, a side shows what a plain table shows when it is sorted."""
    side, table = BookSide(is_bid=is_bid), dict[Decimal, Decimal]()

    for price, size in changes:
        level = Decimal(price) / 4, Decimal(size)
        side.set([level])
        table[level[0]] = level[1]

    expected = sorted(((price, size) for price, size in table.items() if size), reverse=is_bid)
    assert side.levels() == expected
    assert side.best == (expected[0] if expected else None)
    side.clear()
    assert len(side) == 0
