"""The orders of one instrument against its live book and against one another, by price and then by time."""

import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

import attrs

from components.model.market import Side
from components.model.money import ZERO, exact
from components.model.orders import Liquidity, TimeInForce
from components.trading.live.markets import Level
from components.trading.orders.execution import (
    Accepted,
    Amended,
    Cancelled,
    Executed,
    Expired,
    Rejected,
    Report,
    RequestRefused,
    Triggered,
)
from components.trading.paper.holdings import Holdings
from components.trading.paper.live_book import LiveBook, LiveLevel, LiveSide
from components.trading.paper.order_queue import ExpiryQueue, OrderQueue
from components.trading.paper.paper_rules import PaperRules
from components.trading.paper.reasons import (
    ALREADY_FILLED,
    INSUFFICIENT_FUNDS,
    NO_LIQUIDITY,
    REDUCE_ONLY,
    SELF_TRADE,
    TOO_LATE,
    WOULD_TAKE,
)
from components.trading.paper.working_order import WorkingOrder

SMALLEST_LOT = Decimal("0.00000001")
"""What a budget does not cover is cut to multiples of it where the instrument's own lot size is not known."""


@attrs.frozen
class _Offer:
    """What an order could be executed against: so much at a price, of a level of the live book or a resting order."""

    price: Decimal
    quantity: Decimal
    level: LiveLevel | None
    maker: WorkingOrder | None


@attrs.frozen(kw_only=True)
class Shared:
    """
    What the instruments of one venue have in common.

    Attributes:
        rules: What executions cost.
        lot_size: The smallest step of an instrument's quantities; None where it is not known.
        holdings: What reduce-only orders may take away.
        expiries: Orders that end by themselves.
    """

    rules: PaperRules
    lot_size: Callable[[str], Decimal | None]
    holdings: Holdings
    expiries: ExpiryQueue = attrs.field(factory=ExpiryQueue)


class Matching:
    """
    One instrument of the venue on paper.

    Sans-I/O. An order takes what is offered at its limit or better, the best price first; at one price the live book
    goes first, then resting orders by time. Resting orders are executed at their own price when the live book comes to
    it. A stop is triggered once the best price of the live book is at its stop price or beyond, the ask for a buy and
    the bid for a sell, whatever was taken of it. A reduce-only order is executed for no more than the position that
    there is at that moment, and ends once there is none.
    """

    def __init__(self, instrument_id: str, shared: Shared) -> None:
        """
        Begin without orders and without a book.

        Args:
            instrument_id: What is traded.
            shared: What all instruments of the venue have in common.
        """
        self._instrument_id = instrument_id
        self._shared = shared
        self._rules = shared.rules
        self._book = LiveBook()
        self._resting = {side: OrderQueue(highest_first=side is Side.BUY) for side in Side}
        self._stops = {side: OrderQueue(highest_first=side is Side.SELL) for side in Side}
        self._orders: dict[str, WorkingOrder] = {}

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to remember: neither an order nor a book."""
        return not self._orders and not self._book.is_known

    def replace_book(self, bids: Iterable[Level], asks: Iterable[Level]) -> list[Report]:
        """Take a whole live book in, and execute what it comes to."""
        self._book.replace(bids, asks)
        return self._follow_book()

    def change_book(self, bids: Iterable[Level], asks: Iterable[Level]) -> list[Report]:
        """Take changed levels of the live book in, and execute what they come to; without a book they say nothing."""
        if not self._book.is_known:
            return []
        self._book.change(bids, asks)
        return self._follow_book()

    def lose_book(self) -> None:
        """Execute nothing against the live book, and trigger nothing, until a whole one comes."""
        self._book.lose()

    def accept(self, order: WorkingOrder) -> list[Report]:
        """Execute a new order, and let wait what may wait."""
        if not order.is_untriggered and self._must_not_take(order, order.price):
            return [Rejected(order_id=order.order_id, reason=WOULD_TAKE)]
        self._keep(order)
        accepted = Accepted(order_id=order.order_id, is_untriggered=order.is_untriggered)
        return [accepted, *(self._trigger(order.side) if order.is_untriggered else self._take(order))]

    def restore(self, order: WorkingOrder) -> list[Report]:
        """Let an order wait again that an earlier process had accepted."""
        self._keep(order)
        if order.is_untriggered:
            return []
        if order.resting_price is None:
            return [self._end(order, NO_LIQUIDITY)]
        self._resting[order.side].add(order, order.resting_price)
        return []

    def amend(self, order_id: str, quantity: Decimal, price: Decimal | None, budget: Decimal | None) -> list[Report]:
        """Give a waiting order other terms; only one that becomes smaller at its price keeps its place."""
        order = self._orders.get(order_id)
        if order is None:
            return [RequestRefused(order_id=order_id, reason=TOO_LATE)]
        reason = self._find_refusal(order, quantity, price)
        if reason is not None:
            return [RequestRefused(order_id=order_id, reason=reason)]
        keeps_place = order.is_untriggered or (price == order.price and quantity <= order.quantity)
        if not keeps_place:
            self._leave(order)
        order.quantity, order.price, order.budget = quantity, price, budget
        amended = Amended(order_id=order_id, quantity=quantity, price=price)
        return [amended, *(self._settle(order) if keeps_place else self._take(order))]

    def cancel(self, order_id: str) -> list[Report]:
        """Take an order off."""
        order = self._orders.get(order_id)
        if order is None:
            return [RequestRefused(order_id=order_id, reason=TOO_LATE)]
        self._drop(order)
        return [Cancelled(order_id=order_id)]

    def expire(self, order: WorkingOrder, reason: str) -> list[Report]:
        """End an order because its time is over."""
        return [self._end(order, reason)]

    def _find_refusal(self, order: WorkingOrder, quantity: Decimal, price: Decimal | None) -> str | None:
        if quantity <= order.filled:
            return ALREADY_FILLED
        if quantity > order.quantity and (order.order.reduce_only or order.order.tag is not None):
            return REDUCE_ONLY
        if not order.is_untriggered and price != order.price and self._must_not_take(order, price):
            return WOULD_TAKE
        return None

    def _follow_book(self) -> list[Report]:
        reports = [*self._execute_resting(Side.BUY), *self._execute_resting(Side.SELL)]
        return [*reports, *self._trigger(Side.BUY), *self._trigger(Side.SELL)]

    def _execute_resting(self, side: Side) -> list[Report]:
        reports: list[Report] = []
        while (best := self._resting[side].first) is not None:
            price, order = best
            level = next(self._opposite(side).available(), None)
            if level is None or not _is_within(side, price, level.price):
                break
            quantity = min(level.available, self._executable(order, price))
            # None is left where the lot size became known, or larger, while the order rested.
            if quantity:
                level.take(quantity)
                reports.append(self._execute(order, price, quantity, Liquidity.MAKER))
            reports += self._settle(order)
        return reports

    def _trigger(self, side: Side) -> list[Report]:
        reports: list[Report] = []
        best = self._opposite(side).best
        for order in () if best is None else self._stops[side].until(best):
            self._leave(order)
            order.is_untriggered = False
            reports.append(Triggered(order_id=order.order_id))
            if self._must_not_take(order, order.price):
                reports.append(self._end(order, WOULD_TAKE))
            else:
                reports += self._take(order)
        return reports

    def _take(self, order: WorkingOrder) -> list[Report]:
        offers, shortfall = self._plan(order)
        is_executed = shortfall is None or order.order.time_in_force is not TimeInForce.FOK
        reports = [report for offer in offers for report in self._trade(order, offer)] if is_executed else []
        if shortfall is None:
            self._drop(order)
        elif shortfall == NO_LIQUIDITY and order.resting_price is not None:
            self._resting[order.side].add(order, order.resting_price)
            reports += self._settle(order)
        else:
            reports.append(self._end(order, shortfall))
        return reports

    @exact
    def _plan(self, taker: WorkingOrder) -> tuple[list[_Offer], str | None]:
        """What an order is executed against, and why that is not all of it; None where it is."""
        planned: list[_Offer] = []
        left, budget = self._reducing(taker, taker.remaining), taker.budget_left
        is_covered = left == taker.remaining
        for offer in self._offers(taker.side, taker.price):
            if not left:
                break
            if offer.maker is not None and offer.maker.order.user_id == taker.order.user_id:
                return planned, SELF_TRADE
            wanted = min(left, self._still_offered(offer, planned))
            quantity = self._affordable(wanted, budget, offer.price, Liquidity.TAKER)
            if quantity:
                planned.append(attrs.evolve(offer, quantity=quantity))
            if quantity < wanted:
                return planned, INSUFFICIENT_FUNDS
            left -= quantity
            if budget is not None:
                budget -= quantity * self._rules.unit_cost(offer.price, Liquidity.TAKER)
        if left:
            return planned, NO_LIQUIDITY
        return planned, None if is_covered else REDUCE_ONLY

    def _offers(self, side: Side, limit: Decimal | None) -> Iterator[_Offer]:
        """What is offered to an order of a side within its limit, in the order in which it is taken."""
        live = (_Offer(level.price, level.available, level, None) for level in self._opposite(side).available())
        makers = ((price, self._executable(order, price), order) for price, order in self._resting[_other(side)])
        resting = (_Offer(price, quantity, None, order) for price, quantity, order in makers if quantity)
        merged = heapq.merge(live, resting, key=lambda offer: _turned(side, offer.price))
        return itertools.takewhile(lambda offer: limit is None or _is_within(side, limit, offer.price), merged)

    def _still_offered(self, offer: _Offer, planned: Iterable[_Offer]) -> Decimal:
        """How much of an offer there is once those before it are taken: one user's reduce the same position."""
        maker = offer.maker
        if maker is None or not maker.reduce_only:
            return offer.quantity
        before = (one for one in planned if one.maker is not None and one.maker.order.user_id == maker.order.user_id)
        return max(min(offer.quantity, self._reducing(maker, maker.remaining, before)), ZERO)

    def _trade(self, taker: WorkingOrder, offer: _Offer) -> list[Report]:
        reports: list[Report] = []
        if offer.level is not None:
            offer.level.take(offer.quantity)
        if offer.maker is not None:
            reports.append(self._execute(offer.maker, offer.price, offer.quantity, Liquidity.MAKER))
        reports.append(self._execute(taker, offer.price, offer.quantity, Liquidity.TAKER))
        if offer.maker is not None:
            reports += self._settle(offer.maker)
        return reports

    @exact
    def _execute(self, order: WorkingOrder, price: Decimal, quantity: Decimal, liquidity: Liquidity) -> Executed:
        rules = self._rules
        cost = ZERO if order.budget is None else quantity * rules.unit_cost(price, liquidity)
        commission, is_in_base = rules.commission(order.side, price, quantity, liquidity), rules.is_in_base(order.side)
        self._shared.holdings.note(order, quantity, commission if is_in_base else ZERO)
        return Executed(
            order_id=order.order_id,
            execution_id=order.fill(quantity, cost),
            price=price,
            quantity=quantity,
            liquidity=liquidity,
            commission=commission,
            commission_currency=order.base if is_in_base else order.quote,
        )

    def _settle(self, order: WorkingOrder) -> list[Report]:
        """End a waiting order of which nothing is left, or that could pay for nothing more, or reduce nothing more."""
        if not order.remaining:
            self._drop(order)
        elif not self._reducing(order, order.remaining):
            return [self._end(order, REDUCE_ONLY)]
        elif order.price is not None and not self._executable(order, order.price):
            return [self._end(order, INSUFFICIENT_FUNDS)]
        return []

    def _executable(self, order: WorkingOrder, price: Decimal) -> Decimal:
        wanted = self._reducing(order, order.remaining)
        return self._affordable(wanted, order.budget_left, price, Liquidity.MAKER)

    @exact
    def _reducing(self, order: WorkingOrder, wanted: Decimal, before: Iterable[_Offer] = ()) -> Decimal:
        """How much of what is wanted of an order it may do, once the offers before it are taken."""
        if not order.reduce_only:
            return wanted
        return min(wanted, self._shared.holdings.reducible(order) - sum((one.quantity for one in before), ZERO))

    def _affordable(self, wanted: Decimal, budget: Decimal | None, price: Decimal, liquidity: Liquidity) -> Decimal:
        if budget is None:
            return wanted
        lot = self._shared.lot_size(self._instrument_id) or SMALLEST_LOT
        return self._rules.affordable(wanted, budget, price, liquidity, lot=lot)

    def _must_not_take(self, order: WorkingOrder, price: Decimal | None) -> bool:
        return order.order.post_only and next(self._offers(order.side, price), None) is not None

    def _end(self, order: WorkingOrder, reason: str) -> Report:
        self._drop(order)
        if reason == REDUCE_ONLY:
            return Cancelled(order_id=order.order_id, reason=reason)
        return Expired(order_id=order.order_id, reason=reason)

    def _keep(self, order: WorkingOrder) -> None:
        self._orders[order.order_id] = order
        self._shared.expiries.add(order)
        if order.is_untriggered and order.order.stop_price is not None:
            self._stops[order.side].add(order, order.order.stop_price)

    def _leave(self, order: WorkingOrder) -> None:
        if order.order.stop_price is not None:
            self._stops[order.side].discard(order, order.order.stop_price)
        if order.price is not None:
            self._resting[order.side].discard(order, order.price)

    def _drop(self, order: WorkingOrder) -> None:
        self._leave(order)
        self._shared.expiries.discard(order)
        del self._orders[order.order_id]

    def _opposite(self, side: Side) -> LiveSide:
        return self._book.asks if side is Side.BUY else self._book.bids


def _other(side: Side) -> Side:
    return Side.SELL if side is Side.BUY else Side.BUY


def _turned(side: Side, price: Decimal) -> Decimal:
    return price if side is Side.BUY else price.copy_negate()


def _is_within(side: Side, limit: Decimal, price: Decimal) -> bool:
    return price <= limit if side is Side.BUY else price >= limit
