"""What is worth what, and by which marks nothing is judged."""

from decimal import Decimal
from typing import Any

import pytest

from components.model.accounts import Mark
from components.model.market import Side
from components.risk.valuation import Valuation, exposure_of, mark_fault, mark_price, percent, rounded
from tests.support.risk_cases import BTC, ETH, FRESH, NOW_NS, make_exposure, make_figures, make_mark, texts

ONE = Decimal(1)
QUOTE: dict[str, Any] = {"bid": Decimal(99), "ask": Decimal(101)}


@pytest.mark.parametrize(
    ("mark", "buyer", "seller"),
    [
        (make_mark("100", **QUOTE), 100, 100),
        (make_mark(None, **QUOTE), 101, 99),
        (make_mark(None, bid=Decimal(99)), 99, 99),
        (make_mark(None, ask=Decimal(101)), 101, 101),
        (make_mark(None), None, None),
    ],
)
def test_without_a_price_the_quote_stands_in(mark: Mark, buyer: int | None, seller: int | None) -> None:
    """First the side that one would trade at, then the other."""
    assert (mark_price(mark, Side.BUY), mark_price(mark, Side.SELL)) == (buyer, seller)


@pytest.mark.parametrize(
    ("mark", "mark_age_s", "fault"),
    [
        (FRESH, 120, None),
        (make_mark(age_s=120), 120, None),
        (make_mark(age_s=121), 120, "121"),
        (make_mark(age_s=86_400), None, None),
        (make_mark(age_s=-5), 120, None),
        (make_mark(is_stale=True), None, "stale"),
        (make_mark(None), None, "none"),
        (None, None, "none"),
    ],
)
def test_a_mark_is_missing_stale_or_too_old(mark: Mark | None, mark_age_s: int | None, fault: str | None) -> None:
    """A mark from a clock that is ahead is as one of now."""
    limit = None if mark_age_s is None else Decimal(mark_age_s)

    assert mark_fault(mark, limit, NOW_NS) == fault
    assert Valuation(mark=mark, quote_rate=ONE, mark_age_s=limit, now_ns=NOW_NS).fault == fault


def test_without_the_quote_currencys_worth_there_is_no_worth() -> None:
    """Limits are in account currency."""
    valuation = Valuation(mark=FRESH, quote_rate=None, mark_age_s=None, now_ns=NOW_NS)

    assert valuation.fault == "none"
    with pytest.raises(ValueError, match="rate"):
        valuation.worth(ONE, ONE)


def test_without_a_mark_there_is_no_price() -> None:
    """Whoever asks all the same has forgotten to look."""
    valuation = Valuation(mark=None, quote_rate=ONE, mark_age_s=None, now_ns=NOW_NS)

    with pytest.raises(ValueError, match="mark"):
        valuation.price(Side.BUY)


def test_worth_is_exact_and_unsigned() -> None:
    """To the last digit, in account currency."""
    valuation = Valuation(mark=FRESH, quote_rate=Decimal("1.1"), mark_age_s=None, now_ns=NOW_NS)

    assert valuation.worth(Decimal("-12345678901234567890.123456789"), Decimal("0.000000001")) == Decimal(
        "13580246791.3580246791358024679"
    )
    assert valuation.price(Side.SELL) == 100


def test_an_instrument_that_is_not_held_is_nothing() -> None:
    """Not an error."""
    figures = make_figures(make_exposure(BTC, "2"))

    assert exposure_of(figures, BTC).quantity == 2
    assert texts(exposure_of(figures, ETH).quantity, exposure_of(figures, ETH).open_buys) == ["0", "0"]


def test_what_people_read_has_six_decimals() -> None:
    """However long the numbers are."""
    assert percent(Decimal(1), Decimal(3)) == Decimal("33.333333")
    assert rounded(Decimal("9" * 30 + ".12345678")) == Decimal("9" * 30 + ".123457")
