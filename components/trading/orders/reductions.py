"""What reduce-only orders may still reduce."""

from decimal import Decimal

from components.model.accounts import is_reducing
from components.model.errors import RiskLimitExceeded
from components.model.market import Side
from components.model.money import ZERO, amount_text, exact
from components.model.orders import Fill, Order, OrderRequest
from components.trading.ledger.ledger import Ledger


class Reductions:
    """
    Hold reduce-only orders against the position that they reduce.

    All of an account's on one side of an instrument together are never more than the position. Where it becomes smaller
    otherwise, those that have nothing to reduce any more, the newest, have to go.
    """

    def __init__(self, ledger: Ledger) -> None:
        """Look at the positions and orders of a ledger."""
        self._ledger = ledger

    @exact
    def check(self, user_id: str, request: OrderRequest, *, amended: Order | None = None) -> None:
        """
        See whether a reduce-only order has something to reduce; any other may be as large as it likes.

        Args:
            user_id: Whose.
            request: What is asked for.
            amended: The open order that becomes so; None for a new one.

        Raises:
            RiskLimitExceeded: It is more than what is not reduced by others; the limit is `reduce_only`.
        """
        if not request.reduce_only:
            return
        side, held = request.side, self._ledger.position(user_id, request.instrument_id).quantity
        others = [
            one for one in self._orders(user_id, request.instrument_id) if one.side is side and one is not amended
        ]
        covered = sum((one.remaining_quantity for one in others), ZERO)
        wanted = request.quantity - (amended.filled_quantity if amended else ZERO)
        if not is_reducing(side, covered + wanted, held):
            reducible = max(_reducible(side, held) - covered, ZERO)
            raise RiskLimitExceeded("reduce_only", allowed=amount_text(reducible), requested=amount_text(wanted))

    def reduced_by(self, fill: Fill) -> tuple[str, str] | None:
        """The user and the instrument of the position that an execution makes smaller, if no reduce-only order did."""
        order = self._ledger.order_of(fill.order_id)
        held = self._ledger.position(fill.user_id, fill.instrument_id).quantity
        if order is None or order.reduce_only or not _reducible(fill.side, held):
            return None
        return fill.user_id, fill.instrument_id

    @exact
    def uncovered(self, user_id: str, instrument_id: str) -> list[Order]:
        """The reduce-only orders for which the older ones leave nothing to reduce."""
        held = self._ledger.position(user_id, instrument_id).quantity
        left = {side: _reducible(side, held) for side in Side}
        uncovered = []
        for order in self._orders(user_id, instrument_id):
            if order.remaining_quantity > left[order.side]:
                uncovered.append(order)
            else:
                left[order.side] -= order.remaining_quantity
        return uncovered

    def _orders(self, user_id: str, instrument_id: str) -> list[Order]:
        return [one for one in self._ledger.open_orders(user_id, instrument_id) if one.reduce_only]


def _reducible(side: Side, held: Decimal) -> Decimal:
    """How much of a position orders of one side can take away."""
    return max(held if side is Side.SELL else held.copy_negate(), ZERO)
