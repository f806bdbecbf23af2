"""HTTP as bytes: a request as the test writes it, and the answer as it comes."""

import json
from typing import Any

import attrs
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

PATIENCE_S = 30.0


@attrs.frozen(kw_only=True)
class Response:
    """
    One HTTP response.

    Attributes:
        headers: Names in lower case; of equal ones the last.
    """

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


class Exchange(Protocol):
    """
    One connection.

    Attributes:
        received: All that has come so far.
        lost: Fires when the server has closed it.
    """

    def __init__(self) -> None:
        self.received = b""
        self.lost: Deferred[None] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.received += data

    def connectionLost(self, reason: Failure | None = None) -> None:  # noqa: ARG002 - Twisted's signature
        self.lost.callback(None)

    def go_away(self) -> None:
        """End the connection without a word."""
        transport: Any = self.transport
        transport.abortConnection()


async def connect(port: int) -> Exchange:
    """A connection on the loopback interface."""
    exchange: Exchange = await connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", port), Exchange())
    return exchange


async def send(port: int, data: bytes) -> Response:
    """Send bytes, and read what comes until the server closes the connection."""
    exchange = await connect(port)
    transport: Any = exchange.transport
    transport.write(data)
    await exchange.lost.addTimeout(PATIENCE_S, reactor)
    head, _, body = exchange.received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Response(status=int(status.split()[1]), headers=headers, body=body)


async def request(port: int, method: str, path: str, *, body: bytes = b"", **headers: str) -> Response:
    """Make one request on a connection of its own; `_` in a header's name stands for `-`."""
    all_headers = {"Host": f"127.0.0.1:{port}", "Connection": "close", **headers}
    if body:
        all_headers["Content-Length"] = str(len(body))
    lines = [
        f"{method} {path} HTTP/1.1",
        *(f"{name.replace('_', '-')}: {value}" for name, value in all_headers.items()),
    ]
    return await send(port, "\r\n".join([*lines, "", ""]).encode() + body)
