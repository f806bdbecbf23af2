"""What an order needs of its account: money or goods on a cash account, equity on a margin account."""

from decimal import Decimal

import attrs

from components.model.accounts import AccountFigures, Exposure, Mark
from components.model.errors import RiskLimitExceeded, Unavailable
from components.model.market import Side
from components.model.money import ZERO, amount_text, exact, quotient
from components.model.orders import Order, OrderRequest
from components.trading.live.markets import Markets
from components.trading.orders.desk_rules import DeskRules
from components.trading.orders.order_rules import expected_price

ROOM_FOR_THE_MARKET = Decimal("1.05")
"""How much more than expected an order may cost that takes any price; beyond, the venue stops buying."""

_ONE = Decimal(1)


@attrs.frozen(kw_only=True)
class Need:
    """An amount of one currency that an order locks while it is open."""

    currency: str
    amount: Decimal


@exact
def budget_of(request: OrderRequest, mark: Mark | None, rules: DeskRules) -> Decimal:
    """
    What a buy may cost at most, in quote currency, commission included where it is paid in that.

    Raises:
        Unavailable: It takes any price, and none is known.
    """
    return request.quantity * _unit_cost(request, mark, rules)


@exact
def budget_after(
    order: Order, quantity: Decimal, price: Decimal | None, *, mark: Mark | None, rules: DeskRules
) -> Decimal | None:
    """What an order may cost once it has other terms, what it has cost included; None where nothing bounds it."""
    if order.budget is None:
        return None
    unit_cost = _unit_cost(request_like(order, quantity, price), mark, rules)
    return order.spent + (quantity - order.filled_quantity) * unit_cost


@exact
def budget_for_change(
    order: Order, quantity: Decimal, price: Decimal | None, *, mark: Mark | None, rules: DeskRules
) -> Decimal | None:
    """The same as long as the venue has not agreed: enough whatever it executes on the old terms before that."""
    if order.budget is None:
        return None
    cost = _unit_cost(request_like(order, quantity, price), mark, rules)
    cost_before = _unit_cost(request_like(order, order.quantity, order.price), mark, rules)
    left = quantity - order.filled_quantity
    contested = min(left, order.unfilled_quantity)
    return order.spent + contested * max(cost, cost_before) + (left - contested) * cost


@exact
def need_of_change(order: Order, quantity: Decimal, budget: Decimal | None) -> Need | None:
    """What an order of a cash account locks besides, to have that quantity and budget; None where that is nothing."""
    if order.base is None or order.quote is None:
        return None
    if budget is None or order.budget is None:
        return _need(order.base, quantity - order.quantity)
    return _need(order.quote, budget - order.budget)


def request_like(order: Order, quantity: Decimal, price: Decimal | None) -> OrderRequest:
    """What a caller would ask for to have an order with that quantity and price."""
    return OrderRequest(
        client_order_id=order.client_order_id,
        instrument_id=order.instrument_id,
        side=order.side,
        type=order.type,
        quantity=quantity,
        price=price,
        stop_price=order.stop_price,
        time_in_force=order.time_in_force,
        expire_ns=order.expire_ns,
        post_only=order.post_only,
        reduce_only=order.reduce_only,
    )


def check_free(need: Need, free: Decimal) -> None:
    """
    See whether a cash account has what an order locks.

    Raises:
        RiskLimitExceeded: It has less; the limit is `balance`.
    """
    if need.amount > free:
        raise RiskLimitExceeded("balance", allowed=amount_text(max(free, ZERO)), requested=amount_text(need.amount))


class InitialMargin:
    """
    How much equity a margin account needs before it may hold more.

    It needs a part of the worth, at the marks, of what it would hold at most if all its open buys, or all its open
    sells, of an instrument were executed. An order that does not raise that for its instrument needs nothing.
    """

    def __init__(self, markets: Markets, *, rate: Decimal) -> None:
        """
        Need a part of what accounts hold.

        Args:
            markets: Know the currencies of instruments, and what they are worth.
            rate: Which part, the same for every instrument.
        """
        self._markets = markets
        self._rate = rate

    @exact
    def check(self, request: OrderRequest, figures: AccountFigures) -> None:
        """
        See whether an account may have an order, or more of one.

        Args:
            request: What is asked for; where more of an open order is, as much as that is more.
            figures: The account without it.

        Raises:
            RiskLimitExceeded: It has not enough equity; the limit is `initial_margin`.
            Unavailable: A price is missing that one would have to know.
        """
        exposures = {exposure.instrument_id: exposure for exposure in figures.exposures}
        before = exposures.pop(request.instrument_id, None) or _nothing_of(request.instrument_id)
        after = _with(before, request)
        if _most(after) <= _most(before):
            return
        if figures.equity is None:
            raise Unavailable(f"there is no price of {', '.join(figures.missing_prices)} now")
        held = (after, *exposures.values())
        needed = self._rate * sum((_most(one) * self._unit_worth(one, figures.currency) for one in held), ZERO)
        if needed > figures.equity:
            raise RiskLimitExceeded(
                "initial_margin", allowed=amount_text(figures.equity), requested=amount_text(needed)
            )

    def _unit_worth(self, exposure: Exposure, currency: str) -> Decimal:
        if exposure.quantity and exposure.notional is not None:
            return quotient(exposure.notional, abs(exposure.quantity))
        quote = self._markets.rules(exposure.instrument_id).quote
        mark = self._markets.mark(exposure.instrument_id)
        price = None if mark is None else mark.closing_price(exposure.quantity)
        rate = _ONE if quote == currency else self._markets.rate(quote, currency)
        if price is None or rate is None:
            raise Unavailable(f"there is no price of {exposure.instrument_id} in {currency} now")
        return price * rate


def _need(currency: str, amount: Decimal) -> Need | None:
    return Need(currency=currency, amount=amount) if amount > 0 else None


def _unit_cost(request: OrderRequest, mark: Mark | None, rules: DeskRules) -> Decimal:
    """What one unit may cost a buyer; within a function that is `@exact`."""
    cost = expected_price(request, mark)
    if not request.type.has_price:
        cost *= ROOM_FOR_THE_MARKET
    if rules.is_commission_in_quote:
        cost *= _ONE + max(rules.maker_rate, rules.taker_rate, ZERO)
    return cost


def _nothing_of(instrument_id: str) -> Exposure:
    return Exposure(
        instrument_id=instrument_id, quantity=ZERO, notional=None, open_buys=ZERO, open_sells=ZERO, mark=None
    )


def _with(exposure: Exposure, request: OrderRequest) -> Exposure:
    if request.side is Side.BUY:
        return attrs.evolve(exposure, open_buys=exposure.open_buys + request.quantity)
    return attrs.evolve(exposure, open_sells=exposure.open_sells + request.quantity)


def _most(exposure: Exposure) -> Decimal:
    """How much may be held of it, long or short, whichever is more."""
    return max(abs(exposure.quantity + exposure.open_buys), abs(exposure.quantity - exposure.open_sells))
