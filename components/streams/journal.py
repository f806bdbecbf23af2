"""What is written down before it is published: the entries of a journal, and what every store of one can do."""

from collections.abc import Iterable
from typing import Protocol

import attrs
import msgspec


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """
    One step of one stream.

    Units: times are UNIX nanoseconds.

    Attributes:
        position: Its place among the entries of all streams of the owner, in the order in which they are published.
        topic: The stream.
        epoch: The stream's epoch from here on.
        seq: The stream's number from here on.
        ts_ns: The event's time.
        body: The event, encoded; None where numbers were consumed or an epoch was begun without one.
        is_conflated: Whether an event makes the stream's earlier ones worthless.
    """

    position: int
    topic: str
    epoch: str
    seq: int
    ts_ns: int
    body: bytes | None
    is_conflated: bool


@attrs.frozen(kw_only=True)
class JournalContent:
    """
    What a journal held when it was opened.

    Attributes:
        entries: What is kept, in order of position; to be read once.
        sent: The position up to which the router is known to have everything.
        is_complete: Whether nothing that was durable can be missing at the end.
    """

    entries: Iterable[Entry] = ()
    sent: int = 0
    is_complete: bool = True


class JournalListener(Protocol):
    """Who is told how the writing goes."""

    def receive_durable(self, position: int) -> None:
        """Everything up to a position is written."""

    def receive_failure(self, reason: str) -> None:
        """The store has failed: nothing that is not durable by now will ever be."""


class Journal(Protocol):
    """A store of entries in which a later process finds what this one wrote."""

    @property
    def is_full(self) -> bool:
        """Whether so much waits to be written that nothing should be added."""

    async def start(self, listener: JournalListener) -> JournalContent:
        """
        Open the store, and tell what it holds.

        Raises:
            ConfigError: It cannot be used; the text names it and the remedy.
        """

    def append(self, entry: Entry) -> None:
        """Have one entry written behind all others; the listener is told, later, when it is."""

    def mark_sent(self, position: int) -> None:
        """Note, some time soon, that the router has everything up to a position."""

    async def stop(self) -> None:
        """Write what waits, and close the store."""
