"""What the Python client's publisher hands in is what the gateway takes in."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from tapecast_client.intake_forms import IntakeForms

from components.marketdata.book.books import Books
from components.marketdata.following import Following
from components.marketdata.intake import Intake, Kind


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
