"""The bars of all intervals of one instrument on one venue, from its trades and from the venue's own bars."""

from collections.abc import Iterable

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.marketdata.candle.bar_level import MAX_REQUESTED, BarLevel, BarTally
from components.marketdata.candle.bars import GrowingBar
from components.model.intervals import INTERVALS, Interval
from components.model.market import Bar, TradeTick

GRACE_NS = 500 * NS_PER_MS
"""How long after its end a second is closed by the clock alone: trades of it may be on their way."""

MAX_FILLED = 1500
"""How many seconds without trades are filled with flat bars at once; what is beyond stays open to the venue's bars."""

MAX_AHEAD_NS = 60 * NS_PER_S
"""How far an event's time may be ahead of our clock; one that is further would close bars that have hardly begun."""


class BarLadder:
    """
    The bars of all intervals, each made of those below.

    Sans-I/O, and exact: the bars of some trades are the same however late each trade comes and whenever bars are
    closed. A trade touches the open second only; the longer bars take in what is closed below them.

    - A bar closes with the first trade of a later one, or `GRACE_NS` after its end. A second without trades is a flat
      bar at the last close, as Binance has it.
    - The venue's closed bar wins over ours, which is compared with it; whatever it is part of is made anew.
    - A trade that comes after its second was closed still counts in it, in place of the flat bars that followed and in
      all that is made of it; not in the venue's bars, which have it.
    - A bar is degraded where trades of it may be missing: we began in it, continuity was lost in it, the venue was
      silent, or one of its parts is so. The venue's closed bar is not. Those that stay so are to be asked for.
    - While the open bar is degraded the venue's own account of it, newer or not, is told in its place.
    - After a loss of continuity time may have gone back, as a replay that starts again: what was later is forgotten.

    Attributes:
        levels: One for each interval, shortest first.
        news: Indices of the levels with a bar that has just been closed, or corrected; whoever tells it clears it.
    """

    def __init__(self, tally: BarTally) -> None:
        self.levels = tuple(BarLevel(interval, tally, is_base=interval is INTERVALS[0]) for interval in INTERVALS)
        self.news: set[int] = set()
        self._tally = tally
        self._base = self.levels[0]
        self._index_of = {level.interval.name: index for index, level in enumerate(self.levels)}
        self._open_second = -1  # where the next trade goes without a closer look; -1 for none
        self._trade_id = (0, "")
        self._last_word_ts = 0
        self._has_begun = False
        self._is_broken = False
        self._may_go_back = False

    @property
    def last_event_ts(self) -> int:
        """The venue's time of the newest event, UNIX nanoseconds."""
        return self._last_word_ts

    def apply_trade(self, trade: TradeTick) -> None:
        """Take in one trade; one that is not newer than the last is known already, and left out."""
        at_ns = trade.ts_init if trade.ts_event is None else trade.ts_event
        trade_id = (len(trade.trade_id), trade.trade_id)
        second = at_ns - at_ns % NS_PER_S
        bar = self._base.partial
        if second != self._open_second or trade_id <= self._trade_id or bar is None:
            bar = self._find_bar(trade, trade_id, at_ns)
            if bar is None:
                return
        self._last_word_ts = at_ns
        self._trade_id = trade_id
        bar.add(trade.price, trade.quantity)

    def apply_bar(self, bar: Bar) -> bool:
        """Take in the venue's account of a bar; false where it is of no use."""
        index = self._index_of.get(bar.interval)
        if index is None or bar.open_ts > bar.ts_init + MAX_AHEAD_NS:
            return False
        level = self.levels[index]
        if bar.open_ts % level.interval.length_ns:
            return False
        if not self._has_begun:
            self._begin(min(max(bar.open_ts, bar.ts_event or 0), bar.close_ts))
        elif bar.open_ts > level.open_ts:
            self._roll(bar.open_ts, is_degraded=self._is_broken)
        self._last_word_ts = max(self._last_word_ts, bar.ts_event or bar.open_ts)
        if bar.open_ts < level.open_ts:
            return bar.is_closed and self._correct(index, (bar,))
        if level.word is None or not level.word.is_closed:
            level.word = bar
        return True

    def apply_history(self, interval: str, bars: Iterable[Bar]) -> bool:
        """Take in closed bars that the venue was asked for; false where they change nothing."""
        index = self._index_of.get(interval)
        if index is None or not self._has_begun:
            return False
        level = self.levels[index]
        level.receive_answer()
        return self._correct(
            index, [bar for bar in bars if bar.open_ts < level.open_ts and not bar.open_ts % level.interval.length_ns]
        )

    def advance(self, now_ns: int, *, is_silent: bool) -> None:
        """
        Close what is over by the venue's time.

        Args:
            now_ns: The venue's time, as far as it is known.
            is_silent: Whether nothing at all has come from the venue for long, so that trades may be missing.
        """
        if self._has_begun and now_ns - GRACE_NS >= self._base.end_ts:
            self._arrive(now_ns - GRACE_NS, is_degraded=is_silent)

    def lose(self) -> None:
        """Trades may be missing since the last event, and until the next one."""
        self._is_broken = self._may_go_back = True
        self._open_second = -1
        if not self._has_begun:
            return
        changed = set()
        for bar in self._base.history.between(self._base.interval.open_of(self._last_word_ts), self._base.open_ts):
            if not bar.is_venues and not bar.is_degraded:
                degraded = bar.reopened()
                degraded.is_degraded = True
                self._base.keep(degraded.closed())
                changed.add(bar.open_ts)
        self._degrade_open()
        self._spread(0, changed)

    def open_bars(self) -> list[GrowingBar | None]:
        """The open bar of every level, None where nothing is known of it."""
        bars: list[GrowingBar | None] = []
        bar: GrowingBar | None = None
        for level in self.levels:
            bar = level.compose(bar)
            bars.append(bar)
        return bars

    def take_wanted(self, now_ns: int) -> list[tuple[Interval, int, int]]:
        """The bars to ask the venue for now: interval, and when the first and the last of them open."""
        return [(level.interval, *wanted) for level in self.levels if (wanted := level.take_wanted(now_ns))]

    def _find_bar(self, trade: TradeTick, trade_id: tuple[int, str], at_ns: int) -> GrowingBar | None:
        if at_ns > trade.ts_init + MAX_AHEAD_NS:
            return None
        if trade_id <= self._trade_id:
            if not self._may_go_back:
                return None
            if at_ns < self._last_word_ts:
                self._rewind(at_ns)
        if not self._has_begun:
            self._begin(at_ns)
        elif at_ns < self._base.open_ts:
            self._trade_id = trade_id
            self._count_late(trade, at_ns)
            return None
        self._arrive(at_ns, is_degraded=False)
        self._may_go_back = False
        if self._base.partial is None:
            self._base.partial = GrowingBar(self._base.open_ts, trade.price, is_degraded=True)
        return self._base.partial

    def _begin(self, at_ns: int) -> None:
        self._has_begun = True
        for level in self.levels:
            level.reopen(at_ns)
            level.want(level.open_ts - MAX_REQUESTED * level.interval.length_ns, level.open_ts)

    def _rewind(self, at_ns: int) -> None:
        below: BarLevel | None = None
        for level in self.levels:
            level.reopen(at_ns)
            level.history.drop_from(level.open_ts)
            if below is not None:
                level.rebuild(
                    below.history.between(level.open_ts, below.open_ts),
                    below.interval.length_ns,
                )
            below = level

    def _arrive(self, at_ns: int, *, is_degraded: bool) -> None:
        """Be in the second of a time; what was lost was lost before it, or in it."""
        self._roll(self._base.interval.open_of(at_ns), is_degraded=is_degraded or self._is_broken)
        if self._is_broken:
            self._degrade_open()
            self._is_broken = False
        self._open_second = -1 if self._may_go_back else self._base.open_ts

    def _degrade_open(self) -> None:
        if self._base.partial is not None:
            self._base.partial.is_degraded = True

    def _roll(self, second: int, *, is_degraded: bool) -> None:
        self._open_second = -1
        while self._base.open_ts < second:
            if is_degraded:
                self._degrade_open()
            is_near = second - self._base.open_ts <= MAX_FILLED * NS_PER_S
            self._step(self._base.end_ts if is_near else second)

    def _step(self, second: int) -> None:
        is_fed_by_trades = self._base.partial is not None
        for index, level in enumerate(self.levels):
            if second < level.end_ts:
                break
            end_ts = level.end_ts
            closed = level.close()
            level.reopen(second)
            if closed is None:
                continue
            self.news.add(index)
            if index == 0 and is_fed_by_trades:
                level.partial = GrowingBar(second, closed.close)
            if index + 1 < len(self.levels):
                self.levels[index + 1].absorb(closed, end_ts)

    def _count_late(self, trade: TradeTick, at_ns: int) -> None:
        known = self._base.history.get(self._base.interval.open_of(at_ns))
        if known is None or known.is_venues:
            self._tally.late_trades["ignored"] += 1
            return
        self._tally.late_trades["counted"] += 1
        bar = known.reopened()
        bar.add(trade.price, trade.quantity)
        self._base.keep(bar.closed())
        self._spread(0, {known.open_ts})

    def _correct(self, index: int, bars: Iterable[Bar]) -> bool:
        level = self.levels[index]
        changed = {bar.open_ts for bar in bars if level.correct(bar)}
        self._spread(index, changed)
        return bool(changed)

    def _spread(self, index: int, changed: set[int]) -> None:
        """Make anew what consists of closed bars that have changed."""
        if index == 0:
            self._carry_close(changed)
        if changed:
            self.news.add(index)
        for child, level in zip(self.levels[index:], self.levels[index + 1 :], strict=False):
            length_ns = child.interval.length_ns
            above: set[int] = set()
            for open_ts in {level.interval.open_of(changed_ts) for changed_ts in changed}:
                children = child.history.between(open_ts, min(open_ts + level.interval.length_ns, child.open_ts))
                if open_ts == level.open_ts:
                    level.rebuild(children, length_ns)
                elif level.recompute(open_ts, children, length_ns):
                    above.add(open_ts)
            changed = above
            if not changed:
                return
            self.news.add(index := index + 1)

    def _carry_close(self, changed: set[int]) -> None:
        """Let the flat bars behind a bar that has changed be flat at its close."""
        length_ns = self._base.interval.length_ns
        for open_ts in sorted(changed):
            bar = self._base.history.get(open_ts)
            while bar is not None:
                behind = self._base.history.get(bar.open_ts + length_ns)
                if behind is None or behind.trades or behind.is_venues or behind.close == bar.close:
                    break
                flat = behind.reopened()
                flat.flatten(bar.close)
                bar = self._base.keep(flat.closed())
                changed.add(bar.open_ts)
        last, partial = self._base.history.last, self._base.partial
        if last is not None and partial is not None and not partial.trades:
            partial.flatten(last.close)
