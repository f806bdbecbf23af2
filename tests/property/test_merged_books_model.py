"""Slow readers of a book against the book itself: whatever comes and goes, they have it, or see that they do not."""

import json
from collections.abc import Iterator
from typing import Any

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from router.book_changes import BookChanges
from router.pace import Pace
from router.serializers import RAWSOCKET_WIRES
from router.waiting_room import WaitingRoom
from tests.support.book_events import book_event

MAX_LEVELS = 6
PREFIX_BYTES = 4
EVERYTHING_BYTES = 1 << 24
WIRE = RAWSOCKET_WIRES["json"]

Book = dict[tuple[str, str], str]

sides = st.sampled_from(["bids", "asks"])
levels = st.tuples(sides, st.sampled_from([str(price) for price in range(8)]))
changes = st.dictionaries(levels, st.sampled_from(["0", "1", "2", "3"]), max_size=MAX_LEVELS)
readers = st.integers(0, 3)


def applied(book: Book, change: Book) -> Book:
    """A book after a change; a size of nothing removes the level."""
    return {level: size for level, size in {**book, **change}.items() if size != "0"}


def payload_of(change: Book) -> dict[str, Any]:
    """Levels as an event tells them."""
    return {side: [[price, size] for (of, price), size in change.items() if of == side] for side in ("bids", "asks")}


def change_of(payload: dict[str, Any]) -> Book:
    """Levels as a client reads them."""
    return {(side, price): size for side in ("bids", "asks") for price, size in payload[side]}


@attrs.define
class Server:
    """A book, and what it was after each of its events."""

    epochs: Iterator[str] = attrs.field(factory=lambda: (f"epoch-{number}" for number in range(1000)))
    epoch: str = ""
    seq: int = 0
    book: Book = attrs.field(factory=dict)
    history: dict[tuple[str, int], Book] = attrs.field(factory=dict)

    def event(self, change: Book, count: int) -> dict[str, Any]:
        """One event that stands for so many numbers."""
        self.book = applied(self.book, change)
        first_seq = self.seq + 1
        self.seq += count
        self.history[self.epoch, self.seq] = self.book
        fields = {"first_seq": first_seq} if count > 1 else {}
        return {"type": "delta", "epoch": self.epoch, "seq": self.seq, "payload": payload_of(change), **fields}

    def begin(self) -> dict[str, Any]:
        """The snapshot of a new epoch."""
        self.epoch, self.seq = next(self.epochs), 1
        self.history[self.epoch, self.seq] = self.book
        return {"type": "snapshot", "epoch": self.epoch, "seq": 1, "payload": payload_of(self.book)}


@attrs.define
class Reader:
    """
    A client with its own book, as the contract tells it to keep one.

    Attributes:
        known: Epoch and number that its book is of; None after a step, until it asks for the book.
        missed: The levels that have changed since it had everything.
        may_see_a_step: Whether something has happened since then that loses it an event.
    """

    room: WaitingRoom
    subscription_id: int
    known: tuple[str, int] | None = None
    book: Book = attrs.field(factory=dict)
    missed: set[tuple[str, str]] = attrs.field(factory=set)
    may_see_a_step: bool = True

    def receive(self, event: dict[str, Any]) -> None:
        """Take one event."""
        place = (event["epoch"], event["seq"])
        if event["type"] == "snapshot":
            self.known, self.book = place, change_of(event["payload"])
        elif self.known is None:
            return
        elif event["epoch"] != self.known[0] or event.get("first_seq", event["seq"]) > self.known[1] + 1:
            self.known = None
        elif event["seq"] > self.known[1]:
            self.known, self.book = place, applied(self.book, change_of(event["payload"]))

    def miss(self, change: Book) -> None:
        """Note what waits for it at the most."""
        self.missed |= set(change)
        self.may_see_a_step |= len(self.missed) > MAX_LEVELS

    def catch_up(self, server: Server) -> None:
        """Note that it has everything, where that is so."""
        if self.room.is_empty and self.known == (server.epoch, server.seq):
            self.missed.clear()
            self.may_see_a_step = False

    def take(self, max_bytes: int) -> None:
        """Read what the room gives, through the very frames."""
        frames, _ = self.room.take(now_ns=0, max_bytes=max_bytes)
        for frame in frames:
            message = json.loads(frame[PREFIX_BYTES:])
            assert message[1] == self.subscription_id
            self.receive(message[-1])


class MergedBooksMachine(RuleBasedStateMachine):
    """A book, its owner with all its faults, and readers of an exact subscription and of a pattern."""

    def __init__(self) -> None:
        super().__init__()
        self.server = Server()
        self.changes = BookChanges(max_levels=MAX_LEVELS)
        self.readers = [Reader(WaitingRoom(WIRE, Pace()), subscription_id=1 + number // 2) for number in range(4)]
        self.last: dict[str, Any] = {}
        self.publish(self.server.begin())

    def publish(self, event: dict[str, Any], passed_over: frozenset[int] = frozenset()) -> None:
        """Let an event wait for everyone, once for each subscription, but for those that its filters leave out."""
        self.last = event
        for subscription_id in (1, 2):
            on_subscription = book_event(self.changes, event, subscription_id=subscription_id)
            for number, reader in enumerate(self.readers):
                if reader.subscription_id == subscription_id and number not in passed_over:
                    reader.room.offer(on_subscription)
                    reader.miss(change_of(event["payload"]) if event["type"] == "delta" else {})

    @rule(change=changes, count=st.sampled_from([1, 1, 1, 3]))
    def change(self, change: Book, count: int) -> None:
        """The book changes, and everyone is told."""
        self.publish(self.server.event(change, count))

    @rule(change=changes, passed_over=st.frozensets(readers, min_size=1, max_size=3))
    def change_for_some(self, change: Book, passed_over: frozenset[int]) -> None:
        """The book changes, and not everyone is told."""
        self.publish(self.server.event(change, 1), passed_over)
        for number in passed_over:
            self.readers[number].may_see_a_step = True

    @rule(change=changes)
    def change_untold(self, change: Book) -> None:
        """The owner loses an event."""
        self.server.event(change, 1)
        for reader in self.readers:
            reader.may_see_a_step = True

    @rule()
    def repeat(self) -> None:
        """The owner publishes its last event again."""
        self.publish(dict(self.last))

    @rule()
    def begin_epoch(self) -> None:
        """The owner starts anew."""
        self.publish(self.server.begin())

    @rule()
    def forget(self) -> None:
        """Nobody waits, and what the book told is forgotten."""
        for reader in self.readers:
            reader.take(EVERYTHING_BYTES)
        if all(reader.room.is_empty for reader in self.readers):
            self.changes = BookChanges(max_levels=MAX_LEVELS)

    @rule(number=readers, max_bytes=st.sampled_from([1, 150, 400, EVERYTHING_BYTES]))
    def read(self, number: int, max_bytes: int) -> None:
        """A reader's socket takes something."""
        self.readers[number].take(max_bytes)
        self.readers[number].catch_up(self.server)

    @rule(number=readers, background=st.booleans())
    def go_to_background(self, number: int, *, background: bool) -> None:
        """A reader goes to the background, or comes back."""
        self.readers[number].room.pace.ask(None, background=background)

    @rule(number=readers)
    def ask(self, number: int) -> None:
        """A reader that saw a step asks for the book."""
        reader = self.readers[number]
        if reader.known is None:
            reader.known, reader.book = (self.server.epoch, self.server.seq), self.server.book
            reader.catch_up(self.server)

    @invariant()
    def books_are_right(self) -> None:
        """Whoever saw no step has the book as it was after the event that it knows."""
        for reader in self.readers:
            if reader.known is not None:
                assert reader.book == self.server.history[reader.known]

    @invariant()
    def steps_have_reasons(self) -> None:
        """Nobody sees a step but who missed too many levels, or an event that was not for it, or was lost before."""
        assert all(reader.known is not None or reader.may_see_a_step for reader in self.readers)

    @invariant()
    def lanes_are_small(self) -> None:
        """However much has happened, a snapshot and one event wait."""
        for reader in self.readers:
            assert reader.room.waiting()["gapped"] <= len(["snapshot", "merged"])

    def teardown(self) -> None:
        """Whoever reads on has the book, or has seen a step, as soon as anything more happens."""
        self.publish(self.server.event({("bids", "7"): "1"}, 1))
        for reader in self.readers:
            reader.room.pace.ask(None, background=False)
            reader.take(EVERYTHING_BYTES)
            assert reader.room.is_empty
            assert reader.known in (None, (self.server.epoch, self.server.seq))
        self.books_are_right()


MergedBooksMachine.TestCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
TestMergedBooks: Any = MergedBooksMachine.TestCase
