"""What must always hold of accounts, whatever their venue does, looked at after every step."""

from collections import defaultdict
from decimal import Decimal

from components.model.accounts import is_reducing
from components.model.money import ZERO, exact
from components.model.orders import Fill, OrderStatus
from components.trading.changes import FillAdded, OrderChanged, PositionChanged
from components.trading.facts import AnyFact, decode_fact, encode_fact
from components.trading.ledger.ledger import Ledger
from tests.support.trading_desk import Trading

CURRENCIES = ("USDT", "BTC")


class AccountWatch:
    """
    What was seen of the accounts of a desk, over its restarts.

    Attributes:
        trading: The desk, and what it decides by.
        overdrawn: Users of whom something was executed late, so that they may owe.
        over_reduced: Executions of reduce-only orders that did more than make a position smaller.
    """

    def __init__(self, trading: Trading, user_ids: tuple[str, ...]) -> None:
        """Watch these users' accounts, which begin with it."""
        self.trading = trading
        self._user_ids = user_ids
        self._facts: list[AnyFact] = []
        self._finals: dict[str, OrderStatus] = {}
        self._executions: dict[str, dict[str, Decimal]] = defaultdict(dict)
        self._held: dict[tuple[str, str], Decimal] = {}
        self.overdrawn: set[str] = set()
        self.over_reduced: list[Fill] = []
        for user_id in user_ids:
            trading.desk.open_account(user_id, now_ns=trading.now_ns)
        self.look()

    def look(self) -> None:
        """Take what was decided, and see whether all holds."""
        self._take()
        self._check_fills()
        self._check_money()
        self._check_locks()

    def _take(self) -> None:
        """Take what was decided, and hold it against what was seen before."""
        for step in self.trading.desk.take():
            self._facts.append(step.fact)
            for change in step.changes:
                if isinstance(change, FillAdded):
                    self._see_fill(change)
                elif isinstance(change, PositionChanged):
                    position = change.position
                    self._held[position.user_id, position.instrument_id] = position.quantity
                elif isinstance(change, OrderChanged):
                    order = change.order
                    assert self._finals.get(order.order_id, order.status) is order.status
                    if order.status.is_final:
                        self._finals[order.order_id] = order.status

    def _see_fill(self, change: FillAdded) -> None:
        fill = change.fill
        assert fill.execution_id not in self._executions[fill.order_id]
        self._executions[fill.order_id][fill.execution_id] = fill.quantity
        if change.is_late:
            self.overdrawn.add(fill.user_id)
        order = self.trading.ledger.order_of(fill.order_id)
        held = self._held.get((fill.user_id, fill.instrument_id), ZERO)
        if order is not None and order.reduce_only and not is_reducing(fill.side, fill.quantity, held):
            self.over_reduced.append(fill)

    @exact
    def _check_fills(self) -> None:
        """What is filled is the sum of its distinct executions, and no more than was ordered."""
        for order_id, by_execution in self._executions.items():
            order = self.trading.ledger.order_of(order_id)
            assert order is not None
            assert order.filled_quantity == sum(by_execution.values()) <= order.quantity

    @exact
    def _check_money(self) -> None:
        """What was put in is with accounts, fees and venue, to the last digit."""
        ledger = self.trading.ledger
        for currency in CURRENCIES:
            held = sum((ledger.balance(user_id, currency).total for user_id in self._user_ids), ZERO)
            elsewhere = ledger.fee_balances.get(currency, ZERO) + ledger.venue_balances.get(currency, ZERO)
            put_in = sum((ledger.transferred(user_id).get(currency, ZERO) for user_id in self._user_ids), ZERO)
            assert held + elsewhere == put_in

    @exact
    def _check_locks(self) -> None:
        """What is locked is what open orders may still cost; nobody is promised more than there is."""
        for user_id in self._user_ids:
            locked = dict.fromkeys(CURRENCIES, ZERO)
            for order in () if self.trading.rules.is_margin else self.trading.ledger.open_orders(user_id):
                if order.budget is None:
                    locked["BTC"] += order.remaining_quantity
                else:
                    locked["USDT"] += max(order.budget - order.spent, ZERO)
            balances = [self.trading.ledger.balance(user_id, currency) for currency in CURRENCIES]
            assert {one.currency: one.locked for one in balances} == locked
            if not self.trading.rules.is_margin and user_id not in self.overdrawn:
                assert all(one.free >= 0 for one in balances)

    def check_replay(self) -> None:
        """A ledger that is told the same is the same."""
        again = Ledger()
        for fact in self._facts:
            again.apply(decode_fact(encode_fact(fact)))
        assert again.checkpoint() == self.trading.ledger.checkpoint()
