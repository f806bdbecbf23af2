"""Why the venue on paper ended an order, or refused a request: the words of the reference."""

NO_LIQUIDITY = "no_liquidity"
"""What was left could not be executed at once, and may not wait."""

INSUFFICIENT_FUNDS = "insufficient_funds"
"""What is left of the budget buys nothing more."""

SELF_TRADE = "self_trade"
"""It came upon a resting order of the same user."""

WOULD_TAKE = "would_take"
"""It may only rest, and would have been executed at once."""

GOOD_TILL_DATE = "good_till_date"
"""Its date has come."""

UNKNOWN_CURRENCY = "unknown_currency"
"""It does not say which currencies it trades."""

TOO_LATE = "too_late"
"""The order had ended before the request took effect."""

ALREADY_FILLED = "already_filled"
"""No less than the wanted quantity is filled already."""

REDUCE_ONLY = "reduce_only"
"""There is no position left that it could make smaller; or it closes one, and is never made larger."""
