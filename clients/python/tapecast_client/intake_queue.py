"""What a publisher has not handed in yet, in order, in batches that one call takes."""

import collections
import json
import re
from collections.abc import Mapping
from typing import Any

import attrs

from tapecast_client.errors import EventTooBig, InvalidArgument, QueueFull

MAX_BATCH = 200
MAX_BATCH_BYTES = 32_768
"""Of JSON. The gateway takes messages of up to 65 536 bytes."""
MAX_EVENT_BYTES = 64_000

_INDEX = re.compile(r"events\[(\d+)\]")


@attrs.frozen(kw_only=True)
class Batch:
    """
    Events of one kind that go in one call.

    Attributes:
        kind: The last part of the procedure's name, such as `trade`.
        events: In order.
    """

    kind: str
    events: tuple[Mapping[str, Any], ...]


@attrs.frozen
class _Waiting:
    kind: str
    event: Mapping[str, Any]
    size_bytes: int


@attrs.define(kw_only=True)
class IntakeQueue:
    """
    Events that wait to be handed in.

    Sans-I/O. Order is kept across kinds: a batch ends where the kind changes, and there is one batch at a time. It is
    given back by `accept`, `refuse` or `put_back` before the next is taken.

    Attributes:
        max_waiting: With so many events no more are taken.
    """

    max_waiting: int = 10_000
    _waiting: collections.deque[_Waiting] = attrs.field(factory=collections.deque, init=False)
    _taken: int = attrs.field(default=0, init=False)

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, kind: str, event: Mapping[str, Any]) -> None:
        """
        Take one event to hand in.

        Raises:
            QueueFull: There are too many; the event was not taken.
            EventTooBig: It has no room in a message; it was not taken.
        """
        size_bytes = len(json.dumps(event))
        if size_bytes > MAX_EVENT_BYTES:
            raise EventTooBig(f"expected an event of at most {MAX_EVENT_BYTES} bytes, received one of {size_bytes}")
        if len(self._waiting) >= self.max_waiting:
            raise QueueFull(f"{self.max_waiting} events wait to be handed in")
        self._waiting.append(_Waiting(kind, event, size_bytes))

    def take(self) -> Batch | None:
        """The next batch; None where nothing waits, or one is out."""
        if self._taken or not self._waiting:
            return None
        kind, size_bytes = self._waiting[0].kind, 0
        events: list[Mapping[str, Any]] = []
        for waiting in self._waiting:
            size_bytes += waiting.size_bytes
            is_full = len(events) == MAX_BATCH or (events and size_bytes > MAX_BATCH_BYTES)
            if waiting.kind != kind or is_full:
                break
            events.append(waiting.event)
        self._taken = len(events)
        return Batch(kind=kind, events=tuple(events))

    def accept(self) -> None:
        """The batch that is out was taken."""
        for _ in range(self._taken):
            self._waiting.popleft()
        self._taken = 0

    def put_back(self) -> None:
        """The batch that is out was not taken, or nobody knows: it is the next one again."""
        self._taken = 0

    def refuse(self, error: Exception) -> tuple[Mapping[str, Any], ...]:
        """
        The batch that is out was refused as a whole: give up the event that the error names, else all.

        Returns:
            The events that are given up.
        """
        taken, self._taken = self._taken, 0
        found = _INDEX.match(error.field or "") if isinstance(error, InvalidArgument) else None
        index = int(found.group(1)) if found else taken
        if index < taken:
            given_up = (self._waiting[index].event,)
            del self._waiting[index]
            return given_up
        return tuple(self._waiting.popleft().event for _ in range(taken))
