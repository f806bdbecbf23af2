"""The venue on paper against a simple reference: the same trades, whatever the market and the users do."""

from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from components.model.market import Side
from components.model.orders import Liquidity, Order, OrderStatus, OrderType, TimeInForce
from components.trading.live.markets import Level
from components.trading.orders.execution import Accepted, Amended, Executed, Report, Triggered
from components.trading.paper.paper_rules import PaperRules
from components.trading.paper.paper_venue import PaperVenue
from tests.support.paper_orders import BTCUSDT, paper_order, told
from tests.support.paper_reference import PlainVenue

LOT, MAKER_RATE, TAKER_RATE = Decimal("0.5"), Decimal("0.001"), Decimal("0.002")
USERS = ("alice", "bob", "carol")

bid_prices = st.sampled_from([Decimal(price) for price in range(98, 102)])
ask_prices = st.sampled_from([Decimal(price) for price in range(99, 103)])
prices = st.sampled_from([Decimal(price) for price in range(98, 103)])
sizes = st.sampled_from([Decimal(size) for size in ("0", "0.5", "1", "2.5", "4")])
quantities = st.sampled_from([Decimal(size) for size in ("0.5", "1", "1.5", "3", "5")])
holdings = st.sampled_from([Decimal(amount) for amount in ("-3", "-0.5", "0", "1", "4")])
bids = st.lists(st.tuples(bid_prices, sizes), max_size=4, unique_by=lambda level: level[0])
asks = st.lists(st.tuples(ask_prices, sizes), max_size=4, unique_by=lambda level: level[0])
kinds = st.sampled_from(
    [OrderType.LIMIT, OrderType.LIMIT, OrderType.LIMIT, OrderType.MARKET, OrderType.STOP, OrderType.STOP_LIMIT]
)
times = st.sampled_from([TimeInForce.GTC, TimeInForce.GTC, TimeInForce.GTC, *TimeInForce])
budgets = st.one_of(st.none(), st.none(), st.sampled_from([Decimal(amount) for amount in (40, 100, 149, 300, 700)]))


class VenueMachine(RuleBasedStateMachine):
    """Tells books, sends, changes and cancels orders, lets time pass, and begins anew."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.now_ns = 0
        self.latency_ns = 0
        self.opening: dict[str, Decimal] = {}
        self.held: dict[str, Decimal] = {}
        self.venue = self.make_venue(self.held)
        self.plain = PlainVenue(LOT, MAKER_RATE, TAKER_RATE, 0)
        self.orders: dict[str, Order] = {}
        self.places = 0
        self.inputs: list[tuple[str, tuple[Any, ...]]] = []
        self.outputs: list[list[Report]] = []
        self.was_restarted = False

    def make_venue(self, held: dict[str, Decimal]) -> PaperVenue:
        """A venue without orders, where users hold what is told them between its calls."""
        rules = PaperRules(latency_ns=self.latency_ns, maker_rate=MAKER_RATE, taker_rate=TAKER_RATE)
        return PaperVenue(rules, lot_size=lambda _: LOT, held=lambda user_id, _: held.get(user_id, Decimal(0)))

    @initialize(latency_ns=st.sampled_from([0, 0, 3]), held=st.fixed_dictionaries(dict.fromkeys(USERS, holdings)))
    def choose(self, latency_ns: int, held: dict[str, Decimal]) -> None:
        """How long requests take, and what users hold."""
        self.latency_ns = self.plain.latency_ns = latency_ns
        self.opening, self.held, self.plain.held = dict(held), dict(held), dict(held)
        self.venue = self.make_venue(self.held)

    def play(self, method: str, *arguments: Any) -> None:
        """Do something to the venue, whose reports are to be those of the reference."""
        self.inputs.append((method, (*arguments, self.now_ns)))
        reports = call(self.venue, method, *arguments, self.now_ns)
        self.outputs.append(reports)
        assert told(reports) == self.plain.take_said()
        self.tell_holdings(self.held, reports)
        for report in reports:
            self.follow(report)

    def tell_holdings(self, held: dict[str, Decimal], reports: list[Report]) -> None:
        """What users hold once a call's executions are booked."""
        for report in reports:
            if isinstance(report, Executed):
                order = self.orders[report.order_id]
                held[order.user_id] += report.quantity if order.side is Side.BUY else -report.quantity

    def follow(self, report: Report) -> None:
        """Keep an order as a ledger would, and see that what came about is allowed."""
        order = self.orders[report.order_id]
        changed: dict[str, Any] = {}
        if isinstance(report, Executed):
            changed = self.executed(order, report)
        elif isinstance(report, Accepted | Triggered):
            is_untriggered = isinstance(report, Accepted) and report.is_untriggered
            changed = {"status": OrderStatus.UNTRIGGERED if is_untriggered else OrderStatus.NEW}
            changed["queued_ns"] = self.next_place()
        elif isinstance(report, Amended):
            keeps_place = report.price == order.price and report.quantity <= order.quantity
            changed = {"quantity": report.quantity, "price": report.price}
            if not keeps_place and order.status is not OrderStatus.UNTRIGGERED:
                changed["queued_ns"] = self.next_place()
        self.orders[order.order_id] = msgspec.structs.replace(order, **changed)

    def executed(self, order: Order, report: Executed) -> dict[str, Any]:
        """What an execution changes."""
        rate = MAKER_RATE if report.liquidity is Liquidity.MAKER else TAKER_RATE
        assert report.execution_id == f"{order.order_id}-{order.fills + 1}"
        assert (report.commission, report.commission_currency) == (report.price * report.quantity * rate, "USDT")
        assert order.price is None or (
            report.price <= order.price if order.side is Side.BUY else report.price >= order.price
        )
        filled = order.filled_quantity + report.quantity
        spent = order.spent + report.price * report.quantity * (1 + rate)
        assert report.quantity > 0
        assert filled <= order.quantity
        assert order.budget is None or spent <= order.budget
        return {"filled_quantity": filled, "fills": order.fills + 1, "spent": spent if order.budget else order.spent}

    def next_place(self) -> int:
        """A number above all others."""
        self.places += 1
        return self.places

    @rule(bids=bids, asks=asks)
    def tell_book(self, bids: list[Level], asks: list[Level]) -> None:
        """A whole live book."""
        self.plain.advance(self.now_ns)
        self.plain.tell_book(bids, asks, is_whole=True)
        self.play("apply_snapshot", bids, asks)

    @rule(bids=bids, asks=asks)
    def change_book(self, bids: list[Level], asks: list[Level]) -> None:
        """Some levels of the live book."""
        self.plain.advance(self.now_ns)
        self.plain.tell_book(bids, asks, is_whole=False)
        self.play("apply_deltas", bids, asks)

    @rule()
    def lose_book(self) -> None:
        """No live book."""
        self.plain.lose_book()
        self.play("lose_book")

    @rule(
        side=st.sampled_from(Side),
        user=st.sampled_from(USERS),
        kind=kinds,
        quantity=quantities,
        price=prices,
        stop_price=prices,
        time_in_force=times,
        budget=budgets,
        flags=st.sampled_from(["", "", "", "post_only", "reduce_only", "reduce_only"]),
        life_ns=st.integers(1, 12),
    )
    def submit(  # noqa: PLR0913 - what an order is made of
        self,
        *,
        side: Side,
        user: str,
        kind: OrderType,
        quantity: Decimal,
        price: Decimal,
        stop_price: Decimal,
        time_in_force: TimeInForce,
        budget: Decimal | None,
        flags: str,
        life_ns: int,
    ) -> None:
        """A new order."""
        order = paper_order(
            f"o{len(self.orders):03}",
            side,
            str(quantity),
            str(price) if kind.has_price else None,
            type=kind,
            user_id=user,
            stop_price=stop_price if kind.has_stop_price else None,
            time_in_force=time_in_force,
            expire_ns=self.now_ns + life_ns if time_in_force is TimeInForce.GTD else None,
            post_only=flags == "post_only",
            reduce_only=flags == "reduce_only",
            budget=budget if side is Side.BUY else None,
        )
        self.orders[order.order_id] = order
        self.plain.ask("submit", order, order.quantity, order.price, self.now_ns)
        self.play("submit", order)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), quantity=quantities, price=prices, budget=budgets)
    def amend(self, data: st.DataObject, quantity: Decimal, price: Decimal, budget: Decimal | None) -> None:
        """Another quantity and price of some order, sometimes the same ones."""
        order = self.some_order(data)
        quantity = data.draw(st.sampled_from([quantity, order.quantity]))
        new_price = None if order.price is None else data.draw(st.sampled_from([price, order.price]))
        if order.budget is not None:
            order = msgspec.structs.replace(order, budget=max(order.budget, budget or order.budget))
            self.orders[order.order_id] = order
        self.plain.ask("amend", order, quantity, new_price, self.now_ns)
        self.play("amend", order, quantity, new_price)

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """Some order is taken off."""
        order = self.some_order(data)
        self.plain.ask("cancel", order, order.quantity, order.price, self.now_ns)
        self.play("cancel", order)

    @rule(passed_ns=st.integers(1, 5))
    def wait(self, passed_ns: int) -> None:
        """Time goes by."""
        self.now_ns += passed_ns
        self.plain.advance(self.now_ns)
        self.play("advance")

    @precondition(lambda self: not self.plain.requests)
    @rule()
    def restart(self) -> None:
        """Another process goes on, with what the ledger says of the orders that wait, and without a book."""
        waiting = {one.name for one in self.plain.orders}
        self.venue = self.make_venue(self.held)
        self.plain.lose_book()
        self.plain.advance(self.now_ns)
        self.was_restarted = True

        reports = self.venue.restore(
            [order for name, order in self.orders.items() if name in waiting], now_ns=self.now_ns
        )

        assert told(reports) == self.plain.take_said()

    @invariant()
    def deadline_is_the_first_of_all(self) -> None:
        """Whoever sleeps until then misses nothing."""
        due = [request[0] for request in self.plain.requests]
        due += [one.expire_ns for one in self.plain.orders if one.expire_ns is not None]
        assert self.venue.next_deadline_ns == min(due, default=None)

    def teardown(self) -> None:
        """The same input makes the same output."""
        if not self.was_restarted:
            held = dict(self.opening)
            again = self.make_venue(held)
            for (method, arguments), reports in zip(self.inputs, self.outputs, strict=True):
                assert call(again, method, *arguments) == reports
                self.tell_holdings(held, reports)

    def some_order(self, data: st.DataObject) -> Order:
        """One of the newest orders, whatever has become of it, as the desk has it now."""
        return self.orders[data.draw(st.sampled_from(list(self.orders)[-6:]))]


def call(venue: PaperVenue, method: str, *arguments: Any) -> list[Report]:
    """Call a method of a venue by its name; the last argument is the time."""
    *others, now_ns = arguments
    if method == "lose_book":
        venue.lose_book(BTCUSDT)
        return []
    if method.startswith("apply"):
        others = [BTCUSDT, *others]
    reports: list[Report] = getattr(venue, method)(*others, now_ns=now_ns)
    return reports


TestVenue: Any = VenueMachine.TestCase
TestVenue.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
