"""Risk against plain tables: which limit holds, what may be traded, who is liquidated; and the journal of all that."""

from decimal import Decimal
from typing import Any

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from components.contract.envelope import NS_PER_S
from components.model.accounts import AccountFigures
from components.model.errors import Halted, InvalidArgument, RiskLimitExceeded
from components.model.market import Side
from components.risk.facts import TradingState, encode_fact
from components.risk.limits import OFF, Limits
from components.risk.risk import Risk
from components.risk.settings import RiskSettings
from components.risk.trading_state import Turn
from tests.support.risk_cases import BTC, ETH, NO_LIMITS, NOW_NS, make_exposure, make_figures, make_mark, make_request

USERS, INSTRUMENTS = ("alice", "bob"), (BTC, ETH)
ACTIVE, REDUCING, HALTED = TradingState
ONE, CALL_AT, LIQUIDATE_AT = Decimal(1), Decimal("1.3"), Decimal("1.1")
DESK: dict[str, Any] = {"by": "desk", "reason": "because"}

users = st.sampled_from(USERS)
all_or_one = st.sampled_from([None, *USERS])
amounts = st.integers(1, 12)


def make_risk() -> Risk:
    """With a limit on orders, one on positions, and two margin levels."""
    limits = attrs.evolve(
        NO_LIMITS,
        order_notional=Decimal(800),
        position_notional=Decimal(1000),
        margin_call_level=CALL_AT,
        margin_liquidation_level=LIQUIDATE_AT,
    )
    return Risk(RiskSettings(limits=limits))


class RiskMachine(RuleBasedStateMachine):
    """Sets limits, halts, resumes, asks for orders, moves margin levels, and starts anew."""

    def __init__(self) -> None:
        """Begin with the settings' limits, and everybody active."""
        super().__init__()
        self.now_ns = NOW_NS
        self.risk = make_risk()
        self.journal: list[bytes] = []
        self.checkpoint = make_risk().checkpoint()
        self.set: dict[tuple[str | None, str | None], str] = {}
        self.states: dict[str | None, TradingState] = {}
        self.liquidated: set[str] = set()

    @rule(
        user_id=all_or_one,
        instrument_id=st.sampled_from([None, *INSTRUMENTS]),
        value=st.sampled_from([None, OFF, "100", "500", "900", "1100"]),
    )
    def set_limit(self, user_id: str | None, instrument_id: str | None, value: str | None) -> None:
        """The desk sets a limit, or takes one back."""
        fact = self.risk.set_limits(user_id, instrument_id, {"order_notional": value}, now_ns=self.now_ns, **DESK)

        assert fact.before == {"order_notional": self.set.pop((user_id, instrument_id), None)}
        if value is not None:
            self.set[user_id, instrument_id] = value

    @rule(user_id=all_or_one, limits=st.sampled_from([{}, {"order_notional": "-1"}, {"x": "1"}, {"open_orders": "1"}]))
    def set_what_does_not_fit(self, user_id: str | None, limits: dict[str, str]) -> None:
        """Nothing is changed by what is refused."""
        try:
            self.risk.set_limits(user_id, BTC, limits, now_ns=self.now_ns, **DESK)
        except InvalidArgument:
            assert self.risk.take() == []
            return
        raise AssertionError("a limit was set that does not fit")

    @rule(user_id=all_or_one, turn=st.sampled_from([Turn.HALT, Turn.REDUCE, Turn.RESUME]))
    def turn(self, user_id: str | None, turn: Turn) -> None:
        """The desk halts or resumes."""
        before = self.states.get(user_id, ACTIVE)
        after = {Turn.HALT: HALTED, Turn.REDUCE: REDUCING, Turn.RESUME: ACTIVE}[turn]
        is_refused = False
        if user_id in self.liquidated and after is ACTIVE:
            is_refused, after = before is REDUCING, REDUCING
        try:
            self.risk.set_state(user_id, turn, now_ns=self.now_ns, **DESK)
        except Halted:
            assert is_refused
            return
        assert not is_refused
        self.states[user_id] = after

    @rule(
        user_id=users,
        instrument_id=st.sampled_from(INSTRUMENTS),
        side=st.sampled_from(Side),
        quantity=amounts,
        position=st.integers(-8, 8),
        beside=st.integers(0, 4),
    )
    def order(self, user_id: str, instrument_id: str, side: Side, quantity: int, position: int, beside: int) -> None:
        """An order is let in where the tables say so."""
        opened = {"open_buys": str(beside)} if side is Side.BUY else {"open_sells": str(beside)}
        figures = make_figures(
            make_exposure(instrument_id, str(position), mark=make_mark(now_ns=self.now_ns), **opened), user_id=user_id
        )
        request = make_request(side, str(quantity), instrument_id=instrument_id)
        told = None
        try:
            self.risk.check_order(
                request, figures, mark=make_mark(now_ns=self.now_ns), quote_rate=ONE, now_ns=self.now_ns
            )
        except Halted:
            told = "halted"
        except RiskLimitExceeded as error:
            told = str(error.details["limit"])

        direction = 1 if side is Side.BUY else -1
        assert told == self.expected(user_id, instrument_id, quantity, position * direction, beside)
        assert self.risk.take() == []

    @rule(user_id=users, level=st.sampled_from(["0.5", "1.1", "1.15", "1.2", "1.5"]), holds=st.booleans())
    def look(self, user_id: str, level: str, holds: bool) -> None:  # noqa: FBT001 - drawn
        """An account is looked at: it is liquidated from one level until it is well above, or holds nothing."""
        self.now_ns += NS_PER_S
        exposures = [make_exposure(BTC, "1", mark=make_mark(now_ns=self.now_ns))] if holds else []
        figures = make_figures(*exposures, user_id=user_id, margin_level=level)
        self.evaluate(figures)

        was = user_id in self.liquidated
        if not was and holds and Decimal(level) <= LIQUIDATE_AT:
            self.liquidated.add(user_id)
            if self.states.get(user_id, ACTIVE) is ACTIVE:
                self.states[user_id] = REDUCING
        elif was and (not holds or Decimal(level) >= LIQUIDATE_AT * Decimal("1.05")):
            self.liquidated.remove(user_id)

    @rule(user_id=users)
    def look_without_prices(self, user_id: str) -> None:
        """Not knowing begins and ends nothing."""
        before = [alert.alert_type for alert in self.risk.alerts.unresolved(user_id)]
        self.now_ns += NS_PER_S
        self.evaluate(make_figures(make_exposure(BTC, "1", mark=None), user_id=user_id, margin_level="0.1"))

        after = [alert.alert_type for alert in self.risk.alerts.unresolved(user_id)]
        assert [one for one in after if one != "cannot_evaluate"] == [one for one in before if one != "cannot_evaluate"]

    @rule()
    def write_a_checkpoint(self) -> None:
        """What is kept from here on is less."""
        self.take()
        self.checkpoint, self.journal = self.risk.checkpoint(), []

    @rule()
    def start_anew(self) -> None:
        """The next process goes on from what was written down."""
        self.risk = self.restored()

    @invariant()
    def states_and_liquidations_are_those_of_the_tables(self) -> None:
        """Of each account, and of all."""
        for user_id in USERS:
            own, of_all = self.states.get(user_id, ACTIVE), self.states.get(None, ACTIVE)
            assert self.risk.states.own(user_id) is own
            assert self.risk.states.of(user_id) is max(own, of_all, key=list(TradingState).index)
            assert (self.risk.liquidations.of(user_id) is not None) == (user_id in self.liquidated)
            assert user_id not in self.liquidated or own is not ACTIVE

    @invariant()
    def the_journal_makes_the_same_state(self) -> None:
        """To the last byte."""
        self.take()
        assert self.restored().checkpoint() == self.risk.checkpoint()

    def evaluate(self, figures: AccountFigures) -> None:
        """Look at an account."""
        self.risk.evaluate(figures, now_ns=self.now_ns)

    def take(self) -> None:
        """Write down what has happened."""
        self.journal += [encode_fact(fact) for fact in self.risk.take()]

    def restored(self) -> Risk:
        """What the journal makes."""
        risk = make_risk()
        risk.restore(self.checkpoint)
        for body in self.journal:
            risk.apply_record(body)
        return risk

    def expected(self, user_id: str, instrument_id: str, quantity: int, held: int, beside: int) -> str | None:
        """Why an order is not let in, by the tables; what is held counts in the order's direction."""
        state = max(self.states.get(user_id, ACTIVE), self.states.get(None, ACTIVE), key=list(TradingState).index)
        only_reduces = held + beside + quantity <= 0
        if state is HALTED or user_id in self.liquidated or (state is REDUCING and not only_reduces):
            return "halted"
        limit = self.limit(user_id, instrument_id)
        if limit is not None and quantity * 100 > limit:
            return "order_notional"
        if (held + beside + quantity) * 100 > 1000:
            return "position_notional"
        return None

    def limit(self, user_id: str, instrument_id: str) -> Decimal | None:
        """What an order may be worth, by the tables."""
        candidates = [
            [self.set.get((user_id, instrument_id))],
            [self.set.get((user_id, None)), self.set.get((None, instrument_id))],
            [self.set.get((None, None))],
        ]
        for level in candidates:
            values = [value for value in level if value is not None]
            if values:
                return min((Decimal(value) for value in values if value != OFF), default=None)
        return Limits(order_notional=Decimal(800)).order_notional


TestRisk: Any = RiskMachine.TestCase
TestRisk.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
