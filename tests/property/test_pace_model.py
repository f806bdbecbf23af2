"""The pace against the list of everything that happened to it."""

from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from components.contract.envelope import NS_PER_MS, NS_PER_S
from router.pace import RECOVERS_AFTER_NS, SLOW_AFTER_NS, STEPS_HZ, Lane, Pace

LANES: list[Lane] = [(subscription_id, f"topic.{name}") for subscription_id in (1, 2) for name in "ab"]

delays_ns = st.integers(0, 12 * NS_PER_S) | st.sampled_from(
    [1, SLOW_AFTER_NS - 1, SLOW_AFTER_NS, RECOVERS_AFTER_NS - 1, RECOVERS_AFTER_NS, 3 * RECOVERS_AFTER_NS]
)
wishes_hz = st.none() | st.floats(0.1, 100)


@attrs.frozen
class Pause:
    """The connection takes nothing for so long."""

    lasts_ns: int


@attrs.frozen
class Wish:
    """The client asks for a pace."""

    max_hz: float | None
    background: bool


@attrs.frozen
class Send:
    """An event of a lane goes out, if it may."""

    lane: Lane


steps = st.lists(
    st.builds(Pause, delays_ns)
    | st.builds(Wish, wishes_hz, st.booleans())
    | st.builds(Send, st.sampled_from(LANES))
    | delays_ns,
    min_size=12,
    max_size=40,
)


@attrs.define
class AutomaticPace:
    """The automatic pace kept by hand: a step down at each slow moment, one up in each quiet time."""

    step: int = 0
    eased_ns: int = 0

    def at(self, now_ns: int) -> float | None:
        """What it is at a time."""
        step = self.step - (now_ns - self.eased_ns) // RECOVERS_AFTER_NS
        return STEPS_HZ[step - 1] if step > 0 else None

    def slow_down(self, begun_ns: int, now_ns: int) -> None:
        """Take a slow moment."""
        ups = (begun_ns - self.eased_ns) // RECOVERS_AFTER_NS
        self.step = min(max(self.step - ups, 0) + 1, len(STEPS_HZ))
        self.eased_ns = now_ns


def slower(*paces_hz: float | None) -> float | None:
    """The slowest of several paces, of which None is the fastest."""
    return min((hz for hz in paces_hz if hz is not None), default=None)


@given(steps)
def test_the_pace_is_that_of_the_books(history: list[Any]) -> None:
    """Whatever happens in whatever order, the pace in effect is the slower of the last wish and the automatic one."""
    pace, automatic = Pace(), AutomaticPace()
    now_ns, wish = NS_PER_S, Wish(None, False)  # noqa: FBT003 - as the strategy builds it

    for step in history:
        match step:
            case Pause(lasts_ns):
                begun_ns, now_ns = now_ns, now_ns + lasts_ns
                pace.note_pause(lasted_ns=lasts_ns, now_ns=now_ns)
                if lasts_ns >= SLOW_AFTER_NS:
                    automatic.slow_down(begun_ns, now_ns)
            case Wish(max_hz, background):
                wish = step
                pace.ask(max_hz, background=background)
            case Send(lane):
                pace.note_sent(lane, now_ns=now_ns)
            case delay_ns:
                now_ns += delay_ns

        expected_hz = slower(wish.max_hz, automatic.at(now_ns))
        assert pace.in_effect_hz(now_ns=now_ns) == expected_hz
        assert pace.holds_nothing(now_ns=now_ns) == (expected_hz is None and not wish.background)


@given(steps)
def test_two_events_of_a_lane_are_an_interval_apart(history: list[Any]) -> None:
    """Whoever sends only what is due sends no two events of a lane closer than the pace was at the first of them."""
    pace = Pace()
    now_ns = NS_PER_S
    not_before_ns: dict[Lane, int] = {}

    for step in history:
        match step:
            case Pause(lasts_ns):
                now_ns += lasts_ns
                pace.note_pause(lasted_ns=lasts_ns, now_ns=now_ns)
            case Wish(max_hz, background):
                pace.ask(max_hz, background=background)
                not_before_ns.clear()
            case Send(lane):
                hz = pace.in_effect_hz(now_ns=now_ns)
                if pace.due_ns(lane) <= now_ns:
                    assert now_ns >= not_before_ns.get(lane, 0)
                    pace.note_sent(lane, now_ns=now_ns)
                    if hz is None:
                        not_before_ns.clear()
                    else:
                        not_before_ns[lane] = now_ns + round(NS_PER_S / hz)
                else:
                    assert pace.due_ns(lane) == not_before_ns[lane]
            case delay_ns:
                now_ns += delay_ns

        assert pace.grain_ns(now_ns=now_ns) <= 50 * NS_PER_MS
