"""Web pages and HTTP, served by the router worker: what answers which path, and what is wrong where nothing does."""

import hashlib
import mimetypes
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import attrs
import msgspec
from autobahn.wamp.exception import ApplicationError
from crossbar.webservice.base import RouterWebService
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeoutError
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from components.contract.document import contract_document
from components.contract.errors import ERROR_PREFIX, ErrorCode
from components.contract.http import STATUS_OF_ERRORS
from components.contract.openapi import openapi_document
from components.model.errors import ConfigError
from router.demo_answers import TOKEN, USERS, DemoAnswers
from router.http_guard import HttpGuard, OpenToAll
from router.nearness import LOOKED_AT, Asker
from router.site import NO_STORE, OPEN_TO_EVERY_PAGE, error_body

ANSWER_TIMEOUT_S = 5.0
FAILED = "the gateway failed to answer"
NOTHING_HERE = "there is nothing at this path"

_CODES = frozenset(ErrorCode)
_JAVASCRIPT = "text/javascript; charset=utf-8"
_TYPES = {".js": _JAVASCRIPT, ".mjs": _JAVASCRIPT}

_log = Logger(namespace="tapecast.http")


@attrs.frozen(kw_only=True)
class Page:
    """One file that is served: its bytes, their type, and the tag that changes with them."""

    body: bytes
    content_type: str
    etag: str

    @property
    def is_for_every_page(self) -> bool:
        """
        Whether pages of other origins may load it: scripts alone, which is what our elements on such pages are made of.

        They are the same for everybody, and nothing of anybody.
        """
        return self.content_type == _JAVASCRIPT


def load_pages(directory: Path) -> dict[str, Page]:
    """
    Read every file below a directory, by its path on the server; `index.html` is also the directory itself.

    Files are read once, at the start: what is not there then is not served, nor what is hidden by a dot.
    """
    pages = {}
    for file in sorted(directory.rglob("*")):
        path = file.relative_to(directory).as_posix()
        if file.is_file() and not f"/{path}".count("/."):
            pages[path] = page = _page(file.read_bytes(), _content_type(file))
            if file.name == "index.html":
                pages[path.removesuffix("index.html")] = page
    return pages


def load_documents() -> dict[str, Page]:
    """The contract for tools, by its paths: HTTP as OpenAPI, and WAMP in a form of our own."""
    documents = {"openapi.json": openapi_document(), "contract.json": contract_document()}
    return {path: _page(msgspec.json.encode(document), "application/json") for path, document in documents.items()}


def _page(body: bytes, content_type: str) -> Page:
    return Page(body=body, content_type=content_type, etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _content_type(file: Path) -> str:
    guessed = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "text/plain"
    return guessed if "charset" in guessed or not guessed.startswith("text/") else f"{guessed}; charset=utf-8"


Answer = Callable[[list[str]], Coroutine[Deferred[Any], Any, tuple[int, object]]]
"""Takes what follows the name in the path, gives a status and a body for JSON; may raise a coded ApplicationError."""


class GatewayResource(Resource):
    """
    The root of all paths but those that are put below it, such as `/ws`.

    Shape: `answers` maps the head of a path, `health` or `api/prices`, to what answers it.
    """

    def __init__(
        self,
        pages: dict[str, Page],
        answers: dict[str, Answer],
        clock: IReactorTime,
        guard: HttpGuard | None = None,
        demo: DemoAnswers | None = None,
    ) -> None:
        super().__init__()
        self._pages = pages
        self._answers = answers
        self._guard = guard or OpenToAll()
        self._clock = clock
        self._demo = demo or DemoAnswers()

    def getChild(self, path: bytes, request: Request) -> Resource:
        """Every path is answered here, whatever its depth."""
        return _Leaf(self)

    def answer(self, request: Request) -> Any:
        """Answer one request."""
        if request.method not in (b"GET", b"HEAD"):
            request.setHeader("Allow", "GET, HEAD")
            return refuse(request, ErrorCode.METHOD_NOT_ALLOWED, "only GET and HEAD are answered")
        path = unquote(request.path.decode("ascii")).removeprefix("/")
        page = self._pages.get(path)
        if page is not None:
            return _send_page(request, page)
        if f"{path}/" in self._pages:
            return _lead_on(request, path)
        for head, answer in self._answers.items():
            if _is_below(path, head):
                return self._answer_later(request, self._guarded(request, head, answer, _words_below(path, head)))
        for head in (USERS, TOKEN):
            if _is_below(path, head):
                return self._answer_demo(request, head, _words_below(path, head))
        return refuse(request, ErrorCode.NOT_FOUND, NOTHING_HERE)

    def _answer_demo(self, request: Request, head: str, rest: list[str]) -> bytes:
        request.setHeader(*NO_STORE)
        try:
            body = self._demo.answer(_asker(request), head, rest)
        except ConfigError:
            _log.failure("there is no token for a demo user")
            return refuse(request, ErrorCode.INTERNAL, FAILED, 500)
        if body is None:
            return refuse(request, ErrorCode.NOT_FOUND, NOTHING_HERE)
        return _send_json(request, 200, msgspec.json.encode(body))

    async def _guarded(self, request: Request, head: str, answer: Answer, words: list[str]) -> tuple[int, object]:
        await self._guard.check(head, request.requestHeaders.getRawHeaders("Authorization", []))
        return await answer(words)

    def _answer_later(self, request: Request, answer: Coroutine[Deferred[Any], Any, tuple[int, object]]) -> int:
        waiting = Deferred.fromCoroutine(answer)
        waiting.addTimeout(ANSWER_TIMEOUT_S, self._clock)
        request.notifyFinish().addErrback(lambda _lost: waiting.cancel())

        async def finish() -> None:
            try:
                status, body = await waiting
                encoded = msgspec.json.encode(body)
            except Exception as error:  # noqa: BLE001 - an HTTP client gets a coded answer, whatever happened
                status, body = _failure(error)
                encoded = msgspec.json.encode(body)
            if not request._disconnected:
                request.write(_send_json(request, status, encoded))
                request.finish()

        Deferred.fromCoroutine(finish())
        return NOT_DONE_YET


def _is_below(path: str, head: str) -> bool:
    return path == head or path.startswith(head + "/")


def _words_below(path: str, head: str) -> list[str]:
    rest = path.removeprefix(head).strip("/")
    return rest.split("/") if rest else []


def _asker(request: Request) -> Asker:
    told = {name: request.requestHeaders.getRawHeaders(name) for name in LOOKED_AT}
    return Asker(
        address=getattr(request.getClientAddress(), "host", None),
        scheme="https" if request.isSecure() else "http",
        protocol=request.clientproto.decode("latin-1"),
        headers={name: values for name, values in told.items() if values is not None},
    )


class _Leaf(Resource):
    """Stands at the end of every path and hands the request back."""

    isLeaf = True

    def __init__(self, root: GatewayResource) -> None:
        super().__init__()
        self._root = root

    def render(self, request: Request) -> Any:
        return self._root.answer(request)


def refuse(request: Request, code: ErrorCode, text: str, status: int | None = None) -> bytes:
    """Answer with an error; its status is the code's own unless another is given."""
    return _send_json(request, status or STATUS_OF_ERRORS[code], msgspec.json.encode(error_body(code, text)))


def _failure(error: Exception) -> tuple[int, object]:
    # A call that is taken back ends as WAMP's own error.
    was_taken_back = isinstance(error, ApplicationError) and error.error == ApplicationError.CANCELED
    if was_taken_back or isinstance(error, DeferredTimeoutError | CancelledError):
        return 503, error_body(ErrorCode.UNAVAILABLE, "no answer in time; try again")
    if isinstance(error, ApplicationError) and error.error.removeprefix(ERROR_PREFIX) in _CODES:
        code = ErrorCode(error.error.removeprefix(ERROR_PREFIX))
        told = error.kwargs or {}
        return STATUS_OF_ERRORS.get(code, 500), error_body(code, str(told.get("message", "")), told.get("details"))
    _log.failure("an HTTP request could not be answered; this is a bug in the gateway")
    return 500, error_body(ErrorCode.INTERNAL, FAILED)


def _send_json(request: Request, status: int, encoded: bytes) -> bytes:
    request.setResponseCode(status)
    if status == HTTPStatus.UNAUTHORIZED:
        request.setHeader("WWW-Authenticate", "Bearer")
    return _send(request, encoded, "application/json")


def _lead_on(request: Request, directory: str) -> bytes:
    """Send who asks for a directory without its slash there; relative, since a proxy may serve us below a path."""
    request.setResponseCode(HTTPStatus.PERMANENT_REDIRECT)
    request.setHeader("Location", f"{directory.rsplit('/', 1)[-1]}/")
    return _send(request, b"", "text/plain; charset=utf-8")


def _send_page(request: Request, page: Page) -> bytes:
    if page.is_for_every_page:
        request.setHeader(OPEN_TO_EVERY_PAGE, "*")
    if request.setETag(page.etag.encode()) is not None:
        return b""
    return _send(request, page.body, page.content_type)


def _send(request: Request, body: bytes, content_type: str) -> bytes:
    request.setHeader("Content-Type", content_type)
    request.setHeader("Content-Length", str(len(body)))
    return b"" if request.method == b"HEAD" else body


class PagesService:
    """The web service that a node's configuration names `pages`: our pages, and HTTP."""

    @staticmethod
    def create(transport: Any, path: str, config: dict[str, Any]) -> RouterWebService:
        """Make the service, as Crossbar calls it."""
        worker = transport.worker
        pages = load_pages(Path(config["directory"]))
        for below, directory in config.get("mounts", {}).items():
            pages |= {f"{below}/{path}": page for path, page in load_pages(Path(directory)).items()}
        pages |= load_documents()
        resource = GatewayResource(
            pages, worker.http_answers(), worker._reactor, worker.http_guard(), worker.demo_answers()
        )
        return RouterWebService(transport, path, config, resource)

    @staticmethod
    def check(_personality: Any, config: dict[str, Any]) -> None:
        """
        Check the service's configuration.

        Raises:
            ValueError: It lacks `directory`, has other keys than that, `type` and `mounts`, or a folder does not exist.
        """
        mounts = config.get("mounts", {})
        folders = [config.get("directory", ""), *(mounts.values() if isinstance(mounts, dict) else [""])]
        if set(config) - {"mounts"} != {"type", "directory"} or not all(map(_is_folder, folders)):
            raise ValueError(
                "a service 'pages' needs 'directory', the folder of the web pages, and takes 'mounts', "
                "folders by the paths that they are served below, and nothing else"
            )


def _is_folder(path: object) -> bool:
    return isinstance(path, str) and path != "" and Path(path).is_dir()
