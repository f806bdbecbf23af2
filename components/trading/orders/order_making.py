"""Whether an account may have an order, or another one than it has; and the order that it then has."""

import hashlib
from collections.abc import Callable
from decimal import Decimal

import attrs
import msgspec

from components.model.accounts import AccountFigures, Mark, PreTradeRisk
from components.model.errors import CommandRejected, InvalidArgument, Unavailable
from components.model.market import Side
from components.model.money import amount_text, exact
from components.model.orders import (
    Asked,
    Order,
    OrderRequest,
    OrderStatus,
    OrderType,
    Position,
    RequestKind,
    TimeInForce,
)
from components.trading.ledger.ledger import Ledger
from components.trading.live.markets import InstrumentRules, Markets
from components.trading.orders.desk_rules import DeskRules
from components.trading.orders.order_arguments import Amendment
from components.trading.orders.order_funds import (
    InitialMargin,
    Need,
    budget_after,
    budget_for_change,
    budget_of,
    check_free,
    need_of_change,
    request_like,
)
from components.trading.orders.order_rules import check_expiry, check_rules
from components.trading.orders.reductions import Reductions
from components.trading.orders.reserved import Reserved

Figures = Callable[[str, int], AccountFigures]
"""Reckons a user's account at a time, UNIX nanoseconds."""

AMENDABLE = frozenset({OrderStatus.UNTRIGGERED, OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED})

_ID_BYTES = 12
_ONE = Decimal(1)


@attrs.frozen(kw_only=True)
class NewTerms:
    """
    What an order shall be from now on.

    Attributes:
        budget: What it may cost in the end, whatever is executed before; None where nothing bounds it.
        need: What it locks besides; None where it locks no more than before.
    """

    quantity: Decimal
    price: Decimal | None
    budget: Decimal | None
    need: Need | None


class OrderMaker:
    """
    Check orders before anything of them is written down.

    It changes nothing. The checks of an order are, in this order: who keeps the account, the order's end, the
    instrument, its rules, what a reduce-only order may reduce, the limits of risk, and what the account has.
    """

    def __init__(
        self,
        ledger: Ledger,
        risk: PreTradeRisk,
        markets: Markets,
        rules: DeskRules,
        *,
        figures: Figures,
        reserved: Reserved,
        reductions: Reductions,
        venue: str,
    ) -> None:
        """
        Check by what these know.

        Args:
            ledger: The accounts.
            risk: Their limits.
            markets: The instruments.
            rules: What the operator decided.
            figures: Reckons an account.
            reserved: What of free balances is promised.
            reductions: Know what reduce-only orders may reduce.
            venue: Where orders are executed.
        """
        self._ledger = ledger
        self._risk = risk
        self._markets = markets
        self._rules = rules
        self._figures = figures
        self._reserved = reserved
        self._reductions = reductions
        self._venue = venue
        self._initial_margin = InitialMargin(markets, rate=rules.initial_margin_rate)

    def make(
        self, user_id: str, request: OrderRequest, *, now_ns: int, tag: str | None = None, reason: str | None = None
    ) -> Order:
        """
        The order that a caller asks for.

        Raises:
            CommandRejected: It is refused.
        """
        self._check_keeper(user_id)
        check_expiry(request, now_ns=now_ns)
        rules = self._markets.rules(request.instrument_id)
        request = msgspec.structs.replace(request, instrument_id=rules.instrument_id)
        mark = self._markets.mark(rules.instrument_id)
        check_rules(request, rules, mark=mark)
        self._reductions.check(user_id, request)
        figures = self._figures(user_id, now_ns)
        quote_rate = self._quote_rate(rules)
        self._risk.check_order(request, figures, mark=mark, quote_rate=quote_rate, now_ns=now_ns)
        budget = self._budget(user_id, request, mark)
        if self._ledger.is_margin(user_id):
            self._initial_margin.check(request, figures)
        elif self._is_cash(user_id):
            need = _lock(request, rules.base, rules.quote, budget)
            check_free(need, self.free(user_id, need.currency))
        return self._order(user_id, request, rules, budget=budget, now_ns=now_ns, tag=tag, reason=reason)

    def change(self, order: Order, amendment: Amendment, *, now_ns: int) -> NewTerms | None:
        """
        What an open order becomes by a change; None where that changes nothing.

        Raises:
            CommandRejected: It is refused.
        """
        _check_change(order, amendment)
        quantity, price = amendment.quantity or order.quantity, amendment.price or order.price
        if _is_asked(order, quantity, price):
            return None
        if order.status not in AMENDABLE:
            raise InvalidArgument(
                "client_order_id",
                f"expected an order that is {', '.join(sorted(AMENDABLE))}; it is {order.status.value}",
            )
        if (quantity, price) == (order.quantity, order.price):
            return None
        self._check_keeper(order.user_id)
        return self._checked_change(order, quantity, price, now_ns)

    def closing(self, position: Position, *, tag: str, reason: str, now_ns: int) -> Order | None:
        """
        The market order that closes a position, as far as whole lots go, or what is left of it below a lot.

        None where nothing can be sent now: the instrument is not known, a cash account has nothing to close with, or
        whoever keeps the account does not execute orders now.
        """
        try:
            self._check_keeper(position.user_id)
            rules = self._markets.rules(position.instrument_id)
            request = self._closing_request(position, rules, tag)
            if request is None:
                return None
            budget = self._budget(position.user_id, request, self._markets.mark(rules.instrument_id))
        except CommandRejected:
            return None
        if budget is not None:
            budget = min(budget, self.free(position.user_id, rules.quote))
            if budget <= 0:
                return None
        return self._order(position.user_id, request, rules, budget=budget, now_ns=now_ns, tag=tag, reason=reason)

    def budget_after(self, order: Order, quantity: Decimal, price: Decimal | None) -> Decimal | None:
        """What an order may cost once it has that quantity and price; None where nothing bounds it."""
        return budget_after(order, quantity, price, mark=self._markets.mark(order.instrument_id), rules=self._rules)

    def terms_asked(self, order: Order) -> NewTerms | None:
        """What an order becomes once the venue agrees to the change that it was asked for; None where it was not."""
        asked = order.asked
        if asked is None or asked.quantity is None:
            return None
        mark = self._markets.mark(order.instrument_id)
        budget = budget_for_change(order, asked.quantity, asked.price, mark=mark, rules=self._rules)
        need = need_of_change(order, asked.quantity, budget) if self._is_cash(order.user_id) else None
        return NewTerms(quantity=asked.quantity, price=asked.price, budget=budget, need=need)

    @exact
    def free(self, user_id: str, currency: str) -> Decimal:
        """What of a balance is neither locked nor promised to an order that may become larger."""
        balance = self._ledger.balance(user_id, currency)
        return balance.total - balance.locked - self._reserved.amount(user_id, currency)

    def _checked_change(self, order: Order, quantity: Decimal, price: Decimal | None, now_ns: int) -> NewTerms:
        request = request_like(order, quantity, price)
        rules = self._markets.rules(order.instrument_id)
        mark = self._markets.mark(order.instrument_id)
        check_rules(request, rules, mark=mark)
        self._reductions.check(order.user_id, request, amended=order)
        figures = self._figures(order.user_id, now_ns)
        self._risk.check_amend(
            order, quantity, price, figures, mark=mark, quote_rate=self._quote_rate(rules), now_ns=now_ns
        )
        budget = budget_for_change(order, quantity, price, mark=mark, rules=self._rules)
        need = need_of_change(order, quantity, budget) if self._is_cash(order.user_id) else None
        if need is not None:
            check_free(need, self.free(order.user_id, need.currency))
        if self._ledger.is_margin(order.user_id):
            self._check_margin_of_more(order, request, figures)
        return NewTerms(quantity=quantity, price=price, budget=budget, need=need)

    def _check_keeper(self, user_id: str) -> None:
        # What the one keeps the other cannot book: a journal may be older than the choice of who executes orders.
        if self._ledger.is_external(user_id) is not self._rules.is_external:
            raise Unavailable("whoever keeps this account does not execute orders now")

    @exact
    def _check_margin_of_more(self, order: Order, request: OrderRequest, figures: AccountFigures) -> None:
        more = request.quantity - order.quantity
        if more > 0:
            self._initial_margin.check(msgspec.structs.replace(request, quantity=more), figures)

    def _budget(self, user_id: str, request: OrderRequest, mark: Mark | None) -> Decimal | None:
        if request.side is Side.SELL or not self._is_cash(user_id):
            return None
        return budget_of(request, mark, self._rules)

    def _quote_rate(self, rules: InstrumentRules) -> Decimal | None:
        currency = self._rules.currency
        return _ONE if rules.quote == currency else self._markets.rate(rules.quote, currency)

    def _is_cash(self, user_id: str) -> bool:
        return not self._ledger.is_margin(user_id) and not self._ledger.is_external(user_id)

    @exact
    def _closing_request(self, position: Position, rules: InstrumentRules, tag: str) -> OrderRequest | None:
        side = Side.SELL if position.quantity > 0 else Side.BUY
        quantity = abs(position.quantity)
        if side is Side.SELL and self._is_cash(position.user_id):
            quantity = min(quantity, self.free(position.user_id, rules.base))
        if quantity <= 0:
            return None
        if rules.lot_size is not None and quantity > rules.lot_size:
            quantity -= quantity % rules.lot_size
        # No caller can have named an order so.
        number = self._ledger.next_order_number(position.user_id)
        return OrderRequest(
            client_order_id=f"{tag}/{number}",
            instrument_id=rules.instrument_id,
            side=side,
            type=OrderType.MARKET,
            quantity=quantity,
            time_in_force=TimeInForce.IOC,
            reduce_only=True,
        )

    def _order(
        self,
        user_id: str,
        request: OrderRequest,
        rules: InstrumentRules,
        *,
        budget: Decimal | None,
        now_ns: int,
        tag: str | None,
        reason: str | None,
    ) -> Order:
        number = self._ledger.next_order_number(user_id)
        return Order(
            order_id=order_id_of(user_id, request.client_order_id, number),
            user_id=user_id,
            client_order_id=request.client_order_id,
            instrument_id=request.instrument_id,
            venue=self._venue,
            side=request.side,
            type=request.type,
            quantity=request.quantity,
            price=request.price,
            stop_price=request.stop_price,
            time_in_force=request.time_in_force,
            expire_ns=request.expire_ns,
            post_only=request.post_only,
            reduce_only=request.reduce_only,
            status=OrderStatus.PENDING_NEW,
            placed_ns=now_ns,
            updated_ns=now_ns,
            asked=Asked(kind=RequestKind.SUBMIT, ts_ns=now_ns),
            base=rules.base,
            quote=rules.quote,
            budget=budget,
            reason=reason,
            tag=tag,
        )


def order_id_of(user_id: str, client_order_id: str, number: int) -> str:
    """The id of an account's order of that name and number: the same for ever, and saying nothing of other accounts."""
    name = "\0".join((user_id, client_order_id, str(number)))
    return hashlib.blake2b(name.encode(), digest_size=_ID_BYTES).hexdigest()


def _check_change(order: Order, amendment: Amendment) -> None:
    if amendment.price is not None and not order.type.has_price:
        raise InvalidArgument("price", f"expected none for a {order.type.value} order")
    if amendment.quantity is not None and amendment.quantity <= order.filled_quantity:
        raise InvalidArgument(
            "quantity", f"expected more than {amount_text(order.filled_quantity)}, which is executed already"
        )


def _is_asked(order: Order, quantity: Decimal, price: Decimal | None) -> bool:
    asked = order.asked
    return (
        order.status is OrderStatus.PENDING_REPLACE
        and asked is not None
        and (asked.quantity, asked.price) == (quantity, price)
    )


def _lock(request: OrderRequest, base: str, quote: str, budget: Decimal | None) -> Need:
    if budget is None:
        return Need(currency=base, amount=request.quantity)
    return Need(currency=quote, amount=budget)
