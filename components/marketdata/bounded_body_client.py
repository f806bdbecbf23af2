"""Reads the body of an HTTP answer, and no more of it than is wanted."""

from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone

from components.model.errors import VenueFault


def read_body(response: Any, *, most_bytes: int) -> "Deferred[bytes]":
    """
    The whole body of an answer; the Deferred fails with VenueFault where it is longer, and can be cancelled.

    Args:
        response: Of treq, asked for with `unbuffered=True`.
        most_bytes: How long it may be.
    """
    body = _Body(most_bytes)
    response.deliverBody(body)
    return body.result


class _Body(Protocol):
    def __init__(self, most_bytes: int) -> None:
        self.result: Deferred[bytes] = Deferred(lambda _result: self._abort())
        self._most_bytes = most_bytes
        self._pieces: list[bytes] = []
        self._length = 0

    def dataReceived(self, data: bytes) -> None:
        self._pieces.append(data)
        self._length += len(data)
        if self._length > self._most_bytes:
            self._abort()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.result.called:
            return
        if self._length > self._most_bytes:
            self.result.errback(VenueFault(f"the answer is longer than {self._most_bytes} bytes"))
        elif isinstance(reason.value, ResponseDone):
            self.result.callback(b"".join(self._pieces))
        else:
            self.result.errback(reason)

    def _abort(self) -> None:
        cast("ITCPTransport", self.transport).abortConnection()
