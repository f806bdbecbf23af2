"""A refusal on its way to the client: the coded error, and the WAMP ERROR or the HTTP status that carries it."""

from http import HTTPStatus
from typing import Any

from autobahn.wamp import message

from components.contract.errors import ErrorCode, error_body
from components.contract.uris import shown_uri
from router.rate_limits import Excess

MS_PER_S = 1000
STATUS_OF_REFUSALS = {
    ErrorCode.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.NOT_AUTHORIZED: HTTPStatus.FORBIDDEN,
    ErrorCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}


class Refused(Exception):
    """
    The router refuses an action.

    Attributes:
        uri: The WAMP error URI.
        body: The error's keyword arguments, or None where WAMP's own error has none.
    """

    def __init__(self, code: ErrorCode, text: str, **details: object) -> None:
        super().__init__(text)
        self.uri = code.uri
        self.body: dict[str, object] | None = error_body(code, text, details)


class NoSuchProcedure(Refused):
    """The contract has no such procedure; WAMP has an error of its own for that."""

    def __init__(self, procedure: str) -> None:
        super().__init__(ErrorCode.INVALID_ARGUMENT, f"there is no procedure {shown_uri(procedure)}")
        self.uri = "wamp.error.no_such_procedure"
        self.body = None


class TurnedAway(Exception):
    """
    The gate refuses an address, before it has a session.

    Attributes:
        limit: Name of the limit, as it is counted.
        code: The contract's code.
        excess: What is told to the client, where that may come again.
    """

    def __init__(self, limit: str, code: ErrorCode, text: str, *, excess: Excess | None = None) -> None:
        super().__init__(text)
        self.limit = limit
        self.code = code
        self.excess = excess

    @property
    def status(self) -> int:
        """The status of the HTTP response that tells it."""
        return STATUS_OF_REFUSALS[self.code].value

    @property
    def headers(self) -> dict[str, str]:
        """Headers of that response."""
        if self.excess is None or self.excess.retry_after_ms is None:
            return {}
        return {"Retry-After": str(-(-self.excess.retry_after_ms // MS_PER_S))}

    @property
    def details(self) -> dict[str, object]:
        """Details of the coded error."""
        return {} if self.excess is None else self.excess.details


def refuse_payload(message_with_payload: Any) -> None:
    """
    Let no payload pass that the router cannot read: who gets it could not, either.

    Raises:
        Refused: The message uses payload transparency.
    """
    if message_with_payload.payload is not None:
        raise Refused(ErrorCode.INVALID_ARGUMENT, "payload: expected arguments that can be read", field="payload")


def error_reply(request: Any, refused: Refused) -> Any:
    """The ERROR that answers a request message."""
    return message.Error(
        request.MESSAGE_TYPE,
        request.request,
        refused.uri,
        args=[str(refused)] if refused.body is None else None,
        kwargs=refused.body,
    )
