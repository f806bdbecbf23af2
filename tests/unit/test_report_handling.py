"""What a venue's words make of an order, status by status."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from components.model.errors import VenueFault
from components.model.orders import Asked, OrderStatus, OrderType, RequestKind
from components.trading.facts import OrderAmended, OrderFilled, OrderMoved
from components.trading.orders.execution import (
    Accepted,
    Amended,
    Cancelled,
    Expired,
    Rejected,
    Report,
    RequestRefused,
    Triggered,
)
from tests.support.trading_desk import Trading, executed, make_trading

_S = OrderStatus
TO_CANCEL = Asked(kind=RequestKind.CANCEL, ts_ns=5)
TO_AMEND = Asked(kind=RequestKind.AMEND, ts_ns=5, quantity=Decimal(2), price=Decimal(90))
TO_SUBMIT = Asked(kind=RequestKind.SUBMIT, ts_ns=5)
ID = make_trading().place().order_id

ACCEPTED: Report = Accepted(order_id=ID)
WAITS: Report = Accepted(order_id=ID, is_untriggered=True)
TRIGGERED: Report = Triggered(order_id=ID)
REJECTED: Report = Rejected(order_id=ID, reason="would_take")
CANCELLED: Report = Cancelled(order_id=ID)
BY_RULE: Report = Cancelled(order_id=ID, reason="self_trade")
EXPIRED: Report = Expired(order_id=ID, reason="no_liquidity")
REFUSED: Report = RequestRefused(order_id=ID, reason="too_late")
AMENDED: Report = Amended(order_id=ID, quantity=Decimal(2), price=Decimal(90))


def trading_with(**fields: Any) -> Trading:
    """A desk with one order as the fields say, which otherwise waits to be accepted."""
    trading = make_trading()
    trading.venue.is_silent = True
    trading.place(type=fields.pop("type", OrderType.LIMIT), **_stop(fields))
    record = trading.ledger._books.index.find(ID)
    assert record is not None
    record.order = msgspec.structs.replace(record.order, **fields)
    return trading


def _stop(fields: dict[str, Any]) -> dict[str, Any]:
    return {"stop_price": fields.pop("stop_price")} if "stop_price" in fields else {}


def asked_to_cancel(resume: OrderStatus) -> dict[str, Any]:
    """An order of which a cancel is pending."""
    return {"status": _S.PENDING_CANCEL, "resume_status": resume, "asked": TO_CANCEL, "reason": "requested"}


def partly_filled(**fields: Any) -> dict[str, Any]:
    """An order of which some was executed."""
    return {"filled_quantity": Decimal("0.5"), "status": _S.PARTIALLY_FILLED, "asked": None, **fields}


UNKNOWN_CANCEL = {"status": _S.UNKNOWN, "asked": TO_CANCEL}
NEW = {"status": _S.NEW, "asked": None}


@pytest.mark.parametrize(
    ("order", "report", "status"),
    [
        ({}, ACCEPTED, _S.NEW),
        ({}, WAITS, _S.UNTRIGGERED),
        ({}, TRIGGERED, _S.NEW),
        ({}, REJECTED, _S.REJECTED),
        ({}, CANCELLED, _S.CANCELLED),
        ({}, EXPIRED, _S.EXPIRED),
        ({}, REFUSED, None),
        ({"status": _S.UNTRIGGERED, "asked": None}, ACCEPTED, None),
        ({"status": _S.UNTRIGGERED, "asked": None}, TRIGGERED, _S.NEW),
        (NEW, ACCEPTED, None),
        (NEW, TRIGGERED, None),
        (NEW, REJECTED, _S.REJECTED),
        (NEW, REFUSED, None),
        (partly_filled(), ACCEPTED, None),
        (partly_filled(), REJECTED, _S.CANCELLED),
        (partly_filled(), EXPIRED, _S.EXPIRED),
        (asked_to_cancel(_S.PENDING_NEW), ACCEPTED, _S.NEW),
        (asked_to_cancel(_S.PENDING_NEW), REJECTED, _S.REJECTED),
        (asked_to_cancel(_S.PENDING_NEW), REFUSED, _S.PENDING_NEW),
        (asked_to_cancel(_S.NEW), ACCEPTED, None),
        (asked_to_cancel(_S.NEW), REFUSED, _S.NEW),
        (asked_to_cancel(_S.UNTRIGGERED), TRIGGERED, _S.NEW),
        (asked_to_cancel(_S.UNKNOWN), REFUSED, _S.UNKNOWN),
        ({**asked_to_cancel(_S.NEW), "resume_status": None}, REFUSED, None),
        ({**NEW, "status": _S.PENDING_REPLACE, "resume_status": _S.NEW, "asked": TO_AMEND}, REFUSED, _S.NEW),
        ({"status": _S.UNKNOWN, "asked": TO_SUBMIT}, ACCEPTED, _S.NEW),
        ({"status": _S.UNKNOWN, "asked": TO_SUBMIT}, TRIGGERED, _S.NEW),
        ({"status": _S.UNKNOWN, "asked": TO_SUBMIT}, REFUSED, None),
        (UNKNOWN_CANCEL, REFUSED, _S.NEW),
        ({**UNKNOWN_CANCEL, "type": OrderType.STOP, "stop_price": "110"}, REFUSED, _S.UNTRIGGERED),
        (UNKNOWN_CANCEL, CANCELLED, _S.CANCELLED),
        ({"status": _S.UNKNOWN, "asked": None}, REFUSED, None),
        *(
            ({"status": final, "asked": None}, report, None)
            for final in (_S.FILLED, _S.CANCELLED, _S.EXPIRED, _S.REJECTED, _S.DENIED)
            for report in (ACCEPTED, TRIGGERED, REJECTED, CANCELLED, EXPIRED, REFUSED, AMENDED)
        ),
    ],
)
def test_where_a_word_of_the_venue_moves_an_order(
    order: dict[str, Any], report: Report, status: OrderStatus | None
) -> None:
    """Nowhere where there is nothing new in it."""
    trading = trading_with(**order)

    trading.report(report)

    moves = [step.fact.status for step in trading.desk.take() if isinstance(step.fact, OrderMoved)]
    assert moves == ([] if status is None else [status])


@pytest.mark.parametrize(
    ("order", "report", "reason"),
    [
        ({}, REJECTED, "would_take"),
        (NEW, EXPIRED, "no_liquidity"),
        (asked_to_cancel(_S.NEW), CANCELLED, "requested"),
        (asked_to_cancel(_S.NEW), BY_RULE, "self_trade"),
        ({**NEW, "reason": "too_late"}, CANCELLED, None),
        (asked_to_cancel(_S.NEW), REFUSED, "too_late"),
    ],
)
def test_the_reason_of_a_move(order: dict[str, Any], report: Report, reason: str | None) -> None:
    """The venue's; of a cancel that was asked for, why it was asked for."""
    trading = trading_with(**order)

    trading.report(report)

    assert trading.order().reason == reason


@pytest.mark.parametrize("status", [_S.NEW, _S.PENDING_CANCEL, _S.UNKNOWN])
def test_an_order_becomes_what_the_venue_makes_of_it(status: OrderStatus) -> None:
    """Also where nothing was asked, or something else was."""
    trading = trading_with(status=status, asked=None, resume_status=_S.NEW if status is _S.PENDING_CANCEL else None)

    trading.report(AMENDED)

    (step,) = [one for one in trading.desk.take() if isinstance(one.fact, OrderAmended)]
    assert isinstance(step.fact, OrderAmended)
    assert (step.fact.quantity, step.fact.price, step.fact.budget) == (Decimal(2), Decimal(90), Decimal(180))


@pytest.mark.parametrize(
    "report",
    [
        Amended(order_id=ID, quantity=Decimal("0.4"), price=Decimal(90)),
        Amended(order_id=ID, quantity=Decimal(2), price=None),
        executed(make_trading().place(), "0.6"),
        executed(make_trading().place(), "0"),
        executed(make_trading().place(), "0.1", price="0"),
        executed(make_trading().place(), "0.1", commission_currency="DOGE"),
    ],
)
def test_what_no_order_can_have_is_the_venues_fault(report: Report) -> None:
    """Nothing of it is written down."""
    trading = trading_with(**partly_filled())
    before = trading.ledger.checkpoint()

    with pytest.raises(VenueFault, match="expected"):
        trading.report(report)

    assert trading.ledger.checkpoint() == before


def test_an_execution_of_no_order_is_the_venues_fault() -> None:
    """Money that is nobody's must not be passed over."""
    trading = make_trading()
    order = make_trading().place("unheard of")

    with pytest.raises(VenueFault, match="e1 of none"):
        trading.report(executed(order, "1"))


def test_other_words_about_no_order_are_passed_over() -> None:
    """The ledger has forgotten it, or another process placed it."""
    trading = make_trading()

    trading.report(ACCEPTED, CANCELLED, AMENDED)

    assert trading.desk.take() == []


def test_an_execution_becomes_a_fill_of_its_order() -> None:
    """With what the venue says of it, and whose it is."""
    trading = make_trading()
    order = trading.place()
    trading.desk.take()

    trading.fill(order, "0.25", price="99.5", name="x-7", commission=Decimal("0.1"), commission_currency="BTC")

    (step,) = trading.desk.take()
    assert isinstance(step.fact, OrderFilled)
    fill = step.fact.fill
    assert (fill.execution_id, fill.order_id, fill.client_order_id, fill.user_id) == ("x-7", ID, "one", "alice")
    assert (fill.price, fill.quantity, fill.side) == (Decimal("99.5"), Decimal("0.25"), order.side)
    assert (fill.commission, fill.commission_currency, fill.venue) == (Decimal("0.1"), "BTC", "paper")
    assert (fill.base, fill.quote, fill.ts_ns) == ("BTC", "USDT", trading.now_ns)


def test_an_execution_that_comes_twice_counts_once() -> None:
    """It is known by its id, whatever else it says."""
    trading = make_trading()
    order = trading.place()
    trading.fill(order, "0.25")
    trading.desk.take()

    trading.fill(order, "0.9")

    assert trading.desk.take() == []


@pytest.mark.parametrize("report", [CANCELLED, EXPIRED, REJECTED])
def test_an_execution_after_the_end_moves_money_and_no_status(report: Report) -> None:
    """The venue was faster than its own word."""
    trading = make_trading()
    order = trading.place()
    trading.report(report)
    status = trading.status()

    trading.fill(order, "0.5")

    now = trading.order()
    assert (now.status, now.filled_quantity, now.remaining_quantity) == (status, Decimal("0.5"), Decimal(0))
    assert trading.ledger.balance("alice", "BTC").total == Decimal("5.5")


def test_an_execution_completes_an_order_whatever_is_pending() -> None:
    """There is nothing left to cancel."""
    trading = trading_with(**asked_to_cancel(_S.NEW))

    trading.fill(trading.order(), "1")

    assert trading.status() is _S.FILLED


def test_what_a_venue_says_at_once_is_taken_in_order() -> None:
    """Up to what cannot be; that stops everything."""
    trading = make_trading()
    order = trading.place()

    with pytest.raises(VenueFault):
        trading.report(executed(order, "0.5"), executed(order, "0.6", name="e2"), CANCELLED)

    assert trading.status() is _S.PARTIALLY_FILLED


def test_a_kind_of_report_that_nobody_knows_is_a_bug() -> None:
    """It is not passed over."""
    trading = make_trading()
    trading.place()

    with pytest.raises(TypeError, match="expected a report"):
        trading.report(Report(order_id=ID))
