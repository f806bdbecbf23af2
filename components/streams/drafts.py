"""Groups as they are made: what is published and recorded meanwhile, numbered in order."""

from collections.abc import Sequence

import msgspec

from components.contract.envelope import Envelope
from components.streams.journal import Checkpoint, Entry, Group, Record
from components.streams.stream import Stream


class Unpublished(msgspec.Struct, frozen=True):
    """One event that is not published yet."""

    position: int
    topic: str
    event: Envelope


class Draft(msgspec.Struct):
    """
    A group that is being made.

    Attributes:
        events: What is published when it is written.
        entries: The steps of streams.
        records: The facts.
    """

    events: list[Unpublished] = msgspec.field(default_factory=list)
    entries: list[Entry] = msgspec.field(default_factory=list)
    records: list[Record] = msgspec.field(default_factory=list)


class Drafts:
    """
    Number what is written, and put together what is written together.

    Sans-I/O.

    Attributes:
        position: The last entry's.
        number: The last group's.
    """

    def __init__(self, *, is_written: bool) -> None:
        """
        Begin with nothing.

        Args:
            is_written: Whether there is a journal, so that events need be encoded for it.
        """
        self.position = 0
        self.number = 0
        self._is_written = is_written
        self._open: Draft | None = None

    @property
    def is_open(self) -> bool:
        """Whether what comes is part of one group."""
        return self._open is not None

    def begin(self) -> None:
        """
        Make what comes one group.

        Raises:
            RuntimeError: It is already.
        """
        if self._open is not None:
            raise RuntimeError("expected one transaction at a time, but another is open")
        self._open = Draft()

    def end(self) -> Draft:
        """What has come since `begin`."""
        draft, self._open = self._open or Draft(), None
        return draft

    def add(self, streams: Sequence[Stream], event: Envelope | None) -> Draft | None:
        """
        Take in where streams are now.

        Args:
            streams: Each has just numbered the event, or consumed numbers, or begun an epoch.
            event: None where there is none.

        Returns:
            A group that is ready; None where the open one has it.
        """
        draft = self._open or Draft()
        for stream in streams:
            self.position += 1
            if self._is_written:
                draft.entries.append(stream.entry(self.position, event))
            if event is not None:
                draft.events.append(Unpublished(self.position, stream.topic, event))
        return None if self._open is not None else draft

    def record(self, record: Record) -> Draft | None:
        """Take in a fact, and return a group that is ready; None where the open one has it."""
        if self._open is None:
            return Draft(records=[record])
        self._open.records.append(record)
        return None

    def group(self, draft: Draft) -> Group | None:
        """A draft as the next group; None where there is nothing to write."""
        if not draft.entries and not draft.records:
            return None
        self.number += 1
        return Group(number=self.number, entries=tuple(draft.entries), records=tuple(draft.records))

    def checkpoint_group(self, checkpoint: Checkpoint) -> Group:
        """A checkpoint as the next group."""
        self.number += 1
        return Group(number=self.number, checkpoint=checkpoint)
