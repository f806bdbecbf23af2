"""A market that hangs: whoever waits for an instrument is held up for a second, and not for a call's whole deadline."""

from typing import Any

import pytest
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.python.failure import Failure

from components.model.errors import Unavailable
from components.trading.live.markets_component import LONGEST_SILENCE_S, LONGEST_WAIT_S, WATCH_INTERVAL_S
from tests.support.market_owner import GET, LIST, PROBE, MarketSight, made_sight


@pytest.fixture
def sight() -> MarketSight:
    """Markets that have begun, with one instrument that has a price and a book."""
    return made_sight()


def never(**_: object) -> "Deferred[Any]":
    """The answer of who hangs."""
    return Deferred()


def test_what_is_not_told_within_a_second_is_not_waited_for(sight: MarketSight) -> None:
    """The instrument is followed all the same, and nothing is known of it yet."""
    sight.owner.session.results[GET] = never
    ensuring = ensureDeferred(sight.markets.ensure("BTCUSDT"))

    sight.advance(LONGEST_WAIT_S - 0.125)
    assert not ensuring.called
    sight.advance(0.125)

    assert ensuring.called
    assert sight.markets.mark("BTCUSDT") is None
    assert sight.markets.followed == {"BTCUSDT"}


def test_one_question_is_on_its_way_whoever_asks_whether_the_market_is_back(sight: MarketSight) -> None:
    """Nobody waits for its answer longer than a second; when it comes, all that was ensured is told."""
    answer: Deferred[Any] = Deferred()
    sight.owner.session.results[PROBE] = answer
    sight.advance(WATCH_INTERVAL_S + LONGEST_SILENCE_S)
    ensuring = [ensureDeferred(sight.markets.ensure("BTCUSDT")) for _ in range(3)]
    probes = [call[0] for call in sight.owner.session.calls].count(PROBE)

    sight.advance(LONGEST_WAIT_S)

    assert [one.called for one in ensuring] == [True] * 3
    assert probes == 2
    assert sight.take() == []
    answer.callback([])
    assert sight.take() == ["mark BTCUSDT 100", "book BTCUSDT 1@99 | 2@101"]


def test_instruments_that_are_not_told_are_not_waited_for_either() -> None:
    """Without a list there are no rules: that is unavailable, and worth a retry."""
    sight = MarketSight()
    sight.owner.session.results[LIST] = never
    sight.markets.start()
    failures: list[Failure] = []
    ensureDeferred(sight.markets.ensure("BTCUSDT")).addErrback(failures.append)

    sight.advance(LONGEST_WAIT_S)

    assert [type(one.value) for one in failures] == [Unavailable]
