"""The audit trail: who with rights over others did what, when and why, and what came of it."""

import collections
from collections.abc import Callable
from itertools import islice

import msgspec

from components.model.audit import AuditRecord
from components.model.paging import Page, page_of

KEPT = 10_000
"""How many records can be asked for; what is older is in the log of security, where that is kept."""

SAME_WITHIN = 1_000
"""Among so many of the last records one is looked for that is reported once more."""

encode_record: Callable[[AuditRecord], bytes] = msgspec.msgpack.Encoder().encode
_encode = msgspec.msgpack.Encoder().encode
_decode_record = msgspec.msgpack.Decoder(AuditRecord).decode


class _Numbered(msgspec.Struct, frozen=True, array_like=True):
    number: int
    record: AuditRecord


_decode_all = msgspec.msgpack.Decoder(list[_Numbered]).decode


class AuditTrail:
    """
    The last `KEPT` records.

    Sans-I/O.
    """

    name = "audit"

    def __init__(self) -> None:
        """Begin without any."""
        self._kept: collections.deque[_Numbered] = collections.deque(maxlen=KEPT)

    @property
    def last(self) -> int:
        """The newest record's number; 0 where there is none."""
        return self._kept[-1].number if self._kept else 0

    def append(self, record: AuditRecord) -> None:
        """Keep one more."""
        self._kept.append(_Numbered(self.last + 1, record))

    def has(self, record: AuditRecord) -> bool:
        """Whether it is one of the last: who has reported it and heard nothing reports it again."""
        return any(one.record == record for one in islice(reversed(self._kept), SAME_WITHIN))

    def page(self, *, limit: object, before: object, up_to: int) -> Page[AuditRecord]:
        """
        Records, the newest first: at most `limit`, from before a time or behind an earlier page.

        Args:
            limit: As the caller gave it.
            before: The same.
            up_to: The number of the newest one that may be told.

        Raises:
            InvalidArgument: One of the two is of the wrong kind.
        """
        rows = ((one.number, one.record) for one in self._kept if one.number <= up_to)
        return page_of(rows, lambda record: record.at_ns, limit=limit, before=before)

    def apply_record(self, body: bytes) -> None:
        """Keep one more that a journal kept."""
        self.append(_decode_record(body))

    def checkpoint(self) -> bytes:
        """All records."""
        return _encode(list(self._kept))

    def restore(self, checkpoint: bytes) -> None:
        """Begin with the records of a checkpoint."""
        self._kept = collections.deque(_decode_all(checkpoint), maxlen=KEPT)
