"""Tokens: what a bearer must show to be somebody, and the somebody that comes of it."""

import json
import math
import re

import attrs
from jwt import PyJWS
from jwt.exceptions import PyJWTError

from auth.keys import check_secret
from components.contract.errors import ErrorCode
from components.contract.roles import TOKEN_ROLES, Role
from components.model.credentials import Credential
from components.model.errors import ConfigError, InvalidArgument, TokenRejected

ALGORITHM = "HS256"
SECRET_KEY_ID = "secret"
"""Our name for the one key that is no file and has no name of its own."""

MAX_TOKEN_CHARS = 8192
MAX_ID_BYTES = 128
"""Of a user id or token id in UTF-8: three characters a byte at most, so that the URI component stays within 384."""
MAX_LEEWAY_S = 300
END_OF_TIME_S = 253_402_300_799
"""9999-12-31T23:59:59Z, the last second that ISO-8601 writes with four digits of the year."""

_COMPACT_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")

Claims = dict[str, object]


@attrs.frozen(kw_only=True)
class TokenRules:
    """
    What a token must say besides being signed.

    Units: seconds.

    Attributes:
        issuer: The only `iss` that is taken; None takes any.
        audience: What `aud` must name; None takes only tokens that are for no audience in particular.
        leeway_s: How far the issuer's clock may be from ours, for `exp`, `nbf` and `iat` alike.

    Raises:
        ConfigError: The leeway is out of range, or a name is empty.
    """

    issuer: str | None = None
    audience: str | None = None
    leeway_s: int = 30

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.leeway_s <= MAX_LEEWAY_S:
            raise ConfigError(f"leeway of tokens: expected 0 to {MAX_LEEWAY_S} seconds, received {self.leeway_s}")
        if self.issuer == "" or self.audience == "":
            raise ConfigError("issuer and audience of tokens: expected a name, received an empty one; leave it unset")


@attrs.frozen(kw_only=True)
class Principal:
    """
    Somebody a token vouches for.

    Attributes:
        user_id: The token's user.
        role: The token's role, one that tokens may name.
        token_id: `jti`, None where the token has none.
        key_id: The key that it was signed with, by our own name for it.
        issued_at_s: `iat`, UNIX seconds; None where the token does not say.
        expires_at_s: UNIX seconds, leeway not included.
    """

    user_id: str
    role: Role
    token_id: str | None
    key_id: str
    issued_at_s: float | None
    expires_at_s: int

    @property
    def credential(self) -> Credential:
        """The same, as far as it can be revoked."""
        return Credential(
            user_id=self.user_id,
            role=self.role,
            token_id=self.token_id,
            key_id=self.key_id,
            issued_at_s=self.issued_at_s,
            expires_at_s=self.expires_at_s,
        )


@attrs.frozen
class TokenVerifier:
    """
    Check tokens against one secret and one set of rules.

    Sans-I/O. The header of a token chooses nothing: the algorithm is `HS256`, and a key or an address of a key that
    the header carries is never looked at.

    Source: RFC 7519 (JSON Web Token), sections 4.1 and 7.2; RFC 8725 (JWT best current practices), section 3.

    Raises:
        ConfigError: The secret is too short, or is a public key.
    """

    _key: bytes = attrs.field(repr=False)
    _rules: TokenRules
    _signatures: PyJWS = attrs.field(init=False, repr=False)

    @_signatures.default
    def _hs256_only(self) -> PyJWS:
        check_secret(self._key)
        return PyJWS(algorithms=[ALGORITHM])

    @property
    def leeway_s(self) -> int:
        """How long a token is good beyond its `exp`."""
        return self._rules.leeway_s

    def verify(self, token: str, *, now_s: float) -> Principal:
        """
        Say who the bearer of a token is.

        Raises:
            TokenRejected: `token_expired` where the token would have been good before, else `token_invalid`.
        """
        claims = self._signed_claims(token)
        self._check_issuer_and_audience(claims)
        expires_at_s = self._check_times(claims, now_s)
        principal = Principal(
            user_id=_user_id(claims),
            role=_role(claims),
            token_id=_token_id(claims),
            key_id=SECRET_KEY_ID,
            issued_at_s=_numeric_date(claims, "iat"),
            expires_at_s=math.floor(expires_at_s),
        )
        if now_s >= expires_at_s + self._rules.leeway_s:
            raise TokenRejected(ErrorCode.TOKEN_EXPIRED, "exp is over")
        return principal

    def _signed_claims(self, token: str) -> Claims:
        if len(token) > MAX_TOKEN_CHARS:
            raise _invalid(f"longer than {MAX_TOKEN_CHARS} characters")
        if not _COMPACT_FORM.fullmatch(token):
            raise _invalid("not three base64url parts")
        try:
            payload = self._signatures.decode(token, self._key, algorithms=[ALGORITHM])
        except PyJWTError as error:
            # The text of the error may quote the token, its type does not.
            raise _invalid(f"signature or header: {type(error).__name__}") from None
        return _parse_claims(payload)

    def _check_issuer_and_audience(self, claims: Claims) -> None:
        if self._rules.issuer is not None and claims.get("iss") != self._rules.issuer:
            raise _invalid("iss is not the issuer of our settings")
        audience = claims.get("aud")
        if self._rules.audience is None:
            # RFC 7519, 4.1.3: whoever is not among the audience of a token must reject it.
            if audience is not None:
                raise _invalid("aud names an audience, and our settings none")
        elif self._rules.audience not in (audience if isinstance(audience, list) else [audience]):
            raise _invalid("aud is not the audience of our settings")

    def _check_times(self, claims: Claims, now_s: float) -> float:
        for name in ("nbf", "iat"):
            begin_s = _numeric_date(claims, name)
            if begin_s is not None and begin_s > now_s + self._rules.leeway_s:
                raise _invalid(f"{name} is in the future")
        expires_at_s = _numeric_date(claims, "exp")
        if expires_at_s is None:
            raise _invalid("exp is missing")
        return expires_at_s


def issue_token(secret: bytes, rules: TokenRules, *, user_id: str, role: str, lifetime_s: int, now_s: float) -> str:
    """
    Make a token that a verifier with the same secret and rules takes; for development.

    Raises:
        InvalidArgument: No token may say that; `field` names the argument.
        ConfigError: The secret is too short, or is a public key.
    """
    check_secret(secret)
    if not _is_identifier(user_id):
        raise InvalidArgument("user", f"expected 1 to {MAX_ID_BYTES} bytes of printable text")
    if role not in TOKEN_ROLES:
        raise InvalidArgument("role", f"expected one of {', '.join(sorted(TOKEN_ROLES))}")
    issued_at_s = math.floor(now_s)
    if not 0 < lifetime_s <= END_OF_TIME_S - issued_at_s:
        raise InvalidArgument("lifetime_s", "expected a positive number of seconds that ends before the year 10000")
    claims: Claims = {"sub": user_id, "role": role, "iat": issued_at_s, "exp": issued_at_s + lifetime_s}
    if rules.issuer is not None:
        claims["iss"] = rules.issuer
    if rules.audience is not None:
        claims["aud"] = rules.audience
    return PyJWS(algorithms=[ALGORITHM]).encode(json.dumps(claims).encode(), secret, algorithm=ALGORITHM)


def _invalid(reason: str) -> TokenRejected:
    return TokenRejected(ErrorCode.TOKEN_INVALID, reason)


def _parse_claims(payload: bytes) -> Claims:
    try:
        claims = json.loads(payload, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError):
        raise _invalid("claims are not JSON, or one is there twice") from None
    if not isinstance(claims, dict):
        raise _invalid("claims are not an object")
    return claims


def _without_duplicates(pairs: list[tuple[str, object]]) -> Claims:
    claims = dict(pairs)
    if len(claims) != len(pairs):
        # RFC 8725, 2.6: two parsers that choose differently see two tokens.
        raise ValueError("duplicate name")
    return claims


def _numeric_date(claims: Claims, name: str) -> float | None:
    if name not in claims:
        return None
    value = claims[name]
    # bool is an int to isinstance; NaN is in no range.
    if (type(value) is int or type(value) is float) and 0 <= value <= END_OF_TIME_S:
        return value
    raise _invalid(f"{name} is not a number of seconds since 1970")


def _is_identifier(value: object) -> bool:
    # What does not print, lone surrogates and control characters among it, would break URIs or forge lines of the log.
    return isinstance(value, str) and value.isprintable() and 0 < len(value.encode()) <= MAX_ID_BYTES


def _identifier(value: object, name: str) -> str:
    if isinstance(value, str) and _is_identifier(value):
        return value
    raise _invalid(f"{name} is not 1 to {MAX_ID_BYTES} bytes of printable text")


def _user_id(claims: Claims) -> str:
    names = [name for name in ("sub", "userId") if name in claims]
    if not names:
        raise _invalid("sub is missing")
    user_ids = {_identifier(claims[name], name) for name in names}
    if len(user_ids) > 1:
        raise _invalid("sub and userId differ")
    return user_ids.pop()


def _role(claims: Claims) -> Role:
    role = claims.get("role")
    if not isinstance(role, str) or role not in TOKEN_ROLES:
        raise _invalid("role is missing, or none that tokens may name")
    return Role(role)


def _token_id(claims: Claims) -> str | None:
    return _identifier(claims["jti"], "jti") if "jti" in claims else None
