"""The web server below all paths: the same headers on whatever is answered, by whatever answers it."""

import io
import re
import time
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import msgspec
from twisted.internet.protocol import connectionDone
from twisted.web.http import HTTPChannel
from twisted.web.http_headers import Headers
from twisted.web.server import Request

from components.contract.errors import ErrorCode
from router.gate import Gate
from router.places import Place
from router.refusal import TurnedAway
from router.sockets import is_plain_tcp

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

OPEN_TO_EVERY_PAGE = "Access-Control-Allow-Origin"
"""Set on what pages of other origins may load; everything else they may not read."""

NO_STORE = ("Cache-Control", "no-store")
"""What an answer says in place of ours that nobody may keep at all."""

HTTPS_HEADERS = {"Strict-Transport-Security": "max-age=31536000"}
"""What is told besides where the node itself encrypts: to come back for a year without trying plain HTTP."""

COUNTED_PATHS = "/api/"
"""What an address may not ask for too often."""

_CODES = {
    HTTPStatus.FORBIDDEN: ErrorCode.NOT_AUTHORIZED,
    HTTPStatus.TOO_MANY_REQUESTS: ErrorCode.RATE_LIMITED,
    HTTPStatus.INTERNAL_SERVER_ERROR: ErrorCode.INTERNAL,
    HTTPStatus.SERVICE_UNAVAILABLE: ErrorCode.UNAVAILABLE,
}


def error_body(code: ErrorCode, text: str, details: object = None) -> dict[str, object]:
    """The body of every HTTP error."""
    return {"error": {"code": code.value, "message": text, "details": details or {}}}


def last_response(status: int, text: str, headers: dict[str, str] | None = None, *, details: object = None) -> bytes:
    """A whole HTTP error, after which the connection ends; the cause is the client's unless the status says ours."""
    named = HTTPStatus(status)
    body = msgspec.json.encode(error_body(_CODES.get(named, ErrorCode.INVALID_ARGUMENT), text, details))
    all_headers = {
        **HEADERS,
        **(headers or {}),
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in all_headers.items())
    return f"HTTP/1.1 {named.value} {named.phrase}\r\n{head}\r\n".encode() + body


_OPENING = re.compile(
    rb"GET /(?P<path>[a-z]+)(?:\?[!-~]*)? HTTP/1\.1\r\n(?=(?:[^\r\n]+\r\n)*upgrade:[ \t]*websocket[ \t]*\r\n)"
    rb"(?:[^\r\n]+\r\n)+\r\n",
    re.IGNORECASE,
)
"""A whole request to open a WebSocket."""


class GatewayChannel(HTTPChannel):
    """
    One HTTP connection, HTTP/1 only: WebSocket needs that.

    A request has as long to come as a socket may be silent: a byte now and then keeps nobody here.
    """

    site: Any
    _place: Place | None = None
    _is_new = True
    _is_receiving = False

    def dataReceived(self, data: bytes) -> None:
        """Take what came; where it is the opening handshake of a WebSocket, nobody needs to read it twice."""
        factory = self._opening(data) if self._is_new else None
        self._is_new = False
        if factory is None:
            super().dataReceived(data)
        else:
            self._become_websocket(factory, data)

    def resetTimeout(self) -> None:
        """Give a request its time when it begins, and no more with what comes of it later; called at all data."""
        if not self._is_receiving:
            self._is_receiving = True
            super().resetTimeout()

    def allContentReceived(self) -> None:
        """Answer a request that is whole; what comes next is another."""
        self._is_receiving = False
        super().allContentReceived()

    def _opening(self, data: bytes) -> Any:
        """The factory of the WebSocket path that a connection begins with; None where it begins with anything else."""
        opening = _OPENING.match(data)
        child = opening and is_plain_tcp(self.transport) and self.site.resource.children.get(opening["path"])
        return getattr(child, "websocket_factory", None) if child else None

    def _become_websocket(self, factory: Any, data: bytes) -> None:
        transport: Any = self.transport
        self.setTimeout(None)
        self.leave()
        transport.protocol = protocol = factory.buildProtocol(transport.getPeer())
        protocol.makeConnection(transport)
        protocol.dataReceived(data)

    def connectionMade(self) -> None:
        """Take over a socket, where there is a place for it; one too many is cut: it has not asked for anything."""
        super().connectionMade()
        transport: Any = self.transport
        try:
            peer = getattr(transport.getPeer(), "host", None)
            self._place = self.site.gate.open_socket(peer, now_ns=time.monotonic_ns())
        except TurnedAway:
            transport.abortConnection()

    def connectionLost(self, reason: Any = connectionDone) -> None:
        """Forget the socket: it is gone."""
        self.leave()
        super().connectionLost(reason)

    def leave(self) -> None:
        """Give the place free, since the socket is gone or becomes a WebSocket."""
        if self._place is not None:
            self._place.leave()

    def writeHeaders(self, version: bytes, code: bytes, reason: bytes, headers: Headers) -> None:
        """Write a response's head, with our headers in it."""
        is_for_once = headers.getRawHeaders(NO_STORE[0]) == [NO_STORE[1]]
        for name, value in self.site.headers.items():
            headers.setRawHeaders(name, [value])
        if headers.hasHeader(OPEN_TO_EVERY_PAGE):
            headers.setRawHeaders("Cross-Origin-Resource-Policy", ["cross-origin"])
        if is_for_once:
            headers.setRawHeaders(NO_STORE[0], [NO_STORE[1]])
        super().writeHeaders(version, code, reason, headers)

    def lineLengthExceeded(self, _line: bytes) -> None:
        """Refuse a line that does not end; Twisted would go without a word."""
        self._respondToBadRequestAndDisconnect()

    def _respondToBadRequestAndDisconnect(self) -> None:
        transport: Any = self.transport
        transport.write(last_response(HTTPStatus.BAD_REQUEST, "this is not an HTTP request", self.site.headers))
        self.loseConnection()


class GatewayRequest(Request):
    """
    One request, answered where its address may ask.

    What is below `/api/` is counted; pages and `/health` are not.
    """

    def process(self) -> None:
        """Answer it."""
        channel: Any = self.channel
        gate: Gate = channel.site.gate
        forwarded_for = self.requestHeaders.getRawHeaders("X-Forwarded-For")
        try:
            gate.check_request(
                getattr(self.getClientAddress(), "host", None),
                None if forwarded_for is None else ",".join(forwarded_for),
                is_counted=unquote(self.path.decode("ascii")).startswith(COUNTED_PATHS),
                now_ns=time.monotonic_ns(),
            )
        except TurnedAway as refused:
            self._turn_away(refused)
        else:
            super().process()

    def _turn_away(self, refused: TurnedAway) -> None:
        body = msgspec.json.encode(error_body(refused.code, str(refused), refused.details))
        self.setResponseCode(refused.status)
        for name, value in {**refused.headers, "Content-Type": "application/json"}.items():
            self.setHeader(name, value)
        self.setHeader("Content-Length", str(len(body)))
        self.write(body)
        self.finish()


class _DroppedBody(io.BytesIO):
    """The body of a request, which nothing here reads; Twisted would keep it on disk, whatever its size."""

    def write(self, data: Any) -> int:
        return len(data)


def use_our_channel(site: Any, gate: Gate, *, is_encrypted: bool = False) -> Any:
    """Let a site speak through our channel to whom the gate lets in, keeping no request's body."""
    site.protocol = GatewayChannel
    site.requestFactory = GatewayRequest
    site.gate = gate
    site.headers = {**HEADERS, **HTTPS_HEADERS} if is_encrypted else HEADERS
    # Twisted would offer HTTP/2, which this channel does not speak.
    site.acceptableProtocols = lambda: [b"http/1.1"]
    site.getContentFile = lambda _length: _DroppedBody()
    return site
