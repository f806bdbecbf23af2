"""The rules of the venue on paper once more, as simply as they can be written: lists, and looking at all of them."""

import copy
from decimal import Decimal

import attrs

from components.model.market import Side
from components.model.money import amount_text
from components.model.orders import Order, OrderStatus, TimeInForce
from components.trading.live.markets import Level

NO_LIQUIDITY = "no_liquidity"
REDUCE_ONLY = "reduce_only"


@attrs.define(eq=False)
class PlainOrder:
    """One order: its terms, what was executed of it, and whether it is a stop that waits."""

    name: str
    user: str
    is_buy: bool
    quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None
    time_in_force: TimeInForce
    post_only: bool
    is_closing: bool
    reduce_only: bool
    expire_ns: int | None
    budget: Decimal | None
    left: Decimal
    spent: Decimal
    waits_for_stop: bool


@attrs.define(eq=False)
class PlainLevel:
    """One live level: what it showed at its last update, and what was taken since."""

    price: Decimal
    shown: Decimal
    taken: Decimal = Decimal(0)


Offer = tuple[Decimal, Decimal, PlainLevel | PlainOrder]
"""Price, quantity, and whose."""


@attrs.define(eq=False)
class PlainVenue:
    """
    The venue on paper for one instrument.

    Attributes:
        lot: What budgets are spent in multiples of.
        maker_rate: Commission of makers, in quote currency.
        taker_rate: The same of takers.
        orders: All that wait, the one that has waited longest first.
        held: What each user holds, less than 0 where short.
    """

    lot: Decimal
    maker_rate: Decimal
    taker_rate: Decimal
    latency_ns: int
    bids: list[PlainLevel] | None = None
    asks: list[PlainLevel] | None = None
    orders: list[PlainOrder] = attrs.field(factory=list)
    requests: list[tuple[int, str, Order, Decimal, Decimal | None]] = attrs.field(factory=list)
    said: list[str] = attrs.field(factory=list)
    held: dict[str, Decimal] = attrs.field(factory=dict)

    def take_said(self) -> list[str]:
        """What was reported since this was asked last."""
        said, self.said = self.said, []
        return said

    def ask(self, kind: str, order: Order, quantity: Decimal, price: Decimal | None, now_ns: int) -> None:
        """Somebody asks for something."""
        self.requests.append((now_ns + self.latency_ns, kind, order, quantity, price))
        self.advance(now_ns)

    def advance(self, now_ns: int) -> None:
        """Time passes."""
        for moment in range(now_ns + 1):
            for order in sorted(self.orders, key=lambda one: one.name):
                if order.expire_ns is not None and order.expire_ns <= moment:
                    self.end(order, "expired good_till_date")
            while self.requests and self.requests[0][0] <= moment:
                self.perform(*self.requests.pop(0))

    def perform(self, now_ns: int, kind: str, order: Order, quantity: Decimal, price: Decimal | None) -> None:
        """A request takes effect."""
        if kind == "submit":
            self.accept(plain(order), now_ns)
            return
        found = next((one for one in self.orders if one.name == order.order_id), None)
        if found is None:
            self.said.append(f"{order.order_id} requestrefused too_late")
        elif kind == "cancel":
            self.end(found, "cancelled")
        else:
            self.change(found, quantity, price, order.budget)

    def accept(self, order: PlainOrder, now_ns: int) -> None:
        """A new order comes."""
        if order.expire_ns is not None and order.expire_ns <= now_ns:
            self.said.append(f"{order.name} expired good_till_date")
        elif order.waits_for_stop:
            self.said.append(f"{order.name} accepted untriggered")
            self.orders.append(order)
            self.trigger()
        elif order.post_only and self.offers(order):
            self.said.append(f"{order.name} rejected would_take")
        else:
            self.said.append(f"{order.name} accepted")
            self.take(order)

    def change(self, order: PlainOrder, quantity: Decimal, price: Decimal | None, budget: Decimal | None) -> None:
        """A waiting order gets other terms."""
        filled = order.quantity - order.left
        would_take = order.post_only and not order.waits_for_stop and price != order.price
        if quantity <= filled:
            self.said.append(f"{order.name} requestrefused already_filled")
        elif quantity > order.quantity and order.is_closing:
            self.said.append(f"{order.name} requestrefused reduce_only")
        elif would_take and self.offers(attrs.evolve(order, price=price)):
            self.said.append(f"{order.name} requestrefused would_take")
        else:
            keeps_place = order.waits_for_stop or (price == order.price and quantity <= order.quantity)
            order.quantity, order.left, order.price, order.budget = quantity, quantity - filled, price, budget
            words = [order.name, "amended", amount_text(quantity), *([] if price is None else [amount_text(price)])]
            self.said.append(" ".join(words))
            if keeps_place:
                self.end_if_done(order)
            else:
                self.orders.remove(order)
                self.take(order)

    def tell_book(self, bids: list[Level], asks: list[Level], *, is_whole: bool) -> None:
        """The live book is told, or changes."""
        if not is_whole and self.bids is None:
            return
        self.bids = told_side([] if is_whole else self.bids or [], bids)
        self.asks = told_side([] if is_whole else self.asks or [], asks)
        for is_buy in (True, False):
            while self.execute_resting(is_buy=is_buy):
                pass
        self.trigger()

    def lose_book(self) -> None:
        """Nothing is known of the live book."""
        self.bids = self.asks = None

    def execute_resting(self, *, is_buy: bool) -> bool:
        """Execute the first of the resting orders of a side against the live book, if it comes to it."""
        resting = [one for one in self.orders if one.is_buy is is_buy and not one.waits_for_stop]
        levels = [one for one in self.opposite(is_buy=is_buy) if one.taken < one.shown]
        if not resting or not levels:
            return False
        # The first of equals is the one that has waited longest.
        order = (max if is_buy else min)(resting, key=lambda one: one.price or 0)
        level = (min if is_buy else max)(levels, key=lambda one: one.price)
        price = order.price or Decimal(0)
        if not (level.price <= price if is_buy else level.price >= price):
            return False
        quantity = min(level.shown - level.taken, self.executable(order, price, self.maker_rate))
        level.taken += quantity
        if quantity:
            self.execute(order, "maker", quantity, price)
        self.end_if_done(order)
        return True

    def trigger(self) -> None:
        """Let stops begin whose price is reached: buys from the lowest up, then sells from the highest down."""
        ask = min((one.price for one in self.asks or []), default=None)
        bid = max((one.price for one in self.bids or []), default=None)
        waiting = [(one.stop_price or Decimal(0), one) for one in self.orders if one.waits_for_stop]
        buys = sorted((two for two in waiting if two[1].is_buy), key=lambda two: two[0])
        sells = sorted((two for two in waiting if not two[1].is_buy), key=lambda two: -two[0])
        reached = [one for stop, one in buys if ask is not None and ask >= stop]
        reached += [one for stop, one in sells if bid is not None and bid <= stop]
        for order in reached:
            order.waits_for_stop = False
            self.orders.remove(order)
            self.said.append(f"{order.name} triggered")
            if order.post_only and self.offers(order):
                self.said.append(f"{order.name} expired would_take")
            else:
                self.take(order)

    def take(self, order: PlainOrder) -> None:
        """Execute an order as far as it goes, and let it wait or end."""
        if order.time_in_force is TimeInForce.FOK:
            trial = copy.deepcopy(self)
            trial_order = copy.deepcopy(order)
            reason = trial.take_offers(trial_order)
            if trial_order.left:
                self.said.append(ending(order, reason))
                return
        reason = self.take_offers(order)
        waits = order.price is not None and order.time_in_force in (TimeInForce.GTC, TimeInForce.GTD)
        if order.left and reason == NO_LIQUIDITY and waits:
            self.orders.append(order)
            self.end_if_done(order)
        elif order.left:
            self.said.append(ending(order, reason))

    def take_offers(self, order: PlainOrder) -> str:
        """Take one offer after the other; why no more were taken."""
        while order.left:
            if not self.reducible(order):
                return REDUCE_ONLY
            offers = self.offers(order)
            if not offers:
                return NO_LIQUIDITY
            price, offered, source = offers[0]
            if isinstance(source, PlainOrder) and source.user == order.user:
                return "self_trade"
            quantity = min(offered, self.executable(order, price, self.taker_rate))
            if not quantity:
                return "insufficient_funds"
            if isinstance(source, PlainOrder):
                self.execute(source, "maker", quantity, price)
            else:
                source.taken += quantity
                assert source.taken <= source.shown
            self.execute(order, "taker", quantity, price)
            if isinstance(source, PlainOrder):
                self.end_if_done(source)
        return "filled"

    def offers(self, order: PlainOrder) -> list[Offer]:
        """All that an order could take, the first first: by price, the live book before orders, orders by time."""
        levels = [one for one in self.opposite(is_buy=order.is_buy) if one.taken < one.shown]
        resting = [one for one in self.orders if one.is_buy is not order.is_buy and not one.waits_for_stop]
        found: list[Offer] = [(one.price, one.shown - one.taken, one) for one in levels]
        found += [
            (one.price, self.executable(one, one.price, self.maker_rate), one)
            for one in resting
            if one.price is not None
        ]
        found = [one for one in found if one[1]]
        if order.price is not None:
            limit = order.price
            found = [one for one in found if (one[0] <= limit if order.is_buy else one[0] >= limit)]
        return sorted(found, key=lambda one: one[0] if order.is_buy else -one[0])

    def executable(self, order: PlainOrder, price: Decimal, rate: Decimal) -> Decimal:
        """How much of an order can be executed at a price: what it pays for, and what it may reduce."""
        return min(self.affordable(order, price, rate), self.reducible(order))

    def reducible(self, order: PlainOrder) -> Decimal:
        """How much of an order is not more than the position that it makes smaller; all of any other."""
        held = self.held.get(order.user, Decimal(0))
        return min(order.left, max(-held if order.is_buy else held, Decimal(0))) if order.reduce_only else order.left

    def affordable(self, order: PlainOrder, price: Decimal, rate: Decimal) -> Decimal:
        """How much more of an order its budget pays for: all that is left of it, or as many lots as that is."""
        if order.budget is None or order.spent + order.left * price * (1 + rate) <= order.budget:
            return order.left
        quantity = Decimal(0)
        while order.spent + (quantity + self.lot) * price * (1 + rate) <= order.budget:
            quantity += self.lot
        return quantity

    def execute(self, order: PlainOrder, liquidity: str, quantity: Decimal, price: Decimal) -> None:
        """Some of an order is executed."""
        rate = self.maker_rate if liquidity == "maker" else self.taker_rate
        order.left -= quantity
        self.held[order.user] = self.held.get(order.user, Decimal(0)) + (quantity if order.is_buy else -quantity)
        order.spent += quantity * price * (1 + rate)
        assert order.left >= 0
        self.said.append(f"{order.name} {liquidity} {amount_text(quantity)} at {amount_text(price)}")

    def end_if_done(self, order: PlainOrder) -> None:
        """End a waiting order that is filled, has nothing to reduce, or cannot pay for more."""
        if not order.left:
            self.orders.remove(order)
        elif not self.reducible(order):
            self.end(order, "cancelled reduce_only")
        elif order.price is not None and not self.affordable(order, order.price, self.maker_rate):
            self.end(order, "expired insufficient_funds")

    def end(self, order: PlainOrder, how: str) -> None:
        """A waiting order ends."""
        self.orders.remove(order)
        self.said.append(f"{order.name} {how}")

    def opposite(self, *, is_buy: bool) -> list[PlainLevel]:
        """The live levels that an order of a side can take."""
        return (self.asks if is_buy else self.bids) or []


def ending(order: PlainOrder, reason: str) -> str:
    """How an order ends that could not be executed whole."""
    return f"{order.name} {'cancelled' if reason == REDUCE_ONLY else 'expired'} {reason}"


def plain(order: Order) -> PlainOrder:
    """An order as it is sent."""
    return PlainOrder(
        name=order.order_id,
        user=order.user_id,
        is_buy=order.side is Side.BUY,
        quantity=order.quantity,
        price=order.price,
        stop_price=order.stop_price,
        time_in_force=order.time_in_force,
        post_only=order.post_only,
        is_closing=order.reduce_only or order.tag is not None,
        reduce_only=order.reduce_only,
        expire_ns=order.expire_ns,
        budget=order.budget,
        left=order.quantity - order.filled_quantity,
        spent=order.spent,
        waits_for_stop=order.stop_price is not None and order.status is not OrderStatus.NEW,
    )


def told_side(known: list[PlainLevel], levels: list[Level]) -> list[PlainLevel]:
    """A side once levels were told: each anew, and without those that show nothing."""
    told = dict(levels)
    stay = [one for one in known if one.price not in told]
    return stay + [PlainLevel(price, size) for price, size in told.items() if size]
