"""Tokens: what a bearer must show to be somebody, and the somebody that comes of it."""

import base64
import json
import math
import re
from collections.abc import Callable

import attrs
from jwt import PyJWS

from auth.claims import END_OF_TIME_S, MAX_ID_BYTES, Claims, TokenRules, invalid, is_identifier
from auth.keys import MAX_KID_CHARS, Algorithm, KeySet, VerificationKey, secret_key
from auth.strict_json import parse_json
from components.contract.errors import ErrorCode
from components.contract.roles import TOKEN_ROLES, Role
from components.model.credentials import Credential
from components.model.errors import ConfigError, InvalidArgument, TokenRejected, UnknownKey

MAX_TOKEN_CHARS = 8192
TYPES = frozenset({"jwt", "at+jwt"})
"""What a header's `typ` may be: a token, an access token of RFC 9068."""

_ALGORITHMS = frozenset(Algorithm)
_COMPACT_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


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


@attrs.frozen(kw_only=True)
class _Envelope:
    """A token taken apart, before anybody believes a word of it."""

    algorithm: str
    kid: str | None
    signed: bytes
    payload: str
    signature: bytes


@attrs.frozen
class TokenVerifier:
    """
    Check tokens against the keys of the moment and one set of rules.

    Sans-I/O. The header of a token chooses nothing: a key has its algorithm, and the header must name the same. Keys,
    certificates and addresses that the header carries are never looked at; of all that it says only `alg`, `kid`,
    `typ`, `crit` and `b64` are.

    Source: RFC 7515, section 5.2; RFC 7519, sections 4.1 and 7.2; RFC 8725 (JWT best current practices), section 3.
    """

    _keys: Callable[[], KeySet] = attrs.field(repr=False)
    _rules: TokenRules

    @classmethod
    def of_secret(cls, secret: bytes, rules: TokenRules) -> "TokenVerifier":
        """
        A verifier of the tokens that one secret has signed.

        Raises:
            ConfigError: The secret is too short, or is a public key.
        """
        keys = KeySet((secret_key(secret),))
        return cls(lambda: keys, rules)

    @property
    def leeway_s(self) -> int:
        """How long a token is good beyond its `exp`."""
        return self._rules.leeway_s

    def verify(self, token: str, *, now_s: float) -> Principal:
        """
        Say who the bearer of a token is.

        Raises:
            UnknownKey: Its key is none of ours, and it would be good otherwise.
            TokenRejected: `token_expired` where the token would have been good before, else `token_invalid`.
        """
        envelope = _open(token)
        key = self._find_key(envelope, now_s)
        said = self._rules.read(_read_claims(envelope.payload), now_s=now_s)
        return Principal(
            user_id=said.user_id,
            role=said.role,
            token_id=said.token_id,
            key_id=key.key_id,
            issued_at_s=said.issued_at_s,
            expires_at_s=said.expires_at_s,
        )

    def _find_key(self, envelope: _Envelope, now_s: float) -> VerificationKey:
        keys = self._keys()
        for key in keys.candidates(envelope.kid, envelope.algorithm):
            if key.verifies(envelope.signed, envelope.signature):
                return key
        if envelope.kid is not None and not keys.has(envelope.kid):
            raise self._unknown(envelope, now_s)
        raise invalid("no key of ours made the signature with the algorithm that the header names")

    def _unknown(self, envelope: _Envelope, now_s: float) -> TokenRejected:
        # Newer keys are only looked for where they would change the answer: not for the tokens of an hour ago that
        # clients keep coming back with after a rotation.
        try:
            self._rules.read(_read_claims(envelope.payload), now_s=now_s)
        except TokenRejected:
            return invalid("no key of ours has its kid, and its claims would not let it in either")
        return UnknownKey(ErrorCode.TOKEN_INVALID, "no key of ours has its kid, and none without a name signed it")


def issue_token(
    secret: bytes,
    rules: TokenRules,
    *,
    user_id: str,
    role: str,
    lifetime_s: int,
    now_s: float,
    token_id: str | None = None,
) -> str:
    """
    Make a token that a verifier with the same secret and rules takes; for development.

    Raises:
        InvalidArgument: No token may say that; `field` names the argument.
        ConfigError: The secret is too short, or is a public key, or the rules ask for what we do not write.
    """
    verifier = TokenVerifier.of_secret(secret, rules)
    claims = _claims_for(rules, user_id=user_id, role=role, lifetime_s=lifetime_s, now_s=now_s)
    if token_id is not None:
        claims["jti"] = token_id
    token = PyJWS().encode(json.dumps(claims).encode(), secret, algorithm=Algorithm.HS256)
    try:
        verifier.verify(token, now_s=now_s)
    except TokenRejected as error:
        raise ConfigError(f"tokens: the settings ask for what a token of ours does not say: {error.reason}") from None
    return token


def _claims_for(rules: TokenRules, *, user_id: str, role: str, lifetime_s: int, now_s: float) -> dict[str, object]:
    if not is_identifier(user_id):
        raise InvalidArgument("user", f"expected 1 to {MAX_ID_BYTES} bytes of printable text")
    if role not in TOKEN_ROLES:
        raise InvalidArgument("role", f"expected one of {', '.join(sorted(TOKEN_ROLES))}")
    word = rules.word_for(Role(role))
    if word is None:
        raise InvalidArgument("role", "expected one that the role map of the settings has a word for")
    issued_at_s = math.floor(now_s)
    longest_s = min(END_OF_TIME_S - issued_at_s, rules.max_lifetime_s or END_OF_TIME_S)
    if not 0 < lifetime_s <= longest_s:
        raise InvalidArgument("lifetime_s", f"expected 1 to {longest_s} seconds")
    claims: dict[str, object] = {"sub": user_id, "iat": issued_at_s, "exp": issued_at_s + lifetime_s}
    if rules.issuer is not None:
        claims["iss"] = rules.issuer
    if rules.audience is not None:
        claims["aud"] = rules.audience
    # A claim's whole name is looked up before it is taken for a path.
    return {**claims, rules.user_claim or "sub": user_id, rules.role_claim: word}


def _open(token: str) -> _Envelope:
    if len(token) > MAX_TOKEN_CHARS:
        raise invalid(f"longer than {MAX_TOKEN_CHARS} characters")
    if not _COMPACT_FORM.fullmatch(token):
        raise invalid("not three base64url parts")
    head, payload, signature = token.split(".")
    header = _read_object(head, "header")
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in _ALGORITHMS:
        raise invalid("alg is none that is taken")
    if not _is_token_type(header.get("typ", "JWT")):
        raise invalid("typ is not that of a token")
    if "crit" in header or "b64" in header:
        # RFC 7515, 4.1.11: what is critical must be understood, and we understand no extension.
        raise invalid("the header asks for an extension")
    return _Envelope(
        algorithm=algorithm,
        kid=_read_kid(header),
        signed=token.rpartition(".")[0].encode(),
        payload=payload,
        signature=_decode(signature, "signature"),
    )


def _read_kid(header: Claims) -> str | None:
    if "kid" not in header:
        return None
    kid = header["kid"]
    if isinstance(kid, str) and kid.isprintable() and 0 < len(kid) <= MAX_KID_CHARS:
        return kid
    raise invalid(f"kid is not 1 to {MAX_KID_CHARS} printable characters")


def _is_token_type(value: object) -> bool:
    # RFC 8725, 3.11: an issuer signs logout tokens and security events with the same key. RFC 7515, 4.1.9: the prefix.
    return isinstance(value, str) and value.lower().removeprefix("application/") in TYPES


def _read_claims(payload: str) -> Claims:
    return _read_object(payload, "claims")


def _read_object(segment: str, name: str) -> dict[str, object]:
    try:
        value = parse_json(_decode(segment, name))
    except ValueError:
        raise invalid(f"{name}: not JSON, or something is there twice") from None
    if not isinstance(value, dict):
        raise invalid(f"{name}: not an object")
    return value


def _decode(segment: str, name: str) -> bytes:
    # A part whose last character holds bits that no byte has would be a second token with the same content.
    if len(segment) % 4 != 1:
        data = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
        if base64.urlsafe_b64encode(data).rstrip(b"=") == segment.encode():
            return data
    raise invalid(f"{name}: not base64url as it is written")
