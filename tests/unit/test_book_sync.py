"""How a book gets and keeps in step: every state and everything that can come in it."""

import collections

import pytest

from components.contract.envelope import NS_PER_S
from components.marketdata.book.book_requests import REFRESH_NS, RequestPace
from components.marketdata.book.book_side import BookLimits
from components.marketdata.book.book_sync import (
    MOST_KEPT_LEVELS,
    MOST_KEPT_UPDATES,
    TABLE,
    BookState,
    BookSync,
    Resync,
    SnapshotFate,
)
from components.marketdata.book.order_book import BookChanges, BookRange
from components.model.errors import MalformedMessage
from tests.support.market_events import book_deltas, book_snapshot

BIDS = {"99": "1"}
ASKS = {"101": "1"}
ALL = BookRange(None, None)
TOO_FINE = "1." + "1" * 19


class Scene:
    """One book, and what was counted of it."""

    def __init__(self) -> None:
        self.counts: collections.Counter[Resync | SnapshotFate] = collections.Counter()
        self.sync = BookSync(self.counts, RequestPace(), BookLimits(shown=4, thin=2))

    def update(self, first: int, last: int, **sides: dict[str, str]) -> BookChanges | None:
        """Let an update come; without sides, it tells a bid whose size is its last id."""
        return self.sync.apply(book_deltas(first, last, **(sides or {"bids": {"98": str(last)}})))

    def snapshot(self, last: int, levels_asked: int = 1000, **sides: dict[str, str]) -> BookChanges | None:
        """Let a snapshot come."""
        sides = sides or {"bids": BIDS, "asks": ASKS}
        return self.sync.join(book_snapshot(last, levels_asked=levels_asked, **sides), now_ns=0)

    def asks(self, second: int) -> bool:
        """Whether it asks for a snapshot at that time."""
        return self.sync.take_request(now_ns=second * NS_PER_S)


@pytest.fixture
def waiting() -> Scene:
    """A book that has nothing."""
    return Scene()


@pytest.fixture
def synced() -> Scene:
    """A book at update 10."""
    scene = Scene()
    scene.snapshot(10)
    return scene


def refreshing(levels_asked: int = 1000) -> Scene:
    """A book at update 10 that has asked for another snapshot."""
    scene = Scene()
    scene.snapshot(10, levels_asked=levels_asked)
    assert scene.asks(2 * REFRESH_NS // NS_PER_S)
    assert scene.sync.state is BookState.REFRESHING
    return scene


def test_the_table_is_complete() -> None:
    """In every state every update and every snapshot has a step; only what is a book goes wrong, or ages."""
    known = {(state.value, arrival.name) for state, arrival in TABLE}
    always = {(state.value, name) for state in BookState for name in ("OLD", "NEXT", "GAP", "JOINS", "TOO_OLD")}

    assert known == always | {("synced", "WRONG"), ("refreshing", "WRONG"), ("synced", "AGED")}


def test_updates_wait_for_their_snapshot(waiting: Scene) -> None:
    """Nothing is told before it; then the whole book, with what was kept from behind its id on."""
    assert waiting.update(9, 11) is None
    assert waiting.update(12, 12) is None
    assert waiting.update(13, 14) is None
    assert waiting.sync.kept_updates == 3

    told = waiting.snapshot(12)

    assert told == BookChanges(bids=[("99", "1"), ("98", "14")], asks=[("101", "1")], depth=ALL, is_whole=True)
    assert (waiting.sync.state, waiting.sync.kept_updates) == (BookState.SYNCED, 0)
    assert waiting.sync.book is not None
    assert waiting.sync.book.update_id == 14


@pytest.mark.parametrize(
    ("snapshot_id", "joins"), [(7, False), (8, True), (9, True), (11, True), (12, True), (99, True)]
)
def test_a_snapshot_joins_where_nothing_is_missing_behind_it(waiting: Scene, snapshot_id: int, *, joins: bool) -> None:
    """The first update behind it must hold the next id; with no update behind it, the next to come will be checked."""
    waiting.update(9, 11)

    told = waiting.snapshot(snapshot_id)

    assert (told is not None) is joins
    assert waiting.counts == {SnapshotFate.BEGAN if joins else SnapshotFate.TOO_OLD: 1}


def test_what_was_kept_outlives_snapshots_that_are_too_old(waiting: Scene) -> None:
    """The venue's answers may lag: a later one joins what was kept before the first."""
    waiting.update(9, 11)
    waiting.snapshot(5)
    waiting.update(12, 13)
    waiting.snapshot(6)

    waiting.snapshot(9)

    assert waiting.sync.book is not None
    assert waiting.sync.book.update_id == 13


def test_a_gap_among_what_waits_begins_it_anew(waiting: Scene) -> None:
    """What is before the gap cannot be used, and that is no new beginning, as there was none."""
    waiting.update(9, 11)
    waiting.update(13, 14)
    assert waiting.sync.kept_updates == 1

    assert waiting.snapshot(10) is None
    assert waiting.snapshot(12) is not None

    assert waiting.counts[Resync.GAP] == 0


def test_what_waits_is_told_once(waiting: Scene) -> None:
    """An update that comes twice is kept once."""
    waiting.update(9, 11)
    waiting.update(9, 11)

    assert waiting.sync.kept_updates == 1


@pytest.mark.parametrize(
    ("levels", "most"), [(1, MOST_KEPT_UPDATES), (1000, MOST_KEPT_LEVELS // 1000), (MOST_KEPT_LEVELS + 1, 0)]
)
def test_what_waits_is_bounded(waiting: Scene, levels: int, most: int) -> None:
    """By number and by size; the oldest goes, and an older snapshot then does not join."""
    bids = {str(price): "1" for price in range(1, levels + 1)}
    for number in range(1, most + 2):
        waiting.update(number, number, bids=bids)

    assert waiting.sync.kept_updates == most
    assert waiting.snapshot(0) is None


def test_updates_apply_in_step(synced: Scene) -> None:
    """Each begins where the last ended; what is changed is told."""
    assert synced.update(10, 11) == BookChanges(bids=[("98", "11")], asks=[], depth=ALL)
    assert synced.update(12, 15, bids={"98": "0"}) == BookChanges(bids=[("98", "0")], asks=[], depth=ALL)
    assert synced.update(16, 16, bids={"98": "0"}) is None


@pytest.mark.parametrize("is_refreshing", [False, True])
def test_an_old_update_changes_nothing(synced: Scene, *, is_refreshing: bool) -> None:
    """What ends at or before the book's id is known already."""
    scene = refreshing() if is_refreshing else synced

    assert scene.update(8, 10) is None
    assert scene.sync.book is not None
    assert scene.sync.book.update_id == 10


@pytest.mark.parametrize("is_refreshing", [False, True])
def test_a_gap_is_a_new_beginning(synced: Scene, *, is_refreshing: bool) -> None:
    """The book is given up, the update behind the gap waits, and the next snapshot tells the whole book."""
    scene = refreshing() if is_refreshing else synced

    assert scene.update(12, 12) is None
    assert (scene.sync.state, scene.sync.book, scene.sync.kept_updates) == (BookState.WAITING, None, 1)
    assert scene.counts[Resync.GAP] == 1
    told = scene.snapshot(11)

    assert told is not None
    assert told.is_whole


def test_a_crossed_book_is_a_new_beginning(synced: Scene) -> None:
    """Nothing of it is told; what comes next waits, and a snapshot from before it does not help."""
    assert synced.update(11, 11, bids={"102": "1"}) is None
    assert (synced.sync.state, synced.counts[Resync.CROSSED]) == (BookState.WAITING, 1)

    assert synced.update(12, 12) is None
    assert synced.snapshot(10) is None
    told = synced.snapshot(11)

    assert told is not None
    assert told.is_whole


def test_a_locked_book_is_a_book(synced: Scene) -> None:
    """Equal prices are no fault."""
    assert synced.update(11, 11, bids={"101": "1"}) is not None
    assert synced.sync.state is BookState.SYNCED


def test_a_snapshot_that_makes_a_crossed_book_is_none(waiting: Scene) -> None:
    """It begins nothing, and the next is waited for."""
    assert waiting.snapshot(10, bids={"102": "1"}, asks=ASKS) is None
    assert (waiting.sync.state, waiting.counts[Resync.CROSSED]) == (BookState.WAITING, 1)


def test_a_price_that_does_not_fit_is_a_new_beginning(synced: Scene) -> None:
    """The fault is told, and the book, of which half may be set, is given up."""
    with pytest.raises(MalformedMessage):
        synced.update(11, 11, bids={TOO_FINE: "1"})

    assert (synced.sync.state, synced.counts[Resync.MALFORMED]) == (BookState.WAITING, 1)


def test_a_price_that_does_not_fit_is_not_kept_for_ever(waiting: Scene) -> None:
    """What waits is not checked before a snapshot comes; if it cannot be used, the next snapshot does without it."""
    waiting.update(11, 11, bids={TOO_FINE: "1"})
    with pytest.raises(MalformedMessage):
        waiting.snapshot(10)
    assert waiting.sync.state is BookState.WAITING

    assert waiting.snapshot(11) is not None


def test_a_loss_of_continuity_forgets_everything(synced: Scene) -> None:
    """Also the ids: those of the next run may begin anywhere."""
    synced.sync.lose()
    assert (synced.sync.state, synced.sync.book, synced.counts[Resync.BREAK]) == (BookState.WAITING, None, 1)

    synced.update(2, 3)
    told = synced.snapshot(1)

    assert told is not None
    assert told.bids == [("99", "1"), ("98", "3")]


def test_a_snapshot_in_step_takes_the_books_place(synced: Scene) -> None:
    """The difference is told, not the whole; what follows continues it."""
    told = synced.snapshot(12, bids={"97": "5"}, asks=ASKS)

    assert told == BookChanges(bids=[("97", "5"), ("99", "0")], asks=[], depth=ALL)
    assert synced.counts == {SnapshotFate.BEGAN: 1, SnapshotFate.REPLACED: 1}
    assert synced.update(11, 12) is None
    assert synced.update(13, 13) is not None


def test_a_snapshot_from_before_the_book_is_of_no_use(synced: Scene) -> None:
    """What it does not have was not kept."""
    synced.update(11, 12)

    assert synced.snapshot(11) is None
    assert synced.counts[SnapshotFate.TOO_OLD] == 1


def test_a_snapshot_that_is_asked_for_in_step_is_brought_up_to_date() -> None:
    """Updates apply and are kept as well: an older snapshot takes the book's place with them."""
    scene = refreshing()
    assert scene.update(11, 11) is not None
    assert scene.update(12, 12) is not None
    assert scene.snapshot(9) is None

    told = scene.snapshot(11, bids={"99": "2"}, asks=ASKS)

    assert told == BookChanges(bids=[("99", "2")], asks=[], depth=ALL)
    assert (scene.sync.state, scene.sync.kept_updates) == (BookState.SYNCED, 0)
    assert scene.sync.book is not None
    assert scene.sync.book.update_id == 12


def test_a_snapshot_that_proves_the_book_right_tells_nothing() -> None:
    """No event, no new beginning."""
    scene = refreshing()

    assert scene.snapshot(10) is None
    assert scene.counts[SnapshotFate.REPLACED] == 1


def test_a_crossed_book_while_it_waits_for_another_is_a_new_beginning() -> None:
    """As at any other time."""
    scene = refreshing()

    assert scene.update(11, 11, bids={"102": "1"}) is None
    assert scene.sync.state is BookState.WAITING


def test_a_waiting_book_asks(waiting: Scene) -> None:
    """At once, and again where nothing came of it."""
    assert [waiting.asks(second) for second in range(4)] == [True, False, True, False]


def test_a_book_in_step_asks_once_an_hour(synced: Scene) -> None:
    """It goes on in the meantime."""
    hour = REFRESH_NS // NS_PER_S

    assert [synced.asks(second) for second in (0, hour - 1, hour)] == [False, False, True]
    assert synced.update(11, 11) is not None


def test_a_book_whose_price_leaves_what_is_known_asks(synced: Scene) -> None:
    """As soon as few levels are left, long before there is none."""
    synced.snapshot(20, levels_asked=2, bids={"99": "1", "98": "1"}, asks={"101": "1", "102": "1"})
    assert not synced.asks(10)

    synced.update(21, 21, asks={"101": "0"})

    assert synced.asks(11)
    assert synced.sync.state is BookState.REFRESHING
