"""Which sessions an operator means."""

from typing import Any

import pytest

from components.admin.session_filter import filter_of, named_filter
from components.contract.roles import Role
from components.model.errors import InvalidArgument
from tests.support.operator_desk import connected

ALICE = connected(10)
BOB = connected(11, "bob", Role.RISK, "2001:db8::5")
LOCAL = connected(12, "root", Role.ADMIN, address=None)
NOBODY = connected(13, "public-1", Role.PUBLIC, "203.0.113.9")
EVERYBODY = (ALICE, BOB, LOCAL, NOBODY)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({}, [10, 11, 12, 13]),
        ({"session": 11}, [11]),
        ({"user_id": "alice"}, [10]),
        ({"role": "admin"}, [12]),
        ({"role": "public"}, [13]),
        ({"address": "203.0.113.7"}, [10]),
        ({"address": "203.0.113.0/24"}, [10, 13]),
        ({"address": "::ffff:203.0.113.7"}, [10]),
        ({"address": "2001:db8::/32"}, [11]),
        ({"address": "203.0.113.0/24", "role": "trader"}, [10]),
        ({"user_id": "alice", "role": "risk"}, []),
        ({"session": 10, "user_id": "bob"}, []),
    ],
)
def test_all_that_is_said_has_to_hold(said: dict[str, Any], meant: list[int]) -> None:
    """Whoever comes over a local socket has no address."""
    chosen = filter_of(**said)

    assert [one.session_id for one in EVERYBODY if chosen.matches(one)] == meant
    assert chosen.is_empty is (said == {})


@pytest.mark.parametrize(
    ("said", "is_named"),
    [
        ({"session": 10}, True),
        ({"user_id": "alice"}, True),
        ({"session": 11, "user_id": "alice"}, True),
        ({"role": "trader"}, False),
        ({"address": "203.0.113.7"}, False),
        ({"session": 11}, False),
    ],
)
def test_a_session_is_named_by_its_number_or_its_user(said: dict[str, Any], is_named: bool) -> None:  # noqa: FBT001 - a table
    """Not by what it shares with others."""
    assert filter_of(**said).names(ALICE) is is_named


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"session": "10"}, "session"),
        ({"user_id": ""}, "user_id"),
        ({"role": "gateway"}, "role"),
        ({"address": "here"}, "address"),
    ],
)
def test_what_does_not_fit_is_refused(said: dict[str, Any], field: str) -> None:
    """With the argument named."""
    with pytest.raises(InvalidArgument) as raised:
        filter_of(**said)

    assert raised.value.details == {"field": field}


def test_everybody_cannot_be_meant_where_somebody_has_to_be() -> None:
    """Nobody disconnects all by leaving an argument out."""
    with pytest.raises(InvalidArgument):
        named_filter(filter_of())

    assert named_filter(filter_of(role="risk")) == filter_of(role="risk")
