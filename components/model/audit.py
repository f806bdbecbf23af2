"""What an operator did, as it is written down and told."""

from collections.abc import Mapping

import msgspec


class AuditRecord(msgspec.Struct, frozen=True, kw_only=True):
    """
    One action of somebody with rights over others: who, when, what and why.

    Attributes:
        at_ns: When, UNIX nanoseconds.
        user_id: Who, as the router disclosed it.
        role: As what.
        session_id: On which session.
        action: The procedure, without `tapecast.`: `admin.tokens.revoke`.
        arguments: What was asked for; never a token.
        reason: Why, in the operator's own words.
        outcome: What came of it: `done`, or the code of the refusal.
    """

    at_ns: int
    user_id: str
    role: str
    session_id: int
    action: str
    arguments: Mapping[str, object]
    reason: str
    outcome: str
