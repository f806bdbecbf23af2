"""The last events of every topic, encoded, for those who missed some: bounded by count, bytes and age."""

import collections
import heapq

import attrs
import msgspec

from components.contract.envelope import NS_PER_S


@attrs.frozen(kw_only=True)
class RingLimits:
    """
    How much is kept for those who resume.

    Attributes:
        events: At most so many of one topic.
        size_bytes: At most so many bytes of one topic.
        age_ns: At most so old, on the topic's own clock.
        total_bytes: At most so many bytes of all topics of a process together; the oldest go first.
    """

    events: int = 1000
    size_bytes: int = 1024 * 1024
    age_ns: int = 3600 * NS_PER_S
    total_bytes: int = 64 * 1024 * 1024


@attrs.define
class RingBudget:
    """
    What all rings of a process may hold together.

    Sans-I/O. Every ring that holds something is listed once, by an event that was its oldest when it was listed: what
    has grown old in the list is corrected when it comes up, so that adding an event costs the same however many rings
    there are.
    """

    limits: RingLimits = attrs.field(factory=RingLimits)
    size_bytes: int = attrs.field(default=0, init=False)
    _order: int = attrs.field(default=0, init=False)
    _oldest: "list[tuple[int, Ring]]" = attrs.field(factory=list, init=False)

    def next_order(self) -> int:
        """A number that is larger for every event, whichever topic it is of."""
        self._order += 1
        return self._order

    def enlist(self, ring: "Ring", order: int) -> None:
        """Remember a ring that was empty and now holds an event of that number."""
        heapq.heappush(self._oldest, (order, ring))

    def delist_empty(self) -> None:
        """Forget the rings that hold nothing, as some of them are nobody's any more."""
        for _, ring in self._oldest:
            ring.is_enlisted = ring.oldest_order is not None
        self._oldest = [listed for listed in self._oldest if listed[1].is_enlisted]
        heapq.heapify(self._oldest)

    def make_room(self) -> None:
        """Let the oldest events go until the rest fits."""
        while self.size_bytes > self.limits.total_bytes:
            listed, ring = self._oldest[0]
            oldest = ring.oldest_order
            if oldest is None:
                heapq.heappop(self._oldest)
                ring.is_enlisted = False
            elif oldest != listed:
                heapq.heapreplace(self._oldest, (oldest, ring))
            else:
                ring.drop_oldest()


class _Kept(msgspec.Struct, frozen=True, gc=False):
    order: int
    ts_ns: int
    body: bytes


@attrs.define(eq=False)
class Ring:
    """
    The last events of one topic without a hole between them.

    Sans-I/O.

    Shape: the events numbered `base + 1`, `base + 2`, ... oldest first.

    Attributes:
        base: The number before the oldest event's: whoever has it, or a later one, can be told all that followed.
        is_enlisted: Whether the budget knows of the ring.
    """

    _budget: RingBudget
    base: int = 0
    is_enlisted: bool = attrs.field(default=False, init=False)
    _size_bytes: int = attrs.field(default=0, init=False)
    _events: collections.deque[_Kept] = attrs.field(factory=collections.deque, init=False)

    def __len__(self) -> int:
        return len(self._events)

    @property
    def oldest_order(self) -> int | None:
        """The budget's number of the oldest event; None where there is none."""
        return self._events[0].order if self._events else None

    @property
    def newest(self) -> bytes | None:
        """The newest event; None where there is none."""
        return self._events[-1].body if self._events else None

    def append(self, body: bytes, *, ts_ns: int) -> None:
        """Keep the next event, and let those go that are too many, too much or too old then."""
        budget, limits = self._budget, self._budget.limits
        order = budget.next_order()
        self._events.append(_Kept(order, ts_ns, body))
        self._size_bytes += len(body)
        budget.size_bytes += len(body)
        while self._events and (len(self._events) > limits.events or self._size_bytes > limits.size_bytes):
            self.drop_oldest()
        self.drop_older_than(ts_ns - limits.age_ns)
        if self._events and not self.is_enlisted:
            self.is_enlisted = True
            budget.enlist(self, self._events[0].order)
        budget.make_room()

    def drop_oldest(self) -> None:
        """Let the oldest event go."""
        size_bytes = len(self._events.popleft().body)
        self._size_bytes -= size_bytes
        self._budget.size_bytes -= size_bytes
        self.base += 1

    def drop_older_than(self, ts_ns: int) -> None:
        """Let those events go that are of an earlier time."""
        while self._events and self._events[0].ts_ns < ts_ns:
            self.drop_oldest()

    def clear(self, base: int) -> None:
        """Let everything go: the next event is number `base + 1`, and what was before it cannot be told."""
        self._budget.size_bytes -= self._size_bytes
        self._size_bytes = 0
        self._events.clear()
        self.base = base

    def after(self, seq: int, *, now_ns: int) -> list[bytes] | None:
        """All events after a number, oldest first; None where the ring does not reach so far back."""
        self.drop_older_than(now_ns - self._budget.limits.age_ns)
        if seq < self.base:
            return None
        return [kept.body for kept in list(self._events)[seq - self.base :]]
