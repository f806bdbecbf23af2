"""When a source that used to speak counts as silent, by how often it spoke."""

import attrs

from components.contract.envelope import NS_PER_MS

GRAIN_NS = 100 * NS_PER_MS
"""What comes so soon after an interval's end is part of the same sign of life: bursts do not pass for frequency."""

PRIMING_INTERVALS = 10
"""Before so many intervals nothing is known of the rhythm, and the longest limit holds."""

_SMOOTHING_BITS = 5
"""Each interval moves the mean by a thirty-second of the difference."""


@attrs.define(kw_only=True)
class Staleness:
    """
    Tell from one source's rhythm when its newest word is too old.

    Sans-I/O. The limit is `factor` times the smoothed interval between its words, at least `floor_ns`, at most
    `cap_ns`: a pair that trades eighty times a second is late after seconds, one that trades twice a minute is not.

    Units: nanoseconds on this process's monotonic clock.

    Attributes:
        floor_ns: Shortest limit.
        cap_ns: Longest limit.
        factor: How many usual intervals of silence are too many.
        heard_ns: When it was last heard; None before, and after `forget`.
    """

    floor_ns: int
    cap_ns: int
    factor: int
    heard_ns: int | None = attrs.field(default=None, init=False)
    _mark_ns: int = attrs.field(default=0, init=False)
    _mean_ns: int = attrs.field(default=0, init=False)
    _intervals: int = attrs.field(default=0, init=False)

    def hear(self, now_ns: int) -> None:
        """The source spoke; a time before the last one changes nothing."""
        heard_ns = self.heard_ns
        if heard_ns is None:
            self.heard_ns = self._mark_ns = now_ns
            return
        if now_ns > heard_ns:
            self.heard_ns = now_ns
        interval_ns = now_ns - self._mark_ns
        if interval_ns >= GRAIN_NS:
            self._mark_ns = now_ns
            self._learn(min(interval_ns, self.cap_ns))

    def forget(self) -> None:
        """What it said does not count any more; the pause until its next word tells nothing of its rhythm."""
        self.heard_ns = None

    @property
    def limit_ns(self) -> int:
        """How long it may be silent."""
        if self._intervals < PRIMING_INTERVALS:
            return self.cap_ns
        return max(self.floor_ns, min(self.cap_ns, self.factor * self._mean_ns))

    def is_stale(self, now_ns: int) -> bool:
        """Whether its newest word is too old, or it has none."""
        return self.heard_ns is None or now_ns - self.heard_ns > self.limit_ns

    def _learn(self, interval_ns: int) -> None:
        if self._intervals < PRIMING_INTERVALS:
            self._intervals += 1
            self._mean_ns += (interval_ns - self._mean_ns) // self._intervals
        else:
            self._mean_ns += (interval_ns - self._mean_ns) >> _SMOOTHING_BITS
