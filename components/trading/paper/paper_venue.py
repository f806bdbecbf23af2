"""The venue on paper: orders are executed against the live book of the market data, and against one another."""

import bisect
import collections
from collections.abc import Callable, Iterable
from decimal import Decimal

import attrs

from components.model.orders import Asked, Order, OrderStatus, RequestKind
from components.trading.live.markets import Level
from components.trading.orders.execution import Cancelled, Expired, Rejected, Report
from components.trading.paper.holdings import Held, Holdings
from components.trading.paper.matching import Matching, Shared
from components.trading.paper.paper_rules import PaperRules
from components.trading.paper.reasons import GOOD_TILL_DATE, UNKNOWN_CURRENCY
from components.trading.paper.working_order import working

VENUE = "paper"


@attrs.frozen
class _Submission:
    order: Order


@attrs.frozen
class _Change:
    order: Order
    quantity: Decimal
    price: Decimal | None


@attrs.frozen
class _Withdrawal:
    order: Order


_Request = _Submission | _Change | _Withdrawal


class PaperVenue:
    """
    The execution client that needs no venue.

    Sans-I/O: it is given the live book and the time, and the same of both gives the same executions. Requests take
    effect in the order in which they were asked, each `latency_ns` later; what was due before a change of the book goes
    first.

    Units: `now_ns` is UNIX nanoseconds.

    Attributes:
        venue: Its name.
    """

    venue = VENUE

    def __init__(self, rules: PaperRules, *, lot_size: Callable[[str], Decimal | None], held: Held) -> None:
        """
        Begin without orders and without books.

        Args:
            rules: How long requests take, and what executions cost.
            lot_size: The smallest step of an instrument's quantities, by which a budget is spent; None where it is not
                known.
            held: What users hold, which reduce-only orders make smaller.
        """
        self._rules = rules
        self._shared = Shared(rules=rules, lot_size=lot_size, holdings=Holdings(held))
        self._instruments: dict[str, Matching] = {}
        self._requests: collections.deque[tuple[int, _Request]] = collections.deque()

    def submit(self, order: Order, *, now_ns: int) -> list[Report]:
        """Have a new order executed."""
        return self._ask(_Submission(order), now_ns)

    def amend(self, order: Order, quantity: Decimal, price: Decimal | None, *, now_ns: int) -> list[Report]:
        """Have an open order changed; what it may cost from then on is the order's budget."""
        return self._ask(_Change(order, quantity, price), now_ns)

    def cancel(self, order: Order, *, now_ns: int) -> list[Report]:
        """Have an open order taken off."""
        return self._ask(_Withdrawal(order), now_ns)

    def advance(self, *, now_ns: int) -> list[Report]:
        """Let take effect what is due, and expire what has come to its date."""
        self._shared.holdings.begin()
        return self._advance(now_ns)

    def _advance(self, now_ns: int) -> list[Report]:
        reports: list[Report] = []
        while (due_ns := self.next_deadline_ns) is not None and due_ns <= now_ns:
            reports += self._take_next(due_ns)
        return reports

    @property
    def next_deadline_ns(self) -> int | None:
        """When the next request takes effect, or the next order expires; None where nothing is due."""
        expiry = self._shared.expiries.first
        due_ns = [self._requests[0][0]] if self._requests else []
        return min(due_ns if expiry is None else [expiry[0], *due_ns], default=None)

    def restore(self, orders: Iterable[Order], *, now_ns: int) -> list[Report]:
        """
        Take over the open orders of an earlier process, each with its place.

        What had been accepted waits again, and meets nothing before the live book is there. What had not is submitted
        anew, a change under way is asked for again, as of when they were asked for, and a cancel under way is done.
        """
        self._shared.holdings.begin()
        by_place = sorted(orders, key=lambda order: order.queued_ns or order.placed_ns)
        reports = [report for order in by_place for report in self._restore(order)]
        return [*reports, *self._advance(now_ns)]

    def apply_snapshot(
        self, instrument_id: str, bids: Iterable[Level], asks: Iterable[Level], *, now_ns: int
    ) -> list[Report]:
        """Take the whole live book of an instrument in, and execute what it comes to."""
        reports = self.advance(now_ns=now_ns)
        return reports + self._instrument(instrument_id).replace_book(bids, asks)

    def apply_deltas(
        self, instrument_id: str, bids: Iterable[Level], asks: Iterable[Level], *, now_ns: int
    ) -> list[Report]:
        """Take changed levels of an instrument's live book in, and execute what they come to."""
        reports = self.advance(now_ns=now_ns)
        instrument = self._instruments.get(instrument_id)
        return reports if instrument is None else reports + instrument.change_book(bids, asks)

    def lose_book(self, instrument_id: str) -> None:
        """Execute nothing against an instrument's live book until a whole one comes; what was taken is forgotten."""
        instrument = self._instruments.get(instrument_id)
        if instrument is not None:
            instrument.lose_book()
            self._tidy(instrument_id)

    def _ask(self, request: _Request, now_ns: int) -> list[Report]:
        self._requests.append((now_ns + self._rules.latency_ns, request))
        return self.advance(now_ns=now_ns)

    def _take_next(self, due_ns: int) -> list[Report]:
        expiry = self._shared.expiries.first
        if expiry is not None and expiry[0] == due_ns:
            order = expiry[1].order
            reports = self._instrument(order.instrument_id).expire(expiry[1], GOOD_TILL_DATE)
        else:
            _, request = self._requests.popleft()
            order = request.order
            reports = self._perform(request, due_ns)
        self._tidy(order.instrument_id)
        return reports

    def _perform(self, request: _Request, now_ns: int) -> list[Report]:
        order = request.order
        instrument = self._instrument(order.instrument_id)
        if isinstance(request, _Submission):
            return self._accept(order, instrument, now_ns)
        if isinstance(request, _Change):
            return instrument.amend(order.order_id, request.quantity, request.price, order.budget)
        return instrument.cancel(order.order_id)

    def _accept(self, order: Order, instrument: Matching, now_ns: int) -> list[Report]:
        if order.expire_ns is not None and order.expire_ns <= now_ns:
            return [Expired(order_id=order.order_id, reason=GOOD_TILL_DATE)]
        accepted = working(order)
        if accepted is None:
            return [Rejected(order_id=order.order_id, reason=UNKNOWN_CURRENCY)]
        return instrument.accept(accepted)

    def _restore(self, order: Order) -> list[Report]:
        asked = order.asked
        if asked is not None and asked.kind is RequestKind.CANCEL:
            return [Cancelled(order_id=order.order_id)]
        if asked is not None and asked.kind is RequestKind.SUBMIT:
            self._ask_again(_Submission(order), asked)
            return []
        restored = working(order)
        if restored is None:
            return [Rejected(order_id=order.order_id, reason=UNKNOWN_CURRENCY)]
        restored.is_untriggered = _is_untriggered(order)
        if asked is not None and asked.quantity is not None:
            self._ask_again(_Change(order, asked.quantity, asked.price), asked)
        return self._instrument(order.instrument_id).restore(restored)

    def _ask_again(self, request: _Request, asked: Asked) -> None:
        bisect.insort(self._requests, (asked.ts_ns + self._rules.latency_ns, request), key=lambda one: one[0])

    def _instrument(self, instrument_id: str) -> Matching:
        instrument = self._instruments.get(instrument_id)
        if instrument is None:
            instrument = self._instruments[instrument_id] = Matching(instrument_id, self._shared)
        return instrument

    def _tidy(self, instrument_id: str) -> None:
        if self._instrument(instrument_id).is_idle:
            del self._instruments[instrument_id]


def _is_untriggered(order: Order) -> bool:
    if order.status is OrderStatus.UNKNOWN:
        return order.type.has_stop_price and not order.fills
    return (order.resume_status or order.status) is OrderStatus.UNTRIGGERED
