"""An issuer of tokens with keys of its own: it makes new ones, publishes those that it wants, and signs with any."""

import base64
import json
import time
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt import PyJWS
from jwt.algorithms import ECAlgorithm

from components.contract.envelope import NS_PER_S


class KeyIssuer:
    """
    An issuer that signs with ES256.

    Attributes:
        now_s: The clock that its tokens follow, UNIX seconds; None is the real one.
    """

    def __init__(self, *kids: str, now_s: int | None = None) -> None:
        self.now_s = now_s
        self._keys: dict[str, EllipticCurvePrivateKey] = {}
        for kid in kids:
            self.make_key(kid)

    def make_key(self, kid: str) -> None:
        """Make one more key, that nobody knows of yet."""
        self._keys[kid] = generate_private_key(SECP256R1())

    def jwks(self, *kids: str) -> bytes:
        """The JWK Set with the public keys of these names."""
        return json.dumps(
            {"keys": [{**self._jwk(kid), "kid": kid, "use": "sig", "alg": "ES256"} for kid in kids]}
        ).encode()

    def pem(self, *kids: str) -> bytes:
        """The public keys of these names in PEM."""
        keys = (self._keys[kid].public_key() for kid in kids)
        return b"".join(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) for key in keys)

    def token(
        self,
        kid: str | None,
        *,
        key: str | None = None,
        user: str = "alice",
        role: str = "trader",
        lifetime_s: int = 600,
        claims: Mapping[str, object] | None = None,
    ) -> str:
        """
        A token that names a key, and is signed by it unless another is given.

        Args:
            kid: The name in its header; None leaves it out.
            key: The name of the key that signs it.
            user: Whom it vouches for.
            role: As what.
            lifetime_s: How long it is good.
            claims: Others, or in place of the usual ones.
        """
        now_s = self.now_s or time.time_ns() // NS_PER_S
        said = {"sub": user, "role": role, "iat": now_s, "exp": now_s + lifetime_s, **(claims or {})}
        headers = {"typ": "JWT"} if kid is None else {"kid": kid, "typ": "JWT"}
        signing = self._keys[key or kid or ""]
        return PyJWS(algorithms=["ES256"]).encode(
            json.dumps(said).encode(), signing, algorithm="ES256", headers=headers
        )

    def _jwk(self, kid: str) -> dict[str, object]:
        jwk: dict[str, object] = json.loads(ECAlgorithm.to_jwk(self._keys[kid].public_key()))
        return jwk


def secret_jwks(**secrets: bytes) -> bytes:
    """The JWK Set with these secrets, by their names."""
    keys = [
        {"kty": "oct", "kid": kid, "alg": "HS256", "k": base64.urlsafe_b64encode(secret).rstrip(b"=").decode()}
        for kid, secret in secrets.items()
    ]
    return json.dumps({"keys": keys}).encode()
