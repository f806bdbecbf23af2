"""What has changed in a book lately, kept once for all who wait, so that each of them gets every changed level once."""

from collections import OrderedDict
from typing import Any, cast
from weakref import WeakValueDictionary

import attrs

from components.contract.envelope import EventType

MAX_LEVELS = 2000
"""How many changed levels of one book an event may hold; whoever missed more needs the whole book."""

_SIDES = ("bids", "asks")

Fields = dict[str, Any]
"""An event's keyword arguments: the contract's envelope."""


@attrs.frozen
class Place:
    """
    Which of its topic's events a change of a book stands for.

    Attributes:
        epoch: Of its stream.
        first_seq: The first of them.
        seq: The last.
    """

    epoch: str
    first_seq: int
    seq: int

    def is_known_by(self, earlier: "Place") -> bool:
        """Whether whoever knows an earlier one knows this: after a crash the same event may come twice."""
        return self.epoch == earlier.epoch and self.seq <= earlier.seq

    def follows(self, earlier: "Place") -> bool:
        """Whether nothing is missing between an earlier one and this."""
        return self.epoch == earlier.epoch and self.first_seq <= earlier.seq + 1


@attrs.define(eq=False, slots=True, weakref_slot=True)
class BookChanges:
    """
    The changed levels of one book, each with its newest size, in the order of their last change.

    Sans-I/O. Whoever begins to wait needs the levels that changed since then: a tail of these, however long it is. So
    one such list serves all who wait for the book, as long as each event is handed over while any of them waits.

    Shape: (side, price) -> (size, seq) by last change; one event costs its own levels, a merged one those that it has.

    Attributes:
        max_levels: How many levels are kept, and merged.
    """

    max_levels: int = MAX_LEVELS
    _levels: OrderedDict[tuple[str, str], tuple[str, int]] = attrs.field(factory=OrderedDict, init=False)
    _seen: Fields | None = attrs.field(default=None, init=False)
    _place: Place | None = attrs.field(default=None, init=False)
    _newest: Fields | None = attrs.field(default=None, init=False)
    _last: Place | None = attrs.field(default=None, init=False)
    _lost_to: int = attrs.field(default=0, init=False)

    def apply(self, event: Fields | None) -> Place | None:
        """
        Take in the newest event, once, however often it is handed over.

        Returns:
            Its place; None where it is no change of a book: a snapshot, or nothing that the contract knows.
        """
        if event is not self._seen:
            self._seen = event
            self._place = _place_of(event)
            self._take_in(event, self._place)
        return self._place

    def reaches(self, first: Place) -> bool:
        """Whether all that changed with an event, and since, is here."""
        return first.seq > self._lost_to

    def merged(self, first: Place, newest: Fields | None) -> Fields | None:
        """
        All that changed from one event to the newest, as one event.

        Args:
            first: Where it begins.
            newest: The event that it ends with, as it was handed over.

        Returns:
            The newest event with all these levels, and with `first_seq`; None where they are not all here any more.
        """
        if newest is None or newest is not self._newest or not self.reaches(first):
            return None
        changed: dict[str, list[list[str]]] = {side: [] for side in _SIDES}
        for (side, price), (size, seq) in reversed(self._levels.items()):
            if seq < first.seq:
                break
            changed[side].append([price, size])
        for levels in changed.values():
            levels.reverse()
        return {**newest, "first_seq": first.first_seq, "payload": {**newest["payload"], **changed}}

    def _take_in(self, event: Fields | None, place: Place | None) -> None:
        if event is None or place is None:
            self._levels.clear()
            self._newest = self._last = None
            return
        if self._last is not None and place.is_known_by(self._last):
            return
        if self._last is None or not place.follows(self._last):
            self._levels.clear()
            self._lost_to = place.seq - 1
        self._newest, self._last = event, place
        self._change(event["payload"], place.seq)

    def _change(self, payload: Fields, seq: int) -> None:
        levels = self._levels
        for side in _SIDES:
            for price, size in payload[side]:
                levels[side, price] = (size, seq)
                levels.move_to_end((side, price))
        while len(levels) > self.max_levels:
            _, (_, self._lost_to) = levels.popitem(last=False)


class Books:
    """The changes of each book that somebody waits for; those of others are forgotten by themselves."""

    def __init__(self) -> None:
        self._changes: WeakValueDictionary[str, BookChanges] = WeakValueDictionary()

    def __len__(self) -> int:
        return len(self._changes)

    def changes_of(self, topic: str) -> BookChanges:
        """The changes of a book, as long as anybody holds them."""
        changes = self._changes.get(topic)
        if changes is None:
            changes = self._changes[topic] = BookChanges()
        return changes


def _place_of(event: Fields | None) -> Place | None:
    if not event or event.get("type") != EventType.DELTA or not _holds_levels(event.get("payload")):
        return None
    epoch, seq = event.get("epoch"), event.get("seq")
    first_seq = event.get("first_seq", seq)
    if type(epoch) is str and type(seq) is int and type(first_seq) is int and 0 < first_seq <= seq:
        return Place(epoch, first_seq, seq)
    return None


def _holds_levels(payload: object) -> bool:
    return isinstance(payload, dict) and all(map(_are_levels, map(payload.get, _SIDES)))


def _are_levels(levels: object) -> bool:
    return isinstance(levels, list) and all(map(_is_level, levels))


def _is_level(level: object) -> bool:
    if not isinstance(level, list):
        return False
    kinds = [type(one) for one in cast("list[object]", level)]
    return kinds == [str, str]
