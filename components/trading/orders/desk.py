"""The desk: commands about accounts and orders, checked and decided into facts."""

from collections.abc import Iterable

import attrs
import msgspec

from components.model.accounts import PreTradeRisk
from components.model.errors import Duplicate, Unavailable, UnknownOrder
from components.model.orders import Asked, Order, OrderRequest, OrderStatus, RequestKind
from components.trading.changes import Change, OrderChanged
from components.trading.facts import (
    AnyFact,
    OrderFilled,
    OrderMoved,
    OrderPlaced,
)
from components.trading.ledger.ledger import Ledger
from components.trading.live.markets import Markets
from components.trading.orders.adjustment_arguments import Adjustment
from components.trading.orders.desk_rules import DeskRules
from components.trading.orders.execution import Amended, ExecutionClient, Report, RequestRefused
from components.trading.orders.funding import Funding
from components.trading.orders.order_arguments import Amendment, body_hash_of
from components.trading.orders.order_making import Figures, OrderMaker
from components.trading.orders.reductions import Reductions
from components.trading.orders.report_handling import OrderFact, ReportHandler, move
from components.trading.orders.reserved import Reserved
from components.trading.orders.unanswered import Unanswered

NO_ANSWER = "no_answer"
"""Why an order is `unknown`."""

NO_CALLER = b""
"""In place of the hash of what a caller asked for, where none did: no request has it."""

NOT_COVERED = "reduce_only"
"""Why a reduce-only order was cancelled whose position has become smaller than it."""


@attrs.frozen(kw_only=True)
class Step:
    """A fact that was decided, and what it changed."""

    fact: AnyFact
    changes: tuple[Change, ...]


class Desk:
    """
    Decide about accounts and their orders.

    Sans-I/O. A command is checked as a whole before anything of it is written down: one that is refused has changed
    nothing. What was decided is applied to the ledger at once, and waits for `take`. What a venue does with an order is
    the venue's word: it is taken as it comes, by the table in `report_handling`.

    Units: times are UNIX nanoseconds.
    """

    def __init__(
        self,
        ledger: Ledger,
        execution: ExecutionClient,
        risk: PreTradeRisk,
        markets: Markets,
        rules: DeskRules,
        *,
        figures: Figures,
    ) -> None:
        """
        Decide by what these know; `restore` comes before the first command.

        Args:
            ledger: All accounts; nobody else applies anything of ours to it.
            execution: The venue.
            risk: The limits of accounts.
            markets: The instruments.
            rules: What the operator decided.
            figures: Reckons an account.
        """
        self._ledger = ledger
        self._execution = execution
        self._reserved = Reserved()
        self._unanswered = Unanswered(patience_ns=rules.unknown_after_ns)
        self._reductions = Reductions(ledger)
        self._maker = OrderMaker(
            ledger,
            risk,
            markets,
            rules,
            figures=figures,
            reserved=self._reserved,
            reductions=self._reductions,
            venue=execution.venue,
        )
        self._funding = Funding(ledger, markets, rules, free=self._maker.free)
        self._reports = ReportHandler(ledger, self._maker)
        self._steps: list[Step] = []

    @property
    def next_deadline_ns(self) -> int | None:
        """When `advance` has something to do at the latest; None where time changes nothing."""
        deadlines = (self._execution.next_deadline_ns, self._unanswered.next_deadline_ns)
        return min((one for one in deadlines if one is not None), default=None)

    def take(self) -> list[Step]:
        """What was decided since this was last asked, in order."""
        steps, self._steps = self._steps, []
        return steps

    def open_account(self, user_id: str, *, now_ns: int) -> None:
        """Let an account begin with its opening balances, where there is none."""
        opening = self._funding.opening(user_id, now_ns=now_ns)
        if opening is not None:
            self._apply(opening)

    def adjust(self, adjustment: Adjustment, *, adjusted_by: str, now_ns: int) -> None:
        """
        Put money into an account, which begins with it where there is none, or take some out; once for each id.

        Raises:
            Duplicate: The id stands for another adjustment.
            InvalidArgument: A platform keeps the account's money.
            RiskLimitExceeded: A cash account has less free than is to be taken out; the limit is `balance`.
        """
        fact = self._funding.adjustment(adjustment, adjusted_by=adjusted_by, now_ns=now_ns)
        if fact is not None:
            self.open_account(adjustment.user_id, now_ns=now_ns)
            self._apply(fact)

    def place(
        self, user_id: str, request: OrderRequest, *, now_ns: int, tag: str | None = None, reason: str | None = None
    ) -> Order:
        """
        Send an order to the venue, and say what has become of it; the same request again only says the latter.

        The account begins before that where there is none, also where the order is refused then.

        Args:
            user_id: Whose.
            request: What is asked for.
            now_ns: When.
            tag: What made the order, where no caller did.
            reason: Why it was made, where no caller did.

        Raises:
            Duplicate: The account has another order of that `client_order_id`.
            CommandRejected: It is refused.
        """
        body_hash = body_hash_of(request)
        earlier = self._ledger.find_order(user_id, client_order_id=request.client_order_id)
        if earlier is not None:
            if self._ledger.body_hash(user_id, request.client_order_id) != body_hash:
                raise Duplicate(f"client_order_id: {request.client_order_id} stands for another order")
            return earlier
        self.open_account(user_id, now_ns=now_ns)
        order = self._maker.make(user_id, request, now_ns=now_ns, tag=tag, reason=reason)
        return self._send(order, body_hash, now_ns)

    def amend(self, user_id: str, amendment: Amendment, *, now_ns: int) -> Order:
        """
        Ask for another quantity or price of an open order, and say what has become of it.

        Raises:
            UnknownOrder: The account has no such order.
            CommandRejected: The change is refused.
        """
        order = self._find(user_id, amendment.client_order_id, None)
        terms = self._maker.change(order, amendment, now_ns=now_ns)
        if terms is None:
            return order
        self._check_venue(order)
        if terms.need is not None:
            self._reserved.keep(order, terms.need)
        self._apply_to_order(
            OrderMoved(
                ts_ns=now_ns,
                user_id=user_id,
                order_id=order.order_id,
                status=OrderStatus.PENDING_REPLACE,
                asked=Asked(kind=RequestKind.AMEND, ts_ns=now_ns, quantity=terms.quantity, price=terms.price),
            )
        )
        changing = msgspec.structs.replace(self._now(order), budget=terms.budget)
        reports = self._execution.amend(changing, terms.quantity, terms.price, now_ns=now_ns)
        self.apply_reports(reports, now_ns=now_ns)
        return self._now(order)

    def cancel(
        self,
        user_id: str,
        *,
        client_order_id: str | None = None,
        order_id: str | None = None,
        now_ns: int,
        reason: str | None = None,
    ) -> Order:
        """
        Ask for an order to be taken off the venue, and say what has become of it; of a final one only the latter.

        Raises:
            UnknownOrder: The account has no such order.
            Unavailable: The order is on a venue that is not connected.
        """
        order = self._find(user_id, client_order_id, order_id)
        if order.is_open:
            self._check_venue(order)
        return self._cancel(order, reason, now_ns)

    def cancel_all(self, user_id: str | None, instrument_id: str | None, *, reason: str, now_ns: int) -> list[Order]:
        """
        The same for the open orders of one user or all, on one instrument or all; and what has become of them.

        Orders on a venue that is not connected are left out.
        """
        orders = [one for one in self._ledger.open_orders(user_id, instrument_id) if self._is_here(one)]
        return [self._cancel(self._now(order), reason, now_ns) for order in orders]

    def close_position(self, user_id: str, instrument_id: str, *, tag: str, reason: str, now_ns: int) -> None:
        """
        Send a market order that closes a position, past all limits; nothing while one with that tag is open.

        What is closed are whole lots; less than one lot goes with an order of its own, when this is asked again.
        """
        position = self._ledger.position(user_id, instrument_id)
        is_closing = any(one.tag == tag for one in self._ledger.open_orders(user_id, instrument_id))
        if not position.quantity or is_closing:
            return
        order = self._maker.closing(position, tag=tag, reason=reason, now_ns=now_ns)
        if order is not None:
            self._send(order, NO_CALLER, now_ns)

    def apply_reports(self, reports: Iterable[Report], *, now_ns: int) -> None:
        """
        Take in what the venue tells, in order; and take reduce-only orders off that have nothing to reduce any more.

        Raises:
            VenueFault: The venue tells what cannot be.
        """
        reduced = dict.fromkeys(held for one in reports if (held := self._take_in(one, now_ns)) is not None)
        uncovered = [order for held in reduced for order in self._reductions.uncovered(*held)]
        for order in uncovered:
            # What the venue says to one cancel is taken in before the next is asked for.
            self._cancel(self._now(order), NOT_COVERED, now_ns)

    def advance(self, *, now_ns: int) -> None:
        """
        Let time pass at the venue, and know no more of orders of which it owes an answer for too long.

        Raises:
            VenueFault: The venue tells what cannot be.
        """
        self.apply_reports(self._execution.advance(now_ns=now_ns), now_ns=now_ns)
        for order_id in self._unanswered.take_overdue(now_ns=now_ns):
            self._give_up(self._ledger.order_of(order_id), now_ns)

    def restore(self, *, now_ns: int) -> None:
        """
        Go on with the open orders of an earlier process.

        Raises:
            VenueFault: The venue tells what cannot be.
        """
        here: list[Order] = []
        for order in self._ledger.open_orders():
            self._unanswered.watch(order, since_ns=now_ns)
            terms = self._maker.terms_asked(order)
            if terms is not None and terms.need is not None:
                self._reserved.keep(order, terms.need)
            if self._is_here(order):
                here.append(order if terms is None else msgspec.structs.replace(order, budget=terms.budget))
        self.apply_reports(self._execution.restore(here, now_ns=now_ns), now_ns=now_ns)

    def _take_in(self, report: Report, now_ns: int) -> tuple[str, str] | None:
        """Take one report in; whose position in what became smaller by an order that need not have done that."""
        fact = self._reports.fact_of(report, now_ns=now_ns)
        if fact is None:
            return None
        reduced = self._reductions.reduced_by(fact.fill) if isinstance(fact, OrderFilled) else None
        order = self._apply_to_order(fact)
        if order.status.is_final or isinstance(report, Amended | RequestRefused):
            self._reserved.release(order)
        return reduced

    def _send(self, order: Order, body_hash: bytes, now_ns: int) -> Order:
        self._apply_to_order(OrderPlaced(ts_ns=now_ns, order=order, body_hash=body_hash))
        self.apply_reports(self._execution.submit(order, now_ns=now_ns), now_ns=now_ns)
        return self._now(order)

    def _cancel(self, order: Order, reason: str | None, now_ns: int) -> Order:
        self.apply_reports(self._ask_to_cancel(order, reason, now_ns), now_ns=now_ns)
        return self._now(order)

    def _ask_to_cancel(self, order: Order, reason: str | None, now_ns: int) -> list[Report]:
        asked = Asked(kind=RequestKind.CANCEL, ts_ns=now_ns)
        fact = move(order, OrderStatus.PENDING_CANCEL, now_ns=now_ns, reason=reason, asked=asked)
        if fact is None:
            return []
        self._apply_to_order(fact)
        return self._execution.cancel(self._now(order), now_ns=now_ns)

    def _give_up(self, order: Order | None, now_ns: int) -> None:
        # A platform may have handed the answer in meanwhile, and the order may be forgotten since.
        if order is None:
            return
        fact = move(order, OrderStatus.UNKNOWN, now_ns=now_ns, reason=NO_ANSWER, asked=order.asked)
        if fact is not None:
            self._apply_to_order(fact)

    def _apply_to_order(self, fact: OrderFact) -> Order:
        changes = self._apply(fact)
        order = next(one.order for one in changes if isinstance(one, OrderChanged))
        self._unanswered.watch(order)
        return order

    def _apply(self, fact: AnyFact) -> tuple[Change, ...]:
        changes = tuple(self._ledger.apply(fact))
        self._steps.append(Step(fact=fact, changes=changes))
        return changes

    def _find(self, user_id: str, client_order_id: str | None, order_id: str | None) -> Order:
        order = self._ledger.find_order(user_id, client_order_id=client_order_id, order_id=order_id)
        if order is None:
            raise UnknownOrder("there is no such order")
        return order

    def _now(self, order: Order) -> Order:
        """An order as it is now, or as it was when it was forgotten."""
        return self._ledger.order_of(order.order_id) or order

    def _is_here(self, order: Order) -> bool:
        return order.venue == self._execution.venue

    def _check_venue(self, order: Order) -> None:
        if not self._is_here(order):
            raise Unavailable(f"the order is on {order.venue}, which is not connected")
