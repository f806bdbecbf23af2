"""A ledger that is told what happens in a few words, and says in words what that changed."""

from decimal import Decimal
from typing import Any

from components.model.market import Side
from components.model.money import amount_or_none, amount_text
from components.model.orders import Fill, Liquidity, Order, OrderStatus
from components.trading.changes import BalanceChanged, Change, FillAdded, MarginChanged, OrderChanged, PositionChanged
from components.trading.facts import (
    AccountOpened,
    AnyFact,
    BalanceAdjusted,
    OrderAmended,
    OrderFilled,
    OrderMoved,
    OrderPlaced,
)
from components.trading.ledger.ledger import Ledger
from tests.support.paper_orders import BTCUSDT, paper_order

DAY_NS = 86_400 * 10**9


class LedgerTeller:
    """
    Makes facts of words, and has a ledger apply them.

    Attributes:
        ledger: Applies.
        facts: All that were applied.
        now_ns: The time of the next fact.
    """

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.facts: list[AnyFact] = []
        self.now_ns = 1

    def apply(self, fact: AnyFact) -> list[str]:
        changes = self.ledger.apply(fact)
        self.facts.append(fact)
        return in_words(changes)

    def open(self, user_id: str = "alice", *, worth: str | None = None, **other: Any) -> list[str]:
        """An account with balances by currency; `is_margin` and `is_external` are no currencies."""
        kinds = {name: other.pop(name) for name in ("is_margin", "is_external") if name in other}
        balances = {currency: Decimal(amount) for currency, amount in other.items()}
        fact = AccountOpened(
            ts_ns=self.now_ns,
            user_id=user_id,
            balances=balances,
            worth=None if worth is None else Decimal(worth),
            **kinds,
        )
        return self.apply(fact)

    def adjust(self, name: str, amount: str, currency: str = "USDT", *, worth: str | None = None) -> list[str]:
        """An operator puts something into alice's account."""
        fact = BalanceAdjusted(
            ts_ns=self.now_ns,
            user_id="alice",
            adjustment_id=name,
            currency=currency,
            amount=Decimal(amount),
            reason="gift",
            adjusted_by="olga",
            worth=None if worth is None else Decimal(worth),
        )
        return self.apply(fact)

    def place(self, name: str, side: str, quantity: str, price: str | None = None, **other: Any) -> list[str]:
        """An order begins."""
        order = paper_order(name, side, quantity, price, **other)
        return self.apply(OrderPlaced(ts_ns=self.now_ns, order=order, body_hash=name.encode()))

    def move(self, name: str, status: str, **other: Any) -> list[str]:
        """An order goes to another status."""
        user_id = self.order(name).user_id
        fact = OrderMoved(ts_ns=self.now_ns, user_id=user_id, order_id=name, status=OrderStatus(status), **other)
        return self.apply(fact)

    def amend(self, name: str, quantity: str, price: str, budget: str | None = None) -> list[str]:
        """An order has another quantity and price."""
        fact = OrderAmended(
            ts_ns=self.now_ns,
            user_id=self.order(name).user_id,
            order_id=name,
            quantity=Decimal(quantity),
            price=Decimal(price),
            budget=None if budget is None else Decimal(budget),
        )
        return self.apply(fact)

    def fill(self, name: str, execution_id: str, quantity: str, price: str, commission: str = "0 USDT") -> list[str]:
        """Some of an order is executed, for a commission such as `0.1 USDT`."""
        fill = fill_of(self.order(name), execution_id, quantity, price, commission)
        return self.apply(OrderFilled(ts_ns=self.now_ns, fill=fill))

    def order(self, name: str) -> Order:
        order = self.ledger.order_of(name)
        assert order is not None
        return order

    def trade(self, name: str, side: str, quantity: str, price: str, commission: str = "0 USDT", **other: Any) -> None:
        """A market order that is executed at once."""
        self.place(name, side, quantity, **other)
        self.fill(name, f"of-{name}", quantity, price, commission)

    def balance(self, currency: str, user_id: str = "alice") -> tuple[str, str, str]:
        """Total, free, locked."""
        balance = self.ledger.balance(user_id, currency)
        return amount_text(balance.total), amount_text(balance.free), amount_text(balance.locked)

    def position(self, user_id: str = "alice", instrument_id: str = BTCUSDT) -> tuple[str, str, str]:
        """Quantity, cost, realised profit and loss."""
        position = self.ledger.position(user_id, instrument_id)
        return amount_text(position.quantity), amount_text(position.cost), amount_text(position.realised_pnl)


def fill_of(order: Order, execution_id: str, quantity: str, price: str, commission: str = "0 USDT") -> Fill:
    """An execution of an order."""
    amount, currency = commission.split()
    return Fill(
        execution_id=execution_id,
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        user_id=order.user_id,
        instrument_id=order.instrument_id,
        venue=order.venue,
        side=Side(order.side),
        price=Decimal(price),
        quantity=Decimal(quantity),
        commission=Decimal(amount),
        commission_currency=currency,
        liquidity=Liquidity.TAKER,
        ts_ns=5,
    )


def texts(*amounts: Decimal | None) -> list[str | None]:
    """Amounts as they go over the wire."""
    return [amount_or_none(amount) for amount in amounts]


def in_words(changes: list[Change]) -> list[str]:
    """What changed, such as `update a partially_filled 1 of 2`, `USDT 900, 50 locked: trade`."""
    return [_words(change) for change in changes]


def _words(change: Change) -> str:
    match change:
        case OrderChanged(event=event, order=order):
            filled = f"{amount_text(order.filled_quantity)} of {amount_text(order.quantity)}"
            return f"{event} {order.order_id} {order.status} {filled}"
        case FillAdded(fill=fill, is_late=is_late):
            return f"{'late fill' if is_late else 'fill'} {fill.execution_id}"
        case PositionChanged(position=one, is_liquidated=is_liquidated):
            words = f"{one.instrument_id} {amount_text(one.quantity)} for {amount_text(one.cost)}"
            realised = f", realised {amount_text(one.realised_pnl)}" if one.realised_pnl else ""
            return words + realised + (f", liquidated: {change.reason}" if is_liquidated else "")
        case BalanceChanged(balance=balance, reason=reason):
            locked = f", {amount_text(balance.locked)} locked" if balance.locked else ""
            return f"{balance.currency} {amount_text(balance.total)}{locked}: {reason}"
        case MarginChanged(margin=margin):
            return f"margin level {margin.margin_level}"
