"""How operators are told what there is."""

from collections.abc import Sequence

import attrs

from components.admin.facts import Blocked, MaintenanceBegun, Revoked
from components.contract.envelope import NS_PER_S, Payload, format_time
from components.model.audit import AuditRecord
from components.wamp.router_control import ConnectedSession
from components.wamp.router_view import ConnectionFigures, SessionView

AUDIT = "audit"
MOST_TOLD = 1_000
"""So many of those whom something concerned are told by name."""


def session_row(session: ConnectedSession, *, now_ns: int) -> Payload:
    """One session, as the list has it."""
    credential = session.credential
    return {
        "session": session.session_id,
        "user_id": session.user_id,
        "role": session.role.value,
        "address": session.address,
        "since": format_time(session.joined_ns),
        "token_id": credential and credential.token_id,
        "key_id": credential and credential.key_id,
        "expires_at": credential and format_time(credential.expires_at_s * NS_PER_S),
        "subscriptions": session.subscriptions,
        **_connection_figures(session.connection, connected_ns=now_ns - session.joined_ns),
    }


def session_body(
    session: ConnectedSession, view: SessionView | None, subscriptions: list[str], *, now_ns: int
) -> Payload:
    """One session with all that is known of it."""
    return {
        **session_row(session, now_ns=now_ns),
        "topics": subscriptions,
        "serializer": view and view.serializer,
        "device": view and view.device and dict(view.device),
        "limits": view and dict(view.limits),
        "connection": session.connection and _connection_body(session.connection),
    }


def _connection_figures(connection: ConnectionFigures | None, *, connected_ns: int) -> Payload:
    connected_s = max(connected_ns / NS_PER_S, 1.0)
    return {
        "lag_ms": connection and connection.lag_ms,
        "waiting": connection and sum(connection.waiting.values()),
        "conflated": connection and connection.conflated,
        "dropped": connection and connection.dropped,
        "sent_messages_per_s": connection and round(connection.sent_messages / connected_s, 3),
        "sent_bytes_per_s": connection and round(connection.sent_bytes / connected_s, 3),
    }


def _connection_body(connection: ConnectionFigures) -> Payload:
    return {**attrs.asdict(connection), "waiting": dict(connection.waiting)}


def concerned_body(sessions: Sequence[ConnectedSession], own_session_id: int) -> Payload:
    """Whom something is done to: how many, the first of them by name, and whether the operator is one of them."""
    return {
        "count": len(sessions),
        "sessions": [
            {
                "session": one.session_id,
                "user_id": one.user_id,
                "role": one.role.value,
                "address": one.address,
            }
            for one in sessions[:MOST_TOLD]
        ],
        "own": any(one.session_id == own_session_id for one in sessions),
    }


def revocation_row(fact: Revoked) -> Payload:
    """One revocation: of the three names one is set."""
    row: Payload = {"token_id": None, "user_id": None, "key_id": None}
    row[fact.subject.value] = fact.name
    before_s, end_ns = fact.issued_before_s, fact.expires_at_ns
    return {
        **row,
        "issued_before": None if before_s is None else format_time(round(before_s * NS_PER_S)),
        "expires_at": None if end_ns is None else format_time(end_ns),
        "since": format_time(fact.ts_ns),
        "by": fact.by,
        "reason": fact.reason,
    }


def block_row(fact: Blocked) -> Payload:
    """One block."""
    return {
        "address": fact.network,
        "expires_at": None if fact.expires_at_ns is None else format_time(fact.expires_at_ns),
        "since": format_time(fact.ts_ns),
        "by": fact.by,
        "reason": fact.reason,
    }


def maintenance_body(begun: MaintenanceBegun | None) -> Payload:
    """Whether there is maintenance, and what it is."""
    if begun is None:
        return {"active": False, "roles": [], "refuse": [], "message": None, "since": None, "by": None, "reason": None}
    return {
        "active": True,
        "roles": [role.value for role in begun.roles],
        "refuse": list(begun.refused),
        "message": begun.message,
        "since": format_time(begun.ts_ns),
        "by": begun.by,
        "reason": begun.reason,
    }


def audit_body(record: AuditRecord) -> Payload:
    """One record of the trail."""
    return {
        "at": format_time(record.at_ns),
        "user_id": record.user_id,
        "role": record.role,
        "session": record.session_id,
        "action": record.action,
        "arguments": dict(record.arguments),
        "reason": record.reason,
        "outcome": record.outcome,
    }


def audit_alert(record: AuditRecord) -> Payload:
    """One record as an event of `admin.alerts`."""
    return {"type": AUDIT, "severity": "info", **audit_body(record)}
