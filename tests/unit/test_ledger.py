"""What can be asked of a ledger, what it forgets, and how it is found again."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from components.model.orders import Balance, OrderStatus, Position
from components.trading.facts import (
    AccountOpened,
    BalanceHandedIn,
    FillHandedIn,
    MarginHandedIn,
    OrderHandedIn,
    PositionHandedIn,
    encode_fact,
)
from components.trading.ledger.account import REMEMBERED_FILLS, REMEMBERED_ORDERS
from components.trading.ledger.ledger import Ledger
from tests.support.ledger_facts import LedgerTeller, fill_of, texts
from tests.support.paper_orders import paper_order


@pytest.fixture
def teller() -> LedgerTeller:
    """Alice and Bob have money, Carol is on margin."""
    teller = LedgerTeller()
    teller.open(USDT="1000", BTC="2")
    teller.open("bob", USDT="1000", ETH="10")
    teller.open("carol", USDT="1000", is_margin=True)
    return teller


def names(orders: object) -> list[str]:
    assert hasattr(orders, "__iter__")
    return [one.order_id for one in orders]


def numbered(rows: object) -> list[tuple[int, str]]:
    assert hasattr(rows, "__iter__")
    return [(number, one.order_id) for number, one in rows]


def test_accounts_are_there_once_they_began(teller: LedgerTeller) -> None:
    """Whose they are, and which are on margin; who has none has nothing."""
    ledger = teller.ledger

    assert list(ledger.user_ids()) == ["alice", "bob", "carol"]
    assert [ledger.has_account(user_id) for user_id in ("alice", "dave")] == [True, False]
    assert [ledger.is_margin(user_id) for user_id in ("alice", "carol", "dave")] == [False, True, False]
    assert not ledger.is_external("alice")


def test_nobody_has_nothing() -> None:
    """Every question about a user without an account has an empty answer."""
    ledger = Ledger()

    for answer in (
        list(ledger.orders("dave")),
        list(ledger.fills("dave")),
        ledger.open_orders("dave"),
        ledger.positions("dave"),
        ledger.balances("dave"),
        ledger.transferred("dave"),
        ledger.transfers("dave").amounts,
        ledger.realised_today("dave", now_ns=1),
        ledger.open_quantities("dave"),
    ):
        assert not answer
    assert ledger.balance("dave", "USDT") == Balance(currency="USDT")
    assert ledger.position("dave", "BTCUSDT") == Position(user_id="dave", instrument_id="BTCUSDT", venue="")
    for unknown in (
        ledger.told_margin("dave"),
        ledger.order_sequence("a"),
        ledger.position_sequence("dave", "BTCUSDT"),
        ledger.balance_sequence("dave", "USDT"),
        ledger.margin_sequence("dave"),
        ledger.order_of("a"),
        ledger.body_hash("dave", "my-a"),
    ):
        assert unknown is None
    assert ledger.next_order_number("dave") == 1
    assert ledger.told_positions("dave") == 0


def test_an_order_is_found_by_its_owner_alone(teller: LedgerTeller) -> None:
    """By either name, or both; another's is as one that does not exist."""
    teller.place("a", "sell", "1", "100")
    ledger, order = teller.ledger, teller.order("a")

    assert ledger.find_order("alice", order_id="a") is order
    assert ledger.find_order("alice", client_order_id="my-a") is order
    assert ledger.find_order("alice", client_order_id="my-a", order_id="a") is order
    assert ledger.find_order("alice", client_order_id="my-b", order_id="a") is None
    assert ledger.find_order("bob", order_id="a") is None
    assert ledger.find_order("bob", client_order_id="my-a") is None
    assert ledger.find_order("alice") is None
    assert ledger.order_of("a") is order
    assert ledger.body_hash("alice", "my-a") == b"a"
    assert ledger.body_hash("bob", "my-a") is None


def test_open_orders_are_in_the_order_in_which_they_were_placed(teller: LedgerTeller) -> None:
    """Over all users, of one, or on one instrument; a finished one is not among them."""
    teller.place("a", "sell", "1", "100")
    teller.place("b", "sell", "1", "100", user_id="bob", instrument_id="ETHUSDT", base="ETH")
    teller.place("c", "buy", "1", "100", budget="100")
    teller.place("d", "sell", "1", "100")
    teller.move("c", "cancelled")
    ledger = teller.ledger

    assert names(ledger.open_orders()) == ["a", "b", "d"]
    assert names(ledger.open_orders("alice")) == ["a", "d"]
    assert names(ledger.open_orders(instrument_id="ETHUSDT")) == ["b"]
    assert names(ledger.open_orders("bob", "BTCUSDT")) == []
    assert numbered(ledger.orders("alice")) == [(3, "d"), (2, "c"), (1, "a")]
    assert ledger.next_order_number("alice") == 4


def test_what_open_orders_may_still_execute_is_summed_up(teller: LedgerTeller) -> None:
    """By instrument and side, through fills, amendments and the end."""
    teller.place("a", "sell", "1", "100")
    teller.place("b", "buy", "2", "100", budget="200")
    teller.place("c", "buy", "1", "100", budget="100")
    teller.fill("a", "e1", "0.4", "100")
    teller.amend("b", "3", "100", "300")
    teller.move("c", "cancelled")
    teller.place("d", "buy", "1", "10", instrument_id="ETHUSDT", base="ETH", budget="10")
    open_quantities = teller.ledger.open_quantities("alice")

    told = {name: (one.orders, *texts(one.buys, one.sells)) for name, one in open_quantities.items()}
    assert told == {"BTCUSDT": (2, "3", "0.6"), "ETHUSDT": (1, "1", "0")}
    teller.fill("a", "e2", "0.5", "100")
    assert texts(teller.ledger.open_quantities("alice")["BTCUSDT"].sells) == ["0.1"]
    teller.move("d", "cancelled")
    assert list(teller.ledger.open_quantities("alice")) == ["BTCUSDT"]
    teller.move("a", "cancelled")
    teller.move("b", "cancelled")
    assert teller.ledger.open_quantities("alice") == {}


def test_fills_are_told_the_newest_first(teller: LedgerTeller) -> None:
    """Of all orders of the user, and of nobody else."""
    teller.trade("a", "buy", "1", "100")
    teller.trade("b", "buy", "1", "100", user_id="bob")
    teller.trade("c", "sell", "1", "100")

    assert numbered(teller.ledger.fills("alice")) == [(2, "c"), (1, "a")]
    assert teller.ledger.has_execution("a", "of-a")
    assert not teller.ledger.has_execution("a", "of-c")


def test_a_position_is_told_while_it_holds_or_has_realised(teller: LedgerTeller) -> None:
    """One that was closed at what it cost is not told any more."""
    teller.trade("a", "buy", "1", "100", user_id="carol")
    held = teller.ledger.positions("carol")
    teller.trade("b", "sell", "1", "100", user_id="carol")
    even = teller.ledger.positions("carol")
    teller.trade("c", "buy", "1", "100", user_id="carol")
    teller.trade("d", "sell", "1", "90", user_id="carol")
    lost = teller.ledger.positions("carol")

    assert [one.quantity for one in held] == [1]
    assert even == []
    assert [one.realised_pnl for one in lost] == [-10]
    assert (lost[0].venue, lost[0].quote) == ("paper", "USDT")


def test_finished_orders_are_forgotten_in_the_end(teller: LedgerTeller) -> None:
    """The last ones to finish are kept, with what they were asked for; open ones all are."""
    teller.place("open", "sell", "1", "100")
    for number in range(REMEMBERED_ORDERS + 1):
        teller.place(f"o{number}", "buy", "1", "0.1", budget="0.1")
    for number in reversed(range(REMEMBERED_ORDERS + 1)):
        teller.move(f"o{number}", "cancelled")
    ledger = teller.ledger

    assert ledger.find_order("alice", client_order_id=f"my-o{REMEMBERED_ORDERS}") is None
    assert ledger.order_of(f"o{REMEMBERED_ORDERS}") is None
    assert ledger.body_hash("alice", "my-o0") == b"o0"
    assert numbered(ledger.orders("alice"))[-2:] == [(2, "o0"), (1, "open")]
    assert ledger.next_order_number("alice") == REMEMBERED_ORDERS + 3


def test_executions_are_forgotten_in_the_end(teller: LedgerTeller) -> None:
    """The last ones of an account are kept."""
    teller.place("a", "buy", "2000", "0.01", budget="20")
    for number in range(REMEMBERED_FILLS + 1):
        teller.fill("a", f"{number}", "1", "0.01")

    fills = [(number, one.execution_id) for number, one in teller.ledger.fills("alice")]

    assert len(fills) == REMEMBERED_FILLS
    assert (fills[0], fills[-1]) == ((REMEMBERED_FILLS + 1, f"{REMEMBERED_FILLS}"), (2, "1"))
    assert teller.ledger.has_execution("a", "0")


def test_a_platforms_numbers_are_told(teller: LedgerTeller) -> None:
    """The newest of each order, position, balance and margin."""
    order = paper_order("x", "buy", "1", "100", user_id="dave", status=OrderStatus.NEW)
    told: dict[str, Any] = {"ts_ns": 1, "user_id": "dave"}
    zero = Decimal(0)
    teller.apply(OrderHandedIn(ts_ns=1, order=order, sequence=1))
    teller.apply(
        PositionHandedIn(
            **told,
            instrument_id="BTCUSDT",
            venue="acme",
            quantity=zero,
            average_price=None,
            realised_pnl=zero,
            sequence=2,
        )
    )
    teller.apply(BalanceHandedIn(**told, currency="USDT", total=zero, locked=zero, sequence=3))
    teller.apply(
        MarginHandedIn(**told, margin_level=None, formula="none", equity=zero, maintenance_margin=zero, sequence=4)
    )
    ledger = teller.ledger

    assert ledger.order_sequence("x") == 1
    assert ledger.position_sequence("dave", "BTCUSDT") == 2
    assert ledger.told_positions("dave") == 1
    assert ledger.balance_sequence("dave", "USDT") == 3
    assert ledger.margin_sequence("dave") == 4


def test_a_ledger_is_found_again(teller: LedgerTeller) -> None:
    """From its checkpoint, and from its facts as the journal has them, it is the same and goes on the same."""
    teller.place("a", "sell", "1", "100")
    teller.place("b", "buy", "3", "33.33", budget="99.99")
    teller.fill("b", "e1", "1", "33.3", "0.003 BTC")
    teller.trade("c", "sell", "0.1", "40", user_id="carol")
    teller.place("d", "sell", "1", "100", user_id="bob", instrument_id="ETHUSDT", base="ETH")
    teller.place("e", "buy", "1", "10", budget="10")
    teller.move("a", "pending_cancel")
    teller.adjust("first", "0.10", worth="0.1")
    teller.apply(FillHandedIn(ts_ns=1, fill=fill_of(paper_order("z", "buy", "1", user_id="erin"), "e1", "1", "2")))
    restored, replayed = Ledger(), Ledger()
    restored.apply(AccountOpened(ts_ns=1, user_id="gone", balances={}))

    restored.restore(teller.ledger.checkpoint())
    for fact in teller.facts:
        replayed.apply_record(encode_fact(fact))

    for ledger in (restored, replayed):
        assert ledger.checkpoint() == teller.ledger.checkpoint()
        assert names(ledger.open_orders()) == ["a", "b", "d", "e"]
        assert ledger.open_quantities("alice")["BTCUSDT"].buys == 3
        assert ledger.find_order("alice", client_order_id="my-b") == teller.order("b")
        assert ledger.has_execution("z", "e1")
        assert not ledger.has_account("gone")


def test_every_digit_counts_in_a_checkpoint(teller: LedgerTeller) -> None:
    """Two ledgers that differ in the last place have different checkpoints."""
    other = Ledger()
    other.restore(teller.ledger.checkpoint())

    teller.adjust("first", "0.000000000000000001")

    assert other.checkpoint() != teller.ledger.checkpoint()


def test_what_was_done_is_not_done_to_a_copy(teller: LedgerTeller) -> None:
    """What a caller was given stays as it was when it was given."""
    teller.place("a", "sell", "1", "100")
    before = teller.order("a")
    transferred = teller.ledger.transferred("alice")

    teller.now_ns = 9
    teller.move("a", "new")
    teller.adjust("first", "5")

    assert before.status == "pending_new"
    assert transferred == {"USDT": 1000, "BTC": 2}
    assert msgspec.structs.replace(before, status=OrderStatus.NEW, updated_ns=9, queued_ns=9) == teller.order("a")
