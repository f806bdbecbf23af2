"""Orders as a test wants them, with as little said as it needs."""

from decimal import Decimal
from typing import Any

from components.model.market import Side
from components.model.orders import Order, OrderStatus, OrderType, TimeInForce

_AMOUNTS = frozenset(
    {"quantity", "price", "stop_price", "budget", "spent", "filled_quantity", "filled_notional"},
)


def make_order(order_id: str = "o1", **fields: Any) -> Order:
    """An open order of alice, who buys one for 100, unless fields say otherwise; amounts may be given as text."""
    given: dict[str, Any] = {
        "user_id": "alice",
        "client_order_id": f"my-{order_id}",
        "instrument_id": "BTCUSDT",
        "venue": "paper",
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "quantity": "1",
        "price": "100",
        "stop_price": None,
        "time_in_force": TimeInForce.GTC,
        "expire_ns": None,
        "post_only": False,
        "reduce_only": False,
        "status": OrderStatus.NEW,
        "placed_ns": 0,
        "updated_ns": fields.get("placed_ns", 0),
        **fields,
    }
    return Order(order_id=order_id, **{name: _value(name, value) for name, value in given.items()})


def _value(name: str, value: Any) -> Any:
    return Decimal(value) if name in _AMOUNTS and isinstance(value, str) else value
