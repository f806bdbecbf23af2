"""What an operator has said of who may be connected: revocations, blocked addresses, and maintenance."""

import ipaddress
from collections.abc import Sequence

import attrs

from components.contract.roles import Role
from components.model.credentials import Credential

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@attrs.frozen(kw_only=True)
class Revocation:
    """
    Tokens that let nobody in any more: one, all of a user's that are old enough, or all that one key has signed.

    Exactly one of `token_id`, `user_id` and `key_id` is set.

    Attributes:
        issued_before_s: With `user_id`: tokens issued at this UNIX second or earlier, or at an unknown time.
        expires_at_s: When nobody can have such a token any more, UNIX seconds.
    """

    token_id: str | None = None
    user_id: str | None = None
    key_id: str | None = None
    issued_before_s: float | None = None
    expires_at_s: float


@attrs.frozen(kw_only=True)
class BlockedNetwork:
    """
    Addresses that nobody may connect from.

    Attributes:
        expires_at_ns: UNIX time at which it ends; None is never.
    """

    network: Network
    expires_at_ns: int | None = None


@attrs.frozen(kw_only=True)
class Maintenance:
    """
    Work on the gateway, while which not everybody may come in and not everything may be asked for.

    Attributes:
        roles: Who may be connected all the same.
        refused: Procedure families, `orders`, that are refused to everybody as `maintenance`.
        message: What those are told who are not let in.
    """

    roles: frozenset[Role]
    refused: frozenset[str]
    message: str


class Revocations:
    """
    Whether a token is revoked, in a time that does not grow with how many are.

    Sans-I/O.
    """

    def __init__(self, revocations: Sequence[Revocation] = ()) -> None:
        """Hold these."""
        self._token_ids = {one.token_id for one in revocations if one.token_id is not None}
        self._key_ids = {one.key_id for one in revocations if one.key_id is not None}
        self._users: dict[str, float] = {}
        for one in revocations:
            if one.user_id is not None and one.issued_before_s is not None:
                self._users[one.user_id] = max(one.issued_before_s, self._users.get(one.user_id, 0.0))

    def hold(self, credential: Credential) -> bool:
        """Whether one of them is of this token."""
        if credential.token_id in self._token_ids or credential.key_id in self._key_ids:
            return True
        before_s = self._users.get(credential.user_id)
        return before_s is not None and (credential.issued_at_s is None or credential.issued_at_s <= before_s)


@attrs.frozen(kw_only=True)
class EntryRules:
    """
    All that an operator has said of who may be connected.

    Attributes:
        maintenance: None while there is none.
    """

    revocations: Revocations = attrs.field(factory=Revocations)
    blocked: tuple[BlockedNetwork, ...] = ()
    maintenance: Maintenance | None = None
