"""What events of the market say to trading, and what is no event of the market."""

from decimal import Decimal
from typing import Any

import pytest

from components.model.accounts import Mark
from components.model.errors import MalformedMessage
from components.trading.live.market_readings import read_book, read_mark

NOW_NS = 1_700_000_000_000_000_000


def price_event(meta: dict[str, Any] | None = None, **payload: str | None) -> dict[str, Any]:
    """An event of a price of 100, unless the payload says otherwise."""
    return {"payload": {"price": "100", "bid": None, "ask": None, **payload}, **({"meta": meta} if meta else {})}


def test_a_book_is_levels_of_prices_and_sizes() -> None:
    """As exact as they are written; a size of zero removes a level."""
    book = read_book({"bids": [["99.10", "1.5"]], "asks": [["101", "0"]]})

    assert book.bids == [(Decimal("99.1"), Decimal("1.5"))]
    assert book.asks == [(Decimal(101), Decimal(0))]


@pytest.mark.parametrize(
    "level",
    [["0", "1"], ["-1", "1"], ["1", "-1"], ["x", "1"], ["1", ""], ["NaN", "1"], ["1", "Infinity"], ["sNaN", "1"]],
)
def test_a_level_that_cannot_be_is_no_book(level: list[str]) -> None:
    """Prices are above zero, sizes are not below, and both are numbers."""
    with pytest.raises(MalformedMessage):
        read_book({"bids": [], "asks": [["101", "1"], level]})


def test_a_mark_is_of_the_moment_when_it_came() -> None:
    """By our own clock, whatever the venue's says."""
    mark = read_mark(price_event({"quality": "live", "event_ts": "2020"}, bid="99.5", ask="100.5"), now_ns=NOW_NS)

    assert mark == Mark(price=Decimal(100), bid=Decimal("99.5"), ask=Decimal("100.5"), ts_ns=NOW_NS)


def test_the_mark_of_a_state_is_as_old_as_that_says() -> None:
    """`age_ms` counts from the last event."""
    assert read_mark(price_event({"age_ms": 1500}), now_ns=NOW_NS).ts_ns == NOW_NS - 1_500_000_000


@pytest.mark.parametrize(
    ("meta", "is_stale"), [({"quality": "stale"}, True), ({"quality": "degraded"}, False), ({}, False)]
)
def test_a_mark_is_stale_where_its_source_says_so(meta: dict[str, Any], is_stale: bool) -> None:  # noqa: FBT001
    """A degraded price is still a price."""
    assert read_mark(price_event(meta), now_ns=NOW_NS).is_stale is is_stale


@pytest.mark.parametrize("price", ["0", "-1", "x", "NaN", "Infinity", "sNaN"])
def test_a_price_that_cannot_be_is_no_mark(price: str) -> None:
    """Nobody's account is reckoned with it."""
    with pytest.raises(MalformedMessage):
        read_mark(price_event(price=price), now_ns=NOW_NS)
