"""JSON as WAMP writes it: msgspec must read what Autobahn reads, and refuse what JSON has not."""

import json
import math
from typing import Any

import pytest
from autobahn.wamp import message
from autobahn.wamp.exception import ProtocolError
from autobahn.wamp.serializer import JsonObjectSerializer
from hypothesis import given
from hypothesis import strategies as st

from router.serializers import FastJsonObjectSerializer, client_serializers

OURS, AUTOBAHNS = FastJsonObjectSerializer(), JsonObjectSerializer()

# Text that begins with NUL is what WAMP writes bytes as; JSON cannot tell the two apart.
texts = st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: not text.startswith("\0"))
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    scalars | st.binary(), lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=20
)


def decode(text: bytes) -> Any:
    (decoded,) = OURS.unserialize(text)
    return decoded


@given(values)
def test_what_autobahn_writes_is_read_alike(value: Any) -> None:
    """Any value, bytes among them, comes out of both decoders the same, and the same as it went in."""
    written = AUTOBAHNS.serialize([value])

    assert OURS.unserialize(written) == AUTOBAHNS.unserialize(written) == [[value]]


@given(values)
def test_what_we_write_is_what_autobahn_writes(value: Any) -> None:
    """Our encoder differs in nothing but what it refuses."""
    assert OURS.serialize([value]) == AUTOBAHNS.serialize([value])


@given(scalars, st.sampled_from([None, 1, 4]), st.booleans())
def test_any_spelling_of_json_is_read(value: Any, indent: int | None, ensure_ascii: bool) -> None:  # noqa: FBT001 - drawn
    """White space and escapes make no difference."""
    assert decode(json.dumps([value], indent=indent, ensure_ascii=ensure_ascii).encode()) == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (rb'["\u0000"]', [b""]),
        (rb'["\u0000AP8="]', [b"\x00\xff"]),
        (rb'{"a": {"b": ["\u0000AQ=="]}}', {"a": {"b": [b"\x01"]}}),
        (rb'{"\u0000AQ==": 1}', {"\0AQ==": 1}),
        (rb'["a\u0000AQ=="]', ["a\0AQ=="]),
    ],
)
def test_bytes_are_strings_behind_nul(text: bytes, value: Any) -> None:
    """A string that begins with NUL is bytes at any depth; a key is not, nor one with NUL further on."""
    assert decode(text) == value
    assert AUTOBAHNS.unserialize(text) == [value]


@pytest.mark.parametrize("number", [2**53 + 1, 2**64, -(2**63) - 1, 10**40])
def test_whole_numbers_of_any_size_are_exact(number: int) -> None:
    """A number beyond 64 bits is neither rounded nor refused."""
    assert decode(OURS.serialize([number])) == [number]


def test_of_two_equal_keys_the_last_counts() -> None:
    """Both decoders agree on what a duplicate means."""
    assert decode(b'{"a": 1, "a": 2}') == AUTOBAHNS.unserialize(b'{"a": 1, "a": 2}')[0] == {"a": 2}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[1] 2",
        b"[NaN]",
        b"[Infinity]",
        b"[-Infinity]",
        b"[1e400]",
        b"[01]",
        b"['a']",
        b'["\xff"]',
        b'["\x00"]',
        b'\xef\xbb\xbf["a"]',
        rb'["\ud800"]',
        rb'["\u0000AQ"]',
        rb'["\u0000A"]',
        rb'["\u0000\u00e9"]',
        rb'["\u0000AQ==!"]',
        b"[" * 60_000,
        b"[" * 5_000 + b"]" * 5_000,
        b'["\\u0000",' + b"[" * 5_000 + b"]" * 5_000 + b"]",
    ],
)
def test_what_is_not_wamps_json_is_refused(text: bytes) -> None:
    """Numbers that JSON has not, bytes that are not base64 or UTF-8, and nesting without end are errors."""
    with pytest.raises((ValueError, RecursionError)):
        OURS.unserialize(text)


@given(st.binary(max_size=200))
def test_no_bytes_are_taken_for_something_else(text: bytes) -> None:
    """What we read, the standard library reads too."""
    try:
        decoded = decode(text)
    except ValueError:
        return
    if b"\\u0000" not in text:
        assert json.loads(text) == decoded


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "\ud800"])
def test_what_no_browser_can_read_is_not_written(value: Any) -> None:
    """A number or text that JSON has no form for stays here: a browser would end its connection because of it."""
    with pytest.raises(ValueError, match=r"."):
        OURS.serialize([{"price": value}])


def test_what_has_no_form_at_all_is_not_written() -> None:
    """A value of another type is an error, not text."""
    with pytest.raises(TypeError):
        OURS.serialize([{1.5, 2.5}])


def test_three_serializers_are_spoken() -> None:
    """They are offered under WAMP's own names, without the batched variants."""
    assert [serializer.SERIALIZER_ID for serializer in client_serializers()] == ["json", "msgpack", "cbor"]


@pytest.mark.parametrize("serializer", client_serializers(), ids=lambda one: one.SERIALIZER_ID)
def test_a_message_comes_out_as_it_went_in(serializer: Any) -> None:
    """Each serializer reads what it wrote."""
    call = message.Call(1, "tapecast.session.ping", args=["text", b"\x00\xff", 7], kwargs={"none": None})

    payload, is_binary = serializer.serialize(call)
    (read,) = serializer.unserialize(payload, is_binary)

    assert is_binary is (serializer.SERIALIZER_ID != "json")
    assert (read.procedure, read.args, read.kwargs) == (call.procedure, call.args, call.kwargs)


@pytest.mark.parametrize("serializer", client_serializers(), ids=lambda one: one.SERIALIZER_ID)
@pytest.mark.parametrize(
    "payload", [b"\x81" * 60_000, b"\x91" * 60_000, b"\x9b" + b"\x7f" * 8, b"\xdd\xff\xff\xff\xff"]
)
def test_a_hostile_message_is_an_error(serializer: Any, payload: bytes) -> None:
    """Nesting without end and lengths beyond the message end no process."""
    with pytest.raises(ProtocolError):
        serializer.unserialize(payload)
