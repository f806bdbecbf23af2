"""What is said of orders and accounts is what the code says."""

import re

from components.model.orders import OrderStatus
from components.trading.changes import BalanceReason
from components.trading.ledger.account import REMEMBERED_FILLS, REMEMBERED_ORDERS
from components.trading.ledger.books import REMEMBERED_ADJUSTMENTS, REMEMBERED_STRAY_EXECUTIONS
from components.trading.ledger.order_states import MOVES
from tests.support.documents import codes, table

ACCOUNTS = "docs/explanation/orders-and-accounts.md"
SAID_IN_WORDS = {OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_REPLACE, OrderStatus.UNKNOWN}
"""Of these the table does not name every status that may follow."""


def test_the_life_of_an_order_is_the_table_of_the_code() -> None:
    """Each status has a row, and names what may follow it."""
    rows = {status: row for row in table(ACCOUNTS, "status") for status in codes(row["status"])}
    named = {OrderStatus(status): set(codes(row["goes to"])) for status, row in rows.items()}

    assert set(named) == set(OrderStatus)
    assert all(named[status] <= MOVES[status] for status in SAID_IN_WORDS)
    assert all(named[status] == MOVES[status] for status in set(OrderStatus) - SAID_IN_WORDS)


def test_every_reason_of_a_balance_is_explained() -> None:
    """In the order of the code."""
    assert [codes(row["`reason`"])[0] for row in table(ACCOUNTS, "`reason`")] == list(BalanceReason)


def test_what_is_remembered_is_what_the_code_remembers() -> None:
    """Orders, executions, adjustments, and executions without an order."""
    counts = [re.sub(r"\D", "", row["how many"]) for row in table(ACCOUNTS, "what")]

    assert [int(count) for count in counts if count] == [
        REMEMBERED_ORDERS,
        REMEMBERED_FILLS,
        REMEMBERED_ADJUSTMENTS,
        REMEMBERED_STRAY_EXECUTIONS,
    ]
