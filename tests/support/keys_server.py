"""An issuer's web server on this machine: it serves a JWK Set, and misbehaves when told to."""

from typing import Any

from OpenSSL.SSL import TLS_METHOD
from twisted.internet.ssl import DefaultOpenSSLContextFactory
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from tests.support.certificates import CertificateFiles
from tests.support.conditions import Conditions

PATH = "/.well-known/jwks.json"


class KeysServer(Resource):
    """
    Serves one document. What it does is changed by its attributes at any time.

    Attributes:
        document: What it serves.
        status: What it answers with.
        headers: What goes with the answer.
        is_silent: Whether it answers nothing until `answer_now`.
        is_dripping: Whether it sends the head of its answer and half of the document, and no more.
        requests: Path and headers of every request, in order.
        port: Where it listens.
    """

    isLeaf = True

    def __init__(
        self,
        reactor: Any,
        document: bytes = b'{"keys": []}',
        *,
        port: int = 0,
        certificate: CertificateFiles | None = None,
    ) -> None:
        super().__init__()
        self.document = document
        self.status = 200
        self.headers: dict[str, str] = {"content-type": "application/json"}
        self.is_silent = False
        self.is_dripping = False
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.conditions = Conditions(reactor)
        self._waiting: list[Any] = []
        self._authority = "http://127.0.0.1" if certificate is None else "https://localhost"
        if certificate is None:
            self._port: Any = reactor.listenTCP(port, Site(self), interface="127.0.0.1")
        else:
            options = DefaultOpenSSLContextFactory(str(certificate.key), str(certificate.certificate), TLS_METHOD)
            self._port = reactor.listenSSL(port, Site(self), options, interface="127.0.0.1")
        self.port: int = self._port.getHost().port

    @property
    def url(self) -> str:
        """Where the keys are."""
        return f"{self._authority}:{self.port}{PATH}"

    def render_GET(self, request: Any) -> Any:
        """Answer one request."""
        headers = {
            name.decode().lower(): values[0].decode() for name, values in request.requestHeaders.getAllRawHeaders()
        }
        self.requests.append((request.uri.decode(), headers))
        self.conditions.changed()
        if self.is_silent:
            self._waiting.append(request)
            request.notifyFinish().addErrback(lambda _lost: self._waiting.remove(request))
            return NOT_DONE_YET
        return self._answer(request)

    def document_of(self, _request: Any) -> bytes:
        """What it serves to whom."""
        return self.document

    def answer_now(self) -> None:
        """Answer all who wait, and everybody after them at once."""
        self.is_silent = False
        waiting, self._waiting = self._waiting, []
        for request in waiting:
            request.write(self._answer(request))
            request.finish()

    async def asked(self, count: int) -> None:
        """Wait until so many requests have come."""
        await self.conditions.when(lambda: len(self.requests) >= count)

    async def stop(self) -> None:
        """Listen no more."""
        await self._port.stopListening()

    def _answer(self, request: Any) -> Any:
        request.setResponseCode(self.status)
        request.setHeader(b"connection", b"close")
        for name, value in self.headers.items():
            request.setHeader(name.encode(), value.encode())
        document = self.document_of(request)
        if self.is_dripping:
            request.setHeader(b"content-length", str(len(document)).encode())
            request.write(document[: len(document) // 2])
            return NOT_DONE_YET
        return document
