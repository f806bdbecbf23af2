"""An issuer of tokens with keys of its own: it makes new ones, publishes those that it wants, and signs with any."""

import time
from collections.abc import Mapping

from components.contract.envelope import NS_PER_S
from tests.support.signing import Signer, jwks, new_key
from tests.support.tokens import base64url

ALGORITHM = "ES256"


class KeyIssuer:
    """
    An issuer that signs with ES256.

    Attributes:
        now_s: The clock that its tokens follow, UNIX seconds; None is the real one.
    """

    def __init__(self, *kids: str, now_s: int | None = None) -> None:
        self.now_s = now_s
        self._signers: dict[str, Signer] = {}
        for kid in kids:
            self.make_key(kid)

    def make_key(self, kid: str) -> None:
        """Make one more key, that nobody knows of yet."""
        self._signers[kid] = Signer(algorithm=ALGORITHM, private=new_key(ALGORITHM))

    def jwks(self, *kids: str) -> bytes:
        """The JWK Set with the public keys of these names."""
        return jwks(*(self._signers[kid].jwk(kid=kid, use="sig", alg=ALGORITHM) for kid in kids))

    def pem(self, *kids: str) -> bytes:
        """The public keys of these names in PEM."""
        return b"".join(self._signers[kid].public() for kid in kids)

    def token(
        self,
        kid: str | None,
        *,
        key: str | None = None,
        user: str = "alice",
        role: str = "trader",
        lifetime_s: int = 600,
        headers: Mapping[str, object] | None = None,
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
            headers: What its header says besides.
            claims: What it says besides, or in place of that.
        """
        now_s = self.now_s or time.time_ns() // NS_PER_S
        head = {"kid": ... if kid is None else kid, **(headers or {})}
        said = {"sub": user, "role": role, "iat": now_s, "exp": now_s + lifetime_s, **(claims or {})}
        return self._signers[key or kid or ""].token(head, **said)


def secret_jwks(**secrets: bytes) -> bytes:
    """The JWK Set with these secrets, by their names."""
    return jwks(*({"kty": "oct", "kid": kid, "alg": "HS256", "k": base64url(one)} for kid, one in secrets.items()))
