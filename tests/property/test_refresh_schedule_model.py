"""The schedule of fetches, whatever comes of them and whoever demands one: its promises as invariants."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from auth.refresh_schedule import (
    DEMAND_INTERVAL_S,
    LONGEST_INTERVAL_S,
    LONGEST_RETRY_S,
    SHORTEST_INTERVAL_S,
    Demand,
    RefreshSchedule,
)
from components.contract.envelope import NS_PER_S

CHANCES = st.floats(min_value=0, max_value=1, exclude_max=True)
SOME_TIME_S = st.one_of(st.floats(min_value=0, max_value=5), st.floats(min_value=0, max_value=4_000))


class Fetching(RuleBasedStateMachine):
    """One schedule, a clock, an issuer that answers or does not, and tokens with unknown keys."""

    def __init__(self) -> None:
        super().__init__()
        self.chance = 0.0
        self.now_ns = 12_345
        self.is_fetching = False
        self.demanded_ns: int | None = None
        self.bounds_ns = (0, 0)
        self.schedule = RefreshSchedule(random=lambda: self.chance)

    @rule(seconds=SOME_TIME_S)
    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self.now_ns += int(seconds * NS_PER_S)

    @rule()
    def look(self) -> None:
        """Begin a fetch where one is due: never before the shortest wait, always after the longest."""
        begun = self.schedule.begin_if_due(now_ns=self.now_ns)

        assert not (begun and self.is_fetching)
        if not self.is_fetching:
            shortest_ns, longest_ns = self.bounds_ns
            assert not begun or self.now_ns >= shortest_ns
            assert begun or self.now_ns <= longest_ns
        self.is_fetching = self.is_fetching or begun

    @rule()
    def demand(self) -> None:
        """Want a key: fetches on demand are as far apart as they must be, and no further."""
        demanded = self.schedule.demand(now_ns=self.now_ns)

        since_ns = None if self.demanded_ns is None else self.now_ns - self.demanded_ns
        is_too_soon = since_ns is not None and since_ns < DEMAND_INTERVAL_S * NS_PER_S
        expected = Demand.JOIN if self.is_fetching else Demand.TOO_SOON if is_too_soon else Demand.BEGIN
        assert demanded is expected
        if demanded is Demand.BEGIN:
            self.demanded_ns, self.is_fetching = self.now_ns, True

    @precondition(lambda self: self.is_fetching)
    @rule(max_age_s=st.none() | st.integers(min_value=0, max_value=10**9), chance=CHANCES)
    def answer(self, max_age_s: int | None, chance: float) -> None:
        """The issuer answers."""
        self.chance, self.is_fetching = chance, False
        self.schedule.succeed(max_age_s, now_ns=self.now_ns)
        self.bounds_ns = self._within(SHORTEST_INTERVAL_S * 0.9, LONGEST_INTERVAL_S)

    @precondition(lambda self: self.is_fetching)
    @rule(chance=CHANCES)
    def fail(self, chance: float) -> None:
        """The issuer does not answer, or badly."""
        self.chance, self.is_fetching = chance, False
        self.schedule.fail(now_ns=self.now_ns)
        self.bounds_ns = self._within(1, LONGEST_RETRY_S)

    @invariant()
    def tells_when_to_look(self) -> None:
        """Whoever looks again when it says has not missed anything."""
        due_ns = self.schedule.next_due_ns
        assert (due_ns is None) is self.is_fetching
        if due_ns is not None:
            assert self.bounds_ns[0] <= due_ns <= self.bounds_ns[1]

    def _within(self, least_s: float, most_s: float) -> tuple[int, int]:
        return self.now_ns + int(least_s * NS_PER_S), self.now_ns + int(most_s * NS_PER_S)


TestFetching = Fetching.TestCase
