"""What a platform tells of accounts fits together, or is refused by the field."""

from typing import Any

import pytest

from components.model.errors import InvalidArgument
from components.model.handed_in import read_events
from components.trading.intake.intake_forms import (
    AlertForm,
    BotForm,
    FillForm,
    MarginForm,
    OfUser,
    OrderForm,
    PositionForm,
    WalletForm,
)
from tests.support.handed_in import ALERT, BOT, FILL, MARGIN, ORDER, POSITION, WALLET

GOOD: dict[type[OfUser], dict[str, Any]] = {
    OrderForm: ORDER,
    FillForm: FILL,
    PositionForm: POSITION,
    WalletForm: WALLET,
    MarginForm: MARGIN,
    AlertForm: ALERT,
    BotForm: BOT,
}
FILLED: dict[str, Any] = {**ORDER, "status": "filled", "filled_quantity": "3.0", "average_price": "2400"}


def check(form: type[OfUser], event: dict[str, Any]) -> None:
    """Read an event and see whether it fits together."""
    for place, read in read_events([event], form).items():
        read.check(place)


@pytest.mark.parametrize("form", GOOD, ids=lambda form: form.__name__)
def test_a_good_event_of_each_kind_is_taken(form: type[OfUser]) -> None:
    """All of them are about a user."""
    check(form, GOOD[form])


@pytest.mark.parametrize(
    ("form", "event"),
    [
        (OrderForm, FILLED),
        (OrderForm, {**ORDER, "status": "partially_filled", "filled_quantity": "1", "average_price": "2400"}),
        (OrderForm, {**ORDER, "status": "cancelled", "filled_quantity": "1", "average_price": "2400"}),
        (OrderForm, {**FILLED, "status": "cancelled"}),
        (OrderForm, {**ORDER, "type": "market", "price": None}),
        (OrderForm, {**ORDER, "type": "stop", "price": None, "stop_price": "2300", "status": "untriggered"}),
        (OrderForm, {**ORDER, "type": "stop_limit", "stop_price": "2300"}),
        (OrderForm, {**ORDER, "time_in_force": "GTD", "expire_at": "2030-01-01T00:00:00Z"}),
        (OrderForm, {**ORDER, "user_id": "ü" * 64}),
        (FillForm, {**FILL, "commission": "-0.1"}),
        (PositionForm, {**POSITION, "quantity": "-0.0", "average_price": None}),
        (PositionForm, {**POSITION, "event": "liquidated", "reason": "margin"}),
        (WalletForm, {**WALLET, "free": "100.000"}),
        (WalletForm, {**WALLET, "total": "-5", "locked": "0", "free": "-5"}),
        (MarginForm, {**MARGIN, "margin_level": None, "equity": "-3"}),
        (BotForm, {**BOT, "performance": {"win_rate": "1.0"}}),
        (BotForm, {key: value for key, value in BOT.items() if key != "performance"}),
        (AlertForm, {**ALERT, "state": "resolved", "instrument": "GOLD", "limit_value": "-0.1"}),
        (AlertForm, {**ALERT, "dedup_key": "ü" * 255}),
    ],
)
def test_what_can_be_is_taken(form: type[OfUser], event: dict[str, Any]) -> None:
    """Odd as it may look."""
    check(form, event)


@pytest.mark.parametrize(
    ("form", "fields", "field", "words"),
    [
        (OrderForm, {"user_id": ""}, "user_id", "expected text of length >= 1"),
        (OrderForm, {"user_id": "ü" * 65}, "user_id", "expected 1 to 128 bytes of printable text"),
        (OrderForm, {"user_id": "a\nb"}, "user_id", "expected 1 to 128 bytes of printable text"),
        (OrderForm, {"user_id": "\udc00"}, "user_id", "expected 1 to 128 bytes of printable text"),
        (OrderForm, {"order_id": "o 1"}, "order_id", "expected 1 to 128 printable ASCII characters"),
        (OrderForm, {"client_order_id": 5}, "client_order_id", "expected text or null, received an integer"),
        (OrderForm, {"sequence": -1}, "sequence", "expected an integer >= 0"),
        (OrderForm, {"instrument": "GOLD/USD"}, "instrument", "expected an instrument's name"),
        (OrderForm, {"side": "hold"}, "side", "expected buy or sell, in small letters"),
        (OrderForm, {"type": "iceberg"}, "type", "expected limit, market, stop or stop_limit, in small letters"),
        (OrderForm, {"status": "pending_cancel"}, "status", "expected untriggered, new, partially_filled, filled,"),
        (OrderForm, {"status": "denied"}, "status", "expected untriggered, new, partially_filled, filled,"),
        (OrderForm, {"time_in_force": "DAY"}, "time_in_force", "expected GTC, IOC, FOK or GTD"),
        (OrderForm, {"quantity": "0"}, "quantity", "expected a number above zero as text"),
        (OrderForm, {"quantity": "-1"}, "quantity", "expected a number above zero as text"),
        (OrderForm, {"quantity": "1" * 40}, "quantity", "expected a number above zero as text"),
        (OrderForm, {"quantity": "NaN"}, "quantity", "expected a number above zero as text"),
        (OrderForm, {"quantity": 3}, "quantity", "expected text, received an integer"),
        (OrderForm, {"price": None}, "price", "is required for a limit order"),
        (OrderForm, {"type": "market"}, "price", "expected none for a market order"),
        (OrderForm, {"type": "stop", "price": None}, "stop_price", "is required for a stop order"),
        (OrderForm, {"stop_price": "1"}, "stop_price", "expected none for a limit order"),
        (OrderForm, {"expire_at": "soon"}, "expire_at", "expected a time such as"),
        (OrderForm, {"expire_at": "9999-01-01T00:00:00Z"}, "expire_at", "expected a time such as"),
        (
            OrderForm,
            {"filled_quantity": "4", "average_price": "1"},
            "filled_quantity",
            "expected at most 3, received 4",
        ),
        (OrderForm, {"filled_quantity": "1"}, "average_price", "is required with a filled_quantity of 1"),
        (OrderForm, {"average_price": "1"}, "average_price", "expected none with a filled_quantity of 0"),
        (OrderForm, {"filled_quantity": "1", "average_price": "1"}, "status", "cannot be new with 1 of 3 filled"),
        (OrderForm, {"status": "partially_filled"}, "status", "cannot be partially_filled with 0 of 3 filled"),
        (OrderForm, {**FILLED, "status": "partially_filled"}, "status", "cannot be partially_filled with 3 of 3"),
        (OrderForm, {**FILLED, "filled_quantity": "2"}, "status", "cannot be filled with 2 of 3 filled"),
        (OrderForm, {**FILLED, "status": "rejected"}, "status", "cannot be rejected with 3 of 3 filled"),
        (OrderForm, {**FILLED, "status": "untriggered"}, "status", "cannot be untriggered with 3 of 3 filled"),
        (OrderForm, {"post_only": "yes"}, "post_only", "expected true or false or null, received text"),
        (OrderForm, {"reason": "a\tb"}, "reason", "expected 1 to 256 printable characters"),
        (OrderForm, {"request_id": "x" * 193}, "request_id", "expected text of length <= 192"),
        (OrderForm, {"colour": "red"}, "colour", "there is no such field"),
        (FillForm, {"execution_id": None}, "execution_id", "expected text, received null"),
        (FillForm, {"price": "0"}, "price", "expected a number above zero as text"),
        (FillForm, {"commission": "0.1 USD"}, "commission", "expected a number as text, such as '-1.25'"),
        (FillForm, {"commission_currency": ""}, "commission_currency", "expected a currency such as 'USDT'"),
        (FillForm, {"liquidity": "both"}, "liquidity", "expected maker or taker, in small letters"),
        (FillForm, {"sequence": 1}, "sequence", "there is no such field"),
        (PositionForm, {"average_price": None}, "average_price", "is required with a quantity of -2"),
        (PositionForm, {"quantity": "0"}, "average_price", "expected none with a quantity of 0"),
        (PositionForm, {"event": "closed"}, "event", "expected update or liquidated, in small letters"),
        (PositionForm, {"event": "liquidated"}, "reason", "is required where a position was liquidated"),
        (PositionForm, {"realised_pnl": "Infinity"}, "realised_pnl", "expected a number as text"),
        (WalletForm, {"currency": "US-DOLLAR"}, "currency", "expected a currency such as 'USDT'"),
        (WalletForm, {"locked": "-1"}, "locked", "expected a number as text, such as '0.5'"),
        (WalletForm, {"free": "100.5"}, "free", "expected 100, total less locked, received 100.5"),
        (MarginForm, {"margin_level": "-1"}, "margin_level", "expected a number as text, such as '0.5'"),
        (MarginForm, {"formula": ""}, "formula", "expected 1 to 256 printable characters"),
        (MarginForm, {"shortfall": "-1"}, "shortfall", "expected a number as text, such as '0.5'"),
        (AlertForm, {"severity": "fatal"}, "severity", "expected info, warning, error or critical, in small letters"),
        (AlertForm, {"state": "closed"}, "state", "expected open or resolved, in small letters"),
        (AlertForm, {"dedup_key": "a\nb"}, "dedup_key", "expected printable characters"),
        (AlertForm, {"dedup_key": "a" * 256}, "dedup_key", "expected text of length <= 255"),
        (BotForm, {"status": "stale"}, "status", "expected running, paused or error, in small letters"),
        (BotForm, {"performance": {"win_rate": "1.1"}}, "performance.win_rate", "expected a number from 0 to 1"),
        (BotForm, {"performance": {"wins": 3}}, "performance.wins", "there is no such field"),
        (BotForm, {"performance": None}, "performance", "expected an object, received null"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    form: type[OfUser], fields: dict[str, Any], field: str, words: str
) -> None:
    """Each refusal names the event's place, the field, and what was expected."""
    with pytest.raises(InvalidArgument) as raised:
        check(form, {**GOOD[form], **fields})

    assert raised.value.details == {"field": f"events[0].{field}"}
    assert str(raised.value).removeprefix(f"events[0].{field}: ").startswith(words)


@pytest.mark.parametrize("form", GOOD, ids=lambda form: form.__name__)
def test_whose_it_is_is_checked_in_every_kind(form: type[OfUser]) -> None:
    """Nothing is kept of a user whom no token could name."""
    with pytest.raises(InvalidArgument) as raised:
        check(form, {**GOOD[form], "user_id": "a\x00b"})

    assert raised.value.details == {"field": "events[0].user_id"}


def test_a_balance_is_reckoned_exactly() -> None:
    """However many digits it has."""
    total, locked = "12345678901234567890.123456789012345678", "0.000000000000000001"

    check(WalletForm, {**WALLET, "total": total, "locked": locked, "free": "12345678901234567890.123456789012345677"})
    with pytest.raises(InvalidArgument):
        check(WalletForm, {**WALLET, "total": total, "locked": locked, "free": total})
