"""What an operator has said of who may be connected, as a journal keeps it."""

import enum
from collections.abc import Callable

import msgspec

from components.contract.roles import Role


class Subject(enum.StrEnum):
    """What a revocation is about, by the name of the argument that says it."""

    TOKEN = "token_id"
    USER = "user_id"
    KEY = "key_id"


class AdminFact(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """
    One thing that an operator has said.

    Attributes:
        ts_ns: When, UNIX nanoseconds.
        by: Who.
        reason: Why.
    """

    ts_ns: int
    by: str
    reason: str


class Revoked(AdminFact, frozen=True, kw_only=True):
    """
    Tokens let nobody in any more.

    Attributes:
        name: The token's, user's or key's.
        issued_before_s: Of a user's tokens those that were issued at this UNIX second or earlier.
        expires_at_ns: When nobody can have such a token any more; None is never, as a key signs one more at any time.
    """

    subject: Subject
    name: str
    issued_before_s: float | None = None
    expires_at_ns: int | None = None


class Restored(AdminFact, frozen=True, kw_only=True):
    """A revocation is taken back."""

    subject: Subject
    name: str


class Blocked(AdminFact, frozen=True, kw_only=True):
    """
    Nobody may connect from an address.

    Attributes:
        network: One address or many, as `203.0.113.0/24`.
        expires_at_ns: When that ends; None is never.
    """

    network: str
    expires_at_ns: int | None = None


class Unblocked(AdminFact, frozen=True, kw_only=True):
    """An address is blocked no longer."""

    network: str


class MaintenanceBegun(AdminFact, frozen=True, kw_only=True):
    """
    Not everybody may be connected, and not everything be asked for.

    Attributes:
        roles: Who may be connected all the same.
        refused: Families of procedures that are refused to everybody.
        message: What those are told who are not let in.
    """

    roles: tuple[Role, ...]
    refused: tuple[str, ...]
    message: str


class MaintenanceEnded(AdminFact, frozen=True, kw_only=True):
    """Everything is as ever."""


AnyAdminFact = Revoked | Restored | Blocked | Unblocked | MaintenanceBegun | MaintenanceEnded

encode_fact: Callable[[AnyAdminFact], bytes] = msgspec.msgpack.Encoder().encode
"""A fact as a journal keeps it."""

decode_fact: Callable[[bytes], AnyAdminFact] = msgspec.msgpack.Decoder(AnyAdminFact).decode
"""A fact that a journal kept."""
