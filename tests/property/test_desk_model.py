"""
The desk under commands and a venue at random, against what must always hold.

No order leaves a final status; what is filled is the sum of its distinct executions; no currency gains or loses a digit
over accounts, fees and venue; what is locked is what open orders may still cost; a refused command changes nothing; and
a ledger of the same facts is the same.
"""

import functools
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from components.contract.envelope import NS_PER_S
from components.model.errors import CommandRejected
from components.model.market import Side
from components.model.orders import OrderType
from components.trading.ledger.ledger import Ledger
from components.trading.orders.adjustment_arguments import Adjustment
from tests.support.account_watch import AccountWatch
from tests.support.random_venue import RATE, RandomVenue, Say, Script
from tests.support.trading_desk import Trading, amendment, make_trading, restarted

USERS = ("alice", "bob")

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
        self.watch = AccountWatch(self.trading, USERS)

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
        self.watch.trading = self.trading
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


def run(terms: Terms, seed: int) -> None:
    """Let much happen, and look after every step."""
    chance = random.Random(seed)
    bench = Bench(terms, chance)
    for name in chance.choices(list(COMMANDS), list(COMMANDS.values()), k=STEPS):
        getattr(bench, name)()
        bench.watch.look()
    bench.watch.check_replay()


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
