"""What an order, or a change of one, must be like to be let in: checked against limits before anything is counted."""

from decimal import Decimal

import attrs

from components.model.accounts import AccountFigures, is_reducing
from components.model.errors import Halted, RiskLimitExceeded, Unavailable
from components.model.market import Side
from components.model.money import ZERO, amount_text, exact
from components.model.orders import Order, OrderRequest
from components.risk.facts import TradingState
from components.risk.limits import OFF, Limits
from components.risk.valuation import HUNDRED, NO_MARK, Valuation, exposure_of, percent


@attrs.frozen(kw_only=True)
class Proposal:
    """
    What an account would have open if it were let.

    Attributes:
        quantity: What of it could still be executed.
        price: Its limit; None where it has none.
        position: What is held, signed.
        beside: What other open orders of the same side could still execute.
        is_new: Whether it is one more open order.
        is_smaller: Whether it is an open order that becomes smaller, at the same price.
    """

    instrument_id: str
    side: Side
    quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None
    reduce_only: bool
    position: Decimal
    beside: Decimal
    is_new: bool = True
    is_smaller: bool = False

    @property
    @exact
    def free_position(self) -> Decimal:
        """What is held that no other order would close."""
        return self.position - self.beside if self.side is Side.SELL else self.position + self.beside

    @property
    def only_reduces(self) -> bool:
        """Whether the position can only become smaller by it, whatever else is executed."""
        return is_reducing(self.side, self.quantity, self.free_position)

    @property
    @exact
    def position_after(self) -> Decimal:
        """The position in the order's direction with all of its side executed; less than 0 where it is against it."""
        held = self.position if self.side is Side.BUY else -self.position
        return held + self.beside + self.quantity


def order_proposal(request: OrderRequest, figures: AccountFigures) -> Proposal:
    """What an order would be."""
    exposure = exposure_of(figures, request.instrument_id)
    return Proposal(
        instrument_id=request.instrument_id,
        side=request.side,
        quantity=request.quantity,
        price=request.price,
        stop_price=request.stop_price,
        reduce_only=request.reduce_only,
        position=exposure.quantity,
        beside=exposure.open_buys if request.side is Side.BUY else exposure.open_sells,
    )


@exact
def amend_proposal(order: Order, quantity: Decimal, price: Decimal | None, figures: AccountFigures) -> Proposal:
    """What an open order would be with another quantity, executed quantity included, and price."""
    exposure = exposure_of(figures, order.instrument_id)
    same_side = exposure.open_buys if order.side is Side.BUY else exposure.open_sells
    return Proposal(
        instrument_id=order.instrument_id,
        side=order.side,
        quantity=max(ZERO, quantity - order.filled_quantity),
        price=price,
        stop_price=order.stop_price,
        reduce_only=order.reduce_only,
        position=exposure.quantity,
        beside=max(ZERO, same_side - order.remaining_quantity),
        is_new=False,
        is_smaller=quantity <= order.quantity and price == order.price,
    )


def check_state(proposal: Proposal, state: TradingState, *, is_liquidating: bool) -> None:
    """
    Whether the account trades at all, and in that direction.

    Raises:
        Halted: It does not.
    """
    if state is TradingState.HALTED:
        raise Halted("nothing new is traded now; a cancel always passes")
    if is_liquidating:
        raise Halted("the account is being liquidated: the gateway alone trades for it")
    if state is TradingState.REDUCING and not (proposal.only_reduces or proposal.is_smaller):
        raise Halted("only orders that make a position smaller are taken now")


def check_limits(proposal: Proposal, limits: Limits, valuation: Valuation, *, open_orders: int) -> None:
    """
    Whether the order keeps to all limits but the rate.

    An order that only reduces is judged by a price where there is one, and passes where there is none: an account must
    be able to get out. Any other that needs a price is refused without one.

    Raises:
        RiskLimitExceeded: It does not keep to the one that is named.
        Unavailable: It needs a price, and none is known.
    """
    _check_reduce_only(proposal)
    if proposal.is_new:
        _check("open_orders", limits.open_orders, Decimal(open_orders + 1))
    if valuation.fault is None:
        _check_prices(proposal, limits, valuation)
    elif _needs_price(limits) and not (proposal.only_reduces or proposal.is_smaller):
        raise _unpriced(proposal, limits, valuation, valuation.fault)


def _check_reduce_only(proposal: Proposal) -> None:
    if proposal.reduce_only and not is_reducing(proposal.side, proposal.quantity, proposal.position):
        held = -proposal.position if proposal.side is Side.BUY else proposal.position
        allowed, requested = amount_text(max(ZERO, held)), amount_text(proposal.quantity)
        raise RiskLimitExceeded("reduce_only", allowed=allowed, requested=requested)


def _needs_price(limits: Limits) -> bool:
    return any(
        limit is not None for limit in (limits.order_notional, limits.position_notional, limits.price_band_percent)
    )


def _unpriced(proposal: Proposal, limits: Limits, valuation: Valuation, fault: str) -> RiskLimitExceeded | Unavailable:
    if fault != NO_MARK:
        allowed = OFF if limits.mark_age_s is None else amount_text(limits.mark_age_s)
        return RiskLimitExceeded("mark_age_s", allowed=allowed, requested=fault)
    what = proposal.instrument_id
    if valuation.quote_rate is None:
        what = f"the quote currency of {what} in account currency"
    return Unavailable(f"there is no price of {what} now, and limits are judged by it; try again")


def _check_prices(proposal: Proposal, limits: Limits, valuation: Valuation) -> None:
    mark_price = valuation.price(proposal.side)
    if proposal.price is not None and limits.price_band_percent is not None:
        _check_band(proposal.price, mark_price, limits.price_band_percent)
    _check(
        "order_notional",
        limits.order_notional,
        valuation.worth(proposal.quantity, _execution_price(proposal, valuation)),
    )
    if proposal.position_after > 0:
        _check("position_notional", limits.position_notional, valuation.worth(proposal.position_after, mark_price))


@exact
def _check_band(price: Decimal, mark_price: Decimal, band_percent: Decimal) -> None:
    if abs(price - mark_price) * HUNDRED > band_percent * mark_price:
        requested = percent(abs(price - mark_price), mark_price) if mark_price > 0 else HUNDRED
        raise RiskLimitExceeded(
            "price_band_percent", allowed=amount_text(band_percent), requested=amount_text(requested)
        )


def _execution_price(proposal: Proposal, valuation: Valuation) -> Decimal:
    """The most that the order is worth by the unit: a buyer's limit or trigger, and what a seller gets at least."""
    named = proposal.price if proposal.price is not None else proposal.stop_price
    mark_price = valuation.price(proposal.side)
    if named is None:
        return mark_price
    return named if proposal.side is Side.BUY else max(named, mark_price)


def _check(name: str, limit: Decimal | None, requested: Decimal) -> None:
    if limit is not None and requested > limit:
        raise RiskLimitExceeded(name, allowed=amount_text(limit), requested=amount_text(requested))
