"""What becomes of the one price while an operator prefers a source, and when that ends."""

from itertools import pairwise

import pytest

from components.contract.envelope import NS_PER_S
from components.marketdata.price.one_price import SourceRank
from components.marketdata.price.price_source import SourceKind
from components.model.errors import InvalidArgument
from components.model.market import Instrument
from tests.support.price_market import PriceMarket, make_price_market

AGREED = {"one": "100", "two": "100.5", "three": "101"}
SIMULATED, FALLBACK = SourceKind.SIMULATED, SourceKind.FALLBACK


@pytest.fixture
def market() -> PriceMarket:
    """Three venues that agree, and have for a while."""
    market = make_price_market()
    market.play(30, **AGREED)
    market.take()
    return market


def test_a_good_source_is_taken_at_once(market: PriceMarket) -> None:
    """It makes the price, which is live, from the moment on that it is preferred."""
    market.prefer("three")
    first = market.take()
    market.play(60, **AGREED)

    assert first == [("three", "live", "preferred"), ("101", "three", "live")]
    assert market.take() == []


def test_what_is_first_already_may_be_preferred(market: PriceMarket) -> None:
    """Nothing is told, as nothing changes."""
    market.prefer("one")
    market.play(10, **AGREED)

    assert market.take() == []


def test_a_source_that_is_outvoted_is_not_taken(market: PriceMarket) -> None:
    """The price stays where it is, degraded by the state, and is taken over once the source has proved itself."""
    market.play(5, one="100", two="100", three="130")
    market.take()

    market.prefer("three")
    market.play(60, one="100", two="100", three="130")
    assert market.take() == [
        ("one", "failed_over", "preferred"),
        ("100", "one", "degraded"),
        ("one", "failed_over", "deviates"),
    ]

    market.play(60, one="100", two="100", three="101")
    assert market.take() == [("one", "recovering", "agrees"), ("three", "live", "recovered"), ("101", "three", "live")]


def test_a_silent_source_is_not_taken(market: PriceMarket) -> None:
    """An operator cannot make a dead source speak."""
    market.play(20, one="100", two="100")
    market.take()

    market.prefer("three")

    assert market.take() == [("one", "failed_over", "preferred"), ("100", "one", "degraded")]
    assert market.prices.source_of("BTCUSDT") == "one"


def test_a_source_beyond_the_band_of_the_active_one_is_not_taken() -> None:
    """Two sources that differ by more than two percent: nobody is outvoted, and still the price does not jump."""
    market = make_price_market(("one", "two"))
    market.play(30, one="100", two="103")

    market.prefer("two")

    assert market.status == ("one", "failed_over", "preferred")


def test_a_preferred_source_that_fails_is_left_as_any(market: PriceMarket) -> None:
    """It falls silent: three seconds later the first of the others makes the price, until it has come back."""
    market.prefer("three")
    market.play(30, **AGREED)
    market.take()

    market.play(20, one="100", two="100")
    assert market.take() == [
        ("three", "suspect", "stale"),
        ("101", "three", "stale"),
        ("one", "failed_over", "stale"),
        ("100", "one", "degraded"),
    ]

    market.play(60, **AGREED)
    assert market.take()[-2:] == [("three", "live", "recovered"), ("101", "three", "live")]


def test_the_end_of_it_is_as_slow_as_any_way_back(market: PriceMarket) -> None:
    """The first source has to prove itself once more, and then makes the price as ever."""
    market.prefer("three", 60)
    market.play(59.75, **AGREED)
    market.take()

    market.play(0.25, **AGREED)
    assert market.take() == [("three", "failed_over", "preference_ended"), ("101", "three", "degraded")]
    market.play(30, **AGREED)
    assert market.take() == [("three", "recovering", "agrees")]
    market.play(10, **AGREED)
    assert market.take() == [("one", "live", "recovered"), ("100", "one", "live")]


def test_the_end_of_it_where_the_first_makes_the_price(market: PriceMarket) -> None:
    """The preferred one was never good: the state is live again, and no source changes."""
    market.play(20, one="100", two="100")
    market.prefer("three", 60)
    market.play(30, one="100", two="100")
    market.take()

    market.play(30, one="100", two="100")

    assert market.take() == [("one", "live", "preference_ended"), ("100", "one", "live")]


def test_no_time_at_all_ends_it(market: PriceMarket) -> None:
    """Nobody is preferred any more, whoever was; the source still has to exist."""
    market.prefer("three")
    market.prefer("two", 0)

    assert market.prices.preference is None
    assert market.status == ("three", "failed_over", "preference_ended")
    with pytest.raises(InvalidArgument):
        market.prefer("four", 0)


def test_another_one_takes_its_place(market: PriceMarket) -> None:
    """One source is preferred at a time; between two switches lies the usual time."""
    market.prefer("three")
    market.play(2, **AGREED)
    market.prefer("two")
    early = market.status
    market.play(60, **AGREED)

    assert early == ("three", "failed_over", "preferred")
    assert market.status == ("two", "live", "recovered")


def test_switches_of_operators_count(market: PriceMarket) -> None:
    """However often an operator changes their mind, the last switch of an hour is kept for a source that fails."""
    for _ in range(20):
        for venue in ("three", "one"):
            market.prefer(venue)
            market.play(10, **AGREED)

    sources = ["one", *(source for source, _, _ in market.statuses)]
    assert sum(before != after for before, after in pairwise(sources)) == 7


def test_a_source_at_fault_that_becomes_first_is_suspect_at_once(market: PriceMarket) -> None:
    """The price does not pass for live for a moment because its source is preferred."""
    market.play(20, two="100")
    market.play(20)
    market.take()

    market.prefer("two")

    assert market.take() == [("two", "suspect", "stale")]


def test_a_fault_of_some_standing_begins_anew(market: PriceMarket) -> None:
    """Of the source that stands in, and cannot be left yet: it is suspect first, and left three seconds later."""
    market.play(9, two="100", three="100")
    market.play(8.5, three="100")
    before = market.status
    market.say("three", "100")
    market.take()
    market.now_s += 2
    market.prefer("two")
    preferred = market.take()
    market.play(5, three="100")

    assert before == ("two", "failed_over", "no_source")
    assert preferred == [("two", "suspect", "stale")]
    assert market.take() == [("three", "failed_over", "stale"), ("100", "three", "degraded")]


def test_a_preferred_source_that_comes_later_has_to_be_good_too() -> None:
    """Its first price takes over where it agrees with the active source, and waits where it does not."""
    agreeing, differing = make_price_market(("one", "two")), make_price_market(("one", "two"))
    for market, price in ((agreeing, "101"), (differing, "110")):
        market.play(30, one="100")
        market.prefer("two")
        market.play(1, one="100", two=price)

    assert agreeing.statuses == [("one", "live", "started"), ("two", "live", "preferred")]
    assert differing.statuses == [("one", "live", "started"), ("one", "failed_over", "preferred")]


def test_an_instrument_without_the_source_has_its_own(market: PriceMarket) -> None:
    """What is preferred has no say in what it does not price."""
    market.prices.list_instruments("two", [Instrument(instrument_id="ETHUSDT", aliases=())], now_ns=market.now_ns)
    market.prefer("three")

    assert market.prices.count_from("three") == (1, 1)
    assert market.prices.count_from("one") == (0, 1)
    assert market.prices.source_of("ETHUSDT") is None


@pytest.mark.parametrize(
    ("sources", "venue"),
    [
        ((SourceRank("real"), SourceRank("sim", SIMULATED)), "sim"),
        ((SourceRank("sim", SIMULATED), SourceRank("real")), "real"),
        ((SourceRank("sim", SIMULATED), SourceRank("spare", FALLBACK)), "spare"),
    ],
)
def test_real_and_simulated_never_stand_in_for_each_other(sources: tuple[SourceRank, ...], venue: str) -> None:
    """Whoever asks for that is refused, and nothing is changed."""
    market = make_price_market(sources)
    market.play(30, **{one.venue: "100" for one in sources if one.kind is not FALLBACK})

    with pytest.raises(InvalidArgument) as refused:
        market.prefer(venue)

    assert refused.value.details["field"] == "venue"
    assert (market.prices.preference, market.prices.count_from(venue)) == (None, (0, 0))


def test_a_second_simulated_source_may_be_preferred() -> None:
    """Among their own kind they are like others."""
    market = make_price_market((SourceRank("one", SIMULATED), SourceRank("two", SIMULATED)))
    market.play(30, one="100", two="100")

    market.prefer("two")

    assert market.status == ("two", "live", "preferred")


def test_a_preferred_fallback_is_never_live() -> None:
    """Its price is degraded as ever, whatever the state."""
    market = make_price_market((SourceRank("one"), SourceRank("spare", FALLBACK)))
    market.play(30, one="100")
    market.quote("spare", "100.5")

    market.prefer("spare")

    assert market.status == ("spare", "live", "preferred")
    assert market.price == ("100.5", "spare", "degraded")


def test_a_source_that_is_forgotten_takes_its_preference_with_it(market: PriceMarket) -> None:
    """The next source makes the price, as if it were the first to speak; what is preferred stays said."""
    market.prefer("three")
    market.prices.forget("three", ["BTCUSDT"], now_ns=market.now_ns)
    market.play(10, one="100", two="100")

    assert market.prices.source_of("BTCUSDT") == "one"
    assert market.prices.preference is not None
    assert market.prices.preference.until_ns > market.now_ns + NS_PER_S
