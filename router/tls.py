"""TLS on the node: the certificate of two files, shown to new connections, and looked at again while the node runs."""

import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from OpenSSL import SSL, crypto
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator, IReactorTime
from twisted.internet.ssl import AcceptableCiphers, CertificateOptions, TLSVersion
from twisted.logger import Logger
from zope.interface import implementer

from auth.operator_file_store import FileWatch, read_operator_file
from components.model.errors import ConfigError
from router.certificates import MOST_FILE_BYTES, ServerCertificate, parse_certificate

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""
Of TLS 1.2; those of TLS 1.3 are all sound. Each has forward secrecy and authenticates what it encrypts.

Source: RFC 9325 (recommendations for TLS), section 4.2; Mozilla's server side TLS, "intermediate".
"""

_log = Logger(namespace="tapecast.tls")


def load_certificate(certificate: Path, key: Path) -> ServerCertificate:
    """
    Read the two files of a pair.

    Raises:
        ConfigError: One cannot be read, the key is open to others, or they are no pair; the text names the file.
    """
    chain_pem = _read(certificate, "certificate", closed_to=0)
    key_pem = _read(key, "private key", closed_to=stat.S_IWGRP | stat.S_IRWXO)
    try:
        pair = parse_certificate(chain_pem, key_pem)
        _context_of(pair)
    except ConfigError as error:
        raise ConfigError(f"{certificate} and {key}: {error}") from None
    return pair


@implementer(IOpenSSLServerConnectionCreator)
class NodeTls:
    """
    The TLS of new connections, with the certificate of the moment.

    A new pair counts once its files have rested for a second; one that cannot be used changes nothing, and is told
    once. Connections that are open keep what they began with.
    """

    def __init__(
        self, certificate: Path, key: Path, clock: IReactorTime, now_s: Callable[[], float] = time.time
    ) -> None:
        """
        Read the pair.

        Args:
            certificate: File of the certificate, with those between it and a root behind it.
            key: File of its private key.
            clock: Says when to look at them again.
            now_s: Tells UNIX seconds.

        Raises:
            ConfigError: It cannot be used.
        """
        self._files = (certificate, key)
        self._now_s = now_s
        self._watch = FileWatch(certificate, key, clock=clock, is_a_set=True)
        self._pair = load_certificate(certificate, key)
        self._context = _context_of(self._pair)
        self._fault = ""

    def start(self) -> None:
        """Look at the files once a second from now on."""
        self._watch.start(self._reload)

    def stop(self) -> None:
        """Look no more."""
        self._watch.stop()

    def serverConnectionForTLS(self, _protocol: object) -> Any:
        """Begin the TLS of one connection."""
        return SSL.Connection(self._context, None)

    def health(self) -> list[dict[str, object]]:
        """How the certificate is, as a part of the node's report."""
        health = self._pair.health(now_s=self._now_s(), fault=self._fault)
        return [{"name": "tls", "state": health.state, "reason": health.reason, "age_ms": None}]

    def _reload(self) -> None:
        try:
            pair = load_certificate(*self._files)
            if self._pair.is_good(now_s=self._now_s()) and not pair.is_good(now_s=self._now_s()):
                raise ConfigError(f"{self._files[0]}: expected a certificate that is good now")
        except ConfigError as error:
            self._fault = "a new certificate cannot be used"
            _log.error("the certificate stays as it was: {error}", event="certificate_refused", error=error)
            return
        self._pair, self._context, self._fault = pair, _context_of(pair), ""
        _log.info("{reason}; it is shown from now on", event="certificate_read", reason=self.health()[0]["reason"])


def _context_of(pair: ServerCertificate) -> Any:
    own, *others = (crypto.X509.from_cryptography(one) for one in pair.chain)
    options = CertificateOptions(
        privateKey=crypto.PKey.from_cryptography_key(pair.key),
        certificate=own,
        extraCertChain=others,
        # What this lowers to is Twisted's own least version; Crossbar's would shut TLS 1.2 out.
        insecurelyLowerMinimumTo=TLSVersion.TLSv1_2,
        acceptableCiphers=AcceptableCiphers.fromOpenSSLCipherString(CIPHERS),
    )
    try:
        context = options.getContext()
    except SSL.Error as error:
        raise ConfigError(f"expected a certificate that OpenSSL takes: {_reason_of(error)}") from None
    # A client could have a handshake's work done again and again.
    context.set_options(SSL.OP_NO_RENEGOTIATION)
    return context


def _reason_of(error: SSL.Error) -> str:
    queue = error.args[0] if error.args else ()
    return str(queue[-1][-1]) if queue else "no reason is told"


def _read(path: Path, what: str, *, closed_to: int) -> bytes:
    content = read_operator_file(path, what=what, most_bytes=MOST_FILE_BYTES)
    if content.is_open_to(closed_to):
        raise ConfigError(
            f"{path}: expected a {what} that only its owner and group can read, received mode "
            f"{content.mode:04o}; chmod 600, and make a new one if others may have read it"
        )
    if not 0 < len(content.data) <= MOST_FILE_BYTES:
        raise ConfigError(f"{path}: expected a {what}, received nothing, or too much")
    return content.data
