"""The bars of all intervals against a model that makes each of them anew from everything that came."""

from decimal import Decimal

import attrs
from hypothesis import given
from hypothesis import strategies as st

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.marketdata.candle.bar_ladder import GRACE_NS, BarLadder
from components.marketdata.candle.bar_level import BarTally
from components.model.intervals import INTERVALS, Interval
from tests.support.market_events import bar, trade_tick

BEGIN_NS = 1_723_161_590 * NS_PER_S
"""Ten seconds before a midnight, so that every interval ends soon."""

BASE = INTERVALS[0]
CLOSED_BY_VENUE = INTERVALS[:4]

Values = tuple[Decimal, Decimal, Decimal, Decimal, Decimal, int]


@attrs.frozen
class ModelBar:
    """A bar: open, high, low, close, volume, trades; and whether a part of it may be missing."""

    values: Values
    is_degraded: bool


@attrs.define
class Model:
    """Remembers everything that came, and knows of every second whether something of it may be missing."""

    second: int | None = None
    begin: int = 0
    last_word_ns: int = 0
    is_broken: bool = False
    trades: dict[int, list[tuple[Decimal, Decimal]]] = attrs.field(factory=dict)
    venues: dict[tuple[Interval, int], Values] = attrs.field(factory=dict)
    degraded: set[int] = attrs.field(factory=set)
    known: dict[tuple[int, int], ModelBar | None] = attrs.field(factory=dict)

    def arrive(self, at_ns: int) -> None:
        """Be in a second; all up to it and since a loss may miss something."""
        second = BASE.open_of(at_ns)
        if self.second is None:
            self.second = self.begin = second
            self.degraded.add(second)
        if self.is_broken:
            self.degraded.update(range(self.second, second + 1, NS_PER_S))
        self.second = second

    def trade(self, at_ns: int, price: str, quantity: str) -> None:
        """A trade counts in its second, if it is one that we know."""
        second = BASE.open_of(at_ns)
        if self.second is None or second >= self.second:
            self.arrive(at_ns)
            self.is_broken = False
            self.last_word_ns = at_ns
        elif second < self.begin or (BASE, second) in self.venues:
            return
        self.trades.setdefault(second, []).append((Decimal(price), Decimal(quantity)))

    def lose(self) -> None:
        """All since the last word may miss something."""
        self.is_broken = True
        if self.second is not None:
            self.degraded.update({self.second}, range(BASE.open_of(self.last_word_ns), self.second, NS_PER_S))

    def work_out(self) -> None:
        """Make every second from everything that came."""
        assert self.second is not None
        self.known = {}
        close = Decimal(0)
        for open_ts in range(self.begin, self.second + 1, NS_PER_S):
            bar = self.known[0, open_ts] = self.said(0, open_ts) or self.second_bar(open_ts, close)
            close = bar.values[3]

    def bar(self, index: int, open_ts: int) -> ModelBar | None:
        """A bar as it has to be, None where nothing is known of it."""
        if (index, open_ts) not in self.known:
            self.known[index, open_ts] = self.said(index, open_ts) or self.sum_of_parts(index, open_ts)
        return self.known[index, open_ts]

    def said(self, index: int, open_ts: int) -> ModelBar | None:
        """A closed bar as the venue told it."""
        said = self.venues.get((INTERVALS[index], open_ts))
        assert self.second is not None
        if said is None or open_ts + INTERVALS[index].length_ns > self.second:
            return None
        return ModelBar(said, is_degraded=False)

    def sum_of_parts(self, index: int, open_ts: int) -> ModelBar | None:
        """A bar that consists of shorter ones; a second that is not known has none."""
        if index == 0:
            return None
        assert self.second is not None
        interval = INTERVALS[index]
        below = INTERVALS[index - 1]
        times = range(open_ts, open_ts + interval.length_ns, below.length_ns)
        parts = [self.bar(index - 1, time) for time in times if time <= self.second]
        known = [part for part in parts if part is not None]
        if not known:
            return None
        return ModelBar(
            merged([part.values for part in known]),
            is_degraded=len(known) != len(parts) or any(part.is_degraded for part in known),
        )

    def second_bar(self, open_ts: int, close: Decimal) -> ModelBar:
        """A second, from its trades, or flat at the last close."""
        prices = [price for price, _ in self.trades.get(open_ts, [])] or [close]
        volume = sum((quantity for _, quantity in self.trades.get(open_ts, [])), Decimal(0))
        values = (prices[0], max(prices), min(prices), prices[-1], volume, len(self.trades.get(open_ts, [])))
        return ModelBar(values, is_degraded=open_ts in self.degraded)


def merged(parts: list[Values]) -> Values:
    """One bar of several that follow each other."""
    traded = [part for part in parts if part[5]] or parts[-1:]
    return (
        traded[0][0],
        max(part[1] for part in traded),
        min(part[2] for part in traded),
        traded[-1][3],
        sum((part[4] for part in parts), Decimal(0)),
        sum(part[5] for part in parts),
    )


def read(values: str, trades: int) -> Values:
    """A bar of ours as numbers."""
    open_price, high, low, close, volume = map(Decimal, values.split(" "))
    return (open_price, high, low, close, volume, trades)


PRICES = st.sampled_from(["9", "10", "10.5", "11.25", "8.125"])
QUANTITIES = st.sampled_from(["1", "0.00000001", "2.50"])
TRADE = st.tuples(
    st.just("trade"), st.sampled_from([0, 10, 900, 1500, 8_000, 70_000, -300, -1500, -3000]), PRICES, QUANTITIES
)
TIME = st.tuples(st.just("advance"), st.sampled_from([700, 3000, 4000, 40_000]))
VENUE = st.tuples(st.just("venue"), st.sampled_from(range(len(CLOSED_BY_VENUE))), st.integers(-2, 0), PRICES)
AHEAD = st.tuples(st.just("venue"), st.sampled_from([0, 1]), st.just(1), PRICES)
ANSWER = st.tuples(st.just("answer"), st.sampled_from(range(len(CLOSED_BY_VENUE))), st.integers(-3, -1), PRICES)
STEPS = st.lists(st.one_of(TRADE, TRADE, TIME, VENUE, AHEAD, ANSWER, st.just(("lose",))), max_size=20)


class Player:
    """Does the same to the ladder and to the model."""

    def __init__(self) -> None:
        self.ladder = BarLadder(BarTally())
        self.model = Model()
        self.now_ns = BEGIN_NS + 250 * NS_PER_MS
        self.trades = 0

    def trade(self, after_ms: int, price: str, quantity: str) -> None:
        """A trade, late where `after_ms` is negative."""
        at_ns = self.now_ns + after_ms * NS_PER_MS
        self.now_ns = max(self.now_ns, at_ns)
        self.trades += 1
        self.ladder.apply_trade(trade_tick(self.trades, price, quantity=quantity, ts_event=at_ns, ts_init=self.now_ns))
        self.model.trade(at_ns, price, quantity)

    def advance(self, after_ms: int) -> None:
        """Time goes by."""
        self.now_ns += after_ms * NS_PER_MS
        self.ladder.advance(self.now_ns, is_silent=False)
        if self.model.second is not None and self.now_ns - GRACE_NS >= self.model.second + NS_PER_S:
            self.model.arrive(self.now_ns - GRACE_NS)
            self.model.is_broken = False

    def venue(self, index: int, bars_ahead: int, close: str) -> None:
        """The venue tells a closed bar: one of ours that is closed, the open one, or one that is ahead of our time."""
        interval = INTERVALS[index]
        if self.model.second is None:
            return
        open_ts = interval.open_of(self.model.second) + bars_ahead * interval.length_ns
        self.now_ns = max(self.now_ns, open_ts)
        told = bar(interval.name, open_ts, close, ts_event=self.now_ns, ts_init=self.now_ns)
        self.ladder.apply_bar(told)
        if bars_ahead > 0:
            is_broken = self.model.is_broken
            self.model.arrive(open_ts)
            self.model.is_broken = is_broken
            if is_broken:
                self.model.degraded.add(open_ts)
        self.model.last_word_ns = max(self.model.last_word_ns, told.ts_event or 0)
        self.model.venues.setdefault((interval, open_ts), read(f"{close} {close} {close} {close} 1", 1))

    def answer(self, index: int, bars_ahead: int, close: str) -> None:
        """The venue answers with a closed bar, and one that is still open, which counts not."""
        interval = INTERVALS[index]
        if self.model.second is None:
            return
        open_ts = interval.open_of(self.model.second)
        asked = open_ts + bars_ahead * interval.length_ns
        self.ladder.apply_history(interval.name, [bar(interval.name, asked, close), bar(interval.name, open_ts, "999")])
        self.model.venues.setdefault((interval, asked), read(f"{close} {close} {close} {close} 1", 1))

    def lose(self) -> None:
        """Continuity is lost."""
        self.ladder.lose()
        self.model.lose()

    def check(self) -> None:
        """Every bar that is closed is there once and as it has to be."""
        if self.model.second is None:
            return
        self.model.work_out()
        for index, level in enumerate(self.ladder.levels):
            bars = level.history.newest(10_000, before_ns=None)
            times = [closed.open_ts for closed in bars]
            assert times == sorted(set(times))
            assert times[-1:] <= [level.open_ts - level.interval.length_ns]
            for closed in bars:
                expected = self.model.bar(index, closed.open_ts)
                assert expected is not None
                assert closed.is_degraded == expected.is_degraded
                if not expected.is_degraded:
                    assert read(closed.values, closed.trades) == expected.values
        for index, open_bar in enumerate(self.ladder.open_bars()):
            if open_bar is not None:
                expected = self.model.bar(index, open_bar.open_ts)
                assert expected is not None
                if not expected.is_degraded:
                    open_now = open_bar.closed()
                    assert not open_now.is_degraded
                    assert read(open_now.values, open_now.trades) == expected.values
        base = self.ladder.levels[0]
        seconds = {closed.open_ts for closed in base.history.newest(10_000, before_ns=None)}
        assert set(range(self.model.begin, self.model.second, NS_PER_S)) <= seconds
        assert base.open_ts == self.model.second


@given(steps=STEPS)
def test_bars_are_what_came_whatever_the_order(steps: list[tuple[object, ...]]) -> None:
    """Trades late or not, the venue's bars before or after ours, losses at any moment: each bar once, and right."""
    player = Player()
    for name, *arguments in steps:
        getattr(player, str(name))(*arguments)

    player.check()
