"""Who a session is: the roles of the contract, and the sets of them that permissions are written in."""

import enum

import attrs


class Role(enum.StrEnum):
    """
    A session's role, as the router knows it.

    `GATEWAY` is for the gateway's own processes on a socket that only they can open; no token names it.
    """

    PUBLIC = "public"
    TRADER = "trader"
    RISK = "risk"
    ISSUER = "issuer"
    SERVICE = "service"
    ADMIN = "admin"
    GATEWAY = "gateway"


TOKEN_ROLES = frozenset({Role.TRADER, Role.RISK, Role.ISSUER, Role.SERVICE, Role.ADMIN})
"""Roles that a token may name; `public` is what a session without a token is."""

SIGNED_IN = frozenset({Role.TRADER, Role.RISK, Role.ISSUER, Role.ADMIN})
EVERYONE = SIGNED_IN | {Role.PUBLIC}
EVERY_SESSION = EVERYONE | {Role.SERVICE}
"""`service` reads nothing and calls `intake`; what concerns a connection itself is open to it too."""


@attrs.frozen(kw_only=True)
class Access:
    """
    Who may use a topic or a procedure.

    Attributes:
        any_of: Roles that may, whoever the topic belongs to.
        own: Roles that may where the topic's user id is the session's own.
    """

    any_of: frozenset[Role] = frozenset()
    own: frozenset[Role] = frozenset()


ALL = Access(any_of=EVERYONE)
SIGNED_IN_ONLY = Access(any_of=SIGNED_IN)
OWN_USER = Access(any_of=frozenset({Role.RISK, Role.ADMIN}), own=SIGNED_IN)
RISK_DESK = Access(any_of=frozenset({Role.RISK, Role.ADMIN}))
OPERATOR = Access(any_of=frozenset({Role.ADMIN}))
TRADERS = Access(any_of=frozenset({Role.TRADER, Role.ADMIN}))
ISSUERS = Access(any_of=frozenset({Role.ISSUER, Role.ADMIN}))
RISK_OFFICER = Access(any_of=frozenset({Role.RISK}))
ACCOUNT_HOLDER = Access(own=frozenset({Role.TRADER}))
"""A procedure about the caller's own account; it takes no other."""

OWN_ACCOUNT = Access(any_of=frozenset({Role.RISK, Role.ADMIN}), own=frozenset({Role.TRADER}))
"""A procedure about the caller's own account; who is in `any_of` names another's with `user_id`."""

WITH_TOKEN = Access(any_of=TOKEN_ROLES)
BACK_END = Access(any_of=frozenset({Role.SERVICE}))
OWN_CONNECTION = Access(any_of=EVERY_SESSION)
