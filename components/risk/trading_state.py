"""
What accounts may trade: the state of each, and of all; the stricter of the two holds.

| state | may trade |
|---|---|
| `active` | everything that the limits allow |
| `reducing` | what can only make a position smaller |
| `halted` | nothing new |

| state | halt | halt to `reducing` | resume | liquidation begins |
|---|---|---|---|---|
| `active` | `halted` | `reducing` | `active` | `reducing` |
| `reducing` | `halted` | `reducing` | `active`; refused while it is liquidated | `reducing` |
| `halted` | `halted` | `reducing` | `active`; `reducing` while it is liquidated | `halted` |

A cancel passes in every state. The end of a liquidation changes none: the desk resumes the account, or does not.
"""

import enum
from collections.abc import Mapping

from components.model.errors import Halted
from components.risk.facts import GATEWAY, TradingState, TradingStateSet


class Turn(enum.Enum):
    """What can be done to a state."""

    HALT = "stop everything new"
    REDUCE = "let positions become smaller only"
    RESUME = "let everything in again"
    LIQUIDATE = "the gateway closes the account"


_ACTIVE, _REDUCING, _HALTED = TradingState

TRANSITIONS: Mapping[tuple[TradingState, Turn], TradingState] = {
    (_ACTIVE, Turn.HALT): _HALTED,
    (_ACTIVE, Turn.REDUCE): _REDUCING,
    (_ACTIVE, Turn.RESUME): _ACTIVE,
    (_ACTIVE, Turn.LIQUIDATE): _REDUCING,
    (_REDUCING, Turn.HALT): _HALTED,
    (_REDUCING, Turn.REDUCE): _REDUCING,
    (_REDUCING, Turn.RESUME): _ACTIVE,
    (_REDUCING, Turn.LIQUIDATE): _REDUCING,
    (_HALTED, Turn.HALT): _HALTED,
    (_HALTED, Turn.REDUCE): _REDUCING,
    (_HALTED, Turn.RESUME): _ACTIVE,
    (_HALTED, Turn.LIQUIDATE): _HALTED,
}


class TradingStates:
    """
    Which state every account is in, and all of them.

    Sans-I/O. It decides, and is changed by facts alone.

    Shape: the last fact of each account that is not `active`; under None, that of all.
    """

    def __init__(self) -> None:
        """Begin with everybody active."""
        self._set: dict[str | None, TradingStateSet] = {}

    def own(self, user_id: str | None) -> TradingState:
        """The state of one account by itself, or of all where the user is None."""
        fact = self._set.get(user_id)
        return TradingState.ACTIVE if fact is None else fact.after

    def of(self, user_id: str) -> TradingState:
        """The state that holds for an account: the stricter of its own and that of all."""
        return max(self.own(user_id), self.own(None), key=lambda state: state.strictness)

    def cause(self, user_id: str | None) -> TradingStateSet | None:
        """What made the state that holds for an account, or for all; None where that is active."""
        facts = [self._set[one] for one in (None, user_id) if one in self._set]
        return max(facts, key=lambda fact: fact.after.strictness, default=None)

    def decide(
        self, user_id: str | None, turn: Turn, *, by: str, reason: str, now_ns: int, is_liquidating: bool = False
    ) -> TradingStateSet:
        """
        What comes of doing something to a state.

        Raises:
            Halted: The account is to be resumed while it is liquidated.
        """
        before = self.own(user_id)
        after = TRANSITIONS[before, turn]
        if is_liquidating and after is TradingState.ACTIVE:
            if before is not TradingState.HALTED:
                raise Halted("the account is being liquidated; it can be resumed when that has ended")
            after = TradingState.REDUCING
        return TradingStateSet(ts_ns=now_ns, user_id=user_id, before=before, after=after, by=by, reason=reason)

    def decide_liquidation(self, user_id: str, *, reason: str, now_ns: int) -> TradingStateSet:
        """What comes of a liquidation."""
        return self.decide(user_id, Turn.LIQUIDATE, by=GATEWAY, reason=reason, now_ns=now_ns, is_liquidating=True)

    def apply(self, fact: TradingStateSet) -> None:
        """Be in the state that was decided."""
        self._set.pop(fact.user_id, None)
        if fact.after is not TradingState.ACTIVE:
            self._set[fact.user_id] = fact

    def checkpoint(self) -> list[TradingStateSet]:
        """Who is not active, and why."""
        return [self._set[user_id] for user_id in sorted(self._set, key=lambda one: (one is not None, one or ""))]

    def restore(self, checkpoint: list[TradingStateSet]) -> None:
        """Take over who was not active."""
        self._set = {fact.user_id: fact for fact in checkpoint}
