"""How often a connection gets events of a topic: as its client asked, and slower by itself where it cannot keep up."""

import attrs

from components.contract.envelope import NS_PER_MS, NS_PER_S

SLOW_AFTER_NS = NS_PER_S // 2
"""A connection that took nothing for so long is slow; a shorter wait is a burst."""

RECOVERS_AFTER_NS = 5 * NS_PER_S
"""After so long without a slow moment the automatic pace goes up a step."""

STEPS_HZ = (20.0, 10.0, 5.0, 2.0, 1.0)
"""The automatic pace, from the first slow moment to the fifth in a row."""

_MANY_TOPICS = 1024

Lane = tuple[int, str]
"""Subscription and topic."""


@attrs.define
class Pace:
    """
    The pace of one connection's conflated topics, and whether its gapped ones are held.

    Sans-I/O; times are monotonic nanoseconds. Two events of one lane are never closer than the interval.

    Attributes:
        max_hz: What the client asked for, events a second and topic; None is no limit.
        background: Whether gapped topics are held altogether.
    """

    max_hz: float | None = None
    background: bool = False
    _step: int = 0
    _eased_ns: int = 0
    _not_before_ns: dict[Lane, int] = attrs.field(factory=dict)
    _sweep_at: int = _MANY_TOPICS

    def ask(self, max_hz: float | None, *, background: bool) -> None:
        """Take what the client asks for; whatever waits is due at once."""
        self.max_hz = max_hz
        self.background = background
        self._not_before_ns.clear()

    def in_effect_hz(self, *, now_ns: int) -> float | None:
        """The slower of the client's pace and the automatic one; None is no limit."""
        self._recover(now_ns)
        automatic_hz = STEPS_HZ[self._step - 1] if self._step else None
        if self.max_hz is None or automatic_hz is None:
            return self.max_hz or automatic_hz
        return min(self.max_hz, automatic_hz)

    def note_pause(self, *, lasted_ns: int, now_ns: int) -> None:
        """Learn that the connection took nothing for some time, in which it did not recover."""
        self._recover(now_ns - lasted_ns)
        if lasted_ns >= SLOW_AFTER_NS:
            self._step = min(self._step + 1, len(STEPS_HZ))
            self._eased_ns = now_ns

    def holds_nothing(self, *, now_ns: int) -> bool:
        """Whether every event may go as it comes."""
        return not self.background and self.in_effect_hz(now_ns=now_ns) is None

    def due_ns(self, lane: Lane) -> int:
        """When the next event of a lane may go; the past where it may go now."""
        return self._not_before_ns.get(lane, 0)

    def note_sent(self, lane: Lane, *, now_ns: int) -> None:
        """Learn that an event of a conflated lane went out."""
        hz = self.in_effect_hz(now_ns=now_ns)
        if hz is None:
            self._not_before_ns.clear()
            return
        if len(self._not_before_ns) >= self._sweep_at:
            self._not_before_ns = {lane: due_ns for lane, due_ns in self._not_before_ns.items() if due_ns > now_ns}
            # So far apart that a sweep costs each event but a few steps, however many topics there are.
            self._sweep_at = max(_MANY_TOPICS, 2 * len(self._not_before_ns))
        self._not_before_ns[lane] = now_ns + round(NS_PER_S / hz)

    def grain_ns(self, *, now_ns: int) -> int:
        """How much later than due an event may go, so that one wake-up serves many topics."""
        hz = self.in_effect_hz(now_ns=now_ns)
        return 0 if hz is None else min(50 * NS_PER_MS, round(NS_PER_S / hz / 4))

    def _recover(self, now_ns: int) -> None:
        while self._step and now_ns - self._eased_ns >= RECOVERS_AFTER_NS:
            self._step -= 1
            self._eased_ns += RECOVERS_AFTER_NS
