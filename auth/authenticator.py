"""Who may join, and as what: the one function behind every way of asking it."""

from collections.abc import Callable

import attrs

from auth.tokens import TokenVerifier
from auth.users import ASKED_ROLES, Standing
from components.contract.envelope import NS_PER_S, format_time
from components.contract.errors import ErrorCode
from components.contract.roles import Role
from components.contract.uris import user_component
from components.model.credentials import Credential
from components.model.errors import TokenRejected

TICKET = "ticket"
ANONYMOUS = "anonymous"
LOCAL = "local"
"""How those come in who have opened a local socket; WAMP knows them as anonymous ones."""

CRYPTOSIGN = "cryptosign"
"""How service accounts come in: by a signature."""

METHODS = (TICKET, ANONYMOUS, LOCAL, CRYPTOSIGN)

GRANT = "grant"
"""Under which key of a principal's `extra` its `Grant` is."""

REFUSAL_TEXTS = {
    ErrorCode.TOKEN_INVALID: "the token is not valid",
    ErrorCode.TOKEN_EXPIRED: "the token has expired",
    ErrorCode.AUTHENTICATION_REQUIRED: "a token is required",
    ErrorCode.USER_INACTIVE: "this user may not connect",
    ErrorCode.UNAVAILABLE: "nobody can be let in at the moment",
    ErrorCode.INTERNAL: "the gateway failed to answer",
}
"""All that somebody who is not let in learns, whatever was wrong."""


@attrs.frozen(kw_only=True)
class Grant:
    """
    What the router remembers of the token that a session was let in for, and nobody is ever sent.

    Attributes:
        credential: The token, as far as it can be revoked.
        standing: What its user may have; None where that is what everybody may have.
    """

    credential: Credential
    standing: Standing | None = None


@attrs.frozen(kw_only=True)
class Admission:
    """
    What a session is from its WELCOME on.

    Attributes:
        authid: The token's user, or the public session's own name.
        role: Its role.
        expires_at_s: When the token ends, UNIX seconds; None for a public session.
        grant: What the router remembers; None for a public session.
    """

    authid: str
    role: Role
    expires_at_s: int | None
    grant: Grant | None = None

    @property
    def extra(self) -> dict[str, object]:
        """WELCOME.authextra: the user as a URI component and the token's end, both None for a public session."""
        if self.expires_at_s is None:
            return {"user": None, "expires_at": None}
        return {"user": user_component(self.authid), "expires_at": format_time(self.expires_at_s * NS_PER_S)}

    @property
    def is_asked_about(self) -> bool:
        """Whether a directory is to say if its user may come in."""
        return self.grant is not None and self.role in ASKED_ROLES

    def with_standing(self, standing: Standing) -> "Admission":
        """
        The same, with what its user may have.

        Raises:
            TokenRejected: The user may not come in.
        """
        if not standing.is_active:
            raise TokenRejected(ErrorCode.USER_INACTIVE, f"the user is not active: {standing.reason or 'no reason'}")
        return attrs.evolve(self, grant=self.grant and attrs.evolve(self.grant, standing=standing))


@attrs.frozen(kw_only=True)
class Authenticator:
    """
    Lets in whom a token vouches for, and whoever comes without one as `public`.

    Sans-I/O. It never looks at what HELLO says of the client.

    Attributes:
        verifier: Reads the tokens.
        new_public_name: Makes the name of one more session without a token.
        allows_public: Whether such a session may join.
    """

    verifier: TokenVerifier
    new_public_name: Callable[[], str]
    allows_public: bool = True

    def admit(self, method: object, ticket: object, *, now_s: float) -> Admission:
        """
        Say what a session that joins is.

        Args:
            method: WAMP authentication method that the router ran.
            ticket: What the client answered to the challenge: the token.
            now_s: UNIX seconds.

        Raises:
            TokenRejected: It does not join.
        """
        if method == TICKET:
            return self._admit_bearer(ticket, now_s)
        if method == ANONYMOUS and self.allows_public:
            return Admission(authid=self.new_public_name(), role=Role.PUBLIC, expires_at_s=None)
        raise TokenRejected(ErrorCode.AUTHENTICATION_REQUIRED, "a method that lets nobody in")

    def _admit_bearer(self, ticket: object, now_s: float) -> Admission:
        if not isinstance(ticket, str):
            raise TokenRejected(ErrorCode.TOKEN_INVALID, "the ticket is not text")
        principal = self.verifier.verify(ticket, now_s=now_s)
        return Admission(
            authid=principal.user_id,
            role=principal.role,
            expires_at_s=principal.expires_at_s,
            grant=Grant(credential=principal.credential),
        )
