"""The changes of one book: what is merged, from where on, and when it is not there any more."""

import gc
from typing import Any

import pytest

from router.book_changes import MAX_LEVELS, BookChanges, Books, Place
from tests.support.book_events import delta, snapshot


@pytest.fixture
def changes() -> BookChanges:
    """The changes of a book of which nothing is known."""
    return BookChanges()


def place(seq: int, first_seq: int | None = None, epoch: str = "e") -> Place:
    """The place of an event."""
    return Place(epoch, seq if first_seq is None else first_seq, seq)


def sides(merged: dict[str, Any] | None) -> tuple[Any, Any]:
    """The levels of a merged event."""
    assert merged is not None
    return merged["payload"]["bids"], merged["payload"]["asks"]


def test_the_newest_size_of_each_level_is_merged(changes: BookChanges) -> None:
    """Each level once, on its side, in the order of the last change; everything else is the newest event's."""
    newest = {**delta(3, asks={"9": "3"}, bids={"8": "0"}), "meta": {"quality": "live"}}
    changes.apply(delta(1, bids={"8": "1", "7": "1"}, asks={"9": "1"}))
    changes.apply(delta(2, bids={"8": "2", "9": "2"}))
    changes.apply(newest)

    merged = changes.merged(place(1), newest)

    levels = {"bids": [["7", "1"], ["9", "2"], ["8", "0"]], "asks": [["9", "3"]]}
    assert merged == {**newest, "first_seq": 1, "payload": {**newest["payload"], **levels}}


def test_each_who_waits_gets_what_changed_since(changes: BookChanges) -> None:
    """Whoever began to wait later is not told of what changed before and not since."""
    newest = delta(3, bids={"8": "3"})
    changes.apply(delta(1, bids={"7": "1", "8": "1"}))
    changes.apply(delta(2, bids={"9": "2"}))
    changes.apply(newest)

    assert sides(changes.merged(place(2), newest)) == ([["9", "2"], ["8", "3"]], [])
    assert sides(changes.merged(place(3), newest)) == ([["8", "3"]], [])


def test_an_event_is_taken_in_once(changes: BookChanges) -> None:
    """Everybody in whose lane an event waits hands it over, and it has the same place for all."""
    event = delta(1, bids={"8": "1"})

    assert changes.apply(event) is changes.apply(event)
    assert changes.merged(place(1), event) == {**event, "first_seq": 1}


def test_an_event_that_comes_twice_changes_nothing(changes: BookChanges) -> None:
    """After a crash an owner may publish again what it had published."""
    newest = delta(2, bids={"8": "2"})
    changes.apply(delta(1, bids={"7": "1"}))
    changes.apply(newest)
    changes.apply(delta(1, bids={"7": "1"}))

    assert sides(changes.merged(place(1), newest)) == ([["7", "1"], ["8", "2"]], [])


def test_events_that_are_merged_already_are_merged_on(changes: BookChanges) -> None:
    """An event for several numbers follows the one before its first, and may begin before that one's end."""
    newest = delta(6, first_seq=3, bids={"9": "6"})
    changes.apply(delta(2, first_seq=1, bids={"7": "2"}))
    changes.apply(delta(4, first_seq=2, bids={"8": "4"}))
    changes.apply(newest)

    merged = changes.merged(place(2, 1), newest)

    assert merged is not None
    assert (merged["first_seq"], merged["seq"]) == (1, 6)
    assert sides(merged) == ([["7", "2"], ["8", "4"], ["9", "6"]], [])


@pytest.mark.parametrize(
    "between",
    [
        delta(4, bids={"8": "4"}),
        delta(1, epoch="f", bids={"8": "1"}),
        snapshot(3, bids={"8": "3"}),
        {"type": "heartbeat", "epoch": "e", "seq": 3},
        None,
    ],
    ids=["a step", "another epoch", "a snapshot", "no change", "nothing"],
)
def test_nothing_is_merged_over_a_break(changes: BookChanges, between: dict[str, Any] | None) -> None:
    """What was before a step, another epoch or a snapshot is not merged with what is after it."""
    changes.apply(delta(1, bids={"7": "1"}))
    changes.apply(delta(2, bids={"7": "2"}))
    changes.apply(between)
    newest = delta(5, bids={"9": "5"}, epoch=between["epoch"] if between else "e")
    changes.apply(newest)

    assert changes.merged(place(2), newest) is None
    assert not changes.reaches(place(2))
    assert sides(changes.merged(place(5), newest)) == ([["9", "5"]], [])


def test_only_the_newest_event_ends_a_merged_one(changes: BookChanges) -> None:
    """Whoever was passed over by an event is not told of it in another's name."""
    last = delta(2, bids={"8": "2"})
    changes.apply(delta(1, bids={"7": "1"}))
    changes.apply(last)
    changes.apply(delta(3, bids={"9": "3"}))

    assert changes.merged(place(1), last) is None
    assert changes.merged(place(1), None) is None


def test_only_past_the_bound_levels_are_lost() -> None:
    """Who missed as many levels as are kept gets them all; with one more it is a loss for those who need it."""
    changes = BookChanges(max_levels=3)
    changes.apply(delta(1, bids={"1": "1"}))
    changes.apply(delta(2, bids={"2": "1", "3": "1"}))
    newest = delta(3, bids={"3": "2"})
    changes.apply(newest)
    assert sides(changes.merged(place(1), newest)) == ([["1", "1"], ["2", "1"], ["3", "2"]], [])

    newest = delta(4, asks={"1": "1"})
    changes.apply(newest)

    assert changes.merged(place(1), newest) is None
    assert sides(changes.merged(place(2), newest)) == ([["2", "1"], ["3", "2"]], [["1", "1"]])


def test_one_event_of_too_many_levels_is_merged_with_nothing() -> None:
    """It goes as it is, and the next one is not merged into it."""
    changes = BookChanges(max_levels=2)
    changes.apply(delta(1, bids={"1": "1", "2": "1", "3": "1"}))
    newest = delta(2, bids={"3": "2"})
    changes.apply(newest)

    assert changes.merged(place(1), newest) is None
    assert sides(changes.merged(place(2), newest)) == ([["3", "2"]], [])


def test_two_thousand_levels_are_kept() -> None:
    """The bound of the contract."""
    assert BookChanges().max_levels == MAX_LEVELS == 2000


BAD = delta(2, bids={"8": "1"})


@pytest.mark.parametrize(
    "event",
    [
        {},
        {**BAD, "type": "alert"},
        {**BAD, "epoch": 7},
        {**BAD, "seq": "2"},
        {**BAD, "seq": True},
        {**BAD, "seq": 0},
        {**BAD, "first_seq": 3},
        {**BAD, "first_seq": 0},
        {**BAD, "first_seq": None},
        {**BAD, "payload": None},
        {**BAD, "payload": {"bids": []}},
        {**BAD, "payload": {"bids": [], "asks": {}}},
        {**BAD, "payload": {"bids": ["81"], "asks": []}},
        {**BAD, "payload": {"bids": [["8"]], "asks": []}},
        {**BAD, "payload": {"bids": [["8", 1]], "asks": []}},
    ],
)
def test_what_is_no_change_of_a_book_has_no_place(changes: BookChanges, event: dict[str, Any]) -> None:
    """Whatever an owner publishes, only what the contract calls a change is merged, and nothing fails."""
    changes.apply(delta(1, bids={"7": "1"}))

    assert changes.apply(event) is None
    assert changes.merged(place(1), event) is None


def test_changes_are_kept_as_long_as_somebody_holds_them() -> None:
    """A book that nobody waits for costs nothing."""
    books = Books()
    held = books.changes_of("a")

    assert books.changes_of("a") is held
    assert books.changes_of("b") is not held
    gc.collect()
    assert len(books) == 1
