"""How operators are told what there is."""

from typing import Any

import attrs

from components.admin.facts import Blocked, MaintenanceBegun, Revoked, Subject
from components.admin.payloads import (
    MOST_TOLD,
    audit_alert,
    audit_body,
    block_row,
    concerned_body,
    maintenance_body,
    revocation_row,
    session_body,
    session_row,
)
from components.contract.envelope import NS_PER_S
from components.contract.roles import Role
from components.model.audit import DONE, AuditRecord
from tests.support.gateway import session_of
from tests.support.operator_desk import NOW_NS, NOW_S, connected

BEGIN = "2026-01-01T00:00:00.000000Z"
SAID: dict[str, Any] = {"ts_ns": NOW_NS, "by": "op", "reason": "why"}


def test_a_session_is_told_with_its_token_and_its_connection() -> None:
    """By average since it joined; of one that has just joined, of a second."""
    session = attrs.evolve(connected(10), joined_ns=NOW_NS)

    row = session_row(session, now_ns=NOW_NS)

    assert (row["session"], row["user_id"], row["role"], row["since"]) == (10, "alice", "trader", BEGIN)
    assert (row["token_id"], row["key_id"], row["expires_at"]) == ("alice-1", "k1", "2026-01-01T01:00:00.000000Z")
    assert (row["waiting"], row["sent_messages_per_s"]) == (3, 1000.0)
    assert session_row(session, now_ns=NOW_NS + 4 * NS_PER_S)["sent_messages_per_s"] == 250.0


def test_what_a_session_lacks_is_null() -> None:
    """Token, connection, and what only the router's view tells."""
    session = attrs.evolve(connected(13, "public-1", Role.PUBLIC, None), connection=None)

    body = session_body(session, None, [], now_ns=NOW_NS)

    for name in ("address", "token_id", "expires_at", "lag_ms", "serializer", "device", "limits", "connection"):
        assert body[name] is None, name


def test_a_session_is_told_whole() -> None:
    """With what it follows and runs on."""
    body = session_body(connected(10), session_of("alice", Role.TRADER), ["tapecast.trades."], now_ns=NOW_NS)

    assert (body["topics"], body["serializer"]) == (["tapecast.trades."], "cbor")
    assert body["device"] == {"type": "mobile", "version": "2.1", "background": False}
    assert isinstance(body["connection"], dict)
    assert isinstance(body["connection"]["waiting"], dict)


def test_whom_it_concerned_is_counted_and_told_up_to_a_number() -> None:
    """And whether the operator is one of them, also where that is not told by name."""
    sessions = [connected(100 + number) for number in range(MOST_TOLD + 1)]

    body = concerned_body(sessions, 100 + MOST_TOLD)

    assert (body["count"], body["own"]) == (MOST_TOLD + 1, True)
    assert isinstance(body["sessions"], list)
    assert len(body["sessions"]) == MOST_TOLD
    assert concerned_body([], 7) == {"count": 0, "sessions": [], "own": False}


def test_a_revocation_names_one_of_three() -> None:
    """With its times, or without."""
    user = Revoked(
        subject=Subject.USER, name="alice", issued_before_s=NOW_S + 0.5, expires_at_ns=NOW_NS + NS_PER_S, **SAID
    )
    key = Revoked(subject=Subject.KEY, name="k1", **SAID)

    assert revocation_row(user) == {
        "token_id": None,
        "user_id": "alice",
        "key_id": None,
        "issued_before": "2026-01-01T00:00:00.500000Z",
        "expires_at": "2026-01-01T00:00:01.000000Z",
        "since": BEGIN,
        "by": "op",
        "reason": "why",
    }
    assert {**revocation_row(key), "key_id": None} == {**dict.fromkeys(revocation_row(key)), **said()}


def said() -> dict[str, object]:
    """Who said it, when and why."""
    return {"since": BEGIN, "by": "op", "reason": "why"}


def test_a_block_says_until_when() -> None:
    """Or null, for ever."""
    for_ever = Blocked(network="203.0.113.0/24", **SAID)
    for_a_while = Blocked(network="203.0.113.0/24", expires_at_ns=NOW_NS + NS_PER_S, **SAID)

    assert block_row(for_ever) == {"address": "203.0.113.0/24", "expires_at": None, **said()}
    assert block_row(for_a_while)["expires_at"] == "2026-01-01T00:00:01.000000Z"


def test_maintenance_is_told_or_that_there_is_none() -> None:
    """In the same form."""
    begun = MaintenanceBegun(roles=(Role.RISK, Role.ADMIN), refused=("orders",), message="soon", **SAID)

    assert maintenance_body(begun) == {
        "active": True,
        "roles": ["risk", "admin"],
        "refuse": ["orders"],
        "message": "soon",
        **said(),
    }
    assert maintenance_body(None).keys() == maintenance_body(begun).keys()
    assert maintenance_body(None)["active"] is False


def test_a_record_is_told_in_lists_and_as_an_alert() -> None:
    """With the same fields."""
    record = AuditRecord(
        at_ns=NOW_NS,
        user_id="op",
        role="admin",
        session_id=7,
        action="admin.tokens.revoke",
        arguments={"user_id": "alice"},
        reason="why",
        outcome=DONE,
    )

    assert audit_body(record) == {
        "at": BEGIN,
        "user_id": "op",
        "role": "admin",
        "session": 7,
        "action": "admin.tokens.revoke",
        "arguments": {"user_id": "alice"},
        "reason": "why",
        "outcome": "done",
    }
    assert audit_alert(record) == {"type": "audit", "severity": "info", **audit_body(record)}
