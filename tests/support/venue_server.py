"""A venue on this machine: a WebSocket server that behaves as Binance does, and misbehaves when told to."""

import gzip
import itertools
import json
from collections.abc import Callable, Iterable
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from tests.support.conditions import Conditions
from tests.support.recordings import BTCUSDT, recording

SHUTDOWN = b'{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1723161255208}}'


def recorded_messages(count: int) -> list[bytes]:
    """The first messages of the BTCUSDT recording, without their times."""
    with gzip.open(recording(BTCUSDT)) as lines:
        return [line.rstrip(b"\n").split(b" ", 1)[1] for line in itertools.islice(lines, count)]


class VenueConnection(WebSocketServerProtocol):
    """One client's connection, as the venue sees it."""

    def onConnect(self, request: Any) -> None:
        """Note which path the client asked for."""
        self.path = request.path

    def onOpen(self) -> None:
        """Let the server know, or hang up at once where it was told to."""
        self.requests: list[dict[str, Any]] = []
        self.has_ended = False
        self.factory.server.receive_connection(self)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: ARG002, FBT001, N803 - Autobahn's signature
        """Answer a request as the server was told to."""
        self.requests.append(json.loads(payload))
        self.factory.server.receive_request(self, self.requests[-1])

    def onPong(self, payload: bytes) -> None:
        """Note the client's answer to a ping."""
        self.factory.server.receive_pong(payload)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:  # noqa: ARG002, FBT001, N803
        """Note how it ended."""
        self.has_ended = True
        self.close_code = code
        self.factory.server.conditions.changed()

    def play(self, messages: Iterable[bytes]) -> None:
        """Send messages."""
        for message in messages:
            self.sendMessage(message)

    def drop(self) -> None:
        """Cut the line without a word."""
        self.transport.abortConnection()


class VenueServer:
    """
    The venue. What it does is changed by its attributes at any time.

    Attributes:
        connections: Every connection that was opened, oldest first.
        hangs_up: Whether it drops a connection as soon as it is open.
        answer: Makes the reply to a request; None is silence.
        greeting: What each connection gets once its first request is answered.
    """

    def __init__(self, reactor: Any) -> None:
        self.connections: list[VenueConnection] = []
        self.pongs: list[bytes] = []
        self.hangs_up = False
        self.answer: Callable[[dict[str, Any]], dict[str, Any] | None] = accept
        self.greeting: list[bytes] = []
        self.conditions = Conditions(reactor)
        self.when = self.conditions.when
        factory = WebSocketServerFactory(reactor=reactor)
        factory.protocol = VenueConnection
        factory.server = self
        self._port: Any = reactor.listenTCP(0, factory, interface="127.0.0.1")

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"ws://127.0.0.1:{self._port.getHost().port}"

    async def received_by(self, connection: VenueConnection) -> None:
        """Wait until the client has taken everything that was sent to it: it answers a ping that came behind."""
        mark = f"{len(self.pongs)}".encode()
        connection.sendPing(mark)
        await self.when(lambda: mark in self.pongs)

    @property
    def open_connections(self) -> list[VenueConnection]:
        """The connections that are open now."""
        return [connection for connection in self.connections if not connection.has_ended]

    def receive_connection(self, connection: VenueConnection) -> None:
        """A client is in."""
        self.connections.append(connection)
        if self.hangs_up:
            connection.drop()
        self.conditions.changed()

    def receive_request(self, connection: VenueConnection, request: dict[str, Any]) -> None:
        """A client asks."""
        reply = self.answer(request)
        if reply is not None:
            connection.sendMessage(json.dumps(reply, separators=(",", ":")).encode())
        if len(connection.requests) == 1:
            connection.play(self.greeting)
        self.conditions.changed()

    def receive_pong(self, payload: bytes) -> None:
        """A client answers a ping."""
        self.pongs.append(payload)
        self.conditions.changed()

    async def stop(self) -> None:
        """End every connection and listen no more."""
        for connection in self.open_connections:
            connection.drop()
        await self.when(lambda: not self.open_connections)
        await self._port.stopListening()


def accept(request: dict[str, Any]) -> dict[str, Any]:
    """The reply that grants a request."""
    return {"result": None, "id": request["id"]}


def refuse(request: dict[str, Any]) -> dict[str, Any]:
    """The reply that refuses a request."""
    return {"error": {"code": 2, "msg": "Invalid request"}, "id": request["id"]}


class ExchangeInformation(Resource):
    """
    Binance's `/api/v3/exchangeInfo` by HTTP.

    Attributes:
        status: What it answers with.
        body: And what it says.
        symbols: What it lists, for requests that it answers itself; None gives everyone `body`.
        queries: What it was asked.
        promised_bytes: How long it says that its answer is; None is the truth.
    """

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.status = 200
        self.body = EXCHANGE_INFORMATION
        self.symbols: frozenset[str] | None = None
        self.queries: list[list[str]] = []
        self.promised_bytes: int | None = None

    def render_GET(self, request: Any) -> Any:
        """Answer one request."""
        self.queries.append(json.loads(request.args[b"symbols"][0]))
        request.setHeader(b"connection", b"close")
        if self.symbols is not None:
            return self._answer(request, self.symbols)
        request.setResponseCode(self.status)
        if self.promised_bytes is None:
            return self.body
        request.setHeader(b"content-length", str(self.promised_bytes).encode())
        request.write(self.body)
        request.loseConnection()
        return NOT_DONE_YET

    def _answer(self, request: Any, symbols: frozenset[str]) -> bytes:
        if not symbols.issuperset(self.queries[-1]):
            request.setResponseCode(400)
            return b'{"code":-1121,"msg":"Invalid symbol."}'
        rows = [{"symbol": name, "status": "TRADING", "baseAsset": name[:-4], "quoteAsset": "USDT"} for name in symbols]
        return json.dumps({"symbols": [row for row in rows if row["symbol"] in self.queries[-1]]}).encode()


EXCHANGE_INFORMATION = json.dumps(
    {
        "timezone": "UTC",
        "symbols": [
            {
                "symbol": "BTCUSDT",
                "status": "TRADING",
                "baseAsset": "BTC",
                "quoteAsset": "USDT",
                "filters": [
                    {"filterType": "PRICE_FILTER", "minPrice": "0.01000000", "tickSize": "0.01000000"},
                    {"filterType": "LOT_SIZE", "minQty": "0.00001000", "stepSize": "0.00001000"},
                    {"filterType": "NOTIONAL", "minNotional": "5.00000000", "applyMinToMarket": True},
                ],
            }
        ],
    }
).encode()


def serve_http(reactor: Any, resource: Resource) -> tuple[str, Any]:
    """Serve a resource at `/api/v3/exchangeInfo`, and say where."""
    root, api, version = Resource(), Resource(), Resource()
    root.putChild(b"api", api)
    api.putChild(b"v3", version)
    version.putChild(b"exchangeInfo", resource)
    port = reactor.listenTCP(0, Site(root), interface="127.0.0.1")
    return f"http://127.0.0.1:{port.getHost().port}", port
