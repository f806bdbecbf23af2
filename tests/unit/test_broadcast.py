"""What an operator tells many at once, checked, and how often."""

from typing import Any

import pytest

from auth.permissions import Action, Decision, Match, decide
from components.admin.broadcast import FAMILIES, MOST_A_MINUTE, ROLES, BroadcastRate, read_broadcast
from components.contract.envelope import NS_PER_S
from components.contract.roles import TOKEN_ROLES, Role
from components.contract.topics import family_of
from components.model.errors import InvalidArgument, RateLimited
from components.runtime.admin_arguments import ARGUMENTS
from tests.support.watched_node import seconds


def test_a_message_alone_is_for_everyone() -> None:
    """An announcement that matters little, to all who are connected."""
    told = read_broadcast("Happy new year.")

    assert told.topic == "tapecast.system.announcements"
    assert told.payload() == {
        "type": "announcement",
        "severity": "info",
        "message": "Happy new year.",
        "reason": "broadcast",
        "audience": {},
        "retry_after_ms": None,
    }


def test_what_it_is_about_is_said() -> None:
    """Type, severity and the topics that it concerns; everyone is told."""
    told = read_broadcast("Prices are late.", kind="incident", severity="critical", topic_family="price")

    assert told.topic == "tapecast.system.announcements"
    assert (told.payload()["type"], told.payload()["severity"]) == ("incident", "critical")
    assert told.payload()["audience"] == {"topic_family": "price"}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_has_a_topic_of_its_own(role: str) -> None:
    """It exists, that role and operators may read it, and nobody else."""
    told = read_broadcast("Please log in anew.", role=role)

    topic = told.topic
    readers = {one for one in TOKEN_ROLES if _may_read(one, topic)}
    assert family_of(topic) is not None
    assert readers == {Role(role), Role.ADMIN}
    assert not _may_read(Role.PUBLIC, topic)
    assert told.payload()["audience"] == {"role": role}


def _may_read(role: Role, topic: str) -> bool:
    return decide(role, "alice", Action.SUBSCRIBE, topic, Match.EXACT) is Decision.ALLOWED


def test_a_user_is_told_where_the_own_news_are() -> None:
    """The topic has the user's name as URIs have it, and the news say what the message does."""
    told = read_broadcast("Call us.", user_id="a@b", severity="warning")

    assert told.topic == "tapecast.user.a_40b.session"
    assert told.body() == {"type": "announcement", "severity": "warning", "message": "Call us."}


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({}, "message"),
        ({"message": ""}, "message"),
        ({"message": 7}, "message"),
        ({"message": "x" * 1001}, "message"),
        ({"message": "two\nlines"}, "message"),
        ({"message": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"}, "message"),
        ({"message": "x", "kind": "gossip"}, "type"),
        ({"message": "x", "severity": "error"}, "severity"),
        ({"message": "x", "role": "public"}, "role"),
        ({"message": "x", "role": "gateway"}, "role"),
        ({"message": "x", "topic_family": "admin.alerts"}, "topic_family"),
        ({"message": "x", "topic_family": "nothing"}, "topic_family"),
        ({"message": "x", "user_id": ""}, "user_id"),
        ({"message": "x", "user_id": "alice", "role": "trader"}, "user_id"),
        ({"message": "x", "topic_family": "price", "role": "trader"}, "topic_family"),
    ],
)
def test_what_does_not_fit_names_the_field(arguments: dict[str, Any], field: str) -> None:
    """Nothing is told of what cannot be understood, or is for two audiences."""
    with pytest.raises(InvalidArgument) as refused:
        read_broadcast(**{"message": None, **arguments})

    assert refused.value.details["field"] == field


def test_the_longest_message_is_taken() -> None:
    """A thousand characters, whatever they take in bytes."""
    assert len(read_broadcast("ü" * 1000).message) == 1000


def test_topics_of_operators_are_not_spoken_of() -> None:
    """All others can be, by the words that do not vary."""
    assert {"price", "user.orders", "system.status"} < set(FAMILIES)
    assert not any(name.startswith("admin.") for name in FAMILIES)


def test_so_many_a_minute_and_no_more() -> None:
    """The one that is too many says when there is room again, and does not count itself."""
    rate = BroadcastRate()
    for second in range(MOST_A_MINUTE):
        rate.take(now_ns=seconds(second))

    for _ in range(2):
        with pytest.raises(RateLimited) as refused:
            rate.take(now_ns=seconds(MOST_A_MINUTE) + 1)

    wait_ms = (60 - MOST_A_MINUTE) * 1000
    assert refused.value.details == {
        "name": "broadcasts",
        "limit": MOST_A_MINUTE,
        "remaining": 0,
        "retry_after_ms": wait_ms,
    }
    rate.take(now_ns=60 * NS_PER_S)


def test_the_command_line_knows_every_word() -> None:
    """Types and severities are in the help as they are taken."""
    assert ARGUMENTS["type"].text == "announcement, incident or maintenance"
    assert ARGUMENTS["severity"].text == "info, warning or critical"
