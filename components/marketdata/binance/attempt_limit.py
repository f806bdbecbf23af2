"""How many connections a venue lets one address attempt, shared by all that connect to it."""

import collections

import attrs


@attrs.define(kw_only=True)
class AttemptLimit:
    """
    Attempts in a sliding window of time.

    Sans-I/O: it is told the time and gives the wait. It allows half of what the venue does, so that a process that is
    started again, and knows nothing of its predecessor's attempts, stays below the limit too.

    Units: seconds, on any clock that does not jump.

    Source: Binance spot API docs, web-socket-streams.md, "There is a limit of 300 connections per attempt every 5
        minutes per IP".

    Attributes:
        most: Most attempts in one window.
        window_s: How long a window is.
    """

    most: int = 150
    window_s: float = 300.0
    _attempts_s: collections.deque[float] = attrs.field(factory=collections.deque, init=False)

    def take(self, *, now_s: float) -> float:
        """
        Ask whether an attempt may begin.

        Returns:
            0 where it may, and it is counted; else how long to wait before asking again.
        """
        while self._attempts_s and self._attempts_s[0] + self.window_s <= now_s:
            self._attempts_s.popleft()
        if len(self._attempts_s) >= self.most:
            return self._attempts_s[0] + self.window_s - now_s
        self._attempts_s.append(now_s)
        return 0.0
