"""Which source the price is taken from: failing over and coming back, on a simulated clock."""

import pytest

from components.marketdata.price.one_price import SourceRank
from components.marketdata.price.price_source import SourceKind
from tests.support.price_market import PriceMarket, make_price_market


@pytest.fixture
def market() -> PriceMarket:
    """Three venues that agree, and have for a while."""
    market = make_price_market()
    market.play(30, one="100", two="100", three="100")
    return market


def test_the_first_source_makes_the_price(market: PriceMarket) -> None:
    """While all is well there is one status event, and the price is the first source's alone."""
    market.play(60, one="101", two="102", three="99.9")

    assert market.statuses == [("one", "live", "started")]
    assert market.price == ("101", "one", "live")


def test_failover_silent_then_wrong_then_back(market: PriceMarket) -> None:
    """A primary that falls silent, is wrong by 30 % and then right again: each state once, with its reason."""
    market.take()

    market.play(60, two="100.5", three="100.4")
    assert market.take() == [
        ("one", "suspect", "stale"),
        ("100", "one", "stale"),
        ("two", "failed_over", "stale"),
        ("100.5", "two", "degraded"),
    ]

    market.play(60, one="70", two="100.6", three="100.4")
    assert market.take() == [("100.6", "two", "degraded"), ("two", "failed_over", "deviates")]

    market.play(29, one="100.7", two="100.6", three="100.5")
    assert market.take() == [("two", "recovering", "agrees")]

    market.play(60, one="100.7", two="100.6", three="100.5")
    assert market.take() == [("one", "live", "recovered"), ("100.7", "one", "live")]


def test_the_times_of_a_failover(market: PriceMarket) -> None:
    """Five seconds until silence is suspect, three more until the price is another's."""
    market.take()

    market.play(5, two="100", three="100")
    assert market.take() == []
    market.play(0.5, two="100", three="100")
    assert [one[1] for one in market.take()] == ["suspect", "one"]
    market.play(2.5, two="100", three="100")
    assert market.take() == []
    market.play(0.5, two="100", three="100")
    assert [one[1] for one in market.take()] == ["failed_over", "two"]


def test_a_primary_that_is_wrong_by_a_third_is_left(market: PriceMarket) -> None:
    """Two sources outvote it: its third wrong print is believed and makes it suspect, and after 3 s it is left."""
    market.take()

    market.play(2.5, one="70", two="100", three="100")
    assert market.take() == [("one", "suspect", "deviates"), ("70", "one", "degraded")]

    market.play(2, one="70", two="100", three="100")
    assert market.take() == [("two", "failed_over", "deviates"), ("100", "two", "degraded")]

    market.play(300, one="70", two="100", three="100")
    assert market.take() == []


def test_two_sources_that_disagree_are_disputed() -> None:
    """Without a majority the primary's price goes on, degraded, until both agree again; nothing is averaged."""
    market = make_price_market(("one", "two"))
    market.play(30, one="100", two="100")
    market.take()

    market.play(120, one="70", two="100")
    market.play(1, one="70.5", two="100")
    assert market.take() == [("one", "suspect", "disputed"), ("70", "one", "degraded"), ("70.5", "one", "degraded")]

    market.play(10, one="70.5", two="70.9")
    assert market.take() == [("one", "live", "cleared"), ("70.5", "one", "live")]


def test_the_way_back_is_narrower_than_the_way_out() -> None:
    """Between re-entry and exit band nothing changes: a suspect stays one, a live source stays live."""
    market = make_price_market(("one", "two"))
    market.play(30, one="100", two="104")
    was_live = market.status
    market.play(30, one="100", two="106")
    was_disputed = market.status
    market.play(60, one="100", two="104")

    assert was_live == ("one", "live", "started")
    assert was_disputed == market.status == ("one", "suspect", "disputed")


def test_a_primary_that_comes_back_between_the_bands_stays_out(market: PriceMarket) -> None:
    """Three percent off is not good enough to be taken back."""
    market.play(20, two="100", three="100")
    market.play(300, one="103", two="100", three="100")

    assert market.status == ("two", "failed_over", "deviates")


def test_a_relapse_begins_the_recovery_anew(market: PriceMarket) -> None:
    """One wrong word in the half minute, and it counts from the beginning."""
    market.play(20, two="100", three="100")
    market.play(25, one="100", two="100", three="100")
    market.play(1, one="97.9", two="100", three="100")
    market.take()

    market.play(30, one="100", two="100", three="100")
    assert market.take() == [("two", "recovering", "agrees")]
    market.play(6, one="100", two="100", three="100")
    assert market.take() == [("one", "live", "recovered"), ("100", "one", "live")]


def test_coming_back_takes_messages_as_well_as_time(market: PriceMarket) -> None:
    """Half a minute with nine messages is not enough."""
    market.play(20, two="100", three="100")
    for _ in range(10):
        market.play(4, two="100", three="100")
        market.play(0.25, one="100", two="100", three="100")
    before = market.status
    market.play(4, two="100", three="100")
    market.play(0.25, one="100", two="100", three="100")

    assert before == ("two", "recovering", "agrees")
    assert market.status == ("one", "live", "recovered")


def test_a_source_that_stands_in_and_fails_is_left_for_the_next(market: PriceMarket) -> None:
    """With two of three silent the third makes the price, until the better of them is back."""
    market.play(20, two="100", three="100")
    market.play(20, three="100")
    market.play(60, two="100", three="100")

    assert market.statuses[2:] == [
        ("two", "failed_over", "stale"),
        ("two", "failed_over", "no_source"),
        ("three", "failed_over", "stale"),
        ("three", "recovering", "agrees"),
        ("two", "failed_over", "recovered"),
        ("two", "failed_over", "stale"),
    ]


def test_a_stand_in_that_fails_gives_the_first_source_its_place_back() -> None:
    """Where nobody else is left the primary is taken before it has proved itself."""
    market = make_price_market(("one", "two"))
    market.play(30, one="100", two="100")
    market.play(20, two="100")
    market.take()

    market.play(10, one="100")

    assert market.take() == [
        ("two", "recovering", "agrees"),
        ("100", "two", "stale"),
        ("one", "live", "stand_in_failed"),
        ("100", "one", "live"),
    ]


def test_a_stand_in_that_is_outvoted_is_left(market: PriceMarket) -> None:
    """The first source and a third one that agree are believed, whatever the first one was left for."""
    market.play(20, two="100", three="100")

    market.play(15, one="100", two="70", three="100")

    assert market.status == ("one", "live", "stand_in_failed")


def test_a_primary_with_nobody_to_stand_in_goes_stale_and_comes_back() -> None:
    """A price without another source is told as stale, once, and as live again after three good seconds."""
    market = make_price_market(("one",))
    market.play(30, one="100")
    market.take()

    market.play(600)
    assert market.take() == [("one", "suspect", "stale"), ("100", "one", "stale")]

    market.play(2, one="100")
    assert market.take() == [("100", "one", "degraded")]
    market.play(2, one="100")
    assert market.take() == [("one", "live", "cleared"), ("100", "one", "live")]


def test_a_silence_that_is_over_soon_leads_nowhere(market: PriceMarket) -> None:
    """Heard again within three seconds, the primary is live again after three good ones."""
    market.play(6, two="100", three="100")
    market.play(10, one="100", two="100", three="100")

    assert market.statuses[1:] == [("one", "suspect", "stale"), ("one", "live", "cleared")]


def test_a_broken_connection_is_no_reason_to_wait_for_silence(market: PriceMarket) -> None:
    """A primary whose connection is lost is suspect at once; one that says something after it is not broken."""
    market.take()

    market.prices.receive_disconnection("one", now_ns=market.now_ns)
    market.play(3.5, two="100", three="100")
    assert market.take() == [
        ("one", "suspect", "broken"),
        ("100", "one", "degraded"),
        ("two", "failed_over", "broken"),
        ("100", "two", "degraded"),
    ]

    market.prices.receive_disconnection("two", now_ns=market.now_ns)
    market.play(5, two="100", three="100")
    assert market.take() == []


def test_the_reason_of_a_suspect_follows_what_is_wrong() -> None:
    """A connection that breaks after a silence is told, but not more often than every three seconds."""
    market = make_price_market(("one",))
    market.play(30, one="100")
    market.play(6)
    market.prices.receive_disconnection("one", now_ns=market.now_ns)
    market.play(1)
    before = market.status
    market.play(5)

    assert before == ("one", "suspect", "stale")
    assert market.status == ("one", "suspect", "broken")


def test_a_break_that_takes_the_price_away_ends_with_the_next_price(market: PriceMarket) -> None:
    """After a lost continuity there is no price of the source; three seconds later another makes it."""
    market.take()

    topics = market.prices.lose("one")
    market.play(4, two="100", three="100")

    assert topics == {"tapecast.price.BTCUSDT"}
    assert market.take() == [
        ("one", "suspect", "broken"),
        ("two", "failed_over", "broken"),
        ("100", "two", "degraded"),
    ]


def test_flapping_is_held_down() -> None:
    """With four switches an hour a primary that comes and goes is left twice and taken back once."""
    market = make_price_market(("one", "two"), switches_per_hour=4)
    market.play(30, one="100", two="100")

    for _ in range(20):
        market.play(20, two="100")
        market.play(60, one="100", two="100")

    assert [one for one in market.statuses if one[2] != "stale"] == [
        ("one", "live", "started"),
        ("two", "recovering", "agrees"),
        ("one", "live", "recovered"),
        ("two", "failed_over", "held_down"),
        *[("two", "failed_over", "held_down")] * (len([one for one in market.statuses if one[2] == "held_down"]) - 1),
    ]


def test_a_hold_down_ends_within_the_hour(market: PriceMarket) -> None:
    """Once the first switches are an hour old the primary may prove itself again."""
    market = make_price_market(("one", "two"), switches_per_hour=3)
    market.play(30, one="100", two="100")
    for _ in range(2):
        market.play(20, two="100")
        market.play(60, one="100", two="100")
    was_held = market.status

    market.play(3600, one="100", two="100")

    assert was_held == ("two", "failed_over", "held_down")
    assert market.status == ("one", "live", "recovered")


def test_the_last_switch_is_kept_for_leaving() -> None:
    """While the primary is held down, a stand-in that fails can still be left; after that nothing moves any more."""
    market = make_price_market(("one", "two", "three"), switches_per_hour=3)
    market.play(30, one="100", two="100", three="100")
    for _ in range(2):
        market.play(20, two="100", three="100")
        market.play(60, one="100", two="100", three="100")
    market.play(20, three="100")

    assert market.status == ("two", "failed_over", "no_source")
    assert market.price == ("100", "two", "stale")


def test_two_switches_are_never_closer_than_the_dwell() -> None:
    """A stand-in that dies at once is kept for the dwell, stale, and left then."""
    market = make_price_market(dwell_ns=60 * 10**9)
    market.play(30, one="100", two="100", three="100")
    market.play(9, two="100", three="100")
    market.play(50, three="100")
    before = market.price
    market.play(15, three="100")

    assert before == ("100", "two", "stale")
    assert market.price == ("100", "three", "degraded")


def test_a_better_source_that_comes_later_is_taken_at_once() -> None:
    """Who makes the price first is who speaks first; then it is the first in order, whose values alone count."""
    market = make_price_market()
    market.play(1, three="100")
    market.play(1, one="100.1", three="100")
    market.play(1, one="100.1", two="100", three="100")

    assert market.statuses == [("three", "live", "started"), ("one", "live", "started")]


def test_a_better_source_that_begins_outvoted_has_to_wait() -> None:
    """A first price that two others contradict does not become the price until it agrees and has proved itself."""
    market = make_price_market()
    market.play(30, two="100", three="100")
    market.take()

    market.play(30, one="70", two="100", three="100")
    assert market.take() == [("two", "failed_over", "deviates"), ("100", "two", "degraded")]

    market.play(60, one="100", two="100", three="100")
    assert market.status == ("one", "live", "recovered")


def test_the_better_of_two_that_are_back_is_taken(market: PriceMarket) -> None:
    """A source that proves itself gives way to one before it that is good as well."""
    market.play(20, two="100", three="100")
    market.play(20, three="100")
    market.play(20, two="100", three="100")
    market.play(60, one="100", two="100", three="100")

    assert [one for one in market.statuses if one[2] == "recovered"] == [("one", "live", "recovered")]


def test_of_several_the_majority_is_followed() -> None:
    """The first source that stands in must not be outvoted itself; two against two is a dispute."""
    market = make_price_market(("one", "two", "three", "four"))
    market.play(30, one="100", two="100", three="100", four="100")

    market.play(10, one="100", two="70", three="70", four="100")
    disputed = market.status
    market.play(10, one="60", two="80", three="100", four="100")

    assert disputed == ("one", "suspect", "disputed")
    assert market.status == ("three", "failed_over", "deviates")


def test_one_of_three_that_differs_is_no_matter(market: PriceMarket) -> None:
    """A primary that one of two others supports is live."""
    market.play(30, one="100", two="100", three="70")

    assert market.status == ("one", "live", "started")


def test_a_simulated_price_never_stands_in_for_a_real_one() -> None:
    """The simulated market is heard first, the real one takes its place, and is stale rather than simulated."""
    market = make_price_market(("one", SourceRank("sim", SourceKind.SIMULATED)))
    market.play(5, sim="50")
    market.play(30, one="100", sim="50")
    market.play(60, sim="50")

    assert market.statuses == [("sim", "live", "started"), ("one", "live", "started"), ("one", "suspect", "stale")]


def test_a_simulated_price_that_comes_later_does_not_count() -> None:
    """Beside a real source the simulated market neither disputes nor stands in."""
    market = make_price_market(("one", SourceRank("sim", SourceKind.SIMULATED)))
    market.play(5, one="100")
    market.play(5, one="100", sim="50")

    assert market.statuses == [("one", "live", "started")]


def test_a_real_price_does_not_stand_in_for_a_simulated_one() -> None:
    """Where the operator puts the simulated market first, its price is the price."""
    market = make_price_market((SourceRank("sim", SourceKind.SIMULATED), "one"))
    market.play(30, one="100", sim="50")
    market.play(200, one="100")

    assert market.statuses[-1] == ("sim", "suspect", "stale")


def test_a_fallback_that_says_the_same_again_grows_old() -> None:
    """What an index repeats is as old as it says: in the end the price is stale, whoever still answers."""
    market = make_price_market(("one", SourceRank("index", SourceKind.FALLBACK)), fallback_stale_ns=90 * 10**9)
    market.play(30, one="100")
    market.quote("index", "100.2")
    market.play(30)
    assert market.price == ("100.2", "index", "degraded")

    market.play(100)
    assert market.price == ("100.2", "index", "stale")
    assert market.status == ("index", "failed_over", "no_source")
