"""The lane of one book, by the lines of its table."""

from typing import Any

import pytest

from router.book_changes import BookChanges
from router.fate import Fate
from router.merged_lane import MergedLane
from tests.support.book_events import book_event, delta, snapshot


@pytest.fixture
def changes() -> BookChanges:
    """What the book has told lately."""
    return BookChanges()


@pytest.fixture
def lane() -> MergedLane:
    """A lane in which nothing waits."""
    return MergedLane()


def offer(lane: MergedLane, changes: BookChanges, *events: dict[str, Any]) -> list[Fate]:
    """Let events wait, published a nanosecond apart."""
    return [lane.offer(book_event(changes, event, at_ns=event["seq"])) for event in events]


def waiting(lane: MergedLane) -> list[tuple[object, ...]]:
    """Type, first and last number, and bids of what waits."""
    told = [event.publication.kwargs or {} for event in lane.events()]
    return [(one["type"], one.get("first_seq"), one["seq"], one["payload"]["bids"]) for one in told]


def test_nothing_waits_at_first(lane: MergedLane) -> None:
    """An empty lane says so."""
    assert (len(lane), lane.head(), lane.events(), lane.since_ns) == (0, None, [], None)


def test_one_change_waits_as_it_is(lane: MergedLane, changes: BookChanges) -> None:
    """Who missed one event gets that very event, written once for all."""
    event = book_event(changes, delta(1, bids={"8": "1"}), at_ns=5)

    assert lane.offer(event) is Fate.WAITS

    assert lane.head() is event
    assert lane.since_ns == 5


def test_changes_that_follow_become_one(lane: MergedLane, changes: BookChanges) -> None:
    """Three events wait as one, as old as the first of them."""
    fates = offer(lane, changes, delta(3, bids={"8": "1"}), delta(4, bids={"7": "1"}), delta(5, bids={"8": "2"}))

    assert fates == [Fate.WAITS, Fate.MERGED, Fate.MERGED]
    assert waiting(lane) == [("delta", 3, 5, [["7", "1"], ["8", "2"]])]
    assert (len(lane), lane.since_ns) == (1, 3)


def test_a_snapshot_takes_the_place_of_what_waits(lane: MergedLane, changes: BookChanges) -> None:
    """A whole book makes older changes useless; what comes after it waits beside it, never in it."""
    fates = offer(
        lane,
        changes,
        delta(3, bids={"8": "1"}),
        snapshot(1, epoch="f", bids={"1": "1"}),
        delta(2, epoch="f", bids={"2": "1"}),
        delta(3, epoch="f", bids={"3": "1"}),
    )

    assert fates == [Fate.WAITS, Fate.CONFLATED, Fate.WAITS, Fate.MERGED]
    assert waiting(lane) == [("snapshot", None, 1, [["1", "1"]]), ("delta", 2, 3, [["2", "1"], ["3", "1"]])]
    assert (len(lane), lane.since_ns) == (2, 1)


def test_a_snapshot_that_comes_first_waits(lane: MergedLane, changes: BookChanges) -> None:
    """It is in the place of nothing."""
    assert offer(lane, changes, snapshot(1)) == [Fate.WAITS]


@pytest.mark.parametrize("newest", [delta(6, bids={"9": "6"}), delta(1, epoch="f", bids={"9": "6"})])
def test_a_change_that_does_not_follow_waits_alone(
    lane: MergedLane, changes: BookChanges, newest: dict[str, Any]
) -> None:
    """The client sees the step, and takes the whole book; what waited before would only have come in between."""
    fates = offer(lane, changes, snapshot(2), delta(3), delta(4), newest)

    assert fates[-1] is Fate.DROPPED
    assert waiting(lane) == [("snapshot", None, 2, []), ("delta", None, newest["seq"], [["9", "6"]])]


def test_a_change_that_is_known_changes_nothing(lane: MergedLane, changes: BookChanges) -> None:
    """What comes twice after a crash is no step."""
    fates = offer(lane, changes, delta(3, bids={"8": "1"}), delta(4), delta(3, bids={"8": "1"}), delta(5))

    assert fates[1:] == [Fate.MERGED] * 3
    assert waiting(lane) == [("delta", 3, 5, [["8", "1"]])]


def test_too_many_levels_are_a_step(lane: MergedLane) -> None:
    """Past the bound only the newest change is left."""
    changes = BookChanges(max_levels=2)

    fates = offer(lane, changes, delta(1, bids={"1": "1"}), delta(2, bids={"2": "1"}), delta(3, bids={"3": "1"}))

    assert fates == [Fate.WAITS, Fate.MERGED, Fate.DROPPED]
    assert waiting(lane) == [("delta", None, 3, [["3", "1"]])]
    assert lane.since_ns == 3


def test_who_was_passed_over_gets_the_last_it_was_given(lane: MergedLane, changes: BookChanges) -> None:
    """Where an event went to others only, what waits here is not merged with it: the client sees a step."""
    offer(lane, changes, delta(1, bids={"1": "1"}), delta(2, bids={"2": "1"}))
    offer(MergedLane(), changes, delta(3, bids={"3": "1"}))

    assert waiting(lane) == [("delta", None, 2, [["2", "1"]])]


def test_what_waits_goes_in_order(lane: MergedLane, changes: BookChanges) -> None:
    """The snapshot first, then the changes."""
    offer(lane, changes, snapshot(1), delta(2), delta(3))

    heads = []
    while (head := lane.head()) is not None:
        heads.append((head.publication.kwargs or {})["seq"])
        lane.drop_head()
        since_ns = lane.since_ns

    assert heads == [1, 3]
    assert since_ns is None
