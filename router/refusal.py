"""A refusal on its way to the client: the coded error, and the WAMP ERROR that carries it."""

from typing import Any

from autobahn.wamp import message

from components.contract.errors import ErrorCode, error_body
from components.contract.uris import shown_uri


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
