"""What a session has shown to be let in, as far as it can be revoked."""

import attrs

from components.contract.roles import Role


@attrs.frozen(kw_only=True)
class Credential:
    """
    One token, without anything that would let somebody in with it.

    Units: UNIX seconds.

    Attributes:
        user_id: Whom it vouches for.
        role: As what.
        token_id: `jti`; None where the token has none.
        key_id: The key that it was signed with, by our own name for it.
        issued_at_s: `iat`; None where the token does not say.
        expires_at_s: `exp`, leeway not included.
    """

    user_id: str
    role: Role
    token_id: str | None
    key_id: str
    issued_at_s: float | None
    expires_at_s: int
