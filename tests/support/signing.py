"""Keys of every algorithm, and tokens that they sign, however wrong these are."""

import hmac
import json
from collections.abc import Mapping
from typing import Any

import attrs
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from jwt.algorithms import Algorithm as SignatureMethod
from jwt.algorithms import get_default_algorithms

from auth.keys import Algorithm, VerificationKey, public_key, secret_key
from tests.support.tokens import SECRET, base64url, claims

PRIVATE_PEM = PrivateFormat.PKCS8
METHODS = get_default_algorithms()


@attrs.frozen(kw_only=True)
class Signer:
    """
    An issuer's key of one algorithm.

    Attributes:
        algorithm: What its tokens say in `alg`.
        private: What signs: a secret, or a private key.
    """

    algorithm: str
    private: Any

    @property
    def key(self) -> VerificationKey:
        """What its tokens are verified with."""
        return self.named(None)

    def named(self, kid: str | None) -> VerificationKey:
        """The same, as its issuer calls it."""
        if isinstance(self.private, bytes):
            return secret_key(self.private, kid=kid)
        return public_key(self.private.public_key(), kid=kid, source="the tests")

    def sign(self, data: bytes) -> bytes:
        """The signature of these bytes, as RFC 7518 writes it."""
        method: SignatureMethod = METHODS[self.algorithm]
        if isinstance(self.private, bytes):
            return hmac.digest(self.private, data, "sha256")
        return method.sign(data, self.private)

    def sign_text(self, header: str | bytes, payload: str | bytes) -> str:
        """Sign a header and a payload that need not be JSON."""
        parts = [part.encode() if isinstance(part, str) else part for part in (header, payload)]
        signed = ".".join(base64url(part) for part in parts)
        return f"{signed}.{base64url(self.sign(signed.encode()))}"

    def header(self, **changes: object) -> str:
        """The header of a good token, with changes; what is changed to `...` is left out."""
        good: dict[str, object] = {"alg": self.algorithm, "typ": "JWT", **changes}
        return json.dumps({name: value for name, value in good.items() if value is not ...})

    def token(self, header: Mapping[str, object] | None = None, **changes: object) -> str:
        """A good token at `NOW_S`, but for changes of its header and its claims."""
        return self.sign_text(self.header(**(header or {})), json.dumps(claims(**changes)))

    def public(self, encoding: Encoding = Encoding.PEM) -> bytes:
        """The public key, for everybody to see."""
        document: bytes = self.private.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
        return document

    def private_pem(self) -> bytes:
        """The private key."""
        document: bytes = self.private.private_bytes(Encoding.PEM, PRIVATE_PEM, NoEncryption())
        return document

    def jwk(self, **members: object) -> dict[str, object]:
        """The key as a JWK, with members that its issuer adds; a secret is a secret there too."""
        key = self.private if isinstance(self.private, bytes) else self.private.public_key()
        jwk = METHODS[self.algorithm].to_jwk(key, as_dict=True)
        return {**{name: value for name, value in jwk.items() if name != "key_ops"}, **members}


def signer(algorithm: str) -> Signer:
    """The tests' issuer: always the same key of an algorithm."""
    return _SIGNERS[algorithm]


def stranger(algorithm: str) -> Signer:
    """Somebody else with a key of the same kind."""
    return _STRANGERS[algorithm]


def new_key(algorithm: str) -> Any:
    """A new private key of an algorithm, of those too that we do not take."""
    if algorithm == "RS256":
        return rsa.generate_private_key(65_537, 2048)
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    curves = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES256K": ec.SECP256K1()}
    return ec.generate_private_key(curves[algorithm])


def jwks(*keys: object) -> bytes:
    """A JWK Set of these."""
    return json.dumps({"keys": keys}).encode()


def _signers(secret: bytes) -> dict[str, Signer]:
    return {one: Signer(algorithm=one, private=new_key(one) if one != "HS256" else secret) for one in Algorithm}


_SIGNERS, _STRANGERS = _signers(SECRET), _signers(b"f" * 32)
