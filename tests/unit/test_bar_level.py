"""The bars of one interval."""

from collections import Counter

import pytest

from components.contract.envelope import NS_PER_S
from components.marketdata.candle.bar_level import MAX_REQUESTED, SETTLING_NS, BarLevel, BarTally
from components.marketdata.candle.bars import ClosedBar, GrowingBar
from components.model.intervals import INTERVAL_BY_NAME
from tests.support.market_events import bar

MINUTE_NS = 60 * NS_PER_S


@pytest.fixture
def tally() -> BarTally:
    """Nothing counted yet."""
    return BarTally()


@pytest.fixture
def level(tally: BarTally) -> BarLevel:
    """Minutes; the one at 0 is open."""
    minutes = BarLevel(INTERVAL_BY_NAME["1m"], tally, is_base=False)
    minutes.reopen(0)
    return minutes


def second(number: int, price: str = "1", *, is_degraded: bool = False) -> ClosedBar:
    """A closed second with one trade."""
    growing = GrowingBar(number * NS_PER_S, price, is_degraded=is_degraded)
    growing.add(price, "1")
    return growing.closed()


def absorb(level: BarLevel, *bars: ClosedBar) -> None:
    """Let a level take closed seconds in."""
    for closed in bars:
        level.absorb(closed, closed.open_ts + NS_PER_S)


def test_a_bar_opens_at_a_whole_multiple(level: BarLevel) -> None:
    """Whatever the time in it."""
    level.reopen(61 * NS_PER_S)

    assert (level.open_ts, level.end_ts, level.partial) == (MINUTE_NS, 2 * MINUTE_NS, None)


def test_a_whole_minute_is_live(level: BarLevel) -> None:
    """Sixty seconds without a hole make it."""
    absorb(level, *(second(number, str(number + 1)) for number in range(60)))

    assert level.close() == ClosedBar(open_ts=0, values="1 60 1 60 60", trades=60, is_degraded=False)
    assert level.take_wanted(MINUTE_NS + SETTLING_NS) is None


@pytest.mark.parametrize("missing", [0, 30, 59])
def test_a_minute_with_a_hole_is_degraded(level: BarLevel, missing: int) -> None:
    """Wherever the hole is; and the venue is asked for the minute, once."""
    absorb(level, *(second(number) for number in range(60) if number != missing))
    closed = level.close()

    assert closed is not None
    assert closed.is_degraded
    assert level.take_wanted(MINUTE_NS + SETTLING_NS - 1) is None
    assert level.take_wanted(MINUTE_NS + SETTLING_NS) == (0, 0)
    assert level.take_wanted(MINUTE_NS + SETTLING_NS) is None


def test_the_open_bar_is_what_closed_and_what_is_open_below(level: BarLevel) -> None:
    """Each by itself, or both."""
    assert level.compose(None) is None

    absorb(level, second(0, "2"))
    below = GrowingBar(NS_PER_S, "2")
    below.add("3", "1")
    both, alone = level.compose(below), level.compose(None)

    assert both is not None
    assert alone is not None
    assert both.closed() == ClosedBar(open_ts=0, values="2 3 2 3 2", trades=2, is_degraded=False)
    assert alone.closed() == second(0, "2")


def test_an_open_bar_with_a_hole_is_degraded(level: BarLevel) -> None:
    """The second that is open below is not the one that follows."""
    late = level.compose(GrowingBar(NS_PER_S, "1"))

    assert late is not None
    assert (late.open_ts, late.is_degraded) == (0, True)


def test_the_venues_account_stands_in_for_a_degraded_open_bar(level: BarLevel) -> None:
    """As long as ours may miss something, and no longer; ours alone where the venue tells nothing."""
    level.word = bar("1m", 0, "7", is_closed=False)
    unknown, degraded = level.compose(None), level.compose(GrowingBar(NS_PER_S, "1"))
    absorb(level, second(0))
    live = level.compose(None)

    assert [one and one.closed().close for one in (unknown, degraded, live)] == ["7", "7", "1"]


def test_the_venues_closed_bar_wins(level: BarLevel, tally: BarTally) -> None:
    """Ours is compared with it, field by field."""
    absorb(level, *(second(number) for number in range(60)))
    level.word = bar("1m", 0, "1", volume="60.0", trades=61)
    closed = level.close()

    assert closed is not None
    assert (closed.is_venues, closed.trades) == (True, 61)
    assert (tally.checked, tally.differing) == (Counter({"1m": 1}), Counter({("1m", "trades"): 1}))


def test_a_degraded_bar_is_no_witness(level: BarLevel, tally: BarTally) -> None:
    """That it differs from the venue's says nothing."""
    absorb(level, second(0))
    level.word = bar("1m", 0, "9")
    closed = level.close()

    assert closed is not None
    assert not closed.is_degraded
    assert not tally.checked


def test_the_venues_bar_alone_is_enough(level: BarLevel, tally: BarTally) -> None:
    """Where no trades are told, there is nothing to compare it with."""
    level.word = bar("1m", 0, "9")
    closed = level.close()

    assert closed is not None
    assert closed.is_venues
    assert not tally.checked


def test_the_venues_open_account_closes_a_degraded_bar(level: BarLevel) -> None:
    """It is nearer to the truth than ours, and not the last word."""
    level.word = bar("1m", 0, "9", is_closed=False)
    closed = level.close()

    assert closed is not None
    assert (closed.close, closed.is_degraded, closed.is_venues) == ("9", True, False)


def test_a_live_bar_needs_no_account_of_the_venues(level: BarLevel) -> None:
    """One that the venue had not closed is older than ours."""
    absorb(level, *(second(number) for number in range(60)))
    level.word = bar("1m", 0, "9", is_closed=False)
    closed = level.close()

    assert closed is not None
    assert (closed.close, closed.is_degraded) == ("1", False)


def test_nothing_known_is_nothing_kept(level: BarLevel) -> None:
    """A bar of which nobody told anything does not exist."""
    assert level.close() is None
    assert len(level.history) == 0


def test_a_closed_bar_is_corrected_once(level: BarLevel, tally: BarTally) -> None:
    """The venue's own account comes first, and is not replaced by another; ours was compared with it."""
    level.keep(second(0))

    assert level.correct(bar("1m", 0, "2"))
    assert not level.correct(bar("1m", 0, "3"))
    assert level.correct(bar("1m", MINUTE_NS, "4"))
    assert [one.close for one in level.history.newest(9, before_ns=None)] == ["2", "4"]
    assert tally.checked == Counter({"1m": 1})


def test_the_open_bar_is_made_anew(level: BarLevel) -> None:
    """Of what is known below, whatever it was before."""
    absorb(level, second(0, "9"))
    level.rebuild([second(0), second(1)], NS_PER_S)

    assert level.partial is not None
    assert level.partial.closed() == ClosedBar(open_ts=0, values="1 1 1 1 2", trades=2, is_degraded=False)


def test_a_closed_bar_of_ours_is_made_anew(level: BarLevel) -> None:
    """Only where all of it is known, where it is not the venue's, and where that changes it."""
    whole = [second(number) for number in range(60)]
    assert not level.recompute(0, whole, NS_PER_S)

    level.keep(ClosedBar(open_ts=0, values="9 9 9 9 9", trades=9, is_degraded=True))

    assert not level.recompute(0, whole[1:], NS_PER_S)
    assert level.recompute(0, whole, NS_PER_S)
    assert not level.recompute(0, whole, NS_PER_S)
    assert level.history.last == ClosedBar(open_ts=0, values="1 1 1 1 60", trades=60, is_degraded=False)

    level.correct(bar("1m", 0, "5"))
    assert not level.recompute(0, whole, NS_PER_S)


def test_what_is_wanted_is_asked_for_together(level: BarLevel) -> None:
    """From the first bar that is wanted to the last, and no more than the venue tells at once."""
    level.want(10 * MINUTE_NS, 11 * MINUTE_NS)
    level.want(5 * MINUTE_NS, 6 * MINUTE_NS)
    few = level.take_wanted(12 * MINUTE_NS)
    level.want(0, 2 * MAX_REQUESTED * MINUTE_NS)
    many = level.take_wanted(10**18)

    assert few == (5 * MINUTE_NS, 10 * MINUTE_NS)
    assert many == (MAX_REQUESTED * MINUTE_NS, (2 * MAX_REQUESTED - 1) * MINUTE_NS)


def test_what_has_become_known_is_not_asked_for(level: BarLevel) -> None:
    """The venue's own word on the stream made it live meanwhile; one that is still degraded is asked for."""
    level.keep(ClosedBar(open_ts=0, values="1 1 1 1 1", trades=1, is_degraded=True))
    level.correct(bar("1m", 0))
    corrected = level.take_wanted(MINUTE_NS + SETTLING_NS)
    level.keep(ClosedBar(open_ts=MINUTE_NS, values="1 1 1 1 1", trades=1, is_degraded=True))
    degraded = level.take_wanted(2 * MINUTE_NS + SETTLING_NS)

    assert (corrected, degraded) == (None, (MINUTE_NS, MINUTE_NS))


def test_what_is_not_answered_is_asked_for_again(level: BarLevel) -> None:
    """Ever more rarely, and five times at most."""
    level.want(0, MINUTE_NS)
    times = [now_s for now_s in range(60, 3600, 10) if level.take_wanted(now_s * NS_PER_S)]

    assert times == [70, 130, 250, 490, 970]


def test_what_is_answered_is_not_asked_for_again(level: BarLevel) -> None:
    """What the venue did not tell, it does not have; what is wanted later is another matter."""
    level.want(0, MINUTE_NS)
    assert level.take_wanted(70 * NS_PER_S)
    level.receive_answer()
    assert level.take_wanted(3600 * NS_PER_S) is None

    level.want(MINUTE_NS, 2 * MINUTE_NS)
    assert level.take_wanted(3600 * NS_PER_S) == (MINUTE_NS, MINUTE_NS)
    level.correct(bar("1m", MINUTE_NS))
    assert level.take_wanted(3670 * NS_PER_S) is None


def test_the_shortest_interval_has_no_parts(tally: BarTally) -> None:
    """What it took in itself is complete."""
    seconds = BarLevel(INTERVAL_BY_NAME["1s"], tally, is_base=True)
    seconds.reopen(0)
    seconds.partial = GrowingBar(0, "5")

    assert seconds.compose(None) is seconds.partial
    assert seconds.close() == ClosedBar(open_ts=0, values="5 5 5 5 0", trades=0, is_degraded=False)


def test_what_was_asked_for_is_asked_for_again_with_what_is_wanted_besides(level: BarLevel) -> None:
    """A request takes the place of an earlier one that may still wait, so it holds what that one did."""
    level.want(-100 * MINUTE_NS, 0)
    first = level.take_wanted(MINUTE_NS)
    level.want(0, MINUTE_NS)

    second = level.take_wanted(MINUTE_NS + SETTLING_NS)

    assert first == (-100 * MINUTE_NS, -MINUTE_NS)
    assert second == (-100 * MINUTE_NS, 0)
