"""Claims: what a token must say besides being signed, and who it makes of its bearer."""

from collections.abc import Mapping

import attrs

from components.contract.errors import ErrorCode
from components.contract.roles import TOKEN_ROLES, Role
from components.model.errors import ConfigError, TokenRejected

MAX_ID_BYTES = 128
"""Of a user id or token id in UTF-8: three characters a byte at most, so that the URI component stays within 384."""
MAX_LEEWAY_S = 300
MAX_LIFETIME_S = 315_360_000
"""Ten years, the longest that an operator can allow a token."""
END_OF_TIME_S = 253_402_300_799
"""9999-12-31T23:59:59Z, the last second that ISO-8601 writes with four digits of the year."""
MAX_CLAIM_NAME_CHARS = 256
MAX_NAMES = 64
"""Of required claims, and of the words of an identity provider."""

USER_CLAIMS = ("sub", "userId")
NEVER_A_ROLE = frozenset({Role.GATEWAY.value, Role.PUBLIC.value, "trusted", "anonymous"})
"""Words that no token may say of its bearer: what is no token's role, and Crossbar's own."""

Claims = Mapping[str, object]
_MISSING = object()


@attrs.frozen(kw_only=True)
class TokenRules:
    """
    What a token must say besides being signed.

    Units: seconds.

    Attributes:
        issuer: The only `iss` that is taken; None takes any.
        audience: What `aud` must name; None takes only tokens that are for no audience in particular.
        leeway_s: How far the issuer's clock may be from ours, for `exp`, `nbf` and `iat` alike.
        max_lifetime_s: The longest time from `iat` to `exp`, or from now where there is no `iat`; None takes any.
        required_claims: What must be there and not null, besides `exp`; named like the two that follow.
        user_claim: Where the user is: a claim's whole name, or a path of names with dots between them; the longest name
            that is there is taken. None is `sub` or `userId`, or both where they agree.
        role_claim: Where the role is, in the same way.
        role_map: Our role for each word of the identity provider's that stands for one; no other word counts then, and
            of several that a token has, the first of the map. Empty: the words are ours, and a token names one role.

    Raises:
        ConfigError: A number is out of range, a name is empty or too long, or a word stands for a role that no token
            may name.
    """

    issuer: str | None = None
    audience: str | None = None
    leeway_s: int = 30
    max_lifetime_s: int | None = None
    required_claims: tuple[str, ...] = ()
    user_claim: str | None = None
    role_claim: str = "role"
    role_map: Mapping[str, Role] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.leeway_s <= MAX_LEEWAY_S:
            raise ConfigError(f"leeway of tokens: expected 0 to {MAX_LEEWAY_S} seconds, received {self.leeway_s}")
        if self.max_lifetime_s is not None and not 1 <= self.max_lifetime_s <= MAX_LIFETIME_S:
            raise ConfigError(
                f"lifetime of tokens: expected 1 to {MAX_LIFETIME_S} seconds, received {self.max_lifetime_s}"
            )
        if self.issuer == "" or self.audience == "":
            raise ConfigError("issuer and audience of tokens: expected a name, received an empty one; leave it unset")
        names = (*self.required_claims, self.role_claim, *(() if self.user_claim is None else (self.user_claim,)))
        if not all(0 < len(name) <= MAX_CLAIM_NAME_CHARS for name in (*names, *self.role_map)):
            raise ConfigError(f"claims of tokens: expected names and words of 1 to {MAX_CLAIM_NAME_CHARS} characters")
        if max(len(self.required_claims), len(self.role_map)) > MAX_NAMES:
            raise ConfigError(f"claims of tokens: expected at most {MAX_NAMES} required ones, and as many words")
        if not TOKEN_ROLES.issuperset(self.role_map.values()):
            raise ConfigError(f"roles of tokens: expected {', '.join(sorted(TOKEN_ROLES))} for each word")

    def read(self, claims: Claims, *, now_s: float) -> "Statement":
        """
        Say what a token says.

        Args:
            claims: What was signed.
            now_s: UNIX seconds.

        Raises:
            TokenRejected: `token_expired` where the token would have been good before, else `token_invalid`.
        """
        self._check_issuer_and_audience(claims)
        self._check_required(claims)
        issued_at_s, expires_at_s = self._read_times(claims, now_s)
        statement = Statement(
            user_id=_read_user_id(claims, self.user_claim),
            role=self._read_role(claims),
            token_id=_identifier(claims["jti"], "jti") if "jti" in claims else None,
            issued_at_s=issued_at_s,
            expires_at_s=int(expires_at_s),
        )
        if now_s >= expires_at_s + self.leeway_s:
            raise TokenRejected(ErrorCode.TOKEN_EXPIRED, "exp is over")
        return statement

    def word_for(self, role: Role) -> str | None:
        """What a token says to have a role; None where the map has no word for it."""
        if not self.role_map:
            return role.value
        return next((word for word, meant in self.role_map.items() if meant is role), None)

    def _check_issuer_and_audience(self, claims: Claims) -> None:
        issuer = claims.get("iss")
        if "iss" in claims and not isinstance(issuer, str):
            raise invalid("iss is not text")
        if self.issuer is not None and issuer != self.issuer:
            raise invalid("iss is not the issuer of our settings")
        if self.audience is None:
            # RFC 7519, 4.1.3: whoever is not among the audience of a token must reject it.
            if claims.get("aud") is not None:
                raise invalid("aud names an audience, and our settings none")
            return
        audience = claims.get("aud")
        names = audience if isinstance(audience, list) else [audience]
        if self.audience not in names or not all(isinstance(name, str) for name in names):
            raise invalid("aud is not the audience of our settings")

    def _check_required(self, claims: Claims) -> None:
        for name in self.required_claims:
            if find_claim(claims, name) in (None, _MISSING):
                raise invalid(f"{name} is required, and missing")

    def _read_times(self, claims: Claims, now_s: float) -> tuple[float | None, float]:
        issued_at_s, expires_at_s = _numeric_date(claims, "iat"), _numeric_date(claims, "exp")
        for name, begin_s in (("nbf", _numeric_date(claims, "nbf")), ("iat", issued_at_s)):
            if begin_s is not None and begin_s > now_s + self.leeway_s:
                raise invalid(f"{name} is in the future")
        if expires_at_s is None:
            raise invalid("exp is missing")
        if self.max_lifetime_s is not None:
            begin_s = now_s + self.leeway_s if issued_at_s is None else issued_at_s
            if expires_at_s - begin_s > self.max_lifetime_s:
                raise invalid("exp is further away than our settings allow")
        return issued_at_s, expires_at_s

    def _read_role(self, claims: Claims) -> Role:
        said = find_claim(claims, self.role_claim)
        words = said if isinstance(said, list) else [said]
        if not all(isinstance(word, str) for word in words):
            raise invalid("role is missing, or not text")
        named = set(words)
        if self.role_map:
            roles = [role for word, role in self.role_map.items() if word in named][:1]
        elif NEVER_A_ROLE.isdisjoint(named):
            roles = [Role(word) for word in named & TOKEN_ROLES]
        else:
            raise invalid("role is one that no token may name")
        if len(roles) != 1:
            raise invalid("role is none that tokens may name, or several")
        return roles[0]


@attrs.frozen(kw_only=True)
class Statement:
    """
    What a token says of its bearer and itself.

    Units: UNIX seconds.

    Attributes:
        user_id: The user.
        role: The role, one that tokens may name.
        token_id: `jti`; None where it has none.
        issued_at_s: `iat`; None where it does not say.
        expires_at_s: `exp`, leeway not included.
    """

    user_id: str
    role: Role
    token_id: str | None
    issued_at_s: float | None
    expires_at_s: int


def find_claim(claims: Claims, name: str) -> object:
    """
    The claim of a name, which may have dots in it, or else be a path; what is nowhere is an object of its own.

    Of several ways to read a path, that with the longest names counts: `https://desk.example/claims.role` is `role` in
    `https://desk.example/claims`.
    """
    if name in claims:
        return claims[name]
    dot = name.rfind(".")
    while dot > 0:
        within = claims.get(name[:dot])
        if isinstance(within, dict):
            return find_claim(within, name[dot + 1 :])
        dot = name.rfind(".", 0, dot)
    return _MISSING


def is_identifier(value: object) -> bool:
    """Whether it can be the id of a user or token."""
    # What does not print, lone surrogates and control characters among it, would break URIs or forge lines of the log.
    return isinstance(value, str) and value.isprintable() and 0 < len(value.encode()) <= MAX_ID_BYTES


def invalid(reason: str) -> TokenRejected:
    """The refusal of a token that is not valid, for a reason that holds no part of it."""
    return TokenRejected(ErrorCode.TOKEN_INVALID, reason)


def _numeric_date(claims: Claims, name: str) -> float | None:
    if name not in claims:
        return None
    value = claims[name]
    # bool is an int to isinstance; what is too large for a float is infinite.
    if (type(value) is int or type(value) is float) and 0 <= value <= END_OF_TIME_S:
        return value
    raise invalid(f"{name} is not a number of seconds since 1970")


def _identifier(value: object, name: str) -> str:
    if isinstance(value, str) and is_identifier(value):
        return value
    raise invalid(f"{name} is not 1 to {MAX_ID_BYTES} bytes of printable text")


def _read_user_id(claims: Claims, user_claim: str | None) -> str:
    names = (user_claim,) if user_claim is not None else USER_CLAIMS
    said = [(name, value) for name in names if (value := find_claim(claims, name)) is not _MISSING]
    if not said:
        raise invalid("the user is missing")
    user_ids = {_identifier(value, name) for name, value in said}
    if len(user_ids) > 1:
        raise invalid("sub and userId differ")
    return user_ids.pop()
