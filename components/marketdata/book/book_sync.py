"""How one order book gets and keeps in step with its venue: a state machine over updates and snapshots."""

import collections
import enum

from components.marketdata.book.book_requests import RequestPace
from components.marketdata.book.book_side import DEFAULT_LIMITS, BookLimits
from components.marketdata.book.order_book import BookChanges, OrderBook
from components.model.errors import MalformedMessage
from components.model.market import BookDeltas, BookSnapshot

MOST_KEPT_UPDATES = 600
MOST_KEPT_LEVELS = 10_000
"""How much waits for a snapshot; a minute of updates, or less where they are large. The oldest goes."""


class BookState(enum.StrEnum):
    """
    How a book stands to its venue.

    `waiting`: there is none; updates are kept, a snapshot is wanted. `synced`: every update applies. `refreshing`: the
    same, and updates are kept as well, for a snapshot that takes the book's place is wanted.
    """

    WAITING = "waiting"
    SYNCED = "synced"
    REFRESHING = "refreshing"


class Resync(enum.StrEnum):
    """Why a book was given up, and another one is made."""

    GAP = "gap"
    CROSSED = "crossed"
    MALFORMED = "malformed"
    BREAK = "break"


class SnapshotFate(enum.StrEnum):
    """What became of a snapshot: it began a book, took a book's place, or was older than what is there."""

    BEGAN = "began"
    REPLACED = "replaced"
    TOO_OLD = "too_old"


class _Arrival(enum.Enum):
    """
    What comes.

    An update that is old, continues, or leaves a gap; a snapshot that joins, or is too old; the insight that the book
    is wrong, or that it has aged.
    """

    OLD = enum.auto()
    NEXT = enum.auto()
    GAP = enum.auto()
    JOINS = enum.auto()
    TOO_OLD = enum.auto()
    WRONG = enum.auto()
    AGED = enum.auto()


class _Step(enum.Enum):
    """What is done about it."""

    NOTHING = enum.auto()
    KEEP = enum.auto()
    KEEP_ONLY_THIS = enum.auto()
    APPLY = enum.auto()
    APPLY_AND_KEEP = enum.auto()
    BEGIN = enum.auto()
    REPLACE = enum.auto()


_WAITING, _SYNCED, _REFRESHING = BookState.WAITING, BookState.SYNCED, BookState.REFRESHING

TABLE: dict[tuple[BookState, _Arrival], tuple[BookState, _Step]] = {
    (_WAITING, _Arrival.OLD): (_WAITING, _Step.NOTHING),
    (_WAITING, _Arrival.NEXT): (_WAITING, _Step.KEEP),
    (_WAITING, _Arrival.GAP): (_WAITING, _Step.KEEP_ONLY_THIS),
    (_WAITING, _Arrival.JOINS): (_SYNCED, _Step.BEGIN),
    (_WAITING, _Arrival.TOO_OLD): (_WAITING, _Step.NOTHING),
    (_SYNCED, _Arrival.OLD): (_SYNCED, _Step.NOTHING),
    (_SYNCED, _Arrival.NEXT): (_SYNCED, _Step.APPLY),
    (_SYNCED, _Arrival.GAP): (_WAITING, _Step.KEEP_ONLY_THIS),
    (_SYNCED, _Arrival.JOINS): (_SYNCED, _Step.REPLACE),
    (_SYNCED, _Arrival.TOO_OLD): (_SYNCED, _Step.NOTHING),
    (_SYNCED, _Arrival.WRONG): (_WAITING, _Step.NOTHING),
    (_SYNCED, _Arrival.AGED): (_REFRESHING, _Step.NOTHING),
    (_REFRESHING, _Arrival.OLD): (_REFRESHING, _Step.NOTHING),
    (_REFRESHING, _Arrival.NEXT): (_REFRESHING, _Step.APPLY_AND_KEEP),
    (_REFRESHING, _Arrival.GAP): (_WAITING, _Step.KEEP_ONLY_THIS),
    (_REFRESHING, _Arrival.JOINS): (_SYNCED, _Step.REPLACE),
    (_REFRESHING, _Arrival.TOO_OLD): (_REFRESHING, _Step.NOTHING),
    (_REFRESHING, _Arrival.WRONG): (_WAITING, _Step.NOTHING),
}
"""By state and what comes: the next state, and what is done."""


class BookSync:
    """
    One order book, from its first update on, through gaps and snapshots.

    Sans-I/O. Updates that come before their snapshot are kept, also while one snapshot after the other is too old, as
    the venue's answers can lag behind its stream. The first update after a snapshot holds its id or the one behind it;
    from then on each begins where the last ended. An update that does not, and a book in which somebody bids more than
    somebody asks: both mean a new beginning. A book whose price is about to leave what is known, or that is an hour
    old, asks for a snapshot as well; that takes the book's place without a new beginning.

    Source: Binance spot API docs, web-socket-streams.md, "How to manage a local order book correctly".

    Attributes:
        state: How it stands.
        book: The book; None while it waits.
        pace: When it asks for a snapshot.
    """

    def __init__(
        self,
        counts: "collections.Counter[Resync | SnapshotFate]",
        pace: RequestPace,
        limits: BookLimits = DEFAULT_LIMITS,
    ) -> None:
        """
        Begin with nothing.

        Args:
            counts: Where new beginnings and snapshots are counted.
            pace: When it asks for a snapshot.
            limits: How many levels a side has.
        """
        self.state = BookState.WAITING
        self.book: OrderBook | None = None
        self.pace = pace
        self._counts = counts
        self._limits = limits
        self._reached = -1
        self._kept: collections.deque[BookDeltas] = collections.deque()
        self._kept_levels = 0

    @property
    def kept_updates(self) -> int:
        """How many updates wait for a snapshot."""
        return len(self._kept)

    def apply(self, deltas: BookDeltas) -> BookChanges | None:
        """
        Take one update in.

        Returns:
            What is to be told of it; None where that is nothing.

        Raises:
            MalformedMessage: A price has too many decimals; the book is given up.
        """
        arrival = self._arrival_of(deltas)
        was_waiting = self.state is BookState.WAITING
        self.state, step = TABLE[self.state, arrival]
        if step is _Step.NOTHING:
            return None
        if step is _Step.KEEP_ONLY_THIS:
            self._give_up(None if was_waiting else Resync.GAP)
        self._reached = deltas.last_update_id
        if step is not _Step.APPLY:
            self._keep(deltas)
        if self.book is None:
            return None
        try:
            changes = self.book.apply(deltas)
        except MalformedMessage:
            self._go_wrong(Resync.MALFORMED)
            raise
        return self._if_right(self.book, changes)

    def join(self, snapshot: BookSnapshot, *, now_ns: int) -> BookChanges | None:
        """
        Take a snapshot in.

        Returns:
            What is to be told of it: the whole book where it begins one; None where that is nothing.

        Raises:
            MalformedMessage: A price has too many decimals; another snapshot is needed.
        """
        behind = [deltas for deltas in self._kept if deltas.last_update_id > snapshot.last_update_id]
        joins = snapshot.last_update_id >= self._reached or (
            bool(behind) and behind[0].first_update_id <= snapshot.last_update_id + 1
        )
        state, step = TABLE[self.state, _Arrival.JOINS if joins else _Arrival.TOO_OLD]
        if step is _Step.NOTHING:
            self._counts[SnapshotFate.TOO_OLD] += 1
            return None
        self._forget_kept()
        book = OrderBook(snapshot, self._limits)
        for deltas in behind:
            book.apply(deltas)
        before, self.book, self.state = self.book, book, state
        self._reached = book.update_id
        self._counts[SnapshotFate.BEGAN if before is None else SnapshotFate.REPLACED] += 1
        self.pace.receive_join(now_ns=now_ns)
        return self._if_right(book, book.whole() if before is None else book.succeed(before))

    def lose(self) -> None:
        """Continuity was lost: nothing that came before counts any more, nor do its numbers."""
        self._give_up(Resync.BREAK)
        self.state = BookState.WAITING
        self._reached = -1

    def take_request(self, *, now_ns: int) -> bool:
        """Whether to ask for a snapshot now; if so, it counts as asked."""
        is_aged = self.book is not None and (self.book.is_thin or self.pace.is_refresh_due(now_ns=now_ns))
        if self.state is BookState.SYNCED and is_aged:
            self.state, _ = TABLE[self.state, _Arrival.AGED]
        return self.state is not BookState.SYNCED and self.pace.may_ask(now_ns=now_ns)

    def _arrival_of(self, deltas: BookDeltas) -> _Arrival:
        if deltas.last_update_id <= self._reached:
            return _Arrival.OLD
        if self._reached < 0 or deltas.first_update_id <= self._reached + 1:
            return _Arrival.NEXT
        return _Arrival.GAP

    def _if_right(self, book: OrderBook, changes: BookChanges) -> BookChanges | None:
        if book.is_crossed:
            self._go_wrong(Resync.CROSSED)
            return None
        return changes or None

    def _go_wrong(self, reason: Resync) -> None:
        self.state, _ = TABLE[self.state, _Arrival.WRONG]
        self._give_up(reason)

    def _give_up(self, reason: Resync | None) -> None:
        if reason is not None:
            self._counts[reason] += 1
        self.book = None
        self._forget_kept()

    def _keep(self, deltas: BookDeltas) -> None:
        self._kept.append(deltas)
        self._kept_levels += _levels_in(deltas)
        while len(self._kept) > MOST_KEPT_UPDATES or self._kept_levels > MOST_KEPT_LEVELS:
            self._kept_levels -= _levels_in(self._kept.popleft())

    def _forget_kept(self) -> None:
        self._kept.clear()
        self._kept_levels = 0


def _levels_in(deltas: BookDeltas) -> int:
    return len(deltas.bids) + len(deltas.asks)
