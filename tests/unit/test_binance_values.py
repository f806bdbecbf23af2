"""The values in Binance's messages."""

from collections.abc import Callable

import pytest

from components.marketdata.binance.values import (
    BadValue,
    check_levels,
    check_numbers,
    fits_a_uri,
    instrument_id_of,
    positive,
    price_or_none,
    signed,
)


def test_good_values_pass_as_they_were_written() -> None:
    """Nothing is rounded, and no zero is taken off."""
    check_numbers("0", "1", "0.00000000", "61837.63000000", "99999999999999999999.999999999999999999")
    check_levels([("1.0", "0.0")], [])
    check_levels([], [])

    assert (positive("0.00000001"), positive("10")) == ("0.00000001", "10")
    assert (signed("-1.50"), signed("0")) == ("-1.50", "0")
    assert (instrument_id_of("BTCUSDT"), fits_a_uri("BTCUSDT"), fits_a_uri("币安USDT")) == ("BTCUSDT", True, False)


def test_a_price_of_zero_is_none() -> None:
    """The venue writes it where there is none."""
    assert (price_or_none("0.00000000"), price_or_none("0.10"), price_or_none("10")) == (None, "0.10", "10")


@pytest.mark.parametrize(
    "bad",
    [
        lambda: check_numbers("1", ""),
        lambda: check_numbers("1 2"),
        lambda: check_numbers("-1"),
        lambda: check_numbers("1e5"),
        lambda: check_numbers("NaN"),
        lambda: check_levels([("0.0", "1")], []),
        lambda: check_levels([], [("1", "x")]),
        lambda: positive("0"),
        lambda: positive("0.000"),
        lambda: signed("+1"),
        lambda: instrument_id_of("BTC USDT"),
    ],
)
def test_bad_values_are_refused(bad: Callable[[], object]) -> None:
    """Whatever is no number, no price, or no name."""
    with pytest.raises(BadValue):
        bad()
