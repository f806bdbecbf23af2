"""What a publisher has waiting, and the form in which it goes."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tapecast_client.errors import EventTooBig, InvalidArgument, QueueFull, Unavailable
from tapecast_client.intake_forms import IntakeForms
from tapecast_client.intake_queue import MAX_BATCH, MAX_EVENT_BYTES, Batch, IntakeQueue


class Kept(IntakeForms):
    """Keeps what is handed in."""

    def __init__(self) -> None:
        self.put: list[tuple[str, Any]] = []

    def _put(self, kind: str, event: Any) -> None:
        self.put.append((kind, event))

    def _next_sequence(self) -> int:
        return 1


def filled(*kinds: str, **options: Any) -> IntakeQueue:
    """A queue with an event of each of these kinds."""
    queue = IntakeQueue(**options)
    for number, kind in enumerate(kinds):
        queue.put(kind, {"n": number})
    return queue


def numbers(batch: Batch | None) -> list[int]:
    assert batch is not None
    return [event["n"] for event in batch.events]


def invalid(field: str | None) -> InvalidArgument:
    return InvalidArgument("tapecast.error.invalid_argument", message="", retry=False, details={"field": field})


def test_a_batch_ends_where_the_kind_changes() -> None:
    """A procedure takes one kind, and no event overtakes another."""
    queue = filled("trade", "trade", "quote", "trade")
    batches = []

    while (batch := queue.take()) is not None:
        batches.append((batch.kind, numbers(batch)))
        queue.accept()

    assert batches == [("trade", [0, 1]), ("quote", [2]), ("trade", [3])]


def test_there_is_one_batch_at_a_time() -> None:
    """A second one could overtake the first."""
    queue = filled("trade", "quote")
    queue.take()

    assert queue.take() is None


def test_an_empty_queue_has_no_batch() -> None:
    """There is nothing to hand in."""
    assert IntakeQueue().take() is None


def test_what_was_put_back_comes_again() -> None:
    """With whatever came behind it meanwhile."""
    queue = filled("trade", "trade")
    queue.take()
    queue.put("trade", {"n": 2})

    queue.put_back()

    assert numbers(queue.take()) == [0, 1, 2]


def test_a_batch_has_room_in_a_message() -> None:
    """By number and by size; an event that is too big for any batch goes alone."""
    many = filled(*["trade"] * (MAX_BATCH + 1))
    big = IntakeQueue()
    for size in (20_000, 20_000, 40_000, 1):
        big.put("book_snapshot", {"n": size, "x": "x" * size})

    assert len(numbers(many.take())) == MAX_BATCH
    assert numbers(big.take()) == [20_000]
    big.accept()
    assert numbers(big.take()) == [20_000]
    big.accept()
    assert numbers(big.take()) == [40_000]


def test_a_full_queue_takes_nothing() -> None:
    """Whoever hands in faster than the gateway takes is told so."""
    queue = filled("trade", "trade", max_waiting=2)

    with pytest.raises(QueueFull):
        queue.put("trade", {"n": 3})

    assert len(queue) == 2


def test_an_event_that_no_message_can_hold_is_not_taken() -> None:
    """The gateway would close the connection, and not let us come back."""
    queue = IntakeQueue()

    with pytest.raises(EventTooBig):
        queue.put("book_snapshot", {"bids": "x" * MAX_EVENT_BYTES})

    assert len(queue) == 0


def test_the_event_that_a_refusal_names_is_given_up() -> None:
    """The others of the batch go again, in order."""
    queue = filled(*["trade"] * 4)
    queue.take()

    assert queue.refuse(invalid("events[2].price")) == ({"n": 2},)
    assert numbers(queue.take()) == [0, 1, 3]


@pytest.mark.parametrize(
    "error",
    [
        invalid("venue"),
        invalid(None),
        invalid("events[9].price"),
        Unavailable("tapecast.error.unavailable", message="", retry=True, details={}),
    ],
)
def test_a_refusal_that_names_no_event_gives_up_the_batch(error: Exception) -> None:
    """What is behind the batch goes on."""
    queue = filled("trade", "trade", "quote")
    queue.take()

    assert queue.refuse(error) == ({"n": 0}, {"n": 1})
    assert numbers(queue.take()) == [2]


@given(
    st.lists(st.sampled_from(["trade", "quote", "book_delta"]), max_size=30),
    st.lists(st.sampled_from(["accept", "put_back"]), max_size=60),
)
def test_everything_is_handed_in_once_and_in_order(kinds: list[str], answers: list[str]) -> None:
    """However often a batch has to go again, what was accepted is what was put, in its order."""
    queue = filled(*kinds)
    accepted: list[int] = []

    for answer in [*answers, *["accept"] * len(kinds)]:
        batch = queue.take()
        if batch is None:
            break
        if answer == "accept":
            accepted += numbers(batch)
            queue.accept()
        else:
            queue.put_back()

    assert accepted == list(range(len(kinds)))


def test_each_kind_has_its_form() -> None:
    """Numbers as text, exact; what is not given is left out, and what there is not is None."""
    forms = Kept()

    forms.price("X", Decimal("1E+2"), bid="99.5", event_ts="t")
    forms.quote("X", bid=1, bid_size="2", ask="3", ask_size="4")
    forms.quote("X", bid=None, bid_size=None, ask="3", ask_size="4")
    forms.ticker("X", price="1", volume="5")
    forms.ticker("X", trades=7, event_ts="t", price="1")
    forms.trade("X", trade_id=5, price="1", quantity=Decimal("0.10"), side="buy")
    forms.book_snapshot("X", update_id=9, bids=[("1", "2")], asks=[])
    forms.book_delta("X", first_update_id=10, last_update_id=11, asks=[(Decimal(3), 0)])

    assert forms.put == [
        ("price", {"instrument": "X", "price": "100", "bid": "99.5", "event_ts": "t"}),
        ("quote", {"instrument": "X", "bid": "1", "bid_size": "2", "ask": "3", "ask_size": "4"}),
        ("quote", {"instrument": "X", "bid": None, "bid_size": None, "ask": "3", "ask_size": "4"}),
        ("ticker", {"instrument": "X", "price": "1", "volume": "5"}),
        ("ticker", {"instrument": "X", "price": "1", "event_ts": "t", "trades": 7}),
        ("trade", {"instrument": "X", "price": "1", "quantity": "0.10", "trade_id": "5", "side": "buy"}),
        ("book_snapshot", {"instrument": "X", "update_id": 9, "bids": [["1", "2"]], "asks": []}),
        (
            "book_delta",
            {"instrument": "X", "first_update_id": 10, "last_update_id": 11, "bids": [], "asks": [["3", "0"]]},
        ),
    ]


@pytest.mark.parametrize("number", [1.5, b"1"])
def test_what_is_not_exact_is_not_handed_in(number: Any) -> None:
    """A float has lost the number already."""
    with pytest.raises(TypeError):
        Kept().price("X", number)
    with pytest.raises(TypeError):
        Kept().book_delta("X", first_update_id=1, last_update_id=1, bids=[("1", number)])
