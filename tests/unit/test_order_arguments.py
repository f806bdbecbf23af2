"""What callers hand over to place and change orders, checked."""

from decimal import Decimal

import pytest

from components.model.errors import InvalidArgument
from components.model.market import Side
from components.model.orders import OrderRequest, OrderType, TimeInForce
from components.trading.orders.order_arguments import (
    TIMES_IN_FORCE,
    Amendment,
    body_hash_of,
    read_amendment,
    read_id,
    read_instrument,
    read_order,
)

LIMIT: dict[str, object] = {
    "client_order_id": "my-1",
    "instrument": "BTC/USDT",
    "side": "buy",
    "type": "limit",
    "quantity": "1.50",
    "price": "100",
}
STOP: dict[str, object] = {**LIMIT, "type": "stop", "price": None, "stop_price": "110"}
MARKET: dict[str, object] = {**LIMIT, "type": "market", "price": None}


def test_a_limit_order_is_read_with_its_defaults() -> None:
    """What the caller leaves out is GTC, and neither post-only nor reduce-only."""
    assert read_order(LIMIT) == OrderRequest(
        client_order_id="my-1",
        instrument_id="BTC/USDT",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal("1.50"),
        price=Decimal(100),
    )


def test_every_argument_is_read() -> None:
    """A stop-limit order that expires, with all there is."""
    order = read_order(
        {
            **LIMIT,
            "side": "sell",
            "type": "stop_limit",
            "stop_price": "101",
            "time_in_force": "GTD",
            "expire_at": "2026-01-02T00:00:00Z",
            "post_only": False,
            "reduce_only": True,
        }
    )

    assert (order.side, order.type, order.stop_price) == (Side.SELL, OrderType.STOP_LIMIT, Decimal(101))
    assert (order.time_in_force, order.expire_ns) == (TimeInForce.GTD, 1_767_312_000_000_000_000)
    assert (order.post_only, order.reduce_only) == (False, True)


@pytest.mark.parametrize(
    ("arguments", "expected"), [(LIMIT, TimeInForce.GTC), (STOP, TimeInForce.GTC), (MARKET, TimeInForce.IOC)]
)
def test_each_type_has_a_time_in_force_of_its_own(arguments: dict[str, object], expected: TimeInForce) -> None:
    """A market order never waits, so it is IOC where the caller says nothing."""
    assert read_order(arguments).time_in_force is expected


@pytest.mark.parametrize(
    ("order_type", "time_in_force"),
    [(order_type, one) for order_type, allowed in TIMES_IN_FORCE.items() for one in TimeInForce if one not in allowed],
)
def test_a_time_in_force_that_means_nothing_for_a_type_is_refused(
    order_type: OrderType, time_in_force: TimeInForce
) -> None:
    """What is accepted is what the order will do."""
    prices = {
        "price": "100" if order_type.has_price else None,
        "stop_price": "99" if order_type.has_stop_price else None,
    }

    with pytest.raises(InvalidArgument) as raised:
        read_order({**LIMIT, **prices, "type": order_type.value, "time_in_force": time_in_force.value})

    assert raised.value.details["field"] == "time_in_force"


@pytest.mark.parametrize("time_in_force", ["GTC", "GTD"])
def test_a_limit_order_that_may_rest_may_be_post_only(time_in_force: str) -> None:
    """Only such a one can."""
    expire_at = "2026-01-02T00:00:00Z" if time_in_force == "GTD" else None

    order = read_order({**LIMIT, "post_only": True, "time_in_force": time_in_force, "expire_at": expire_at})

    assert order.post_only


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("client_order_id", {**LIMIT, "client_order_id": None}),
        ("client_order_id", {**LIMIT, "client_order_id": 7}),
        ("client_order_id", {**LIMIT, "client_order_id": ""}),
        ("client_order_id", {**LIMIT, "client_order_id": "a b"}),
        ("client_order_id", {**LIMIT, "client_order_id": "a\n"}),
        ("client_order_id", {**LIMIT, "client_order_id": "liquidation/1"}),
        ("client_order_id", {**LIMIT, "client_order_id": "ü"}),
        ("client_order_id", {**LIMIT, "client_order_id": "a" * 65}),
        ("instrument", {**LIMIT, "instrument": None}),
        ("instrument", {**LIMIT, "instrument": ""}),
        ("instrument", {**LIMIT, "instrument": "B" * 65}),
        ("instrument", {**LIMIT, "instrument": "BTC\0"}),
        ("side", {**LIMIT, "side": "BUY"}),
        ("side", {**LIMIT, "side": None}),
        ("type", {**LIMIT, "type": "iceberg"}),
        ("type", {**LIMIT, "type": ["limit"]}),
        ("quantity", {**LIMIT, "quantity": None}),
        ("quantity", {**LIMIT, "quantity": "0"}),
        ("quantity", {**LIMIT, "quantity": "-1"}),
        ("quantity", {**LIMIT, "quantity": "NaN"}),
        ("quantity", {**LIMIT, "quantity": "Infinity"}),
        ("quantity", {**LIMIT, "quantity": "1e3"}),
        ("quantity", {**LIMIT, "quantity": "1" * 40}),
        ("quantity", {**LIMIT, "quantity": 1}),
        ("quantity", {**LIMIT, "quantity": 1.5}),
        ("price", {**LIMIT, "price": None}),
        ("price", {**LIMIT, "price": "0"}),
        ("price", {**LIMIT, "price": 100.0}),
        ("price", {**LIMIT, "price": f"1.{'0' * 19}"}),
        ("price", {**STOP, "price": "100"}),
        ("price", {**MARKET, "price": "100"}),
        ("stop_price", {**STOP, "stop_price": None}),
        ("stop_price", {**STOP, "stop_price": "-5"}),
        ("stop_price", {**LIMIT, "stop_price": "100"}),
        ("stop_price", {**MARKET, "stop_price": "100"}),
        ("time_in_force", {**LIMIT, "time_in_force": "gtc"}),
        ("time_in_force", {**LIMIT, "time_in_force": 1}),
        ("expire_at", {**LIMIT, "time_in_force": "GTD"}),
        ("expire_at", {**LIMIT, "time_in_force": "GTD", "expire_at": "tomorrow"}),
        ("expire_at", {**LIMIT, "time_in_force": "GTD", "expire_at": 1_767_312_000}),
        ("expire_at", {**LIMIT, "expire_at": "2026-01-02T00:00:00Z"}),
        ("post_only", {**LIMIT, "post_only": "yes"}),
        ("post_only", {**LIMIT, "post_only": True, "time_in_force": "IOC"}),
        ("post_only", {**LIMIT, "post_only": True, "time_in_force": "FOK"}),
        ("post_only", {**MARKET, "post_only": True}),
        ("post_only", {**STOP, "post_only": True}),
        ("post_only", {**STOP, "post_only": True, "type": "stop_limit", "price": "100"}),
        ("reduce_only", {**LIMIT, "reduce_only": 1}),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value)[:100],
)
def test_bad_arguments_are_refused_by_name(field: str, arguments: dict[str, object]) -> None:
    """The error names the argument, and says little of what was sent."""
    with pytest.raises(InvalidArgument) as raised:
        read_order(arguments)

    assert raised.value.details["field"] == field
    assert len(str(raised.value)) < 200


def test_an_amendment_is_of_quantity_price_or_both() -> None:
    """What is left out stays as it is."""
    assert read_amendment("my-1", "2") == Amendment(client_order_id="my-1", quantity=Decimal(2), price=None)
    assert read_amendment("my-1", None, "99.5") == Amendment(
        client_order_id="my-1", quantity=None, price=Decimal("99.5")
    )


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("quantity", ("my-1", None, None)),
        ("quantity", ("my-1", "0", None)),
        ("price", ("my-1", "1", 5)),
        ("client_order_id", (None, "1", None)),
        ("client_order_id", ("", "1", None)),
        ("client_order_id", ("a" * 129, "1", None)),
        ("client_order_id", ("a\x7f", "1", None)),
    ],
)
def test_bad_amendments_are_refused_by_name(field: str, arguments: tuple[object, ...]) -> None:
    """One that changes nothing too."""
    with pytest.raises(InvalidArgument) as raised:
        read_amendment(*arguments)

    assert raised.value.details["field"] == field


def test_an_order_that_the_gateway_made_can_be_named() -> None:
    """Its name has a character that no caller's has."""
    assert read_amendment("liquidation/1", "1").client_order_id == "liquidation/1"
    with pytest.raises(InvalidArgument):
        read_id("client_order_id", "liquidation/1")


def test_ids_and_instruments_pass_as_they_are() -> None:
    """Up to their bounds."""
    assert read_id("client_order_id", "aZ0._:-") == "aZ0._:-"
    assert read_id("client_order_id", "a" * 64) == "a" * 64
    assert read_instrument("BTC/USDT") == "BTC/USDT"


def test_the_same_request_has_the_same_hash_however_its_numbers_are_written() -> None:
    """A quantity of 1.50 is one of 1.5."""
    again = read_order({**LIMIT, "quantity": "001.5", "price": "100.0", "time_in_force": "GTC", "post_only": False})

    assert body_hash_of(read_order(LIMIT)) == body_hash_of(again)


@pytest.mark.parametrize(
    "change",
    [
        {"client_order_id": "my-2"},
        {"instrument": "BTCUSDT"},
        {"side": "sell"},
        {"quantity": "1.51"},
        {"price": "100.01"},
        {"type": "market", "price": None},
        {"type": "stop_limit", "stop_price": "100"},
        {"time_in_force": "IOC"},
        {"time_in_force": "GTD", "expire_at": "2026-01-02T00:00:00Z"},
        {"post_only": True},
        {"reduce_only": True},
    ],
    ids=str,
)
def test_another_request_has_another_hash(change: dict[str, object]) -> None:
    """Each argument counts."""
    assert body_hash_of(read_order({**LIMIT, **change})) != body_hash_of(read_order(LIMIT))
