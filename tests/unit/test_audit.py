"""What is written down of what somebody did: of bounded size, and never a token."""

import pytest

from components.model.audit import SHOWN_CHARS, SHOWN_ITEMS, holds_token, shown_arguments, shown_reason

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLWl0"
UNSIGNED = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9."


def test_what_was_asked_for_is_shown_as_it_was() -> None:
    """Text, numbers, lists and mappings of text; the reason has a place of its own, and null says nothing."""
    asked = {
        "user_id": "alice",
        "duration_s": 60,
        "background": True,
        "ratio": 0.5,
        "roles": ["risk", "admin"],
        "limits": {"open_orders": "10"},
        "reason": "why",
        "after": None,
    }

    assert shown_arguments(asked) == {
        "user_id": "alice",
        "duration_s": 60,
        "background": True,
        "ratio": 0.5,
        "roles": ["risk", "admin"],
        "limits": {"open_orders": "10"},
    }


@pytest.mark.parametrize("token", [TOKEN, UNSIGNED])
def test_a_token_is_nowhere_in_it(token: str) -> None:
    """Wherever somebody has put one by mistake, alone or among words."""
    shown = shown_arguments(
        {"token_id": token, "roles": [token], "limits": {token: f"it is {token}!"}, "message": f"of {token}, bad"}
    )

    assert token not in str(shown)
    assert shown["token_id"] == "(a token)"
    assert shown["message"] == "of (a token), bad"
    assert shown_reason(f"leaked: {token}") == "leaked: (a token)"
    assert holds_token(f"leaked: {token}")


def test_a_token_that_is_cut_off_is_not_shown_either() -> None:
    """What is longer than is shown is looked at before it is cut."""
    shown = shown_reason("x " * (SHOWN_CHARS // 2 - 10) + TOKEN)

    assert "eyJ" not in shown
    assert len(shown) <= SHOWN_CHARS


@pytest.mark.parametrize("text", ["left the firm", "1.2.3", "desk.example.org", "203.0.113.0/24", "a.b.c"])
def test_words_with_points_are_no_tokens(text: str) -> None:
    """Names, versions and addresses pass."""
    assert not holds_token(text)
    assert shown_reason(text) == text


@pytest.mark.parametrize("text", ["x" * 2_000_000, "xxxxxxxxxx.x." * 200_000])
def test_a_text_is_looked_through_once(text: str) -> None:
    """An operator cannot have the router look at it for minutes."""
    assert not holds_token(text)


def test_it_is_bounded() -> None:
    """However much somebody sends, little is kept."""
    long = "x" * 100_000
    shown = shown_arguments({"text": long, "names": [long] * 1000, "limits": {f"{i}": long for i in range(1000)}})

    assert len(str(shown)) < (2 * SHOWN_ITEMS + 2) * (SHOWN_CHARS + 20)
    assert len(shown_arguments({f"a{i}": i for i in range(1000)})) == SHOWN_ITEMS


@pytest.mark.parametrize("value", [b"bytes", [1], ["a", 1], {"a": 1}, {"a": {"b": "c"}}, object()])
def test_anything_else_is_named_and_not_shown(value: object) -> None:
    """Whatever is in it."""
    assert shown_arguments({"odd": value}) == {"odd": f"({type(value).__name__})"}


def test_a_reason_that_is_no_text_is_none() -> None:
    """It is refused elsewhere."""
    assert shown_reason(5) == shown_reason(None) == ""
