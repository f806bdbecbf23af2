"""Risk as a whole: what comes of looking at accounts, and what a journal makes of it."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from components.contract.envelope import NS_PER_S
from components.model.accounts import AccountFigures
from components.model.alerts import Alarm
from components.model.errors import Halted, InvalidArgument, RiskLimitExceeded
from components.model.market import Side
from components.model.platform_reports import Severity
from components.risk.facts import AlertChanged, AlertType, TradingState, encode_fact
from components.risk.limits import Limits
from components.risk.liquidation import Action, CancelOrders, ClosePosition
from components.risk.risk import Risk
from components.risk.settings import RiskSettings
from components.risk.trading_state import Turn
from tests.support.alert_desk import make_report
from tests.support.made_orders import make_order
from tests.support.risk_cases import BTC, ETH, FRESH, NOW_NS, make_exposure, make_figures, make_mark, make_request

ONE = Decimal(1)
DESK: dict[str, Any] = {"by": "desk", "reason": "because"}


@attrs.define
class Hand:
    """Risk on a clock in the test's hands, and the journal of all that it did."""

    risk: Risk = attrs.field(factory=lambda: Risk(RiskSettings(limits=Limits(concentration_percent=Decimal(60)))))
    now_ns: int = NOW_NS
    journal: list[bytes] = attrs.field(factory=list)

    def take(self) -> list[str]:
        """What has happened: the alerts with their events, other facts by their kind."""
        facts = self.risk.take()
        self.journal += [encode_fact(fact) for fact in facts]
        return [
            f"{fact.event} {fact.alert.alert_type}" if isinstance(fact, AlertChanged) else type(fact).__name__
            for fact in facts
        ]

    def look(self, figures: AccountFigures | None = None, *, after_s: float = 0, **fields: Any) -> list[str]:
        """Look at an account whose prices are all of now, a while later."""
        self.now_ns += int(after_s * NS_PER_S)
        self.risk.evaluate(figures or self.figures(**fields), now_ns=self.now_ns)
        return self.take()

    def figures(self, *exposures: Any, **fields: Any) -> AccountFigures:
        """An account whose marks are of now."""
        fresh = [attrs.evolve(one, mark=make_mark(now_ns=self.now_ns)) for one in exposures]
        return make_figures(*fresh, **fields)

    def action(self, figures: AccountFigures) -> Action | None:
        """What is to be done next."""
        return self.risk.next_action(figures, now_ns=self.now_ns)

    def order(self, side: Side = Side.BUY, quantity: str = "1", *, figures: AccountFigures | None = None) -> None:
        """Ask for an order to be let in."""
        self.risk.check_order(
            make_request(side, quantity), figures or make_figures(), mark=FRESH, quote_rate=ONE, now_ns=self.now_ns
        )

    def is_let_in(self, **fields: Any) -> bool:
        """Whether an order is."""
        try:
            self.order(**fields)
        except Halted:
            return False
        return True


@pytest.fixture
def hand() -> Hand:
    """Nothing has happened yet."""
    return Hand()


def test_an_account_in_order_makes_no_facts(hand: Hand) -> None:
    """But for the first look, which begins its day."""
    assert hand.look() == ["DayBegun"]
    assert hand.look(after_s=60) == []


def test_an_account_that_a_platform_keeps_is_not_looked_at(hand: Hand) -> None:
    """Its losses, its margin and its prices are the platform's; its orders are judged like any other's."""
    figures = hand.figures(make_exposure(BTC, "5"), margin_level="0.5", equity="1", missing_prices=("XAU",))
    kept_elsewhere = attrs.evolve(figures, is_external=True)

    assert [hand.look(kept_elsewhere, after_s=60) for _ in range(2)] == [[], []]
    assert hand.action(kept_elsewhere) is None
    hand.risk.set_state("alice", Turn.HALT, now_ns=hand.now_ns, **DESK)
    assert not hand.is_let_in(figures=kept_elsewhere)


def test_a_loss_is_raised_risen_and_resolved(hand: Hand) -> None:
    """As the account loses and recovers."""
    hand.look()

    told = [hand.look(after_s=1, equity=equity) for equity in ("919", "919", "890", "950", "999")]
    late = hand.look(after_s=60, equity="999")

    assert told == [["raised daily_loss"], [], ["risen daily_loss"], [], []]
    assert late == ["resolved daily_loss"]


def test_a_margin_call_mutes_the_warning(hand: Hand) -> None:
    """And the warning comes back when the call is over, and the level is not."""
    exposures = make_exposure(BTC, "0.5"), make_exposure(ETH, "0.5")
    told = []
    for level in ("1.4", "1.25", "1.2", "1.4"):
        hand.now_ns += 60 * NS_PER_S
        told.append(hand.look(hand.figures(*exposures, margin_level=level)))

    assert told == [
        ["DayBegun", "raised margin_warning"],
        ["raised margin_call", "resolved margin_warning"],
        ["updated margin_call"],
        ["resolved margin_call", "raised margin_warning"],
    ]
    assert [alert.reason for alert in hand.risk.alerts.resolved("alice")] == ["over", "margin_call"]


@pytest.mark.parametrize(("level", "expected"), [(None, False), ("1.5", True), ("1.51", False)])
def test_who_would_be_warned_is_pressed(hand: Hand, level: str | None, expected: bool) -> None:  # noqa: FBT001 - a column
    """At the level of the warning, where there is one."""
    figures = make_figures(margin_level=level)
    assert hand.risk.is_pressed(figures) is expected

    hand.risk.set_limits("alice", None, {"margin_warning_level": "off"}, now_ns=hand.now_ns, **DESK)

    assert not hand.risk.is_pressed(figures)


def test_concentration_ends_with_its_position(hand: Hand) -> None:
    """What is not held any more is not judged, and is over all the same; a platform's alert is the platform's."""
    hand.risk.receive_handed_in([make_report(1, alert_type="concentration", instrument_id="X")], now_ns=hand.now_ns)
    hand.take()
    hand.look(hand.figures(make_exposure(BTC, "3"), make_exposure(ETH, "1")))
    hand.now_ns += 60 * NS_PER_S
    unknown = hand.figures(missing_prices=("X",))

    assert hand.look(unknown) == []
    assert hand.look(hand.figures(make_exposure("A", "1"), make_exposure("B", "1"))) == ["resolved concentration"]


def test_what_cannot_be_judged_is_an_alert_and_ends_none(hand: Hand) -> None:
    """No breach is over by not knowing."""
    hand.look()
    hand.look(equity="700", after_s=1)
    hand.look(equity=None, missing_prices=("BTC",), after_s=60)

    told = [hand.look(equity=None, missing_prices=("BTC",), after_s=10), hand.look(after_s=60)]

    assert told == [
        ["raised cannot_evaluate"],
        ["resolved cannot_evaluate", "resolved drawdown", "resolved daily_loss"],
    ]


def test_an_account_is_liquidated_until_it_has_recovered(hand: Hand) -> None:
    """It goes to reducing, loses its orders, then its largest position; and stays reducing until it is resumed."""
    figures = hand.figures(make_exposure(BTC, "1"), make_exposure(ETH, "-3"), margin_level="1.05", open_orders=1)
    begun = hand.look(figures)
    assert begun == [
        "DayBegun",
        "raised margin_call",
        "raised concentration",
        "LiquidationBegun",
        "TradingStateSet",
        "raised liquidation",
    ]
    assert hand.risk.states.of("alice") is TradingState.REDUCING
    assert hand.action(figures) == CancelOrders(user_id="alice")
    with pytest.raises(Halted):
        hand.risk.set_state("alice", Turn.RESUME, now_ns=hand.now_ns, **DESK)

    quiet = attrs.evolve(figures, open_orders=0)
    assert hand.look(quiet) == ["LiquidationClosing"]
    assert hand.action(quiet) == ClosePosition(user_id="alice", instrument_id=ETH)
    better = hand.figures(make_exposure(BTC, "1"), margin_level="2")
    assert hand.look(better) == ["raised concentration", "LiquidationEnded", "updated liquidation"]
    assert hand.action(better) is None
    assert hand.risk.states.of("alice") is TradingState.REDUCING
    assert not hand.is_let_in()
    assert hand.is_let_in(side=Side.SELL, figures=better)

    hand.risk.set_state("alice", Turn.RESUME, now_ns=hand.now_ns, **DESK)
    assert hand.is_let_in()
    assert [record.action for record in hand.risk.audit.records] == ["set_state", "set_state", "liquidate"]


def test_while_it_is_liquidated_the_gateway_alone_trades(hand: Hand) -> None:
    """Not even what reduces is let in."""
    figures = hand.figures(make_exposure(BTC, "1"), margin_level="1")
    hand.look(figures)

    assert not hand.is_let_in(side=Side.SELL, figures=figures)


def test_a_halt_is_of_one_or_of_all(hand: Hand) -> None:
    """The stricter holds."""
    hand.risk.set_state("bob", Turn.HALT, now_ns=hand.now_ns, **DESK)
    assert [hand.is_let_in(figures=make_figures(user_id=user_id)) for user_id in ("alice", "bob")] == [True, False]

    hand.risk.set_state(None, Turn.HALT, now_ns=hand.now_ns, **DESK)
    hand.risk.set_state("bob", Turn.RESUME, now_ns=hand.now_ns, **DESK)

    assert [hand.is_let_in(figures=make_figures(user_id=user_id)) for user_id in ("alice", "bob")] == [False, False]


def test_a_refused_order_is_not_counted(hand: Hand) -> None:
    """Everything is checked first: what is too large does not use up the rate."""
    hand.risk.set_limits("alice", None, {"order_rate": "1", "order_burst": "1"}, now_ns=hand.now_ns, **DESK)
    for _ in range(3):
        with pytest.raises(RiskLimitExceeded) as raised:
            hand.order(quantity="1000000")
        assert raised.value.details["limit"] == "order_notional"

    hand.order()
    with pytest.raises(RiskLimitExceeded) as raised:
        hand.order()

    assert raised.value.details["limit"] == "order_rate"


def test_a_change_is_judged_and_counted_as_an_order_is(hand: Hand) -> None:
    """By the limits of its instrument, by the state, and by the rate."""
    hand.risk.set_limits("alice", BTC, {"order_notional": "700"}, now_ns=hand.now_ns, **DESK)
    hand.risk.set_limits("alice", None, {"order_rate": "1", "order_burst": "1"}, now_ns=hand.now_ns, **DESK)

    def amend(quantity: str) -> str | None:
        try:
            hand.risk.check_amend(
                make_order(price="1", placed_ns=NOW_NS),
                Decimal(quantity),
                Decimal(100),
                make_figures(make_exposure(BTC, "0", open_buys="1")),
                mark=FRESH,
                quote_rate=ONE,
                now_ns=hand.now_ns,
            )
        except RiskLimitExceeded as error:
            return str(error.details["limit"])
        except Halted:
            return "halted"
        return None

    assert [amend("8"), amend("7"), amend("7")] == ["order_notional", None, "order_rate"]
    hand.risk.set_state("alice", Turn.REDUCE, now_ns=hand.now_ns, **DESK)
    hand.now_ns += 60 * NS_PER_S
    assert amend("7") == "halted"


def test_limits_of_an_instrument_hold_on_it(hand: Hand) -> None:
    """And on no other."""
    hand.risk.set_limits(None, BTC, {"order_notional": "50"}, now_ns=hand.now_ns, **DESK)
    with pytest.raises(RiskLimitExceeded):
        hand.order()

    hand.risk.check_order(
        make_request(instrument_id=ETH), make_figures(), mark=FRESH, quote_rate=ONE, now_ns=hand.now_ns
    )


def test_alarms_of_other_slices_are_kept(hand: Hand) -> None:
    """Raised, counted and resolved."""
    alarm = Alarm(user_id="alice", alert_type="bot_stale", severity=Severity.WARNING, message="silent")
    hand.risk.raise_alert(alarm, now_ns=hand.now_ns)
    hand.risk.raise_alert(alarm, now_ns=hand.now_ns)
    hand.risk.advance(now_ns=hand.now_ns + NS_PER_S, most=10)
    hand.risk.resolve_alert("alice", "bot_stale", now_ns=hand.now_ns + 60 * NS_PER_S)
    hand.risk.resolve_alert("bob", "bot_stale", now_ns=hand.now_ns)

    assert hand.take() == ["raised bot_stale", "updated bot_stale", "resolved bot_stale"]


def test_a_platforms_call_is_taken_whole_or_not_at_all(hand: Hand) -> None:
    """One too many refuses all."""
    reports = [make_report(1, dedup_key=f"k{number}") for number in range(201)]

    with pytest.raises(InvalidArgument):
        hand.risk.receive_handed_in(reports, now_ns=hand.now_ns)

    assert hand.take() == []
    hand.risk.receive_handed_in(reports[:200], now_ns=hand.now_ns)
    assert len(hand.take()) == 200


def everything(hand: Hand) -> None:
    """Something of each kind."""
    now_ns = hand.now_ns
    hand.risk.set_limits("alice", BTC, {"order_notional": "70000"}, now_ns=now_ns, **DESK)
    hand.risk.set_limits(None, None, {"open_orders": "70", "order_burst": "off"}, now_ns=now_ns, **DESK)
    hand.risk.set_state("carol", Turn.REDUCE, now_ns=now_ns, **DESK)
    hand.risk.note_cancelling(None, ETH, now_ns=now_ns, **DESK)
    hand.risk.receive_handed_in(
        [make_report(4), make_report(5, is_resolved=True), make_report(3, dedup_key="k2", is_resolved=True)],
        now_ns=now_ns,
    )
    for level in ("1.4", "1.05"):
        hand.look(hand.figures(make_exposure(BTC, "1"), make_exposure(ETH, "-3"), margin_level=level), after_s=40)
    hand.look(make_figures(user_id="bob"), after_s=1)
    hand.look(make_figures(user_id="bob", equity="1500"), after_s=60)
    hand.look(make_figures(user_id="bob", equity="1000"), after_s=1)
    (first, *_) = hand.risk.alerts.unresolved("bob")
    hand.risk.acknowledge(None, first.alert_id, by="desk", note="on it", now_ns=hand.now_ns)
    hand.risk.advance(now_ns=hand.now_ns + 400 * NS_PER_S, most=100)
    hand.take()


def test_the_journal_makes_the_same_state(hand: Hand) -> None:
    """From its beginning, or from a checkpoint at any point: to the last byte."""
    everything(hand)
    whole = hand.risk.checkpoint()

    for begun_with in range(len(hand.journal) + 1):
        before, after = Hand().risk, Hand().risk
        for body in hand.journal[:begun_with]:
            before.apply_record(body)
        after.restore(before.checkpoint())
        for body in hand.journal[begun_with:]:
            after.apply_record(body)

        assert after.checkpoint() == whole
        assert after.take() == []


def test_what_is_restored_decides_the_same(hand: Hand) -> None:
    """Who is halted, what is allowed, and what is to be done."""
    everything(hand)
    other = Hand(now_ns=hand.now_ns)
    other.risk.restore(hand.risk.checkpoint())
    quiet = hand.figures(make_exposure(BTC, "1"), make_exposure(ETH, "-3"), margin_level="1.05")

    for one in (hand, other):
        assert not one.is_let_in(figures=make_figures(user_id="carol"))
        assert one.risk.limits.of("alice", BTC).order_notional == 70_000
        assert one.look(quiet, after_s=60) == ["LiquidationClosing"]
    assert other.action(quiet) == hand.action(quiet) == ClosePosition(user_id="alice", instrument_id=ETH)
    assert other.risk.checkpoint() == hand.risk.checkpoint()
    assert AlertType.LIQUIDATION in {alert.alert_type for alert in other.risk.alerts.unresolved("alice")}
