"""
The desk under commands and a venue at random, against what must always hold.

No order leaves a final status; what is filled is the sum of its distinct executions; no currency gains or loses a digit
over accounts, fees and venue; what is locked is what open orders may still cost; a refused command changes nothing; and
a ledger of the same facts is the same.
"""

import functools
import random
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from components.contract.envelope import NS_PER_S
from components.model.errors import CommandRejected
from components.model.market import Side
from components.model.money import ZERO, exact
from components.model.orders import OrderStatus, OrderType
from components.trading.adjustment_arguments import Adjustment
from components.trading.changes import FillAdded, OrderChanged
from components.trading.facts import AnyFact, decode_fact, encode_fact
from components.trading.ledger.ledger import Ledger
from tests.support.random_venue import RATE, RandomVenue, Say, Script
from tests.support.trading_desk import Trading, amendment, make_trading, restarted

USERS = ("alice", "bob")
CURRENCIES = ("USDT", "BTC")

QUANTITIES = ("0.333", "1", "2.5", "7", "20", "60")
PRICES = ("90", "99.99", "100", "110")
PARTS = (Decimal("0.001"), Decimal("0.5"), Decimal("0.9"), Decimal(1))
WORDS = (*Say, *([Say.ACCEPTED] * 3), *([Say.FILLED] * 4), Say.FILLED_AGAIN, *([Say.AMENDED] * 4))
BAD_FIELDS: tuple[dict[str, Any], ...] = (
    {"quantity": "0.0001"},
    {"quantity": "1000000"},
    {"price": "100.001"},
    {"quantity": "0.001"},
    {"instrument_id": "DOGEUSDT"},
    {"expire_ns": 1},
)
COMMANDS = {
    "place": 8,
    "hear": 12,
    "amend": 12,
    "cancel": 3,
    "place_again": 2,
    "place_badly": 1,
    "cancel_all": 1,
    "close_position": 1,
    "adjust": 1,
    "wait": 2,
    "restart": 1,
}
"""What happens, by the name of the method that does it, and how often."""

STEPS = 150
SEEDS = st.integers(0, 2**32)
"""What happens hangs together too much to be drawn step by step: too few orders would live long enough."""

MANY = settings(max_examples=30)


@attrs.frozen
class Terms:
    """On which terms accounts trade."""

    is_margin: bool = False
    pays_in_base: bool = False


class Bench:
    """Two accounts, and what was seen of their orders."""

    def __init__(self, terms: Terms, chance: random.Random) -> None:
        self.terms = terms
        self.chance = chance
        self.venue = RandomVenue(pays_in_base=terms.pays_in_base, executes_late=chance.random() < 0.3)
        self.trading = self.make_trading(Ledger())
        self.orders: list[tuple[str, str, dict[str, Any]]] = []
        self.facts: list[AnyFact] = []
        self.finals: dict[str, OrderStatus] = {}
        self.executions: dict[str, dict[str, Decimal]] = defaultdict(dict)
        self.overdrawn: set[str] = set()
        for user_id in USERS:
            self.trading.desk.open_account(user_id, now_ns=self.trading.now_ns)
        self.take()

    def place(self) -> None:
        chance = self.chance
        fields: dict[str, Any] = {
            "type": chance.choice([OrderType.LIMIT, OrderType.LIMIT, OrderType.MARKET, OrderType.STOP]),
            "side": chance.choice(list(Side)),
            "quantity": chance.choice(QUANTITIES),
            "reduce_only": chance.random() < 0.25,
        }
        if fields["type"] is not OrderType.MARKET:
            fields["price" if fields["type"].has_price else "stop_price"] = chance.choice(PRICES)
        order = (chance.choice(USERS), f"o{len(self.orders)}", fields)
        self.attempt(lambda: self.trading.place(order[1], order[0], **fields))
        self.orders.append(order)

    def place_again(self) -> None:
        """The same order again, or another one of its name; one that was refused may pass now."""
        user_id, name, fields = self.pick()
        self.attempt(lambda: self.trading.place(name, user_id, **{**fields, **self.chance.choice([{}, *BAD_FIELDS])}))

    def place_badly(self) -> None:
        before = self.trading.ledger.checkpoint()
        self.attempt(lambda: self.trading.place("bad", self.chance.choice(USERS), **self.chance.choice(BAD_FIELDS)))
        assert self.trading.ledger.checkpoint() == before

    def amend(self) -> None:
        user_id, name, fields = self.pick()
        price = self.chance.choice(PRICES) if "price" in fields else None
        change = amendment(name, quantity=self.chance.choice([fields["quantity"], *QUANTITIES]), price=price)
        self.attempt(lambda: self.trading.desk.amend(user_id, change, now_ns=self.trading.now_ns))

    def cancel(self) -> None:
        """A cancel, perhaps of another's order."""
        user_id, name, _ = self.pick()
        self.attempt(lambda: self.trading.cancel(name, self.chance.choice([user_id, user_id, *USERS])))

    def cancel_all(self) -> None:
        desk, user_id = self.trading.desk, self.chance.choice([None, *USERS])
        self.attempt(lambda: desk.cancel_all(user_id, None, reason="requested", now_ns=self.trading.now_ns))

    def close_position(self) -> None:
        desk, user_id, now_ns = self.trading.desk, self.chance.choice(USERS), self.trading.now_ns
        close = functools.partial(desk.close_position, user_id, "BTCUSDT", tag="liquidation", reason="margin_level")
        self.attempt(lambda: close(now_ns=now_ns))

    def adjust(self) -> None:
        adjustment = Adjustment(
            user_id=self.chance.choice(USERS),
            currency="USDT",
            amount=Decimal(self.chance.choice(["50", "-70.5", "-9000"])),
            adjustment_id=f"a{self.chance.randrange(20)}",
            reason="a reason",
        )
        self.attempt(lambda: self.trading.desk.adjust(adjustment, adjusted_by="root", now_ns=self.trading.now_ns))

    def hear(self) -> None:
        """Let the venue say something by itself, of an open order or of one that is over."""
        user_id, name, _ = self.pick()
        order = self.trading.ledger.find_order(user_id, client_order_id=name)
        if order is not None:
            self.trading.report(*self.venue.say(order, self.script()))

    def wait(self) -> None:
        self.trading.now_ns += self.chance.choice([1, 5, 10]) * NS_PER_S
        self.trading.desk.advance(now_ns=self.trading.now_ns)

    def restart(self) -> None:
        """Let another process go on with what was written down."""
        now_ns = self.trading.now_ns
        self.trading = self.make_trading(restarted(self.trading.ledger))
        self.trading.now_ns = now_ns
        self.trading.desk.restore(now_ns=now_ns)

    def pick(self) -> tuple[str, str, dict[str, Any]]:
        """An order of late, most often an open one."""
        last = self.orders[-12:] or [("alice", "none", {"quantity": "1"})]
        orders = [self.trading.ledger.find_order(user_id, client_order_id=name) for user_id, name, _ in last]
        still_open = [one for one, order in zip(last, orders, strict=True) if order is not None and order.is_open]
        return self.chance.choice(still_open if still_open and self.chance.random() < 0.8 else last)

    def script(self) -> Script:
        """What the venue says at once, most often that all is well."""
        words = self.chance.choices(WORDS, k=self.chance.randrange(4))
        return [(word, self.chance.choice(PARTS)) for word in words]

    def make_trading(self, ledger: Ledger) -> Trading:
        return make_trading(
            ledger,
            execution=self.venue,
            opening_balances={"USDT": Decimal(3_000), "BTC": Decimal(5)},
            is_margin=self.terms.is_margin,
            maker_rate=RATE,
            taker_rate=RATE,
            is_commission_in_quote=not self.terms.pays_in_base,
        )

    def attempt(self, command: Callable[[], object]) -> None:
        """Do something that may be refused; then nothing has changed."""
        before = self.trading.ledger.checkpoint()
        self.venue.script = self.script()
        try:
            command()
        except CommandRejected:
            assert self.trading.ledger.checkpoint() == before
            assert self.trading.desk.take() == []
        self.venue.script = []

    def take(self) -> None:
        """Take what was decided, and hold it against what was seen before."""
        for step in self.trading.desk.take():
            self.facts.append(step.fact)
            for change in step.changes:
                if isinstance(change, FillAdded):
                    self.see_fill(change)
                elif isinstance(change, OrderChanged):
                    order = change.order
                    assert self.finals.get(order.order_id, order.status) is order.status
                    if order.status.is_final:
                        self.finals[order.order_id] = order.status

    def see_fill(self, change: FillAdded) -> None:
        fill = change.fill
        assert fill.execution_id not in self.executions[fill.order_id]
        self.executions[fill.order_id][fill.execution_id] = fill.quantity
        if change.is_late:
            self.overdrawn.add(fill.user_id)

    @exact
    def check_fills(self) -> None:
        """What is filled is the sum of its distinct executions, and no more than was ordered."""
        for order_id, by_execution in self.executions.items():
            order = self.trading.ledger.order_of(order_id)
            assert order is not None
            assert order.filled_quantity == sum(by_execution.values()) <= order.quantity

    @exact
    def check_money(self) -> None:
        """What was put in is with accounts, fees and venue, to the last digit."""
        ledger = self.trading.ledger
        for currency in CURRENCIES:
            held = sum((ledger.balance(user_id, currency).total for user_id in USERS), ZERO)
            elsewhere = ledger.fee_balances.get(currency, ZERO) + ledger.venue_balances.get(currency, ZERO)
            put_in = sum((ledger.transferred(user_id).get(currency, ZERO) for user_id in USERS), ZERO)
            assert held + elsewhere == put_in

    @exact
    def check_locks(self) -> None:
        """What is locked is what open orders may still cost; nobody is promised more than there is."""
        for user_id in USERS:
            locked = dict.fromkeys(CURRENCIES, ZERO)
            for order in () if self.terms.is_margin else self.trading.ledger.open_orders(user_id):
                if order.budget is None:
                    locked["BTC"] += order.remaining_quantity
                else:
                    locked["USDT"] += max(order.budget - order.spent, ZERO)
            balances = [self.trading.ledger.balance(user_id, currency) for currency in CURRENCIES]
            assert {one.currency: one.locked for one in balances} == locked
            if not self.terms.is_margin and user_id not in self.overdrawn:
                assert all(one.free >= 0 for one in balances)

    def check_replay(self) -> None:
        """A ledger that is told the same is the same."""
        again = Ledger()
        for fact in self.facts:
            again.apply(decode_fact(encode_fact(fact)))
        assert again.checkpoint() == self.trading.ledger.checkpoint()


def run(terms: Terms, seed: int) -> None:
    """Let much happen, and look after every step."""
    chance = random.Random(seed)
    bench = Bench(terms, chance)
    for name in chance.choices(list(COMMANDS), list(COMMANDS.values()), k=STEPS):
        getattr(bench, name)()
        bench.take()
        bench.check_fills()
        bench.check_money()
        bench.check_locks()
    bench.check_replay()


@MANY
@given(SEEDS)
def test_accounts_in_cash_add_up_whatever_happens(seed: int) -> None:
    """After every command, every word of the venue, and every restart."""
    run(Terms(), seed)


@MANY
@given(SEEDS)
def test_accounts_that_pay_commission_in_what_they_buy_add_up(seed: int) -> None:
    """The same where less comes in than was bought."""
    run(Terms(pays_in_base=True), seed)


@MANY
@given(SEEDS)
def test_accounts_on_margin_add_up_whatever_happens(seed: int) -> None:
    """The same where nothing is locked, and only what is realised moves."""
    run(Terms(is_margin=True), seed)
