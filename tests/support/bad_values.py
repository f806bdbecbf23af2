"""Values that callers must not get past an argument of a kind, whatever they hope for."""

from collections.abc import Mapping
from typing import Any

NOT_A_NUMBER, INFINITE = float("nan"), float("inf")
HUGE = "x" * 10_000
FORTY = "1" * 40

_NO_TEXT: tuple[Any, ...] = (0, 1, -1, 1.5, NOT_A_NUMBER, True, False, [], ["a"], {}, {"a": "b"}, b"a")
_NO_NUMBER = (
    "",
    " ",
    "NaN",
    "nan",
    "sNaN",
    "Infinity",
    "-Infinity",
    "inf",
    FORTY,
    f"0.{FORTY}",
    f"-{FORTY}",
    "9" * 10_000,
    "1e3",
    "1E-3",
    "0x10",
    "1,5",
    "1_000",
    "1.",
    ".5",
    "+1",
    " 1",
    "1 ",
    "1\n",
    "1\x00",
    "\u0661",
    "\uff11",
    "one",
    INFINITE,
    *_NO_TEXT,
)
_NO_LINE = ("", "a\n", "a\x00", "a\u2028", HUGE, *_NO_TEXT)

BAD_VALUES: Mapping[str, tuple[Any, ...]] = {
    "null": (None,),
    "positive": ("-1", "-0", "0", "0.0", "-0.001", *_NO_NUMBER),
    "size": ("-1", "-0.001", *_NO_NUMBER),
    "number": _NO_NUMBER,
    "change": ("0", "-0", "0.0", *_NO_NUMBER),
    "flag": ("", "true", "True", "on", 0, 1, 1.0, NOT_A_NUMBER, [], {}, b"\x01"),
    "choice": ("", " ", "BUY ", "no such word", "a\n", HUGE, *_NO_TEXT),
    "name": ("a b", "a/b", "\u00e4", "x" * 129, *_NO_LINE),
    "id": ("a b", "\u00e4", "x" * 129, *_NO_LINE),
    "short": ("x" * 65, *_NO_LINE),
    "line": _NO_LINE,
    "text": _NO_TEXT,
    "words": ("x" * 257, *_NO_LINE),
    "currency": ("US DT", "X" * 17, "\u20ac", *_NO_LINE),
    "time": (
        "",
        "now",
        "2030-01-01",
        "2030-01-01T00:00:00",
        "2030-13-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        HUGE,
        *_NO_TEXT,
    ),
    "whole": (-1, 2**63, 1.0, 1.5, NOT_A_NUMBER, INFINITE, "", "1", "NaN", FORTY, True, False, [], {}, b"1"),
    "count": (0, 10**6),
    "delay": (1, 999, 3_600_001, 2**53),
    "limits": ("off", "1", 1, True, [], {}, {"no_such_limit": "1"}, {"": "1"}, {HUGE: "1"}),
    "object": ("", "{}", 1, 1.5, True, [], ["a"]),
    "events": ("", "[]", 0, 1, 1.5, True, [None], [1], ["a"], [[]], [{}], [{}] * 1_001, {}, {"a": 1}),
}
"""By the kind of an argument, what it must refuse; kinds go together."""
