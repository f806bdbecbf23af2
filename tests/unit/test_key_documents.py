"""Documents of keys: what is taken from PEM and JWK Sets, what is left out, and what an operator is told."""

import contextlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from auth.key_documents import MAX_DOCUMENT_BYTES, parse_jwks, parse_key_file, parse_pem
from auth.keys import MAX_KEYS, Algorithm
from components.model.errors import ConfigError
from tests.support.signing import Signer, jwks, new_key, signer, stranger
from tests.support.tokens import SECRET, base64url

PUBLIC = ("RS256", "ES256", "EdDSA")
ES256, RS256, EDDSA = signer("ES256"), signer("RS256"), signer("EdDSA")
PEM, PKCS8 = Encoding.PEM, PrivateFormat.PKCS8


def certificate(issuer: Signer = RS256) -> bytes:
    """A certificate of the key that ended long ago, and that its owner has signed."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer")])
    begin = datetime(2001, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, issuer.private.public_key(), 1, begin, begin + timedelta(days=1))
    return builder.sign(issuer.private, SHA256()).public_bytes(PEM)


def read_file(content: bytes) -> list[str]:
    """The names of the keys that a file of the operator's has."""
    return [key.key_id for key in parse_key_file(content, source="keys").keys]


def refusal(content: bytes) -> str:
    """What an operator is told of a file."""
    with pytest.raises(ConfigError) as raised:
        parse_key_file(content, source="keys")
    assert raised.value.__cause__ is None
    return str(raised.value)


def test_pem_has_a_key_in_each_block() -> None:
    """Public keys of every kind in one file, in order, whatever stands between them."""
    content = b"the keys of our issuer\n" + b"\nand\n".join(signer(algorithm).public() for algorithm in PUBLIC)

    keys = parse_pem(content, source="keys")

    assert keys == tuple(signer(algorithm).key for algorithm in PUBLIC)
    assert keys == parse_key_file(content, source="keys").keys
    assert keys == parse_pem(content.replace(b"\n", b"\r\n"), source="keys")


def test_pem_of_an_rsa_key_may_be_of_the_older_form() -> None:
    """`RSA PUBLIC KEY` is the same key."""
    older = RS256.private.public_key().public_bytes(PEM, PublicFormat.PKCS1)

    assert parse_pem(older, source="keys") == (RS256.key,)


def test_a_certificate_is_its_key() -> None:
    """Its dates are not looked at, nor who has issued it: the operator vouches for it."""
    assert parse_pem(certificate(), source="keys") == (RS256.key,)


PRIVATE = {
    "PKCS 8": ES256.private_pem(),
    "SEC 1": ES256.private.private_bytes(PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
    "PKCS 1": RS256.private.private_bytes(PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
    "OpenSSH": EDDSA.private.private_bytes(PEM, PrivateFormat.OpenSSH, NoEncryption()),
    "encrypted": ES256.private.private_bytes(PEM, PKCS8, BestAvailableEncryption(b"x")),
    "beside its public key": ES256.public() + ES256.private_pem(),
    "cut off": ES256.private_pem()[:80],
    "in a JWK Set": jwks(ES256.jwk(d=base64url(32 * b"x"))),
    "of RSA in a JWK Set": jwks(RS256.jwk(p="AQAB", q="AQAB")),
}


@pytest.mark.parametrize("content", PRIVATE.values(), ids=PRIVATE)
def test_a_private_key_is_refused_and_not_shown(content: bytes) -> None:
    """Whoever verifies has no need to sign; the operator is told so, and nothing of the key."""
    told = refusal(content)

    assert re.fullmatch(
        "keys(: key 1)?: expected (a public key|public keys), received a private key; it belongs to the issuer alone",
        told,
    )


WRONG = {
    "nothing": (b"", "expected 1 to 64 keys in PEM or a JWK Set, received 0"),
    "text": (b"my keys", "received 0"),
    "DER": (ES256.public(Encoding.DER), "received 0"),
    "too many": (65 * ES256.public(), "received 65"),
    "too large": (b" " * (MAX_DOCUMENT_BYTES + 1), "expected at most 262144 bytes"),
    "a chain": (certificate() + certificate(stranger("RS256")), "expected one certificate in a file, received a chain"),
    "a request": (
        b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        "received 'CERTIFICATE REQUEST'",
    ),
    "a broken key": (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "received a broken one"),
    "a broken certificate": (
        b"-----BEGIN CERTIFICATE-----\n\xff\n-----END CERTIFICATE-----\n",
        "received a broken one",
    ),
    "a short key": (
        Signer(algorithm="RS256", private=rsa.generate_private_key(65_537, 1024)).public(),
        "received 1024",
    ),
    "a key on another curve": (
        ec.generate_private_key(ec.SECP384R1()).public_key().public_bytes(PEM, PublicFormat.SubjectPublicKeyInfo),
        "received secp384r1",
    ),
    "no JSON": (b"{", "received what is no JSON"),
    "a name twice": (b'{"keys":[],"keys":[]}', "or names something twice"),
    "no set": (json.dumps(ES256.jwk()).encode(), "a JSON object with a list called keys"),
    "no list": (b'{"keys":{}}', "a JSON object with a list called keys"),
    "an empty set": (b'{"keys":[]}', "expected a key for HS256, RS256, ES256, EdDSA, received none"),
    "a set of too many": (jwks(*(MAX_KEYS + 1) * [{}]), "expected at most 64 keys, received 65"),
    "a set of others": (jwks({"kty": "RSA", "use": "enc"}), "received none; keys: key 1: it is not for signatures"),
    "a key that is no object": (jwks(1), "key 1: expected a JSON object"),
}


@pytest.mark.parametrize(("content", "told"), WRONG.values(), ids=WRONG)
def test_a_file_without_keys_is_told(content: bytes, told: str) -> None:
    """What was expected and what was received, with the name of the file before it."""
    line = refusal(content)

    assert line.startswith("keys: ")
    assert told in line


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_jwk_says_what_its_key_is_called(algorithm: Algorithm) -> None:
    """The kid is the name; without one a key is called as it is in PEM."""
    issuer = signer(algorithm)

    named, unnamed = parse_jwks(jwks(issuer.jwk(kid="k1"), issuer.jwk()), source="keys", is_published=False).keys

    assert (named, unnamed) == (issuer.named("k1"), issuer.key)
    assert (named.key_id, named.is_named, unnamed.is_named) == ("k1", True, False)


@pytest.mark.parametrize(
    "members",
    [
        {"use": "sig"},
        {"alg": "ES256"},
        {"key_ops": ["verify"]},
        {"key_ops": ["verify", "sign"], "ext": True},
        {"x5c": ["AAAA"], "x5t": "AAAA", "x5u": "https://elsewhere.example"},
        {"future": {"member": 1}},
    ],
)
def test_what_else_a_jwk_says_is_passed_over(members: dict[str, object]) -> None:
    """Certificates in a JWK and members that nobody knows yet change nothing."""
    assert parse_jwks(jwks(ES256.jwk(**members)), source="keys", is_published=True).keys == (ES256.key,)


P384 = Signer(algorithm="ES384", private=new_key("ES384")).jwk()
SHORT = Signer(algorithm="RS256", private=rsa.generate_private_key(65_537, 1024)).jwk()
NOT_FOR_US = {
    "to encrypt": ES256.jwk(use="enc"),
    "for a use of another's": ES256.jwk(use=["sig"]),
    "only to sign": ES256.jwk(key_ops=["sign"]),
    "for operations that are no list": ES256.jwk(key_ops="verify"),
    "of a kind that is not known": ES256.jwk(kty="AKP"),
    "of a kind that is no text": ES256.jwk(kty=["EC"]),
    "of no kind": {"use": "sig"},
    "for another algorithm": RS256.jwk(alg="PS256"),
    "for no algorithm": RS256.jwk(alg="none"),
    "for an algorithm that is no text": RS256.jwk(alg=["RS256"]),
    "on another curve": P384,
    "for another algorithm and on its curve": {**P384, "alg": "ES384"},
    "on another curve of Edwards": EDDSA.jwk(crv="X25519"),
}
MUST_NOT_BE = {
    "short": (SHORT, "expected an RSA key of 2048"),
    "on another curve than its algorithm's": ({**P384, "alg": "ES256"}, "expected a key on the curve P-256 for ES256"),
    "of Edwards without a curve": (EDDSA.jwk(alg="EdDSA", crv=...), "expected a key on the curve Ed25519"),
    "for an algorithm of another kind": (RS256.jwk(alg="ES256"), "whose alg fits its kty"),
    "a secret by its algorithm": (RS256.jwk(alg="HS256"), "whose alg fits its kty"),
    "called by a number": (ES256.jwk(kid=1), "expected a kid of 1 to 256 printable characters"),
    "called by nothing": (ES256.jwk(kid=""), "expected a kid of 1"),
    "called by two lines": (ES256.jwk(kid="a\nb"), "expected a kid of 1"),
    "called too long": (ES256.jwk(kid=257 * "x"), "expected a kid of 1"),
    "without a number": ({"kty": "EC", "crv": "P-256", "x": "AAAA"}, "expected x and y in base64url"),
    "with a number that is none": (RS256.jwk(n=5), "expected n and e in base64url"),
    "with padding": (RS256.jwk(e="AQAB="), "expected n and e in base64url"),
    "with standard base64": (EDDSA.jwk(x="+" * 43), "expected x in base64url"),
    "of a point that is not on the curve": (ES256.jwk(x=base64url(bytes(32))), "received a broken one"),
    "of a point that is too short": (ES256.jwk(x=base64url(bytes(31))), "received a broken one"),
    "of a base64 that ends too soon": (EDDSA.jwk(x=43 * "A" + "AA"), "received a broken one"),
    "of an even exponent": (RS256.jwk(e="Ag"), "received a broken one"),
    "of a huge exponent": (RS256.jwk(e=base64url(b"\x01" + bytes(6) + b"\x01")), "exponent below"),
    "of Edwards and too short": (EDDSA.jwk(x=base64url(bytes(31))), "received a broken one"),
    "private": (ES256.jwk(d="AAAA"), "received a private key"),
}


@pytest.mark.parametrize("jwk", NOT_FOR_US.values(), ids=NOT_FOR_US)
@pytest.mark.parametrize("is_published", [True, False])
def test_a_key_for_something_else_is_left_out(jwk: dict[str, object], is_published: bool) -> None:  # noqa: FBT001 - a column
    """A set may have keys for others; they are counted, and the rest is taken."""
    document = parse_jwks(jwks(jwk, EDDSA.jwk(kid="k1")), source="keys", is_published=is_published)

    assert document.keys == (EDDSA.named("k1"),)
    (line,) = document.left_out
    assert line.startswith("keys: key 1: it is ")


def without(jwk: dict[str, object]) -> dict[str, object]:
    """Without the members that are `...`."""
    return {name: value for name, value in jwk.items() if value is not ...}


@pytest.mark.parametrize(("jwk", "told"), MUST_NOT_BE.values(), ids=MUST_NOT_BE)
def test_a_key_that_must_not_be_is_an_operators_error(jwk: dict[str, object], told: str) -> None:
    """In a file it is told with its place; published by an issuer it is left out, and the others are taken."""
    content = jwks(EDDSA.jwk(), without(jwk))

    line = refusal(content)
    document = parse_jwks(content, source="keys", is_published=True)

    assert line.startswith("keys: key 2: ")
    assert told in line
    assert (document.keys, document.left_out) == ((EDDSA.key,), (line,))


def test_a_secret_comes_from_a_file_only() -> None:
    """Everybody can read what is published; in a file of the operator's it is a key like another."""
    content = jwks(signer("HS256").jwk(kid="old"), stranger("HS256").jwk(kid="new"), EDDSA.jwk())

    assert read_file(content) == ["old", "new", EDDSA.key.key_id]
    document = parse_jwks(content, source="keys", is_published=True)
    assert document.keys == (EDDSA.key,)
    assert document.left_out == tuple(
        f"keys: key {place}: expected a public key, received a secret that everybody can read" for place in (1, 2)
    )
    assert base64url(SECRET) not in str(document)


def test_a_secret_in_a_file_must_be_one() -> None:
    """Too short to resist, or a public key, is refused there too."""
    assert "expected 32 bytes or more, received 31" in refusal(jwks({"kty": "oct", "k": base64url(31 * b"x")}))
    assert "received a public key" in refusal(jwks({"kty": "oct", "k": base64url(ES256.public())}))


def test_published_keys_that_are_all_left_out_are_none() -> None:
    """A set that nobody can be let in with is refused, so that the last good one stays."""
    with pytest.raises(ConfigError, match=r"received none; keys: key 1: expected a public key, received a secret"):
        parse_jwks(jwks(signer("HS256").jwk()), source="keys", is_published=True)


def test_a_set_is_found_behind_white_space() -> None:
    """A file that an editor has indented is still a set."""
    assert read_file(b"\r\n\t " + jwks(ES256.jwk(kid="k1"))) == ["k1"]


PARSERS: tuple[Callable[[bytes], object], ...] = (
    lambda content: parse_key_file(content, source="keys"),
    lambda content: parse_jwks(content, source="keys", is_published=True),
)
MEMBERS = st.sampled_from(["kty", "use", "alg", "crv", "kid", "n", "e", "x", "y", "k", "key_ops"])
VALUES = st.one_of(
    st.sampled_from(["RSA", "EC", "OKP", "oct", "sig", "RS256", "ES256", "EdDSA", "P-256", "Ed25519", "AQAB"]),
    st.none() | st.booleans() | st.integers() | st.text(max_size=50) | st.lists(st.text(max_size=5), max_size=2),
)
JWKS = st.lists(st.dictionaries(MEMBERS, VALUES), max_size=3).map(lambda keys: jwks(*keys))
MARKERS = st.sampled_from([b"-----BEGIN PUBLIC KEY-----", b"-----END PUBLIC KEY-----", b"\n", ES256.public()])
PEMS = st.lists(MARKERS | st.binary(max_size=40), max_size=5).map(b"".join)


@given(content=st.one_of(JWKS, PEMS, st.binary(max_size=200), st.binary(max_size=200).map(lambda data: b"{" + data)))
def test_whatever_a_document_holds_it_is_keys_or_an_operators_error(content: bytes) -> None:
    """No content gets out as another error."""
    for parse in PARSERS:
        with contextlib.suppress(ConfigError):
            parse(content)
