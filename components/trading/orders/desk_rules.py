"""By which rules accounts begin, and orders are paid for."""

from collections.abc import Mapping
from decimal import Decimal

import attrs

from components.contract.envelope import NS_PER_S
from components.model.money import ZERO


@attrs.frozen(kw_only=True)
class DeskRules:
    """
    What the operator has decided about accounts.

    Attributes:
        currency: Of the account's figures.
        opening_balances: What an account is given when it begins, by currency.
        is_margin: Whether accounts that begin hold positions on margin.
        is_external: Whether a platform keeps the money and positions of accounts that begin, and judges what they may.
        initial_margin_rate: How much equity a margin account needs for what it holds and wants, as a part of its worth.
        maker_rate: Commission of the venue for an order that was there before, as a part of what is traded.
        taker_rate: The same of an order that came to it.
        is_commission_in_quote: Whether a buyer pays it in quote currency, on top of the price.
        unknown_after_ns: How long a venue may leave a request without an answer.
    """

    currency: str
    opening_balances: Mapping[str, Decimal]
    is_margin: bool = False
    is_external: bool = False
    initial_margin_rate: Decimal = Decimal("0.1")
    maker_rate: Decimal = ZERO
    taker_rate: Decimal = ZERO
    is_commission_in_quote: bool = True
    unknown_after_ns: int = 10 * NS_PER_S
