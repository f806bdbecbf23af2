"""What the Python client's publisher hands in is what the gateway takes in."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from tapecast_client.account_forms import ACCOUNT_KINDS
from tapecast_client.intake_forms import IntakeForms

from components.contract.procedures import PROCEDURE_BY_URI
from components.marketdata.book.books import Books
from components.marketdata.following import Following
from components.marketdata.intake import Intake, Kind
from components.trading.intake.intake import AccountIntake, read_alerts, read_bots
from components.trading.intake.intake import Kind as AccountKind
from components.trading.ledger.ledger import Ledger


class Forms(IntakeForms):
    """Keeps what it would hand in."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Mapping[str, Any]]] = []

    def _put(self, kind: str, event: Mapping[str, Any]) -> None:
        self.events.append((kind, event))

    def _next_sequence(self) -> int:
        return 1


@pytest.mark.parametrize(
    "say",
    [
        lambda forms: forms.price("GOLD", Decimal("2401.50"), bid="2401", ask=2402, change=Decimal("-1E+1")),
        lambda forms: forms.quote("GOLD", bid=None, bid_size=None, ask="2402", ask_size=5),
        lambda forms: forms.ticker(
            "GOLD", price=None, open_price=None, high_price=None, low_price=None, volume=0, quote_volume=0, trades=0
        ),
        lambda forms: forms.trade("GOLD", trade_id=7, price="2401.50", quantity=3, side="sell"),
        lambda forms: forms.book_snapshot("GOLD", update_id=1, bids=[("2401", 5)], asks=[]),
    ],
    ids=["price", "quote", "ticker", "trade", "book_snapshot"],
)
def test_the_gateway_takes_what_the_publisher_hands_in(say: Callable[[IntakeForms], None]) -> None:
    """Each form is an event of the venue; a book is then continued by a change."""
    forms, books = Forms(), Books(["acme"])
    intake = Intake("acme", following=Following({"acme": None}), books=books)

    say(forms)

    ((kind, event),) = forms.events
    (taken,) = intake.read(Kind(kind), event, received_ns=0)
    assert (taken.venue, taken.instrument_id) == ("acme", "GOLD")


def test_the_gateway_takes_the_changes_that_the_publisher_hands_in() -> None:
    """A change continues the snapshot that was handed in before it."""
    forms, books = Forms(), Books(["acme"])
    intake = Intake("acme", following=Following({"acme": None}), books=books)
    forms.book_snapshot("GOLD", update_id=1, bids=[("2401", 5)], asks=[])
    forms.book_delta("GOLD", first_update_id=2, last_update_id=2, asks=[("2402", "1.5")])
    for kind, event in forms.events:
        for taken in intake.read(Kind(kind), event, received_ns=0):
            books.apply(taken, {}, now_ns=0)  # type: ignore[arg-type] # both are of books

    book = books.get("acme", "GOLD")
    assert book is not None
    assert book.update_id == 2


ACCOUNT_EVENTS: dict[str, Callable[[IntakeForms], None]] = {
    "order": lambda forms: forms.order(
        "ann",
        "o1",
        instrument="GOLD",
        side="buy",
        type="stop_limit",
        quantity=Decimal("1E+1"),
        price="2401.50",
        stop_price=2400,
        status="cancelled",
        filled_quantity="2.5",
        average_price="2401.25",
        client_order_id="mine",
        time_in_force="GTD",
        expire_at="2030-01-01T00:00:00Z",
        post_only=False,
        reduce_only=True,
        reason="end of the auction",
        request_id="o1:cancel:1",
        event_ts="2020-01-01T00:00:00Z",
    ),
    "market order": lambda forms: forms.order(
        "ann", "o2", instrument="GOLD", side="sell", type="market", quantity=1, status="new"
    ),
    "fill": lambda forms: forms.fill(
        "ann",
        "e1",
        order_id="o1",
        instrument="GOLD",
        side="buy",
        price="2401.25",
        quantity="2.5",
        commission=Decimal("-0.01"),
        commission_currency="USD",
        liquidity="maker",
        client_order_id="mine",
    ),
    "position": lambda forms: forms.position(
        "ann",
        "GOLD",
        quantity=0,
        realised_pnl="-7",
        mark_price="2390",
        unrealised_pnl=0,
        event="liquidated",
        reason="margin level below 1.1",
    ),
    "wallet": lambda forms: forms.wallet("ann", "USD", total="100.5", locked=3, reason="deposit"),
    "margin": lambda forms: forms.margin(
        "ann",
        margin_level=Decimal("1.5"),
        formula="equity / maintenance_margin",
        equity="-1",
        maintenance_margin=0,
        call_at="1.3",
        liquidation_at="1.1",
        shortfall=0,
        currency="USD",
    ),
    "no margin": lambda forms: forms.margin(
        "ann", margin_level=None, formula="equity / maintenance_margin", equity=1, maintenance_margin=0
    ),
    "bot": lambda forms: forms.bot(
        "ann", "b1", name="Grid", status="paused", total_pnl="-1", win_rate="0.5", trades_today=3
    ),
    "silent bot": lambda forms: forms.bot("ann", "b1", name="Grid", status="error"),
    "alert": lambda forms: forms.alert(
        "ann",
        "drawdown",
        alert_type="drawdown",
        severity="critical",
        message="Down 10 %",
        state="resolved",
        instrument="GOLD",
        limit_value="0.1",
        current_value="0.05",
    ),
}


@pytest.mark.parametrize("name", ACCOUNT_EVENTS)
def test_the_gateway_takes_what_the_publisher_says_of_accounts(name: str) -> None:
    """Every field of every form is one that the gateway knows."""
    forms = Forms()

    ACCOUNT_EVENTS[name](forms)

    ((kind, event),) = forms.events
    assert take_in(kind, event) == "ann"


def test_every_kind_has_its_form_and_its_procedure() -> None:
    """What the publisher calls is what the gateway answers, with the same arguments."""
    market = {f"tapecast.intake.{kind}": ("venue", "events") for kind in Kind}
    accounts = {f"tapecast.intake.{kind}": ("events",) for kind in ACCOUNT_KINDS}
    takers = {f"tapecast.intake.{kind}" for kind in (*Kind, *AccountKind, "alert", "bot")}

    assert {uri: PROCEDURE_BY_URI[uri].arguments for uri in takers} == market | accounts
    assert {name.rpartition(" ")[2] for name in ACCOUNT_EVENTS} >= ACCOUNT_KINDS


def take_in(kind: str, event: Mapping[str, Any]) -> str:
    """Whose account the gateway takes an event to be about."""
    if kind == "alert":
        return read_alerts([event], received_ns=0)[0].user_id
    if kind == "bot":
        return read_bots([event], received_ns=0)[0].user_id
    ledger = Ledger()
    accepted, facts = AccountIntake("acme", ledger).read(AccountKind(kind), [event], received_ns=2 * 10**18)
    changes = [change for fact in facts for change in ledger.apply(fact)]
    assert (accepted, len(changes)) == (1, 1)
    (user_id,) = ledger.user_ids()
    return user_id
