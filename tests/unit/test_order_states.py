"""The life cycle of orders: the table, and its odd rows."""

from decimal import Decimal

import msgspec
import pytest

from components.model.orders import Order, OrderStatus
from components.trading.ledger import order_states
from components.trading.ledger.order_states import MOVES, amended, field_that_cannot_follow, filled, moved
from tests.support.paper_orders import paper_order

FINAL = {"filled", "cancelled", "expired", "rejected", "denied"}
ONE, TWO = Decimal(1), Decimal(2)


def order(status: str, resume: str | None = None, *, filled_quantity: str = "0") -> Order:
    """An order for 2."""
    resume_status = None if resume is None else OrderStatus(resume)
    return paper_order(
        "a", "buy", "2", "100", status=OrderStatus(status), resume_status=resume_status, filled_quantity=filled_quantity
    )


def test_the_docstring_tells_the_table() -> None:
    """Every status has its row, and every status that the row names may follow."""
    assert order_states.__doc__ is not None
    rows = [line.split("|")[1:3] for line in order_states.__doc__.splitlines() if line.startswith("| `")]
    named = {
        status: {word for word in text.split("`") if word in set(OrderStatus)}
        for statuses, text in rows
        for status in statuses.split("`")
        if status in set(OrderStatus)
    }

    assert set(named) == set(OrderStatus) == set(MOVES)
    assert all(words <= MOVES[OrderStatus(status)] for status, words in named.items())
    assert all(
        named[one] == MOVES[OrderStatus(one)] for one in ("pending_new", "untriggered", "new", "partially_filled")
    )


def test_nothing_follows_a_final_status() -> None:
    """What is final in the model is final in the table, and nothing else is."""
    assert {status for status in OrderStatus if not MOVES[status]} == FINAL
    assert {status for status in OrderStatus if status.is_final} == FINAL


@pytest.mark.parametrize("status", ["pending_new", "pending_cancel", "pending_replace"])
def test_every_pending_status_can_become_unknown(status: str) -> None:
    """A venue that does not answer leaves an order of which nobody knows what became of it."""
    assert moved(order(status), OrderStatus.UNKNOWN) == ("unknown", None)


@pytest.mark.parametrize("to", ["pending_new", "untriggered", "new", "cancelled", "expired", "rejected"])
def test_what_the_venue_says_ends_unknown(to: str) -> None:
    """An unknown order becomes whatever it turns out to be; only denied it cannot be, for it was sent."""
    assert moved(order("unknown"), OrderStatus(to)) == (to, None)
    assert moved(order("unknown"), OrderStatus.DENIED) is None
    assert moved(order("unknown"), OrderStatus.UNKNOWN) is None


def test_an_unknown_order_with_fills_is_partially_filled() -> None:
    """Found as it was, or as working, an order that was filled in part is that."""
    unknown = order("unknown", filled_quantity="1")

    assert moved(unknown, OrderStatus.NEW) == ("partially_filled", None)
    assert moved(unknown, OrderStatus.PARTIALLY_FILLED) == ("partially_filled", None)
    assert moved(order("unknown"), OrderStatus.PARTIALLY_FILLED) is None


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - {"filled"}))
def test_only_a_fill_makes_an_order_filled(status: str) -> None:
    """Nothing that is said makes an order filled, only what is executed."""
    assert moved(order(status), OrderStatus.FILLED) is None


@pytest.mark.parametrize(
    ("status", "to"),
    [
        ("new", "new"),
        ("new", "untriggered"),
        ("new", "denied"),
        ("new", "unknown"),
        ("partially_filled", "new"),
        ("partially_filled", "rejected"),
        ("pending_new", "pending_replace"),
        ("cancelled", "new"),
        ("pending_cancel", "pending_replace"),
    ],
)
def test_what_the_table_does_not_have_cannot_follow(status: str, to: str) -> None:
    """A report that comes late or twice leads nowhere."""
    assert moved(order(status), OrderStatus(to)) is None


@pytest.mark.parametrize("resume", ["pending_new", "untriggered", "new", "partially_filled", "unknown"])
def test_a_refused_cancel_leads_back(resume: str) -> None:
    """An order whose cancel was asked for remembers where it was, and goes back there when that is refused."""
    working = order(resume, filled_quantity="1" if resume == "partially_filled" else "0")

    asked = moved(working, OrderStatus.PENDING_CANCEL)

    assert asked == ("pending_cancel", resume)
    assert moved(order("pending_cancel", resume), OrderStatus(resume)) == (resume, None)


def test_a_cancel_passes_while_a_change_is_pending() -> None:
    """It remembers where the order was before both."""
    assert moved(order("pending_replace", "untriggered"), OrderStatus.PENDING_CANCEL) == (
        "pending_cancel",
        "untriggered",
    )


def test_what_comes_while_a_cancel_is_pending_does_not_end_it() -> None:
    """An acknowledgement and a triggered stop change where a refused cancel leads; after a fill they do not."""
    assert moved(order("pending_cancel", "pending_new"), OrderStatus.UNTRIGGERED) == ("pending_cancel", "untriggered")
    assert moved(order("pending_cancel", "untriggered"), OrderStatus.NEW) == ("pending_cancel", "new")
    assert moved(order("pending_cancel", "partially_filled", filled_quantity="1"), OrderStatus.NEW) is None
    assert moved(order("pending_cancel", "unknown", filled_quantity="1"), OrderStatus.NEW) == (
        "pending_cancel",
        "partially_filled",
    )
    assert moved(order("pending_cancel", "new"), OrderStatus.PARTIALLY_FILLED) is None


@pytest.mark.parametrize("status", ["pending_cancel", "pending_replace"])
def test_what_could_have_become_of_an_order_still_can(status: str) -> None:
    """While something is asked, an order is cancelled, expires, or is rejected where it could have been before."""
    assert moved(order(status, "new"), OrderStatus.CANCELLED) == ("cancelled", None)
    assert moved(order(status, "new"), OrderStatus.EXPIRED) == ("expired", None)
    assert moved(order(status, "new"), OrderStatus.REJECTED) == ("rejected", None)
    assert moved(order(status, "partially_filled"), OrderStatus.REJECTED) is None


def test_an_order_told_as_pending_goes_back_by_its_fills() -> None:
    """One that does not say where it was goes back to new, or to partially filled."""
    assert moved(order("pending_cancel"), OrderStatus.NEW) == ("new", None)
    assert moved(order("pending_cancel", filled_quantity="1"), OrderStatus.PARTIALLY_FILLED) == (
        "partially_filled",
        None,
    )


@pytest.mark.parametrize("status", ["pending_new", "untriggered", "new", "partially_filled", "unknown"])
def test_a_fill_overtakes_everything(status: str) -> None:
    """Whatever an order waits for, an execution shows that it is there."""
    assert filled(order(status), is_complete=False) == ("partially_filled", None)
    assert filled(order(status), is_complete=True) == ("filled", None)


@pytest.mark.parametrize("status", ["pending_cancel", "pending_replace"])
def test_a_fill_of_a_part_leaves_what_is_asked(status: str) -> None:
    """The cancel or change is still pending after it, and a fill of all ends both."""
    assert filled(order(status, "new"), is_complete=False) == (status, "partially_filled")
    assert filled(order(status, "new"), is_complete=True) == ("filled", None)


@pytest.mark.parametrize("status", sorted(FINAL))
def test_a_late_fill_leaves_the_status(status: str) -> None:
    """After the end an execution changes nothing of where the order is."""
    assert filled(order(status), is_complete=True) == (status, None)


def test_a_changed_order_goes_back_to_where_it_was() -> None:
    """The change that was asked for is made; one that was asked for a cancel besides still waits for that."""
    assert amended(order("pending_replace", "untriggered"), is_complete=False) == ("untriggered", None)
    assert amended(order("pending_replace"), is_complete=False) == ("new", None)
    assert amended(order("new"), is_complete=False) == ("new", None)
    assert amended(order("pending_cancel", "new"), is_complete=False) == ("pending_cancel", "new")
    assert amended(order("pending_replace", "new"), is_complete=True) == ("filled", None)


def test_what_a_platform_tells_must_follow() -> None:
    """An order keeps its name, instrument and side, follows the table, and is never filled less than before."""
    before = order("partially_filled", filled_quantity="1")
    replace = msgspec.structs.replace

    assert field_that_cannot_follow(before, before) is None
    assert field_that_cannot_follow(before, replace(before, status=OrderStatus.FILLED, filled_quantity=TWO)) is None
    assert field_that_cannot_follow(before, replace(before, client_order_id="other")) == "client_order_id"
    assert field_that_cannot_follow(before, replace(before, instrument_id="ETHUSDT")) == "instrument_id"
    assert field_that_cannot_follow(before, paper_order("a", "sell", "2", "100")) == "side"
    assert field_that_cannot_follow(before, replace(before, status=OrderStatus.NEW)) == "status"
    assert field_that_cannot_follow(before, replace(before, filled_quantity=ONE / 2)) == "filled_quantity"
