"""Events as they are written: each wire's own bytes, once, and what Autobahn would have written."""

import struct
from typing import Any

import attrs
import pytest
from autobahn.wamp import message
from autobahn.wamp.serializer import CBORSerializer, JsonSerializer, MsgPackSerializer
from hypothesis import given
from hypothesis import strategies as st

from components.contract.topics import Delivery
from router.book_changes import BookChanges, Place
from router.events import _REMEMBERED_MERGES, Event, Publication, WireFormat
from router.serializers import RAWSOCKET_WIRES, WEBSOCKET_WIRES
from tests.support.book_events import book_event, delta

TOPIC = "tapecast.price.BTCUSDT"
SERIALIZERS = {"json": JsonSerializer(), "msgpack": MsgPackSerializer(), "cbor": CBORSerializer()}
LARGEST_ID = 2**53

names = st.sampled_from(sorted(SERIALIZERS))
ids = st.integers(1, LARGEST_ID) | st.sampled_from([1, 127, 128, 255, 256, 65_535, 65_536, 2**32, LARGEST_ID])
scalars = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
values = st.recursive(
    scalars | texts | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
positional = st.none() | st.lists(values, max_size=3)
named = st.none() | st.dictionaries(texts, values, max_size=3)


def publish(
    args: list[Any] | None = None, kwargs: dict[str, Any] | None = None, publication_id: int = 7
) -> Publication:
    """A publication on one topic."""
    return Publication(TOPIC, publication_id, args, kwargs, delivery=Delivery.LOSSLESS, family="price", published_ns=0)


def payload_of(frame: bytes) -> bytes:
    """What is in a server's frame, which has to be the whole and nothing more."""
    length, start = frame[1], 2
    if length == 126:
        (length,), start = struct.unpack("!H", frame[2:4]), 4
    elif length == 127:
        (length,), start = struct.unpack("!Q", frame[2:10]), 10
    assert len(frame) == start + length
    return frame[start:]


def read(name: str, frame: bytes) -> Any:
    """The message in a frame, by Autobahn's own serializer."""
    (read_message,) = SERIALIZERS[name].unserialize(payload_of(frame))
    return read_message


def told(event: Any) -> tuple[Any, ...]:
    """What an EVENT tells its receiver; no arguments are as good as an empty list of them."""
    return event.subscription, event.publication, event.topic, event.args or None, event.kwargs or None


@given(names, ids, ids, positional, named, st.booleans())
def test_an_event_is_what_autobahn_would_write(
    name: str,
    subscription_id: int,
    publication_id: int,
    args: list[Any] | None,
    kwargs: dict[str, Any] | None,
    is_pattern: bool,  # noqa: FBT001 - drawn
) -> None:
    """In every encoding, with all forms of arguments, an exact subscription's event and a pattern's read alike."""
    topic = TOPIC if is_pattern else None
    autobahns = message.Event(subscription_id, publication_id, args=args, kwargs=kwargs, topic=topic)
    payload, _is_binary = SERIALIZERS[name].serialize(autobahns)
    (expected,) = SERIALIZERS[name].unserialize(payload)

    event = Event(publish(args, kwargs, publication_id), subscription_id, names_topic=is_pattern)

    assert told(read(name, event.frame(WEBSOCKET_WIRES[name]))) == told(expected)


@pytest.mark.parametrize("size", [0, 1, 60, 80, 120, 130, 65_400, 65_500, 65_536, 70_000])
@pytest.mark.parametrize("name", sorted(SERIALIZERS))
def test_events_of_any_size_are_whole(name: str, size: int) -> None:
    """A payload of any length comes out of its frame as it went in."""
    event = Event(publish(["x" * size], {"payload": "y" * size}), 1, names_topic=True)

    assert told(read(name, event.frame(WEBSOCKET_WIRES[name]))) == (1, 7, TOPIC, ["x" * size], {"payload": "y" * size})


@pytest.mark.parametrize("name", sorted(SERIALIZERS))
def test_no_positional_arguments_before_named_ones_are_an_empty_list(name: str) -> None:
    """WAMP has a list there, and a client need not expect anything else."""
    event = Event(publish(None, {"seq": 1}), 1, names_topic=False)

    assert read(name, event.frame(WEBSOCKET_WIRES[name])).args == []


@pytest.mark.parametrize(("name", "first_byte"), [("json", 0x81), ("msgpack", 0x82), ("cbor", 0x82)])
def test_json_is_text_and_the_others_are_binary(name: str, first_byte: int) -> None:
    """The kind of frame is the subprotocol's."""
    assert Event(publish(), 1, names_topic=False).frame(WEBSOCKET_WIRES[name])[0] == first_byte


@pytest.mark.parametrize("name", sorted(SERIALIZERS))
def test_rawsocket_carries_the_same_messages(name: str) -> None:
    """The transports differ in their frames alone."""
    event = Event(publish([1], {"seq": 2}), 1, names_topic=True)

    raw = event.frame(RAWSOCKET_WIRES[name])

    assert raw[:4] == struct.pack("!I", len(raw) - 4)
    assert raw[4:] == payload_of(event.frame(WEBSOCKET_WIRES[name]))


def counting(name: str) -> tuple[WireFormat, list[Any]]:
    """A wire of a name, and a list of all values that it encodes."""
    encoded: list[Any] = []
    real = WEBSOCKET_WIRES[name]

    def encode(value: Any) -> bytes:
        encoded.append(value)
        return real.encoding.encode(value)

    encoding = attrs.evolve(real.encoding, encode=encode)
    return WireFormat(encoding, real.frame), encoded


def test_arguments_are_encoded_once_for_all_subscriptions() -> None:
    """However many subscriptions and connections an event goes to, each encoding writes its arguments once."""
    wire, encoded = counting("json")
    other = WireFormat(wire.encoding, RAWSOCKET_WIRES["json"].frame)
    publication = publish([1], {"seq": 2})

    for subscription_id in range(1, 4):
        event = Event(publication, subscription_id, names_topic=False)
        assert event.frame(wire) is event.frame(wire)
        assert told(read("json", event.frame(wire)))[0] == subscription_id
        event.frame(other)

    assert encoded == [[1], {"seq": 2}]


@pytest.mark.parametrize(
    ("name", "value"),
    [("json", float("nan")), ("json", "\ud800"), ("msgpack", 2**70), ("msgpack", "\ud800"), ("json", object())],
)
def test_what_has_no_form_raises(name: str, value: object) -> None:
    """An encoding that cannot write a value says so, and another can still write it or say so itself."""
    event = Event(publish(None, {"payload": value}), 1, names_topic=False)

    for _ in range(2):
        with pytest.raises((ValueError, TypeError, OverflowError)):
            event.frame(WEBSOCKET_WIRES[name])


def test_one_encodings_failure_is_not_anothers() -> None:
    """What MessagePack has no form for is written in CBOR."""
    event = Event(publish(None, {"payload": 2**70}), 1, names_topic=False)

    with pytest.raises(OverflowError):
        event.frame(WEBSOCKET_WIRES["msgpack"])

    assert read("cbor", event.frame(WEBSOCKET_WIRES["cbor"])).kwargs == {"payload": 2**70}


def test_the_lane_is_the_subscription_and_the_topic() -> None:
    """Events of one topic on two subscriptions wait apart."""
    publication = publish()

    assert [Event(publication, number, names_topic=True).key for number in (1, 2)] == [(1, TOPIC), (2, TOPIC)]


def test_an_event_that_is_not_merged_has_no_place() -> None:
    """Of all but books each event stands for itself."""
    publication = publish(None, delta(1))

    assert publication.place is None
    assert not publication.reaches(Place("e", 1, 1))
    assert publication.merged_since(Place("e", 1, 1)) is publication


@pytest.mark.parametrize("subscription_id", [1, 2])
def test_a_merged_event_is_written_as_one_of_its_subscription(subscription_id: int) -> None:
    """Everything around the levels is the newest event's, its topic for a pattern too."""
    changes = BookChanges()
    first = book_event(changes, delta(1, bids={"7": "1"}), subscription_id=subscription_id)
    newest = book_event(changes, delta(2, bids={"8": "2"}), subscription_id=subscription_id, at_ns=9)
    place = first.publication.place
    assert place is not None
    assert newest.publication.place == Place("e", 2, 2)
    assert newest.publication.reaches(place)

    merged = newest.merged_since(place)

    one, two = (read("json", event.frame(WEBSOCKET_WIRES["json"])) for event in (newest, merged))
    assert two.kwargs == {
        **one.kwargs,
        "first_seq": 1,
        "payload": {**one.kwargs["payload"], "bids": [["7", "1"], ["8", "2"]]},
    }
    assert told(two)[:2] == told(one)[:2]
    assert two.topic == one.topic
    assert (merged.key, merged.publication.published_ns) == (newest.key, 9)


def test_all_who_began_to_wait_together_get_the_same_bytes() -> None:
    """A merged event is made once for them, and not kept for any number of beginnings."""
    changes = BookChanges()
    places = [book_event(changes, delta(seq)).publication.place for seq in range(1, _REMEMBERED_MERGES + 3)]
    newest = book_event(changes, delta(_REMEMBERED_MERGES + 3))
    assert newest.publication.place is not None

    merged = [newest.merged_since(place) for place in places if place is not None]

    assert newest.merged_since(places[-1] or newest.publication.place) is merged[-1]
    assert newest.merged_since(places[0] or newest.publication.place) is not merged[0]
    assert max(len(newest._merged), len(newest.publication._merged)) <= _REMEMBERED_MERGES


def test_a_merge_is_made_once_for_all_subscriptions() -> None:
    """Each subscription's event has a head of its own, and the same arguments; where a merge is lost, both go alone."""
    changes = BookChanges()
    place = book_event(changes, delta(1)).publication.place
    newest = book_event(changes, delta(2))
    assert place is not None
    assert newest.publication.place is not None
    other = Event(newest.publication, 2, names_topic=True)

    assert newest.merged_since(place).publication is other.merged_since(place).publication
    assert newest.merged_since(Place("e", 0, 0)) is newest
