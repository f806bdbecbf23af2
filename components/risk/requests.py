"""What callers hand over about risk, checked."""

from components.model.arguments import integer_of, one_of, text_of
from components.model.errors import InvalidArgument
from components.risk.facts import AlertState, TradingState
from components.risk.trading_state import Turn
from components.risk.views import MOST_ALERTS

LONGEST_ALERT_ID_CHARS = 64
_TURNS = {TradingState.HALTED.value: Turn.HALT, TradingState.REDUCING.value: Turn.REDUCE}


def halt_of(value: object) -> Turn:
    """
    How far trading is to be stopped.

    Raises:
        InvalidArgument: It is none of the states that stop anything.
    """
    return _TURNS[one_of("state", value, tuple(_TURNS))]


def alert_id_of(value: object) -> str:
    """
    The name of an alert.

    Raises:
        InvalidArgument: No alert has a name like that.
    """
    text = text_of("alert_id", value)
    if not 0 < len(text) <= LONGEST_ALERT_ID_CHARS:
        raise InvalidArgument("alert_id", f"expected 1 to {LONGEST_ALERT_ID_CHARS} characters")
    return text


def alert_state_of(value: object) -> AlertState | None:
    """
    Which alerts are asked for; None is all.

    Raises:
        InvalidArgument: It is no state of alerts.
    """
    return None if value is None else AlertState(one_of("state", value, tuple(AlertState)))


def alert_limit_of(value: object) -> int:
    """
    How many alerts are asked for.

    Raises:
        InvalidArgument: It is no number, or out of range.
    """
    return integer_of("limit", value, least=1, most=MOST_ALERTS)
