"""
A published event on its way out: written once for each serializer and subscription, whoever gets it.

Source: WAMP specification, "Publish and Subscribe", message EVENT.
"""

import struct
from collections.abc import Callable
from typing import Any, TypeVar

import attrs

from components.contract.topics import Delivery
from router.book_changes import BookChanges, Place

EVENT = 36

Merged = TypeVar("Merged", "Publication", "Event")

_MESSAGE_PACK_HEAD = struct.Struct(">BBBQBQ")
_CBOR_HEAD = struct.Struct(">BBBBQBQ")
_REMEMBERED_MERGES = 16
"""How many beginnings a merged event is kept for, so that all who began to wait together get the same bytes."""


@attrs.frozen(kw_only=True, eq=False)
class Encoding:
    """
    One way to write events.

    Attributes:
        name: `json`, `msgpack` or `cbor`.
        encode: Writes a value; raises for one that it has no form for.
        event_head: Writes the head of an EVENT with so many arguments behind it: subscription, publication and details.
        no_details: The details of an EVENT that has none.
        between: What stands between two values.
        event_tail: What ends an EVENT.
    """

    name: str
    encode: Callable[[Any], bytes]
    event_head: Callable[[int, int, bytes, int], bytes]
    no_details: bytes
    between: bytes = b""
    event_tail: bytes = b""


@attrs.frozen(eq=False)
class WireFormat:
    """
    How messages reach a connection; connections that have the same one get the very same bytes.

    Attributes:
        encoding: How a message is written.
        frame: Puts the transport's frame around a message.
    """

    encoding: Encoding
    frame: Callable[[bytes], bytes]


def json_event_head(subscription_id: int, publication_id: int, details: bytes, _arguments: int) -> bytes:
    """The head of an EVENT in JSON."""
    return b"[%d,%d,%d,%b" % (EVENT, subscription_id, publication_id, details)


def msgpack_event_head(subscription_id: int, publication_id: int, details: bytes, arguments: int) -> bytes:
    """The head of an EVENT in MessagePack."""
    head = _MESSAGE_PACK_HEAD.pack(0x94 + arguments, EVENT, 0xCF, subscription_id, 0xCF, publication_id)
    return head + details


def cbor_event_head(subscription_id: int, publication_id: int, details: bytes, arguments: int) -> bytes:
    """The head of an EVENT in CBOR."""
    head = _CBOR_HEAD.pack(0x84 + arguments, 0x18, EVENT, 0x1B, subscription_id, 0x1B, publication_id)
    return head + details


class Publication:
    """
    What was published, once for all subscriptions.

    Attributes:
        topic: Where.
        publication_id: WAMP's number of it.
        delivery: What a client that cannot keep up gets of the topic.
        family: Name of the topic's family, for the figures.
        published_ns: When the router had it, monotonic.
        args: Positional arguments, or None.
        kwargs: Keyword arguments, or None.
        changes: What has changed in the book that this is an event of; None for a topic whose events are not merged.
    """

    __slots__ = (
        "_merged",
        "_written",
        "args",
        "changes",
        "delivery",
        "family",
        "kwargs",
        "publication_id",
        "published_ns",
        "topic",
    )

    def __init__(
        self,
        topic: str,
        publication_id: int,
        args: list[Any] | None,
        kwargs: dict[str, Any] | None,
        *,
        delivery: Delivery,
        family: str,
        published_ns: int,
        changes: BookChanges | None = None,
    ) -> None:
        self.topic = topic
        self.publication_id = publication_id
        self.args = args
        self.kwargs = kwargs
        self.delivery = delivery
        self.family = family
        self.published_ns = published_ns
        self.changes = changes
        self._written: dict[Encoding, tuple[bytes, ...]] = {}
        self._merged: dict[Place, Publication] = {}

    @property
    def place(self) -> Place | None:
        """Which events of its book this stands for; None where it is no change of a book."""
        return None if self.changes is None else self.changes.apply(self.kwargs)

    def reaches(self, first: Place) -> bool:
        """Whether all that the book told from an earlier event on can be merged into this."""
        return self.changes is not None and self.changes.reaches(first)

    def merged_since(self, first: Place) -> "Publication":
        """This with all that its book told from an earlier event on; this alone, where that is not there any more."""
        merged = self._merged.get(first)
        if merged is not None:
            return merged
        kwargs = None if self.changes is None else self.changes.merged(first, self.kwargs)
        return self if kwargs is None else _remember(self._merged, first, self._with(kwargs))

    def arguments(self, encoding: Encoding) -> tuple[bytes, ...]:
        """The arguments as an EVENT has them: none, the positional ones, or those and the named ones."""
        written = self._written.get(encoding)
        if written is None:
            values: list[Any] = []
            if self.kwargs:
                values = [self.args or [], self.kwargs]
            elif self.args:
                values = [self.args]
            written = self._written[encoding] = tuple(map(encoding.encode, values))
        return written

    def _with(self, kwargs: dict[str, Any]) -> "Publication":
        return Publication(
            self.topic,
            self.publication_id,
            self.args,
            kwargs,
            delivery=self.delivery,
            family=self.family,
            published_ns=self.published_ns,
        )


class Event:
    """
    A publication on one subscription.

    Attributes:
        publication: What was published.
        subscription_id: Whose event it is.
        key: The lane that it waits in: the subscription and the topic.
    """

    __slots__ = ("_frames", "_merged", "_names_topic", "key", "publication", "subscription_id")

    def __init__(self, publication: Publication, subscription_id: int, *, names_topic: bool) -> None:
        """
        Make the event of a subscription.

        Args:
            publication: What was published.
            subscription_id: The subscription.
            names_topic: Whether the receiver cannot know the topic, because the subscription is to a pattern.
        """
        self.publication = publication
        self.subscription_id = subscription_id
        self.key = (subscription_id, publication.topic)
        self._names_topic = names_topic
        self._frames: dict[WireFormat, bytes] = {}
        self._merged: dict[Place, Event] = {}

    def merged_since(self, first: Place) -> "Event":
        """This with all that its book told from an earlier event on; this alone, where that is not there any more."""
        merged = self._merged.get(first)
        if merged is not None:
            return merged
        publication = self.publication.merged_since(first)
        if publication is self.publication:
            return self
        event = Event(publication, self.subscription_id, names_topic=self._names_topic)
        return _remember(self._merged, first, event)

    def frame(self, wire: WireFormat) -> bytes:
        """
        The event as its receivers of one wire format get it.

        Raises:
            ValueError: It holds a value that this encoding has no form for; TypeError and OverflowError likewise.
        """
        frame = self._frames.get(wire)
        if frame is None:
            frame = self._frames[wire] = wire.frame(self._message(wire.encoding))
        return frame

    def _message(self, encoding: Encoding) -> bytes:
        publication = self.publication
        arguments = publication.arguments(encoding)
        details = encoding.encode({"topic": publication.topic}) if self._names_topic else encoding.no_details
        head = encoding.event_head(self.subscription_id, publication.publication_id, details, len(arguments))
        return encoding.between.join((head, *arguments)) + encoding.event_tail


def _remember(merges: dict[Place, Merged], first: Place, merged: Merged) -> Merged:
    if len(merges) >= _REMEMBERED_MERGES:
        merges.clear()
    merges[first] = merged
    return merged
