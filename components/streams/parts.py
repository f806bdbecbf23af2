"""The state of a slice that its process finds again: a part is what its facts, applied in order, have made of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import msgspec

from components.model.errors import ConfigError
from components.streams.journal import Checkpoint, JournalContent


class Part(Protocol):
    """
    State that is made of facts, which the journal keeps together with the events that they led to.

    Applying the same facts to the same state gives the same state, always. What a part has applied is recorded before
    the turn of the reactor ends in which it did: a checkpoint may be taken in the next one.
    """

    @property
    def name(self) -> str:
        """What its records are known by in the journal, for ever."""

    def apply_record(self, body: bytes) -> None:
        """Apply one fact that an earlier process recorded."""

    def checkpoint(self) -> bytes:
        """The whole state: what `restore` makes the same state of."""

    def restore(self, checkpoint: bytes) -> None:
        """Take the whole state over, in place of having applied all that led to it."""


class Parts:
    """
    The parts of one process, and how many facts they have recorded.

    Sans-I/O.

    Attributes:
        number: The last record's number, of whichever part; 0 where none was made.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        """
        Hold them as they are.

        Raises:
            ValueError: Two of them have the same name.
        """
        self.number = 0
        self._checkpointed = 0
        self._parts = {part.name: part for part in parts}
        if len(self._parts) != len(parts):
            raise ValueError(f"expected parts of different names, received {[part.name for part in parts]}")

    def go_on(self, content: JournalContent) -> None:
        """
        Make them what the checkpoint and the records of a journal say.

        Raises:
            ConfigError: Something is of a part that is not here, or a part cannot decode it.
        """
        if content.checkpoint is not None:
            self.number = self._checkpointed = content.checkpoint.number
            for name, state in content.checkpoint.states.items():
                with _naming(f"{content.name}: the checkpoint at record {self.number}", name):
                    self._part(name).restore(state)
        for record in content.records:
            with _naming(f"{content.name}: record {record.number}", record.part):
                self._part(record.part).apply_record(record.body)
            self.number = record.number

    def count(self, name: str) -> int:
        """
        The number of one more record of a part.

        Raises:
            KeyError: There is no such part.
        """
        if name not in self._parts:
            raise KeyError(name)
        self.number += 1
        return self.number

    def next_checkpoint(self, *, every: int) -> Checkpoint | None:
        """The state of all parts now, where so many records or more were made since the last; None where not."""
        if self.number - self._checkpointed < every:
            return None
        self._checkpointed = self.number
        return Checkpoint(number=self.number, states={name: part.checkpoint() for name, part in self._parts.items()})

    def _part(self, name: str) -> Part:
        part = self._parts.get(name)
        if part is None:
            raise ConfigError("there is no such part")
        return part


@contextmanager
def _naming(what: str, part_name: str) -> Iterator[None]:
    try:
        yield
    except (msgspec.DecodeError, ConfigError) as error:
        raise ConfigError(
            f"{what}, of the part {part_name}, means nothing to this version: {error}; start the one that wrote it"
        ) from None
