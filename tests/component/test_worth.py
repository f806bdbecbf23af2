"""What accounts are worth, told once a second."""

from decimal import Decimal

import attrs
import pytest
from twisted.python.failure import Failure

from components.model.accounts import Mark
from components.trading.worth_board import WorthBoard
from components.trading.worth_component import WorthPublisher
from tests.support.trading_floor import TradingFloor


@attrs.define
class Watching:
    """A floor whose accounts' worth is published, and who is told to look at them."""

    floor: TradingFloor = attrs.field(factory=TradingFloor)
    board: WorthBoard = attrs.field(factory=WorthBoard)
    turns: int = 0
    looked_at: list[str] = attrs.field(factory=list)
    faults: list[Failure] = attrs.field(factory=list)
    worth: WorthPublisher = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.worth = WorthPublisher(
            self.board,
            self.floor.queries,
            self.floor.publisher,
            watcher=self,
            clock=self.floor.clock,
            wall_clock_ns=self.floor.now_ns,
            on_fault=self.faults.append,
        )

    def receive_change(self, user_id: str) -> None:
        """An account is to be looked at."""
        self.looked_at.append(user_id)

    def advance(self, _now_ns: int) -> None:
        """A turn went by."""
        self.turns += 1

    def tick(self) -> None:
        """Let a second go by."""
        self.looked_at.clear()
        for _ in range(25):
            self.floor.clock.advance(0.05)


@pytest.fixture
def watching() -> Watching:
    """One account, that holds one unit which is worth a hundred."""
    watching = Watching()
    watching.floor.offer({"99": "10"}, {"101": "10"})
    watching.floor.place(type="market", price=None)
    watching.worth.start()
    return watching


def test_a_touched_account_is_reckoned_told_and_looked_at(watching: Watching) -> None:
    """Its portfolio and its margin level."""
    watching.board.touch("ann")

    watching.tick()

    assert [one["equity"] for one in watching.floor.events("portfolio")] == ["999"]
    assert [one["margin_level"] for one in watching.floor.events("margin")] == [None]
    assert watching.looked_at == ["ann"]


def test_what_is_worth_the_same_is_not_told_again(watching: Watching) -> None:
    """It is looked at all the same."""
    for _ in range(2):
        watching.board.touch("ann")
        watching.tick()

    assert len(watching.floor.events("portfolio")) == 1
    assert watching.looked_at == ["ann"]


def test_a_price_makes_those_be_told_who_hold_it(watching: Watching) -> None:
    """From the first time that they were reckoned on."""
    watching.board.touch("ann")
    watching.tick()

    watching.floor.markets.rates["BTC", "USDT"] = Decimal(110)
    watching.floor.markets.marks["BTCUSDT"] = Mark(price=Decimal(110), ts_ns=watching.floor.now_ns())
    watching.board.receive_mark("BTCUSDT")
    watching.tick()

    assert [one["equity"] for one in watching.floor.events("portfolio")] == ["999", "1009"]


def test_nothing_is_told_while_the_router_is_behind(watching: Watching) -> None:
    """And whoever was touched is told later."""
    watching.board.touch("ann")
    watching.floor.session.is_lost = True
    watching.floor.publisher.publish("tapecast.user.ann.session", {}, ts_ns=0)
    watching.tick()

    assert watching.looked_at == []
    assert watching.turns == 0
    assert watching.board.take(10) == ["ann"]


def test_a_bug_is_told_and_ends_it(watching: Watching) -> None:
    """A wrong worth is worse than none."""
    watching.floor.markets.marks = None  # type: ignore[assignment]
    watching.board.touch("ann")

    watching.tick()

    assert len(watching.faults) == 1


def test_it_ends_where_it_is_stopped(watching: Watching) -> None:
    """Twice is once."""
    watching.worth.stop()
    watching.worth.stop()
    watching.board.touch("ann")

    watching.tick()

    assert watching.floor.events("portfolio") == []
