"""Whose token ends when, the soonest first."""

import heapq

import attrs

_SLACK = 64
"""So many entries of those who have left are no reason to look for them."""


@attrs.define
class TokenEnds:
    """
    The end of each session's token.

    Sans-I/O; times are UNIX seconds. A session has one end, the last that was set. What is out of date is passed over
    when its turn comes, and thrown out before there is more of it than of the rest.
    """

    _ends_s: dict[int, float] = attrs.field(factory=dict)
    _heap: list[tuple[float, int]] = attrs.field(factory=list)

    def __len__(self) -> int:
        return len(self._ends_s)

    def set(self, session_id: int, end_s: float) -> None:
        """Set when a session's token ends."""
        self._ends_s[session_id] = end_s
        heapq.heappush(self._heap, (end_s, session_id))
        self._tidy()

    def forget(self, session_id: int) -> None:
        """Know no more of a session, where it was known."""
        if self._ends_s.pop(session_id, None) is not None:
            self._tidy()

    def next_s(self) -> float | None:
        """When the next token ends; None where there is none."""
        while self._heap and self._ends_s.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop_due(self, *, now_s: float) -> int | None:
        """Forget the session whose token ended first, and return it; None where no token has ended."""
        end_s = self.next_s()
        if end_s is None or end_s > now_s:
            return None
        _, session_id = heapq.heappop(self._heap)
        del self._ends_s[session_id]
        return session_id

    def _tidy(self) -> None:
        if len(self._heap) > 2 * len(self._ends_s) + _SLACK:
            self._heap = [(end_s, session_id) for session_id, end_s in self._ends_s.items()]
            heapq.heapify(self._heap)
