"""How much may be asked of a venue that counts requests by their weight."""

import collections

import attrs

WINDOW_S = 60.0
DEFAULT_PAUSE_S = 60.0
"""How long a refusal holds where the venue does not say."""


@attrs.define(kw_only=True)
class WeightBudget:
    """
    The weight that one address may still spend at a venue.

    Sans-I/O. It counts what was spent in the last minute by ourselves, and heeds the venue's own count, in which others
    on the same address are. Some is kept back, for them and for what is asked beside it. A venue that refuses is left
    alone for as long as it says.

    Units: seconds, on any clock that does not jump; weight as the venue counts it.

    Source: Binance spot API docs, rest-api.md, "IP Limits": 6000 a minute, `X-MBX-USED-WEIGHT-1M`, 429 and 418 with
        `Retry-After`.

    Attributes:
        limit: Most in a minute.
        reserve: What is kept back of it.
    """

    limit: int = 6000
    reserve: int = 1000
    _spent: collections.deque[tuple[float, int]] = attrs.field(factory=collections.deque, init=False)
    _told: tuple[float, int] | None = attrs.field(default=None, init=False)
    _paused_until_s: float = attrs.field(default=0.0, init=False)

    def room(self, *, now_s: float) -> int:
        """What may be spent now."""
        self._forget_old(now_s)
        used = sum(weight for _, weight in self._spent)
        if self._told is not None:
            told_s, told = self._told
            used = max(used, told + sum(weight for spent_s, weight in self._spent if spent_s > told_s))
        return max(0, self.limit - self.reserve - used)

    def wait_s(self, weight: int, *, now_s: float) -> float:
        """How long to wait until that weight may be spent, or until it is to be asked again; 0 is now."""
        if now_s < self._paused_until_s:
            return self._paused_until_s - now_s
        if self.room(now_s=now_s) >= weight:
            return 0.0
        oldest_s = min([spent_s for spent_s, _ in self._spent] + ([] if self._told is None else [self._told[0]]))
        return oldest_s + WINDOW_S - now_s

    def spend(self, weight: int, *, now_s: float) -> None:
        """A request of that weight goes out."""
        self._spent.append((now_s, weight))

    def receive_used(self, used: int, *, now_s: float) -> None:
        """The venue tells what this address has used in its current minute."""
        self._told = (now_s, used)

    def receive_refusal(self, retry_after_s: float | None, *, now_s: float) -> None:
        """The venue wants to hear no more for so long; None where it does not say."""
        pause_s = DEFAULT_PAUSE_S if retry_after_s is None else retry_after_s
        self._paused_until_s = max(self._paused_until_s, now_s + pause_s)

    def _forget_old(self, now_s: float) -> None:
        while self._spent and self._spent[0][0] <= now_s - WINDOW_S:
            self._spent.popleft()
        if self._told is not None and self._told[0] <= now_s - WINDOW_S:
            self._told = None
