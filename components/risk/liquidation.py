"""
The end of an account that has too little left: its orders are cancelled, then its positions are closed.

| stage | what is so | what is done | stage then |
|---|---|---|---|
| none | the margin level is at `margin_liquidation_level` or below, by good prices | the account goes to `reducing` | cancelling |
| cancelling | orders are open | they are cancelled, again every `RETRY_NS` | the same; closing after `PATIENCE_NS` |
| cancelling | none is open | | closing |
| closing | a position is open | the largest that was not asked for lately is closed by one market order | the same |
| any | nothing is held | | none: `flat` |
| any | the margin level is well above its limit again | | none: `recovered` |
| any | the limit was taken away | | none: `withdrawn` |

A halt, of the account or of all, suspends the closing, and nothing else. A position whose price is not good is left for
later. What was asked, and when, does not outlive the process; that an account is liquidated does: after a start
everything is asked for again, and asking twice for the same does nothing.
"""  # noqa: E501 - rows of a table

from collections.abc import Sequence
from decimal import Decimal

import attrs
import msgspec

from components.contract.envelope import NS_PER_S
from components.model.accounts import AccountFigures, Exposure
from components.model.money import ZERO
from components.risk.facts import LiquidationBegun, LiquidationClosing, LiquidationEnded, TradingState

RETRY_NS = 5 * NS_PER_S
LONGEST_RETRY_NS = 60 * NS_PER_S
_MOST_DOUBLINGS = 8
PATIENCE_NS = 30 * NS_PER_S
SETTLE_NS = NS_PER_S
"""How long a closing order is waited for until the next one is sent: the first may have been enough."""

FLAT = "flat"
RECOVERED = "recovered"
WITHDRAWN = "withdrawn"

LiquidationFact = LiquidationBegun | LiquidationClosing | LiquidationEnded


@attrs.frozen(kw_only=True)
class CancelOrders:
    """All open orders of an account are to be cancelled."""

    user_id: str


@attrs.frozen(kw_only=True)
class ClosePosition:
    """A position is to be closed by one market order."""

    user_id: str
    instrument_id: str


Action = CancelOrders | ClosePosition


class Liquidation(msgspec.Struct, frozen=True, kw_only=True):
    """
    One account that is liquidated.

    Attributes:
        begun_ns: Since when.
        is_closing: Whether its positions are closed already.
        margin_level: What it was when it began.
    """

    user_id: str
    begun_ns: int
    margin_level: Decimal
    is_closing: bool = False


@attrs.define
class _Asked:
    at_ns: int
    times: int

    def is_due(self, now_ns: int) -> bool:
        return now_ns - self.at_ns >= min(RETRY_NS << min(self.times - 1, _MOST_DOUBLINGS), LONGEST_RETRY_NS)


@attrs.frozen(kw_only=True)
class Case:
    """
    One account as it is looked at.

    Attributes:
        limit: Its `margin_liquidation_level`.
        is_recovered: Whether the margin level is well above that.
        faults: By whose price it cannot be judged.
        state: What the account may trade.
    """

    figures: AccountFigures
    limit: Decimal | None
    is_recovered: bool
    faults: Sequence[str]
    state: TradingState
    now_ns: int


class Liquidations:
    """
    Decide which accounts are liquidated, and what is to be done next with each.

    Sans-I/O. Facts say who is liquidated; what is to be done is carried out by whoever asks.
    """

    def __init__(self) -> None:
        """Begin with nobody."""
        self._running: dict[str, Liquidation] = {}
        self._asked: dict[str, dict[str | None, _Asked]] = {}

    def of(self, user_id: str) -> Liquidation | None:
        """The liquidation of an account that is on."""
        return self._running.get(user_id)

    def decide(self, case: Case) -> list[LiquidationFact]:
        """What becomes of an account."""
        running = self._running.get(case.figures.user_id)
        if running is None:
            return _begun(case)
        user_id, now_ns = case.figures.user_id, case.now_ns
        ended = _ended(case)
        if ended is not None:
            return [LiquidationEnded(ts_ns=now_ns, user_id=user_id, reason=ended)]
        is_patient = now_ns - running.begun_ns < PATIENCE_NS
        if running.is_closing or (case.figures.open_orders and is_patient):
            return []
        return [LiquidationClosing(ts_ns=now_ns, user_id=user_id)]

    def next_action(self, case: Case) -> Action | None:
        """What is to be done with an account now; it counts as asked."""
        running = self._running.get(case.figures.user_id)
        if running is None:
            return None
        asked = self._asked.setdefault(running.user_id, {})
        if not running.is_closing:
            is_due = None not in asked or asked[None].is_due(case.now_ns)
            return self._ask(running.user_id, None, case.now_ns) if case.figures.open_orders and is_due else None
        if case.state is TradingState.HALTED:
            return None
        instrument_id = _next_position(case, asked)
        return None if instrument_id is None else self._ask(running.user_id, instrument_id, case.now_ns)

    def apply(self, fact: LiquidationFact) -> None:
        """Take a fact in."""
        match fact:
            case LiquidationBegun():
                self._running[fact.user_id] = Liquidation(
                    user_id=fact.user_id, begun_ns=fact.ts_ns, margin_level=fact.margin_level
                )
            case LiquidationClosing():
                self._running[fact.user_id] = msgspec.structs.replace(self._running[fact.user_id], is_closing=True)
            case LiquidationEnded():
                del self._running[fact.user_id]
                self._asked.pop(fact.user_id, None)

    def user_ids(self) -> list[str]:
        """Who is liquidated."""
        return list(self._running)

    def checkpoint(self) -> list[Liquidation]:
        """Who is liquidated, and how far that is."""
        return [self._running[user_id] for user_id in sorted(self._running)]

    def restore(self, checkpoint: list[Liquidation]) -> None:
        """Take over who was liquidated."""
        self._running = {running.user_id: running for running in checkpoint}

    def _ask(self, user_id: str, instrument_id: str | None, now_ns: int) -> Action:
        asked = self._asked[user_id]
        before = asked.get(instrument_id)
        asked[instrument_id] = _Asked(now_ns, 1 if before is None else before.times + 1)
        if instrument_id is None:
            return CancelOrders(user_id=user_id)
        return ClosePosition(user_id=user_id, instrument_id=instrument_id)


def _begun(case: Case) -> list[LiquidationFact]:
    level = case.figures.margin_level
    if case.faults or case.limit is None or level is None or level > case.limit or not _held(case.figures):
        return []
    return [LiquidationBegun(ts_ns=case.now_ns, user_id=case.figures.user_id, margin_level=level, limit=case.limit)]


def _ended(case: Case) -> str | None:
    if not _held(case.figures):
        return FLAT
    if case.limit is None:
        return WITHDRAWN
    return RECOVERED if case.is_recovered and not case.faults else None


def _held(figures: AccountFigures) -> list[Exposure]:
    return [exposure for exposure in figures.exposures if exposure.quantity]


def _next_position(case: Case, asked: dict[str | None, _Asked]) -> str | None:
    held = _held(case.figures)
    for exposure in held:
        last = asked.get(exposure.instrument_id)
        if last is not None and case.now_ns - last.at_ns < SETTLE_NS:
            return None
    due = [
        exposure
        for exposure in held
        if exposure.instrument_id not in case.faults
        and (exposure.instrument_id not in asked or asked[exposure.instrument_id].is_due(case.now_ns))
    ]
    return max(due, key=_size).instrument_id if due else None


def _size(exposure: Exposure) -> Decimal:
    return exposure.notional or ZERO
