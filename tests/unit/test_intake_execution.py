"""What a platform's engine is asked waits in the orders until it answers."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from components.model.errors import InvalidArgument
from components.model.orders import Asked, Order, OrderStatus, RequestKind, TimeInForce
from components.trading.facts import AccountOpened, OrderMoved, OrderPlaced
from components.trading.intake.intake import AccountIntake, Kind
from components.trading.intake.intake_execution import MOST_REQUESTS, IntakeExecution, waiting_requests
from components.trading.ledger.ledger import Ledger
from tests.support.handed_in import ORDER
from tests.support.made_orders import make_order

START_NS = 1_700_000_000_000_000_000
PARTIAL = {"status": "partially_filled", "filled_quantity": "1", "average_price": "2400"}


def placed(order_id: str = "g1", **fields: Any) -> Order:
    """An order that a trader has just placed here."""
    given: dict[str, Any] = {
        "user_id": "ann",
        "instrument_id": "GOLD",
        "venue": "acme",
        "quantity": "3",
        "price": "2400.5",
        "time_in_force": TimeInForce.GTD,
        "expire_ns": 2 * START_NS,
        "post_only": True,
        "status": OrderStatus.PENDING_NEW,
        "placed_ns": START_NS,
        "asked": Asked(kind=RequestKind.SUBMIT, ts_ns=START_NS),
        "base": "GOLD",
        "quote": "USD",
        "budget": "7300",
        "spent": "2",
        "fills": 1,
        "tag": "liquidation",
        **fields,
    }
    return make_order(order_id, **given)


class Desk:
    """What a trader asks for, and what the platform answers, over one ledger."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.intake = AccountIntake("acme", self.ledger)
        self.now_ns = START_NS
        self.sequence = 0
        self.ledger.apply(AccountOpened(ts_ns=START_NS, user_id="ann", balances={}, is_external=True))
        self.ledger.apply(OrderPlaced(ts_ns=START_NS, order=placed(), body_hash=b"1"))

    def ask(self, status: OrderStatus, kind: RequestKind, **change: Decimal) -> None:
        """Ask the platform for a cancel or a change."""
        self.now_ns += 1
        asked = Asked(kind=kind, ts_ns=self.now_ns, **change)
        self.ledger.apply(OrderMoved(ts_ns=self.now_ns, user_id="ann", order_id="g1", status=status, asked=asked))

    def give_up(self) -> None:
        """Wait no longer for the answer."""
        asked = self.order.asked
        status = OrderStatus.UNKNOWN
        self.ledger.apply(OrderMoved(ts_ns=self.now_ns, user_id="ann", order_id="g1", status=status, asked=asked))

    def answer(self, **fields: Any) -> None:
        """Hand the order in as the platform has it."""
        self.sequence += 1
        event = {**ORDER, "order_id": "g1", "sequence": self.sequence, **fields}
        for fact in self.intake.read(Kind.ORDER, [event], received_ns=self.now_ns)[1]:
            self.ledger.apply(fact)

    @property
    def order(self) -> Order:
        """The order as it is now."""
        order = self.ledger.order_of("g1")
        assert order is not None
        return order

    @property
    def waiting(self) -> list[dict[str, object]]:
        """What the platform is told when it asks."""
        return waiting_requests(self.ledger.open_orders(), None)

    @property
    def state(self) -> tuple[OrderStatus, OrderStatus | None, list[object]]:
        """Status, where a refusal leads back to, and what waits for the platform."""
        return self.order.status, self.order.resume_status, [one["request"] for one in self.waiting]


@pytest.fixture
def desk() -> Desk:
    """A desk where one order waits to be taken by the platform."""
    return Desk()


def test_an_engine_executes_nothing_by_itself() -> None:
    """It has nothing to report, whatever it is asked, and time changes nothing."""
    engine, order = IntakeExecution("acme"), placed()

    reports = [
        engine.submit(order, now_ns=1),
        engine.amend(order, Decimal(1), None, now_ns=1),
        engine.cancel(order, now_ns=1),
        engine.advance(now_ns=1),
        engine.restore([order], now_ns=1),
    ]

    assert (engine.venue, engine.next_deadline_ns, reports) == ("acme", None, [[]] * 5)


def test_a_new_order_waits_for_the_platform(desk: Desk) -> None:
    """The request names itself, whose order it is, and tells the order as it is."""
    (request,) = desk.waiting

    order = request.pop("order")
    assert request == {
        "request_id": f"g1:submit:{START_NS}",
        "request": "submit",
        "requested_at": "2023-11-14T22:13:20.000000Z",
        "user_id": "ann",
        "quantity": None,
        "price": None,
    }
    assert isinstance(order, dict)
    assert (order["order_id"], order["client_order_id"], order["status"]) == ("g1", "my-g1", "pending_new")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, OrderStatus.NEW),
        (PARTIAL, OrderStatus.PARTIALLY_FILLED),
        ({"status": "rejected", "reason": "no such instrument"}, OrderStatus.REJECTED),
    ],
    ids=["new", "partially_filled", "rejected"],
)
def test_whatever_is_told_of_a_new_order_answers(desk: Desk, fields: dict[str, Any], status: OrderStatus) -> None:
    """From then on it waits for nothing."""
    desk.answer(**fields)

    assert desk.state == (status, None, [])


def test_an_order_keeps_what_the_platform_does_not_say(desk: Desk) -> None:
    """When and for whom it was placed, and how it was meant."""
    before = desk.order
    desk.now_ns += 5

    desk.answer()

    changed = {"status": OrderStatus.NEW, "asked": None, "updated_ns": START_NS + 5}
    assert desk.order == msgspec.structs.replace(before, **changed)


def test_what_is_told_beside_a_cancel_is_no_answer(desk: Desk) -> None:
    """A platform that has not seen the request yet tells an order as open: the cancel waits on."""
    desk.answer()
    desk.ask(OrderStatus.PENDING_CANCEL, RequestKind.CANCEL)

    desk.answer(**PARTIAL)

    assert desk.state == (OrderStatus.PENDING_CANCEL, OrderStatus.PARTIALLY_FILLED, ["cancel"])
    assert desk.order.filled_quantity == 1


def test_an_answer_names_the_request(desk: Desk) -> None:
    """A cancel is refused by an open order with the request's id; another's id answers nothing."""
    desk.answer()
    desk.ask(OrderStatus.PENDING_CANCEL, RequestKind.CANCEL)
    (request,) = desk.waiting

    desk.answer(request_id=f"g1:submit:{START_NS}")
    before = desk.state
    desk.answer(request_id=request["request_id"])

    assert before == (OrderStatus.PENDING_CANCEL, OrderStatus.NEW, ["cancel"])
    assert desk.state == (OrderStatus.NEW, None, [])


def test_a_final_status_answers_everything(desk: Desk) -> None:
    """Nothing is asked of an order that is over."""
    desk.ask(OrderStatus.PENDING_CANCEL, RequestKind.CANCEL)

    desk.answer(status="cancelled")

    assert desk.state == (OrderStatus.CANCELLED, None, [])


def test_a_change_is_told_with_what_it_would_make_of_the_order(desk: Desk) -> None:
    """And is made when the platform tells the order so."""
    desk.answer()
    desk.ask(OrderStatus.PENDING_REPLACE, RequestKind.AMEND, quantity=Decimal(2), price=Decimal("2399.5"))
    (request,) = desk.waiting

    desk.answer(quantity="2", price="2399.5", request_id=request["request_id"])

    assert (request["request"], request["quantity"], request["price"]) == ("amend", "2", "2399.5")
    assert desk.state == (OrderStatus.NEW, None, [])
    assert (desk.order.quantity, desk.order.price) == (Decimal(2), Decimal("2399.5"))


@pytest.mark.parametrize("kind", [RequestKind.SUBMIT, RequestKind.CANCEL])
def test_an_order_of_which_nothing_is_known_stays_answerable(desk: Desk, kind: RequestKind) -> None:
    """The request waits on under its id, and the answer is the same as it would have been."""
    if kind is RequestKind.CANCEL:
        desk.answer()
        desk.ask(OrderStatus.PENDING_CANCEL, RequestKind.CANCEL)
    before = desk.waiting[0]["request_id"]
    desk.give_up()
    unknown = desk.state
    (request,) = desk.waiting

    desk.answer(request_id=before)

    assert unknown == (OrderStatus.UNKNOWN, None, [kind])
    assert request["request_id"] == before
    assert desk.state == (OrderStatus.NEW, None, [])


def test_an_unknown_cancel_is_not_answered_by_other_news(desk: Desk) -> None:
    """What becomes of the order meanwhile is told, and the order stays unknown."""
    desk.answer()
    desk.ask(OrderStatus.PENDING_CANCEL, RequestKind.CANCEL)
    desk.give_up()

    desk.answer(**PARTIAL)

    assert desk.state == (OrderStatus.UNKNOWN, None, ["cancel"])
    assert desk.order.filled_quantity == 1


def test_requests_outlive_the_process(desk: Desk) -> None:
    """They are part of what the ledger restores."""
    desk.answer()
    desk.ask(OrderStatus.PENDING_REPLACE, RequestKind.AMEND, quantity=Decimal(2), price=Decimal(1))
    before = desk.waiting
    restored = Ledger()

    restored.restore(desk.ledger.checkpoint())

    assert waiting_requests(restored.open_orders(), None) == before


def test_the_longest_waiting_come_first_and_not_too_many() -> None:
    """What is asked of none is passed over."""
    orders = [
        placed(f"g{number}", asked=Asked(kind=RequestKind.SUBMIT, ts_ns=START_NS - number)) for number in range(3)
    ]
    orders.append(placed("g9", asked=None, status=OrderStatus.NEW))

    assert [one["request_id"] for one in waiting_requests(orders, 2)] == [
        f"g2:submit:{START_NS - 2}",
        f"g1:submit:{START_NS - 1}",
    ]


@pytest.mark.parametrize("limit", [0, MOST_REQUESTS + 1, "5", True])
def test_a_limit_is_a_number_within_bounds(limit: object) -> None:
    """Or it is refused by its name."""
    with pytest.raises(InvalidArgument) as raised:
        waiting_requests([], limit)

    assert raised.value.details == {"field": "limit"}
