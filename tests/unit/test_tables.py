"""Answers of the gateway as text for people."""

import pytest

from components.runtime.tables import one_line, rendered


def test_a_list_of_things_is_a_table() -> None:
    """Columns in the order in which fields come first, as wide as their widest cell, and nothing behind the last."""
    rows = [{"user_id": "alice", "role": "trader"}, {"user_id": "bob", "note": "new"}]

    assert rendered(rows).splitlines() == [
        "user_id  role    note",
        "alice    trader  -",
        "bob      -       new",
    ]


def test_a_thing_is_a_line_for_each_field() -> None:
    """Null is a dash, true and false are words, lists have commas, and what is below has its names."""
    thing = {"a": None, "b": True, "c": False, "d": [1, "x"], "e": {"f": 1, "g": {}}, "h": [], "i": 0}

    assert rendered(thing).splitlines() == [
        "a: -",
        "b: yes",
        "c: no",
        "d: 1, x",
        "e:",
        "  f: 1",
        "  g: -",
        "h: -",
        "i: 0",
    ]


def test_what_is_below_is_indented() -> None:
    """A list of things, and things by name, are tables below the field; deeper ones are fields again."""
    counter = {"total": 7, "per_second": 0.5}
    thing = {
        "parts": [{"name": "router"}],
        "received": {"call": counter, "event": counter},
        "deep": {"x": {"y": counter}},
    }

    assert rendered(thing).splitlines() == [
        "parts:",
        "  name",
        "  router",
        "received:",
        "         total  per_second",
        "  call   7      0.5",
        "  event  7      0.5",
        "deep:",
        "  x:",
        "       total  per_second",
        "    y  7      0.5",
    ]


@pytest.mark.parametrize(
    ("value", "text"), [([], "none"), (["a", "b"], "a\nb"), ("text", "text"), (None, "-"), ({}, ""), ((1,), "1")]
)
def test_whatever_comes_has_a_text(value: object, text: str) -> None:
    """Nothing is nothing to look at, but an empty list says that there is none."""
    assert rendered(value) == text


def test_nothing_steers_a_terminal() -> None:
    """Ends of lines and escape sequences in names and values are question marks, wherever they stand."""
    hostile = "\x1b[2J\nadmin\u2028"

    for text in (rendered([{hostile: hostile}]), rendered({hostile: {hostile: hostile}}), one_line({hostile: hostile})):
        assert all(line.isprintable() for line in text.splitlines())
        assert "\u2028" not in text
    assert len(rendered([{hostile: hostile}]).splitlines()) == 2


def test_a_thing_on_one_line_leaves_out_what_is_not_there() -> None:
    """Fields with their values; zero and false are there."""
    assert one_line({"a": None, "b": 0, "c": False, "d": "", "e": {"f": 1}, "g": []}) == "b=0  c=no  e=f=1"
