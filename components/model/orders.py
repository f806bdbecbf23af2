"""
What is traded: orders, executions, positions and balances, as every slice that deals with accounts sees them.

Frozen `msgspec.Struct`s, which the journal keeps as they are. Money, prices and quantities are `Decimal`; times are
UNIX nanoseconds.
"""

import enum
from decimal import Decimal

import msgspec

from components.model.market import Side
from components.model.money import ZERO, exact, quotient


class OrderType(enum.StrEnum):
    """What an order waits for, and at which price it trades."""

    LIMIT = "limit"
    MARKET = "market"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"

    @property
    def has_price(self) -> bool:
        """Whether the order names a limit."""
        return self in (OrderType.LIMIT, OrderType.STOP_LIMIT)

    @property
    def has_stop_price(self) -> bool:
        """Whether the order waits for a price to be reached."""
        return self in (OrderType.STOP, OrderType.STOP_LIMIT)


class TimeInForce(enum.StrEnum):
    """How long an order is good: till cancelled, at once or not at all, wholly or not at all, till a date."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTD = "GTD"


class OrderStatus(enum.StrEnum):
    """Where an order is in its life; `components/trading` holds the table of moves."""

    PENDING_NEW = "pending_new"
    UNTRIGGERED = "untriggered"
    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    PENDING_CANCEL = "pending_cancel"
    PENDING_REPLACE = "pending_replace"
    UNKNOWN = "unknown"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    DENIED = "denied"

    @property
    def is_final(self) -> bool:
        """Whether no order leaves it."""
        return self in _FINAL


_FINAL = frozenset(
    {
        OrderStatus.FILLED,
        OrderStatus.CANCELLED,
        OrderStatus.EXPIRED,
        OrderStatus.REJECTED,
        OrderStatus.DENIED,
    }
)


class Liquidity(enum.StrEnum):
    """Whether an execution's order was there before, or came to it."""

    MAKER = "maker"
    TAKER = "taker"


class RequestKind(enum.StrEnum):
    """What a venue can be asked about an order."""

    SUBMIT = "submit"
    AMEND = "amend"
    CANCEL = "cancel"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a venue was asked about an order, and has not answered yet.

    Attributes:
        ts_ns: When it was asked; with the order and the kind it names the request for ever.
        quantity: What a change would make of the order; None for any other request.
        price: The same; None where the order has none.
    """

    kind: RequestKind
    ts_ns: int
    quantity: Decimal | None = None
    price: Decimal | None = None


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a caller wants, checked as far as it can be without knowing the account.

    Attributes:
        client_order_id: The caller's name for the order; no two orders of an account share one.
        instrument_id: What to trade.
        quantity: In base currency.
        price: Limit, in quote currency; None where the type has none.
        stop_price: What must be reached first; None where the type has none.
        expire_ns: When a GTD order expires.
        post_only: Whether it may only rest, never take.
        reduce_only: Whether it may only make the position smaller.
    """

    client_order_id: str
    instrument_id: str
    side: Side
    type: OrderType
    quantity: Decimal
    price: Decimal | None = None
    stop_price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    expire_ns: int | None = None
    post_only: bool = False
    reduce_only: bool = False


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """
    One order as of now.

    Attributes:
        order_id: Ours, the same for ever.
        user_id: Whose it is.
        venue: Where it is executed.
        status: Where it is in its life.
        resume_status: Where it goes back to when a cancel or a change is refused; None unless one is pending.
        asked: What the venue has not answered yet; None unless the status is a pending one or `unknown`.
        filled_quantity: Sum of its distinct executions.
        filled_notional: Sum of price times quantity of the same, exact.
        fills: How many they are.
        base: Currency that is bought or sold; None where a platform told the order without.
        quote: Currency that it is paid in; None where a platform told the order without.
        budget: What a cash buy may cost at most, commission included, in quote currency; None where nothing bounds it.
        spent: What it has cost of that.
        reason: Why it is where it is, in one word or two of the reference; None where there is nothing to say.
        tag: What made it, where no caller did, such as `liquidation`.
        placed_ns: When it was accepted from the caller.
        updated_ns: When it changed last.
        queued_ns: Since when it has its place among the orders of its price; None where it never took one.
    """

    order_id: str
    user_id: str
    client_order_id: str
    instrument_id: str
    venue: str
    side: Side
    type: OrderType
    quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None
    time_in_force: TimeInForce
    expire_ns: int | None
    post_only: bool
    reduce_only: bool
    status: OrderStatus
    placed_ns: int
    updated_ns: int
    queued_ns: int | None = None
    resume_status: OrderStatus | None = None
    asked: Asked | None = None
    filled_quantity: Decimal = ZERO
    filled_notional: Decimal = ZERO
    fills: int = 0
    base: str | None = None
    quote: str | None = None
    budget: Decimal | None = None
    spent: Decimal = ZERO
    reason: str | None = None
    tag: str | None = None

    @property
    def remaining_quantity(self) -> Decimal:
        """What may still be executed; 0 in a final status."""
        return ZERO if self.status.is_final else self.unfilled_quantity

    @property
    @exact
    def unfilled_quantity(self) -> Decimal:
        """What was not executed, whatever the status."""
        return self.quantity - self.filled_quantity

    @property
    def average_price(self) -> Decimal | None:
        """What was paid or received for one unit so far; None before the first execution."""
        return quotient(self.filled_notional, self.filled_quantity) if self.filled_quantity else None

    @property
    def is_open(self) -> bool:
        """Whether anything may still become of it."""
        return not self.status.is_final


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """
    One execution of one order.

    Attributes:
        execution_id: The venue's, unique on it.
        commission: What it cost, 0 or more; less than 0 is a rebate.
        commission_currency: In which currency: base or quote.
        base: Currency that was bought or sold; None where a platform told the execution without.
        quote: Currency that was paid; None where a platform told the execution without.
    """

    execution_id: str
    order_id: str
    client_order_id: str
    user_id: str
    instrument_id: str
    venue: str
    side: Side
    price: Decimal
    quantity: Decimal
    commission: Decimal
    commission_currency: str
    liquidity: Liquidity
    ts_ns: int
    base: str | None = None
    quote: str | None = None


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """
    What one account holds of one instrument, by netting.

    Attributes:
        quantity: More than 0 is long, less is short.
        cost: What the open quantity was bought or sold for, of the same sign, exact.
        realised_pnl: What closed quantities have brought since the account began, commissions apart.
        updated_ns: When it changed last.
        quote: Currency that it was paid in; None where a platform told the position without.
        mark_price: What a platform reckons it at; None where none told.
        unrealised_pnl: What that platform makes of it; None where none told.
    """

    user_id: str
    instrument_id: str
    venue: str
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realised_pnl: Decimal = ZERO
    updated_ns: int = 0
    quote: str | None = None
    mark_price: Decimal | None = None
    unrealised_pnl: Decimal | None = None

    @property
    def average_price(self) -> Decimal | None:
        """What one unit was bought or sold for; None where nothing is held."""
        return quotient(self.cost, self.quantity) if self.quantity else None


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """One currency of one account: `total` is `free` and `locked` together, always."""

    currency: str
    total: Decimal = ZERO
    locked: Decimal = ZERO

    @property
    @exact
    def free(self) -> Decimal:
        """What orders may still use."""
        return self.total - self.locked
