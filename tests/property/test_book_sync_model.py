"""A book under lost, doubled and swapped updates and late snapshots: never wrong, and right in the end."""

import collections
import enum

from hypothesis import given
from hypothesis import strategies as st

from components.contract.envelope import NS_PER_S
from components.marketdata.book.book_requests import RequestPace
from components.marketdata.book.book_sync import BookState, BookSync, Resync, SnapshotFate
from components.marketdata.book.order_book import BookChanges
from tests.support.market_events import Levels
from tests.support.true_book import TrueBook, Update, updates


class Way(enum.Enum):
    """What becomes of an update on its way."""

    ARRIVES = enum.auto()
    LOST = enum.auto()
    DOUBLED = enum.auto()
    SWAPPED = enum.auto()


class Follower:
    """A client's copy of a book, and the book that it follows."""

    def __init__(self) -> None:
        self.counts: collections.Counter[Resync | SnapshotFate] = collections.Counter()
        self.sync = BookSync(self.counts, RequestPace())
        self.copy: tuple[Levels, Levels] = ({}, {})

    def follow(self, told: BookChanges | None, truth: TrueBook) -> None:
        """Apply what was told; where there is a book, it is the true one, and so is the copy."""
        if told is not None:
            if told.is_whole:
                self.copy = ({}, {})
            for side, levels in zip(self.copy, (told.bids, told.asks), strict=True):
                side.update(levels)
                for price in [price for price, size in side.items() if size == "0"]:
                    del side[price]
        book = self.sync.book
        if book is not None:
            whole = book.whole()
            assert (dict(whole.bids), dict(whole.asks)) == truth.sides(book.update_id) == self.copy


def on_their_way(pieces: list[tuple[int, int]], ways: list[Way]) -> list[tuple[int, int]]:
    """The updates in the order in which they arrive."""
    arriving: list[tuple[int, int]] = []
    for number, piece in enumerate(pieces):
        way = ways[number % len(ways)]
        if way is Way.DOUBLED:
            arriving += [piece, piece]
        elif way is Way.SWAPPED and arriving:
            arriving.insert(-1, piece)
        elif way is not Way.LOST:
            arriving.append(piece)
    return arriving


@given(
    happened=updates,
    cuts=st.lists(st.integers(1, 4), min_size=1, max_size=5),
    ways=st.lists(st.sampled_from(Way), min_size=1, max_size=40),
    lags=st.lists(st.integers(0, 12), min_size=1, max_size=5),
)
def test_a_book_is_never_wrong_and_right_in_the_end(
    happened: list[Update], cuts: list[int], ways: list[Way], lags: list[int]
) -> None:
    """Whatever is lost, doubled or swapped, and however late snapshots are, a book that is told is the venue's."""
    truth = TrueBook(happened)
    pieces: list[tuple[int, int]] = []
    while not pieces or pieces[-1][1] < truth.last_id:
        first = pieces[-1][1] + 1 if pieces else 1
        pieces.append((first, min(truth.last_id, first + cuts[len(pieces) % len(cuts)] - 1)))
    follower, reached = Follower(), 0

    for number, (first, last) in enumerate(on_their_way(pieces, ways)):
        book, gaps = follower.sync.book, follower.counts[Resync.GAP]
        has_gap = book is not None and first > book.update_id + 1
        follower.follow(follower.sync.apply(truth.deltas(first, last)), truth)
        assert follower.counts[Resync.GAP] == gaps + has_gap
        reached = max(reached, last)
        if follower.sync.take_request(now_ns=number * NS_PER_S):
            snapshot = truth.snapshot(max(0, reached - lags[number % len(lags)]))
            follower.follow(follower.sync.join(snapshot, now_ns=number * NS_PER_S), truth)
    follower.follow(follower.sync.join(truth.snapshot(truth.last_id), now_ns=0), truth)

    assert follower.sync.state is BookState.SYNCED
    assert follower.sync.book is not None
    assert follower.sync.book.update_id == truth.last_id
    assert follower.counts[Resync.CROSSED] == 0
