"""How the connections of a stopping router end, with connections that only keep what they are told."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from components.contract.errors import SHUTDOWN, Close
from router.closing import CLOSED_PER_TURN, DRAINED_WITHIN_S, GONE_WITHIN_S, LOOK_INTERVAL_S, Closing

LONGEST_S = DRAINED_WITHIN_S + GONE_WITHIN_S + 4 * LOOK_INTERVAL_S


@attrs.define
class Sending:
    """What a connection has still to be sent."""

    is_drained: bool


@attrs.define(eq=False)
class Line:
    """A connection; it is gone when the test takes it out."""

    outbox: Sending
    told: list[Close] = attrs.field(factory=list)

    def end(self, close: Close) -> None:
        """Keep what it is told."""
        self.told.append(close)


def line(*, is_drained: bool = True) -> Line:
    """An open connection."""
    return Line(Sending(is_drained))


@pytest.fixture
def clock() -> Clock:
    """The time of the closing."""
    return Clock()


def pass_time(clock: Clock, seconds: float) -> None:
    """Let time go by, in steps shorter than any interval."""
    clock.pump([LOOK_INTERVAL_S / 4] * round(4 * seconds / LOOK_INTERVAL_S))


def begin(lines: set[Line], clock: Clock) -> "Deferred[None]":
    """Begin to end connections; the Deferred fires when that is done."""
    return Deferred.fromCoroutine(Closing(lines, clock).run())


def test_who_has_everything_is_told_at_once(clock: Clock) -> None:
    """A connection for which nothing waits gets the reason in the first turn."""
    one = line()

    begin({one}, clock)

    assert one.told == [SHUTDOWN]


def test_who_has_not_gets_its_time(clock: Clock) -> None:
    """A connection for which something waits is told as soon as it has taken it, others are not held up by it."""
    slow, quick = line(is_drained=False), line()
    begin({slow, quick}, clock)
    pass_time(clock, DRAINED_WITHIN_S / 2)

    before = list(slow.told)
    slow.outbox.is_drained = True
    pass_time(clock, 2 * LOOK_INTERVAL_S)

    assert (before, slow.told, quick.told) == ([], [SHUTDOWN], [SHUTDOWN])


def test_who_takes_nothing_is_told_when_the_time_is_over(clock: Clock) -> None:
    """A stuck reader delays the stop by the time to drain and no longer."""
    stuck = line(is_drained=False)
    begin({stuck}, clock)
    pass_time(clock, DRAINED_WITHIN_S - LOOK_INTERVAL_S)

    before = list(stuck.told)
    pass_time(clock, 3 * LOOK_INTERVAL_S)

    assert (before, stuck.told) == ([], [SHUTDOWN])


def test_it_is_done_when_the_last_is_gone(clock: Clock) -> None:
    """Not before: an exit would cut who has not yet read the reason."""
    one = line()
    lines = {one}
    done = begin(lines, clock)
    pass_time(clock, 2 * LOOK_INTERVAL_S)

    was_done = done.called
    lines.remove(one)
    pass_time(clock, 2 * LOOK_INTERVAL_S)

    assert (was_done, done.called) == (False, True)


def test_who_comes_meanwhile_is_told_too(clock: Clock) -> None:
    """A connection that was on its way when the listening ended is not forgotten."""
    lines = {line(is_drained=False)}
    begin(lines, clock)

    late = line()
    lines.add(late)
    pass_time(clock, 2 * LOOK_INTERVAL_S)

    assert late.told == [SHUTDOWN]


def test_many_are_told_a_few_in_a_turn(clock: Clock) -> None:
    """The reactor goes around between slices: reads and pings of the others are not held up."""
    lines = {line() for _ in range(3 * CLOSED_PER_TURN)}

    begin(lines, clock)
    in_first_turn = sum(len(one.told) for one in lines)
    clock.advance(0)
    clock.advance(0)

    assert in_first_turn == CLOSED_PER_TURN
    assert all(one.told == [SHUTDOWN] for one in lines)


@given(
    st.lists(st.booleans(), max_size=200),
    st.lists(st.tuples(st.integers(0, 199), st.booleans()), max_size=50),
)
def test_everyone_is_told_once_and_it_ends(drained: list[bool], changes: list[tuple[int, bool]]) -> None:
    """Whoever drains, goes or does neither: everyone who stays is told exactly once, and in bounded time it is done."""
    clock, lines = Clock(), [line(is_drained=is_drained) for is_drained in drained]
    is_open = set(lines)
    done = begin(is_open, clock)

    for index, goes in changes:
        pass_time(clock, LOOK_INTERVAL_S)
        if index < len(lines) and goes:
            is_open.discard(lines[index])
        elif index < len(lines):
            lines[index].outbox.is_drained = True
    pass_time(clock, LONGEST_S)

    assert done.called
    assert all(one.told == [SHUTDOWN] for one in is_open)
    assert all(len(one.told) <= 1 for one in lines)
