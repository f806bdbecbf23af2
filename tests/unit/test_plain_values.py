"""What a client may put into a message, whichever serializer it speaks."""

import datetime as dt
import decimal
from typing import Any

import cbor2
import msgpack
import pytest
from autobahn.wamp.exception import ProtocolError
from hypothesis import given
from hypothesis import strategies as st

from router.plain_values import LARGEST_INTEGER, SMALLEST_INTEGER, check_plain
from router.serializers import client_serializers, process_serializers

JSON, MSGPACK, CBOR = client_serializers()
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(SMALLEST_INTEGER, LARGEST_INTEGER)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def call(argument: Any) -> list[Any]:
    return [48, 1, {}, "tapecast.market.get_price", [argument]]


@given(PLAIN)
def test_plain_values_reach_the_owner_unchanged(value: Any) -> None:
    """What a client may send is what the owner reads, from either binary serializer to the one between processes."""
    between = process_serializers()[1]

    for serializer, pack in ((CBOR, cbor2.dumps), (MSGPACK, msgpack.packb)):
        (received,) = serializer.unserialize(pack(call(value)), isBinary=True)
        assert received.args == [value]
        (passed_on,) = between.unserialize(between.serialize(received)[0], isBinary=True)
        assert passed_on.args == [value]


@pytest.mark.parametrize(
    "value",
    [
        {1: 1},
        {None: 1},
        {b"x": 1},
        {"deep": [{1.5: 1}]},
        LARGEST_INTEGER + 1,
        SMALLEST_INTEGER - 1,
        decimal.Decimal("1.5"),
        {1, 2},
        dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        cbor2.undefined,
        cbor2.CBORTag(6000, "x"),
    ],
    ids=repr,
)
def test_other_values_of_cbor_are_refused(value: Any) -> None:
    """A value that some serializer cannot write, or the owner's cannot read, goes nowhere."""
    with pytest.raises(ProtocolError):
        CBOR.unserialize(cbor2.dumps(call(value)), isBinary=True)


@pytest.mark.parametrize("value", [{b"x": 1}, msgpack.ExtType(5, b"x"), msgpack.Timestamp(1)], ids=repr)
def test_other_values_of_msgpack_are_refused(value: Any) -> None:
    """Extension types mean nothing to those who speak JSON."""
    with pytest.raises(ProtocolError):
        MSGPACK.unserialize(msgpack.packb(call(value)), isBinary=True)


def nested_names(depth: int) -> bytes:
    """CBOR of a list of a list and of that list again by name, so deep: 2 to the power of `depth` values."""

    def level(number: int) -> bytes:
        if number == depth:
            return b"\xd8\x1c\x82\x01\x01"
        return b"\xd8\x1c\x82" + level(number + 1) + b"\xd8\x1d" + cbor2.dumps(number + 1)

    return level(0)


@pytest.mark.parametrize("depth", [8, 20, 60])
def test_names_of_earlier_values_are_refused_before_they_are_followed(depth: int) -> None:
    """A short message that would be gigabytes when written out is refused as fast as it is read."""
    head = cbor2.dumps([48, 1, {}, "tapecast.market.get_price"])
    message = bytes([head[0] + 1]) + head[1:] + b"\x81" + nested_names(depth)

    with pytest.raises(ProtocolError):
        CBOR.unserialize(message, isBinary=True)


def test_a_value_that_holds_itself_is_refused() -> None:
    """Following it would never end."""
    with pytest.raises(ProtocolError):
        CBOR.unserialize(b"\xd8\x1c\x82\x18\x30\xd8\x1d\x00", isBinary=True)


def test_strings_by_name_are_refused() -> None:
    """One long string and many names of it weigh more than they were sent as."""
    text = "x" * 1000
    shared = [text] * 50

    with pytest.raises(ValueError, match="in full"):
        check_plain(shared, size_bytes=1200)


@given(PLAIN)
def test_what_is_sent_in_full_is_never_too_heavy(value: Any) -> None:
    """The limit on names costs no honest message anything, however it is packed."""
    check_plain(value, size_bytes=len(cbor2.dumps(value)))
    check_plain(value, size_bytes=len(msgpack.packb(value)))
