"""A part whose facts are numbers, and whose state is all of them."""

import attrs
import msgspec


@attrs.define
class CountingPart:
    """
    Satisfies `Part`.

    Attributes:
        name: What its records are known by.
        applied: Every fact that its state is made of, in order.
        restored: How many facts came with a checkpoint.
    """

    name: str = "counting"
    applied: list[int] = attrs.field(factory=list)
    restored: int = 0

    def fact(self, number: int) -> bytes:
        """Apply a new fact, and give it as it is recorded."""
        self.applied.append(number)
        return msgspec.msgpack.encode(number)

    def apply_record(self, body: bytes) -> None:
        """Apply one that was recorded."""
        self.applied.append(msgspec.msgpack.decode(body, type=int))

    def checkpoint(self) -> bytes:
        """All facts."""
        return msgspec.msgpack.encode(self.applied)

    def restore(self, checkpoint: bytes) -> None:
        """Take all facts over."""
        self.applied = msgspec.msgpack.decode(checkpoint, type=list[int])
        self.restored = len(self.applied)
