"""The pace: what the client asks for, what the connection can take, and which of the two holds."""

import pytest

from components.contract.envelope import NS_PER_MS, NS_PER_S
from router.pace import RECOVERS_AFTER_NS, SLOW_AFTER_NS, STEPS_HZ, Lane, Pace

LANE: Lane = (1, "tapecast.price.BTCUSDT")
OTHER: Lane = (1, "tapecast.price.ETHUSDT")
NOW_NS = 100 * NS_PER_S


def slowed(steps: int, *, at_ns: int = NOW_NS) -> Pace:
    """The pace of a connection that was slow so many times, all of them just before a time."""
    pace = Pace()
    for _ in range(steps):
        pace.note_pause(lasted_ns=SLOW_AFTER_NS, now_ns=at_ns)
    return pace


def test_without_a_wish_and_a_slow_moment_nothing_is_held() -> None:
    """A new connection gets everything as it comes."""
    pace = Pace()

    pace.note_sent(LANE, now_ns=NOW_NS)

    assert pace.holds_nothing(now_ns=NOW_NS)
    assert pace.in_effect_hz(now_ns=NOW_NS) is None
    assert pace.due_ns(LANE) <= NOW_NS
    assert pace.grain_ns(now_ns=NOW_NS) == 0


@pytest.mark.parametrize("max_hz", [0.1, 1, 3, 20, 100])
def test_a_topic_waits_for_its_interval(max_hz: float) -> None:
    """What a client asks for is the time between two events of one topic, and holds for no other topic."""
    pace = Pace(max_hz=max_hz)

    pace.note_sent(LANE, now_ns=NOW_NS)

    assert pace.due_ns(LANE) == NOW_NS + round(NS_PER_S / max_hz)
    assert pace.due_ns(OTHER) <= NOW_NS
    assert not pace.holds_nothing(now_ns=NOW_NS)


@pytest.mark.parametrize(("max_hz", "grain_ns"), [(0.1, 50 * NS_PER_MS), (10, 25 * NS_PER_MS), (100, 2_500_000)])
def test_one_wake_up_serves_many_topics(max_hz: float, grain_ns: int) -> None:
    """An event may be late by an eighth of its interval, and never by more than 10 ms."""
    assert Pace(max_hz=max_hz).grain_ns(now_ns=NOW_NS) == grain_ns


def test_a_new_wish_lets_everything_go() -> None:
    """Whoever asks for another pace gets at once what waited by the old one."""
    pace = Pace(max_hz=1)
    pace.note_sent(LANE, now_ns=NOW_NS)

    pace.ask(100, background=False)

    assert pace.due_ns(LANE) <= NOW_NS
    assert pace.in_effect_hz(now_ns=NOW_NS) == 100


def test_background_holds_something() -> None:
    """A page that nobody looks at has gapped topics held, whatever its pace."""
    pace = Pace()

    pace.ask(None, background=True)

    assert pace.background
    assert pace.in_effect_hz(now_ns=NOW_NS) is None
    assert not pace.holds_nothing(now_ns=NOW_NS)


def test_each_slow_moment_is_a_step_down() -> None:
    """The first five go to slower and slower paces, and the slowest is the last."""
    paces = [slowed(steps).in_effect_hz(now_ns=NOW_NS) for steps in range(8)]

    assert paces == [None, *STEPS_HZ, STEPS_HZ[-1], STEPS_HZ[-1]]


def test_a_short_wait_is_a_burst() -> None:
    """A connection that takes everything within half a second is not slow."""
    pace = Pace()

    pace.note_pause(lasted_ns=SLOW_AFTER_NS - 1, now_ns=NOW_NS)

    assert pace.holds_nothing(now_ns=NOW_NS)


@pytest.mark.parametrize(("max_hz", "in_effect_hz"), [(None, 20), (50, 20), (3, 3)])
def test_the_slower_of_both_paces_holds(max_hz: float | None, in_effect_hz: float) -> None:
    """The client's wish cannot be faster than what it takes."""
    pace = slowed(1)

    pace.ask(max_hz, background=False)

    assert pace.in_effect_hz(now_ns=NOW_NS) == in_effect_hz


def test_a_step_up_for_every_quiet_time() -> None:
    """Without another slow moment the pace goes up step by step until nothing is held."""
    steps = len(STEPS_HZ)

    paces = [slowed(steps).in_effect_hz(now_ns=NOW_NS + count * RECOVERS_AFTER_NS) for count in range(steps + 2)]
    just_before = slowed(steps).in_effect_hz(now_ns=NOW_NS + RECOVERS_AFTER_NS - 1)

    assert paces == [*reversed(STEPS_HZ), None, None]
    assert just_before == STEPS_HZ[-1]


def test_recovery_counts_from_the_last_slow_moment() -> None:
    """A slow moment in between puts the next step up off."""
    pace = slowed(1)
    second_ns = NOW_NS + RECOVERS_AFTER_NS - 1

    pace.note_pause(lasted_ns=SLOW_AFTER_NS, now_ns=second_ns)

    assert pace.in_effect_hz(now_ns=second_ns + RECOVERS_AFTER_NS - 1) == STEPS_HZ[1]
    assert pace.in_effect_hz(now_ns=second_ns + RECOVERS_AFTER_NS) == STEPS_HZ[0]


def test_who_takes_nothing_does_not_recover() -> None:
    """However long a connection is stuck, it goes a step down from where it was before."""
    pace = slowed(3)
    lasted_ns = 10 * RECOVERS_AFTER_NS

    pace.note_pause(lasted_ns=lasted_ns, now_ns=NOW_NS + lasted_ns)

    assert pace.in_effect_hz(now_ns=NOW_NS + lasted_ns) == STEPS_HZ[3]


def test_the_end_of_a_pace_is_the_end_of_its_waits() -> None:
    """Once nothing is held any more, the first event that goes frees all topics."""
    pace = slowed(1)
    pace.note_sent(LANE, now_ns=NOW_NS + RECOVERS_AFTER_NS - 1)

    pace.note_sent(OTHER, now_ns=NOW_NS + RECOVERS_AFTER_NS)

    assert pace.due_ns(LANE) <= NOW_NS + RECOVERS_AFTER_NS


def test_topics_that_are_due_are_forgotten() -> None:
    """Of very many topics those are kept that have to wait, and a few thousand more at most."""
    pace = Pace(max_hz=1)
    lanes = [(1, f"tapecast.price.I{number}") for number in range(20_000)]

    for number, lane in enumerate(lanes):
        pace.note_sent(lane, now_ns=NOW_NS + number * NS_PER_MS)

    now_ns = NOW_NS + len(lanes) * NS_PER_MS
    assert sum(pace.due_ns(lane) > now_ns for lane in lanes) == 999
    assert sum(pace.due_ns(lane) != 0 for lane in lanes) < 4000
