"""What operators hand over to put money into an account or take some out, checked."""

import re
from decimal import Decimal

import attrs

from components.model.arguments import Sign, decimal_of, text_of, user_id_of
from components.model.errors import InvalidArgument
from components.trading.orders.order_arguments import read_id

LONGEST_REASON_CHARS = 256
_CURRENCY = re.compile(r"[A-Z0-9]{1,16}")


@attrs.frozen(kw_only=True)
class Adjustment:
    """
    What is to be done to one balance.

    Attributes:
        adjustment_id: The operator's name for it: the same one is done once.
        amount: Less than 0 takes out; never 0.
        reason: Why, in the operator's words.
    """

    user_id: str
    currency: str
    amount: Decimal
    adjustment_id: str
    reason: str


def read_adjustment(
    *, user_id: object, currency: object, amount: object, adjustment_id: object, reason: object
) -> Adjustment:
    """
    The adjustment that a call asks for.

    Raises:
        InvalidArgument: An argument is of the wrong type or out of range.
    """
    adjustment = Adjustment(
        user_id=user_id_of("user_id", user_id),
        currency=text_of("currency", currency),
        amount=decimal_of("amount", amount, sign=Sign.ANY),
        adjustment_id=read_id("adjustment_id", adjustment_id),
        reason=text_of("reason", reason),
    )
    if _CURRENCY.fullmatch(adjustment.currency) is None:
        raise InvalidArgument("currency", "expected a currency such as USDT: 1 to 16 capital letters and digits")
    if not adjustment.amount:
        raise InvalidArgument("amount", "expected a number above or below zero")
    if not adjustment.reason.isprintable() or not 0 < len(adjustment.reason) <= LONGEST_REASON_CHARS:
        raise InvalidArgument("reason", f"expected 1 to {LONGEST_REASON_CHARS} printable characters")
    return adjustment
