"""Whether an order fits the rules of its instrument, and its end the clock."""

from decimal import Decimal

from components.contract.envelope import NS_PER_S, format_time
from components.model.accounts import Mark
from components.model.errors import Halted, InvalidArgument, Unavailable
from components.model.market import Side
from components.model.money import amount_text, exact
from components.model.orders import OrderRequest
from components.trading.live.markets import InstrumentRules

LONGEST_LIFE_NS = 366 * 24 * 3600 * NS_PER_S
"""How far ahead a GTD order may expire."""


def check_expiry(request: OrderRequest, *, now_ns: int) -> None:
    """
    See whether an order ends in the future, and not too far in it.

    Raises:
        InvalidArgument: It does not.
    """
    if request.expire_ns is None or now_ns < request.expire_ns <= now_ns + LONGEST_LIFE_NS:
        return
    raise InvalidArgument(
        "expire_at", f"expected a time after now, {format_time(now_ns)}, and at most 366 days ahead of it"
    )


@exact
def check_rules(request: OrderRequest, rules: InstrumentRules, *, mark: Mark | None) -> None:
    """
    See whether an order's prices, quantity and worth fit its instrument.

    An order that only makes a position smaller may be worth less than others: what is left of a position could not be
    closed otherwise.

    Args:
        request: Of that instrument.
        rules: The instrument's.
        mark: What the instrument is worth now, which says what a market order is worth.

    Raises:
        InvalidArgument: One does not fit; the error names it.
        Halted: The instrument does not trade now.
        Unavailable: The worth of a market order cannot be told, as there is no price.
    """
    if not rules.is_trading:
        raise Halted(f"{rules.instrument_id} does not trade now")
    _check_multiple("price", request.price, rules.tick_size)
    _check_multiple("stop_price", request.stop_price, rules.tick_size)
    _check_multiple("quantity", request.quantity, rules.lot_size)
    if rules.min_notional is None or request.reduce_only:
        return
    notional = request.quantity * expected_price(request, mark)
    if notional < rules.min_notional:
        raise InvalidArgument(
            "quantity",
            f"expected price times quantity of at least {amount_text(rules.min_notional)},"
            f" received {amount_text(notional)}",
        )


def expected_price(request: OrderRequest, mark: Mark | None) -> Decimal:
    """
    What an order trades at, as far as one knows before: its limit, its stop price, or the best price for it now.

    Raises:
        Unavailable: It takes any price, and none is known.
    """
    price = request.price or request.stop_price or taking_price(request.side, mark)
    if price is None:
        raise Unavailable(f"there is no price of {request.instrument_id} now")
    return price


def taking_price(side: Side, mark: Mark | None) -> Decimal | None:
    """The best price for who takes at once: the ask of a buyer, the bid of a seller, else the one price."""
    if mark is None:
        return None
    return (mark.ask if side is Side.BUY else mark.bid) or mark.price


def _check_multiple(field: str, amount: Decimal | None, step: Decimal | None) -> None:
    if amount is not None and step is not None and amount % step:
        raise InvalidArgument(field, f"expected a multiple of {amount_text(step)}, received {amount_text(amount)}")
