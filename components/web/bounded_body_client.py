"""Reads the body of an HTTP answer, and no more of it than is wanted."""

from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone

from components.model.errors import ProviderFault, VenueFault

Fault = type[VenueFault] | type[ProviderFault]
"""Whose fault it is where an answer cannot be used."""


def read_body(response: Any, *, most_bytes: int, fault: Fault = VenueFault) -> "Deferred[bytes]":
    """
    The whole body of an answer; the Deferred fails with the fault where it is longer, and can be cancelled.

    Args:
        response: Of treq, asked for with `unbuffered=True`.
        most_bytes: How long it may be.
        fault: What it fails with.
    """
    body = _Body(most_bytes, fault)
    response.deliverBody(body)
    return body.result


class _Body(Protocol):
    def __init__(self, most_bytes: int, fault: Fault) -> None:
        self.result: Deferred[bytes] = Deferred(lambda _result: self._abort())
        self._most_bytes = most_bytes
        self._fault = fault
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
            self.result.errback(self._fault(f"the answer is longer than {self._most_bytes} bytes"))
        elif isinstance(reason.value, ResponseDone):
            self.result.callback(b"".join(self._pieces))
        else:
            self.result.errback(reason)

    def _abort(self) -> None:
        cast("ITCPTransport", self.transport).abortConnection()
