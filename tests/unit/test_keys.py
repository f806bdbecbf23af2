"""Keys: what each verifies and is called, which are too weak, and which of a set a token is tried with."""

import json
import re
from itertools import count
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from auth.key_documents import parse_jwks
from auth.keys import (
    MAX_CANDIDATES,
    MAX_KEYS,
    Algorithm,
    KeySet,
    VerificationKey,
    check_secret,
    public_key,
    secret_key,
)
from components.model.errors import ConfigError
from tests.support.signing import new_key, signer, stranger
from tests.support.tokens import SECRET, from_base64url

JOE = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
RSA_MODULUS = (
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-"
    "pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2Cap"
    "Hg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h"
    "4FRWyuXpoQ"
)
RSA_SIGNATURE = (
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUA"
    "r7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO-"
    "-xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_"
    "IoypGlUPQGe77Rw"
)
PUBLISHED = {
    "RFC 7515, A.1": (
        {
            "kty": "oct",
            "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
        },
        f"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{JOE}",
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    ),
    "RFC 7515, A.2": (
        {"kty": "RSA", "n": RSA_MODULUS, "e": "AQAB"},
        f"eyJhbGciOiJSUzI1NiJ9.{JOE}",
        RSA_SIGNATURE,
    ),
    "RFC 7515, A.3": (
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        },
        f"eyJhbGciOiJFUzI1NiJ9.{JOE}",
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    ),
    "RFC 8037, A.4": (
        {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
    ),
}
"""Keys, what they signed, and the signatures, as the standards print them."""


def key_of(jwk: dict[str, str]) -> VerificationKey:
    """The one key of a set."""
    (key,) = parse_jwks(json.dumps({"keys": [jwk]}).encode(), source="the standard", is_published=False).keys
    return key


@pytest.mark.parametrize(("jwk", "signed", "signature"), PUBLISHED.values(), ids=PUBLISHED)
def test_a_published_signature_is_its_keys(jwk: dict[str, str], signed: str, signature: str) -> None:
    """What the standards show as signed verifies, and with any one bit changed it does not."""
    key, data = key_of(jwk), from_base64url(signature)

    assert key.verifies(signed.encode(), data)
    assert not key.verifies(f"{signed}x".encode(), data)
    for place in (0, len(data) // 2, len(data) - 1):
        assert not key.verifies(signed.encode(), data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])


@pytest.mark.parametrize(
    ("jwk", "thumbprint"),
    [
        (
            {
                "kty": "RSA",
                "n": (
                    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZ"
                    "CiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJ"
                    "ZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBn"
                    "iIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
                ),
                "e": "AQAB",
            },
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
        ),
        (PUBLISHED["RFC 8037, A.4"][0], "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
    ],
)
def test_a_key_without_a_name_is_called_by_its_thumbprint(jwk: dict[str, str], thumbprint: str) -> None:
    """The examples of RFC 7638, 3.1 and RFC 8037, A.3; what else the JWK says does not change it."""
    assert key_of(jwk).key_id == key_of({**jwk, "alg": str(key_of(jwk).algorithm), "use": "sig"}).key_id == thumbprint


def test_a_secret_has_a_stable_name_that_gives_nothing_away() -> None:
    """The same secret is called the same, another otherwise, and neither name nor text has any of it."""
    key = secret_key(SECRET)

    assert key.key_id == secret_key(SECRET).key_id != secret_key(b"f" * 32).key_id
    assert key.key_id.startswith("secret-")
    assert len(key.key_id) == len("secret-") + 8
    assert SECRET.decode() not in repr(key)
    assert SECRET not in key.fingerprint
    assert (key.is_secret, signer("ES256").key.is_secret) == (True, False)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_key_verifies_what_it_signed_and_nothing_else(algorithm: Algorithm) -> None:
    """Each algorithm takes its own signature, and no other of any length."""
    key, good = signer(algorithm).key, signer(algorithm).sign(b"signed")

    assert key.algorithm is algorithm
    assert key.verifies(b"signed", good)
    assert not key.verifies(b"other", good)
    assert not key.verifies(b"signed", stranger(algorithm).sign(b"signed"))
    for wrong in (b"", bytes(len(good)), good[:-1], good + b"\0", b"\0" + good, b"\xff" * len(good)):
        assert not key.verifies(b"signed", wrong)


@given(algorithm=st.sampled_from(Algorithm), signature=st.binary(max_size=300))
def test_no_bytes_at_random_are_a_signature(algorithm: Algorithm, signature: bytes) -> None:
    """Whatever is given for a signature is not one, and is no error either."""
    assert not signer(algorithm).key.verifies(b"signed", signature)


def test_a_signature_of_ecdsa_is_two_numbers_of_32_bytes() -> None:
    """The form that certificates have, DER, is refused, though it is a signature of the same key."""
    der = signer("ES256").private.sign(b"signed", ec.ECDSA(hashes.SHA256()))

    assert not signer("ES256").key.verifies(b"signed", der)


@pytest.mark.parametrize(
    ("private", "told"),
    [
        (rsa.generate_private_key(65_537, 1024), "an RSA key of 2048 to 8192 bits, received 1024"),
        (new_key("ES384"), "the curve P-256 (ES256), received secp384r1"),
        (new_key("ES256K"), "the curve P-256 (ES256), received secp256k1"),
        (ed448.Ed448PrivateKey.generate(), "a key for RS256, ES256 or EdDSA with Ed25519"),
        (x25519.X25519PrivateKey.generate(), "a key for RS256, ES256 or EdDSA with Ed25519"),
        (dsa.generate_private_key(2048), "a key for RS256, ES256 or EdDSA with Ed25519"),
    ],
)
def test_a_key_of_another_kind_is_refused(private: Any, told: str) -> None:
    """Too short, on another curve, or for another algorithm: the text names the source and what would do."""
    with pytest.raises(ConfigError, match=f"^the file: expected .*{re.escape(told)}"):
        public_key(private.public_key(), source="the file")


@pytest.mark.parametrize(("bits", "exponent"), [(8193, 65_537), (2048, 2**32 + 1), (2048, 2**2047 + 1)])
def test_an_rsa_key_that_costs_more_than_others_is_refused(bits: int, exponent: int) -> None:
    """A document from elsewhere could otherwise make every verification as slow as it likes."""
    modulus = rsa.generate_private_key(65_537, 2048).public_key().public_numbers().n | 1 << (bits - 1)

    with pytest.raises(ConfigError, match=r"bits|exponent below 2\*\*32"):
        public_key(rsa.RSAPublicNumbers(exponent, modulus).public_key(), source="the file")


def test_a_public_key_is_no_secret() -> None:
    """What everybody can read, in any form, signs nothing; neither does what is short enough to be guessed."""
    issuer = signer("ES256")
    for secret in (issuer.public(), issuer.public(Encoding.DER), json.dumps(issuer.jwk()).encode(), b"x" * 31):
        with pytest.raises(ConfigError, match=r"^TAPECAST_JWT_SECRET: expected"):
            check_secret(secret)


def test_keys_of_one_name_must_be_one_key() -> None:
    """The same key twice counts once; two keys under one name are refused by that name."""
    first, second = signer("EdDSA").named("k1"), stranger("EdDSA").named("k1")

    assert KeySet((first, signer("EdDSA").named("k1"))).keys == (first,)
    assert len(KeySet((first, signer("EdDSA").named("k2"))).keys) == 2
    with pytest.raises(ConfigError, match="two called 'k1'"):
        KeySet((first, second))
    with pytest.raises(ConfigError, match="two called 'k1'"):
        KeySet((first, secret_key(SECRET, kid="k1")))


def test_a_set_holds_64_keys() -> None:
    """One more is refused; the same ones again are not more."""
    keys = tuple(secret_key(SECRET, kid=str(number)) for number in range(MAX_KEYS + 1))

    assert len(KeySet((*keys[:MAX_KEYS], *keys[:MAX_KEYS])).keys) == MAX_KEYS
    with pytest.raises(ConfigError, match="at most 64, received 65"):
        KeySet(keys)


def test_nobody_is_in_an_empty_set() -> None:
    """Without keys there is no candidate, whatever a token calls its key."""
    keys = KeySet()

    assert keys.candidates(None, "RS256") == keys.candidates("k1", "RS256") == ()
    assert not keys.has("k1")


NAMED, OTHER, PLAIN = signer("ES256").named("k1"), stranger("ES256").named("k2"), signer("ES256").key
EDDSA, HMAC = signer("EdDSA").named("k3"), signer("HS256").key
SET = KeySet((NAMED, OTHER, PLAIN, EDDSA, HMAC))


@pytest.mark.parametrize(
    ("kid", "algorithm", "candidates"),
    [
        ("k1", "ES256", (NAMED,)),
        ("k2", "ES256", (OTHER,)),
        (PLAIN.key_id, "ES256", (PLAIN,)),
        (None, "ES256", (NAMED, OTHER, PLAIN)),
        (None, "EdDSA", (EDDSA,)),
        (None, "HS256", (HMAC,)),
        ("of an issuer", "ES256", (PLAIN,)),
        ("of an issuer", "HS256", (HMAC,)),
        ("of an issuer", "EdDSA", ()),
        ("k1", "HS256", ()),
        ("k3", "ES256", ()),
        (None, "none", ()),
        (None, "RS256", ()),
        ("k1", "es256", ()),
    ],
    ids=count(),
)
def test_the_candidates_are_those_of_the_name_and_the_algorithm(
    kid: str | None, algorithm: str, candidates: tuple[VerificationKey, ...]
) -> None:
    """The key of that name; without a name all, under an unknown one those without; never one of another algorithm."""
    assert SET.candidates(kid, algorithm) == candidates


def test_a_set_says_which_names_it_has() -> None:
    """A name that none of the keys has is for a source of keys to look for."""
    assert [SET.has(kid) for kid in ("k1", "k3", PLAIN.key_id, "k4")] == [True, True, True, False]


def test_a_token_is_tried_with_16_keys_at_most() -> None:
    """Without a name, or under an unknown one, the first 16 that fit."""
    named = tuple(secret_key(SECRET, kid=str(number)) for number in range(MAX_CANDIDATES + 1))
    plain = tuple(secret_key(bytes([number]) * 32) for number in range(MAX_CANDIDATES + 1))

    assert KeySet(named).candidates(None, "HS256") == named[:MAX_CANDIDATES]
    assert KeySet(named).candidates("16", "HS256") == named[MAX_CANDIDATES:]
    assert KeySet(plain).candidates("unknown", "HS256") == plain[:MAX_CANDIDATES]
