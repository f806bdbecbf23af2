"""Bad input to every command about orders and accounts: its code, its field, and nothing changed."""

from collections.abc import Callable, Mapping

import pytest

from components.model.errors import CommandRejected, RiskLimitExceeded
from components.trading.orders.adjustment_arguments import read_adjustment
from components.trading.orders.order_arguments import read_amendment, read_known_id, read_order
from tests.support.trading_desk import NOW_NS, Trading, make_trading

Arguments = Mapping[str, object]
ORDER: Arguments = {
    "client_order_id": "new",
    "instrument": "BTCUSDT",
    "side": "buy",
    "type": "limit",
    "quantity": "1",
    "price": "100",
}
BOBS = "bobs"
"""In place of the id of an order of another user."""


@pytest.fixture
def trading() -> Trading:
    """Two accounts with an order each; alice's is called mine."""
    trading = make_trading()
    trading.place("mine")
    trading.place("bobs", "bob")
    trading.desk.take()
    return trading


def place(trading: Trading, arguments: Arguments) -> None:
    trading.desk.place("alice", read_order({**ORDER, **arguments}), now_ns=NOW_NS)


def amend(trading: Trading, arguments: Arguments) -> None:
    trading.desk.amend("alice", read_amendment(**{"client_order_id": "mine", **arguments}), now_ns=NOW_NS)


def cancel(trading: Trading, arguments: Arguments) -> None:
    named = {name: read_known_id(name, value) for name, value in arguments.items()}
    if named.get("order_id") == BOBS:
        named["order_id"] = trading.order("bobs", "bob").order_id
    trading.desk.cancel("alice", now_ns=NOW_NS, **named)


def adjust(trading: Trading, arguments: Arguments) -> None:
    whole = {
        "user_id": "alice",
        "currency": "USDT",
        "amount": "1",
        "adjustment_id": "ticket-1",
        "reason": "a reason",
        **arguments,
    }
    trading.desk.adjust(read_adjustment(**whole), adjusted_by="root", now_ns=NOW_NS)


Command = Callable[[Trading, Arguments], None]


@pytest.mark.parametrize(
    ("command", "arguments", "code", "detail"),
    [
        (place, {"quantity": "-1"}, "invalid_argument", "quantity"),
        (place, {"quantity": "NaN"}, "invalid_argument", "quantity"),
        (place, {"quantity": "1" * 40}, "invalid_argument", "quantity"),
        (place, {"quantity": 1.5}, "invalid_argument", "quantity"),
        (place, {"quantity": ["1"]}, "invalid_argument", "quantity"),
        (place, {"quantity": "1.00001"}, "invalid_argument", "quantity"),
        (place, {"quantity": "0.01"}, "invalid_argument", "quantity"),
        (place, {"price": "-100"}, "invalid_argument", "price"),
        (place, {"price": "Infinity"}, "invalid_argument", "price"),
        (place, {"price": "100.001"}, "invalid_argument", "price"),
        (place, {"price": "0.001" + "0" * 40}, "invalid_argument", "price"),
        (place, {"price": None}, "invalid_argument", "price"),
        (place, {"type": "stop", "price": None, "stop_price": "0"}, "invalid_argument", "stop_price"),
        (place, {"type": "stop", "price": None, "stop_price": "99.999"}, "invalid_argument", "stop_price"),
        (place, {"side": {"buy": True}}, "invalid_argument", "side"),
        (place, {"type": None}, "invalid_argument", "type"),
        (place, {"time_in_force": "DAY"}, "invalid_argument", "time_in_force"),
        (
            place,
            {"time_in_force": "GTD", "expire_at": "2025-12-31T23:59:59Z"},
            "invalid_argument",
            "expire_at",
        ),
        (
            place,
            {"time_in_force": "GTD", "expire_at": "2999-01-01T00:00:00Z"},
            "invalid_argument",
            "expire_at",
        ),
        (place, {"post_only": "true"}, "invalid_argument", "post_only"),
        (place, {"reduce_only": 0}, "invalid_argument", "reduce_only"),
        (place, {"client_order_id": "x" * 10_000}, "invalid_argument", "client_order_id"),
        (place, {"client_order_id": "a\0b"}, "invalid_argument", "client_order_id"),
        (place, {"instrument": "x" * 10_000}, "invalid_argument", "instrument"),
        (place, {"instrument": "DOGEUSDT"}, "unknown_instrument", None),
        (place, {"instrument": "../BTCUSDT"}, "unknown_instrument", None),
        (place, {"quantity": "99999999999999999999"}, "risk_limit_exceeded", "balance"),
        (place, {"quantity": "100"}, "risk_limit_exceeded", "balance"),
        (place, {"side": "sell", "quantity": "6"}, "risk_limit_exceeded", "balance"),
        (place, {"reduce_only": True}, "risk_limit_exceeded", "reduce_only"),
        (place, {"client_order_id": "mine", "quantity": "2"}, "duplicate", None),
        (amend, {"quantity": "-1"}, "invalid_argument", "quantity"),
        (amend, {"quantity": "NaN"}, "invalid_argument", "quantity"),
        (amend, {"quantity": 2}, "invalid_argument", "quantity"),
        (amend, {"quantity": "9" * 40}, "invalid_argument", "quantity"),
        (amend, {"price": "0"}, "invalid_argument", "price"),
        (amend, {"price": "100.001"}, "invalid_argument", "price"),
        (amend, {}, "invalid_argument", "quantity"),
        (amend, {"quantity": "2", "client_order_id": None}, "invalid_argument", "client_order_id"),
        (amend, {"quantity": "2", "client_order_id": "bobs"}, "unknown_order", None),
        (amend, {"quantity": "2", "client_order_id": "nobody's"}, "unknown_order", None),
        (amend, {"quantity": "1000"}, "risk_limit_exceeded", "balance"),
        (cancel, {"client_order_id": 1}, "invalid_argument", "client_order_id"),
        (cancel, {"client_order_id": "x" * 10_000}, "invalid_argument", "client_order_id"),
        (cancel, {"order_id": ""}, "invalid_argument", "order_id"),
        (cancel, {"client_order_id": "bobs"}, "unknown_order", None),
        (cancel, {"order_id": BOBS}, "unknown_order", None),
        (cancel, {"order_id": "0" * 24}, "unknown_order", None),
        (adjust, {"amount": "NaN"}, "invalid_argument", "amount"),
        (adjust, {"amount": 5}, "invalid_argument", "amount"),
        (adjust, {"amount": "1" * 40}, "invalid_argument", "amount"),
        (adjust, {"currency": "usdt"}, "invalid_argument", "currency"),
        (adjust, {"user_id": ""}, "invalid_argument", "user_id"),
        (adjust, {"reason": "x" * 10_000}, "invalid_argument", "reason"),
        (adjust, {"amount": "-10000"}, "risk_limit_exceeded", "balance"),
    ],
    ids=lambda value: repr(value)[:60] if isinstance(value, dict) else getattr(value, "__name__", str(value)),
)
def test_bad_input_is_refused_and_changes_nothing(
    trading: Trading, command: Command, arguments: Arguments, code: str, detail: str | None
) -> None:
    """The caller learns which argument or limit it was, in a short text; nobody else learns anything."""
    before = trading.ledger.checkpoint()

    with pytest.raises(CommandRejected) as raised:
        command(trading, arguments)

    error = raised.value
    assert error.code == code
    assert error.details.get("limit" if isinstance(error, RiskLimitExceeded) else "field") == detail
    assert len(str(error)) < 250
    assert trading.ledger.checkpoint() == before
    assert trading.desk.take() == []
    assert trading.kinds() == ["submit", "submit"]


@pytest.mark.parametrize(
    ("command", "arguments"),
    [(place, {}), (amend, {"quantity": "2"}), (cancel, {"client_order_id": "mine"}), (adjust, {})],
)
def test_the_same_with_good_input_passes(trading: Trading, command: Command, arguments: Arguments) -> None:
    """What is refused above is refused for what is wrong with it."""
    before = trading.ledger.checkpoint()

    command(trading, arguments)

    assert trading.ledger.checkpoint() != before
