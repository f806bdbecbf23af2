"""Whether a journal is sound: every row as it was written, and no hole among those that must follow each other."""

from collections.abc import Sequence
from typing import Any

import attrs

from components.contract.topics import Delivery, family_of
from components.streams.journal import Checkpoint, Entry, Record
from components.streams.rows import Unsound, entry_of, record_of


@attrs.define
class EntryWalk:
    """
    Look at the entries of a journal in order of position.

    Sans-I/O. Among the entries that are kept of a lossless topic, each event's number is one more than that of the
    entry before; only an entry without event consumes numbers. A new epoch begins with such an entry, or with event 1.
    Anything else is a hole.

    Attributes:
        is_strict: Whether a hole is unsound, too; else only what was not written so.
        last: The last that is sound.
    """

    is_strict: bool = True
    last: Entry | None = None
    _places: dict[str, tuple[str, int]] = attrs.field(factory=dict, init=False)
    _lossless: dict[str, bool] = attrs.field(factory=dict, init=False)

    def admit(self, row: Sequence[Any]) -> tuple[Entry, int]:
        """
        The entry of the next row, and the number of its group.

        Raises:
            Unsound: It was not written so, or does not follow the one before.
        """
        entry, group_number = entry_of(row)
        if self.is_strict and self._is_lossless(entry.topic):
            place = self._places.get(entry.topic)
            if place is not None and not follows(entry, *place):
                raise Unsound(
                    f"{entry.topic} has a hole: seq {entry.seq} of epoch {entry.epoch} "
                    f"behind seq {place[1]} of epoch {place[0]}"
                )
            self._places[entry.topic] = (entry.epoch, entry.seq)
        self.last = entry
        return entry, group_number

    def _is_lossless(self, topic: str) -> bool:
        is_lossless = self._lossless.get(topic)
        if is_lossless is None:
            family = family_of(topic)
            is_lossless = self._lossless[topic] = family is not None and family.delivery is Delivery.LOSSLESS
        return is_lossless

    def __str__(self) -> str:
        if self.last is None:
            return "position 0"
        return f"position {self.last.position}, {self.last.topic} seq {self.last.seq}"


@attrs.define
class RecordWalk:
    """
    Look at the records of a journal behind a checkpoint, in order of their numbers.

    Sans-I/O. Each has the number after the one before; the first has that after the checkpoint's.

    Attributes:
        last: The number of the last that is sound; the checkpoint's where none is.
        whole: The number of the last with which a group is whole.
        whole_group: The number of that group.
    """

    last: int = 0
    whole: int = 0
    whole_group: int = 0

    @classmethod
    def behind(cls, checkpoint: Checkpoint | None, group_number: int) -> "RecordWalk":
        """Begin with the record after a checkpoint, which was written in that group; without one, with the first."""
        number = 0 if checkpoint is None else checkpoint.number
        return cls(number, number, group_number)

    def admit(self, row: Sequence[Any]) -> tuple[Record, int]:
        """
        The record of the next row, and the number of its group.

        Raises:
            Unsound: It was not written so, or does not follow the one before.
        """
        record, group_number, group_end = record_of(row)
        if record.number != self.last + 1:
            raise Unsound(f"there is record {record.number} behind record {self.last}")
        self.last = record.number
        if record.number == group_end:
            self.whole, self.whole_group = record.number, group_number
        return record, group_number

    def end(self) -> None:
        """
        Look whether the last group is whole.

        Raises:
            Unsound: It is not.
        """
        if self.last != self.whole:
            raise Unsound(f"the group of record {self.last} ends before its last record")

    def __str__(self) -> str:
        return f"record {self.last}"


def follows(entry: Entry, epoch: str, seq: int) -> bool:
    """Whether an entry of a lossless topic may come next where its topic is at a number of an epoch."""
    if entry.epoch != epoch:
        return entry.body is None or entry.seq == 1
    return entry.seq >= seq if entry.body is None else entry.seq == seq + 1
