"""Numbers, epochs and snapshots of streams."""

import itertools

import pytest

from components.contract.envelope import EventType, Meta, Payload
from components.contract.topics import Delivery
from components.model.errors import UnknownTopic
from components.streams.journal import Entry
from components.streams.ring import RingLimits
from components.streams.stream import HISTORY_LENGTH, Stream, Streams, encoded

NOW_NS = 1_700_000_000_000_000_000
TS = "2023-11-14T22:13:20.000000Z"
TRADES = "tapecast.trades.binance.BTCUSDT"
QUOTE = "tapecast.quote.binance.BTCUSDT"
FILLS = "tapecast.user.alice.fills"


@pytest.fixture
def streams() -> Streams:
    """Streams whose epochs are e1, e2, ..."""
    names = (f"e{number}" for number in itertools.count(1))
    return Streams(lambda: next(names))


def payload(number: int) -> dict[str, object]:
    """A numbered payload of a market topic."""
    return {"instrument": "BTCUSDT", "venue": "binance", "number": number}


def append(
    streams: Streams, topic: str, payload: Payload, *, ts_ns: int, meta: Meta | None = None
) -> dict[str, object]:
    """One event of a topic as clients get it."""
    return streams.open(topic).append(payload, ts_ns=ts_ns, meta=meta)


def stream_of(streams: Streams, topic: str) -> Stream:
    """The stream of a topic that has one."""
    stream = streams.get(topic)
    assert stream is not None
    return stream


def test_the_first_event_is_a_snapshot_and_the_rest_are_deltas(streams: Streams) -> None:
    """Events are numbered from one in steps of one, in the epoch of their stream."""
    events = [append(streams, QUOTE, payload(number), ts_ns=NOW_NS, meta={"source": "b"}) for number in range(3)]

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
    append(streams, QUOTE, payload(1), ts_ns=NOW_NS)

    event = append(streams, TRADES, payload(1), ts_ns=NOW_NS)

    assert (event["epoch"], event["seq"]) == ("e2", 1)
    assert [row["topic"] for row in streams.rows("")] == [QUOTE, TRADES]


def test_a_skip_leaves_a_hole(streams: Streams) -> None:
    """Numbers of lost events are not used again."""
    append(streams, TRADES, payload(1), ts_ns=NOW_NS)
    streams.open(TRADES).skip(3)

    assert append(streams, TRADES, payload(2), ts_ns=NOW_NS)["seq"] == 5


def test_a_new_epoch_begins_with_a_snapshot_and_one(streams: Streams) -> None:
    """Chosen streams start anew under a new name; others go on."""
    append(streams, QUOTE, payload(1), ts_ns=NOW_NS)
    append(streams, TRADES, payload(1), ts_ns=NOW_NS)

    streams.begin_epoch(lambda topic: topic == QUOTE)

    assert stream_of(streams, QUOTE).last is None
    quote = append(streams, QUOTE, payload(2), ts_ns=NOW_NS)
    trade = append(streams, TRADES, payload(2), ts_ns=NOW_NS)
    assert (quote["type"], quote["epoch"], quote["seq"]) == ("snapshot", "e3", 1)
    assert (trade["type"], trade["epoch"], trade["seq"]) == ("delta", "e2", 2)


def test_a_conflated_stream_keeps_the_newest(streams: Streams) -> None:
    """The snapshot of a conflated topic is its last event, with the topic's delivery and the age."""
    for number in (1, 2):
        append(streams, QUOTE, payload(number), ts_ns=NOW_NS, meta={"source": "binance"})

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
        append(streams, TRADES, payload(number), ts_ns=NOW_NS)

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
    append(streams, "tapecast.risk.alerts", {"alert_id": "1"}, ts_ns=NOW_NS)

    assert stream_of(streams, "tapecast.risk.alerts").snapshot(now_ns=NOW_NS)["payload"] == {
        "alerts": [{"alert_id": "1"}]
    }


def test_a_clock_that_goes_back_makes_no_negative_age(streams: Streams) -> None:
    """A state is never younger than now."""
    append(streams, QUOTE, payload(1), ts_ns=NOW_NS)

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
    assert append(streams, topic, payload(1), ts_ns=NOW_NS)["epoch"] == "e1"


def test_a_topic_outside_the_contract_is_no_stream(streams: Streams) -> None:
    """Nothing can be published, skipped or opened on a topic that does not exist."""
    with pytest.raises(UnknownTopic):
        append(streams, "tapecast.weather.London", {}, ts_ns=NOW_NS)
    with pytest.raises(UnknownTopic):
        streams.open("tapecast.quote.BINANCE.BTCUSDT")
    with pytest.raises(UnknownTopic):
        streams.open("tapecast.quote")
    assert streams.get(QUOTE) is None
    assert streams.rows("") == []


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


def test_who_was_away_is_told_all_that_followed(streams: Streams) -> None:
    """From a number of the epoch on, every event is told as it was published."""
    events = [append(streams, TRADES, payload(number), ts_ns=NOW_NS, meta={"source": "b"}) for number in range(4)]

    assert stream_of(streams, TRADES).since("e1", 2, now_ns=NOW_NS) == events[2:]
    assert stream_of(streams, TRADES).since("e1", 4, now_ns=NOW_NS) == []


def test_of_a_conflated_stream_the_newest_is_told(streams: Streams) -> None:
    """Each of its events is complete in itself, so that the others are not missed."""
    events = [append(streams, QUOTE, payload(number), ts_ns=NOW_NS) for number in range(4)]

    assert stream_of(streams, QUOTE).since("e1", 1, now_ns=NOW_NS) == events[3:]
    assert stream_of(streams, QUOTE).since("e1", 4, now_ns=NOW_NS) == []
    assert streams.open("tapecast.price.BTCUSDT").since("e2", 0, now_ns=NOW_NS) == []


@pytest.mark.parametrize("topic", [QUOTE, TRADES])
def test_what_is_not_of_this_epoch_cannot_be_told(streams: Streams, topic: str) -> None:
    """Another epoch's number, or one that nobody was given yet, leads nowhere."""
    append(streams, topic, payload(1), ts_ns=NOW_NS)

    assert stream_of(streams, topic).since("e0", 1, now_ns=NOW_NS) is None
    assert stream_of(streams, topic).since("e1", 2, now_ns=NOW_NS) is None


def test_a_hole_cannot_be_told(streams: Streams) -> None:
    """Where numbers were consumed without events, only who knows of the hole's end gets the rest."""
    append(streams, TRADES, payload(1), ts_ns=NOW_NS)
    streams.open(TRADES).skip(2)
    event = append(streams, TRADES, payload(2), ts_ns=NOW_NS)

    stream = stream_of(streams, TRADES)
    assert stream.since("e1", 1, now_ns=NOW_NS) is None
    assert stream.since("e1", 2, now_ns=NOW_NS) is None
    assert stream.since("e1", 3, now_ns=NOW_NS) == [event]


def test_an_owner_can_tell_the_state_itself(streams: Streams) -> None:
    """A state that is not the last events goes into the snapshot with the numbers and the age of the stream."""
    append(streams, TRADES, payload(1), ts_ns=NOW_NS, meta={"source": "b"})

    snapshot = stream_of(streams, TRADES).snapshot(now_ns=NOW_NS, state={"bids": []})

    assert (snapshot["seq"], snapshot["payload"]) == (1, {"bids": []})
    assert snapshot["meta"] == {"source": "b", "age_ms": 0}


def test_an_event_can_be_of_a_type_of_its_own(streams: Streams) -> None:
    """A sign of life is not taken for a change."""
    event = streams.open(QUOTE).append(payload(1), ts_ns=NOW_NS, event_type=EventType.HEARTBEAT)

    assert event["type"] == "heartbeat"


def test_the_first_event_of_an_epoch_is_a_snapshot_even_where_it_is_an_alert(streams: Streams) -> None:
    """Whoever sees a new epoch can tell where it begins."""
    stream = streams.open("tapecast.risk.alerts")

    types = [stream.append(payload(1), ts_ns=NOW_NS, event_type=EventType.ALERT)["type"] for _ in range(2)]
    stream.begin("e9")
    types.append(stream.append(payload(1), ts_ns=NOW_NS, event_type=EventType.ALERT)["type"])

    assert types == ["snapshot", "alert", "snapshot"]


def entry(topic: str, epoch: str, seq: int, body: bytes | None = None) -> Entry:
    """One entry of a journal."""
    return Entry(position=1, topic=topic, epoch=epoch, seq=seq, ts_ns=NOW_NS, body=body, is_conflated=topic == QUOTE)


@pytest.mark.parametrize("topic", [QUOTE, TRADES, FILLS])
def test_a_stream_goes_on_where_its_journal_ends(streams: Streams, topic: str) -> None:
    """Number, epoch, snapshot and what can be told again are as they were in the process before."""
    meta: Meta = {"source": "b"}
    events = [streams.open(topic).append(payload(number), ts_ns=NOW_NS, meta=meta) for number in range(3)]
    again = Streams(lambda: "new")

    for number, event in enumerate(events, start=1):
        assert again.restore(entry(topic, "e1", number, encoded(event)))

    before, after = stream_of(streams, topic), stream_of(again, topic)
    assert after.snapshot(now_ns=NOW_NS) == before.snapshot(now_ns=NOW_NS)
    assert after.since("e1", 1, now_ns=NOW_NS) == before.since("e1", 1, now_ns=NOW_NS) is not None
    assert append(again, topic, payload(4), ts_ns=NOW_NS)["seq"] == 4


def test_a_journal_that_begins_in_the_middle_tells_no_more_than_it_has(streams: Streams) -> None:
    """What was let go, what was skipped and what was before a new epoch cannot be told again."""
    body = encoded(streams.open(TRADES).append(payload(1), ts_ns=NOW_NS))
    stream = streams.open("tapecast.trades.sim.ETHUSDT")

    stream.restore(entry(stream.topic, "old", 7, body))
    assert (stream.since("old", 5, now_ns=NOW_NS), len(stream.since("old", 6, now_ns=NOW_NS) or ())) == (None, 1)
    stream.restore(entry(stream.topic, "old", 9))
    assert (stream.since("old", 6, now_ns=NOW_NS), stream.since("old", 9, now_ns=NOW_NS)) == (None, [])
    stream.restore(entry(stream.topic, "younger", 0))
    assert (stream.epoch, stream.seq, stream.last) == ("younger", 0, None)


def test_what_was_restored_is_stale_until_an_event_comes(streams: Streams) -> None:
    """A snapshot of what an earlier process told says that nobody has vouched for it since; the event stays."""
    meta: dict[str, object] = {"source": "sim", "quality": "live"}
    before = streams.open(QUOTE)
    body = encoded(before.append({"bid": "1"}, ts_ns=1, meta=meta))
    again = Streams(str)
    again.restore(entry(QUOTE, before.epoch, 1, body))
    stream = again.open(QUOTE)

    restored = stream.snapshot(now_ns=1)["meta"]
    told = stream.since(before.epoch, 0, now_ns=1)
    stream.append({"bid": "2"}, ts_ns=2, meta=meta)

    assert restored == {"source": "sim", "quality": "stale", "age_ms": 0}
    assert told is not None
    assert told[0]["meta"] == meta
    assert stream.snapshot(now_ns=2)["meta"] == {"source": "sim", "quality": "live", "age_ms": 0}


def test_what_was_restored_without_a_quality_is_as_it_was(streams: Streams) -> None:
    """Nobody vouched for it before either."""
    event = streams.open(FILLS).append(payload(1), ts_ns=1)
    again = Streams(str)
    again.restore(entry(FILLS, "e1", 1, encoded(event)))

    assert again.open(FILLS).snapshot(now_ns=NOW_NS + 1)["meta"] == {"age_ms": 0}


@pytest.mark.parametrize("topic", [QUOTE, TRADES, FILLS])
def test_an_entry_tells_where_a_stream_is(streams: Streams, topic: str) -> None:
    """With the event that was numbered last, or without one where numbers were consumed."""
    stream = streams.open(topic)
    event = stream.append(payload(1), ts_ns=NOW_NS)

    written = stream.entry(7, event)
    stream.skip(2)

    assert written == Entry(
        position=7, topic=topic, epoch="e1", seq=1, ts_ns=NOW_NS, body=encoded(event), is_conflated=topic == QUOTE
    )
    mark = stream.entry(8, None)
    assert (mark.position, mark.seq, mark.body) == (8, 3, None)


def test_an_event_that_no_ring_can_hold_is_in_the_entry() -> None:
    """What is too large for those who resume is written all the same."""
    stream = Streams(lambda: "e1", limits=RingLimits(size_bytes=10)).open(FILLS)
    event = stream.append(payload(1), ts_ns=NOW_NS)

    assert stream.entry(1, event).body == encoded(event)
    assert stream.since("e1", 0, now_ns=NOW_NS) is None
    assert stream.payloads == (payload(1),)


def test_a_topic_that_is_no_more_is_not_restored(streams: Streams) -> None:
    """A journal of another version may have topics that the contract has lost."""
    assert not streams.restore(entry("tapecast.weather.London", "e", 1))
    assert streams.rows("") == []


def test_a_stream_that_is_forgotten_begins_anew(streams: Streams) -> None:
    """Nothing is left of it, and its next event is the first of a new epoch; others go on."""
    append(streams, TRADES, payload(1), ts_ns=NOW_NS)
    append(streams, QUOTE, payload(1), ts_ns=NOW_NS)

    streams.forget(TRADES.__eq__)

    assert [row["topic"] for row in streams.rows("")] == [QUOTE]
    event = append(streams, TRADES, payload(2), ts_ns=NOW_NS)
    assert (event["type"], event["epoch"], event["seq"]) == ("snapshot", "e3", 1)
    assert stream_of(streams, TRADES).since("e1", 0, now_ns=NOW_NS) is None
