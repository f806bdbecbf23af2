"""What accounts hold while the venue on paper executes: what the ledger says, and what it has not been told yet."""

from collections.abc import Callable
from decimal import Decimal

import attrs

from components.model.market import Side
from components.model.money import ZERO, exact
from components.trading.paper.working_order import WorkingOrder

Held = Callable[[str, str], Decimal]
"""What a user holds of an instrument, signed, as the ledger has it."""


@attrs.define
class _Untold:
    change: Decimal = ZERO
    charge: Decimal = ZERO


class Holdings:
    """
    Say how much of a position a reduce-only order can still take away.

    The ledger hears of executions when the venue has said all that one call leads to; until then they are counted here.

    Shape: what was executed in this call, by user and instrument.
    """

    def __init__(self, held: Held) -> None:
        """Begin with what the ledger says."""
        self._held = held
        self._untold: dict[tuple[str, str], _Untold] = {}

    def begin(self) -> None:
        """Another call begins: the ledger knows what was executed in those before."""
        self._untold.clear()

    @exact
    def note(self, order: WorkingOrder, quantity: Decimal, charge: Decimal) -> None:
        """
        Some of an order was executed.

        Args:
            order: Which.
            quantity: How much of it, in base currency.
            charge: Commission in base currency, which a buyer on cash gets less.
        """
        untold = self._untold.setdefault((order.order.user_id, order.order.instrument_id), _Untold())
        untold.change += quantity if order.side is Side.BUY else -quantity
        untold.charge += max(charge, ZERO)

    @exact
    def reducible(self, order: WorkingOrder) -> Decimal:
        """How much an order could take away from the position that it is against, at least."""
        user_id, instrument_id = order.order.user_id, order.order.instrument_id
        untold = self._untold.get((user_id, instrument_id)) or _Untold()
        held = self._held(user_id, instrument_id) + untold.change
        return max(held - untold.charge if order.side is Side.SELL else -held, ZERO)
