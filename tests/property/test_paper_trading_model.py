"""
The desk on the venue on paper, against what must always hold of accounts.

What `test_desk_model` lets a venue say at random, this venue says because books and orders meet: so nothing is executed
late, nobody ever owes, and no reduce-only order does more than make a position smaller.
"""

import functools
import random
from decimal import Decimal
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.model.errors import CommandRejected
from components.model.market import Side
from components.model.orders import OrderType, TimeInForce
from components.trading.ledger.ledger import Ledger
from components.trading.live.markets import Level
from components.trading.paper.paper_rules import CommissionIn, PaperRules
from components.trading.paper.paper_venue import PaperVenue
from tests.support.account_watch import AccountWatch
from tests.support.trading_desk import BTCUSDT, Trading, amendment, make_trading, mark, restarted

USERS = ("alice", "bob", "carol")
TICKS = [Decimal(price) for price in ("98", "99", "99.5", "100", "100.5", "101", "102")]
QUANTITIES = ("0.333", "1", "2.5", "7", "20")
MAKER_RATE, TAKER_RATE = Decimal("0.0005"), Decimal("0.001")
COMMANDS = {
    "place": 12,
    "move_book": 8,
    "amend": 4,
    "cancel": 3,
    "cancel_all": 1,
    "close_position": 2,
    "wait": 3,
    "lose_book": 1,
    "restart": 1,
}
"""What happens, by the name of the method that does it, and how often."""

STEPS = 120


@attrs.frozen
class Terms:
    """On which terms accounts trade."""

    is_margin: bool = False
    latency_ns: int = 0
    commission_in: CommissionIn = CommissionIn.QUOTE


class Exchange:
    """A desk with its venue on paper, and a live book that jumps."""

    def __init__(self, terms: Terms, chance: random.Random) -> None:
        self.terms = terms
        self.chance = chance
        self.placed = 0
        self.trading = self.make_trading(Ledger())
        self.watch = AccountWatch(self.trading, USERS)

    def place(self) -> None:
        chance = self.chance
        kind = chance.choice([OrderType.LIMIT, OrderType.LIMIT, OrderType.LIMIT, *OrderType])
        fields: dict[str, Any] = {
            "type": kind,
            "side": chance.choice(list(Side)),
            "quantity": chance.choice(QUANTITIES),
            "reduce_only": chance.random() < 0.2,
            "time_in_force": TimeInForce.IOC if kind is OrderType.MARKET else TimeInForce.GTC,
        }
        if kind.has_price:
            fields["price"] = str(chance.choice(TICKS))
        if kind.has_stop_price:
            fields["stop_price"] = str(chance.choice(TICKS))
        if kind is OrderType.LIMIT:
            fields.update(
                chance.choice(
                    [
                        {},
                        {"post_only": True},
                        {"time_in_force": TimeInForce.IOC},
                        {"time_in_force": TimeInForce.FOK},
                        {"time_in_force": TimeInForce.GTD, "expire_ns": self.trading.now_ns + 3 * NS_PER_S},
                    ]
                )
            )
        self.placed += 1
        self.attempt(lambda: self.trading.place(f"o{self.placed}", chance.choice(USERS), **fields))

    def amend(self) -> None:
        change = amendment(
            self.pick(),
            quantity=self.chance.choice(QUANTITIES),
            price=self.chance.choice([None, *map(str, TICKS)]),
        )
        for user_id in USERS:
            amend = functools.partial(self.trading.desk.amend, user_id, change, now_ns=self.trading.now_ns)
            self.attempt(amend)

    def cancel(self) -> None:
        name = self.pick()
        for user_id in USERS:
            self.attempt(functools.partial(self.trading.cancel, name, user_id))

    def cancel_all(self) -> None:
        user_id = self.chance.choice(USERS)
        self.trading.desk.cancel_all(user_id, None, reason="requested", now_ns=self.trading.now_ns)

    def close_position(self) -> None:
        self.trading.desk.close_position(
            self.chance.choice(USERS), "BTCUSDT", tag="liquidation", reason="margin_level", now_ns=self.trading.now_ns
        )

    def move_book(self) -> None:
        """A book around another price; what was taken of the one before is there again."""
        spread = self.chance.randrange(1, len(TICKS) - 1)
        bids, asks = self.levels(TICKS[:spread]), self.levels(TICKS[spread:])
        best_bid, best_ask = str(TICKS[spread - 1]), str(TICKS[spread])
        self.trading.markets.marks["BTCUSDT"] = mark("100", bid=best_bid, ask=best_ask)
        self.trading.report(*self.venue.apply_snapshot("BTCUSDT", bids, asks, now_ns=self.trading.now_ns))

    def lose_book(self) -> None:
        self.venue.lose_book("BTCUSDT")

    def wait(self) -> None:
        self.trading.now_ns += self.chance.choice([10 * NS_PER_MS, 100 * NS_PER_MS, NS_PER_S])
        self.trading.desk.advance(now_ns=self.trading.now_ns)

    def restart(self) -> None:
        """Let another process go on with what was written down, without a book at first."""
        now_ns = self.trading.now_ns
        self.trading = self.make_trading(restarted(self.trading.ledger))
        self.trading.now_ns = now_ns
        self.watch.trading = self.trading
        self.trading.desk.restore(now_ns=now_ns)

    def attempt(self, command: Any) -> None:
        """Do something that may be refused; then nothing was decided."""
        self.watch.look()
        try:
            command()
        except CommandRejected:
            assert self.trading.desk.take() == []

    def levels(self, prices: list[Decimal]) -> list[Level]:
        return [(price, Decimal(self.chance.choice(QUANTITIES))) for price in prices]

    def pick(self) -> str:
        """The name of an order of late, whosever it is."""
        return f"o{self.chance.randint(max(1, self.placed - 10), max(1, self.placed))}"

    def make_trading(self, ledger: Ledger) -> Trading:
        rules = PaperRules(
            latency_ns=self.terms.latency_ns,
            maker_rate=MAKER_RATE,
            taker_rate=TAKER_RATE,
            commission_in=self.terms.commission_in,
        )
        self.venue = PaperVenue(
            rules,
            lot_size=lambda _: BTCUSDT.lot_size,
            held=lambda user_id, instrument_id: ledger.position(user_id, instrument_id).quantity,
        )
        return make_trading(
            ledger,
            execution=self.venue,
            opening_balances={"USDT": Decimal(3_000), "BTC": Decimal(20)},
            is_margin=self.terms.is_margin,
            maker_rate=MAKER_RATE,
            taker_rate=TAKER_RATE,
            is_commission_in_quote=self.terms.commission_in is CommissionIn.QUOTE,
        )


def run(terms: Terms, seed: int) -> None:
    """Let much happen, and look after every step."""
    chance = random.Random(seed)
    exchange = Exchange(terms, chance)
    for name in chance.choices(list(COMMANDS), list(COMMANDS.values()), k=STEPS):
        getattr(exchange, name)()
        exchange.watch.look()
        assert not exchange.watch.overdrawn
        assert not exchange.watch.over_reduced
    exchange.watch.check_replay()


MANY = settings(max_examples=25)
SEEDS = st.integers(0, 2**32)
LATENCIES_NS = st.sampled_from([0, 50 * NS_PER_MS])


@MANY
@given(SEEDS, LATENCIES_NS, st.sampled_from(CommissionIn))
def test_accounts_in_cash_add_up_on_paper(seed: int, latency_ns: int, commission_in: CommissionIn) -> None:
    """With and without latency, with commission in either currency."""
    run(Terms(latency_ns=latency_ns, commission_in=commission_in), seed)


@MANY
@given(SEEDS, LATENCIES_NS)
def test_accounts_on_margin_add_up_on_paper(seed: int, latency_ns: int) -> None:
    """Where only what is realised moves."""
    run(Terms(is_margin=True, latency_ns=latency_ns), seed)
