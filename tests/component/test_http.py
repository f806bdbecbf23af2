"""Pages and HTTP over a real port: what is answered, with which headers, whatever is asked."""

import gc
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from twisted.internet import reactor
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock
from twisted.logger import LogLevel, capturedLogs
from twisted.web.resource import Resource
from twisted.web.server import Site

from components.contract.errors import ErrorCode, error_body
from components.wamp.procedures import application_error
from router.entrance import open_gate
from router.entry import Entry
from router.figures import Figures
from router.http import ANSWER_TIMEOUT_S, GatewayResource, load_pages
from router.limit_settings import LimitSettings
from router.limits import UNLIMITED
from router.site import HEADERS, GatewayChannel, use_our_channel
from tests.support.http_client import Response, connect, request, send
from tests.support.routers import turns

PAGE = b"<!doctype html><title>Tapecast</title>"
SECRET = "hunter2"


class Broken(Resource):
    """A resource that fails in Twisted's hands."""

    isLeaf = True

    def render(self, _request: object) -> bytes:
        raise ValueError(SECRET)


class Watchman:
    """Satisfies `HttpGuard`: lets nobody in who does not say the word."""

    async def check(self, head: str, authorizations: Sequence[str]) -> None:
        """Let a request pass, or not."""
        if head == "api/closed" and "Friend" not in authorizations:
            raise application_error(ErrorCode.AUTHENTICATION_REQUIRED, "say friend")


@attrs.define
class Server:
    """A server on a port, and what its answers wait for."""

    port: int
    clock: Clock
    waiting: "list[Deferred[Any]]" = attrs.field(factory=list)

    async def get(self, path: str) -> Response:
        """What a GET of a path gives."""
        return await request(self.port, "GET", path)


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A folder of pages, some of them hidden."""
    (tmp_path / "vendor").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "index.html").write_bytes(PAGE)
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "docs" / "index.html").write_bytes(b"docs")
    (tmp_path / "deep" / "er" / "index.html").write_bytes(b"deeper")
    (tmp_path / "app.js").write_bytes(b"export {};")
    (tmp_path / "icon.svg").write_bytes(b"<svg/>")
    (tmp_path / "data.bin").write_bytes(b"\x00\xff")
    (tmp_path / "LICENSE").write_bytes(b"MIT")
    (tmp_path / "vendor" / "wamp.mjs").write_bytes(b"export {};")
    (tmp_path / ".env").write_text(SECRET)
    (tmp_path / ".git" / "config").write_text(SECRET)
    return tmp_path


@pytest_twisted.async_yield_fixture
async def server(pages: Path) -> AsyncIterator[Server]:
    """Pages, and procedures that answer, wait, refuse and fail."""
    running = Server(port=0, clock=Clock())

    async def wait(_rest: list[str]) -> tuple[int, object]:
        waiting: Deferred[Any] = Deferred()
        running.waiting.append(waiting)
        return 200, await waiting

    async def repeat(rest: list[str]) -> tuple[int, object]:
        return 200, {"rest": rest}

    async def health(_rest: list[str]) -> tuple[int, object]:
        return 503, {"status": "down"}

    async def refuse(rest: list[str]) -> tuple[int, object]:
        code = ErrorCode(rest[0])
        raise ApplicationError(code.uri, **error_body(code, "in words", {"field": "instrument"}))

    async def refuse_bare(rest: list[str]) -> tuple[int, object]:
        raise ApplicationError(rest[0])

    async def fail(_rest: list[str]) -> tuple[int, object]:
        raise ValueError(SECRET)

    async def unwritable(_rest: list[str]) -> tuple[int, object]:
        return 200, {"result": object()}

    answers = {
        "wait": wait,
        "api/repeat": repeat,
        "api/closed": repeat,
        "health": health,
        "refuse": refuse,
        "bare": refuse_bare,
        "fail": fail,
        "unwritable": unwritable,
    }
    root = GatewayResource(load_pages(pages), answers, running.clock, Watchman())
    root.putChild(b"broken", Broken())
    site = use_our_channel(Site(root), open_gate(LimitSettings(limits=UNLIMITED), Entry(), Figures()))
    site.displayTracebacks = False
    port: Any = reactor.listenTCP(0, site, interface="127.0.0.1")
    running.port = port.getHost().port
    yield running
    await maybeDeferred(port.stopListening)


OPEN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""How an answer differs that pages of other origins may have."""


def has_our_headers(response: Response) -> bool:
    told = {name: response.headers.get(name.lower()) for name in HEADERS}
    return told == HEADERS and not any(name.startswith("access-control") for name in response.headers)


def is_for_every_page(response: Response) -> bool:
    told = {name: response.headers.get(name.lower()) for name in {**HEADERS, **OPEN}}
    return told == {**HEADERS, **OPEN}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/docs/", 200),
        ("/docs", 308),
        ("/icon.svg", 200),
        ("/data.bin", 200),
        ("/nothing", 404),
        ("/docs/nothing/at/all", 404),
        ("/../etc/passwd", 404),
        ("/%2e%2e/etc/passwd", 404),
        ("/..%2f..%2fetc%2fpasswd", 404),
        ("/.env", 404),
        ("/.git/config", 404),
        ("/%00", 404),
        ("/%ff", 404),
        ("/%zz", 404),
        ("//", 404),
        ("//health", 404),
        ("/" + "x" * 8000, 404),
        ("/health", 503),
        ("/refuse/invalid_argument", 400),
        ("/fail", 500),
        ("/broken", 500),
        ("/?query=%00", 200),
    ],
)
@pytest_twisted.ensureDeferred
async def test_every_answer_has_our_headers(server: Server, path: str, status: int) -> None:
    """No path, file, error or attempt to get at other files comes without them, nor with one that opens it to pages."""
    for method in ("GET", "HEAD"):
        response = await request(server.port, method, path, Origin="https://evil.example")

        assert response.status == status
        assert has_our_headers(response)
        assert SECRET.encode() not in response.body


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nA b: c\r\n\r\n",
        b"GET /\xff\r\n\r\n",
        b"GET /\xc3\xa9 HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(501)) + b"\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 17_000 + b"\r\n\r\n",
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_is_no_request_is_told_so(server: Server, data: bytes) -> None:
    """What Twisted refuses before there is a request gets the same headers and the same kind of error."""
    response = await send(server.port, data)

    assert response.status == 400
    assert has_our_headers(response)
    assert response.json["error"]["code"] == "invalid_argument"
    assert response.headers["content-length"] == str(len(response.body))


@pytest_twisted.ensureDeferred
async def test_the_servers_own_path_has_our_headers(server: Server) -> None:
    """`OPTIONS *`, which Twisted answers itself, is no exception."""
    response = await request(server.port, "OPTIONS", "*")

    assert response.status == 200
    assert has_our_headers(response)


@pytest.mark.parametrize(
    ("path", "content_type", "body"),
    [
        ("/", "text/html; charset=utf-8", PAGE),
        ("/index.html", "text/html; charset=utf-8", PAGE),
        ("/index%2Ehtml?v=1#x", "text/html; charset=utf-8", PAGE),
        ("/docs/", "text/html; charset=utf-8", b"docs"),
        ("/app.js", "text/javascript; charset=utf-8", b"export {};"),
        ("/vendor/wamp.mjs", "text/javascript; charset=utf-8", b"export {};"),
        ("/icon.svg", "image/svg+xml", b"<svg/>"),
        ("/data.bin", "application/octet-stream", b"\x00\xff"),
        ("/LICENSE", "text/plain; charset=utf-8", b"MIT"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_pages_come_with_their_type(server: Server, path: str, content_type: str, body: bytes) -> None:
    """A file is sent as it is, as what it is; HEAD tells the same of it without sending it."""
    response = await server.get(path)
    told = await request(server.port, "HEAD", path)

    assert (response.status, response.headers["content-type"], response.body) == (200, content_type, body)
    assert response.headers["content-length"] == str(len(body))
    assert (told.status, told.headers["content-length"], told.body) == (200, str(len(body)), b"")
    assert told.headers["etag"] == response.headers["etag"]


@pytest.mark.parametrize(
    ("tag", "status"), [("{}", 304), ('"other" {}', 304), ("*", 304), ('"other"', 200), ("", 200), ("W/{}", 200)]
)
@pytest_twisted.ensureDeferred
async def test_a_page_that_is_known_is_not_sent_again(server: Server, tag: str, status: int) -> None:
    """Whoever has a page and names its tag learns that it is as it was."""
    etag = (await server.get("/")).headers["etag"]

    response = await request(server.port, "GET", "/", If_None_Match=tag.format(etag))

    assert response.status == status
    assert response.body == (b"" if status == 304 else PAGE)
    assert has_our_headers(response)
    assert response.headers["etag"] == etag


@pytest.mark.parametrize("path", ["/app.js", "/vendor/wamp.mjs"])
@pytest_twisted.ensureDeferred
async def test_scripts_are_for_every_page(server: Server, path: str) -> None:
    """A page of another origin may load our elements, whoever asks; all other headers are as ever."""
    etag = (await server.get(path)).headers["etag"]

    for origin, known in (("https://site.example", ""), ("null", etag)):
        assert is_for_every_page(await request(server.port, "GET", path, Origin=origin, If_None_Match=known))


@pytest.mark.parametrize(
    ("path", "location"), [("/docs", "docs/"), ("/docs?x=y", "docs/"), ("/%64ocs", "docs/"), ("/deep/er", "er/")]
)
@pytest_twisted.ensureDeferred
async def test_a_directory_without_its_slash_leads_to_it(server: Server, path: str, location: str) -> None:
    """Relative links of its page would go wrong otherwise; the way there is relative, too, and leads nowhere else."""
    response = await server.get(path)

    assert (response.status, response.headers["location"], response.body) == (308, location, b"")


@pytest_twisted.ensureDeferred
async def test_tags_differ_with_the_content(server: Server) -> None:
    """Two files have one tag only where they are the same."""
    tags = [(await server.get(path)).headers["etag"] for path in ("/", "/docs/", "/app.js", "/vendor/wamp.mjs")]

    assert len(set(tags)) == 3
    assert tags[2] == tags[3]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "NONSENSE"])
@pytest.mark.parametrize("path", ["/", "/nothing", "/health"])
@pytest_twisted.ensureDeferred
async def test_other_methods_are_refused(server: Server, method: str, path: str) -> None:
    """Nothing is written over HTTP: the answer says what would be answered."""
    response = await request(server.port, method, path, body=b"x=y", Content_Type="application/x-www-form-urlencoded")

    assert response.status == 405
    assert response.headers["allow"] == "GET, HEAD"
    assert has_our_headers(response)
    assert response.json["error"]["code"] == "method_not_allowed"


@pytest_twisted.ensureDeferred
async def test_a_body_is_kept_nowhere(server: Server) -> None:
    """However much is sent behind a request, nothing of it is kept in memory or on disk."""
    exchange = await connect(server.port)
    transport: Any = exchange.transport
    readers: list[Any] = list(reactor.getReaders())
    (channel,) = [one.protocol for one in readers if isinstance(getattr(one, "protocol", None), GatewayChannel)]

    transport.write(b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1000001\r\n\r\n")
    transport.write(b"x" * 1_000_000)
    await turns(40)
    (waiting,) = channel.requests
    size = waiting.content.seek(0, 2)
    transport.write(b"x")
    await exchange.lost

    assert size == 0
    assert exchange.received.startswith(b"HTTP/1.1 405 ")


@pytest.mark.parametrize(
    ("path", "rest"),
    [
        ("/api/repeat", []),
        ("/api/repeat/", []),
        ("/api/repeat/BTCUSDT", ["BTCUSDT"]),
        ("/api/repeat/BTCUSDT/?x=y", ["BTCUSDT"]),
        ("/api/repeat/BTC/USDT", ["BTC", "USDT"]),
        ("/api/repeat/BTC%2FUSDT", ["BTC", "USDT"]),
        ("/api/repeat/%C3%A9", ["é"]),
    ],
)
@pytest_twisted.ensureDeferred
async def test_an_answer_gets_what_follows_its_name(server: Server, path: str, rest: list[str]) -> None:
    """What stands behind the head of a path, escaped or not, is the answer's argument."""
    response = await server.get(path)

    assert (response.status, response.json) == (200, {"rest": rest})
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", ["/api", "/api/repeatx", "/healthz", "/api/"])
@pytest_twisted.ensureDeferred
async def test_the_name_is_meant_whole(server: Server, path: str) -> None:
    """A path that only begins like an answer's is not it."""
    response = await server.get(path)

    assert response.status == 404
    assert response.json == {"error": {"code": "not_found", "message": "there is nothing at this path", "details": {}}}


@pytest_twisted.ensureDeferred
async def test_head_of_an_answer_has_no_body(server: Server) -> None:
    """HEAD asks the same and is told the length alone."""
    response = await request(server.port, "HEAD", "/api/repeat/a")

    assert response.body == b""
    assert response.headers["content-length"] == str(len('{"rest":["a"]}'))


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("invalid_argument", 400),
        ("unknown_instrument", 404),
        ("not_found", 404),
        ("method_not_allowed", 405),
        ("unavailable", 503),
        ("internal", 500),
        ("halted", 500),
    ],
)
@pytest_twisted.ensureDeferred
async def test_coded_errors_have_their_status(server: Server, code: str, status: int) -> None:
    """An error of a procedure becomes the HTTP status that fits, with code, words and details as they are."""
    response = await server.get(f"/refuse/{code}")

    assert response.status == status
    assert response.json == {"error": {"code": code, "message": "in words", "details": {"field": "instrument"}}}


@pytest_twisted.ensureDeferred
async def test_a_code_alone_is_enough(server: Server) -> None:
    """An error that lacks what the contract promises is told as far as it goes."""
    response = await server.get("/bare/tapecast.error.unavailable")

    assert (response.status, response.json["error"]) == (503, {"code": "unavailable", "message": "", "details": {}})


@pytest.mark.parametrize(
    "path", ["/fail", "/unwritable", "/bare/wamp.error.invalid_uri", "/bare/tapecast.error.nothing"]
)
@pytest_twisted.ensureDeferred
async def test_a_bug_is_internal_and_logged(server: Server, path: str) -> None:
    """What nobody foresaw is answered without its text, and the operator reads it in the log."""
    with capturedLogs() as events:
        response = await server.get(path)

    assert response.status == 500
    assert response.json["error"] == {"code": "internal", "message": "the gateway failed to answer", "details": {}}
    assert [event["log_namespace"] for event in events if "log_failure" in event] == ["tapecast.http"]


@pytest_twisted.ensureDeferred
async def test_an_answer_may_take_its_time(server: Server) -> None:
    """A request waits for its answer."""
    answer = Deferred.fromCoroutine(server.get("/wait"))
    await arrival(server)

    server.clock.advance(ANSWER_TIMEOUT_S - 0.1)
    server.waiting[0].callback({"done": True})
    response = await answer

    assert (response.status, response.json) == (200, {"done": True})
    assert not server.clock.getDelayedCalls()


async def arrival(server: Server) -> None:
    for _ in range(200):
        if server.waiting:
            return
        await turns(1)


@pytest_twisted.ensureDeferred
async def test_an_answer_that_does_not_come_is_unavailable(server: Server) -> None:
    """After five seconds a client is told to try again, and the question is taken back."""
    answer = Deferred.fromCoroutine(server.get("/wait"))
    await arrival(server)

    server.clock.advance(ANSWER_TIMEOUT_S)
    response = await answer

    assert response.status == 503
    assert response.json["error"]["code"] == "unavailable"
    assert server.waiting[0].called


@pytest_twisted.ensureDeferred
async def test_a_call_that_was_taken_back_is_unavailable(server: Server) -> None:
    """The router's word for it is not told as a bug."""
    with capturedLogs() as events:
        response = await server.get("/bare/wamp.error.canceled")

    assert (response.status, response.json["error"]["code"]) == (503, "unavailable")
    assert not [event for event in events if event["log_level"] >= LogLevel.warn]


@pytest.mark.parametrize("finish", [lambda _waiting: None, lambda waiting: waiting.callback({})])
@pytest_twisted.ensureDeferred
async def test_a_client_that_goes_takes_its_question_along(
    server: Server, finish: "Callable[[Deferred[Any]], None]"
) -> None:
    """A client that disconnects before its answer leaves no timer, no error and no question behind."""
    with capturedLogs() as events:
        exchange = await connect(server.port)
        transport: Any = exchange.transport
        transport.write(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        await arrival(server)
        exchange.go_away()
        await exchange.lost
        await turns(10)
        if not server.waiting[0].called:
            finish(server.waiting[0])
        gc.collect()  # which is when Twisted tells of errors that nobody took

    assert server.waiting[0].called
    assert not server.clock.getDelayedCalls()
    assert not [event for event in events if event["log_level"] >= LogLevel.warn]


@pytest_twisted.ensureDeferred
async def test_one_connection_carries_many_requests(server: Server) -> None:
    """Requests on one connection are answered in order, each with our headers."""
    first = b"GET /api/repeat/1 HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
    exchange = await connect(server.port)
    transport: Any = exchange.transport

    transport.write(first + b"GET /api/repeat/2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    await exchange.lost

    assert exchange.received.count(b"HTTP/1.1 200 OK") == 3
    assert exchange.received.count(b"X-Frame-Options: DENY") == 3
    assert exchange.received.endswith(b'{"rest":["2"]}')


def test_files_are_read_at_the_start(pages: Path) -> None:
    """What is put into the folder later is not served, and what is hidden never."""
    loaded = load_pages(pages)
    (pages / "late.html").write_bytes(b"late")

    assert sorted(loaded) == [
        "",
        "LICENSE",
        "app.js",
        "data.bin",
        "deep/er/",
        "deep/er/index.html",
        "docs/",
        "docs/index.html",
        "icon.svg",
        "index.html",
        "vendor/wamp.mjs",
    ]


@pytest_twisted.ensureDeferred
async def test_a_guard_decides_who_is_answered(server: Server) -> None:
    """Whom it does not let pass is told how to show a token, and nothing was asked in the request's name."""
    stranger = await request(server.port, "GET", "/api/closed/x")
    friend = await request(server.port, "GET", "/api/closed/x", Authorization="Friend")
    without_body = await request(server.port, "HEAD", "/api/closed/x")

    assert (stranger.status, stranger.json["error"]["code"]) == (401, "authentication_required")
    assert stranger.headers["www-authenticate"] == "Bearer"
    assert (friend.status, friend.json) == (200, {"rest": ["x"]})
    assert "www-authenticate" not in friend.headers
    assert without_body.status == 401
