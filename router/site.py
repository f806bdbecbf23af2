"""The web server below all paths: the same headers on whatever is answered, by whatever answers it."""

import io
from http import HTTPStatus
from typing import Any

import msgspec
from twisted.web.http import HTTPChannel
from twisted.web.http_headers import Headers

from components.contract.errors import ErrorCode

SERVER = "tapecast"
"""All that a connection learns of the software."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Server": SERVER,
    "Cache-Control": "no-cache",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_CODES = {
    HTTPStatus.FORBIDDEN: ErrorCode.NOT_AUTHORIZED,
    HTTPStatus.INTERNAL_SERVER_ERROR: ErrorCode.INTERNAL,
    HTTPStatus.SERVICE_UNAVAILABLE: ErrorCode.UNAVAILABLE,
}


def error_body(code: ErrorCode, text: str, details: object = None) -> dict[str, object]:
    """The body of every HTTP error."""
    return {"error": {"code": code.value, "message": text, "details": details or {}}}


def last_response(status: int, text: str, headers: dict[str, str] | None = None) -> bytes:
    """A whole HTTP error, after which the connection ends; the cause is the client's unless the status says ours."""
    named = HTTPStatus(status)
    body = msgspec.json.encode(error_body(_CODES.get(named, ErrorCode.INVALID_ARGUMENT), text))
    all_headers = {
        **HEADERS,
        **(headers or {}),
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in all_headers.items())
    return f"HTTP/1.1 {named.value} {named.phrase}\r\n{head}\r\n".encode() + body


class GatewayChannel(HTTPChannel):
    """One HTTP connection, HTTP/1 only: WebSocket needs that."""

    def writeHeaders(self, version: bytes, code: bytes, reason: bytes, headers: Headers) -> None:
        """Write a response's head, with our headers in it."""
        for name, value in HEADERS.items():
            headers.setRawHeaders(name, [value])
        super().writeHeaders(version, code, reason, headers)

    def lineLengthExceeded(self, _line: bytes) -> None:
        """Refuse a line that does not end; Twisted would go without a word."""
        self._respondToBadRequestAndDisconnect()

    def _respondToBadRequestAndDisconnect(self) -> None:
        transport: Any = self.transport
        transport.write(last_response(HTTPStatus.BAD_REQUEST, "this is not an HTTP request"))
        self.loseConnection()


class _DroppedBody(io.BytesIO):
    """The body of a request, which nothing here reads; Twisted would keep it on disk, whatever its size."""

    def write(self, data: Any) -> int:
        return len(data)


def use_our_channel(site: Any) -> Any:
    """Let a site speak through our channel, keeping no request's body."""
    site.protocol = GatewayChannel
    site.getContentFile = lambda _length: _DroppedBody()
    return site
