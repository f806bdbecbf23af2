"""What is told of a client's mistake is what was wrong, and nothing of what was sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.quotations import without_quotation


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("HTTP Upgrade header missing", "HTTP Upgrade header missing"),
        ('HTTP Upgrade headers do not include "websocket" value: "sesame"', "HTTP Upgrade headers do not include …"),
        ('Bad HTTP request status line "sesame"open"', "Bad HTTP request status line …"),
        ("HTTP Origin header invalid: No host 'sesame'", "HTTP Origin header invalid"),
        (
            "Error during parsing of HTTP status line / request headers : sesame",
            "Error during parsing of HTTP status line / request headers",
        ),
        ("WebSocket connection denied: origin 'sesame' not allowed", "WebSocket connection denied"),
        (
            "WebSocket version 8 not supported (supported versions: 13)",
            "WebSocket version 8 not supported (supported versions: 13)",
        ),
        ("invalid role 'sesame' in 'roles' in 'details' in HELLO", "invalid role … in HELLO"),
        ("invalid value sesame for 'match' option in SUBSCRIBE", "invalid value … for … option in SUBSCRIBE"),
        ("invalid type sesame for 'request_type' in ERROR", "invalid type … for … in ERROR"),
        ("Authenticate cannot come before the join", "Authenticate cannot come before the join"),
        ("this origin is not allowed", "this origin is not allowed"),
    ],
)
def test_what_was_wrong_is_told(text: str, told: str) -> None:
    """In the library's words, with a mark where it quoted."""
    assert without_quotation(text) == told


@pytest.mark.parametrize(
    "quoted",
    [600_000 * " " + "x", 600_000 * ":", 300_000 * " :", 200_000 * "x: 1,1)", 100_000 * "value ", 150_000 * " for"],
)
def test_what_is_long_is_looked_through_once(quoted: str) -> None:
    """A client cannot have the router look at it for minutes."""
    assert without_quotation(f"invalid type {quoted} for 'request_type' in ERROR") == "invalid type … for … in ERROR"
    assert len(without_quotation(f"it is {quoted}")) <= len(f"it is {quoted}")


@given(st.text("XYZ01'\": \n", min_size=1).filter(lambda text: bool(set(text) & set("XYZ01"))))
def test_no_quoted_text_is_told(secret: str) -> None:
    """Whatever it holds, quotation marks too."""
    for text in (
        f"invalid role '{secret}' in HELLO",
        f'bad key "{secret}"',
        f"invalid value {secret} for URI",
        f"invalid type {secret} for URI",
    ):
        assert secret not in without_quotation(text)
