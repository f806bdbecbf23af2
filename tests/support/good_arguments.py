"""Calls that are taken as they are: what a test spoils, one argument at a time."""

from collections.abc import Mapping
from typing import Any

USER = "ned"
"""Whose account it is about."""

_ORDER = {
    "client_order_id": "never-taken",
    "instrument": "BTCUSDT",
    "side": "buy",
    "type": "limit",
    "quantity": "0.001",
    "price": "80000",
}
_STOP = {**_ORDER, "type": "stop_limit", "stop_price": "110000", "price": "111000"}
_OF_USER = {"user_id": USER, "sequence": 1_000}
_TOLD_ORDER = {
    **_OF_USER,
    "order_id": "told",
    "instrument": "BTCUSDT",
    "side": "buy",
    "type": "limit",
    "quantity": "1",
    "price": "80000",
    "status": "new",
}

GOOD_ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "orders.place": _ORDER,
    "orders.place stop_price": _STOP,
    "orders.place expire_at": {**_ORDER, "time_in_force": "GTD", "expire_at": "2030-01-01T00:00:00Z"},
    "orders.amend": {"client_order_id": "resting", "quantity": "0.002", "price": "80001"},
    "orders.cancel": {"client_order_id": "resting"},
    "orders.cancel order_id": {},
    "orders.cancel_all": {},
    "orders.get": {"client_order_id": "resting"},
    "orders.get order_id": {},
    "orders.list": {},
    "account.get_positions": {},
    "account.get_wallet": {},
    "account.get_portfolio": {},
    "account.get_margin": {},
    "account.list_fills": {},
    "risk.get_limits": {},
    "risk.list_alerts": {},
    "risk.acknowledge_alert": {"alert_id": "none", "note": "a"},
    "risk.set_limits": {"limits": {"open_orders": "10"}, "user_id": USER, "reason": "a"},
    "risk.halt": {"user_id": USER, "reason": "a"},
    "risk.resume": {"user_id": USER, "reason": "a"},
    "risk.cancel_orders": {"user_id": USER, "reason": "a"},
    "bots.report": {"bot_id": "b", "name": "b", "status": "running", "performance": {}},
    "bots.list": {},
    "session.cancel_on_disconnect": {"after_ms": 1_000},
    "admin.accounts.list": {},
    "admin.accounts.adjust": {
        "user_id": USER,
        "currency": "USDT",
        "amount": "1",
        "adjustment_id": "never-done",
        "reason": "a",
    },
    "intake.order": _TOLD_ORDER,
    "intake.order stop_price": {**_TOLD_ORDER, "type": "stop_limit", "stop_price": "80000"},
    "intake.order average_price": {**_TOLD_ORDER, "status": "filled", "filled_quantity": "1", "average_price": "1"},
    "intake.fill": {
        "user_id": USER,
        "execution_id": "e",
        "order_id": "told",
        "instrument": "BTCUSDT",
        "side": "buy",
        "price": "1",
        "quantity": "1",
        "commission": "0",
        "commission_currency": "USDT",
        "liquidity": "maker",
    },
    "intake.position": {**_OF_USER, "instrument": "BTCUSDT", "quantity": "1", "average_price": "1"},
    "intake.wallet": {**_OF_USER, "currency": "USDT", "total": "1"},
    "intake.margin": {
        **_OF_USER,
        "margin_level": "2",
        "formula": "f",
        "equity": "1",
        "maintenance_margin": "1",
        "currency": "USDT",
    },
    "intake.bot": {**_OF_USER, "bot_id": "b", "name": "b", "status": "running", "performance": {}},
    "intake.alert": {
        **_OF_USER,
        "dedup_key": "k",
        "alert_type": "a",
        "severity": "warning",
        "message": "m",
    },
    "intake.requests": {},
}
"""By procedure, or by procedure and argument where that one needs others beside it."""

OF_EVENTS = {name.split()[0] for name in GOOD_ARGUMENTS if name.startswith("intake.")} - {"intake.requests"}
"""Procedures whose one argument is an event, or a list of them."""


def good(procedure: str, argument: str = "") -> dict[str, Any]:
    """The arguments of a call that is taken, with what has to be beside one of them."""
    arguments = dict(GOOD_ARGUMENTS.get(f"{procedure} {argument}", GOOD_ARGUMENTS[procedure]))
    return {"events": arguments} if procedure in OF_EVENTS else arguments


def spoilt(procedure: str, argument: str, value: Any) -> dict[str, Any]:
    """
    The same with one of them spoilt.

    Args:
        procedure: Without its first word.
        argument: Its name, or behind dots that of a field within it.
        value: What it is to be.
    """
    return _with(good(procedure, argument.removeprefix("events.")), argument, value)


def _with(arguments: Mapping[str, Any], argument: str, value: Any) -> dict[str, Any]:
    head, _, rest = argument.partition(".")
    return {**arguments, head: _with(arguments[head], rest, value) if rest else value}
