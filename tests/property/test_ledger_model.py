"""The ledger against plain sums: whatever happens to accounts, no money appears or goes, and no end is undone."""

from collections import defaultdict
from decimal import Context, Decimal, localcontext
from typing import Any

import attrs
import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from components.model.market import Side
from components.model.money import quotient
from components.model.orders import Fill, Order, OrderStatus
from components.trading.facts import (
    AccountOpened,
    AnyFact,
    BalanceAdjusted,
    FillHandedIn,
    OrderAmended,
    OrderFilled,
    OrderHandedIn,
    OrderMoved,
    OrderPlaced,
    encode_fact,
)
from components.trading.ledger.fault import LedgerFault
from components.trading.ledger.ledger import Ledger
from tests.support.ledger_facts import fill_of
from tests.support.paper_orders import paper_order

CASH, MARGIN, PLATFORM = ("alice", "bob"), ("carol", "dan"), "erin"
INSTRUMENTS = {"BTCUSDT": ("BTC", "USDT"), "ETHBTC": ("ETH", "BTC")}
CURRENCIES = ("USDT", "BTC", "ETH")
EXACTLY = Context(prec=1000)

amounts = st.decimals("0.001", "200", places=3) | st.decimals("0.00000001", "3", places=8)
commissions = st.sampled_from([Decimal(0), Decimal("0.1"), Decimal("0.000000000000000007"), Decimal("-0.03")])
statuses = st.sampled_from(OrderStatus)


@attrs.define
class PlainOrder:
    """What is true of one order."""

    fills: dict[str, Fill] = attrs.field(factory=dict)
    final: OrderStatus | None = None


class LedgerMachine(RuleBasedStateMachine):
    """Opens, adjusts, places, moves, amends and fills; what the ledger does not take changes nothing."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.ledger = Ledger()
        self.facts: list[AnyFact] = []
        self.orders: dict[str, PlainOrder] = {}
        self.told: dict[str, PlainOrder] = {}
        self.put_in: dict[str, Decimal] = defaultdict(Decimal)
        self.checkpoints: list[tuple[int, bytes]] = []

    @initialize()
    def begin(self) -> None:
        """Two accounts are cash, two margin, one a platform keeps."""
        for user_id in (*CASH, *MARGIN, PLATFORM):
            balances = {} if user_id == PLATFORM else {currency: Decimal(500) for currency in CURRENCIES}
            is_external = user_id == PLATFORM
            self.apply(
                AccountOpened(
                    ts_ns=0, user_id=user_id, balances=balances, is_margin=user_id in MARGIN, is_external=is_external
                )
            )
            for currency, amount in balances.items():
                self.put_in[currency] += amount

    @rule(user_id=st.sampled_from(CASH + MARGIN), currency=st.sampled_from(CURRENCIES), amount=amounts)
    def adjust(self, user_id: str, currency: str, amount: Decimal) -> None:
        """An operator puts money in."""
        fact = BalanceAdjusted(
            ts_ns=len(self.facts),
            user_id=user_id,
            adjustment_id=f"{len(self.facts)}",
            currency=currency,
            amount=amount,
            reason="",
            adjusted_by="olga",
        )
        self.apply(fact)
        self.put_in[currency] += amount

    @rule(
        user_id=st.sampled_from((*CASH, *MARGIN)),
        instrument_id=st.sampled_from(sorted(INSTRUMENTS)),
        side=st.sampled_from(("buy", "sell")),
        quantity=amounts,
        budget=amounts,
    )
    def place(self, user_id: str, instrument_id: str, side: str, quantity: Decimal, budget: Decimal) -> None:
        """An order begins, where there is enough to lock."""
        name = f"o{len(self.facts)}"
        base, quote = INSTRUMENTS[instrument_id]
        is_bounded = side == "buy" and user_id in CASH
        order = paper_order(
            name,
            side,
            f"{quantity}",
            "1",
            user_id=user_id,
            instrument_id=instrument_id,
            base=base,
            quote=quote,
            budget=budget if is_bounded else None,
        )
        if self.offer(OrderPlaced(ts_ns=len(self.facts), order=order, body_hash=name.encode())):
            self.orders[name] = PlainOrder()
            assert user_id in MARGIN or self.ledger.balance(user_id, base if side == "sell" else quote).free >= 0

    @rule(data=st.data(), status=statuses)
    def move(self, data: st.DataObject, status: OrderStatus) -> None:
        """Something is said of an order, that may lead nowhere."""
        order = self.draw_order(data)
        if order is not None:
            self.offer(OrderMoved(ts_ns=len(self.facts), user_id=order.user_id, order_id=order.order_id, status=status))

    @rule(data=st.data(), quantity=amounts, budget=amounts)
    def amend(self, data: st.DataObject, quantity: Decimal, budget: Decimal) -> None:
        """An order gets another quantity and budget, where that can be."""
        order = self.draw_order(data)
        if order is not None:
            self.offer(
                OrderAmended(
                    ts_ns=len(self.facts),
                    user_id=order.user_id,
                    order_id=order.order_id,
                    quantity=quantity,
                    price=Decimal(2),
                    budget=None if order.budget is None else budget,
                )
            )

    @rule(data=st.data(), price=amounts, part=st.sampled_from((1, 2, 3)), commission=commissions)
    def fill(self, data: st.DataObject, price: Decimal, part: int, commission: Decimal) -> None:
        """Some or all of what is left is executed, whatever the status, or more than there is."""
        order = self.draw_order(data)
        if order is None:
            return
        currency = data.draw(st.sampled_from([str(order.base), str(order.quote)]))
        left = order.unfilled_quantity
        quantity = left if part == 1 else (left / part).quantize(Decimal("1e-8")) or left + 1
        self.execute(fill_of(order, f"e{len(self.facts)}", f"{quantity}", f"{price}", f"{commission:f} {currency}"))

    @rule(data=st.data())
    def fill_again(self, data: st.DataObject) -> None:
        """An execution comes a second time, with whatever numbers: nothing changes."""
        known = [fill for plain in self.orders.values() for fill in plain.fills.values()]
        if known:
            fill = data.draw(st.sampled_from(known))
            again = msgspec.structs.replace(fill, price=fill.price + 1)
            before = self.ledger.checkpoint()
            assert self.ledger.apply(OrderFilled(ts_ns=0, fill=again)) == []
            assert self.ledger.checkpoint() == before

    @rule(name=st.sampled_from(("p", "q")), status=statuses, sequence=st.integers(0, 8), filled=st.integers(0, 4))
    def tell_order(self, name: str, status: OrderStatus, sequence: int, filled: int) -> None:
        """A platform tells an order, that may contradict itself."""
        order = paper_order(name, "buy", "4", "1", user_id=PLATFORM, status=status, filled_quantity=f"{filled}")
        if self.offer(OrderHandedIn(ts_ns=0, order=order, sequence=sequence)):
            self.told.setdefault(name, PlainOrder())

    @rule(name=st.sampled_from(("p", "q")), execution_id=st.sampled_from(("1", "2")))
    def tell_fill(self, name: str, execution_id: str) -> None:
        """A platform tells an execution, perhaps again, perhaps before its order."""
        fill = fill_of(paper_order(name, "buy", "4", user_id=PLATFORM), execution_id, "1", "1")
        self.apply(FillHandedIn(ts_ns=0, fill=fill))

    @rule()
    def checkpoint(self) -> None:
        """The state is kept, as of now."""
        self.checkpoints.append((len(self.facts), self.ledger.checkpoint()))

    @invariant()
    def no_end_is_undone(self) -> None:
        """An order that is final stays what it is."""
        for name, plain in (self.orders | self.told).items():
            status = self.order(name).status
            assert plain.final in (None, status)
            if status.is_final:
                plain.final = status

    @invariant()
    def orders_are_the_sum_of_their_fills(self) -> None:
        """What is filled is what distinct executions filled, at their average; filled is who has all of it."""
        for name, plain in self.orders.items():
            order, fills = self.order(name), plain.fills.values()
            quantity = sum((fill.quantity for fill in fills), Decimal(0))
            notional = total((fill.quantity, fill.price) for fill in fills)
            assert (order.filled_quantity, order.filled_notional, order.fills) == (quantity, notional, len(fills))
            assert order.average_price == (quotient(notional, quantity) if quantity else None)
            assert order.status is not OrderStatus.FILLED or quantity == order.quantity
            assert 0 <= order.remaining_quantity <= order.quantity - quantity

    @invariant()
    def money_is_conserved(self) -> None:
        """Users, fee account and venue together have what was put in, to the last digit."""
        with localcontext(EXACTLY):
            for currency in CURRENCIES:
                users = sum(self.ledger.balance(user_id, currency).total for user_id in (*CASH, *MARGIN))
                fees, venue = self.ledger.fee_balances, self.ledger.venue_balances
                everything = users + fees.get(currency, Decimal(0)) + venue.get(currency, Decimal(0))
                assert everything == self.put_in[currency]

    @invariant()
    def locked_is_what_open_orders_may_cost(self) -> None:
        """Total is free and locked, and locked is what the open orders of a cash account lock."""
        expected: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for order in self.ledger.open_orders():
            if order.user_id not in CASH:
                continue
            if order.side is Side.SELL:
                expected[order.user_id, str(order.base)] += order.unfilled_quantity
            elif order.budget is not None:
                expected[order.user_id, str(order.quote)] += max(order.budget - order.spent, Decimal(0))
        for user_id in (*CASH, *MARGIN):
            for balance in self.ledger.balances(user_id):
                assert balance.locked == expected[user_id, balance.currency]
                assert balance.total == balance.free + balance.locked

    @invariant()
    def positions_are_netted_trades(self) -> None:
        """Quantity is bought less sold; on margin cost less realised is what was paid less what was got."""
        bought: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        paid: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        with localcontext(EXACTLY):
            for fill in (fill for plain in self.orders.values() for fill in plain.fills.values()):
                sign = 1 if fill.side is Side.BUY else -1
                bought[fill.user_id, fill.instrument_id] += sign * fill.quantity
                paid[fill.user_id, fill.instrument_id] += sign * fill.quantity * fill.price
                if fill.user_id in CASH and fill.commission_currency == INSTRUMENTS[fill.instrument_id][0]:
                    bought[fill.user_id, fill.instrument_id] -= fill.commission
            for (user_id, instrument_id), quantity in bought.items():
                position = self.ledger.position(user_id, instrument_id)
                assert position.quantity == quantity
                assert position.quantity or not position.cost
                if user_id in MARGIN:
                    assert position.cost - position.realised_pnl == paid[user_id, instrument_id]

    @invariant()
    def open_quantities_are_those_of_open_orders(self) -> None:
        """Kept by change, they are what summing up anew gives."""
        for user_id in (*CASH, *MARGIN, PLATFORM):
            orders = self.ledger.open_orders(user_id)
            for instrument_id, told in self.ledger.open_quantities(user_id).items():
                of_instrument = [one for one in orders if one.instrument_id == instrument_id]
                buys = [one.unfilled_quantity for one in of_instrument if one.side is Side.BUY]
                sells = [one.unfilled_quantity for one in of_instrument if one.side is Side.SELL]
                assert (told.orders, told.buys, told.sells) == (len(of_instrument), sum(buys), sum(sells))
            assert set(self.ledger.open_quantities(user_id)) == {one.instrument_id for one in orders}

    def teardown(self) -> None:
        """Replayed from the beginning, or from any checkpoint on, the same facts make the same ledger."""
        expected = self.ledger.checkpoint()
        for begin, state in ((0, Ledger().checkpoint()), *self.checkpoints):
            again = Ledger()
            again.restore(state)
            for fact in self.facts[begin:]:
                again.apply_record(encode_fact(fact))
            assert again.checkpoint() == expected
            assert again.open_orders() == self.ledger.open_orders()

    def draw_order(self, data: st.DataObject) -> Order | None:
        return self.order(data.draw(st.sampled_from(sorted(self.orders)))) if self.orders else None

    def order(self, name: str) -> Order:
        order = self.ledger.order_of(name)
        assert order is not None
        return order

    def execute(self, fill: Fill) -> None:
        if self.offer(OrderFilled(ts_ns=len(self.facts), fill=fill)):
            self.orders[fill.order_id].fills[fill.execution_id] = fill

    def apply(self, fact: AnyFact) -> None:
        self.ledger.apply(fact)
        self.facts.append(fact)

    def offer(self, fact: AnyFact) -> bool:
        """Have a fact applied that may be a fault, which then has changed nothing."""
        before = self.ledger.checkpoint()
        try:
            self.apply(fact)
        except LedgerFault:
            assert self.ledger.checkpoint() == before
            return False
        return True


def total(products: Any) -> Decimal:
    """The sum of products, exactly."""
    with localcontext(EXACTLY):
        return sum((one * other for one, other in products), Decimal(0))


TestLedger: Any = LedgerMachine.TestCase
TestLedger.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
