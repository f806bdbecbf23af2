"""What a client reads an event and an answer as."""

from typing import Any

import pytest
from tapecast_client.errors import MalformedEvent
from tapecast_client.events import Delivery, Match, read_delivery, read_event

from components.contract.envelope import EventType, envelope
from components.contract.topics import Delivery as OwnersDelivery

GOOD = {"type": "delta", "epoch": "a", "seq": 3, "ts": "t", "payload": {"x": 1}}


def test_an_envelope_of_the_gateway_is_an_event() -> None:
    """Everything that it tells is there, and what it leaves out is empty."""
    made = envelope(EventType.DELTA, epoch="a", seq=3, ts_ns=0, payload={"x": 1}, meta={"source": "sim"})

    event = read_event("tapecast.price.X", made)

    assert (event.topic, event.type, event.epoch, event.seq, event.first_seq) == (
        "tapecast.price.X",
        "delta",
        "a",
        3,
        3,
    )
    assert (event.ts, event.payload, event.meta) == ("1970-01-01T00:00:00.000000Z", {"x": 1}, {"source": "sim"})
    assert (event.correlation_id, event.is_state) == (None, False)
    assert read_event("t", GOOD).meta == {}


def test_a_merged_event_tells_where_it_begins() -> None:
    """It stands for all events from its first number to its last."""
    assert read_event("t", {**GOOD, "first_seq": 2}).first_seq == 2


@pytest.mark.parametrize(
    "wrong",
    [{"epoch": 5}, {"seq": "3"}, {"payload": None}, {"first_seq": 4}, {"first_seq": "x"}],
)
def test_what_is_no_envelope_is_refused(wrong: dict[str, Any]) -> None:
    """A client that guessed would not know where it is."""
    with pytest.raises(MalformedEvent):
        read_event("t", {**GOOD, **wrong})


def test_the_classes_are_the_gateways() -> None:
    """Each is read as what it is, and any other refused."""
    assert [read_delivery("t", {"delivery": one.value}).value for one in OwnersDelivery] == list(Delivery)
    for answer in ({}, {"delivery": "fast"}, {"delivery": None}):
        with pytest.raises(MalformedEvent):
            read_delivery("t", answer)


def test_the_matches_are_wamps() -> None:
    """By the names that a SUBSCRIBE has for them."""
    assert list(Match) == ["exact", "prefix"]
