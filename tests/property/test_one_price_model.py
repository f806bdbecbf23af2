"""Whatever sources do, the one price changes its source only by the rules, and is always one source's own."""

from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from components.contract.envelope import NS_PER_S
from components.marketdata.market_state import Publication
from components.marketdata.price.one_price import OnePrices, SourceRank
from components.marketdata.price.preference import Preference
from components.marketdata.price.price_rules import PriceRules
from components.marketdata.price.price_selection import HOUR_NS, TRANSITIONS, PriceState
from components.marketdata.price.price_source import PricedEvent
from tests.support.market_events import quote_tick, trade_tick

VENUES = ("one", "two", "three")
RULES = PriceRules(
    stale_cap_ns=6 * NS_PER_S,
    leave_ns=NS_PER_S,
    return_ns=3 * NS_PER_S,
    return_messages=2,
    dwell_ns=15 * NS_PER_S,
    switches_per_hour=3,
)
"""Quick ones, so that a few steps are enough to meet every limit."""

LEVELS = ("100", "101", "103", "110", "70", "-1", None, None)
"""What a source may say, without its mark; None is silence."""

MAY_FOLLOW = {(before, after) for (before, _), after in TRANSITIONS.items()} | {(state, state) for state in PriceState}


class Step(NamedTuple):
    """
    What happens at one moment.

    Attributes:
        after_s: Seconds since the last one.
        said: What each source says.
        broken: Whose connection breaks.
        lost: Whose continuity is lost.
        preferred: Whom an operator prefers from then on, for a minute.
    """

    after_s: float
    said: tuple[str | None, ...]
    broken: str | None
    lost: str | None
    preferred: str | None = None


RARELY = st.sampled_from([*VENUES, *[None] * 20])
AGREED = st.sampled_from([("100", "100", "100"), (None, "100", "100"), (None, None, "100"), ("70", "100", "100")])
ANYTHING = st.tuples(*[st.sampled_from(LEVELS)] * len(VENUES))
AFTER_S = st.sampled_from([0.25, 1, 2, 2, 4, 900])
STEPS = st.builds(Step, AFTER_S, st.one_of(AGREED, AGREED, ANYTHING), RARELY, RARELY, RARELY)
RUNS = st.lists(st.tuples(STEPS, st.integers(1, 12)), min_size=1, max_size=25)
"""Steps, and how often each is repeated: sources are rarely different every second."""


class Player:
    """
    Plays steps, and checks with every publication what must hold.

    Every text that a source says ends with its own mark, so that whose it is can be seen: 100.01 and 99.01 are the
    first source's.
    """

    def __init__(self) -> None:
        self.prices = OnePrices([SourceRank(venue) for venue in VENUES], RULES)
        self.now_ns = 0
        self.published: list[tuple[int, Publication]] = []
        self.said: dict[str, list[str]] = {venue: [] for venue in VENUES}
        self._number = 0

    def play(self, step: Step) -> None:
        """Let time pass, and all say what they say."""
        self.now_ns += int(step.after_s * NS_PER_S)
        if step.broken:
            self.prices.receive_disconnection(step.broken, now_ns=self.now_ns)
        if step.lost:
            self.prices.lose(step.lost)
        if step.preferred:
            preference = Preference(venue=step.preferred, until_ns=self.now_ns + 60 * NS_PER_S)
            self._check(self.prices.prefer(preference, now_ns=self.now_ns))
        self._check(self.prices.advance(self.now_ns))
        for mark, (venue, level) in enumerate(zip(VENUES, step.said, strict=True), start=1):
            if level is not None:
                self._say(venue, f"{level}.0{mark}", f"{Decimal(level) - 1}.0{mark}")

    def _say(self, venue: str, price: str, bid: str) -> None:
        self._number += 1
        self.said[venue] += [price, bid]
        events: tuple[PricedEvent, ...] = (
            trade_tick(self._number, price, venue=venue),
            quote_tick(self._number, bid, price, venue=venue),
        )
        for event in events:
            meta: dict[str, object] = {"source": venue, "quality": "live"}
            self._check(self.prices.apply(event, meta=meta, now_ns=self.now_ns))

    def _check(self, publications: list[Publication]) -> None:
        source = self.prices.source_of("BTCUSDT")
        for one in publications:
            self.published.append((self.now_ns, one))
            if one.family == "price":
                told = [one.payload[name] for name in ("price", "bid", "ask")]
                assert one.meta["source"] == source
                assert all(text is None or text in self.said[str(source)] for text in told)
                assert told[0] not in (None, "-1.01", "-1.02", "-1.03")

    @property
    def statuses(self) -> list[tuple[int, dict[str, object]]]:
        """When what status was told."""
        return [(at_ns, one.payload) for at_ns, one in self.published if one.family == "status"]


def is_of_a_preference(before: dict[str, object], after: dict[str, object]) -> bool:
    """Whether a status may come because the order of the sources is another than before, which begins anew."""
    return after["reason"] in ("preferred", "preference_ended") or (
        # A source that became the first, or is it no more, and is at fault: that alone is told.
        after["state"] in ("suspect", "failed_over") and before["source"] == after["source"]
    )


def play(runs: list[tuple[Step, int]]) -> Player:
    """All of it."""
    player = Player()
    for step, times in runs:
        for _ in range(times):
            player.play(step)
    return player


@given(RUNS)
def test_states_follow_each_other_as_in_the_table(runs: list[tuple[Step, int]]) -> None:
    """No state comes after one that it cannot follow, but where a better source begins, or another is preferred."""
    payloads = [payload for _, payload in play(runs).statuses]

    for before, after in pairwise(payloads):
        begins = after["reason"] == "started" or (
            after["reason"] == "deviates" and before["state"] in ("live", "suspect")
        )
        begins |= is_of_a_preference(before, after)
        assert begins or (PriceState(str(before["state"])), PriceState(str(after["state"]))) in MAY_FOLLOW
        assert before != after


@given(RUNS)
def test_switches_keep_their_distance_and_their_number(runs: list[tuple[Step, int]]) -> None:
    """Never two within the dwell, never more than allowed within an hour."""
    statuses = play(runs).statuses

    switches = [
        at_ns
        for (_, before), (at_ns, after) in pairwise(statuses)
        if before["source"] != after["source"] and after["reason"] != "started"
    ]
    assert all(later - earlier >= RULES.dwell_ns for earlier, later in pairwise(switches))
    for first, last in zip(switches, switches[RULES.switches_per_hour :], strict=False):
        assert last - first >= HOUR_NS


@given(RUNS)
def test_the_price_is_live_only_while_the_state_is(runs: list[tuple[Step, int]]) -> None:
    """Live and the first source's, or degraded or stale; and as old as the newest of its source's prices."""
    player = play(runs)

    state: object = None
    for _, one in player.published:
        if one.family == "status":
            state = one.payload["state"]
        else:
            assert (one.meta["quality"] == "live") == (state == "live")


@given(RUNS)
def test_once_all_agree_the_price_is_the_first_sources(runs: list[tuple[Step, int]]) -> None:
    """Whatever happened before, after an hour and a minute of agreement the first source makes a live price."""
    player = play(runs)
    agreed = ("100", "100", "100")

    player.play(Step(HOUR_NS / NS_PER_S, agreed, None, None))
    for number in range(300):
        player.play(Step(0.25, tuple("100" if number % 2 else "101" for _ in agreed), None, None))

    _, last = next((at_ns, one) for at_ns, one in reversed(player.published) if one.family == "price")
    assert (last.payload["price"], last.meta["source"], last.meta["quality"]) == ("100.01", "one", "live")
