"""What users are told of their sessions: its form, and how much of it a minute."""

import pytest

from components.model.errors import InvalidArgument
from components.trading.session_news import (
    _MINUTE_NS,
    ANNOUNCEMENT,
    MOST_USERS,
    NEWS_A_MINUTE,
    NewsRate,
    read_news,
)

NOW_NS = 1_700_000_000_000_000_000


def test_news_are_their_fields_with_session_and_event() -> None:
    """What the router says of itself is not overridden by what it adds."""
    body = {"expires_at": "2026-01-01T00:00:00.000000Z", "event": "x", "session": 1}

    assert read_news("token_expiring", 7, body) == {
        "expires_at": "2026-01-01T00:00:00.000000Z",
        "event": "token_expiring",
        "session": 7,
    }
    assert read_news("announcement", None, {}) == {"event": "announcement", "session": None}


@pytest.mark.parametrize(
    ("event", "session", "body", "field"),
    [
        (None, 7, {}, "event"),
        ("", 7, {}, "event"),
        ("a\nb", 7, {}, "event"),
        ("x", "7", {}, "session"),
        ("x", True, {}, "session"),
        ("x", 7, [], "body"),
        ("x", 7, {1: 2}, "body"),
    ],
)
def test_news_that_are_none_are_refused(event: object, session: object, body: object, field: str) -> None:
    """With the field that is wrong."""
    with pytest.raises(InvalidArgument) as raised:
        read_news(event, session, body)

    assert raised.value.details == {"field": field}


def test_a_user_has_so_many_news_a_minute() -> None:
    """The next one is not told, until the minute is over; other users have their own."""
    rate = NewsRate()

    told = [rate.take("alice", "token_renewed", now_ns=NOW_NS) for _ in range(NEWS_A_MINUTE + 1)]

    assert told == [True] * NEWS_A_MINUTE + [False]
    assert rate.take("bob", "token_renewed", now_ns=NOW_NS)
    assert not rate.take("alice", "role_changed", now_ns=NOW_NS + _MINUTE_NS - 1)
    assert rate.take("alice", "role_changed", now_ns=NOW_NS + _MINUTE_NS)


def test_an_operators_word_is_always_told() -> None:
    """It is not one of those that the user causes."""
    rate = NewsRate()
    for _ in range(NEWS_A_MINUTE):
        rate.take("alice", "token_renewed", now_ns=NOW_NS)

    assert rate.take("alice", ANNOUNCEMENT, now_ns=NOW_NS)
    assert not rate.take("alice", "token_renewed", now_ns=NOW_NS)


def test_a_clock_that_is_set_back_silences_nobody() -> None:
    """A minute that has not begun yet is none."""
    rate = NewsRate()
    for _ in range(NEWS_A_MINUTE):
        rate.take("alice", "token_renewed", now_ns=NOW_NS)

    assert rate.take("alice", "token_renewed", now_ns=NOW_NS - 1)


def test_so_many_users_are_remembered() -> None:
    """The one that had no news for longest goes; who has some now does not."""
    rate = NewsRate()
    for _ in range(NEWS_A_MINUTE):
        rate.take("alice", "token_renewed", now_ns=NOW_NS)
    for number in range(MOST_USERS - 1):
        rate.take(f"user-{number}", "token_renewed", now_ns=NOW_NS)

    assert not rate.take("alice", "token_renewed", now_ns=NOW_NS)
    rate.take("one-more", "token_renewed", now_ns=NOW_NS)

    assert len(rate) == MOST_USERS
    assert not rate.take("alice", "token_renewed", now_ns=NOW_NS)
