"""Which prices are believed at once, and what it takes for the others."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.marketdata.price.outlier import SAMPLE_INTERVAL_NS, OutlierFilter


def make_filter() -> OutlierFilter:
    """3 % around the median, three prints confirm."""
    return OutlierFilter(band=Decimal("0.03"), confirmations=3)


def offer(outliers: OutlierFilter, *prices: str, start: int = 0, confirmed: bool = False) -> list[bool]:
    """Whether each of some prices is accepted, one a sample interval."""
    return [
        outliers.offer(Decimal(price), now_ns=(start + number) * SAMPLE_INTERVAL_NS, is_confirmed=lambda _: confirmed)
        for number, price in enumerate(prices)
    ]


def test_the_first_price_is_believed() -> None:
    """There is nothing to compare it with."""
    assert offer(make_filter(), "100") == [True]


def test_prices_within_the_band_are_accepted() -> None:
    """Up to 3 % from the median is the market."""
    assert offer(make_filter(), "100", "103", "97", "100") == [True] * 4


def test_a_single_far_price_is_quarantined() -> None:
    """One print that is 10 % off changes nothing, and the next good one is accepted."""
    assert offer(make_filter(), "100", "110", "100", "90", "100") == [True, False, True, False, True]


def test_a_crash_is_accepted_with_its_third_print() -> None:
    """Three prints in a row that agree with each other confirm what they say; the market goes on from there."""
    assert offer(make_filter(), "100", "70", "70.5", "69.9", "70", "100") == [True, False, False, True, True, False]


def test_far_prices_that_do_not_agree_confirm_nothing() -> None:
    """Noise all over the place stays out, however long it lasts."""
    assert offer(make_filter(), "100", "70", "130", "70", "130", "70") == [True, *[False] * 5]


@pytest.mark.parametrize("factor", ["0.95", "1.05"])
def test_a_crash_of_which_no_two_prints_agree_does_not_freeze_the_price(factor: str) -> None:
    """The sixth print in a row on the same side of the bounds is accepted, whatever it says; so is the sixth then."""
    prices = [str(Decimal(100) * Decimal(factor) ** number) for number in range(13)]

    assert offer(make_filter(), *prices) == [True, *[*[False] * 5, True] * 2]


def test_a_good_price_in_between_begins_the_count_anew() -> None:
    """Prints confirm only in a row."""
    assert offer(make_filter(), "100", "70", "70", "100", "70", "70") == [True, False, False, True, False, False]


def test_another_source_confirms_at_once() -> None:
    """What two sources say is true the first time."""
    assert offer(make_filter(), "100") == [True]
    assert offer(make_filter(), "100", "70", confirmed=True) == [True, True]


def test_a_restless_market_widens_the_bounds() -> None:
    """Where prices are always far from their median, so may the next be: eight deviations count, not 3 %."""
    outliers = make_filter()
    offer(outliers, *["100", "102", "98", "103", "97"] * 3)

    assert offer(outliers, "112", start=15) == [True]


def test_a_burst_does_not_fill_the_window() -> None:
    """Of prices within one sample interval one joins the window."""
    outliers = make_filter()
    offer(outliers, "100")

    for price in range(200):
        assert outliers.offer(Decimal(101) + Decimal(price) / 100, now_ns=1, is_confirmed=lambda _: False)


@given(st.lists(st.sampled_from(["100", "101", "70", "71", "40", "130"]), max_size=60))
def test_nothing_freezes_the_price(prices: list[str]) -> None:
    """Whatever came before, the third of three equal prints is accepted."""
    outliers = make_filter()
    offer(outliers, *prices)

    assert offer(outliers, "55", "55", "55", start=len(prices))[-1]


def test_a_repeated_price_begins_the_count_anew() -> None:
    """The last accepted price is not judged again, but it is a good price in between."""
    outliers = make_filter()
    offer(outliers, "100", "150", "150")

    outliers.receive_repetition()

    assert offer(outliers, "150", "150", "150", start=3) == [False, False, True]
