"""The whole state of a ledger, and the few steps that all facts take on it."""

from decimal import Decimal

import msgspec

from components.model.orders import Order, OrderStatus
from components.trading.changes import OrderChanged, OrderEvent
from components.trading.facts import BalanceAdjusted
from components.trading.ledger.account import REMEMBERED_ORDERS, Account, OrderRecord
from components.trading.ledger.fault import LedgerFault
from components.trading.ledger.order_index import OrderIndex

REMEMBERED_ADJUSTMENTS = 10_000
"""How many adjustments are kept, the last ones of all accounts, so that one that comes again is known."""

REMEMBERED_STRAY_EXECUTIONS = 10_000
"""How many executions are kept whose order no platform has told, so that one that comes again is known."""

_EVENTS = {
    OrderStatus.FILLED: OrderEvent.FILLED,
    OrderStatus.CANCELLED: OrderEvent.CANCELLED,
    OrderStatus.EXPIRED: OrderEvent.EXPIRED,
    OrderStatus.REJECTED: OrderEvent.REJECTED,
    OrderStatus.DENIED: OrderEvent.REJECTED,
}


class LedgerState(msgspec.Struct, kw_only=True):
    """
    Everything that a ledger is: encoded, it is the checkpoint.

    Dicts are in the order in which their keys came, so that the same facts make the same bytes.

    Attributes:
        orders_seen: How many orders there have ever been.
        fee_balances: What commissions brought, by currency.
        venue_balances: What the venue on the other side of all trades has, by currency.
        stray_executions: Order and execution id of executions whose order is not known.
    """

    accounts: dict[str, Account] = msgspec.field(default_factory=dict)
    orders_seen: int = 0
    fee_balances: dict[str, Decimal] = msgspec.field(default_factory=dict)
    venue_balances: dict[str, Decimal] = msgspec.field(default_factory=dict)
    adjustments: dict[str, BalanceAdjusted] = msgspec.field(default_factory=dict)
    stray_executions: dict[tuple[str, str], None] = msgspec.field(default_factory=dict)


class Books:
    """The state with its index."""

    def __init__(self, state: LedgerState) -> None:
        """Begin with a state."""
        self.state = state
        self.index = OrderIndex(record for account in state.accounts.values() for record in account.orders.values())

    def account(self, user_id: str) -> Account:
        """
        The account of a user.

        Raises:
            LedgerFault: There is none.
        """
        account = self.state.accounts.get(user_id)
        if account is None:
            raise LedgerFault(f"expected an account of {user_id}, found none")
        return account

    def kept_account(self, user_id: str) -> Account:
        """
        The account of a user, whose money is kept here.

        Raises:
            LedgerFault: There is none, or a platform keeps it.
        """
        account = self.account(user_id)
        if account.is_external:
            raise LedgerFault(f"expected an account of {user_id} that is kept here, found a platform's")
        return account

    def told_account(self, user_id: str) -> Account:
        """
        The account of a user, whose money a platform keeps; it begins with the first thing told.

        Raises:
            LedgerFault: It is kept here.
        """
        account = self.state.accounts.get(user_id)
        if account is None:
            account = self.state.accounts[user_id] = Account(user_id=user_id, is_external=True)
        if not account.is_external:
            raise LedgerFault(f"expected an account of {user_id} that a platform keeps, found one that is kept here")
        return account

    def record(self, user_id: str, order_id: str) -> OrderRecord:
        """
        An order of a user.

        Raises:
            LedgerFault: The user has no such order.
        """
        record = self.index.find(order_id)
        if record is None or record.order.user_id != user_id:
            raise LedgerFault(f"expected an order {order_id} of {user_id}, found none")
        return record

    def has_execution(self, order_id: str, execution_id: str) -> bool:
        """Whether an execution of an order is known."""
        record = self.index.find(order_id)
        if record is not None and execution_id in record.executions:
            return True
        return (order_id, execution_id) in self.state.stray_executions

    def add(
        self, account: Account, order: Order, *, body_hash: bytes | None = None, sequence: int | None = None
    ) -> OrderChanged:
        """
        Take a new order in.

        Args:
            account: Whose it is.
            order: As it begins.
            body_hash: Of what its caller asked for; None where a platform told the order.
            sequence: The platform's number of it; None where no platform told it.

        Raises:
            LedgerFault: An id of it is taken.
        """
        if self.index.find(order.order_id) or self.index.find_by_client_id(order.user_id, order.client_order_id):
            raise LedgerFault(f"expected a new order, received {order.order_id} ({order.client_order_id}) again")
        self.state.orders_seen += 1
        account.orders_seen += 1
        record = account.orders[order.order_id] = OrderRecord(
            order=order,
            number=self.state.orders_seen,
            own_number=account.orders_seen,
            body_hash=body_hash,
            sequence=sequence,
        )
        self.index.add(record)
        if not order.is_open:
            self._remember_finished(account, order)
        return OrderChanged(event=_EVENTS.get(order.status, OrderEvent.NEW), order=order)

    def advance(self, account: Account, record: OrderRecord, order: Order) -> OrderChanged:
        """Make an order what it is now."""
        before = record.order
        record.order = order
        if before.is_open:
            self.index.advance(before, order)
        if order.is_open or not before.is_open:
            return OrderChanged(event=OrderEvent.UPDATE, order=order)
        self._remember_finished(account, order)
        return OrderChanged(event=_EVENTS[order.status], order=order)

    def _remember_finished(self, account: Account, order: Order) -> None:
        account.finished.append(order.order_id)
        if len(account.finished) > REMEMBERED_ORDERS:
            forgotten = account.orders.pop(account.finished.pop(0))
            self.index.forget(forgotten.order)
