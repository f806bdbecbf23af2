"""Strict JSON: one reading of every text, and none of what could be read in two ways."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.strict_json import parse_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(value=VALUES)
def test_what_was_written_is_read(value: object) -> None:
    """Every value that JSON has comes back as it was."""
    for ensure_ascii in (True, False):
        assert parse_json(json.dumps(value, ensure_ascii=ensure_ascii).encode()) == value


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"\\u0061":2}',
        b'[{"b":{"a":1,"a":2}}]',
        b"NaN",
        b"[Infinity]",
        b'{"a":-Infinity}',
        b'\xef\xbb\xbf{"a":1}',
        '{"a":1}'.encode("utf-16"),
        '{"a":1}'.encode("utf-32-be"),
        b'{"a":"\xff"}',
        b'{"a":1} x',
        b"{'a':1}",
        b'{"a":1,}',
        b"",
        b"[" * 200_000,
        b"9" * 5000,
    ],
)
def test_what_two_readers_could_read_differently_is_refused(text: bytes) -> None:
    """A name twice, numbers that are none, another encoding, what is too deep or behind the end."""
    with pytest.raises(ValueError):  # noqa: PT011 - the text is for nobody
        parse_json(text)
