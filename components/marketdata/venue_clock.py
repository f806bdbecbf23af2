"""How far a venue's clock is from ours, and how late its events come."""

import collections

import attrs

from components.contract.envelope import NS_PER_S
from components.metrics.histogram import LATENCY_BOUNDS_NS, Histogram

WINDOW_NS = 60 * NS_PER_S
STEP_NS = 5 * NS_PER_S
"""How finely the window moves: what is older than `WINDOW_NS` goes a step at a time."""


@attrs.define
class VenueClock:
    """
    The offset between the clock that stamps events and the one that receives them, estimated from the events alone.

    Sans-I/O. Each event gives a difference, receive minus event time: the offset of the clocks plus how long the event
    was under way. The least difference of the window belongs to the event that came fastest, and counts as the offset;
    what an event took longer than that is its lag. So an offset is too large by the way of the fastest event, and lag
    is how much later than the fastest an event came: two clocks that nobody compares tell no more.

    Units: nanoseconds; the offset is negative where our clock is behind the venue's.

    Source: D. L. Mills, RFC 5905, clock filter algorithm: among samples, that of the least delay tells the offset.

    Attributes:
        lags: How often which lag was seen.
    """

    lags: Histogram = attrs.field(factory=lambda: Histogram(LATENCY_BOUNDS_NS), init=False)
    _least_by_step: collections.deque[tuple[int, int]] = attrs.field(factory=collections.deque, init=False)
    _offset_ns: int | None = attrs.field(default=None, init=False)

    @property
    def offset_ns(self) -> int | None:
        """Our clock minus the venue's; None before the first event with a time."""
        return self._offset_ns

    def observe(self, *, received_ns: int, event_ns: int) -> int:
        """
        Take an event's two times in.

        Args:
            received_ns: When it was received, on the feed's clock.
            event_ns: When it happened, by the venue.

        Returns:
            The event's lag, never below zero.
        """
        difference_ns = received_ns - event_ns
        offset_ns = self._offset_ns
        step = received_ns // STEP_NS
        steps = self._least_by_step
        # A connection that takes over hands on what it received before the last of the old one: at most a second.
        if offset_ns is None or not 0 <= steps[-1][0] - step <= 1:
            offset_ns = self._begin_step(step, difference_ns)
        elif difference_ns < steps[-1][1]:
            steps[-1] = (steps[-1][0], difference_ns)
            offset_ns = self._offset_ns = min(difference_ns, offset_ns)
        lag_ns = difference_ns - offset_ns
        self.lags.observe(lag_ns)
        return lag_ns

    def _begin_step(self, step: int, difference_ns: int) -> int:
        """Move the window on; a clock that was set back, or a replay that starts again, leaves nothing in it."""
        steps = self._least_by_step
        steps.append((step, difference_ns))
        while steps[0][0] <= step - WINDOW_NS // STEP_NS or steps[0][0] > step:
            steps.popleft()
        self._offset_ns = min(least for _, least in steps)
        return self._offset_ns
