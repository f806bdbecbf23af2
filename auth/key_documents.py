"""What keys are handed over in: PEM files of public keys and certificates, and JWK Sets."""

import binascii
import re
from collections.abc import Callable, Mapping

import attrs
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate
from jwt.algorithms import ECAlgorithm, HMACAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.exceptions import InvalidKeyError

from auth.keys import MAX_KEYS, MAX_KID_CHARS, Algorithm, VerificationKey, public_key, secret_key
from auth.strict_json import parse_json
from components.model.errors import ConfigError

MAX_DOCUMENT_BYTES = 262_144
"""Of a file or an answer; a set of 64 RSA keys with their certificates is within it."""

PUBLIC_LABELS = ("PUBLIC KEY", "RSA PUBLIC KEY")
CERTIFICATE_LABEL = "CERTIFICATE"

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"})

Jwk = Mapping[str, object]


@attrs.frozen(kw_only=True)
class KeyDocument:
    """
    What a document had for us.

    Attributes:
        keys: At least one.
        left_out: A line for each key that was not taken, which tells its place in the document and why.
    """

    keys: tuple[VerificationKey, ...]
    left_out: tuple[str, ...] = ()


class _NotForUs(Exception):
    """A key that is in order, but for something that tokens of ours are not."""


@attrs.frozen(kw_only=True)
class _Kind:
    """How a key of one `kty` is read: its algorithm, its curve, the members that it is made of, what makes it."""

    algorithm: Algorithm
    curve: str | None = None
    members: tuple[str, ...]
    read: Callable[[dict[str, object]], object]


_KINDS: Mapping[object, _Kind] = {
    "RSA": _Kind(algorithm=Algorithm.RS256, members=("n", "e"), read=RSAAlgorithm.from_jwk),
    "EC": _Kind(algorithm=Algorithm.ES256, curve="P-256", members=("x", "y"), read=ECAlgorithm.from_jwk),
    "OKP": _Kind(algorithm=Algorithm.EDDSA, curve="Ed25519", members=("x",), read=OKPAlgorithm.from_jwk),
    "oct": _Kind(algorithm=Algorithm.HS256, members=("k",), read=HMACAlgorithm.from_jwk),
}


def parse_key_file(content: bytes, *, source: str) -> KeyDocument:
    """
    Read a file of the operator's: a JWK Set where it begins with a brace, else PEM.

    Args:
        content: The file's bytes.
        source: The file, for messages.

    Raises:
        ConfigError: There is no key in it that can be used, or one that must not be; a file is taken whole or not.
    """
    if content.lstrip()[:1] == b"{":
        return parse_jwks(content, source=source, is_published=False)
    return KeyDocument(keys=parse_pem(content, source=source))


def parse_pem(content: bytes, *, source: str) -> tuple[VerificationKey, ...]:
    """
    Read public keys, or one certificate, of which only the key counts: not its dates, and not who has issued it.

    Source: RFC 7468: text outside of the blocks is for human beings.

    Args:
        content: The file's bytes.
        source: The file, for messages.

    Raises:
        ConfigError: It holds a private key, something else than keys, or none that can be used.
    """
    _check_size(content, source)
    text = content.decode("ascii", errors="replace")
    blocks = [(found[1], found[0].encode("ascii", errors="replace")) for found in _BLOCK.finditer(text)]
    labels = [label for label, _ in blocks]
    if "PRIVATE KEY-----" in text:
        raise ConfigError(f"{source}: expected public keys, received a private key; it belongs to the issuer alone")
    if labels.count(CERTIFICATE_LABEL) > 1:
        raise ConfigError(f"{source}: expected one certificate in a file, received a chain; leave out its authorities")
    if not 0 < len(blocks) <= MAX_KEYS:
        raise ConfigError(f"{source}: expected 1 to {MAX_KEYS} keys in PEM or a JWK Set, received {len(blocks)}")
    return tuple(public_key(_load(label, block, source), source=source) for label, block in blocks)


def parse_jwks(content: bytes, *, source: str, is_published: bool) -> KeyDocument:
    """
    Read a JWK Set, without the keys that are for something else than the signatures we know.

    Source: RFC 7517, section 5: a key that is not understood is ignored, and the others are taken.

    Args:
        content: The document's bytes.
        source: Where it comes from, for messages.
        is_published: It is an answer of an issuer's, open to everybody. No secret is taken from it, and a key that must
            not be used is left out; in a file of the operator's it is an error.

    Raises:
        ConfigError: It is no JWK Set, there is no key in it that can be used, or in a file one that must not be.
    """
    keys: list[VerificationKey] = []
    left_out: list[str] = []
    for place, jwk in enumerate(_members(content, source), start=1):
        name = f"{source}: key {place}"
        try:
            keys.append(_read_jwk(jwk, name, is_published=is_published))
        except _NotForUs as reason:
            left_out.append(f"{name}: {reason}")
        except ConfigError as error:
            if not is_published:
                raise
            left_out.append(str(error))
    if not keys:
        reasons = "".join(f"; {line}" for line in left_out)
        raise ConfigError(f"{source}: expected a key for {', '.join(Algorithm)}, received none{reasons}")
    return KeyDocument(keys=tuple(keys), left_out=tuple(left_out))


def _check_size(content: bytes, source: str) -> None:
    if len(content) > MAX_DOCUMENT_BYTES:
        raise ConfigError(f"{source}: expected at most {MAX_DOCUMENT_BYTES} bytes of keys, received {len(content)}")


def _load(label: str, block: bytes, source: str) -> object:
    try:
        if label == CERTIFICATE_LABEL:
            return load_pem_x509_certificate(block).public_key()
        if label in PUBLIC_LABELS:
            return load_pem_public_key(block)
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigError(f"{source}: expected a public key or certificate in PEM, received a broken one") from None
    raise ConfigError(f"{source}: expected public keys or a certificate, received {label!r}")


def _members(content: bytes, source: str) -> list[object]:
    _check_size(content, source)
    try:
        document = parse_json(content)
    except ValueError:
        raise ConfigError(f"{source}: expected a JWK Set, received what is no JSON, or names something twice") from None
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise ConfigError(f"{source}: expected a JWK Set, a JSON object with a list called keys")
    if len(keys) > MAX_KEYS:
        raise ConfigError(f"{source}: expected at most {MAX_KEYS} keys, received {len(keys)}")
    return keys


def _read_jwk(jwk: object, name: str, *, is_published: bool) -> VerificationKey:
    if not isinstance(jwk, dict):
        raise ConfigError(f"{name}: expected a JSON object")
    if not _PRIVATE_MEMBERS.isdisjoint(jwk):
        raise ConfigError(f"{name}: expected a public key, received a private key; it belongs to the issuer alone")
    kind = _kind_of(jwk, name)
    if kind.algorithm is Algorithm.HS256 and is_published:
        raise ConfigError(f"{name}: expected a public key, received a secret that everybody can read")
    kid = _kid(jwk, name)
    key = _make(jwk, kind, name)
    if isinstance(key, bytes):
        return secret_key(key, kid=kid, source=name)
    return public_key(key, kid=kid, source=name)


def _kind_of(jwk: Jwk, name: str) -> _Kind:
    kty, algorithm, operations = jwk.get("kty"), jwk.get("alg"), jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        raise _NotForUs("it is not for signatures")
    kind = _KINDS.get(kty) if isinstance(kty, str) else None
    if kind is None or (algorithm is not None and algorithm not in list(Algorithm)):
        raise _NotForUs(f"it is for none of {', '.join(Algorithm)}")
    if algorithm not in (None, kind.algorithm):
        raise ConfigError(f"{name}: expected a key whose alg fits its kty")
    if kind.curve is not None and jwk.get("crv") != kind.curve:
        if algorithm is None:
            raise _NotForUs(f"it is not on the curve {kind.curve}")
        raise ConfigError(f"{name}: expected a key on the curve {kind.curve} for {kind.algorithm}")
    return kind


def _kid(jwk: Jwk, name: str) -> str | None:
    kid = jwk.get("kid")
    if kid is None or (isinstance(kid, str) and kid.isprintable() and 0 < len(kid) <= MAX_KID_CHARS):
        return kid
    raise ConfigError(f"{name}: expected a kid of 1 to {MAX_KID_CHARS} printable characters")


def _make(jwk: Jwk, kind: _Kind, name: str) -> object:
    members = {member: jwk.get(member) for member in kind.members}
    if not all(isinstance(value, str) and _BASE64URL.fullmatch(value) for value in members.values()):
        raise ConfigError(f"{name}: expected {' and '.join(members)} in base64url, without padding")
    try:
        return kind.read({"kty": jwk["kty"], "crv": kind.curve, **members})
    except (InvalidKeyError, ValueError, binascii.Error):
        raise ConfigError(f"{name}: expected a key of the kind that it says it is, received a broken one") from None
