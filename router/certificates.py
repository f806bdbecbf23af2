"""The certificate that a node shows, and its private key: what is wrong with a pair, and how long it is good."""

import itertools
import math

import attrs
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from components.model.errors import ConfigError

MOST_FILE_BYTES = 1_048_576
S_PER_DAY = 86_400

CertificateKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey

WARNED_DAYS = 14
"""A certificate that ends sooner is worth a word: most are renewed a month before."""


@attrs.frozen(kw_only=True)
class CertificateHealth:
    """
    How a certificate is.

    Attributes:
        state: `up`, `degraded` or `down`.
        reason: How long it is good, and what is wrong.
    """

    state: str
    reason: str


@attrs.frozen(kw_only=True)
class ServerCertificate:
    """
    A certificate with those between it and a root, and its private key.

    Units: UNIX seconds.

    Attributes:
        chain: The node's own certificate first.
        key: Belongs to it.
        begins_at_s: When it begins to be good.
        ends_at_s: When it ends.
    """

    chain: tuple[x509.Certificate, ...]
    key: CertificateKey = attrs.field(repr=False)
    begins_at_s: float
    ends_at_s: float

    def is_good(self, *, now_s: float) -> bool:
        """Whether it is good at a time."""
        return self.begins_at_s <= now_s < self.ends_at_s

    def health(self, *, now_s: float, fault: str) -> CertificateHealth:
        """
        How it is.

        Args:
            now_s: What time it is.
            fault: Why it was not replaced when it should have been; empty where nothing is wrong.
        """
        days = math.floor((self.ends_at_s - now_s) / S_PER_DAY)
        if now_s >= self.ends_at_s:
            state, told = "down", f"the certificate has ended {-days} days ago"
        elif now_s < self.begins_at_s:
            state, told = "down", "the certificate is not good yet"
        else:
            state, told = "degraded" if days < WARNED_DAYS else "up", f"the certificate ends in {days} days"
        if not fault:
            return CertificateHealth(state=state, reason=told)
        return CertificateHealth(state="degraded" if state == "up" else state, reason=f"{fault}; {told}")


def parse_certificate(certificate_pem: bytes, key_pem: bytes) -> ServerCertificate:
    """
    Read a pair.

    Raises:
        ConfigError: One of the two cannot be read, they do not belong together, or the chain is in another order. The
            text quotes nothing of the key.
    """
    chain = _parse_chain(certificate_pem)
    key = _parse_key(key_pem)
    if key.public_key() != chain[0].public_key():
        raise ConfigError("expected the key of the first certificate, received another's")
    for number, (issued, issuer) in enumerate(itertools.pairwise(chain), 1):
        if issued.issuer != issuer.subject:
            raise ConfigError(f"expected each certificate before its issuer's; behind number {number} comes another's")
    return ServerCertificate(
        chain=chain,
        key=key,
        begins_at_s=chain[0].not_valid_before_utc.timestamp(),
        ends_at_s=chain[0].not_valid_after_utc.timestamp(),
    )


def _parse_chain(certificate_pem: bytes) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(certificate_pem))
    except ValueError:
        raise ConfigError("expected certificates in PEM, the node's own first") from None


def _parse_key(key_pem: bytes) -> CertificateKey:
    try:
        key = load_pem_private_key(key_pem, password=None)
    except TypeError:
        raise ConfigError("expected a private key without a passphrase: nobody is there to type it") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigError("expected a private key in PEM") from None
    if not isinstance(key, CertificateKey):
        raise ConfigError("expected a private key of RSA, an elliptic curve or Ed25519")
    return key
