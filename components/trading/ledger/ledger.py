"""The ledger: what all accounts are, folded from what has happened to them."""

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from components.model.money import exact
from components.model.orders import Balance, Fill, Order, Position
from components.trading.changes import Change
from components.trading.facts import (
    AccountOpened,
    AnyFact,
    BalanceAdjusted,
    BalanceHandedIn,
    FillHandedIn,
    MarginHandedIn,
    OrderAmended,
    OrderFilled,
    OrderHandedIn,
    OrderMoved,
    OrderPlaced,
    PositionHandedIn,
    decode_fact,
)
from components.trading.ledger import kept, told
from components.trading.ledger.account import DAY_NS, Account, OrderRecord, Transfers
from components.trading.ledger.books import Books, LedgerState
from components.trading.ledger.order_index import OpenQuantity

_APPLY: Mapping[type[AnyFact], Callable[[Books, Any], list[Change]]] = {
    AccountOpened: kept.apply_opened,
    BalanceAdjusted: kept.apply_adjusted,
    OrderPlaced: kept.apply_placed,
    OrderMoved: kept.apply_moved,
    OrderAmended: kept.apply_amended,
    OrderFilled: kept.apply_filled,
    OrderHandedIn: told.apply_order,
    FillHandedIn: told.apply_fill,
    PositionHandedIn: told.apply_position,
    BalanceHandedIn: told.apply_balance,
    MarginHandedIn: told.apply_margin,
}

_STATE = msgspec.msgpack.Decoder(LedgerState)
_ENCODER = msgspec.msgpack.Encoder()


class Ledger:
    """
    Accounts with their orders, executions, positions and balances.

    Sans-I/O. It judges nothing: what it applies was decided, and a fact that contradicts what it holds is a bug. The
    same facts in the same order make the same ledger, byte for byte of its checkpoint.

    Shape: all open orders; of each account the last `REMEMBERED_ORDERS` finished ones with what they were asked for,
    and the last `REMEMBERED_FILLS` executions; the last `REMEMBERED_ADJUSTMENTS` adjustments of all accounts, and the
    last `REMEMBERED_STRAY_EXECUTIONS` executions without an order. The ids of an order's executions go with the order.
    Units: amounts in the currency named beside them; times are UNIX nanoseconds.

    Attributes:
        name: Under which its facts are in the journal.
    """

    name = "trading"

    def __init__(self) -> None:
        """Begin without any account."""
        self._books = Books(LedgerState())

    @exact
    def apply(self, fact: AnyFact) -> list[Change]:
        """
        Take in what has happened, and say what it changed, in the order in which it came about.

        What happened before, by the id of an execution or an adjustment or by a platform's own number, changes nothing.

        Raises:
            LedgerFault: It cannot follow what the ledger holds; nothing has changed.
        """
        return _APPLY[type(fact)](self._books, fact)

    def apply_record(self, body: bytes) -> None:
        """
        Take in a fact of the journal.

        Raises:
            LedgerFault: It cannot follow what the ledger holds.
        """
        self.apply(decode_fact(body))

    def checkpoint(self) -> bytes:
        """The whole state, encoded; of two ledgers it is equal exactly when they are."""
        return _ENCODER.encode(self._books.state)

    @exact
    def restore(self, checkpoint: bytes) -> None:
        """Become what a checkpoint says."""
        self._books = Books(_STATE.decode(checkpoint))

    def user_ids(self) -> Collection[str]:
        """Whose accounts there are."""
        return self._books.state.accounts.keys()

    def has_account(self, user_id: str) -> bool:
        """Whether a user has an account."""
        return user_id in self._books.state.accounts

    def is_margin(self, user_id: str) -> bool:
        """Whether a user's account holds positions on margin; one that does not exist holds none."""
        account = self._account(user_id)
        return account is not None and account.is_margin

    def is_external(self, user_id: str) -> bool:
        """Whether a platform keeps the user's money and positions; nobody keeps those of an account not begun."""
        account = self._account(user_id)
        return account is not None and account.is_external

    def find_order(
        self, user_id: str, *, client_order_id: str | None = None, order_id: str | None = None
    ) -> Order | None:
        """An order of that user, by either id; None where that user has none of it."""
        record = self._find(user_id, client_order_id, order_id)
        return None if record is None else record.order

    def order_of(self, order_id: str) -> Order | None:
        """The order of that id, whoever's it is: for who executes orders, never for a caller."""
        record = self._books.index.find(order_id)
        return None if record is None else record.order

    def body_hash(self, user_id: str, client_order_id: str) -> bytes | None:
        """Of what was asked for by that name; None where the order is not known, or no caller asked for it."""
        record = self._find(user_id, client_order_id, None)
        return None if record is None else record.body_hash

    def open_orders(self, user_id: str | None = None, instrument_id: str | None = None) -> list[Order]:
        """The open orders of one user or all, on one instrument or all, in the order in which they were placed."""
        return self._books.index.open_orders(user_id, instrument_id)

    def orders(self, user_id: str) -> Iterator[tuple[int, Order]]:
        """A user's orders, each with its number, the newest first: all open ones, and the finished ones remembered."""
        account = self._account(user_id)
        records = () if account is None else account.orders.values()
        return ((one.own_number, one.order) for one in reversed(records))

    def fills(self, user_id: str) -> Iterator[tuple[int, Fill]]:
        """A user's executions, each with its number, the newest first, as many as are remembered."""
        account = self._account(user_id)
        return iter(()) if account is None else zip(itertools.count(account.executed, -1), reversed(account.fills))

    def position(self, user_id: str, instrument_id: str) -> Position:
        """What a user holds of an instrument; a flat position without a venue where there never was any."""
        return (self._account(user_id) or Account(user_id=user_id)).position(instrument_id)

    def positions(self, user_id: str) -> list[Position]:
        """A user's positions that are not flat, or have realised anything."""
        account = self._account(user_id)
        return (
            [] if account is None else [one for one in account.positions.values() if one.quantity or one.realised_pnl]
        )

    def balance(self, user_id: str, currency: str) -> Balance:
        """A user's balance in a currency; nothing where there never was any."""
        account = self._account(user_id)
        known = None if account is None else account.balances.get(currency)
        return known or Balance(currency=currency)

    def balances(self, user_id: str) -> list[Balance]:
        """All balances of a user."""
        account = self._account(user_id)
        return [] if account is None else list(account.balances.values())

    def has_execution(self, order_id: str, execution_id: str) -> bool:
        """Whether an execution of an order is known."""
        return self._books.has_execution(order_id, execution_id)

    def adjustment(self, adjustment_id: str) -> BalanceAdjusted | None:
        """The adjustment of that id, if it is among the last ones."""
        return self._books.state.adjustments.get(adjustment_id)

    def transferred(self, user_id: str) -> dict[str, Decimal]:
        """What openings and adjustments put into an account, less what they took out, by currency."""
        account = self._account(user_id)
        return {} if account is None else dict(account.transfers.amounts)

    def transfers(self, user_id: str) -> Transfers:
        """The same, and what of it is known to have been worth when it was put in; to be read only."""
        account = self._account(user_id)
        return Transfers() if account is None else account.transfers

    def realised_today(self, user_id: str, *, now_ns: int) -> Mapping[str, Decimal]:
        """What was realised since the beginning of the day, UTC, by instrument, in its quote currency."""
        account = self._account(user_id)
        return {} if account is None or account.day != now_ns // DAY_NS else account.realised_of_day

    def open_quantities(self, user_id: str) -> Mapping[str, OpenQuantity]:
        """What a user's open orders may still execute, by instrument."""
        return self._books.index.open_quantities(user_id)

    def told_margin(self, user_id: str) -> MarginHandedIn | None:
        """How a user's account stands by its platform; None where none told."""
        account = self._account(user_id)
        return None if account is None else account.margin

    def order_sequence(self, order_id: str) -> int | None:
        """A platform's newest number of an order; None where none told it."""
        record = self._books.index.find(order_id)
        return None if record is None else record.sequence

    def position_sequence(self, user_id: str, instrument_id: str) -> int | None:
        """A platform's newest number of a position; None where none told it."""
        account = self._account(user_id)
        return None if account is None else account.position_sequences.get(instrument_id)

    def told_positions(self, user_id: str) -> int:
        """Of how many instruments a platform has told positions of a user, flat ones too."""
        account = self._account(user_id)
        return 0 if account is None else len(account.position_sequences)

    def balance_sequence(self, user_id: str, currency: str) -> int | None:
        """A platform's newest number of a balance; None where none told it."""
        account = self._account(user_id)
        return None if account is None else account.balance_sequences.get(currency)

    def margin_sequence(self, user_id: str) -> int | None:
        """A platform's newest number of how an account stands; None where none told it."""
        margin = self.told_margin(user_id)
        return None if margin is None else margin.sequence

    def next_order_number(self, user_id: str) -> int:
        """How many orders a user has placed, and one."""
        account = self._account(user_id)
        return 1 if account is None else account.placed + 1

    @property
    def fee_balances(self) -> Mapping[str, Decimal]:
        """What commissions have brought, by currency."""
        return self._books.state.fee_balances

    @property
    def venue_balances(self) -> Mapping[str, Decimal]:
        """What the venue on the other side of all trades has, by currency; less than 0 is what it has paid."""
        return self._books.state.venue_balances

    def _account(self, user_id: str) -> Account | None:
        return self._books.state.accounts.get(user_id)

    def _find(self, user_id: str, client_order_id: str | None, order_id: str | None) -> OrderRecord | None:
        index = self._books.index
        if order_id is None:
            return None if client_order_id is None else index.find_by_client_id(user_id, client_order_id)
        record = index.find(order_id)
        if record is None or record.order.user_id != user_id:
            return None
        return record if client_order_id in (None, record.order.client_order_id) else None
