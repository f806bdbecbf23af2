"""Facts of accounts whose money is kept here: openings, adjustments, orders, and executions that move money."""

from decimal import Decimal

import msgspec

from components.model.market import Side
from components.model.money import ZERO
from components.model.orders import Fill, Order, OrderStatus
from components.trading.changes import BalanceReason, Change, FillAdded, PositionChanged
from components.trading.facts import AccountOpened, BalanceAdjusted, OrderAmended, OrderFilled, OrderMoved, OrderPlaced
from components.trading.ledger import order_states
from components.trading.ledger.account import Account
from components.trading.ledger.balances import Booking, add
from components.trading.ledger.books import REMEMBERED_ADJUSTMENTS, Books
from components.trading.ledger.fault import LedgerFault
from components.trading.ledger.positions import charged, traded

LIQUIDATION_TAG = "liquidation"
"""Of orders that close positions because the account has to."""


def apply_opened(books: Books, fact: AccountOpened) -> list[Change]:
    """
    An account begins.

    Raises:
        LedgerFault: It has begun before.
    """
    if fact.user_id in books.state.accounts:
        raise LedgerFault(f"expected no account of {fact.user_id}, found one")
    account = Account(user_id=fact.user_id, is_margin=fact.is_margin, is_external=fact.is_external)
    books.state.accounts[fact.user_id] = account
    booking = Booking()
    for currency, amount in fact.balances.items():
        booking.pay(currency, amount)
    account.transfers.add(fact.balances, fact.worth)
    return [*booking.book(fact.user_id, account.balances, BalanceReason.OPENING)]


def apply_adjusted(books: Books, fact: BalanceAdjusted) -> list[Change]:
    """
    An operator puts money in or takes some out; the same adjustment again changes nothing.

    Raises:
        LedgerFault: There is no such account, or it is not kept here.
    """
    account = books.kept_account(fact.user_id)
    adjustments = books.state.adjustments
    if fact.adjustment_id in adjustments:
        return []
    adjustments[fact.adjustment_id] = fact
    if len(adjustments) > REMEMBERED_ADJUSTMENTS:
        del adjustments[next(iter(adjustments))]
    account.transfers.add({fact.currency: fact.amount}, fact.worth)
    booking = Booking()
    booking.pay(fact.currency, fact.amount)
    return [*booking.book(fact.user_id, account.balances, BalanceReason.ADJUSTMENT)]


def apply_placed(books: Books, fact: OrderPlaced) -> list[Change]:
    """
    An order begins, and locks what it may cost.

    Raises:
        LedgerFault: It is not new, begins otherwise than as `pending_new`, or locks more than is free.
    """
    order = fact.order
    account = books.account(order.user_id)
    if order.status is not OrderStatus.PENDING_NEW or order.filled_quantity:
        raise LedgerFault(f"expected an order {order.order_id} that begins, received a {order.status} one")
    if not account.is_external:
        _currencies(order)
    booking = _locking(account, None, order)
    _check_locks(account, booking, order)
    changed = books.add(account, order, body_hash=fact.body_hash)
    account.placed += 1
    return [changed, *booking.book(account.user_id, account.balances, BalanceReason.ORDER)]


def apply_moved(books: Books, fact: OrderMoved) -> list[Change]:
    """
    An order goes to another status otherwise than by an execution; a final one releases what it had locked.

    Raises:
        LedgerFault: The table of moves does not lead there.
    """
    account, record = books.account(fact.user_id), books.record(fact.user_id, fact.order_id)
    before = record.order
    states = order_states.moved(before, fact.status)
    if states is None:
        raise LedgerFault(f"expected a move from {before.status} of {before.order_id}, received one to {fact.status}")
    status, resume = states
    asked = before.asked if status is before.status and fact.asked is None else fact.asked
    order = msgspec.structs.replace(
        before,
        status=status,
        resume_status=resume,
        asked=asked,
        reason=_reason(before, fact.reason),
        updated_ns=fact.ts_ns,
        queued_ns=fact.ts_ns if _takes_place(before, fact.status) else before.queued_ns,
    )
    changes: list[Change] = [books.advance(account, record, order)]
    return changes + _release(account, before, order) if status.is_final else changes


def apply_amended(books: Books, fact: OrderAmended) -> list[Change]:
    """
    An open order gets another quantity or price, and locks what it may cost now.

    Raises:
        LedgerFault: It is not open, more of it is filled already, or it locks more than is free.
    """
    account, record = books.account(fact.user_id), books.record(fact.user_id, fact.order_id)
    before = record.order
    if before.status.is_final or fact.quantity < before.filled_quantity:
        raise LedgerFault(
            f"expected an open order {before.order_id} filled for at most {fact.quantity}, "
            f"found a {before.status} one filled for {before.filled_quantity}"
        )
    status, resume = order_states.amended(before, is_complete=fact.quantity == before.filled_quantity)
    keeps_place = fact.price == before.price and fact.quantity <= before.quantity
    order = msgspec.structs.replace(
        before,
        quantity=fact.quantity,
        price=fact.price,
        budget=fact.budget,
        status=status,
        resume_status=resume,
        asked=before.asked if status is before.status else None,
        reason=before.reason if status is before.status else _reason(before, None),
        updated_ns=fact.ts_ns,
        queued_ns=before.queued_ns if keeps_place else fact.ts_ns,
    )
    booking = _locking(account, before, order)
    _check_locks(account, booking, order)
    changed = books.advance(account, record, order)
    reason = BalanceReason.RELEASE if status.is_final else BalanceReason.AMEND
    return [changed, *booking.book(account.user_id, account.balances, reason)]


def apply_filled(books: Books, fact: OrderFilled) -> list[Change]:
    """
    An execution moves money; the same one again changes nothing, and a late one leaves the order's status.

    Raises:
        LedgerFault: It does not fit its order, or the account is not kept here.
    """
    fill = fact.fill
    account, record = books.kept_account(fill.user_id), books.record(fill.user_id, fill.order_id)
    if fill.execution_id in record.executions:
        return []
    before = record.order
    order = _filled(before, fill, fact.ts_ns)
    record.executions[fill.execution_id] = None
    account.add_fill(fill)
    changed = books.advance(account, record, order)
    added = FillAdded(fill=fill, is_late=before.status.is_final)
    position, realised = _trade(account, order, fill, fact.ts_ns)
    booking = _locking(account, before, order)
    _settle(books, account, booking, order, fill, realised)
    return [changed, added, position, *booking.book(account.user_id, account.balances, BalanceReason.TRADE)]


def _takes_place(before: Order, to: OrderStatus) -> bool:
    """Whether a move is an order's coming to rest, the first time or once it is triggered."""
    known = before.resume_status or before.status
    return to is OrderStatus.NEW and known not in (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED)


def _filled(before: Order, fill: Fill, ts_ns: int) -> Order:
    """The order after an execution."""
    filled = before.filled_quantity + fill.quantity
    if (before.instrument_id, before.side) != (fill.instrument_id, fill.side) or not before.filled_quantity < filled:
        raise LedgerFault(f"expected an execution of order {before.order_id}, received {fill.execution_id} of another")
    if filled > before.quantity:
        raise LedgerFault(f"expected at most {before.quantity} of order {before.order_id}, received {filled}")
    notional = fill.price * fill.quantity
    status, resume = order_states.filled(before, is_complete=filled == before.quantity)
    is_same = status is before.status
    cost = notional + (fill.commission if fill.commission_currency == before.quote else ZERO)
    return msgspec.structs.replace(
        before,
        status=status,
        resume_status=resume,
        asked=before.asked if is_same else None,
        reason=before.reason if is_same else _reason(before, None),
        filled_quantity=filled,
        filled_notional=before.filled_notional + notional,
        fills=before.fills + 1,
        spent=before.spent + cost if fill.side is Side.BUY else before.spent,
        updated_ns=ts_ns,
    )


def _trade(account: Account, order: Order, fill: Fill, ts_ns: int) -> tuple[PositionChanged, Decimal]:
    """Change the position, and tell what that realised."""
    quantity = fill.quantity if fill.side is Side.BUY else -fill.quantity
    before = account.position(fill.instrument_id, venue=fill.venue, quote=order.quote)
    position, realised = traded(before, quantity, fill.price, ts_ns=ts_ns)
    if fill.commission_currency == order.base and not account.is_margin:
        position = charged(position, fill.commission, fill.price)
    account.positions[fill.instrument_id] = position
    account.realise(fill.instrument_id, realised, ts_ns=ts_ns)
    if order.tag == LIQUIDATION_TAG:
        return PositionChanged(position=position, is_liquidated=True, reason=order.reason), realised
    return PositionChanged(position=position), realised


def _settle(books: Books, account: Account, booking: Booking, order: Order, fill: Fill, realised: Decimal) -> None:
    """Pay what was traded from the venue to the account or back, and the commission to the fee account."""
    for currency, amount in _proceeds(account, order, fill, realised).items():
        booking.pay(currency, amount)
        add(books.state.venue_balances, currency, -amount)
    if fill.commission:
        booking.pay(fill.commission_currency, -fill.commission)
        add(books.state.fee_balances, fill.commission_currency, fill.commission)


def _proceeds(account: Account, order: Order, fill: Fill, realised: Decimal) -> dict[str, Decimal]:
    """What the account gets by currency, commission apart; less than 0 is what it pays."""
    base, quote = _currencies(order)
    if account.is_margin:
        return {quote: realised} if realised else {}
    notional = fill.price * fill.quantity
    if fill.side is Side.BUY:
        return {base: fill.quantity, quote: -notional}
    return {base: -fill.quantity, quote: notional}


def _locking(account: Account, before: Order | None, after: Order) -> Booking:
    """What an order locks more than before, or less."""
    booking = Booking()
    lock = account.lock_of(after)
    if lock is None:
        return booking
    locked = account.lock_of(before) if before is not None else None
    booking.lock(lock[0], lock[1] - (locked[1] if locked else ZERO))
    return booking


def _check_locks(account: Account, booking: Booking, order: Order) -> None:
    overlocked = booking.overlocked(account.balances)
    if overlocked is not None:
        raise LedgerFault(f"expected enough free {overlocked} for order {order.order_id}, found too little")


def _release(account: Account, before: Order, after: Order) -> list[Change]:
    return [*_locking(account, before, after).book(account.user_id, account.balances, BalanceReason.RELEASE)]


def _reason(before: Order, told: str | None) -> str | None:
    """Why an order is where it is; one that nobody asked for keeps saying why it was made."""
    return before.reason if told is None and before.tag is not None else told


def _currencies(order: Order) -> tuple[str, str]:
    if order.base is None or order.quote is None:
        raise LedgerFault(f"expected an order {order.order_id} with its currencies, received none")
    return order.base, order.quote
