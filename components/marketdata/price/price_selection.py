"""
Which source an instrument's price is taken from: the state machine of failing over and coming back.

| state | what happens | state then | source then |
|---|---|---|---|
| `live` | the source is stale, broken, outvoted or disputed | `suspect` | the same |
| `suspect` | none of that, within the re-entry band of the others, for `leave_ns` | `live` | the same |
| `suspect` | stale, broken or outvoted for `leave_ns`, and another is good | `failed_over` | the first good one |
| `failed_over`, `recovering` | the same of the source that stands in | `failed_over`, or `live` where it is the first of all | the first good one |
| `failed_over` | an earlier source is good, `leave_ns` after the last change | `recovering` | the same |
| `recovering` | that source is not good any more | `failed_over` | the same |
| `recovering` | it was good for `return_ns` and `return_messages` | `live`, or `failed_over` where it is not the first of all | that one |
| any | a source that comes before all others has its first price | `live`, or `failed_over` where it is outvoted | that one, or the same |
| any | an operator prefers another source than the first, or does so no more | `live` where the first is active or may be taken, or else `failed_over` | the preferred one where it may be taken, or the same |

Two switches are never closer than `dwell_ns`, and there are at most `switches_per_hour` of them, of which the last is
kept for leaving a source; what the last row but one does is no switch. What an operator prefers may be taken where it is
good, by the same rule. Nothing is averaged: the price is one source's.
"""  # noqa: E501 - rows of a table

import collections
import enum
from collections.abc import Callable, Mapping
from decimal import Decimal

from components.contract.envelope import NS_PER_S
from components.marketdata.price.price_rules import PriceRules
from components.marketdata.price.price_source import PriceSource, SourceKind

HOUR_NS = 3600 * NS_PER_S


class PriceState(enum.StrEnum):
    """How the one price of an instrument gets along with its first source."""

    LIVE = "live"
    SUSPECT = "suspect"
    FAILED_OVER = "failed_over"
    RECOVERING = "recovering"


class Reason(enum.StrEnum):
    """Why the state is what it is."""

    STARTED = "started"
    CLEARED = "cleared"
    RECOVERED = "recovered"
    STAND_IN_FAILED = "stand_in_failed"
    STALE = "stale"
    BROKEN = "broken"
    DEVIATES = "deviates"
    DISPUTED = "disputed"
    AGREES = "agrees"
    HELD_DOWN = "held_down"
    NO_SOURCE = "no_source"
    PREFERRED = "preferred"
    PREFERENCE_ENDED = "preference_ended"
    REMOVED = "removed"


class Turn(enum.Enum):
    """What can happen to a selection."""

    FAULT = "the source is at fault"
    CLEAR = "the source is not at fault any more"
    BETTER = "an earlier source is good"
    RELAPSE = "the earlier source is not good any more"
    TO_FIRST = "the first source is taken"
    TO_OTHER = "another source is taken"


_LIVE, _SUSPECT, _FAILED_OVER, _RECOVERING = PriceState

TRANSITIONS: Mapping[tuple[PriceState, Turn], PriceState] = {
    (_LIVE, Turn.FAULT): _SUSPECT,
    (_SUSPECT, Turn.CLEAR): _LIVE,
    (_SUSPECT, Turn.TO_OTHER): _FAILED_OVER,
    (_FAILED_OVER, Turn.TO_OTHER): _FAILED_OVER,
    (_FAILED_OVER, Turn.TO_FIRST): _LIVE,
    (_FAILED_OVER, Turn.BETTER): _RECOVERING,
    (_RECOVERING, Turn.RELAPSE): _FAILED_OVER,
    (_RECOVERING, Turn.TO_OTHER): _FAILED_OVER,
    (_RECOVERING, Turn.TO_FIRST): _LIVE,
}
"""The state that follows; what is not here cannot happen. The last row of the table above begins anew instead."""

LEAVING = frozenset({Reason.STALE, Reason.BROKEN, Reason.DEVIATES})
"""For what a source is left; where it is merely disputed there is no majority, and it stays."""


class Selection:
    """
    Choose the source of one instrument's price, and say why.

    Sans-I/O. Sources join with their first price. A source is at fault where its connection is broken, where it is
    stale, where more of the others agree with each other than with it and none of those is within the exit band
    (outvoted, `deviates`), or as many (`disputed`). It is good where it is none of that, and within the re-entry band
    of the active source. Simulated prices and others are never compared: the kind of the first source decides which
    count.

    Units: nanoseconds on this process's monotonic clock.

    Attributes:
        active: The source that the price is taken from.
        state: How that is.
        reason: Why; while another than the first source is active, what keeps the first from being it.
        changes: How often any of the three has changed.
    """

    def __init__(self, rules: PriceRules, first: PriceSource, *, now_ns: int) -> None:
        """Begin with the first source that has a price."""
        self.active = first
        self.state = PriceState.LIVE
        self.reason = Reason.STARTED
        self.changes = 1
        self._rules = rules
        self._sources = [first]
        self._changed_ns = now_ns
        self._fault_since_ns: int | None = None
        self._clear_since_ns: int | None = None
        self._candidate = first
        self._candidate_since_ns = now_ns
        self._candidate_messages = 0
        self._switched_ns: int | None = None
        self._switches: collections.deque[int] = collections.deque()
        self._steps: Mapping[PriceState, Callable[[Reason | None, list[PriceSource], int], None]] = {
            PriceState.LIVE: self._watch,
            PriceState.SUSPECT: self._suspect,
            PriceState.FAILED_OVER: self._look_for_better,
            PriceState.RECOVERING: self._recover,
        }

    @property
    def sources(self) -> tuple[PriceSource, ...]:
        """The sources that count, the first first."""
        return tuple(self._sources)

    def join(self, source: PriceSource, *, now_ns: int) -> None:
        """A source has its first price: it counts from now on, and is taken at once where it comes before all."""
        comparable = [one for one in self._sources if _is_simulated(one) is _is_simulated(source)]
        is_first = source.place < self._sources[0].place if comparable else source.rank < self._sources[0].rank
        if not comparable and not is_first:
            return
        self._sources = sorted([*comparable, source], key=_place)
        if is_first and source.is_preferred and comparable:
            self._heed_order(now_ns)
        elif is_first:
            is_outvoted = _vote(source, self._fresh(now_ns), self._rules.exit_band) is Reason.DEVIATES
            self._begin_anew(source, now_ns, is_outvoted=is_outvoted)

    def reorder(self, *, now_ns: int) -> None:
        """An operator prefers another source than before, or none: the sources have other places."""
        first, self._sources = self._sources[0], sorted(self._sources, key=_place)
        if self._sources[0] is not first:
            self._heed_order(now_ns)

    def assess(self, now_ns: int) -> None:
        """Look at all sources, and draw the consequences."""
        fresh = self._fresh(now_ns)
        fault = _fault(self.active, fresh, self._rules.exit_band)
        if fault not in LEAVING:
            self._fault_since_ns = None
        elif self._fault_since_ns is None:
            self._fault_since_ns = now_ns
        elif now_ns - self._fault_since_ns >= self._rules.leave_ns and self._leave(fault, fresh, now_ns):
            return
        self._steps[self.state](fault, fresh, now_ns)

    def _fresh(self, now_ns: int) -> list[PriceSource]:
        return [one for one in self._sources if one.is_fresh(now_ns)]

    def _leave(self, fault: Reason, fresh: list[PriceSource], now_ns: int) -> bool:
        others = [one for one in fresh if one is not self.active]
        exit_band = self._rules.exit_band
        target = next((one for one in others if _vote(one, others, exit_band) is not Reason.DEVIATES), None)
        if target is None or not self._has_dwelt(now_ns) or not self._switches_left(now_ns):
            return False
        self._switch(target, Reason.STAND_IN_FAILED if target is self._sources[0] else fault, now_ns)
        return True

    def _watch(self, fault: Reason | None, _fresh: list[PriceSource], now_ns: int) -> None:
        if fault is not None:
            self._turn(Turn.FAULT, fault, now_ns)

    def _suspect(self, fault: Reason | None, fresh: list[PriceSource], now_ns: int) -> None:
        if _fault(self.active, fresh, self._rules.reentry_band) is not None:
            self._clear_since_ns = None
            self._restate(fault or self.reason, now_ns)
        elif self._clear_since_ns is None:
            self._clear_since_ns = now_ns
        elif now_ns - self._clear_since_ns >= self._rules.leave_ns:
            self._turn(Turn.CLEAR, Reason.CLEARED, now_ns)

    def _look_for_better(self, fault: Reason | None, fresh: list[PriceSource], now_ns: int) -> None:
        better = self._better(fresh)
        if better is None:
            self._restate(Reason.NO_SOURCE if fault in LEAVING else self._why_not_first(fresh), now_ns)
        elif self._switches_left(now_ns) <= 1:
            self._restate(Reason.HELD_DOWN, now_ns)
        elif now_ns - self._changed_ns >= self._rules.leave_ns:
            self._nominate(better, now_ns)
            self._turn(Turn.BETTER, Reason.AGREES, now_ns)

    def _recover(self, _fault: Reason | None, fresh: list[PriceSource], now_ns: int) -> None:
        better = self._better(fresh)
        if better is None:
            self._turn(Turn.RELAPSE, self._why_not_first(fresh), now_ns)
        elif better is not self._candidate:
            self._nominate(better, now_ns)
        elif self._is_proven(now_ns) and self._has_dwelt(now_ns) and self._switches_left(now_ns) > 1:
            self._switch(better, Reason.RECOVERED, now_ns)

    def _better(self, fresh: list[PriceSource]) -> PriceSource | None:
        band = self._rules.reentry_band
        is_guided = self.active in fresh
        for one in fresh:
            if one.place >= self.active.place:
                return None
            if _vote(one, fresh, band) is not Reason.DEVIATES and (not is_guided or _agree(one, self.active, band)):
                return one
        return None

    def _why_not_first(self, fresh: list[PriceSource]) -> Reason:
        return _fault(self._sources[0], fresh, self._rules.reentry_band) or Reason.DEVIATES

    def _nominate(self, source: PriceSource, now_ns: int) -> None:
        self._candidate = source
        self._candidate_since_ns = now_ns
        self._candidate_messages = source.messages

    def _is_proven(self, now_ns: int) -> bool:
        return (
            now_ns - self._candidate_since_ns >= self._rules.return_ns
            and self._candidate.messages - self._candidate_messages >= self._rules.return_messages
        )

    def _has_dwelt(self, now_ns: int) -> bool:
        return self._switched_ns is None or now_ns - self._switched_ns >= self._rules.dwell_ns

    def _switches_left(self, now_ns: int) -> int:
        while self._switches and now_ns - self._switches[0] >= HOUR_NS:
            self._switches.popleft()
        return self._rules.switches_per_hour - len(self._switches)

    def _heed_order(self, now_ns: int) -> None:
        first = self._sources[0]
        reason = Reason.PREFERRED if first.is_preferred else Reason.PREFERENCE_ENDED
        if first is not self.active and first.is_preferred and self._may_be_taken(first, now_ns):
            self._take(first, now_ns)
        # It begins anew: no state is left for a fault that was not told of it.
        self._fault_since_ns = None
        self._enter(PriceState.LIVE if first is self.active else PriceState.FAILED_OVER, reason, now_ns)
        self.assess(now_ns)

    def _may_be_taken(self, first: PriceSource, now_ns: int) -> bool:
        is_good = self._better(self._fresh(now_ns)) is first
        return is_good and self._has_dwelt(now_ns) and self._switches_left(now_ns) > 1

    def _take(self, target: PriceSource, now_ns: int) -> None:
        self.active = target
        self._fault_since_ns = None
        self._switched_ns = now_ns
        self._switches.append(now_ns)

    def _switch(self, target: PriceSource, reason: Reason, now_ns: int) -> None:
        self._take(target, now_ns)
        self._turn(Turn.TO_FIRST if target is self._sources[0] else Turn.TO_OTHER, reason, now_ns)

    def _turn(self, turn: Turn, reason: Reason, now_ns: int) -> None:
        self._enter(TRANSITIONS[self.state, turn], reason, now_ns)

    def _begin_anew(self, first: PriceSource, now_ns: int, *, is_outvoted: bool) -> None:
        if is_outvoted:
            self._enter(PriceState.FAILED_OVER, Reason.DEVIATES, now_ns)
            return
        self.active = first
        self._fault_since_ns = None
        self._switched_ns = now_ns
        self._enter(PriceState.LIVE, Reason.STARTED, now_ns)

    def _restate(self, reason: Reason, now_ns: int) -> None:
        # What cannot make up its mind must not fill a lossless stream: no more than one reason in that time.
        if reason is not self.reason and now_ns - self._changed_ns >= self._rules.leave_ns:
            self._enter(self.state, reason, now_ns)

    def _enter(self, state: PriceState, reason: Reason, now_ns: int) -> None:
        self.state = state
        self.reason = reason
        self.changes += 1
        self._changed_ns = now_ns
        self._clear_since_ns = None


def _place(source: PriceSource) -> tuple[bool, int]:
    return source.place


def _is_simulated(source: PriceSource) -> bool:
    return source.kind is SourceKind.SIMULATED


def _fault(source: PriceSource, fresh: list[PriceSource], band: Decimal) -> Reason | None:
    if source.is_broken:
        return Reason.BROKEN
    if source not in fresh:
        return Reason.STALE
    return _vote(source, fresh, band)


def _vote(source: PriceSource, voters: list[PriceSource], band: Decimal) -> Reason | None:
    """Whether more of the voters agree with each other than with this one of them, or as many."""
    against = [one for one in voters if not _agree(one, source, band)]
    if not against:
        return None
    support = len(voters) - len(against)
    strongest = max(sum(_agree(one, other, band) for other in voters) for one in against)
    if strongest > support:
        return Reason.DEVIATES
    return Reason.DISPUTED if strongest == support else None


def _agree(one: PriceSource, other: PriceSource, band: Decimal) -> bool:
    price, against = one.price, other.price
    return price is not None and against is not None and abs(price - against) <= band * min(price, against)
