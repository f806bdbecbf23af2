"""How often to speak of what may happen thousands of times a second."""

import attrs


@attrs.define
class LogLimit:
    """
    Let through one of many in an interval, with the number of all since the last that was let through.

    Sans-I/O: `now_s` counts from anywhere, and never goes back.

    Attributes:
        interval_s: Shortest time between two that are let through.
    """

    interval_s: float
    _count: int = attrs.field(default=0, init=False)
    _next_s: float | None = attrs.field(default=None, init=False)

    def offer(self, now_s: float) -> int:
        """Count one more, and return how many to speak of now; 0 is none."""
        self._count += 1
        if self._next_s is not None and now_s < self._next_s:
            return 0
        self._next_s = now_s + self.interval_s
        count, self._count = self._count, 0
        return count
