"""When the users who are connected are asked for again: each once in an interval, and not too many at once."""

import heapq

import attrs

_SLACK = 64
"""So many entries of users who have left are no reason to look for them."""


@attrs.define(kw_only=True)
class Rechecks:
    """
    Who is to be asked for when, the soonest first.

    Sans-I/O; times are monotonic nanoseconds. With more users than the rate can ask for in an interval, each has a
    longer one. Users who came at the same time are spread by the rate, and stay so.

    Attributes:
        interval_ns: How long after an answer a user is asked for again.
        least_gap_ns: How long after a question the next one comes at the earliest.
    """

    interval_ns: int
    least_gap_ns: int
    _due_ns: dict[str, int] = attrs.field(factory=dict, init=False)
    _heap: list[tuple[int, str]] = attrs.field(factory=list, init=False)
    _open_ns: int | None = attrs.field(default=None, init=False)

    def __len__(self) -> int:
        return len(self._due_ns)

    def plan(self, user_id: str, *, answered_ns: int) -> None:
        """Ask for a user one interval after an answer, and not before."""
        due_ns = self._due_ns[user_id] = answered_ns + self.interval_ns
        heapq.heappush(self._heap, (due_ns, user_id))
        self._tidy()

    def forget(self, user_id: str) -> None:
        """Ask for a user no more, where it was to be asked for."""
        if self._due_ns.pop(user_id, None) is not None:
            self._tidy()

    def pop_due(self, *, now_ns: int) -> str | None:
        """The user to ask for now, who is not planned any more; None where it is nobody's turn."""
        next_ns = self.next_ns()
        if next_ns is None or next_ns > now_ns:
            return None
        _, user_id = heapq.heappop(self._heap)
        del self._due_ns[user_id]
        self._open_ns = now_ns + self.least_gap_ns
        return user_id

    def next_ns(self) -> int | None:
        """When it is somebody's turn; None where nobody is planned."""
        while self._heap and self._due_ns.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        if not self._heap:
            return None
        due_ns = self._heap[0][0]
        return due_ns if self._open_ns is None else max(due_ns, self._open_ns)

    def _tidy(self) -> None:
        if len(self._heap) > 2 * len(self._due_ns) + _SLACK:
            self._heap = [(due_ns, user_id) for user_id, due_ns in self._due_ns.items()]
            heapq.heapify(self._heap)
