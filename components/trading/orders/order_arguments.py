"""
What callers of `orders.*` hand over, checked as far as it can be without knowing account, instrument and time.

| type | price | stop_price | time_in_force, the default first | post_only |
|---|---|---|---|---|
| `limit` | yes | no | GTC, IOC, FOK, GTD | with GTC and GTD |
| `market` | no | no | IOC, FOK | no |
| `stop` | no | yes | GTC, GTD | no |
| `stop_limit` | yes | yes | GTC, IOC, FOK, GTD | no |

`expire_at` is there with GTD, and only with it.
"""

import hashlib
import re
from collections.abc import Mapping
from decimal import Decimal

import attrs

from components.model.arguments import boolean_of, decimal_of, one_of, text_of, time_of
from components.model.errors import InvalidArgument
from components.model.market import Side
from components.model.money import amount_text
from components.model.orders import OrderRequest, OrderType, TimeInForce

LONGEST_ID_CHARS = 64
LONGEST_KNOWN_ID_CHARS = 128
LONGEST_INSTRUMENT_CHARS = 64
"""Of an instrument's name or alias; whether there is such an instrument, the markets know."""

_ID = re.compile(rf"[A-Za-z0-9._:-]{{1,{LONGEST_ID_CHARS}}}")
_HASH_BYTES = 16

_GTC, _IOC, _FOK, _GTD = TimeInForce
_WITHOUT_END = frozenset({_GTC, _GTD})

TIMES_IN_FORCE: Mapping[OrderType, tuple[TimeInForce, ...]] = {
    OrderType.LIMIT: (_GTC, _IOC, _FOK, _GTD),
    OrderType.MARKET: (_IOC, _FOK),
    OrderType.STOP: (_GTC, _GTD),
    OrderType.STOP_LIMIT: (_GTC, _IOC, _FOK, _GTD),
}
"""How long an order of a type may be good; the first is what it is where the caller says nothing."""


@attrs.frozen(kw_only=True)
class Amendment:
    """
    How an open order shall be from now on.

    Attributes:
        client_order_id: Which order.
        quantity: All of it, what was executed included; None leaves it.
        price: Its limit; None leaves it.
    """

    client_order_id: str
    quantity: Decimal | None
    price: Decimal | None


def read_order(arguments: Mapping[str, object]) -> OrderRequest:
    """
    The order that a call asks for; its instrument is still named as the caller named it.

    Args:
        arguments: By the names of `orders.place`; None, or nothing, is what the caller left out.

    Raises:
        InvalidArgument: One is missing, of the wrong type, out of range, or does not go with another.
    """
    get = arguments.get
    order_type = OrderType(one_of("type", get("type"), tuple(OrderType)))
    time_in_force = _time_in_force(order_type, get("time_in_force"))
    return OrderRequest(
        client_order_id=read_id("client_order_id", get("client_order_id")),
        instrument_id=read_instrument(get("instrument")),
        side=Side(one_of("side", get("side"), tuple(Side))),
        type=order_type,
        quantity=decimal_of("quantity", get("quantity")),
        price=_price("price", get("price"), order_type, is_needed=order_type.has_price),
        stop_price=_price("stop_price", get("stop_price"), order_type, is_needed=order_type.has_stop_price),
        time_in_force=time_in_force,
        expire_ns=_expire_ns(get("expire_at"), time_in_force),
        post_only=_post_only(get("post_only"), order_type, time_in_force),
        reduce_only=_flag("reduce_only", get("reduce_only")),
    )


def read_amendment(client_order_id: object, quantity: object = None, price: object = None) -> Amendment:
    """
    The change of an order that a call asks for.

    Raises:
        InvalidArgument: An argument is of the wrong type or out of range, or there is nothing to change.
    """
    if quantity is None and price is None:
        raise InvalidArgument("quantity", "expected a quantity, a price or both, received neither")
    return Amendment(
        client_order_id=read_known_id("client_order_id", client_order_id),
        quantity=None if quantity is None else decimal_of("quantity", quantity),
        price=None if price is None else decimal_of("price", price),
    )


def read_id(field: str, value: object) -> str:
    """
    A name that a caller gives an order or an adjustment.

    Raises:
        InvalidArgument: It cannot be one.
    """
    text = text_of(field, value)
    if _ID.fullmatch(text) is None:
        raise InvalidArgument(
            field, f"expected 1 to {LONGEST_ID_CHARS} letters, digits, `.`, `_`, `:` or `-`, all of them ASCII"
        )
    return text


def read_known_id(field: str, value: object) -> str:
    """
    A name that an order may have already; those that the gateway and a platform gave have other characters too.

    Raises:
        InvalidArgument: No order has such a name.
    """
    text = text_of(field, value)
    if not text.isprintable() or not 0 < len(text) <= LONGEST_KNOWN_ID_CHARS:
        raise InvalidArgument(field, f"expected 1 to {LONGEST_KNOWN_ID_CHARS} printable characters")
    return text


def read_instrument(value: object) -> str:
    """
    What may be an instrument's id or alias.

    Raises:
        InvalidArgument: It cannot be one.
    """
    text = text_of("instrument", value)
    if not text.isprintable() or not 0 < len(text) <= LONGEST_INSTRUMENT_CHARS:
        raise InvalidArgument("instrument", f"expected 1 to {LONGEST_INSTRUMENT_CHARS} printable characters")
    return text


def body_hash_of(request: OrderRequest) -> bytes:
    """What two requests have in common that ask for the same; `1` and `1.0` are the same quantity."""
    amounts = (request.quantity, request.price, request.stop_price)
    body = (
        request.client_order_id,
        request.instrument_id,
        request.side,
        request.type,
        *("" if amount is None else amount_text(amount) for amount in amounts),
        request.time_in_force,
        str(request.expire_ns),
        str(request.post_only),
        str(request.reduce_only),
    )
    return hashlib.blake2b("\0".join(body).encode(), digest_size=_HASH_BYTES).digest()


def _time_in_force(order_type: OrderType, value: object) -> TimeInForce:
    choices = TIMES_IN_FORCE[order_type]
    if value is None:
        return choices[0]
    time_in_force = TimeInForce(one_of("time_in_force", value, tuple(TimeInForce)))
    if time_in_force not in choices:
        raise InvalidArgument("time_in_force", f"expected {' or '.join(choices)} for a {order_type} order")
    return time_in_force


def _price(field: str, value: object, order_type: OrderType, *, is_needed: bool) -> Decimal | None:
    if is_needed and value is None:
        raise InvalidArgument(field, f"is required for a {order_type} order")
    if not is_needed and value is not None:
        raise InvalidArgument(field, f"expected none for a {order_type} order")
    return None if value is None else decimal_of(field, value)


def _expire_ns(value: object, time_in_force: TimeInForce) -> int | None:
    if time_in_force is not _GTD and value is not None:
        raise InvalidArgument("expire_at", f"expected none with {time_in_force}; GTD has one")
    if time_in_force is _GTD and value is None:
        raise InvalidArgument("expire_at", "is required with GTD")
    return None if value is None else time_of("expire_at", value)


def _post_only(value: object, order_type: OrderType, time_in_force: TimeInForce) -> bool:
    is_post_only = _flag("post_only", value)
    if is_post_only and (order_type is not OrderType.LIMIT or time_in_force not in _WITHOUT_END):
        raise InvalidArgument("post_only", "expected false: only a limit order that is GTC or GTD can rest")
    return is_post_only


def _flag(field: str, value: object) -> bool:
    return False if value is None else boolean_of(field, value)
