"""The bars of all intervals of one instrument."""

from collections import Counter
from itertools import pairwise

import pytest
from msgspec import structs

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.marketdata.candle.bar_ladder import GRACE_NS, MAX_AHEAD_NS, MAX_FILLED, BarLadder
from components.marketdata.candle.bar_level import MAX_REQUESTED, SETTLING_NS, BarTally
from components.marketdata.candle.bars import ClosedBar
from components.model.intervals import INTERVALS
from components.model.market import TradeTick
from tests.support.market_events import bar, trade_tick

BEGIN_NS = 1_723_161_540 * NS_PER_S
"""The last minute of a day begins."""


@pytest.fixture
def tally() -> BarTally:
    """Nothing counted yet."""
    return BarTally()


@pytest.fixture
def ladder(tally: BarTally) -> BarLadder:
    """Nothing known yet."""
    return BarLadder(tally)


def trade(number: int, after_ms: int, price: str = "10", quantity: str = "1", **changes: object) -> TradeTick:
    """A trade so long after the beginning."""
    at_ns = BEGIN_NS + after_ms * NS_PER_MS
    return trade_tick(number, price, **{"ts_event": at_ns, "ts_init": at_ns, "quantity": quantity, **changes})


def play(ladder: BarLadder, *trades: TradeTick) -> None:
    """Let trades come."""
    for one in trades:
        ladder.apply_trade(one)


def advance(ladder: BarLadder, after_ms: int, *, is_silent: bool = False) -> None:
    """Let time go by until so long after the beginning, and the grace."""
    ladder.advance(BEGIN_NS + after_ms * NS_PER_MS + GRACE_NS, is_silent=is_silent)


def closed(ladder: BarLadder, index: int = 0) -> list[ClosedBar]:
    """The closed bars of an interval."""
    return ladder.levels[index].history.newest(10_000, before_ns=None)


def closes(ladder: BarLadder, index: int = 0) -> list[str]:
    """Their closes, those of degraded ones with a question mark."""
    return [one.close + "?" * one.is_degraded for one in closed(ladder, index)]


def open_now(ladder: BarLadder, index: int = 0) -> ClosedBar:
    """The open bar of an interval as it would be kept."""
    growing = ladder.open_bars()[index]
    assert growing is not None
    return growing.closed()


def test_a_trade_is_in_the_open_bar_of_every_interval(ladder: BarLadder) -> None:
    """Each opens when it has to, and none is whole, as we began in it."""
    play(ladder, trade(1, 30_250), trade(2, 30_300, "11", "2"))

    for interval, growing in zip(INTERVALS, ladder.open_bars(), strict=True):
        assert growing is not None
        kept = growing.closed()
        assert kept.open_ts == interval.open_of(BEGIN_NS + 30_250 * NS_PER_MS)
        assert (kept.values, kept.trades, kept.is_degraded) == ("10 11 10 11 3", 2, True)


def test_a_bar_closes_with_the_first_trade_of_a_later_one(ladder: BarLadder) -> None:
    """And the bars between them are flat."""
    play(ladder, trade(1, 0), trade(2, 3000, "12"))

    assert closes(ladder) == ["10?", "10", "10"]
    assert [one.trades for one in closed(ladder)] == [1, 0, 0]
    assert ladder.news == {0}


def test_a_bar_closes_in_time_without_a_trade(ladder: BarLadder) -> None:
    """After a grace for trades on their way, and all bars that end there with it."""
    play(ladder, trade(1, 0))
    ladder.advance(BEGIN_NS + NS_PER_S + GRACE_NS - 1, is_silent=False)
    assert closed(ladder) == []

    advance(ladder, 60_000)

    assert [len(closed(ladder, index)) for index in range(7)] == [60, 1, 1, 1, 1, 1, 1]
    assert ladder.news == set(range(7))
    assert open_now(ladder, 6).values == "10 10 10 10 0"


def test_time_changes_nothing_before_the_first_event(ladder: BarLadder) -> None:
    """There is no price that a bar could be flat at."""
    advance(ladder, 60_000)

    assert ladder.open_bars() == [None] * 7


def test_a_trade_without_a_time_counts_when_it_came(ladder: BarLadder) -> None:
    """Where the venue gives no time."""
    play(ladder, trade(1, 0), trade(2, 0, "12", ts_event=None, ts_init=BEGIN_NS + NS_PER_S))

    assert (closes(ladder), open_now(ladder).close) == (["10?"], "12")


def test_a_trade_that_is_known_counts_once(ladder: BarLadder) -> None:
    """A feed that changes its connection tells some things twice."""
    play(ladder, trade(9, 0), trade(10, 10), trade(10, 10), trade(9, 2000))

    assert open_now(ladder).trades == 2


def test_a_late_trade_counts_in_its_second(ladder: BarLadder, tally: BarTally) -> None:
    """In what is made of it, and in the flat bars behind it, open or closed."""
    play(ladder, trade(1, 0), trade(2, 1000))
    advance(ladder, 5000)
    ladder.news.clear()
    play(ladder, trade(3, 2500, "12"))

    assert closes(ladder) == ["10?", "10", "12", "12", "12"]
    assert open_now(ladder).close == "12"
    assert open_now(ladder, 1).values == "10 12 10 12 3"
    assert ladder.news == {0}
    assert tally.late_trades == Counter(counted=1)


def test_a_late_trade_changes_closed_bars(ladder: BarLadder) -> None:
    """Those of a minute that is over too, and what is made of it."""
    play(ladder, trade(1, -60_000), trade(2, 0))
    advance(ladder, 60_000)
    ladder.news.clear()
    play(ladder, trade(3, 59_900, "12"))

    assert [one.values for one in closed(ladder, 1)] == ["10 10 10 10 1", "10 12 10 12 2"]
    assert ladder.news == {0, 1}
    assert open_now(ladder, 2).values == "12 12 12 12 0"


def test_a_late_trade_changes_the_day(ladder: BarLadder) -> None:
    """Where all that it consists of is known, from the venue or from trades."""
    play(ladder, trade(1, 0))
    for shorter, longer in pairwise(INTERVALS[1:]):
        first_ns, last_ns = longer.open_of(BEGIN_NS), shorter.open_of(BEGIN_NS)
        told = [bar(shorter.name, open_ts) for open_ts in range(first_ns, last_ns, shorter.length_ns)]
        ladder.apply_history(shorter.name, told)
    advance(ladder, 60_000)
    ladder.news.clear()
    play(ladder, trade(2, 59_500, "200"))

    assert closed(ladder, 6)[0].values == "100 200 10 200 19"
    assert ladder.news == set(range(7))


def test_a_late_trade_before_the_beginning_is_ignored(ladder: BarLadder, tally: BarTally) -> None:
    """There is no bar for it; one that the venue has told has it already."""
    play(ladder, trade(1, 0), trade(2, 1000))
    ladder.apply_bar(bar("1s", BEGIN_NS, "10"))
    play(ladder, trade(3, -5000), trade(4, 500))

    assert tally.late_trades == Counter(ignored=2)
    assert closes(ladder) == ["10"]


def test_an_event_from_far_ahead_is_left_out(ladder: BarLadder) -> None:
    """It would close bars that have hardly begun."""
    play(ladder, trade(1, 0))
    ahead_ns = BEGIN_NS + MAX_AHEAD_NS + NS_PER_S
    play(ladder, trade(2, 0, "99", ts_event=ahead_ns))

    assert not ladder.apply_bar(bar("1m", BEGIN_NS + 120 * NS_PER_S, ts_init=BEGIN_NS))
    assert (closed(ladder), open_now(ladder).close) == ([], "10")


def test_after_a_long_silence_not_every_second_is_filled(ladder: BarLadder) -> None:
    """What is left out is a hole, and what has the hole in it is degraded."""
    play(ladder, trade(1, 0), trade(2, (MAX_FILLED + 90) * 1000, "12"))

    assert closes(ladder) == ["10?"]
    assert closes(ladder, 1) == ["10?"]
    assert not open_now(ladder).is_degraded
    assert [open_now(ladder, index).is_degraded for index in range(1, 7)] == [True] * 6


def test_a_loss_degrades_what_it_touched(ladder: BarLadder) -> None:
    """From the last event to the next one, and what these seconds are part of."""
    play(ladder, trade(1, 0), trade(2, 1000), trade(3, 2000))
    advance(ladder, 4000)
    assert closes(ladder) == ["10?", "10", "10", "10"]

    ladder.lose()
    play(ladder, trade(4, 5500), trade(5, 7000))

    assert closes(ladder) == ["10?", "10", "10?", "10?", "10?", "10?", "10"]
    assert open_now(ladder, 1).is_degraded


def test_a_loss_is_over_in_time_too(ladder: BarLadder) -> None:
    """The venue is heard again, even where it has no trade to tell."""
    play(ladder, trade(1, 0), trade(2, 1000))
    ladder.lose()
    advance(ladder, 3000)
    advance(ladder, 5000)

    assert closes(ladder) == ["10?", "10?", "10?", "10?", "10"]


def test_a_loss_before_the_first_event_is_none(ladder: BarLadder) -> None:
    """Nothing was there to be lost, and nothing more than usual is degraded."""
    ladder.lose()
    play(ladder, trade(1, 0), trade(2, 1000), trade(3, 2000))

    assert closes(ladder) == ["10?", "10"]


def test_the_venues_bars_stay_live_through_a_loss(ladder: BarLadder) -> None:
    """They miss nothing; and a bar that is degraded already stays so."""
    play(ladder, trade(1, 0), trade(2, 1000))
    ladder.apply_bar(bar("1s", BEGIN_NS, "10", ts_event=BEGIN_NS))
    advance(ladder, 3000)
    ladder.lose()
    ladder.lose()

    assert closes(ladder) == ["10", "10?", "10?"]


def test_a_silent_venue_degrades_what_closes(ladder: BarLadder) -> None:
    """Nobody can tell whether it had nothing to say."""
    play(ladder, trade(1, 0), trade(2, 1000))
    advance(ladder, 4000, is_silent=True)

    assert closes(ladder) == ["10?", "10?", "10?", "10?"]


def test_time_may_go_back_after_a_loss(ladder: BarLadder) -> None:
    """A replay that starts again tells the same once more: what was later is forgotten, what was earlier stays."""
    play(ladder, *(trade(number, 1000 * number) for number in range(90)))
    ladder.lose()
    advance(ladder, 90_000)
    play(ladder, *(trade(number, 1000 * number, "20") for number in range(50, 53)))

    assert closes(ladder) == ["10?", *["10"] * 49, "20?", "20"]
    assert closes(ladder, 1) == []
    assert open_now(ladder, 1).values == "10 20 10 20 53"


def test_numbers_may_begin_again_after_a_loss(ladder: BarLadder) -> None:
    """A platform that was started anew counts from one, and time has gone on."""
    play(ladder, trade(7, 0))
    ladder.lose()
    play(ladder, trade(1, 2000, "12"), trade(1, 2100, "12"))

    assert (closes(ladder), open_now(ladder).trades) == (["10?", "10?"], 1)


def test_the_venues_closed_bar_makes_a_bar_live(ladder: BarLadder, tally: BarTally) -> None:
    """And what consists of such bars."""
    play(ladder, trade(1, 500), trade(2, 60_000))
    assert closes(ladder, 1) == ["10?"]

    for number in range(60):
        assert ladder.apply_bar(bar("1s", BEGIN_NS + number * NS_PER_S, "11"))

    assert closes(ladder) == ["11"] * 60
    assert closes(ladder, 1) == ["11"]
    assert tally.checked == Counter({"1s": 59})


def test_the_venues_word_on_the_open_bar_counts_when_it_closes(ladder: BarLadder) -> None:
    """The first that is closed is the last."""
    play(ladder, trade(1, 500))
    assert ladder.apply_bar(bar("1s", BEGIN_NS, "11", is_closed=False))
    assert open_now(ladder).close == "11"

    ladder.apply_bar(bar("1s", BEGIN_NS, "12"))
    ladder.apply_bar(bar("1s", BEGIN_NS, "13"))
    advance(ladder, 1000)

    assert closes(ladder) == ["12"]
    assert open_now(ladder).close == "12"


def test_bars_alone_make_candles(ladder: BarLadder) -> None:
    """A venue may tell its bars and no trades."""
    for number in range(5):
        assert ladder.apply_bar(bar("1m", BEGIN_NS + number * 60 * NS_PER_S, str(number + 1)))
    assert ladder.apply_bar(bar("1m", BEGIN_NS + 300 * NS_PER_S, "6", is_closed=False, ts_event=None))

    assert closes(ladder, 1) == ["1", "2", "3", "4", "5"]
    assert open_now(ladder, 2).values == "2 6 2 6 5"
    assert ladder.open_bars()[0] is None
    assert ladder.last_event_ts == BEGIN_NS + 300 * NS_PER_S + NS_PER_MS


def test_a_loss_without_trades_degrades_nothing(ladder: BarLadder) -> None:
    """What the venue tells of its bars is whole by itself."""
    ladder.apply_bar(bar("1m", BEGIN_NS))
    ladder.lose()
    advance(ladder, 61_000)

    assert closes(ladder, 1) == ["100"]


@pytest.mark.parametrize(
    "useless",
    [
        structs.replace(bar("1m", BEGIN_NS), interval="3m"),
        bar("1m", BEGIN_NS + 1),
        bar("1s", BEGIN_NS - NS_PER_S, is_closed=False),
    ],
    ids=["interval", "alignment", "open"],
)
def test_bars_that_do_not_fit_are_left_out(ladder: BarLadder, useless: object) -> None:
    """Of an interval that we do not have, at another time than ours, or over and not closed."""
    play(ladder, trade(1, 0))

    assert not ladder.apply_bar(useless)  # type: ignore[arg-type] # a Bar, as the table says
    assert closed(ladder) == []


def test_answers_fill_what_was_before_the_beginning(ladder: BarLadder) -> None:
    """Only closed bars count, and each once."""
    play(ladder, trade(1, 500))
    told = [bar("1m", BEGIN_NS + number * 60 * NS_PER_S, "9") for number in range(-4, 1)]
    told.append(bar("1m", BEGIN_NS - 1, "9"))

    assert ladder.apply_history("1m", told)
    assert not ladder.apply_history("1m", told)
    assert closes(ladder, 1) == ["9"] * 4
    assert open_now(ladder, 2).values == "9 10 9 10 5"
    assert ladder.news == {1}


def test_answers_that_are_too_old_are_not_kept(ladder: BarLadder) -> None:
    """There are enough bars already."""
    play(ladder, trade(1, 0))
    for after_ms in (800_000, 1_600_000):
        advance(ladder, after_ms)
    ladder.apply_history("1s", [bar("1s", BEGIN_NS - NS_PER_S)])

    assert closed(ladder)[0].open_ts > BEGIN_NS


def test_answers_of_no_use_are_left_out(ladder: BarLadder) -> None:
    """Before anything else came, and of an interval that we do not have."""
    assert not ladder.apply_history("1m", [bar("1m", BEGIN_NS)])
    play(ladder, trade(1, 0))
    assert not ladder.apply_history("3m", [structs.replace(bar("1m", BEGIN_NS), interval="3m")])


def test_history_is_asked_for_at_the_beginning(ladder: BarLadder) -> None:
    """Of every interval, and once."""
    play(ladder, trade(1, 500))
    wanted = ladder.take_wanted(BEGIN_NS + SETTLING_NS)

    assert [interval for interval, _, _ in wanted] == list(INTERVALS)
    for interval, start_ns, end_ns in wanted:
        assert end_ns == interval.open_of(BEGIN_NS) - interval.length_ns
        assert end_ns - start_ns == (MAX_REQUESTED - 1) * interval.length_ns
    assert ladder.take_wanted(BEGIN_NS + SETTLING_NS) == []


def test_a_trade_behind_the_venues_next_bar_counts_in_its_own(ladder: BarLadder) -> None:
    """The venue's streams overtake each other: a bar of the next second may come before a trade of this one."""
    play(ladder, trade(1, 0), trade(2, 1000))
    ladder.apply_bar(bar("1s", BEGIN_NS + 2 * NS_PER_S, is_closed=False, ts_init=BEGIN_NS + 2 * NS_PER_S))
    play(ladder, trade(3, 1900, "12"))

    assert closes(ladder) == ["10?", "12"]
    assert open_now(ladder).trades == 0
