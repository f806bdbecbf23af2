"""How connections end that an operator wants ended, with connections that only keep what they are told."""

import attrs
import pytest

from components.contract.errors import BLOCKED, KICKED, Close
from router.endings import ENDED_PER_TURN, Endings
from tests.support.turning_clock import TurningClock


@attrs.define(eq=False)
class Line:
    """A connection; a broken one raises."""

    told: list[Close] = attrs.field(factory=list)
    is_broken: bool = False

    def end(self, close: Close) -> None:
        """Keep what it is told."""
        if self.is_broken:
            raise RuntimeError("a bug")
        self.told.append(close)


@pytest.fixture
def clock() -> TurningClock:
    """The reactor's turns."""
    return TurningClock()


@pytest.fixture
def endings(clock: TurningClock) -> Endings:
    """Nobody's end yet."""
    return Endings(clock)


def end_all(endings: Endings, lines: list[Line], close: Close) -> None:
    for line in lines:
        endings.end(line, close)


def test_nobody_ends_before_the_turn_is_over(clock: TurningClock, endings: Endings) -> None:
    """Whoever asks for it can still be answered; then it goes without delay, and nothing stays behind."""
    kicked, blocked = Line(), Line()

    endings.end(kicked, KICKED)
    endings.end(blocked, BLOCKED)
    assert (kicked.told, blocked.told) == ([], [])
    clock.advance(0)

    assert (kicked.told, blocked.told) == ([KICKED], [BLOCKED])
    assert not clock.getDelayedCalls()


def test_many_end_a_few_in_each_turn(clock: TurningClock, endings: Endings) -> None:
    """In the order in which they were named, so that those who stay are served between them."""
    lines = [Line() for _ in range(2 * ENDED_PER_TURN + 1)]

    end_all(endings, lines, KICKED)
    told = []
    while clock.getDelayedCalls():
        clock.advance(0)
        told.append(sum(map(len, (line.told for line in lines))))

    assert told == [ENDED_PER_TURN, 2 * ENDED_PER_TURN, 2 * ENDED_PER_TURN + 1]
    assert all(line.told == [KICKED] for line in lines)


def test_more_can_be_named_on_the_way(clock: TurningClock, endings: Endings) -> None:
    """They queue up behind the others, and one timer does for all."""
    first, later = [Line() for _ in range(ENDED_PER_TURN + 1)], Line()

    end_all(endings, first, KICKED)
    clock.advance(0)
    endings.end(later, BLOCKED)
    assert len(clock.getDelayedCalls()) == 1
    clock.advance(0)

    assert later.told == [BLOCKED]


def test_a_bug_in_one_spares_nobody_behind_it(clock: TurningClock, endings: Endings) -> None:
    """It comes to light, and the rest end in the next turn."""
    broken, next_one = Line(is_broken=True), Line()

    end_all(endings, [broken, next_one], KICKED)
    with pytest.raises(RuntimeError):
        clock.advance(0)
    clock.advance(0)

    assert next_one.told == [KICKED]
