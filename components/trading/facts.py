"""
What has happened to accounts: the facts that the journal keeps, from which the ledger is folded.

A fact was decided once and is never judged again: a ledger that applies the same facts in the same order is the same
ledger. Fields may be added with a default; none goes or changes its meaning, as journals hold old ones.
"""

from decimal import Decimal

import msgspec

from components.model.orders import Asked, Fill, Order, OrderStatus


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """
    One thing that has happened.

    Attributes:
        ts_ns: When, UNIX nanoseconds.
    """

    ts_ns: int


class AccountOpened(Fact, frozen=True, kw_only=True):
    """
    An account began.

    Attributes:
        balances: What it was given, by currency.
        is_margin: Whether it holds positions on margin.
        is_external: Whether a platform of its own keeps its money and positions, and tells them.
        worth: What all of it was worth in account currency; None where that was not known then.
    """

    user_id: str
    balances: dict[str, Decimal]
    is_margin: bool = False
    is_external: bool = False
    worth: Decimal | None = None


class BalanceAdjusted(Fact, frozen=True, kw_only=True):
    """
    An operator put money in, or took some out.

    Attributes:
        adjustment_id: The operator's name for it: the same one is done once.
        amount: Less than 0 takes out.
        reason: Why, in the operator's words.
        adjusted_by: Which operator.
        worth: What the amount was worth in account currency; None where that was not known then.
    """

    user_id: str
    adjustment_id: str
    currency: str
    amount: Decimal
    reason: str
    adjusted_by: str
    worth: Decimal | None = None


class OrderPlaced(Fact, frozen=True, kw_only=True):
    """
    An order was accepted from its caller, or made by the gateway itself.

    Attributes:
        order: As it begins: `pending_new`.
        body_hash: Of what the caller asked for, so that the same again is known as such.
    """

    order: Order
    body_hash: bytes


class OrderMoved(Fact, frozen=True, kw_only=True):
    """
    An order went from one status to another, otherwise than by an execution.

    Attributes:
        status: Where it went.
        reason: Why, in a word of the reference.
        asked: What the venue has not answered yet; None where it was asked nothing, or has answered.
    """

    user_id: str
    order_id: str
    status: OrderStatus
    reason: str | None = None
    asked: Asked | None = None


class OrderAmended(Fact, frozen=True, kw_only=True):
    """An open order got another quantity or price; the budget is that of a cash buy."""

    user_id: str
    order_id: str
    quantity: Decimal
    price: Decimal | None
    budget: Decimal | None = None


class OrderFilled(Fact, frozen=True, kw_only=True):
    """An execution on a venue of ours, that moves money: of the account, the fee account, and the venue's own."""

    fill: Fill


class HandedIn(Fact, frozen=True, kw_only=True):
    """
    A platform's own engine told something; `ts_ns` is when the gateway received it.

    Attributes:
        event_ns: When it happened by the platform's clock; None where it did not tell.
    """

    event_ns: int | None = None


class OrderHandedIn(HandedIn, frozen=True, kw_only=True):
    """
    A platform's own engine told an order as it is now.

    Attributes:
        sequence: The sender's, by which it is known when it comes again.
    """

    order: Order
    sequence: int


class FillHandedIn(HandedIn, frozen=True, kw_only=True):
    """A platform's own engine told an execution; what it did to orders, balances and positions is told apart."""

    fill: Fill


class PositionHandedIn(HandedIn, frozen=True, kw_only=True):
    """
    A platform's own engine told a position.

    Attributes:
        event: `update` or `liquidated`.
        reason: Why it was liquidated; None where it was not.
        mark_price: By the platform; None where it told none.
        unrealised_pnl: By the platform; None where it told none.
    """

    user_id: str
    instrument_id: str
    venue: str
    quantity: Decimal
    average_price: Decimal | None
    realised_pnl: Decimal
    sequence: int
    event: str = "update"
    reason: str | None = None
    mark_price: Decimal | None = None
    unrealised_pnl: Decimal | None = None


class BalanceHandedIn(HandedIn, frozen=True, kw_only=True):
    """A platform told one balance."""

    user_id: str
    currency: str
    total: Decimal
    locked: Decimal
    sequence: int
    reason: str | None = None


class MarginHandedIn(HandedIn, frozen=True, kw_only=True):
    """
    A platform told how an account stands, by its own formula, which `formula` names.

    Attributes:
        margin_level: None where nothing is held on margin.
        call_at: At which level more is asked for; None where the platform does not tell.
        liquidation_at: At which level positions are closed; None where the platform does not tell.
        shortfall: What is missing up to `call_at`; None where the platform does not tell.
        currency: Of the amounts; None where the platform does not tell.
    """

    user_id: str
    margin_level: Decimal | None
    formula: str
    equity: Decimal
    maintenance_margin: Decimal
    sequence: int
    call_at: Decimal | None = None
    liquidation_at: Decimal | None = None
    shortfall: Decimal | None = None
    currency: str | None = None


ToldFact = OrderHandedIn | FillHandedIn | PositionHandedIn | BalanceHandedIn | MarginHandedIn

AnyFact = AccountOpened | BalanceAdjusted | OrderPlaced | OrderMoved | OrderAmended | OrderFilled | ToldFact

_ENCODER = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[AnyFact] = msgspec.msgpack.Decoder(AnyFact)


def encode_fact(fact: AnyFact) -> bytes:
    """A fact as the journal keeps it."""
    return _ENCODER.encode(fact)


def decode_fact(body: bytes) -> AnyFact:
    """A fact of the journal."""
    return _DECODER.decode(body)
