"""WAMP messages as they come in: the frequent ones read in a few steps, all others by Autobahn."""

import re
from typing import Any

from autobahn.wamp import message
from autobahn.wamp.exception import ProtocolError
from autobahn.wamp.serializer import Serializer

LARGEST_ID = 1 << 53

_PUBLISH = message.Publish.MESSAGE_TYPE
_SIMPLE_OPTIONS = frozenset({"acknowledge", "exclude_me"})
_LEAST_WORDS = 4
_is_uri = re.compile(r"[^\s.#]+(?:\.[^\s.#]+)*").fullmatch
_CLASSES = Serializer.MESSAGE_TYPE_MAP


class PlainPublish:
    """
    A PUBLISH that filters no receivers and has no option but to acknowledge it and to leave its publisher out.

    It has the attributes of Autobahn's `Publish` that the broker looks at.
    """

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


def read_message(decoded: Any) -> Any:
    """
    Make a message of what a serializer decoded.

    Raises:
        ProtocolError: It is none.
    """
    if type(decoded) is not list or not decoded:
        raise ProtocolError(f"expected a message, received {type(decoded).__name__}")
    kind = decoded[0] if type(decoded[0]) is int else None
    if kind == _PUBLISH:
        publish = _plain_publish(decoded)
        if publish is not None:
            return publish
    message_class = _CLASSES.get(kind)
    if message_class is None:
        raise ProtocolError(f"there is no message of type {decoded[0]!r:.40}")
    try:
        return message_class.parse(decoded)
    except ProtocolError:
        raise
    except Exception as error:  # Autobahn's parsers trip over some of what they ought to refuse.
        raise ProtocolError(f"unreadable: {error!r}") from error


def _plain_publish(decoded: list[Any]) -> PlainPublish | None:
    """A PUBLISH in short; None where Autobahn has to say what it is, or what is wrong with it."""
    if len(decoded) < _LEAST_WORDS:
        return None
    _, request, options, topic, *arguments = decoded
    is_plain = (
        type(request) is int
        and 0 < request <= LARGEST_ID
        and type(topic) is str
        and _is_uri(topic)
        and type(options) is dict
        and _SIMPLE_OPTIONS.issuperset(options)
        and all(type(value) is bool for value in options.values())
        and [type(argument) for argument in arguments] in _ARGUMENTS
    )
    return PlainPublish(request, topic, options, arguments) if is_plain else None


_ARGUMENTS: tuple[list[type], ...] = ([], [list], [list, dict])
