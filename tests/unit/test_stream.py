"""Numbers, epochs and snapshots of streams."""

import itertools

import pytest

from components.contract.topics import Delivery
from components.model.errors import UnknownTopic
from components.streams.stream import HISTORY_LENGTH, Stream, Streams

NOW_NS = 1_700_000_000_000_000_000
TS = "2023-11-14T22:13:20.000000Z"
TRADES = "tapecast.trades.binance.BTCUSDT"
QUOTE = "tapecast.quote.binance.BTCUSDT"


@pytest.fixture
def streams() -> Streams:
    """Streams whose epochs are e1, e2, ..."""
    names = (f"e{number}" for number in itertools.count(1))
    return Streams(lambda: next(names))


def payload(number: int) -> dict[str, object]:
    """A numbered payload of a market topic."""
    return {"instrument": "BTCUSDT", "venue": "binance", "number": number}


def stream_of(streams: Streams, topic: str) -> Stream:
    """The stream of a topic that has one."""
    stream = streams.get(topic)
    assert stream is not None
    return stream


def test_the_first_event_is_a_snapshot_and_the_rest_are_deltas(streams: Streams) -> None:
    """Events are numbered from one in steps of one, in the epoch of their stream."""
    events = [streams.append(QUOTE, payload(number), ts_ns=NOW_NS, meta={"source": "b"}) for number in range(3)]

    assert [(event["type"], event["epoch"], event["seq"]) for event in events] == [
        ("snapshot", "e1", 1),
        ("delta", "e1", 2),
        ("delta", "e1", 3),
    ]
    assert events[0] == {
        "type": "snapshot",
        "epoch": "e1",
        "seq": 1,
        "ts": TS,
        "payload": payload(0),
        "meta": {"source": "b"},
    }


def test_each_topic_has_numbers_of_its_own(streams: Streams) -> None:
    """An event of one topic does not count on another."""
    streams.append(QUOTE, payload(1), ts_ns=NOW_NS)

    event = streams.append(TRADES, payload(1), ts_ns=NOW_NS)

    assert (event["epoch"], event["seq"]) == ("e2", 1)
    assert [stream.topic for stream in streams] == [QUOTE, TRADES]
    assert len(streams) == 2


def test_a_skip_leaves_a_hole(streams: Streams) -> None:
    """Numbers of lost events are not used again."""
    streams.append(TRADES, payload(1), ts_ns=NOW_NS)
    streams.skip(TRADES, 3)

    assert streams.append(TRADES, payload(2), ts_ns=NOW_NS)["seq"] == 5


def test_a_new_epoch_begins_with_a_snapshot_and_one(streams: Streams) -> None:
    """Chosen streams start anew under a new name; others go on."""
    streams.append(QUOTE, payload(1), ts_ns=NOW_NS)
    streams.append(TRADES, payload(1), ts_ns=NOW_NS)

    streams.begin_epoch(lambda topic: topic == QUOTE)

    assert stream_of(streams, QUOTE).last is None
    quote = streams.append(QUOTE, payload(2), ts_ns=NOW_NS)
    trade = streams.append(TRADES, payload(2), ts_ns=NOW_NS)
    assert (quote["type"], quote["epoch"], quote["seq"]) == ("snapshot", "e3", 1)
    assert (trade["type"], trade["epoch"], trade["seq"]) == ("delta", "e2", 2)


def test_all_streams_begin_anew_unless_some_are_chosen(streams: Streams) -> None:
    """Without a choice no stream keeps its epoch."""
    for topic in (QUOTE, TRADES):
        streams.append(topic, payload(1), ts_ns=NOW_NS)

    streams.begin_epoch()

    assert {(stream.epoch, stream.seq) for stream in streams} == {("e3", 0), ("e4", 0)}


def test_a_conflated_stream_keeps_the_newest(streams: Streams) -> None:
    """The snapshot of a conflated topic is its last event, with the topic's delivery and the age."""
    for number in (1, 2):
        streams.append(QUOTE, payload(number), ts_ns=NOW_NS, meta={"source": "binance"})

    assert stream_of(streams, QUOTE).snapshot(now_ns=NOW_NS + 1_999_999) == {
        "type": "snapshot",
        "epoch": "e1",
        "seq": 2,
        "ts": TS,
        "payload": payload(2),
        "meta": {"source": "binance", "age_ms": 1},
        "delivery": "conflated",
    }


def test_a_snapshot_of_trades_lists_the_last_hundred(streams: Streams) -> None:
    """Any other topic's snapshot lists its last events under the topic's own word."""
    for number in range(HISTORY_LENGTH + 5):
        streams.append(TRADES, payload(number), ts_ns=NOW_NS)

    snapshot = stream_of(streams, TRADES).snapshot(now_ns=NOW_NS)

    assert snapshot["seq"] == HISTORY_LENGTH + 5
    assert snapshot["delivery"] == "gapped"
    assert snapshot["payload"] == {
        "instrument": "BTCUSDT",
        "venue": "binance",
        "trades": [payload(number) for number in range(5, HISTORY_LENGTH + 5)],
    }
    assert stream_of(streams, TRADES).payloads[0] == payload(5)


def test_a_snapshot_of_a_topic_without_a_venue_names_none(streams: Streams) -> None:
    """Only the words that the events have are said of them together."""
    streams.append("tapecast.risk.alerts", {"alert_id": "1"}, ts_ns=NOW_NS)

    assert stream_of(streams, "tapecast.risk.alerts").snapshot(now_ns=NOW_NS)["payload"] == {
        "alerts": [{"alert_id": "1"}]
    }


def test_a_clock_that_goes_back_makes_no_negative_age(streams: Streams) -> None:
    """A state is never younger than now."""
    streams.append(QUOTE, payload(1), ts_ns=NOW_NS)

    assert stream_of(streams, QUOTE).snapshot(now_ns=NOW_NS - 5_000_000)["meta"] == {"age_ms": 0}


@pytest.mark.parametrize(("topic", "delivery"), [(QUOTE, Delivery.CONFLATED), (TRADES, Delivery.GAPPED)])
def test_an_opened_stream_is_empty_and_goes_on_with_its_first_event(
    streams: Streams, topic: str, delivery: Delivery
) -> None:
    """Before anything came a snapshot says number zero and nothing, in the epoch of what comes."""
    stream = streams.open(topic)

    assert stream.snapshot(now_ns=NOW_NS) == {
        "type": "snapshot",
        "epoch": "e1",
        "seq": 0,
        "ts": TS,
        "payload": {},
        "delivery": delivery.value,
    }
    assert streams.open(topic) is stream
    assert streams.append(topic, payload(1), ts_ns=NOW_NS)["epoch"] == "e1"


def test_a_topic_outside_the_contract_is_no_stream(streams: Streams) -> None:
    """Nothing can be published, skipped or opened on a topic that does not exist."""
    with pytest.raises(UnknownTopic):
        streams.append("tapecast.weather.London", {}, ts_ns=NOW_NS)
    with pytest.raises(UnknownTopic):
        streams.skip("tapecast.quote.BINANCE.BTCUSDT", 1)
    with pytest.raises(UnknownTopic):
        streams.open("tapecast.quote")
    assert streams.get(QUOTE) is None
    assert len(streams) == 0


@pytest.mark.parametrize(
    ("prefix", "topics"),
    [
        ("", ["tapecast.price.BTCUSDT", "tapecast.trades.binance.BTCUSDT"]),
        ("tapecast.price", ["tapecast.price.BTCUSDT"]),
        ("tapecast.price.", ["tapecast.price.BTCUSDT"]),
        ("tapecast.price.BTCUSDT", ["tapecast.price.BTCUSDT"]),
        ("tapecast.pri", []),
    ],
)
def test_rows_are_below_whole_components(prefix: str, topics: list[str]) -> None:
    """A prefix lists the topic that it is and those below it, and no word that only begins like its last."""
    streams = Streams(lambda: "e")
    for topic in ("tapecast.price.BTCUSDT", "tapecast.trades.binance.BTCUSDT"):
        streams.open(topic)

    rows = streams.rows(prefix)

    assert [row["topic"] for row in rows] == topics
    assert all((row["epoch"], row["seq"]) == ("e", 0) for row in rows)
