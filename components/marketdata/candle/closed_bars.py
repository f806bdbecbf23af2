"""The closed bars of one instrument and interval, oldest first, bounded."""

from bisect import bisect_left

import attrs

from components.marketdata.candle.bars import ClosedBar

CAPACITY = 1500
"""How many closed bars of an interval can be asked for."""

_SLACK = 100
"""How many more may gather until the oldest go, all at once."""


@attrs.define
class ClosedBars:
    """
    The newest closed bars, each once, in order.

    Sans-I/O. What the venue said of a bar is never replaced by what we made of it.

    Attributes:
        capacity: How many are kept at least; a few more may be.
    """

    capacity: int = CAPACITY
    _times: list[int] = attrs.field(factory=list, init=False)
    _bars: list[ClosedBar] = attrs.field(factory=list, init=False)

    def __len__(self) -> int:
        return len(self._bars)

    @property
    def last(self) -> ClosedBar | None:
        """The newest."""
        return self._bars[-1] if self._bars else None

    def get(self, open_ts: int) -> ClosedBar | None:
        """The bar that opened then."""
        at = bisect_left(self._times, open_ts)
        return self._bars[at] if at < len(self._times) and self._times[at] == open_ts else None

    def put(self, bar: ClosedBar) -> ClosedBar:
        """
        Keep a bar, in place of what was known of it before, unless that is the venue's and this is not.

        Returns:
            What is known of it now.
        """
        at = bisect_left(self._times, bar.open_ts)
        if at == len(self._times) or self._times[at] != bar.open_ts:
            self._times.insert(at, bar.open_ts)
            self._bars.insert(at, bar)
            self._trim()
        elif self._bars[at].is_venues and not bar.is_venues:
            return self._bars[at]
        else:
            self._bars[at] = bar
        return bar

    def between(self, start_ns: int, end_ns: int) -> list[ClosedBar]:
        """The bars that opened from `start_ns` on and before `end_ns`, oldest first."""
        return self._bars[bisect_left(self._times, start_ns) : bisect_left(self._times, end_ns)]

    def newest(self, count: int, *, before_ns: int | None) -> list[ClosedBar]:
        """The newest bars, or the newest of those that opened before a time, oldest first."""
        end = len(self._bars) if before_ns is None else bisect_left(self._times, before_ns)
        return self._bars[max(0, end - count) : end]

    def drop_from(self, start_ns: int) -> None:
        """Forget the bars that opened from then on."""
        at = bisect_left(self._times, start_ns)
        del self._times[at:], self._bars[at:]

    def _trim(self) -> None:
        surplus = len(self._bars) - self.capacity
        if surplus > _SLACK:
            del self._times[:surplus], self._bars[:surplus]
