"""The end of an account that has too little left."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from components.contract.envelope import NS_PER_S
from components.model.accounts import AccountFigures
from components.risk.facts import TradingState
from components.risk.liquidation import Action, CancelOrders, Case, ClosePosition, Liquidations
from tests.support.risk_cases import BTC, ETH, NOW_NS, make_exposure, make_figures

LOW = make_figures(make_exposure(BTC, "1"), make_exposure(ETH, "-3"), margin_level="1.1", open_orders=2)
QUIET = attrs.evolve(LOW, open_orders=0)
FLAT = make_figures(margin_level=None)


@attrs.define
class Hand:
    """One account that is looked at, on a clock in the test's hands."""

    liquidations: Liquidations = attrs.field(factory=Liquidations)
    now_ns: int = NOW_NS

    def look(self, figures: AccountFigures, *, after_s: float = 0, **fields: Any) -> tuple[list[str], Action | None]:
        """Look a while later; give what was decided and what is to be done."""
        self.now_ns += int(after_s * NS_PER_S)
        case = Case(
            **{
                "figures": figures,
                "limit": Decimal("1.1"),
                "is_recovered": False,
                "faults": (),
                "state": TradingState.REDUCING,
                "now_ns": self.now_ns,
                **fields,
            }
        )
        facts = self.liquidations.decide(case)
        for fact in facts:
            self.liquidations.apply(fact)
        return [type(fact).__name__ for fact in facts], self.liquidations.next_action(case)


@pytest.fixture
def hand() -> Hand:
    """Nobody is liquidated."""
    return Hand()


CANCEL = CancelOrders(user_id="alice")


def close(instrument_id: str) -> ClosePosition:
    """Close that one."""
    return ClosePosition(user_id="alice", instrument_id=instrument_id)


@pytest.mark.parametrize(
    ("figures", "fields"),
    [
        (attrs.evolve(LOW, margin_level=Decimal("1.11")), {}),
        (attrs.evolve(LOW, margin_level=None), {}),
        (LOW, {"faults": [BTC]}),
        (LOW, {"limit": None}),
        (attrs.evolve(LOW, exposures=(make_exposure(BTC, "0"),)), {}),
    ],
)
def test_nobody_is_liquidated_without_need_or_good_prices(
    hand: Hand, figures: AccountFigures, fields: dict[str, Any]
) -> None:
    """Nor without anything to close."""
    assert hand.look(figures, **fields) == ([], None)
    assert hand.liquidations.user_ids() == []


def test_orders_go_first_then_positions_the_largest_first(hand: Hand) -> None:
    """One market order each, until nothing is held."""
    assert hand.look(LOW) == (["LiquidationBegun"], CANCEL)
    assert hand.look(QUIET) == (["LiquidationClosing"], close(ETH))
    without_eth = attrs.evolve(QUIET, exposures=QUIET.exposures[:1])
    assert hand.look(without_eth) == ([], close(BTC))
    assert hand.look(FLAT) == (["LiquidationEnded"], None)
    assert hand.look(FLAT) == ([], None)


def test_a_closing_order_is_waited_for(hand: Hand) -> None:
    """It may be enough; after a second the next one goes."""
    hand.look(QUIET)

    actions = [hand.look(QUIET, after_s=after_s)[1] for after_s in (0, 0.5, 0.4, 0.1, 1)]

    assert actions == [close(ETH), None, None, close(BTC), None]


def test_what_does_not_go_is_asked_for_again_ever_more_seldom(hand: Hand) -> None:
    """After 5, 10, 20, 40 and then every 60 seconds."""
    figures = make_figures(make_exposure(BTC, "1"), margin_level="1")
    hand.look(figures)

    asked = [second for second in range(300) if hand.look(figures, after_s=1 if second else 0)[1] is not None]

    assert asked == [0, 5, 15, 35, 75, 135, 195, 255]


def test_orders_that_do_not_go_do_not_stop_it(hand: Hand) -> None:
    """They are cancelled again, and after half a minute positions are closed all the same."""
    hand.look(LOW)

    told = [hand.look(LOW, after_s=1) for _ in range(30)]

    assert [second for second, (_, action) in enumerate(told, 1) if action == CANCEL] == [5, 15]
    assert told[-1] == (["LiquidationClosing"], close(ETH))


@pytest.mark.parametrize(
    ("figures", "fields", "reason"),
    [
        (FLAT, {}, "flat"),
        (FLAT, {"faults": ["DUST"]}, "flat"),
        (QUIET, {"is_recovered": True}, "recovered"),
        (QUIET, {"limit": None, "is_recovered": True}, "withdrawn"),
        (LOW, {"is_recovered": True}, "recovered"),
    ],
)
def test_it_ends_flat_recovered_or_by_the_desk(
    hand: Hand, figures: AccountFigures, fields: dict[str, Any], reason: str
) -> None:
    """At any stage."""
    hand.look(LOW)
    case = Case(
        **{"figures": figures, "limit": Decimal("1.1"), "is_recovered": False, "faults": (), **fields},
        state=TradingState.REDUCING,
        now_ns=NOW_NS,
    )

    (ended,) = hand.liquidations.decide(case)

    assert getattr(ended, "reason", None) == reason


def test_without_good_prices_it_is_not_recovered(hand: Hand) -> None:
    """What is closed is what has one."""
    hand.look(QUIET)

    assert hand.look(QUIET, faults=[ETH], is_recovered=True) == (["LiquidationClosing"], close(BTC))
    assert hand.look(QUIET, after_s=2, faults=[ETH, BTC]) == ([], None)


def test_a_halt_suspends_the_closing(hand: Hand) -> None:
    """Orders are cancelled all the same."""
    halted: dict[str, Any] = {"state": TradingState.HALTED}
    assert hand.look(LOW, **halted) == (["LiquidationBegun"], CANCEL)
    assert hand.look(QUIET, **halted) == (["LiquidationClosing"], None)

    assert hand.look(QUIET, after_s=60, **halted) == ([], None)
    assert hand.look(QUIET) == ([], close(ETH))


def test_a_position_without_a_worth_comes_last(hand: Hand) -> None:
    """And comes."""
    figures = make_figures(make_exposure(BTC, "1", mark=None), make_exposure(ETH, "0.001"), margin_level="1")
    hand.look(figures)

    assert [hand.look(figures, after_s=after_s)[1] for after_s in (0, 1)] == [close(ETH), close(BTC)]


def test_it_goes_on_after_a_start(hand: Hand) -> None:
    """Everything is asked for again, as nobody knows what came of it."""
    hand.look(LOW)
    hand.look(attrs.evolve(LOW, user_id="bob"))
    hand.look(QUIET)
    other = Hand()

    other.liquidations.restore(hand.liquidations.checkpoint())

    assert other.liquidations.checkpoint() == hand.liquidations.checkpoint()
    assert other.liquidations.user_ids() == ["alice", "bob"]
    assert other.look(QUIET) == ([], close(ETH))
    assert other.look(attrs.evolve(LOW, user_id="bob")) == ([], CancelOrders(user_id="bob"))
    running = other.liquidations.of("alice")
    assert running is not None
    assert (running.is_closing, running.margin_level, running.begun_ns) == (True, Decimal("1.1"), NOW_NS)
