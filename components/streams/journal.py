"""What is written down before it is published: entries, records, checkpoints, and what every store of them can do."""

from collections.abc import Iterable, Mapping
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


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """
    One fact of one part.

    Attributes:
        number: Its place among the records of all parts: 1, 2, 3, ... without a hole.
        part: The part's name.
        body: The fact, encoded.
    """

    number: int
    part: str
    body: bytes


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """
    The state of all parts at one moment.

    Attributes:
        number: The last record that is in it; 0 where none is.
        states: Each part's state by the part's name, encoded.
    """

    number: int
    states: Mapping[str, bytes]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is written all or not at all: what one command did, as a rule.

    Attributes:
        number: Its place among all groups of the owner.
        entries: Steps of streams, in order.
        records: Facts, in order.
        checkpoint: The state after all records so far.
    """

    number: int
    entries: tuple[Entry, ...] = ()
    records: tuple[Record, ...] = ()
    checkpoint: Checkpoint | None = None


@attrs.frozen(kw_only=True)
class JournalContent:
    """
    What a journal held when it was opened.

    Attributes:
        entries: What is kept, in order of position; to be read once.
        sent: The position up to which the router is known to have everything.
        is_complete: Whether nothing that was durable can be missing at the end.
        checkpoint: The newest; None where there is none.
        records: Those behind the checkpoint, in order of their numbers; to be read once.
        last_group: The number of the last group that left something.
        name: What the operator knows the journal by.
    """

    entries: Iterable[Entry] = ()
    sent: int = 0
    is_complete: bool = True
    checkpoint: Checkpoint | None = None
    records: Iterable[Record] = ()
    last_group: int = 0
    name: str = "the journal"


class JournalListener(Protocol):
    """Who is told how the writing goes."""

    def receive_durable(self, number: int) -> None:
        """All groups up to that of a number are written."""

    def receive_failure(self, reason: str) -> None:
        """The store has failed: nothing that is not durable by now will ever be."""


class Journal(Protocol):
    """A store of groups in which a later process finds what this one wrote."""

    @property
    def is_full(self) -> bool:
        """Whether so much waits to be written that nothing should be added."""

    async def start(self, listener: JournalListener) -> JournalContent:
        """
        Open the store, and tell what it holds.

        Raises:
            ConfigError: It cannot be used; the text names it and the remedy.
        """

    def append(self, group: Group) -> None:
        """Have one group written behind all others, whole; the listener is told, later, when it is."""

    def mark_sent(self, position: int) -> None:
        """Note, some time soon, that the router has everything up to a position."""

    async def stop(self) -> None:
        """Write what waits, and close the store."""
