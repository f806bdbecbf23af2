"""Orders, executions, positions and balances as clients get them, in events and in answers."""

import functools
from decimal import Decimal

import attrs

from components.contract.envelope import Payload, format_time
from components.contract.topics import PREFIX
from components.contract.uris import user_component
from components.model.accounts import AccountFigures, Mark
from components.model.money import ZERO, amount_or_none, amount_text, exact
from components.model.orders import Balance, Fill, Order, Position
from components.trading.facts import MarginHandedIn

MARGIN_FORMULA = "equity / maintenance_margin"


@functools.lru_cache(maxsize=65_536)
def topic_of(user_id: str, name: str) -> str:
    """The URI of one of a user's topics, such as `orders`."""
    return f"{PREFIX}.user.{user_component(user_id)}.{name}"


def order_body(order: Order) -> Payload:
    """An order as it is now."""
    average_price = order.average_price
    return {
        "instrument": order.instrument_id,
        "venue": order.venue,
        "order_id": order.order_id,
        "client_order_id": order.client_order_id,
        "side": order.side.value,
        "type": order.type.value,
        "time_in_force": order.time_in_force.value,
        "price": amount_or_none(order.price),
        "stop_price": amount_or_none(order.stop_price),
        "quantity": amount_text(order.quantity),
        "status": order.status.value,
        "filled_quantity": amount_text(order.filled_quantity),
        "remaining_quantity": amount_text(order.remaining_quantity),
        "average_price": amount_or_none(average_price),
        "post_only": order.post_only,
        "reduce_only": order.reduce_only,
        "expire_at": None if order.expire_ns is None else format_time(order.expire_ns),
        "reason": order.reason,
        "tag": order.tag,
        "placed_at": format_time(order.placed_ns),
        "updated_at": format_time(order.updated_ns),
    }


def fill_body(fill: Fill) -> Payload:
    """An execution."""
    return {
        "instrument": fill.instrument_id,
        "venue": fill.venue,
        "execution_id": fill.execution_id,
        "order_id": fill.order_id,
        "client_order_id": fill.client_order_id,
        "side": fill.side.value,
        "price": amount_text(fill.price),
        "quantity": amount_text(fill.quantity),
        "commission": amount_text(fill.commission),
        "commission_currency": fill.commission_currency,
        "liquidity": fill.liquidity.value,
        "executed_at": format_time(fill.ts_ns),
    }


def position_body(position: Position, mark: Mark | None) -> Payload:
    """A position, with what it is worth where that is known: by the platform that told it, else by the mark."""
    mark_price, unrealised_pnl = position.mark_price, position.unrealised_pnl
    if mark_price is None and mark is not None:
        mark_price = mark.closing_price(position.quantity)
    if unrealised_pnl is None and mark_price is not None:
        unrealised_pnl = _unrealised(position, mark_price)
    return {
        "instrument": position.instrument_id,
        "venue": position.venue,
        "quantity": amount_text(position.quantity),
        "average_price": amount_or_none(position.average_price),
        "mark_price": amount_or_none(mark_price),
        "realised_pnl": amount_text(position.realised_pnl),
        "unrealised_pnl": amount_or_none(unrealised_pnl),
        "updated_at": format_time(position.updated_ns),
    }


@exact
def _unrealised(position: Position, mark_price: Decimal) -> Decimal:
    return position.quantity * mark_price - position.cost


def balance_body(balance: Balance) -> Payload:
    """One currency's balance: `total` is `free` and `locked` together."""
    return {
        "currency": balance.currency,
        "total": amount_text(balance.total),
        "free": amount_text(balance.free),
        "locked": amount_text(balance.locked),
    }


def portfolio_body(figures: AccountFigures) -> Payload:
    """What an account is worth; null where a price for part of it is missing, which `missing_prices` names."""
    return {
        "currency": figures.currency,
        "equity": amount_or_none(figures.equity),
        "balance": amount_or_none(figures.balance),
        "unrealised_pnl": amount_or_none(figures.unrealised_pnl),
        "realised_pnl": amount_or_none(figures.realised_pnl),
        "realised_pnl_today": amount_or_none(figures.realised_pnl_today),
        "missing_prices": list(figures.missing_prices),
    }


@attrs.frozen(kw_only=True)
class MarginThresholds:
    """
    At which margin levels something happens.

    Attributes:
        call_at: Below it the account is called; None where it never is.
        liquidation_at: Below it its positions are closed; None where they never are.
    """

    call_at: Decimal | None
    liquidation_at: Decimal | None


@exact
def margin_body(figures: AccountFigures, thresholds: MarginThresholds) -> Payload:
    """
    How far an account is from its end.

    `margin_level` is null on a cash account, without positions, and where a price is missing; `shortfall` is what
    would have to come in for the level at which the account is called.
    """
    equity, maintenance = figures.equity, figures.maintenance_margin
    shortfall = None
    if equity is not None and maintenance is not None and thresholds.call_at is not None:
        shortfall = max(ZERO, maintenance * thresholds.call_at - equity)
    return {
        "currency": figures.currency,
        "margin_level": amount_or_none(figures.margin_level),
        "formula": MARGIN_FORMULA,
        "equity": amount_or_none(equity),
        "maintenance_margin": amount_or_none(maintenance),
        "call_at": amount_or_none(thresholds.call_at),
        "liquidation_at": amount_or_none(thresholds.liquidation_at),
        "shortfall": amount_or_none(shortfall),
        "missing_prices": list(figures.missing_prices),
    }


def told_margin_body(margin: MarginHandedIn) -> Payload:
    """The same as a platform told it, by its own formula."""
    return {
        "currency": margin.currency,
        "margin_level": amount_or_none(margin.margin_level),
        "formula": margin.formula,
        "equity": amount_text(margin.equity),
        "maintenance_margin": amount_text(margin.maintenance_margin),
        "call_at": amount_or_none(margin.call_at),
        "liquidation_at": amount_or_none(margin.liquidation_at),
        "shortfall": amount_or_none(margin.shortfall),
        "missing_prices": [],
    }
