"""What passes for a signature with who does not look closely: another form, another padding, another curve."""

import hmac

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.support.signing import METHODS, new_key, signer
from tests.support.tokens import SECRET

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


def forged_signatures(algorithm: str, signed: bytes, signature: bytes) -> dict[str, bytes]:
    """
    Signatures of these bytes that are none of the algorithm's.

    Args:
        algorithm: Whose.
        signed: What is signed.
        signature: The good one, by the tests' issuer.
    """
    private = signer(algorithm).private
    if algorithm == "HS256":
        return {digest: hmac.digest(SECRET, signed, digest) for digest in ("sha384", "sha512", "sha1", "md5")}
    if algorithm == "RS256":
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        modulus = private.public_key().public_numbers().n
        return {
            "by PSS": private.sign(signed, pss, hashes.SHA256()),
            "of another hash": private.sign(signed, padding.PKCS1v15(), hashes.SHA512()),
            "plus the modulus": (int.from_bytes(signature) + modulus).to_bytes(257),
            "of one": (1).to_bytes(256),
            "of the modulus": modulus.to_bytes(256),
        }
    if algorithm == "ES256":
        return _of_ecdsa(signed, signature)
    largest = int.from_bytes(signature[32:], "little") + ED25519_ORDER
    return {
        "with S beyond its order": signature[:32] + largest.to_bytes(32, "little"),
        "with the neutral point and zero": b"\x01" + bytes(63),
        "with the point of order two": b"\xec" + 30 * b"\xff" + b"\x7f" + bytes(32),
    }


def _of_ecdsa(signed: bytes, signature: bytes) -> dict[str, bytes]:
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    numbers = {
        "with r of zero": (0, s),
        "with s of zero": (r, 0),
        "of the order twice": (P256_ORDER, P256_ORDER),
        "of one twice": (1, 1),
        "with r and s swapped": (s, r),
        "with r for s": (r, r),
    }
    der = signer("ES256").private.sign(signed, ec.ECDSA(hashes.SHA256()))
    p384 = METHODS["ES384"].sign(signed, new_key("ES384"))
    there = new_key("ES256K").sign(signed, ec.ECDSA(hashes.SHA256()))
    return {
        **{name: one.to_bytes(32) + two.to_bytes(32) for name, (one, two) in numbers.items()},
        "as DER": der,
        "as DER with zeros": der + bytes(72 - len(der)),
        "of P-384": p384,
        "of secp256k1": b"".join(number.to_bytes(32) for number in decode_dss_signature(there)),
        "of another hash": _raw(signer("ES256").private.sign(signed, ec.ECDSA(hashes.SHA384()))),
        "of 33 bytes a number": r.to_bytes(33) + s.to_bytes(33),
    }


def _raw(der: bytes) -> bytes:
    return b"".join(number.to_bytes(32) for number in decode_dss_signature(der))
