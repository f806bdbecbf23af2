"""Bars while they grow, and as they are kept."""

from components.marketdata.candle.bars import GrowingBar, differing_fields, quality_of, told_by_venue
from tests.support.market_events import bar


def grown(*trades: tuple[str, str], open_ts: int = 0, close: str = "5") -> GrowingBar:
    """A bar that took in trades, flat at 5 without any."""
    growing = GrowingBar(open_ts, close)
    for price, quantity in trades:
        growing.add(price, quantity)
    return growing


def values(growing: GrowingBar) -> tuple[str, int]:
    """What is kept of a bar."""
    closed = growing.closed()
    return closed.values, closed.trades


def test_a_bar_without_trades_is_flat() -> None:
    """All its prices are the last close."""
    assert values(grown()) == ("5 5 5 5 0", 0)


def test_trades_make_the_bar() -> None:
    """The first opens, the last closes, the extremes are kept as they were written, quantities add up."""
    bar_of_five = grown(("10.0", "1"), ("9.50", "0.25"), ("10.50", "1.000"), ("10.0", "2"), ("10.0", "1"))

    assert values(bar_of_five) == ("10.0 10.50 9.50 10.0 5.250", 5)


def test_prices_are_compared_as_numbers() -> None:
    """As text 9 is greater than 10."""
    assert values(grown(("9", "1"), ("10", "1"), ("8", "1"))) == ("9 10 8 8 3", 3)


def test_a_volume_has_all_its_digits() -> None:
    """Twenty digits before the point and eighteen behind it are added without loss."""
    assert values(grown(("1", "99999999999999999999.1"), ("1", "0.000000000000000001"))) == (
        "1 1 1 1 99999999999999999999.100000000000000001",
        2,
    )


def test_a_bar_of_bars_is_the_bar_of_their_trades() -> None:
    """What follows is taken in with its extremes, and a flat one adds nothing."""
    whole = grown(("10", "1"), ("12", "1"))
    for later in (grown(close="12"), grown(("8", "1"), ("14", "1")), grown(("9", "1"), ("11", "1"))):
        whole.extend(later)

    assert values(whole) == ("10 14 8 11 6", 6)


def test_a_flat_bar_takes_on_what_follows() -> None:
    """Its prices were only the last close before it."""
    whole = grown()
    whole.extend(grown(("7", "1"), ("6", "1")))

    assert values(whole) == ("7 7 6 6 2", 2)


def test_a_part_that_is_degraded_degrades_the_whole() -> None:
    """Whatever else is in it."""
    whole = grown(("1", "1"))
    whole.extend(GrowingBar(0, "1", is_degraded=True))

    assert whole.closed().is_degraded
    assert whole.widened(0).is_degraded


def test_a_widened_bar_grows_apart() -> None:
    """The bar it was copied from stays as it is, and it can go on with the right extremes."""
    part = grown(("10", "1"), ("12", "1"), open_ts=60)
    whole = part.widened(0)
    whole.add("11", "1")

    assert (whole.open_ts, values(whole), values(part)) == (0, ("10 12 10 11 3", 3), ("10 12 10 12 2", 2))


def test_a_closed_bar_can_be_reopened() -> None:
    """With its values and extremes, flat or not."""
    again = grown(("10", "1"), ("12", "1")).closed().reopened()
    again.add("11", "1")
    flat = grown().closed().reopened()
    flat.add("7", "1")

    assert (values(again), values(flat)) == (("10 12 10 11 3", 3), ("7 7 7 7 1", 1))


def test_the_venues_word_is_its_last_only_where_it_says_so() -> None:
    """A bar that the venue has not closed, or that counts as degraded, may be replaced."""
    closed, growing = bar("1m", 0), bar("1m", 0, is_closed=False)

    assert told_by_venue(closed).is_venues
    assert not told_by_venue(growing).is_venues
    assert not told_by_venue(closed, is_degraded=True).is_venues
    assert told_by_venue(closed).close == "100"


def test_bars_differ_by_value_only() -> None:
    """How many digits a number is written with does not count; each field that differs is named."""
    ours = told_by_venue(bar("1m", 0, "100.0"))

    assert differing_fields(ours, told_by_venue(bar("1m", 0, "100"))) == []
    assert differing_fields(ours, told_by_venue(bar("1m", 0, "100", low="99", volume="2", trades=3))) == [
        "low",
        "volume",
        "trades",
    ]


def test_quality_has_a_word() -> None:
    """As the contract writes it."""
    assert [quality_of(is_degraded=is_degraded) for is_degraded in (False, True)] == ["live", "degraded"]
