"""
WAMP messages: the frequent ones read and written in a few steps, all others by Autobahn.

The short forms have the attributes of Autobahn's classes that the router looks at.
"""

import re
from collections.abc import Callable
from typing import Any

from autobahn.wamp import message
from autobahn.wamp.exception import ProtocolError
from autobahn.wamp.serializer import Serializer

LARGEST_ID = 1 << 53

_PUBLISH = message.Publish.MESSAGE_TYPE
_CALL = message.Call.MESSAGE_TYPE
_YIELD = message.Yield.MESSAGE_TYPE
_SIMPLE_OPTIONS = frozenset({"acknowledge", "exclude_me"})
_is_uri = re.compile(r"[^\s.#]+(?:\.[^\s.#]+)*").fullmatch
_CLASSES = Serializer.MESSAGE_TYPE_MAP


class PlainPublish:
    """A PUBLISH that filters no receivers and has no option but to acknowledge it and to leave its publisher out."""

    __slots__ = ("acknowledge", "args", "exclude_me", "kwargs", "request", "topic")

    MESSAGE_TYPE = _PUBLISH
    payload = retain = forward_for = None
    eligible = eligible_authid = eligible_authrole = exclude = exclude_authid = exclude_authrole = None

    def __init__(self, request: int, topic: str, options: dict[str, bool], arguments: list[Any]) -> None:
        self.request = request
        self.topic = topic
        self.acknowledge = options.get("acknowledge")
        self.exclude_me = options.get("exclude_me")
        self.args = arguments[0] if arguments else None
        self.kwargs = arguments[1] if len(arguments) > 1 else None


class PlainCall:
    """A CALL without options."""

    __slots__ = ("args", "kwargs", "procedure", "request")

    MESSAGE_TYPE = _CALL
    payload = forward_for = receive_progress = None

    def __init__(self, request: int, procedure: str, arguments: list[Any]) -> None:
        self.request = request
        self.procedure = procedure
        self.args = arguments[0] if arguments else None
        self.kwargs = arguments[1] if len(arguments) > 1 else None


class PlainYield:
    """A YIELD without options."""

    __slots__ = ("args", "kwargs", "request")

    MESSAGE_TYPE = _YIELD
    progress = forward_for = payload = None

    def __init__(self, request: int, arguments: list[Any]) -> None:
        self.request = request
        self.args = arguments[0] if arguments else None
        self.kwargs = arguments[1] if len(arguments) > 1 else None


class PlainInvocation:
    """An INVOCATION that tells who calls."""

    __slots__ = ("_call", "_details", "_registration_id", "request")

    MESSAGE_TYPE = message.Invocation.MESSAGE_TYPE

    def __init__(self, request: int, registration_id: int, call: Any, caller: Any) -> None:
        """
        Make the invocation of a call.

        Args:
            request: Its own number.
            registration_id: Of the procedure.
            call: The CALL, in either form.
            caller: The session that calls.
        """
        self.request = request
        self._registration_id = registration_id
        self._call = call
        self._details = {
            "caller": caller._session_id,
            "caller_authid": caller._authid,
            "caller_authrole": caller._authrole,
        }

    def serialize(self, serializer: Any) -> bytes:
        """Write it."""
        head = [self.MESSAGE_TYPE, self.request, self._registration_id, self._details]
        written: bytes = serializer.serialize(head + _arguments(self._call))
        return written


class PlainResult:
    """A RESULT that is the last of its call."""

    __slots__ = ("_yield", "request")

    MESSAGE_TYPE = message.Result.MESSAGE_TYPE

    def __init__(self, request: int, yield_: Any) -> None:
        """
        Make the result of a call.

        Args:
            request: Number of the CALL.
            yield_: The YIELD, in either form.
        """
        self.request = request
        self._yield = yield_

    def serialize(self, serializer: Any) -> bytes:
        """Write it."""
        written: bytes = serializer.serialize([self.MESSAGE_TYPE, self.request, {}, *_arguments(self._yield)])
        return written


def _arguments(message_with_arguments: Any) -> list[Any]:
    args, kwargs = message_with_arguments.args, message_with_arguments.kwargs
    if kwargs:
        return [args or [], kwargs]
    return [args] if args else []


def read_message(decoded: Any) -> Any:
    """
    Make a message of what a serializer decoded.

    Raises:
        ProtocolError: It is none.
    """
    if type(decoded) is not list or not decoded:
        raise ProtocolError(f"expected a message, received {type(decoded).__name__}")
    kind = decoded[0] if type(decoded[0]) is int else None
    read_plain = _PLAIN.get(kind)
    if read_plain is not None:
        plain = read_plain(decoded)
        if plain is not None:
            return plain
    message_class = _CLASSES.get(kind)
    if message_class is None:
        shown = decoded[0] if kind is not None else type(decoded[0]).__name__
        raise ProtocolError(f"there is no message of type {shown}")
    try:
        read = message_class.parse(decoded)
    except ProtocolError:
        raise
    except Exception as error:  # noqa: BLE001 - Autobahn's parsers trip over some of what they ought to refuse
        raise ProtocolError(f"unreadable, {type(error).__name__}") from None
    if kind == _PUBLISH and _TEXTS & {type(read.args), type(read.kwargs)}:
        raise ProtocolError("expected a list and a dict as arguments, received text, which Autobahn lets pass")
    return read


def _plain_publish(decoded: list[Any]) -> PlainPublish | None:
    """A PUBLISH in short; None where Autobahn has to say what it is, or what is wrong with it."""
    if not _is_plain_request(decoded, 4):
        return None
    _, request, options, topic, *arguments = decoded
    if not (_SIMPLE_OPTIONS.issuperset(options) and all(type(value) is bool for value in options.values())):
        return None
    return PlainPublish(request, topic, options, arguments) if type(topic) is str and _is_uri(topic) else None


def _plain_call(decoded: list[Any]) -> PlainCall | None:
    if not _is_plain_request(decoded, 4) or decoded[2]:
        return None
    _, request, _, procedure, *arguments = decoded
    return PlainCall(request, procedure, arguments) if type(procedure) is str and _is_uri(procedure) else None


def _plain_yield(decoded: list[Any]) -> PlainYield | None:
    if not _is_plain_request(decoded, 3) or decoded[2]:
        return None
    return PlainYield(decoded[1], decoded[3:])


def _is_plain_request(decoded: list[Any], words: int) -> bool:
    """Whether a message has a number, options, and behind so many words the arguments that it may have."""
    return (
        len(decoded) >= words
        and type(decoded[1]) is int
        and 0 < decoded[1] <= LARGEST_ID
        and type(decoded[2]) is dict
        and [type(argument) for argument in decoded[words:]] in _ARGUMENTS
    )


_ARGUMENTS: tuple[list[type], ...] = ([], [list], [list, dict])
_TEXTS = {str, bytes}
_PLAIN: dict[int | None, Callable[[list[Any]], Any]] = {
    _PUBLISH: _plain_publish,
    _CALL: _plain_call,
    _YIELD: _plain_yield,
}
