"""
Netting: what a trade makes of a position, and what it realises.

A trade to the same side adds its price times quantity to the cost. One to the other side closes: it takes its share of
the cost along, by `quotient`, and realises the difference to its price; the rest of the cost is what is left of it by
subtraction, so that cost and realised profit and loss together are always exactly what was paid and received. A trade
beyond zero closes all, and opens the other side at its price.
"""

from decimal import Decimal

import msgspec

from components.model.money import ZERO, exact, quotient
from components.model.orders import Position


@exact
def traded(position: Position, quantity: Decimal, price: Decimal, *, ts_ns: int) -> tuple[Position, Decimal]:
    """
    The position after a trade, and the profit or loss that it realised.

    Args:
        position: Before.
        quantity: What was traded, signed: less than 0 was sold.
        price: At which price.
        ts_ns: When.
    """
    held, cost, realised = _netted(position.quantity, position.cost, quantity, price)
    after = msgspec.structs.replace(
        position, quantity=held, cost=cost, realised_pnl=position.realised_pnl + realised, updated_ns=ts_ns
    )
    return after, realised


@exact
def charged(position: Position, commission: Decimal, price: Decimal) -> Position:
    """
    The position after a commission in base currency was taken out of what is held.

    It leaves at what it cost, and realises nothing: commissions are no part of realised profit and loss. What is not
    held, and what a rebate brings, counts at the price of the trade.
    """
    held, cost, _ = _netted(position.quantity, position.cost, -commission, price)
    return msgspec.structs.replace(position, quantity=held, cost=cost)


def _netted(held: Decimal, cost: Decimal, quantity: Decimal, price: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    value = quantity * price
    after = held + quantity
    if not held or (held > 0) is (quantity > 0):
        return after, cost + value, ZERO
    if abs(quantity) > abs(held):
        return after, after * price, held * price - cost
    share = cost if not after else quotient(cost * -quantity, held)
    return after, cost - share, -value - share
