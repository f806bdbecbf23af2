"""A venue's REST interface on this machine, which answers as the test says."""

import collections
from typing import Any

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from tests.support.conditions import Conditions


class VenueRest(Resource):
    """
    Answers every request, or lets it wait.

    Attributes:
        asked: Path and query of every request, in order.
        answers: Status, headers and body of the next answers; without any, 200 and what was asked.
        is_silent: Whether requests wait for ever.
    """

    isLeaf = True

    def __init__(self, reactor: Any) -> None:
        super().__init__()
        self.conditions = Conditions(reactor)
        self.asked: list[str] = []
        self.answers: collections.deque[tuple[int, dict[str, str], bytes]] = collections.deque()
        self.is_silent = False
        self._port: Any = reactor.listenTCP(0, Site(self), interface="127.0.0.1")

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._port.getHost().port}"

    async def asked_for(self, count: int) -> None:
        """Wait until so many requests have come."""
        await self.conditions.when(lambda: len(self.asked) == count)

    def render_GET(self, request: Any) -> Any:
        """Answer one request."""
        self.asked.append(request.uri.decode())
        self.conditions.changed()
        if self.is_silent:
            return NOT_DONE_YET
        status, headers, body = self.answers.popleft() if self.answers else (200, {}, request.uri)
        request.setResponseCode(status)
        request.setHeader(b"connection", b"close")
        for name, value in headers.items():
            request.setHeader(name.encode(), value.encode())
        return body

    async def stop(self) -> None:
        """Listen no more."""
        await self._port.stopListening()
