"""The simulated book: whatever is done to it, it is never crossed, and its changes tell all."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from components.marketdata.sim.simulated_book import LEVELS, MAX_FILLS, SimulatedBook

WIDEST = 5


def opened(seed: int = 1, *, bid: int = 1000) -> SimulatedBook:
    """A book with its first quotes."""
    book = SimulatedBook(chance=random.Random(seed), typical_lots=20.0, update_id=100)
    book.move(bid=bid, ask=bid + 1)
    return book


ACTIONS = st.one_of(
    st.tuples(st.just("move"), st.integers(1, 40), st.integers(1, WIDEST)),
    st.tuples(st.just("take"), st.integers(1, 500), st.booleans()),
    st.tuples(st.just("resize"), st.just(0), st.just(0)),
)


@given(st.integers(0, 2**32), st.lists(ACTIONS, max_size=40))
@settings(max_examples=60, deadline=None)
def test_never_crossed_and_changes_lead_from_book_to_book(seed: int, actions: list[tuple[str, int, int]]) -> None:
    """Even near a price of one tick both sides have a best level, apart from each other, and the changes rebuild it."""
    book = opened(seed, bid=20)
    bids: dict[int, int] = {}
    asks: dict[int, int] = {}
    for name, value, extra in actions:
        if name == "move":
            book.move(bid=value, ask=value + extra)
        elif name == "take":
            book.take(value, is_buy=bool(extra), max_spread=WIDEST)
        else:
            book.resize()
        changes = book.next_changes()
        for side, levels in ((bids, changes.bids if changes else ()), (asks, changes.asks if changes else ())):
            for price, lots in levels:
                side[price] = lots
        quote = book.quote
        assert 1 <= quote.bid < quote.ask
        assert quote.bid == max(price for price, lots in bids.items() if lots)
        assert quote.ask == min(price for price, lots in asks.items() if lots)
        assert (bids[quote.bid], asks[quote.ask]) == (quote.bid_lots, quote.ask_lots)


def test_a_new_book_tells_all_its_levels_once() -> None:
    """The first changes are the whole book, best first; then there are none."""
    book = opened()

    changes = book.next_changes()

    assert changes is not None
    assert (changes.first_update_id, changes.last_update_id) == (101, 100 + 2 * LEVELS)
    assert len(changes.bids) == len(changes.asks) == LEVELS
    assert changes.bids[0][0] == 1000
    assert changes.asks[0][0] == 1001
    assert list(changes.bids) == sorted(changes.bids, reverse=True)
    assert list(changes.asks) == sorted(changes.asks)
    assert book.next_changes() is None


def test_a_small_order_fills_at_the_best_price() -> None:
    """One lot of the best level goes, the price stays."""
    book = opened()
    book.move(bid=1000, ask=1001)
    before = book.quote

    fills = book.take(1, is_buy=True, max_spread=WIDEST)

    assert fills == [(1001, 1)]
    assert book.quote.ask_lots == before.ask_lots - 1 or book.quote.ask == 1002


def test_a_big_order_walks_up_and_makers_close_in() -> None:
    """An order larger than the book fills level by level, and leaves a spread no wider than allowed."""
    book = opened()

    fills = book.take(10**9, is_buy=True, max_spread=WIDEST)

    prices = [price for price, _ in fills]
    assert len(fills) == MAX_FILLS
    assert prices == sorted(set(prices))
    assert prices[0] == 1001
    assert book.quote.ask == prices[-1] + 1
    assert book.quote.ask - book.quote.bid <= WIDEST


def test_a_big_sale_walks_down() -> None:
    """The same on the other side."""
    book = opened()

    fills = book.take(10**9, is_buy=False, max_spread=WIDEST)

    prices = [price for price, _ in fills]
    assert prices == sorted(set(prices), reverse=True)
    assert prices[0] == 1000
    assert book.quote.bid == prices[-1] - 1
    assert book.quote.ask - book.quote.bid <= WIDEST
