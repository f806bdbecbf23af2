"""Registration of procedures: arguments by name or position, the caller as the router disclosed it, coded errors."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import attrs
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import CallDetails, RegisterOptions
from twisted.internet.defer import Deferred, DeferredList, ensureDeferred
from twisted.logger import Logger

from components.contract.errors import ErrorCode, error_body
from components.contract.procedures import PROCEDURE_BY_URI
from components.contract.roles import Role
from components.model.errors import CommandRejected, InvalidArgument
from components.wamp.session import WampSession

MAX_CORRELATION_ID_CHARS = 128

DETAILS_ARGUMENT = "\udc00details"
"""
The keyword by which Autobahn hands over who calls, in place of the caller's own argument of that name.

A lone surrogate is no text in any serializer, so no client can send this one, and `details` is unknown like any other.
"""

_log = Logger(namespace="tapecast.procedures")


@attrs.frozen(kw_only=True)
class Caller:
    """
    Who calls, as the router disclosed it; nothing here comes from an argument.

    Attributes:
        session_id: WAMP session id.
        user_id: The token's user, or the anonymous session's own name.
        role: The session's role.
        correlation_id: What the caller calls the call; None where it has no name for it.
    """

    session_id: int
    user_id: str
    role: Role
    correlation_id: str | None = None


Handler = Callable[..., object | Awaitable[object]]


def register_procedures(session: WampSession, handlers: Mapping[str, Handler]) -> "Deferred[Any]":
    """
    Register handlers under their URIs.

    A handler takes the `Caller` and then keyword arguments by the names of the contract; one without a default is
    required. It returns one value, or raises `CommandRejected`; anything else it raises is a bug of ours, logged here
    and told to the caller as `internal`.

    Returns:
        A Deferred that fires when all are registered, and fails with the first that is refused.
    """
    waiting = [
        session.register(endpoint(uri, handler), uri, options=RegisterOptions(details_arg=DETAILS_ARGUMENT))
        for uri, handler in handlers.items()
    ]
    return DeferredList(waiting, fireOnOneErrback=True, consumeErrors=True)


def endpoint(uri: str, handler: Handler) -> Callable[..., "Deferred[object]"]:
    """A handler as Autobahn calls it."""
    signature = inspect.signature(handler)
    known = tuple(signature.parameters)[1:]
    procedure = PROCEDURE_BY_URI.get(uri)
    order = procedure.arguments if procedure is not None else known
    required = [name for name in known if signature.parameters[name].default is inspect.Parameter.empty]

    async def answer(details: CallDetails, args: tuple[object, ...], kwargs: dict[str, object]) -> object:
        correlation_id = None
        try:
            correlation_id = _correlation_id(kwargs.pop("correlation_id", None))
            arguments = _named(args, kwargs, order, required)
            caller = Caller(
                session_id=details.caller,
                user_id=details.caller_authid,
                role=Role(details.caller_authrole),
                correlation_id=correlation_id,
            )
            result = handler(caller, **arguments)
            if inspect.isawaitable(result):
                result = await result
        except CommandRejected as error:
            _log.debug(
                "{procedure} refused session {session}, correlation id {correlation_id}: {code}: {error}",
                procedure=uri,
                session=details.caller,
                correlation_id=correlation_id,
                code=error.code.value,
                error=str(error),
            )
            raise application_error(error.code, str(error), error.details) from None
        except ApplicationError:
            raise
        except Exception:  # noqa: BLE001 - whatever escapes a handler must not reach the caller
            _log.failure(
                "{procedure} failed for session {session}, correlation id {correlation_id}: a bug in the gateway",
                procedure=uri,
                session=details.caller,
                correlation_id=correlation_id,
            )
            raise application_error(ErrorCode.INTERNAL, "the gateway failed to answer") from None
        if correlation_id is not None and isinstance(result, dict):
            return {**result, "correlation_id": correlation_id}
        return result

    return lambda *args, **kwargs: ensureDeferred(answer(kwargs.pop(DETAILS_ARGUMENT), args, kwargs))


def application_error(code: ErrorCode, message: str, details: dict[str, object] | None = None) -> ApplicationError:
    """A coded error in the form that Autobahn sends."""
    return ApplicationError(code.uri, **error_body(code, message, details))


def _correlation_id(value: object) -> str | None:
    if value is None or (isinstance(value, str) and len(value) <= MAX_CORRELATION_ID_CHARS):
        return value
    raise InvalidArgument("correlation_id", f"expected a string of at most {MAX_CORRELATION_ID_CHARS} characters")


def _named(
    args: tuple[object, ...], kwargs: dict[str, object], order: tuple[str, ...], required: list[str]
) -> dict[str, object]:
    if len(args) > len(order):
        raise InvalidArgument("args", f"expected at most {len(order)} positional arguments, received {len(args)}")
    arguments = dict(zip(order, args, strict=False))
    for name, value in kwargs.items():
        if name not in order:
            raise InvalidArgument(name[:64], "there is no such argument")
        if name in arguments:
            raise InvalidArgument(name, "is given twice, by position and by name")
        arguments[name] = value
    for name in required:
        if name not in arguments:
            raise InvalidArgument(name, "is required")
    return arguments
