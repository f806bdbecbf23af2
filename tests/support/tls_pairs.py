"""Certificates for tests: an authority of their own, and pairs that it issues for this machine."""

import datetime as dt
import ipaddress
import socket
import ssl
from pathlib import Path
from typing import Any

import attrs
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

NOW = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@attrs.frozen(kw_only=True)
class Pair:
    """A certificate and its key, and who issued it."""

    certificate: x509.Certificate
    key: Any
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def certificate_pem(self) -> bytes:
        """The certificate, and those between it and the authority."""
        return b"".join(one.public_bytes(Encoding.PEM) for one in (self.certificate, *self.chain))

    @property
    def key_pem(self) -> bytes:
        """The key, readable by whoever has it."""
        return bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    @property
    def locked_key_pem(self) -> bytes:
        """The key, behind a passphrase."""
        return bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"sesame")))

    @property
    def serial(self) -> int:
        """What tells it from others."""
        return self.certificate.serial_number


@attrs.frozen
class Authority:
    """Issues certificates; by itself, or by one that it has issued."""

    own: Pair

    @classmethod
    def make(cls) -> "Authority":
        """A new one, which nobody trusts yet."""
        return cls(
            _issue("tests", None, ec.generate_private_key(ec.SECP256R1()), days=(-3650, 3650), is_authority=True)
        )

    def between(self) -> "Authority":
        """One that this one vouches for."""
        return Authority(_issue("between", self.own, ec.generate_private_key(ec.SECP256R1()), is_authority=True))

    def issue(self, *, days: tuple[float, float] = (-1, 60), key: Any = None, now: dt.datetime = NOW) -> Pair:
        """A pair for this machine, good from and until so many days from now."""
        issued_key = key or ec.generate_private_key(ec.SECP256R1())
        pair = _issue("localhost", self.own, issued_key, days=days, now=now)
        is_root = self.own.certificate.issuer == self.own.certificate.subject
        return pair if is_root else attrs.evolve(pair, chain=(self.own.certificate,))

    def trusting(self) -> ssl.SSLContext:
        """A client's context that trusts it."""
        return ssl.create_default_context(cadata=self.own.certificate.public_bytes(Encoding.PEM).decode())


def weak_key() -> rsa.RSAPrivateKey:
    """A key that no library should take any more."""
    return rsa.generate_private_key(65537, 1024)


def write_pair(directory: Path, pair: Pair) -> tuple[Path, Path]:
    """Write certificate and key as an operator does, the key for its owner alone."""
    certificate, key = directory / "tls.crt", directory / "tls.key"
    certificate.write_bytes(pair.certificate_pem)
    key.touch(mode=0o600)
    key.write_bytes(pair.key_pem)
    return certificate, key


@attrs.frozen(kw_only=True)
class Seen:
    """What a client saw of a TLS server."""

    serial: int
    version: str | None
    cipher: str
    protocol: str | None
    head: str


def look(port: int, context: ssl.SSLContext, path: str = "/", *headers: str) -> Seen:
    """
    Ask a server for a path, and say what it showed; for a thread.

    Raises:
        ssl.SSLError: The two did not agree.
    """
    request = "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *(headers or ("Connection: close",)), "", ""])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as encrypted,
    ):
        encrypted.sendall(request.encode())
        head = b""
        while b"\r\n\r\n" not in head and (data := encrypted.recv(4096)):
            head += data
        shown = x509.load_der_x509_certificate(encrypted.getpeercert(binary_form=True) or b"")
        cipher = encrypted.cipher()
        return Seen(
            serial=shown.serial_number,
            version=encrypted.version(),
            cipher=cipher[0] if cipher else "",
            protocol=encrypted.selected_alpn_protocol(),
            head=head.partition(b"\r\n\r\n")[0].decode(),
        )


def _issue(
    name: str,
    issuer: Pair | None,
    key: Any,
    *,
    days: tuple[float, float] = (-1, 60),
    now: dt.datetime = NOW,
    is_authority: bool = False,
) -> Pair:
    alternatives = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(name) if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days[0] * DAY)
        .not_valid_after(now + days[1] * DAY)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if not is_authority:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return Pair(certificate=builder.sign(key if issuer is None else issuer.key, SHA256()), key=key)
