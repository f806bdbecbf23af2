"""One side of a book: exact prices, absolute sizes, and what of it is known and shown."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.marketdata.book.book_side import BookLimits, BookSide, Level, is_zero, price_key
from components.model.errors import MalformedMessage

SMALL = BookLimits(most=12, left=8, shown=4, least_shown=2, most_shown=6, thin=3)
TEN = [(str(price), "1") for price in range(101, 111)]


def bids(levels: list[Level], *, is_whole: bool = True, limits: BookLimits = SMALL) -> BookSide:
    """A side of bids, small enough that its limits matter."""
    return BookSide(levels, is_bid=True, is_whole=is_whole, limits=limits)


def asks(levels: list[Level], *, is_whole: bool = True) -> BookSide:
    """The same of asks."""
    return BookSide(levels, is_bid=False, is_whole=is_whole, limits=SMALL)


def shown(side: BookSide) -> list[str]:
    """The prices that are shown, best first."""
    return [price for price, _ in side.shown(100)]


@given(st.integers(0, 10**20 - 1), st.text("0123456789", max_size=18))
def test_keys_are_exact_for_any_decimal_text(whole: int, decimals: str) -> None:
    """A key is the price times 10**18, for up to 20 digits before the point and up to 18 behind it."""
    text = f"{whole}.{decimals}" if decimals else str(whole)

    assert price_key(text) == whole * 10**18 + int(decimals.ljust(18, "0"))


@pytest.mark.parametrize("texts", [("1.5", "1.50", "1.50000000"), ("7", "7.0", "7.000000000000000000")])
def test_one_price_in_several_forms_is_one_key(texts: tuple[str, ...]) -> None:
    """Zeros at the end mean nothing."""
    assert len({price_key(text) for text in texts}) == 1


def test_a_price_with_too_many_decimals_is_refused() -> None:
    """A nineteenth decimal has no place in a key, so it is not cut off."""
    assert price_key("0." + "1" * 18) == int("1" * 18)
    with pytest.raises(MalformedMessage, match="at most 18 decimals, received 19"):
        price_key("0." + "1" * 19)


@pytest.mark.parametrize(("size", "is_gone"), [("0", True), ("0.00000000", True), ("0.00000001", False), ("10", False)])
def test_zero_is_zero_in_any_form(size: str, *, is_gone: bool) -> None:
    """A size of zero means that the level is gone."""
    assert is_zero(size) is is_gone


def test_the_best_bid_is_the_highest_and_the_best_ask_the_lowest() -> None:
    """Either side is shown best first, whatever the order in which it came."""
    levels = [("9.5", "1"), ("10", "2"), ("9", "3")]

    assert bids(levels).shown(2) == [("10", "2"), ("9.5", "1")]
    assert asks(levels).shown(2) == [("9", "3"), ("9.5", "1")]
    assert (bids(levels).best, asks(levels).best) == (("10", "2"), ("9", "3"))
    assert (bids([]).best, bids([]).best_key) == (None, None)


def test_only_real_changes_are_told() -> None:
    """What is set to what it was, and what is removed that was not there, is no change."""
    side = bids([("10", "1"), ("9", "2")])

    assert side.apply([("10", "1"), ("8", "0"), ("9", "3"), ("11", "4")]) == [("9", "3"), ("11", "4")]
    assert side.apply([("10", "0.00")]) == [("10", "0")]
    assert side.shown(9) == [("11", "4"), ("9", "3")]
    assert len(side) == 2


def test_a_level_keeps_the_text_of_its_price() -> None:
    """Who keeps levels by the text of their price finds the same text again, however the venue writes it later."""
    side = asks([("10.50", "1")])

    assert side.apply([("10.5", "2")]) == [("10.50", "2")]
    assert side.apply([("10.500", "0")]) == [("10.50", "0")]


def test_a_snapshots_empty_levels_are_none() -> None:
    """A level of size zero is not there."""
    assert bids([("10", "0.0"), ("9", "1")]).shown(9) == [("9", "1")]


def test_what_is_behind_the_snapshots_last_level_is_not_shown() -> None:
    """Where a snapshot did not tell everything, levels behind it are kept, but there may be more: none is shown."""
    side = bids([("10", "1"), ("9", "1"), ("8", "1")], is_whole=False)

    assert side.apply([("7", "5"), ("8.5", "5")]) == [("8.5", "5")]
    assert shown(side) == ["10", "9", "8.5", "8"]
    assert side.shown_price == "8"
    assert len(side) == 5


def test_a_price_that_leaves_what_is_known_shows_nothing_until_it_comes_back() -> None:
    """The best that the venue told stays the best, but nobody can be sure of it."""
    side = bids([("10", "1"), ("9", "1")], is_whole=False)
    assert side.is_best_known

    side.apply([("10", "0"), ("9", "0"), ("7", "5")])
    assert (side.best, side.is_best_known, shown(side)) == (("7", "5"), False, [])
    side.apply([("9.5", "2")])

    assert (side.best, side.is_best_known, shown(side)) == (("9.5", "2"), True, ["9.5"])
    assert side.shown_price == "9"


def test_a_whole_side_is_known_to_its_end() -> None:
    """Where the snapshot told everything, an empty side is known to be empty, and is never thin."""
    side = bids([("10", "1")])

    side.apply([("10", "0")])

    assert (side.is_best_known, side.is_thin, side.shown_price) == (True, False, None)


def test_few_known_levels_are_thin() -> None:
    """With fewer than the limit left, the side is about to end."""
    side = bids(TEN[:3], is_whole=False)
    assert not side.is_thin

    side.apply([("101", "0"), ("100", "3")])

    assert side.is_thin


def test_only_the_best_levels_are_shown_at_first() -> None:
    """A newcomer gets so many; the last of them tells how far they reach."""
    side = bids(TEN)

    assert shown(side) == ["110", "109", "108", "107"]
    assert side.shown_price == "107"
    assert side.apply([("103", "9"), ("108", "9")]) == [("108", "9")]


def test_more_are_shown_when_too_few_are() -> None:
    """The levels that come into view are told, as if they had just come."""
    side = bids(TEN)
    side.apply([("110", "0"), ("109", "0"), ("108", "0")])

    assert sorted(side.reframe()) == [("104", "1"), ("105", "1"), ("106", "1")]

    assert shown(side) == ["107", "106", "105", "104"]
    assert side.shown_price == "104"


def test_fewer_are_shown_when_too_many_are() -> None:
    """The levels that leave the view are told as gone."""
    side = bids(TEN)
    side.apply([("111", "1"), ("112", "1")])
    assert side.reframe() == []
    side.apply([("113", "1")])

    assert sorted(side.reframe()) == [("107", "0"), ("108", "0"), ("109", "0")]

    assert shown(side) == ["113", "112", "111", "110"]


def test_a_side_that_grows_without_end_loses_its_worst_levels() -> None:
    """Past the limit the best stay, and what is behind them counts as unknown from then on."""
    side = bids(TEN)

    side.apply([("113", "1"), ("100", "1"), ("99", "1")])

    assert len(side) == SMALL.left
    assert side.apply([("104", "0"), ("105", "0"), ("106", "0"), ("107", "0"), ("108", "0")]) == [
        ("107", "0"),
        ("108", "0"),
    ]
    side.apply([("110", "0")])
    assert side.is_thin


def test_levels_that_nobody_can_be_sure_of_are_lost_first() -> None:
    """Where the worst are behind what is known, what is known stays so."""
    side = bids(TEN[6:], is_whole=False)

    side.apply([(str(price), "1") for price in range(90, 100)])

    assert len(side) == SMALL.left
    assert side.shown_price == "107"
    assert shown(side) == ["110", "109", "108", "107"]


def test_shown_levels_that_are_lost_are_told_as_gone() -> None:
    """One update may bring so many good levels that shown ones go at once: they are told, and the view moves."""
    side = bids(TEN)
    better = [(str(price), "1") for price in range(200, 210)]

    told = side.apply(better)

    assert told == [*better, *((str(price), "0") for price in (107, 108, 109, 110, 200, 201))]
    assert sorted(side.reframe()) == [(str(price), "0") for price in range(202, 206)]
    assert shown(side) == ["209", "208", "207", "206"]


def test_a_successor_tells_what_is_different() -> None:
    """Whoever applies what it tells has what it shows, by the texts that they know."""
    before = asks([("10.0", "1"), ("11", "1"), ("12", "1")])
    after = asks([("10", "1"), ("11.00", "2"), ("13", "1")])

    assert sorted(after.succeed(before)) == [("11", "2"), ("12", "0"), ("13", "1")]

    assert after.shown(9) == [("10.0", "1"), ("11", "2"), ("13", "1")]


texts = st.sampled_from(["{}", "{}.0", "{}.50", "{}.5", "{}.500"])
prices = st.builds(str.format, texts, st.integers(1, 14))
sizes = st.sampled_from(["0", "0.00", "1", "2", "3"])
some_levels = st.lists(st.tuples(prices, sizes), max_size=8)


@given(
    first=some_levels,
    updates=st.lists(some_levels, max_size=12),
    second=some_levels,
    is_bid=st.booleans(),
    is_whole=st.booleans(),
)
def test_who_applies_what_is_told_has_what_is_shown(
    first: list[Level], updates: list[list[Level]], second: list[Level], *, is_bid: bool, is_whole: bool
) -> None:
    """Changes, moves of the view and a successor: by text of price, a copy is always what is shown."""
    side = BookSide(first, is_bid=is_bid, is_whole=is_whole, limits=SMALL)
    copy = dict(side.shown(100))

    def tell(changes: list[Level]) -> None:
        for price, size in changes:
            if size == "0":
                del copy[price]
            else:
                copy[price] = size
        assert copy == dict(side.shown(100))

    for levels in updates:
        told = side.apply(levels)
        tell(told + side.reframe())
    successor = BookSide(second, is_bid=is_bid, is_whole=is_whole, limits=SMALL)
    told = successor.succeed(side)
    side = successor
    tell(told)


@given(first=some_levels, updates=st.lists(some_levels, max_size=12), is_bid=st.booleans())
def test_a_whole_side_is_the_plainest_possible_model(
    first: list[Level], updates: list[list[Level]], *, is_bid: bool
) -> None:
    """A dictionary of Decimals, sorted when asked, says the same."""
    side = BookSide(first, is_bid=is_bid, is_whole=True)
    model = {Decimal(price): Decimal(size) for price, size in first if Decimal(size)}
    for levels in updates:
        side.apply(levels)
        model.update({Decimal(price): Decimal(size) for price, size in levels})

    expected = sorted(((price, size) for price, size in model.items() if size), reverse=is_bid)

    assert [(Decimal(price), Decimal(size)) for price, size in side.shown(1000)] == expected
