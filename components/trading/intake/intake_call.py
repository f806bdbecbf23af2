"""One call of a platform: its events, each judged by what was known before and by those before it in the call."""

from decimal import Decimal

from components.model.errors import InvalidArgument
from components.model.orders import Fill, Order
from components.trading.facts import (
    BalanceHandedIn,
    FillHandedIn,
    MarginHandedIn,
    OrderHandedIn,
    PositionHandedIn,
    ToldFact,
)
from components.trading.intake.handed_in_order import contradiction, order_as_told
from components.trading.intake.intake_forms import FillForm, MarginForm, OfUser, OrderForm, PositionForm, WalletForm
from components.trading.ledger.ledger import Ledger

MAX_ACCOUNTS = 100_000
"""That platforms tell of: what is kept of each is bounded by itself."""

MAX_OPEN_ORDERS = 10_000
"""Of one account."""

MAX_POSITIONS = 1_000
"""Of one account: so many instruments are told of, and no more."""

MAX_BALANCES = 1_000
"""Of one account, by currency."""


class IntakeCall:
    """
    What a call has come to so far.

    It changes nothing but itself: where an event is refused, nothing of the call has happened.

    Attributes:
        facts: What is new, in order; what was known before leads to none.
    """

    def __init__(self, ledger: Ledger, venue: str, *, received_ns: int) -> None:
        """
        Begin a call.

        Args:
            ledger: What was known before.
            venue: The platform's name.
            received_ns: When the call came, UNIX nanoseconds.
        """
        self.facts: list[ToldFact] = []
        self._ledger = ledger
        self._venue = venue
        self._received_ns = received_ns
        self._orders: dict[str, Order] = {}
        self._order_names: dict[tuple[str, str], str] = {}
        self._executions: set[tuple[str, str]] = set()
        self._sequences: dict[tuple[str, str, str], int] = {}
        self._begun: set[str] = set()
        self._counts: dict[tuple[str, str], int] = {}

    def take_order(self, place: str, form: OrderForm, event_ns: int | None) -> None:
        """
        Take in an order as it is now.

        Raises:
            InvalidArgument: It contradicts what was told before, or there are too many.
        """
        known = self._order(place, form.user_id, form.order_id)
        if not self._is_news(("order", form.user_id, form.order_id), form, self._ledger.order_sequence(form.order_id)):
            return
        self._check_account(place, form)
        order = order_as_told(form, known, venue=self._venue, ts_ns=self._ts_ns(event_ns))
        if known is None:
            self._check_new_order(place, order)
        else:
            field, words = contradiction(known, order) or ("", "")
            if field:
                raise InvalidArgument(f"{place}.{field}", words)
        self._orders[order.order_id] = order
        self._order_names[order.user_id, order.client_order_id] = order.order_id
        self.facts.append(
            OrderHandedIn(ts_ns=self._received_ns, event_ns=event_ns, order=order, sequence=form.sequence)
        )

    def take_fill(self, place: str, form: FillForm, event_ns: int | None) -> None:
        """
        Take in an execution.

        Raises:
            InvalidArgument: It cannot be one of its order.
        """
        order = self._order(place, form.user_id, form.order_id)
        execution = (form.order_id, form.execution_id)
        if execution in self._executions or self._ledger.has_execution(*execution):
            return
        self._check_account(place, form)
        name = form.client_order_id or (form.order_id if order is None else order.client_order_id)
        fill = Fill(
            execution_id=form.execution_id,
            order_id=form.order_id,
            client_order_id=name,
            user_id=form.user_id,
            instrument_id=form.instrument,
            venue=self._venue,
            side=form.side,
            price=Decimal(form.price),
            quantity=Decimal(form.quantity),
            commission=Decimal(form.commission),
            commission_currency=form.commission_currency,
            liquidity=form.liquidity,
            ts_ns=self._ts_ns(event_ns),
        )
        if order is not None:
            _check_fits(place, fill, order)
        self._executions.add(execution)
        self.facts.append(FillHandedIn(ts_ns=self._received_ns, event_ns=event_ns, fill=fill))

    def take_position(self, place: str, form: PositionForm, event_ns: int | None) -> None:
        """
        Take in a position.

        Raises:
            InvalidArgument: The account is not the platform's, or has too many.
        """
        last = self._ledger.position_sequence(form.user_id, form.instrument)
        if not self._is_news(("position", form.user_id, form.instrument), form, last):
            return
        self._check_account(place, form)
        if last is None:
            self._count(f"{place}.instrument", form.user_id, "positions", MAX_POSITIONS)
        self.facts.append(
            PositionHandedIn(
                ts_ns=self._received_ns,
                event_ns=event_ns,
                user_id=form.user_id,
                instrument_id=form.instrument,
                venue=self._venue,
                quantity=Decimal(form.quantity),
                average_price=_decimal_or_none(form.average_price),
                realised_pnl=Decimal(form.realised_pnl),
                sequence=form.sequence,
                event=form.event.value,
                reason=form.reason,
                mark_price=_decimal_or_none(form.mark_price),
                unrealised_pnl=_decimal_or_none(form.unrealised_pnl),
            )
        )

    def take_wallet(self, place: str, form: WalletForm, event_ns: int | None) -> None:
        """
        Take in a balance.

        Raises:
            InvalidArgument: The account is not the platform's, or has too many.
        """
        last = self._ledger.balance_sequence(form.user_id, form.currency)
        if not self._is_news(("wallet", form.user_id, form.currency), form, last):
            return
        self._check_account(place, form)
        if last is None:
            self._count(f"{place}.currency", form.user_id, "balances", MAX_BALANCES)
        self.facts.append(
            BalanceHandedIn(
                ts_ns=self._received_ns,
                event_ns=event_ns,
                user_id=form.user_id,
                currency=form.currency,
                total=Decimal(form.total),
                locked=Decimal(form.locked),
                sequence=form.sequence,
                reason=form.reason,
            )
        )

    def take_margin(self, place: str, form: MarginForm, event_ns: int | None) -> None:
        """
        Take in how an account stands.

        Raises:
            InvalidArgument: The account is not the platform's.
        """
        if not self._is_news(("margin", form.user_id, ""), form, self._ledger.margin_sequence(form.user_id)):
            return
        self._check_account(place, form)
        self.facts.append(
            MarginHandedIn(
                ts_ns=self._received_ns,
                event_ns=event_ns,
                user_id=form.user_id,
                margin_level=_decimal_or_none(form.margin_level),
                formula=form.formula,
                equity=Decimal(form.equity),
                maintenance_margin=Decimal(form.maintenance_margin),
                sequence=form.sequence,
                call_at=_decimal_or_none(form.call_at),
                liquidation_at=_decimal_or_none(form.liquidation_at),
                shortfall=_decimal_or_none(form.shortfall),
                currency=form.currency,
            )
        )

    def _ts_ns(self, event_ns: int | None) -> int:
        return self._received_ns if event_ns is None else event_ns

    def _order(self, place: str, user_id: str, order_id: str) -> Order | None:
        order = self._orders.get(order_id) or self._ledger.order_of(order_id)
        if order is not None and order.user_id != user_id:
            raise InvalidArgument(f"{place}.order_id", "is an order of another user")
        return order

    def _is_news(
        self, thing: tuple[str, str, str], form: OrderForm | PositionForm | WalletForm | MarginForm, last: int | None
    ) -> bool:
        reached = self._sequences.get(thing, last)
        if reached is not None and form.sequence <= reached:
            return False
        self._sequences[thing] = form.sequence
        return True

    def _check_account(self, place: str, form: OfUser) -> None:
        user_id = form.user_id
        if user_id in self._begun or self._ledger.is_external(user_id):
            return
        if self._ledger.has_account(user_id):
            raise InvalidArgument(f"{place}.user_id", "has an account on paper, of which no platform can tell")
        if len(self._ledger.user_ids()) + len(self._begun) >= MAX_ACCOUNTS:
            raise InvalidArgument(f"{place}.user_id", f"expected at most {MAX_ACCOUNTS} users")
        self._begun.add(user_id)

    def _check_new_order(self, place: str, order: Order) -> None:
        name = (order.user_id, order.client_order_id)
        if name in self._order_names or self._ledger.find_order(order.user_id, client_order_id=order.client_order_id):
            raise InvalidArgument(f"{place}.client_order_id", "is that of another order of the user")
        if order.is_open:
            self._count(f"{place}.order_id", order.user_id, "open orders", MAX_OPEN_ORDERS)

    def _count(self, field: str, user_id: str, what: str, most: int) -> None:
        """Count one more; what of it was there before the call, the ledger is asked once."""
        if (user_id, what) not in self._counts:
            self._counts[user_id, what] = self._known(user_id, what)
        if self._counts[user_id, what] >= most:
            raise InvalidArgument(field, f"expected at most {most} {what} of a user")
        self._counts[user_id, what] += 1

    def _known(self, user_id: str, what: str) -> int:
        if what == "open orders":
            return len(self._ledger.open_orders(user_id))
        if what == "positions":
            return self._ledger.told_positions(user_id)
        return len(self._ledger.balances(user_id))


def _check_fits(place: str, fill: Fill, order: Order) -> None:
    for field, expected, received in (
        ("client_order_id", order.client_order_id, fill.client_order_id),
        ("instrument", order.instrument_id, fill.instrument_id),
        ("side", order.side, fill.side),
    ):
        if received != expected:
            raise InvalidArgument(f"{place}.{field}", f"expected {expected}, as the order has it, received {received}")
    if fill.quantity > order.quantity:
        raise InvalidArgument(f"{place}.quantity", f"expected at most {order.quantity:f}, the quantity of the order")


def _decimal_or_none(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
