"""Trading states: what the desk and a liquidation make of them."""

import itertools

import pytest

from components.model.errors import Halted
from components.risk.facts import TradingState
from components.risk.trading_state import TRANSITIONS, TradingStates, Turn
from tests.support.risk_cases import NOW_NS

ACTIVE, REDUCING, HALTED = TradingState


def do(states: TradingStates, user_id: str | None, turn: Turn, *, is_liquidating: bool = False) -> None:
    """Decide, and be so."""
    states.apply(
        states.decide(user_id, turn, by="desk", reason="because", now_ns=NOW_NS, is_liquidating=is_liquidating)
    )


def test_every_turn_leads_somewhere() -> None:
    """The table has no hole."""
    assert set(TRANSITIONS) == set(itertools.product(TradingState, Turn))


@pytest.mark.parametrize(("before", "turn"), TRANSITIONS)
def test_an_account_goes_where_the_table_says(before: TradingState, turn: Turn) -> None:
    """From every state, by every turn."""
    states = TradingStates()
    if before is not ACTIVE:
        do(states, "alice", Turn.HALT if before is HALTED else Turn.REDUCE)

    do(states, "alice", turn)

    assert states.own("alice") is TRANSITIONS[before, turn]


@pytest.mark.parametrize(
    ("of_all", "of_one", "expected"),
    [
        (ACTIVE, ACTIVE, ACTIVE),
        (REDUCING, ACTIVE, REDUCING),
        (ACTIVE, REDUCING, REDUCING),
        (HALTED, REDUCING, HALTED),
        (REDUCING, HALTED, HALTED),
    ],
)
def test_the_stricter_of_the_two_holds(of_all: TradingState, of_one: TradingState, expected: TradingState) -> None:
    """A state of all is one for each, and none is made milder by it."""
    states, turns = TradingStates(), {ACTIVE: Turn.RESUME, REDUCING: Turn.REDUCE, HALTED: Turn.HALT}
    do(states, None, turns[of_all])
    do(states, "alice", turns[of_one])

    cause = states.cause("alice")

    assert states.of("alice") is expected
    assert (None if cause is None else cause.after) == (None if expected is ACTIVE else expected)
    assert (states.of("bob"), states.own(None)) == (of_all, of_all)


def test_who_is_liquidated_is_not_let_in_again() -> None:
    """From halted to reducing, and no further."""
    states = TradingStates()
    states.apply(states.decide_liquidation("alice", reason="liquidation", now_ns=NOW_NS))
    assert states.own("alice") is REDUCING

    do(states, "alice", Turn.HALT, is_liquidating=True)
    do(states, "alice", Turn.RESUME, is_liquidating=True)
    assert states.own("alice") is REDUCING
    with pytest.raises(Halted):
        do(states, "alice", Turn.RESUME, is_liquidating=True)

    do(states, "alice", Turn.RESUME)
    assert states.own("alice") is ACTIVE


def test_a_checkpoint_tells_who_is_not_active() -> None:
    """In an order of its own, and with the reasons."""
    states, other = TradingStates(), TradingStates()
    for user_id in ("bob", None, "alice", "carol"):
        do(states, user_id, Turn.HALT)
    do(states, "carol", Turn.RESUME)

    other.restore(states.checkpoint())

    assert [fact.user_id for fact in states.checkpoint()] == [None, "alice", "bob"]
    assert other.checkpoint() == states.checkpoint()
    assert other.of("alice") is HALTED
