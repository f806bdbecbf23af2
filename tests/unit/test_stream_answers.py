"""What an owner answers about its streams: checked arguments in, state or missed events out."""

import pytest

from components.contract.topics import Owner
from components.model.errors import CommandRejected, InvalidArgument, UnknownInstrument, UnknownTopic
from components.streams.answers import Ownership, StreamAnswers
from components.streams.stream import Streams

NOW_NS = 1_700_000_000_000_000_000
ORDERS, GONE = "tapecast.user.alice.orders", "tapecast.user.gone.orders"


def check(topic: str) -> None:
    """One topic that fits the contract does not exist."""
    if topic == GONE:
        raise UnknownInstrument("there is none")


@pytest.fixture
def streams() -> Streams:
    """One stream with two events."""
    streams = Streams(lambda: "e")
    for number in (1, 2):
        streams.open(ORDERS).append({"number": number}, ts_ns=NOW_NS)
    return streams


@pytest.fixture
def answers(streams: Streams) -> StreamAnswers:
    """The answers of `trading`, two seconds later."""
    ownership = Ownership(owner=Owner.TRADING, now_ns=lambda _topic: NOW_NS + 2_000_000_000, check=check)
    return StreamAnswers(streams, ownership)


def test_each_owner_answers_under_its_own_name(answers: StreamAnswers) -> None:
    """The router finds the three procedures under the owner's word."""
    assert set(answers.handlers()) == {
        "tapecast.trading.stream_get",
        "tapecast.trading.stream_resume",
        "tapecast.trading.stream_list",
    }


def test_a_snapshot_has_the_age_by_the_topics_clock(answers: StreamAnswers) -> None:
    """The state comes with its numbers, and how old it is."""
    snapshot = answers.stream_get(None, ORDERS)

    assert (snapshot["seq"], snapshot["payload"]) == (2, {"orders": [{"number": 1}, {"number": 2}]})
    assert snapshot["meta"] == {"age_ms": 2000}


def test_the_owner_can_say_what_the_state_is(streams: Streams) -> None:
    """A state of the owner's own takes the place of the last events."""
    ownership = Ownership(owner=Owner.TRADING, now_ns=lambda _topic: NOW_NS, state=lambda _topic: {"open": []})

    assert StreamAnswers(streams, ownership).stream_get(None, ORDERS)["payload"] == {"open": []}


def test_what_was_missed_is_told_or_the_state(answers: StreamAnswers) -> None:
    """Everything behind a known number comes as events; from another epoch, the snapshot takes their place."""
    resumed = answers.stream_resume(None, ORDERS, "e", 1)
    other = answers.stream_resume(None, ORDERS, "another", 1)

    assert resumed["recovered"] is True
    assert [event["seq"] for event in resumed["events"]] == [2]  # type: ignore[attr-defined] # a list of envelopes
    assert other == {"recovered": False, "snapshot": answers.stream_get(None, ORDERS)}


def test_streams_are_listed_below_a_prefix(answers: StreamAnswers) -> None:
    """A listing has the streams that there are, with their numbers."""
    assert [row["seq"] for row in answers.stream_list(None)] == [2]
    assert answers.stream_list(None, "tapecast.risk") == []


@pytest.mark.parametrize(
    ("topic", "epoch", "seq", "error"),
    [
        (7, "e", 0, InvalidArgument),
        (ORDERS, 7, 0, InvalidArgument),
        (ORDERS, "e", "0", InvalidArgument),
        (ORDERS, "e", True, InvalidArgument),
        (ORDERS, "e", -1, InvalidArgument),
        ("tapecast.price.BTCUSDT", "e", 0, UnknownTopic),
        ("tapecast.weather.London", "e", 0, UnknownTopic),
        (GONE, "e", 0, UnknownInstrument),
    ],
)
def test_what_makes_no_sense_is_refused(
    answers: StreamAnswers, streams: Streams, topic: object, epoch: object, seq: object, error: type[CommandRejected]
) -> None:
    """Wrong types, another owner's topics and topics that do not exist open no stream."""
    with pytest.raises(error):
        answers.stream_resume(None, topic, epoch, seq)
    assert len(streams.rows("")) == 1


def test_a_prefix_is_text(answers: StreamAnswers) -> None:
    """A prefix of another type is the caller's mistake."""
    with pytest.raises(InvalidArgument):
        answers.stream_list(None, 7)
