"""The reference of orders against the code: each table says what the program does, no more and no less."""

import inspect

from components.contract.procedures import PROCEDURE_BY_URI
from components.model.orders import OrderStatus, OrderType, TimeInForce
from components.risk.component import TAG
from components.trading.changes import OrderEvent
from components.trading.component import BY_CALLER
from components.trading.orders import desk
from components.trading.orders.order_arguments import LONGEST_ID_CHARS, TIMES_IN_FORCE
from components.trading.orders.order_rules import LONGEST_LIFE_NS
from components.trading.paper import reasons
from components.trading.payloads import fill_body, order_body
from components.trading.switches.switches_component import REASON as OF_SWITCH
from tests.support.documents import code, codes, read, table
from tests.support.trading_desk import fill_of, make_trading

ORDERS = "docs/reference/orders.md"
OF_RISK_DESK, OF_LIQUIDATION = "risk", "margin_level"


def test_every_argument_is_explained() -> None:
    """In the order of the contract, with its bounds."""
    rows = table(ORDERS, "argument")

    assert [code(row["argument"]) for row in rows] == list(PROCEDURE_BY_URI["tapecast.orders.place"].arguments)
    assert f"1 to {LONGEST_ID_CHARS} ASCII" in rows[0]["may be"]
    assert f"{LONGEST_LIFE_NS // (24 * 3600 * 10**9)} days" in read(ORDERS)


def test_what_goes_with_what() -> None:
    """Prices and times in force of each type."""
    written = {
        code(row["type"]): (
            row["price"],
            row["stop_price"],
            [TimeInForce(one) for one in codes(row["time_in_force, the first where nothing is said"])],
        )
        for row in table(ORDERS, "type")
    }

    assert written == {
        one.value: (_need(is_needed=one.has_price), _need(is_needed=one.has_stop_price), list(TIMES_IN_FORCE[one]))
        for one in OrderType
    }


def test_every_field_is_explained() -> None:
    """Of an order, and of an execution."""
    order = make_trading().place()
    text = read(ORDERS)
    of_order, of_fill = text.index("## An order"), text.index("## Executions")

    assert _fields(text[of_order:of_fill]) == list(order_body(order))
    assert _fields(text[of_fill:]) == list(fill_body(fill_of(order, "1")))


def test_every_event_and_status_is_explained() -> None:
    """All there are."""
    assert [code(row["event"]) for row in table(ORDERS, "event")] == [
        "new",
        "update",
        "filled",
        "cancelled",
        "expired",
        "rejected",
    ]
    assert {code(row["event"]) for row in table(ORDERS, "event")} == set(OrderEvent)
    assert [code(row["status"]) for row in table(ORDERS, "status")] == list(OrderStatus)


def test_every_reason_is_explained() -> None:
    """The desk's, the venue's on paper, and those of who cancels; and no other."""
    of_paper = {value for name, value in inspect.getmembers(reasons) if name.isupper()}

    assert {code(row["reason"]) for row in table(ORDERS, "reason")} == {
        *of_paper,
        desk.NO_ANSWER,
        desk.NOT_COVERED,
        BY_CALLER,
        OF_SWITCH,
        OF_RISK_DESK,
        TAG,
        OF_LIQUIDATION,
    }


def _need(*, is_needed: bool) -> str:
    return "required" if is_needed else "none"


def _fields(text: str) -> list[str]:
    """The first column of the first table of fields."""
    lines = iter(text.splitlines())
    fields = []
    for line in lines:
        if line.startswith("| field"):
            next(lines)
            break
    for line in lines:
        if not line.startswith("|"):
            break
        fields.append(code(line.split("|")[1].strip()))
    return fields
