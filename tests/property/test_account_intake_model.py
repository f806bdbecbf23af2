"""Whatever comes again, in whatever order and in whatever calls, a platform's accounts are what it told last."""

from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.model.errors import InvalidArgument
from components.model.orders import OrderStatus
from components.trading.intake.intake import AccountIntake, Kind
from components.trading.ledger.ledger import Ledger
from tests.support.handed_in import FILL, MARGIN, ORDER, POSITION, WALLET

NOW_NS = 1_700_000_000_000_000_000
QUANTITY = 5
ENDS = ("cancelled", "expired")

Event = tuple[Kind, dict[str, Any]]


@attrs.frozen
class Story:
    """
    What happened on a platform.

    Attributes:
        events: As it tells them for the first time, in order.
    """

    events: tuple[Event, ...]

    def __repr__(self) -> str:
        return "\n".join(f"{kind} {event}" for kind, event in self.events)


def order_steps(draw: st.DrawFn, order_id: str, user_id: str) -> list[Event]:
    """The life of one order: it rests, is filled in steps, and ends in one way or goes on."""
    filled = 0
    steps: list[Event] = []
    common = {**ORDER, "user_id": user_id, "order_id": order_id, "quantity": str(QUANTITY)}
    if draw(st.booleans()):
        steps.append((Kind.ORDER, {**common, "status": "new"}))
    for size in draw(st.lists(st.integers(1, 3), max_size=3)):
        size = min(size, QUANTITY - filled)  # noqa: PLW2901 - no more than is left
        if not size:
            break
        filled += size
        fill = {**FILL, "user_id": user_id, "order_id": order_id, "execution_id": f"{order_id}-{filled}"}
        steps.append((Kind.FILL, {**fill, "quantity": str(size)}))
        status = "filled" if filled == QUANTITY else "partially_filled"
        told = {"status": status, "filled_quantity": str(filled), "average_price": "2400.25"}
        steps.append((Kind.ORDER, {**common, **told}))
    if filled < QUANTITY and draw(st.booleans()):
        told = {"filled_quantity": str(filled), "average_price": "2400.25"} if filled else {}
        steps.append((Kind.ORDER, {**common, **told, "status": draw(st.sampled_from(ENDS))}))
    return steps


def other_steps(draw: st.DrawFn, user_id: str) -> list[Event]:
    """What an account holds, as it changes."""
    amounts = st.integers(1, 9).map(str)
    kinds = {
        Kind.POSITION: st.builds(
            lambda instrument, quantity: {**POSITION, "instrument": instrument, "quantity": quantity},
            st.sampled_from(["GOLD", "SILVER"]),
            amounts,
        ),
        Kind.WALLET: st.builds(
            lambda currency, total: {**WALLET, "currency": currency, "total": total},
            st.sampled_from(["USD", "EUR"]),
            amounts,
        ),
        Kind.MARGIN: st.builds(lambda equity: {**MARGIN, "equity": equity}, amounts),
    }
    told = draw(st.lists(st.sampled_from(sorted(kinds)), max_size=6))
    return [(kind, {**draw(kinds[kind]), "user_id": user_id}) for kind in told]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Two users' orders and accounts, woven into one another; each event has the number of its place."""
    strands = [order_steps(draw, f"o{number}", draw(st.sampled_from(["ann", "bob"]))) for number in range(3)]
    strands += [other_steps(draw, user_id) for user_id in ("ann", "bob")]
    woven: list[Event] = []
    while any(strands):
        kind, event = draw(st.sampled_from([strand for strand in strands if strand])).pop(0)
        woven.append((kind, event if kind is Kind.FILL else {**event, "sequence": len(woven)}))
    return Story(tuple(woven))


def hand_in(ledger: Ledger, kind: Kind, events: list[dict[str, Any]]) -> None:
    """One call."""
    _, facts = AccountIntake("acme", ledger).read(kind, events, received_ns=NOW_NS)
    for fact in facts:
        ledger.apply(fact)


def told_once(story: Story) -> Ledger:
    """The ledger after each event came once, in order, in a call of its own."""
    ledger = Ledger()
    for kind, event in story.events:
        hand_in(ledger, kind, [event])
    return ledger


@given(stories(), st.data())
def test_what_comes_again_changes_nothing(story: Story, data: st.DataObject) -> None:
    """A sender that begins again from anywhere, as often as it likes, leaves the same ledger, byte by byte."""
    ledger = Ledger()
    for number, (kind, event) in enumerate(story.events):
        hand_in(ledger, kind, [event])
        for start in data.draw(st.lists(st.integers(0, number), max_size=2)):
            for again_kind, again in story.events[start : number + 1]:
                hand_in(ledger, again_kind, [again])

    assert ledger.checkpoint() == told_once(story).checkpoint()


@given(stories(), st.data())
def test_calls_may_hold_as_much_as_they_like(story: Story, data: st.DataObject) -> None:
    """Events of one kind behind one another in one call are what they are in several, copies of them included."""
    ledger = Ledger()
    left = list(story.events)
    while left:
        kind = left[0][0]
        length = next((at for at, one in enumerate(left) if one[0] is not kind), len(left))
        size = data.draw(st.integers(1, length))
        events = [event for _, event in left[:size]]
        hand_in(ledger, kind, events + data.draw(st.lists(st.sampled_from(events), max_size=2)))
        del left[:size]

    assert ledger.checkpoint() == told_once(story).checkpoint()


@given(stories(), st.data())
def test_the_newest_counts_in_whatever_order_it_comes(story: Story, data: st.DataObject) -> None:
    """Each order, position, balance and margin is as it was told last, and each execution is there once."""
    doubled = [
        *story.events,
        *data.draw(st.lists(st.sampled_from(story.events), max_size=5) if story.events else st.just([])),
    ]
    ledger = Ledger()
    for kind, event in data.draw(st.permutations(doubled)):
        hand_in(ledger, kind, [event])

    assert facts_of(ledger) == facts_of(told_once(story))


@given(stories(), st.sampled_from(["side", "status", "filled_quantity"]))
def test_a_call_that_is_refused_changes_nothing(story: Story, broken: str) -> None:
    """However much of it was good."""
    ledger = Ledger()
    orders = [event for kind, event in story.events if kind is Kind.ORDER]
    bad = {"side": "hold", "status": "lost", "filled_quantity": "-1"}
    before = ledger.checkpoint()

    with pytest.raises(InvalidArgument) as raised:
        hand_in(ledger, Kind.ORDER, [*orders, {**ORDER, broken: bad[broken]}])

    assert raised.value.details == {"field": f"events[{len(orders)}].{broken}"}
    assert ledger.checkpoint() == before


@given(stories())
def test_an_order_is_consistent_at_any_time(story: Story) -> None:
    """What is left is what was not filled, nothing once it is over; no final status is left."""
    ledger = Ledger()
    ended: dict[str, OrderStatus] = {}
    for kind, event in story.events:
        hand_in(ledger, kind, [event])
        for user_id in ledger.user_ids():
            for _, order in ledger.orders(user_id):
                left = Decimal(0) if order.status.is_final else order.quantity - order.filled_quantity
                assert order.remaining_quantity == left
                assert ended.get(order.order_id, order.status) is order.status
                if order.status.is_final:
                    ended[order.order_id] = order.status


def facts_of(ledger: Ledger) -> dict[str, Any]:
    """All that a ledger says of its accounts, in no order."""
    return {
        user_id: {
            "orders": {one.order_id: (one.status, one.filled_quantity) for _, one in ledger.orders(user_id)},
            "fills": {(one.order_id, one.execution_id, one.quantity) for _, one in ledger.fills(user_id)},
            "positions": {one.instrument_id: one.quantity for one in ledger.positions(user_id)},
            "balances": {one.currency: one.total for one in ledger.balances(user_id)},
            "margin": ledger.told_margin(user_id),
        }
        for user_id in ledger.user_ids()
    }
