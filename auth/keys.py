"""
Verification keys: which algorithm each stands for, and which of them a token may be checked with.

What reads them out of files and answers is `auth.key_documents`.
"""

import base64
import enum
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import Algorithm as SignatureMethod
from jwt.algorithms import ECAlgorithm, HMACAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.exceptions import InvalidKeyError

from components.model.errors import ConfigError

SECRET_VARIABLE = "TAPECAST_JWT_SECRET"
MIN_SECRET_BYTES = 32
MIN_RSA_BITS, MAX_RSA_BITS = 2048, 8192
MAX_RSA_EXPONENT = 2**32
"""OpenSSL's work grows with the exponent, which an issuer's document could make as large as the modulus."""

MAX_KEYS = 64
"""Of a key set."""

MAX_CANDIDATES = 16
"""How many keys one token is tried with at most."""

MAX_KID_CHARS = 256
_SECRET_LABEL = b"tapecast: the name of a secret"


class Algorithm(enum.StrEnum):
    """
    How a token may be signed.

    Source: RFC 7518, section 3.1; RFC 8037, section 3.1 (EdDSA, of which only Ed25519 is taken).
    """

    HS256 = "HS256"
    RS256 = "RS256"
    ES256 = "ES256"
    EDDSA = "EdDSA"


_METHODS: Mapping[Algorithm, SignatureMethod] = {
    Algorithm.HS256: HMACAlgorithm(HMACAlgorithm.SHA256),
    Algorithm.RS256: RSAAlgorithm(RSAAlgorithm.SHA256),
    Algorithm.ES256: ECAlgorithm(ECAlgorithm.SHA256, SECP256R1),
    Algorithm.EDDSA: OKPAlgorithm(),
}


@attrs.frozen(kw_only=True)
class VerificationKey:
    """
    One key that tokens are verified with, and the one algorithm that it is for.

    Two are equal where they are the same key under the same name. Nothing that it shows would let anybody sign.

    Attributes:
        key_id: Its name: the `kid` that its issuer gave it, else its thumbprint of RFC 7638; of a secret without a
            `kid`, `secret-` and eight digits.
        algorithm: What a token's header must say to be checked with it.
        is_named: Whether the name is a `kid` of the issuer's; a token may call any other key what it will.
        fingerprint: Tells it from every other key; says nothing of a secret.
    """

    key_id: str
    algorithm: Algorithm
    is_named: bool
    fingerprint: bytes = attrs.field(repr=False)
    _key: Any = attrs.field(repr=False, eq=False)

    @property
    def is_secret(self) -> bool:
        """Whether whoever has it can sign with it as well."""
        return self.algorithm is Algorithm.HS256

    def verifies(self, signed: bytes, signature: bytes) -> bool:
        """Whether it made this signature of these bytes; anything that is no signature is one that it did not make."""
        return _METHODS[self.algorithm].verify(signed, self._key, signature)


@attrs.frozen
class KeySet:
    """
    All keys that tokens may be verified with at a time, at most 64; several are there while keys rotate.

    Sans-I/O, and never changed: who has new keys makes a new set, `KeySet((*files.keys, *fetched.keys))`. The same key
    under the same name counts once.

    Attributes:
        keys: In the order in which they are tried.

    Raises:
        ConfigError: Two different keys have one name, which the text tells, or they are too many.
    """

    keys: tuple[VerificationKey, ...] = ()
    _by_id: dict[str, VerificationKey] = attrs.field(init=False, repr=False, eq=False)
    _all: Mapping[str, tuple[VerificationKey, ...]] = attrs.field(init=False, repr=False, eq=False)
    _unnamed: Mapping[str, tuple[VerificationKey, ...]] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        by_id: dict[str, VerificationKey] = {}
        for key in self.keys:
            if by_id.setdefault(key.key_id, key) != key:
                raise ConfigError(f"keys of tokens: expected one key of a name, received two called {key.key_id!r}")
        if len(by_id) > MAX_KEYS:
            raise ConfigError(f"keys of tokens: expected at most {MAX_KEYS}, received {len(by_id)}")
        keys = tuple(by_id.values())
        object.__setattr__(self, "keys", keys)
        object.__setattr__(self, "_by_id", by_id)
        object.__setattr__(self, "_all", _by_algorithm(keys))
        object.__setattr__(self, "_unnamed", _by_algorithm(key for key in keys if not key.is_named))

    def has(self, kid: str) -> bool:
        """Whether one of the keys has this name; where none has, a source of keys may have a newer set."""
        return kid in self._by_id

    def candidates(self, kid: str | None, algorithm: str) -> tuple[VerificationKey, ...]:
        """
        Which keys a token is tried with, at most 16; none is ever used for another algorithm than its own.

        Args:
            kid: What the token's header calls its key; None where it does not say. The key of that name is the only
                one; where no key has it, those are tried that no issuer has named.
            algorithm: What the header says; a key that is for another one is no candidate.
        """
        if kid is None:
            return self._all.get(algorithm, ())
        named = self._by_id.get(kid)
        if named is None:
            return self._unnamed.get(algorithm, ())
        return (named,) if named.algorithm == algorithm else ()


def secret_key(secret: bytes, *, kid: str | None = None, source: str = SECRET_VARIABLE) -> VerificationKey:
    """
    The key that a shared secret is, for HS256.

    Args:
        secret: What tokens are signed with.
        kid: What its issuer calls it.
        source: Where the operator keeps it, for the message.

    Raises:
        ConfigError: It is no secret that anything may rest on.
    """
    check_secret(secret, source=source)
    fingerprint = hmac.digest(secret, _SECRET_LABEL, "sha256")
    return VerificationKey(
        key_id=f"secret-{fingerprint[:4].hex()}" if kid is None else kid,
        algorithm=Algorithm.HS256,
        is_named=kid is not None,
        fingerprint=fingerprint,
        key=secret,
    )


def public_key(key: object, *, kid: str | None = None, source: str) -> VerificationKey:
    """
    The key that a public key of `cryptography` is: RS256 of an RSA key, ES256 of P-256, EdDSA of Ed25519.

    Args:
        key: The public key.
        kid: What its issuer calls it.
        source: Where the operator keeps it, for the message.

    Raises:
        ConfigError: It is a key of another kind, on another curve, or of a size that is not taken.
    """
    algorithm = _algorithm_of(key, source)
    fingerprint = _thumbprint(_METHODS[algorithm].to_jwk(key, as_dict=True))
    return VerificationKey(
        key_id=_base64url(fingerprint) if kid is None else kid,
        algorithm=algorithm,
        is_named=kid is not None,
        fingerprint=fingerprint,
        key=key,
    )


def check_secret(secret: bytes, *, source: str = SECRET_VARIABLE) -> None:
    """
    Refuse a secret that could be guessed offline from a single token, or that is no secret at all.

    Args:
        secret: What tokens are signed with.
        source: Where the operator keeps it, for the message.

    Raises:
        ConfigError: Shorter than 32 bytes, or a public key or certificate.
    """
    if len(secret) < MIN_SECRET_BYTES:
        raise ConfigError(
            f"{source}: expected {MIN_SECRET_BYTES} bytes or more, received {len(secret)}; "
            f"make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    try:
        HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(secret)
    except InvalidKeyError:
        raise ConfigError(f"{source}: expected a random secret, received a public key or certificate") from None


def _algorithm_of(key: object, source: str) -> Algorithm:
    if isinstance(key, RSAPublicKey):
        if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
            raise ConfigError(
                f"{source}: expected an RSA key of {MIN_RSA_BITS} to {MAX_RSA_BITS} bits, received {key.key_size}"
            )
        if key.public_numbers().e > MAX_RSA_EXPONENT:
            raise ConfigError(f"{source}: expected an RSA key with an exponent below 2**32, such as 65537")
        return Algorithm.RS256
    if isinstance(key, EllipticCurvePublicKey):
        if not isinstance(key.curve, SECP256R1):
            raise ConfigError(f"{source}: expected a key on the curve P-256 (ES256), received {key.curve.name}")
        return Algorithm.ES256
    if isinstance(key, Ed25519PublicKey):
        return Algorithm.EDDSA
    raise ConfigError(f"{source}: expected a key for RS256, ES256 or EdDSA with Ed25519, received another kind")


def _thumbprint(jwk: Mapping[str, object]) -> bytes:
    # RFC 7638, 3.2 and 3.3: the required members alone, sorted, without white space.
    members = {name: jwk[name] for name in ("crv", "e", "kty", "n", "x", "y") if name in jwk}
    return hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _by_algorithm(keys: Iterable[VerificationKey]) -> Mapping[str, tuple[VerificationKey, ...]]:
    found: dict[str, tuple[VerificationKey, ...]] = {}
    for key in keys:
        found[key.algorithm] = (*found.get(key.algorithm, ()), key)[:MAX_CANDIDATES]
    return found
