"""
Facts that a platform tells of accounts whose money it keeps itself: they set the state, and book nothing.

What comes again is known by the platform's own number, or by the id of the execution, and changes nothing.
"""

from components.model.money import ZERO
from components.model.orders import Balance, OrderStatus, Position
from components.trading.changes import (
    BalanceChanged,
    BalanceReason,
    Change,
    FillAdded,
    MarginChanged,
    PositionChanged,
)
from components.trading.facts import BalanceHandedIn, FillHandedIn, MarginHandedIn, OrderHandedIn, PositionHandedIn
from components.trading.ledger.account import OrderRecord
from components.trading.ledger.books import REMEMBERED_STRAY_EXECUTIONS, Books
from components.trading.ledger.fault import LedgerFault
from components.trading.ledger.order_states import field_that_cannot_follow

LIQUIDATED = "liquidated"


def apply_order(books: Books, fact: OrderHandedIn) -> list[Change]:
    """
    An order is as told.

    Raises:
        LedgerFault: It contradicts what was told before, or the account is kept here.
    """
    order = fact.order
    record = books.index.find(order.order_id)
    if record is not None:
        _check_owner(record, order.user_id)
    account = books.told_account(order.user_id)
    if record is None:
        return [books.add(account, order, sequence=fact.sequence)]
    if record.sequence is not None and fact.sequence <= record.sequence:
        return []
    field = field_that_cannot_follow(record.order, order)
    if field is not None:
        raise LedgerFault(f"expected an order {order.order_id} that follows, received another {field}")
    record.sequence = fact.sequence
    return [books.advance(account, record, order)]


def apply_fill(books: Books, fact: FillHandedIn) -> list[Change]:
    """
    An execution is remembered; one that is known changes nothing.

    Raises:
        LedgerFault: Its order is another user's, or the account is kept here.
    """
    fill = fact.fill
    record = books.index.find(fill.order_id)
    if record is not None:
        _check_owner(record, fill.user_id)
    account = books.told_account(fill.user_id)
    if books.has_execution(fill.order_id, fill.execution_id):
        return []
    if record is None:
        strays = books.state.stray_executions
        strays[fill.order_id, fill.execution_id] = None
        if len(strays) > REMEMBERED_STRAY_EXECUTIONS:
            del strays[next(iter(strays))]
    else:
        record.executions[fill.execution_id] = None
    account.add_fill(fill)
    is_late = record is not None and record.order.status.is_final and record.order.status is not OrderStatus.FILLED
    return [FillAdded(fill=fill, is_late=is_late)]


def apply_position(books: Books, fact: PositionHandedIn) -> list[Change]:
    """
    A position is as told.

    Raises:
        LedgerFault: The account is kept here.
    """
    account = books.told_account(fact.user_id)
    if fact.sequence <= account.position_sequences.get(fact.instrument_id, -1):
        return []
    known = account.positions.get(fact.instrument_id)
    if known is not None:
        account.realise(fact.instrument_id, fact.realised_pnl - known.realised_pnl, ts_ns=fact.ts_ns)
    account.position_sequences[fact.instrument_id] = fact.sequence
    position = Position(
        user_id=fact.user_id,
        instrument_id=fact.instrument_id,
        venue=fact.venue,
        quantity=fact.quantity,
        cost=fact.quantity * (fact.average_price or ZERO),
        realised_pnl=fact.realised_pnl,
        updated_ns=fact.ts_ns,
        mark_price=fact.mark_price,
        unrealised_pnl=fact.unrealised_pnl,
    )
    account.positions[fact.instrument_id] = position
    return [PositionChanged(position=position, is_liquidated=fact.event == LIQUIDATED, reason=fact.reason)]


def apply_balance(books: Books, fact: BalanceHandedIn) -> list[Change]:
    """
    A balance is as told.

    Raises:
        LedgerFault: The account is kept here.
    """
    account = books.told_account(fact.user_id)
    if fact.sequence <= account.balance_sequences.get(fact.currency, -1):
        return []
    account.balance_sequences[fact.currency] = fact.sequence
    balance = Balance(currency=fact.currency, total=fact.total, locked=fact.locked)
    account.balances[fact.currency] = balance
    reason = fact.reason or BalanceReason.UPDATE.value
    return [BalanceChanged(user_id=fact.user_id, balance=balance, reason=reason)]


def apply_margin(books: Books, fact: MarginHandedIn) -> list[Change]:
    """
    An account stands as told.

    Raises:
        LedgerFault: The account is kept here.
    """
    account = books.told_account(fact.user_id)
    if account.margin is not None and fact.sequence <= account.margin.sequence:
        return []
    account.margin = fact
    return [MarginChanged(margin=fact)]


def _check_owner(record: OrderRecord, user_id: str) -> None:
    if record.order.user_id != user_id:
        raise LedgerFault(f"expected an order of {user_id}, received {record.order.order_id} of another's")
