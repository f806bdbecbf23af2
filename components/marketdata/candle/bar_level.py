"""The bars of one instrument and one interval: the open one, the closed ones, and those to ask the venue for."""

import collections

import attrs

from components.contract.envelope import NS_PER_S
from components.marketdata.candle.bars import ClosedBar, GrowingBar, differing_fields, told_by_venue
from components.marketdata.candle.closed_bars import ClosedBars
from components.model.intervals import Interval
from components.model.market import Bar

MAX_REQUESTED = 1000
"""How many bars are asked for at once: as many as Binance gives in one answer."""

SETTLING_NS = 3 * NS_PER_S
"""How long a bar has to be over before the venue is asked for it: its own word on the stream may be on its way."""

FIRST_PATIENCE_NS = 60 * NS_PER_S
MAX_ATTEMPTS = 5
"""The venue is asked again where no answer comes: after a minute, then two, four and eight, and no more."""


@attrs.define
class BarTally:
    """
    What was found where our bars and the venue's are of the same time, and how trades came.

    Attributes:
        checked: Bars that were compared, by interval.
        differing: Fields in which they differed, by interval and field.
        late_trades: Trades that came after their second was closed, by what became of them: `counted`, `ignored`.
    """

    checked: collections.Counter[str] = attrs.field(factory=collections.Counter)
    differing: collections.Counter[tuple[str, str]] = attrs.field(factory=collections.Counter)
    late_trades: collections.Counter[str] = attrs.field(factory=collections.Counter)

    def compare(self, interval: str, ours: ClosedBar, venues: ClosedBar) -> None:
        """Count in what our bar differs from the venue's; one that was known to be incomplete is no witness."""
        if not ours.is_degraded:
            self.checked[interval] += 1
            self.differing.update((interval, field) for field in differing_fields(ours, venues))


class BarLevel:
    """
    The bars of one interval.

    Sans-I/O. The shortest interval's open bar takes trades in; any other's consists of the closed bars of the interval
    below, and of what is open there. It knows up to when it is complete, and a bar with a hole is degraded.

    Attributes:
        history: The closed bars.
        open_ts: When the open bar opened, UNIX nanoseconds.
        end_ts: When it is over.
        partial: What is in it for good, None where that is nothing.
        word: The venue's newest own account of it.
    """

    def __init__(self, interval: Interval, tally: BarTally, *, is_base: bool) -> None:
        self.interval = interval
        self.history = ClosedBars()
        self.partial: GrowingBar | None = None
        self.word: Bar | None = None
        self.open_ts = self.end_ts = 0
        self._tally = tally
        self._is_base = is_base
        self._complete_to = 0
        self._wanted: tuple[int, int] | None = None
        self._asked: tuple[int, int] | None = None
        self._attempts = 0
        self._ask_again_ns = 0

    def reopen(self, at_ns: int) -> None:
        """Let the bar be open that a time belongs to, with nothing in it."""
        self.open_ts = self.interval.open_of(at_ns)
        self.end_ts = self.open_ts + self.interval.length_ns
        self._complete_to = self.end_ts if self._is_base else self.open_ts
        self.partial = None
        self.word = None

    def absorb(self, child: ClosedBar, child_end_ts: int) -> None:
        """Take in a closed bar of the interval below."""
        bar = child.reopened()
        if child.open_ts != self._complete_to:
            bar.is_degraded = True
        self._complete_to = child_end_ts
        if self.partial is None:
            self.partial = bar.widened(self.open_ts)
        else:
            self.partial.extend(bar)

    def compose(self, child: GrowingBar | None) -> GrowingBar | None:
        """
        The open bar as it is now.

        Args:
            child: The open bar of the interval below.
        """
        bar = self.partial
        if child is not None:
            bar = child.widened(self.open_ts)
            if self.partial is not None:
                bar = self.partial.widened(self.open_ts)
                bar.extend(child)
            bar.is_degraded = bar.is_degraded or child.open_ts != self._complete_to
        if self.word is not None and (bar is None or bar.is_degraded):
            return told_by_venue(self.word).reopened()
        return bar

    def close(self) -> ClosedBar | None:
        """Keep the open bar as a closed one, the venue's account of it before ours."""
        ours = None if self.partial is None else self.partial
        if ours is not None and self._complete_to != self.end_ts:
            ours.is_degraded = True
        if self.word is not None and self.word.is_closed:
            closed = told_by_venue(self.word)
            if ours is not None:
                self._tally.compare(self.interval.name, ours.closed(), closed)
        elif self.word is not None and (ours is None or ours.is_degraded):
            closed = told_by_venue(self.word, is_degraded=True)
        elif ours is not None:
            closed = ours.closed()
        else:
            return None
        return self.keep(closed)

    def keep(self, bar: ClosedBar) -> ClosedBar:
        """Keep a closed bar, and ask the venue for it before long if it is degraded."""
        kept = self.history.put(bar)
        if kept.is_degraded:
            self.want(kept.open_ts, kept.open_ts + self.interval.length_ns)
        return kept

    def correct(self, bar: Bar) -> bool:
        """Let the venue's own account of a closed bar replace ours; false where it already had."""
        ours, venues = self.history.get(bar.open_ts), told_by_venue(bar)
        if ours is not None:
            if ours.is_venues:
                return False
            self._tally.compare(self.interval.name, ours, venues)
        self.history.put(venues)
        return True

    def rebuild(self, children: list[ClosedBar], child_length_ns: int) -> None:
        """Make the open bar anew of closed bars of the interval below."""
        self.partial, self._complete_to = None, self.open_ts
        for child in children:
            self.absorb(child, child.open_ts + child_length_ns)

    def recompute(self, open_ts: int, children: list[ClosedBar], child_length_ns: int) -> bool:
        """
        Make a closed bar of ours anew of those of the interval below; false where that changes nothing.

        One whose shorter bars are no longer all known, and the venue's, stay as they are.
        """
        ours = self.history.get(open_ts)
        if ours is None or ours.is_venues or len(children) * child_length_ns != self.interval.length_ns:
            return False
        bar = children[0].reopened().widened(open_ts)
        for child in children[1:]:
            bar.extend(child.reopened())
        anew = bar.closed()
        if anew == ours:
            return False
        self.keep(anew)
        return True

    def want(self, start_ns: int, end_ns: int) -> None:
        """Take note that the venue is to be asked for the bars from one time to another."""
        if self._wanted is not None:
            start_ns, end_ns = min(start_ns, self._wanted[0]), max(end_ns, self._wanted[1])
        self._wanted = (start_ns, end_ns)

    def take_wanted(self, now_ns: int) -> tuple[int, int] | None:
        """
        What to ask the venue for now, as the first and the last time that a bar may open.

        Args:
            now_ns: The venue's time.
        """
        # A request takes the place of one that still waits for its turn, so it has to hold what that one did.
        if self._asked is not None and (self._wanted is not None or now_ns >= self._ask_again_ns):
            self.want(*self._asked)
            self._asked = None
        if self._wanted is None or now_ns < self._wanted[1] + SETTLING_NS:
            return None
        (start_ns, end_ns), self._wanted = self._wanted, None
        length_ns = self.interval.length_ns
        start_ns = max(start_ns, end_ns - MAX_REQUESTED * length_ns)
        known = self.history.between(start_ns, end_ns)
        if len(known) * length_ns == end_ns - start_ns and not any(bar.is_degraded for bar in known):
            return None
        self._await_answer(start_ns, end_ns, now_ns)
        return start_ns, end_ns - length_ns

    def receive_answer(self) -> None:
        """The venue has answered: what it did not tell, it does not have."""
        self._asked = None
        self._attempts = 0

    def _await_answer(self, start_ns: int, end_ns: int, now_ns: int) -> None:
        self._ask_again_ns = now_ns + (FIRST_PATIENCE_NS << self._attempts)
        self._attempts += 1
        self._asked = (start_ns, end_ns)
        if self._attempts == MAX_ATTEMPTS:
            self.receive_answer()
