"""Which events the changes of one transaction become."""

from decimal import Decimal

import msgspec
import pytest

from components.model.accounts import Mark
from components.model.market import Side
from components.model.orders import Balance, Fill, Liquidity, Order, OrderStatus, Position
from components.trading.changes import BalanceChanged, Change, FillAdded, OrderChanged, OrderEvent, PositionChanged
from components.trading.publications import publications
from tests.support.made_orders import make_order

USER_ID = "ann@desk"
NS = 1_767_225_600_000_000_000


class Marks:
    """Everything is worth a hundred."""

    def mark(self, _instrument_id: str) -> Mark | None:
        """A hundred."""
        return Mark(price=Decimal(100), ts_ns=NS)


def order(status: OrderStatus = OrderStatus.PENDING_NEW, *, order_id: str = "o1", filled: str = "0") -> Order:
    """A buy order for two."""
    return make_order(
        order_id,
        user_id=USER_ID,
        client_order_id=f"c-{order_id}",
        quantity="2",
        price="99.50",
        status=status,
        placed_ns=NS,
        filled_quantity=filled,
        filled_notional=Decimal(filled) * Decimal("99.5"),
    )


def fill() -> Fill:
    """One of the two."""
    return Fill(
        execution_id="o1-1",
        order_id="o1",
        client_order_id="c-o1",
        user_id=USER_ID,
        instrument_id="BTCUSDT",
        venue="paper",
        side=Side.BUY,
        price=Decimal("99.5"),
        quantity=Decimal(1),
        commission=Decimal("0.0995"),
        commission_currency="USDT",
        liquidity=Liquidity.MAKER,
        ts_ns=NS,
    )


def told(*changes: Change) -> list[tuple[str, dict[str, object]]]:
    """The last word of each topic, and its payload."""
    return [(one.topic.rpartition(".")[2], one.payload) for one in publications(changes, Marks())]


def test_an_order_that_its_venue_takes_at_once_is_told_once() -> None:
    """As new and at rest, on the topic of its user's own component."""
    (one,) = publications(
        [
            OrderChanged(event=OrderEvent.NEW, order=order()),
            OrderChanged(event=OrderEvent.UPDATE, order=order(OrderStatus.NEW)),
        ],
        Marks(),
    )

    assert one.topic == "tapecast.user.ann_40desk.orders"
    assert (one.payload["event"], one.payload["status"]) == ("new", "new")


def test_an_order_that_waits_for_its_venue_is_told_as_pending() -> None:
    """What follows later is another transaction's, and an update."""
    assert [
        (payload["event"], payload["status"]) for _, payload in told(OrderChanged(event=OrderEvent.NEW, order=order()))
    ] == [("new", "pending_new")]


def test_an_order_that_is_filled_at_once_is_told_as_new_first() -> None:
    """Nobody hears of an execution of an order that is not known."""
    events = told(
        OrderChanged(event=OrderEvent.NEW, order=order()),
        OrderChanged(event=OrderEvent.FILLED, order=order(OrderStatus.FILLED, filled="2")),
    )

    assert [payload["event"] for _, payload in events] == ["new", "filled"]


@pytest.mark.parametrize("pending", [OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_REPLACE])
def test_what_a_venue_answers_at_once_is_told_once(pending: OrderStatus) -> None:
    """That a cancel or a change was asked for is told only where it waits."""
    asked = OrderChanged(event=OrderEvent.UPDATE, order=order(pending))
    answered = OrderChanged(event=OrderEvent.CANCELLED, order=order(OrderStatus.CANCELLED))

    assert [payload["status"] for _, payload in told(asked)] == [pending]
    assert [payload["event"] for _, payload in told(asked, answered)] == ["cancelled"]


def test_another_orders_answer_hides_nothing() -> None:
    """Each order is told by itself."""
    events = told(
        OrderChanged(event=OrderEvent.NEW, order=order()),
        OrderChanged(event=OrderEvent.UPDATE, order=order(OrderStatus.NEW, order_id="o2")),
    )

    assert [payload["order_id"] for _, payload in events] == ["o1", "o2"]


def test_an_order_has_the_fields_of_the_contract() -> None:
    """Numbers are text without zeros at the end, and what is absent is null."""
    ((_, payload),) = told(
        OrderChanged(event=OrderEvent.UPDATE, order=order(OrderStatus.PARTIALLY_FILLED, filled="1.50"))
    )

    assert payload == {
        "event": "update",
        "instrument": "BTCUSDT",
        "venue": "paper",
        "order_id": "o1",
        "client_order_id": "c-o1",
        "side": "buy",
        "type": "limit",
        "time_in_force": "GTC",
        "price": "99.5",
        "stop_price": None,
        "quantity": "2",
        "status": "partially_filled",
        "filled_quantity": "1.5",
        "remaining_quantity": "0.5",
        "average_price": "99.5",
        "post_only": False,
        "reduce_only": False,
        "expire_at": None,
        "reason": None,
        "tag": None,
        "placed_at": "2026-01-01T00:00:00.000000Z",
        "updated_at": "2026-01-01T00:00:00.000000Z",
    }


def test_an_execution_says_whether_it_came_late() -> None:
    """Money counts whenever it comes."""
    ((topic, payload),) = told(FillAdded(fill=fill(), is_late=True))

    assert topic == "fills"
    assert (payload["execution_id"], payload["commission"], payload["is_late"]) == ("o1-1", "0.0995", True)


def test_what_an_account_holds_is_told_once_and_last() -> None:
    """Of several changes of one balance or position the newest counts, whatever came between."""
    usdt, btc = Balance(currency="USDT", total=Decimal(5)), Balance(currency="BTC", total=Decimal(1))
    position = Position(user_id=USER_ID, instrument_id="BTCUSDT", venue="paper", quantity=Decimal(1), cost=Decimal(90))

    events = told(
        BalanceChanged(user_id=USER_ID, balance=Balance(currency="USDT", total=Decimal(9)), reason="order"),
        PositionChanged(position=position),
        BalanceChanged(user_id=USER_ID, balance=btc, reason="trade"),
        BalanceChanged(user_id=USER_ID, balance=usdt, reason="trade"),
        FillAdded(fill=fill()),
    )

    assert [topic for topic, _ in events] == ["fills", "positions", "wallet", "wallet"]
    assert [(payload["currency"], payload["total"], payload["reason"]) for _, payload in events[2:]] == [
        ("BTC", "1", "trade"),
        ("USDT", "5", "trade"),
    ]
    assert events[1][1] == {
        "event": "update",
        "instrument": "BTCUSDT",
        "venue": "paper",
        "quantity": "1",
        "average_price": "90",
        "mark_price": "100",
        "realised_pnl": "0",
        "unrealised_pnl": "10",
        "updated_at": "1970-01-01T00:00:00.000000Z",
        "reason": None,
    }


def test_a_platforms_own_reckoning_of_a_position_counts() -> None:
    """What it does not tell is reckoned at its mark, else at ours."""
    position = Position(user_id=USER_ID, instrument_id="BTCUSDT", venue="acme", quantity=Decimal(1), cost=Decimal(90))
    told_mark = msgspec.structs.replace(position, mark_price=Decimal(95))
    told_both = msgspec.structs.replace(told_mark, unrealised_pnl=Decimal(4))

    reckoned = []
    for one in (told_mark, told_both):
        ((_, payload),) = told(PositionChanged(position=one))
        reckoned.append((payload["mark_price"], payload["unrealised_pnl"]))

    assert reckoned == [("95", "5"), ("95", "4")]


def test_a_liquidated_position_says_why() -> None:
    """The event has a name of its own."""
    position = Position(user_id=USER_ID, instrument_id="BTCUSDT", venue="paper")

    ((_, payload),) = told(PositionChanged(position=position, is_liquidated=True, reason="margin_level"))

    assert (payload["event"], payload["reason"], payload["quantity"]) == ("liquidated", "margin_level", "0")
