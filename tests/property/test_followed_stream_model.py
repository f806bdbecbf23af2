"""A followed book against its owner's: whatever is lost, merged, doubled or overtaken, what counts is what was."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from components.contract.topics import Delivery
from components.trading.live.stream_follower import Event, Lost, Output, Phase, StreamFollower

Book = dict[str, int]

ENOUGH_FOR_AN_EPOCH = 8

changes = st.dictionaries(st.sampled_from("abc"), st.integers(0, 3), min_size=1)


class BookMachine(RuleBasedStateMachine):
    """An owner that publishes, a wire that loses and merges, and a follower that asks."""

    def __init__(self) -> None:
        """Begin with an empty book."""
        super().__init__()
        self.epochs = 1
        self.seq = 0
        self.book: Book = {}
        self.history: dict[tuple[str, int], Book] = {("e1", 0): {}}
        self.wire: list[Event] = []
        self.answer: Event | None = None
        self.follower = StreamFollower(Delivery.GAPPED)
        self.copy: Book | None = None
        self.place = ("", 0)

    @property
    def epoch(self) -> str:
        """The owner's epoch."""
        return f"e{self.epochs}"

    def publish(self, kind: str, payload: Book) -> None:
        """Number an event and send it."""
        self.seq += 1
        self.history[self.epoch, self.seq] = dict(self.book)
        self.wire.append({"type": kind, "epoch": self.epoch, "seq": self.seq, "payload": payload})

    @rule(batch=st.lists(changes, min_size=1, max_size=4))
    def change_book(self, batch: list[Book]) -> None:
        """Sizes change, absolutely; zero removes."""
        for change in batch:
            self.book = applied(self.book, change)
            self.publish("delta" if self.seq else "snapshot", change if self.seq else dict(self.book))

    @precondition(lambda self: self.seq >= ENOUGH_FOR_AN_EPOCH)
    @rule(book=changes)
    def begin_anew(self, book: Book) -> None:
        """Another epoch begins with a whole book."""
        self.epochs, self.seq = self.epochs + 1, 0
        self.history[self.epoch, 0] = {}
        self.book = applied({}, book)
        self.publish("snapshot", dict(self.book))

    @precondition(lambda self: self.wire)
    @rule(count=st.integers(1, 8), lost=st.sampled_from([0, 0, 0, 1, 2]), copies=st.sampled_from([1, 1, 2]))
    def deliver(self, count: int, lost: int, copies: int) -> None:
        """The oldest events arrive, some of them never, or twice."""
        arriving, self.wire = self.wire[lost : lost + count], self.wire[lost + count :]
        for event in arriving:
            for _ in range(copies):
                self.take(self.follower.receive(event))

    @precondition(lambda self: len(self.wire) > 1)
    @rule()
    def merge_newest(self) -> None:
        """What waits becomes one event where that can be."""
        first, second = self.wire[-2:]
        if first["epoch"] == second["epoch"] and first["type"] == second["type"] == "delta":
            merged = {**second, "first_seq": first.get("first_seq", first["seq"])}
            self.wire[-2:] = [{**merged, "payload": {**first["payload"], **second["payload"]}}]

    @precondition(lambda self: self.follower.phase is not Phase.LIVE)
    @rule()
    def ask(self) -> None:
        """The owner is asked, and answers; what it said to an earlier question never comes."""
        self.follower.ask()
        self.answer_later()

    @precondition(lambda self: self.answer is not None)
    @rule()
    def answer_later(self) -> None:
        """The owner answered later than it was asked."""
        self.answer = {"type": "snapshot", "epoch": self.epoch, "seq": self.seq, "payload": dict(self.book)}

    @precondition(lambda self: self.answer is not None)
    @rule(batch=st.lists(changes, max_size=3), count=st.integers(0, 3))
    def deliver_answer(self, batch: list[Book], count: int) -> None:
        """The answer arrives, before or after events that were sent before it and after."""
        assert self.answer is not None
        self.change_book(batch)
        self.deliver(count, 0, 1)
        answer, self.answer = self.answer, None
        self.take(self.follower.answer(answer))

    @precondition(lambda self: len(self.history) % 4 == 0)
    @rule()
    def lose(self) -> None:
        """The owner is said to be away."""
        self.take(self.follower.lose())

    @rule()
    def compare(self) -> None:
        """The owner is asked whether all is well."""
        state = {"epoch": self.epoch, "seq": self.seq, "payload": dict(self.book) or {"shown": 1}}
        self.take(self.follower.check(state))

    def take(self, outputs: list[Output]) -> None:
        """Keep a copy of the book by what is told."""
        for output in outputs:
            if isinstance(output, Lost):
                assert self.copy is not None
                self.copy = None
                continue
            event = output.event
            self.copy = applied({} if output.is_whole else self.copy, event["payload"])
            self.place = (event["epoch"], event["seq"])

    @invariant()
    def what_counts_is_what_was(self) -> None:
        """The copy is the owner's book as of its place, and there is one only while the topic is live."""
        assert (self.copy is not None) == (self.follower.phase is Phase.LIVE)
        if self.copy is not None:
            assert self.copy == self.history[self.place]

    def teardown(self) -> None:
        """Once all has arrived, one question is enough."""
        self.deliver(len(self.wire), 0, 1)
        if self.follower.phase is not Phase.LIVE:
            self.ask()
            self.deliver_answer([], 0)
            assert (self.copy, self.place) == (self.book, (self.epoch, self.seq))


def applied(book: Book | None, change: Book) -> Book:
    """A book after a change."""
    assert book is not None
    return {price: size for price, size in {**book, **change}.items() if size}


TestBook: Any = BookMachine.TestCase
TestBook.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
