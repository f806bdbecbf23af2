"""Tokens as an issuer, a careless one or a forger would make them."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

from auth.keys import secret_key

SECRET = b"0123456789abcdef0123456789abcdef"
SECRET_KEY_ID = secret_key(SECRET).key_id
NOW_S = 1_700_000_000

DIGESTS = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def base64url(data: bytes) -> str:
    """Base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """The bytes of base64 for URLs."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def claims(**changes: object) -> dict[str, object]:
    """The claims of a good token at `NOW_S`, with changes; a claim changed to `...` is left out."""
    good: dict[str, object] = {"sub": "alice", "role": "trader", "iat": NOW_S - 60, "exp": NOW_S + 600}
    return {name: value for name, value in {**good, **changes}.items() if value is not ...}


def sign_text(header: str, payload: str | bytes, *, secret: bytes = SECRET, digest: str = "HS256") -> str:
    """Sign a header and a payload that need not be JSON."""
    data = payload.encode() if isinstance(payload, str) else payload
    signed = f"{base64url(header.encode())}.{base64url(data)}"
    return f"{signed}.{base64url(hmac.digest(secret, signed.encode(), DIGESTS[digest]))}"


def token(*, header: Mapping[str, object] | None = None, secret: bytes = SECRET) -> str:
    """A good token at `NOW_S`, but for its header or secret; signed with HMAC of SHA-256."""
    return sign_text(json.dumps(header or {"alg": "HS256", "typ": "JWT"}), json.dumps(claims()), secret=secret)


def token_saying(**changes: object) -> str:
    """A token like a good one at `NOW_S`, but for its claims."""
    return sign_text('{"alg":"HS256","typ":"JWT"}', json.dumps(claims(**changes)))
