"""One account, as the ledger keeps it, and one order in it."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from components.contract.envelope import NS_PER_S
from components.model.market import Side
from components.model.money import ZERO
from components.model.orders import Balance, Fill, Order, Position
from components.trading.facts import MarginHandedIn
from components.trading.ledger.balances import add

REMEMBERED_ORDERS = 1_000
"""How many finished orders of an account are kept, the last ones to finish; open ones are all kept."""

REMEMBERED_FILLS = 1_000
"""How many executions of an account are kept, the last ones."""


DAY_NS = 86_400 * NS_PER_S


class Transfers(msgspec.Struct, kw_only=True):
    """
    What openings and adjustments put into an account, less what they took out.

    Attributes:
        amounts: By currency.
        worth: What it was worth in account currency when it was put in, as far as that was known.
        unvalued: What was put in while its worth was not known, by currency.
    """

    amounts: dict[str, Decimal] = msgspec.field(default_factory=dict)
    worth: Decimal = ZERO
    unvalued: dict[str, Decimal] = msgspec.field(default_factory=dict)

    def add(self, amounts: Mapping[str, Decimal], worth: Decimal | None) -> None:
        """Something was put in, or taken out; within a function that is `@exact`."""
        for currency, amount in amounts.items():
            add(self.amounts, currency, amount)
            if worth is None:
                add(self.unvalued, currency, amount)
        self.worth += worth or ZERO


class OrderRecord(msgspec.Struct, kw_only=True):
    """
    One order, and what the ledger knows of it besides.

    Attributes:
        number: Its place among all orders that the ledger has ever had.
        own_number: Its place among those of its account, from 1.
        body_hash: Of what its caller asked for; None where a platform told the order.
        executions: Ids of its executions, in the order in which they came. They are as many as the venue makes of one
            order, and go with it.
        sequence: The platform's newest number of it; None where no platform told it.
    """

    order: Order
    number: int
    own_number: int
    body_hash: bytes | None = None
    executions: dict[str, None] = msgspec.field(default_factory=dict)
    sequence: int | None = None


class Account(msgspec.Struct, kw_only=True):
    """
    One account.

    Attributes:
        is_margin: Whether it holds positions on margin.
        is_external: Whether a platform of its own keeps its money and positions, and tells them; nothing is locked
            or booked here then.
        placed: How many orders its user has placed.
        orders_seen: How many orders it has ever had, whoever placed them.
        day: The last day, UTC, on which anything was realised, in days since 1970.
        realised_of_day: What was realised on it, by instrument, in its quote currency.
        transfers: What openings and adjustments put in.
        orders: By order id, in the order in which they were placed.
        finished: Ids of those that are final, in the order in which they finished.
        fills: The last ones, the oldest first.
        executed: How many there have ever been.
        position_sequences: A platform's newest number by instrument.
        balance_sequences: A platform's newest number by currency.
        margin: What a platform told last of it.
    """

    user_id: str
    is_margin: bool = False
    is_external: bool = False
    placed: int = 0
    orders_seen: int = 0
    balances: dict[str, Balance] = msgspec.field(default_factory=dict)
    positions: dict[str, Position] = msgspec.field(default_factory=dict)
    day: int = 0
    realised_of_day: dict[str, Decimal] = msgspec.field(default_factory=dict)
    transfers: Transfers = msgspec.field(default_factory=Transfers)
    orders: dict[str, OrderRecord] = msgspec.field(default_factory=dict)
    finished: list[str] = msgspec.field(default_factory=list)
    fills: list[Fill] = msgspec.field(default_factory=list)
    executed: int = 0
    position_sequences: dict[str, int] = msgspec.field(default_factory=dict)
    balance_sequences: dict[str, int] = msgspec.field(default_factory=dict)
    margin: MarginHandedIn | None = None

    def position(self, instrument_id: str, *, venue: str = "", quote: str | None = None) -> Position:
        """What it holds of an instrument; a flat one of that venue and currency where it never held any."""
        known = self.positions.get(instrument_id)
        return known or Position(user_id=self.user_id, instrument_id=instrument_id, venue=venue, quote=quote)

    def lock_of(self, order: Order) -> tuple[str, Decimal] | None:
        """
        The currency that an order locks, and how much; None where it locks none. Within a function that is `@exact`.

        A buy locks what is left of its budget, a sell what is left to be sold. A margin account locks nothing.
        """
        if self.is_margin or self.is_external or order.base is None or order.quote is None:
            return None
        if order.side is Side.SELL:
            return order.base, ZERO if order.status.is_final else order.quantity - order.filled_quantity
        if order.budget is None or order.status.is_final:
            return order.quote, ZERO
        return order.quote, max(order.budget - order.spent, ZERO)

    def realise(self, instrument_id: str, amount: Decimal, *, ts_ns: int) -> None:
        """Closed quantities have brought an amount; within a function that is `@exact`."""
        if not amount:
            return
        day = ts_ns // DAY_NS
        if day > self.day:
            self.day = day
            self.realised_of_day = {}
        add(self.realised_of_day, instrument_id, amount)

    def add_fill(self, fill: Fill) -> None:
        """Remember an execution, and forget the oldest where there are too many."""
        self.fills.append(fill)
        self.executed += 1
        if len(self.fills) > REMEMBERED_FILLS:
            self.fills.pop(0)
