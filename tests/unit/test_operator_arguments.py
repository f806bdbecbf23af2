"""What operators hand over, checked."""

import ipaddress
from collections.abc import Callable

import pytest

from components.admin.arguments import (
    CONNECTED_ROLES,
    LONGEST_BLOCK_S,
    REFUSABLE,
    action_of,
    block_end_of,
    blockable_of,
    check_confirmed,
    issued_before_of,
    message_of,
    network_of,
    reason_of,
    refused_of,
    role_of,
    roles_of,
    session_id_of,
    subject_of,
)
from components.admin.facts import Subject
from components.contract.envelope import NS_PER_S
from components.contract.roles import Role
from components.model.errors import InvalidArgument

NOW_NS = 1_767_225_600_000_000_000
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLWl0"
OWN = "198.51.100.1"


def subject(**given: object) -> tuple[Subject, str]:
    """What a revocation is about, of the three that may be given."""
    return subject_of(**{"token_id": None, "user_id": None, "key_id": None, **given})


def test_what_fits_passes() -> None:
    """Each as what it is."""
    assert reason_of("left the firm") == "left the firm"
    assert message_of("back at noon") == "back at noon"
    assert subject(token_id="t1") == (Subject.TOKEN, "t1")
    assert subject(user_id="Jörg Müller") == (Subject.USER, "Jörg Müller")
    assert subject(key_id="k1") == (Subject.KEY, "k1")
    assert role_of("public") is Role.PUBLIC
    assert refused_of(["orders", "bots"]) == {"orders", "bots"}
    assert refused_of(None) == frozenset()
    assert session_id_of("session", 2**53) == 2**53
    assert action_of("tapecast.admin.tokens.revoke") == "admin.tokens.revoke"
    check_confirmed("k1", "k1")


def test_admin_can_always_come_in() -> None:
    """Whoever else is named, or nobody."""
    assert roles_of(["risk"]) == {Role.RISK, Role.ADMIN}
    assert roles_of([]) == roles_of(None) == {Role.ADMIN}


def test_an_address_is_a_network_of_one() -> None:
    """IPv4 within IPv6 is IPv4, as where connections come from."""
    assert str(network_of("203.0.113.7")) == "203.0.113.7/32"
    assert str(network_of("2001:db8::1")) == "2001:db8::1/128"
    assert str(network_of("::ffff:203.0.113.7")) == "203.0.113.7/32"
    assert str(network_of("::ffff:0:0/96")) == "0.0.0.0/0"
    assert str(network_of("::ffff:203.0.113.0/120")) == "203.0.113.0/24"


@pytest.mark.parametrize("network", ["10.0.0.0/8", "2001::/16", "203.0.113.0/24", "203.0.113.7"])
def test_others_can_be_blocked(network: str) -> None:
    """Up to the widest network that is no slip of the pen; from a local socket any."""
    assert blockable_of(network, own_address=OWN) == blockable_of(network, own_address=None)
    assert blockable_of(network, own_address=OWN) == ipaddress.ip_network(network)


def test_a_block_ends_when_it_was_said() -> None:
    """Or never."""
    assert block_end_of(60, now_ns=NOW_NS) == NOW_NS + 60 * NS_PER_S
    assert block_end_of(None, now_ns=NOW_NS) is None


def test_a_users_tokens_are_revoked_up_to_now_unless_said_otherwise() -> None:
    """In UNIX seconds; of a token or key there is no such moment."""
    assert issued_before_of(Subject.USER, None, now_ns=NOW_NS) == NOW_NS / NS_PER_S
    assert issued_before_of(Subject.USER, "2026-01-01T00:00:00Z", now_ns=NOW_NS) == NOW_NS / NS_PER_S
    assert issued_before_of(Subject.USER, "1970-01-01T00:00:01Z", now_ns=NOW_NS) == 1.0
    assert issued_before_of(Subject.KEY, None, now_ns=NOW_NS) is None


def blocked(value: object) -> object:
    """An operator from `OWN` blocks."""
    return blockable_of(value, own_address=OWN)


def before(value: object) -> object:
    """An operator revokes a user."""
    return issued_before_of(Subject.USER, value, now_ns=NOW_NS)


@pytest.mark.parametrize(
    ("check", "value", "field"),
    [
        *((reason_of, value, "reason") for value in (None, "", "a\nb", "x" * 257, 5, f"leaked {TOKEN}")),
        *((message_of, value, "message") for value in (None, "", TOKEN)),
        *((lambda value: subject(token_id=value), value, "token_id") for value in ("", 5, "x" * 129, "a\nb", TOKEN)),
        *((lambda value: subject(key_id=value), value, "key_id") for value in ("", TOKEN, ["k1"])),
        *((lambda value: subject(user_id=value), value, "user_id") for value in ("", 5, "x" * 129)),
        (lambda _: subject(), None, "token_id"),
        (lambda value: subject(token_id="t", key_id=value), "k", "key_id"),
        (lambda value: subject(token_id="t", user_id="u", key_id=value), "k", "user_id"),
        *(
            (before, value, "issued_before")
            for value in ("2026-01-01T00:00:00.000001Z", "1969-12-31T23:59:59Z", "x", 5)
        ),
        (lambda value: issued_before_of(Subject.KEY, value, now_ns=NOW_NS), "2025-01-01T00:00:00Z", "issued_before"),
        *((network_of, value, "address") for value in ("", "x", "203.0.113.7/24", "::/129", 5, None, "host.example")),
        *((blocked, value, "address") for value in (None, "0.0.0.0/0", "10.0.0.0/7", "::/0", "2000::/15")),
        *((blocked, value, "address") for value in (OWN, "198.51.100.0/24", f"::ffff:{OWN}", "::ffff:0:0/96")),
        *(
            (lambda value: block_end_of(value, now_ns=NOW_NS), value, "duration_s")
            for value in (0, LONGEST_BLOCK_S + 1, 1.5, "60", True)
        ),
        *((role_of, value, "role") for value in ("gateway", "nobody", None, 5)),
        *((roles_of, value, "roles") for value in ("risk", ["gateway"], [1], [["risk"]], {"risk": 1})),
        *((refused_of, value, "refuse") for value in ("orders", ["admin"], ["session"], ["stream"], ["x"], [None])),
        *((lambda value: session_id_of("after", value), value, "after") for value in (0, 2**53 + 1, "1", None, True)),
        *((lambda value: check_confirmed(value, "k1"), value, "confirm") for value in (None, "k2", True)),
    ],
)
def test_anything_else_is_refused_with_the_field_named(
    check: Callable[[object], object], value: object, field: str
) -> None:
    """The error says which argument it was, and repeats no token."""
    with pytest.raises(InvalidArgument) as raised:
        check(value)

    assert raised.value.details == {"field": field}
    assert TOKEN not in str(raised.value)


def test_what_can_be_refused_is_what_there_is_but_for_what_ends_it() -> None:
    """Every family of procedures but those without which nobody could end a maintenance, or stay connected."""
    assert {"orders", "market", "risk", "account", "bots", "intake"} == set(REFUSABLE)
    assert set(Role) - {Role.GATEWAY} == CONNECTED_ROLES
