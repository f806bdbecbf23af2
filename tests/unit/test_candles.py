"""The candles of all instruments: what is published of them and asked for."""

from collections import Counter

import pytest

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.contract.topics import family_of
from components.marketdata.candle.bar_ladder import GRACE_NS
from components.marketdata.candle.bar_level import SETTLING_NS
from components.marketdata.candle.candles import SILENCE_NS, Candles, candles_topic
from components.marketdata.following import Following
from components.marketdata.market_state import Publication
from components.model.intervals import INTERVALS
from components.model.market import BarHistory, TradeTick
from tests.support.market_events import bar, quote_tick, trade_tick

BEGIN_NS = 1_723_161_540 * NS_PER_S
"""The last minute of a day begins."""

NO_OFFSET = {"binance": 0}


@pytest.fixture
def candles() -> Candles:
    """The bars of two venues, none yet."""
    return Candles(["binance", "sim"])


def trade(number: int, after_ms: int, price: str = "10", **changes: object) -> TradeTick:
    """A trade so long after the beginning."""
    at_ns = BEGIN_NS + after_ms * NS_PER_MS
    return trade_tick(number, price, **{"ts_event": at_ns, "ts_init": at_ns, **changes})


def advance(candles: Candles, after_ms: int) -> list[Publication]:
    """Let time go by until so long after the beginning."""
    return candles.advance({"binance": BEGIN_NS + after_ms * NS_PER_MS}, NO_OFFSET)


def told(publications: list[Publication]) -> list[str]:
    """The intervals that publications are about."""
    return [str(one.payload["interval"]) for one in publications]


def test_topics_are_those_of_the_contract() -> None:
    """Of every interval."""
    for interval in INTERVALS:
        family = family_of(candles_topic("binance", interval.name, "BTCUSDT"))
        assert family is not None
        assert family.name == "candles"


def test_a_bar_is_told_with_all_its_fields(candles: Candles) -> None:
    """The open one, and the last that was closed."""
    candles.apply(trade(1, 0))
    candles.apply(trade(2, 1000, "11"))
    (second, *_longer) = candles.apply(trade(3, 2000, "12"))

    assert second.topic == "tapecast.candles.binance.1s.BTCUSDT"
    assert (second.family, second.instrument_id) == ("candles", "BTCUSDT")
    assert second.meta == {"source": "binance", "quality": "live", "event_ts": "2024-08-08T23:59:02.000000Z"}
    assert second.payload == {
        "instrument": "BTCUSDT",
        "venue": "binance",
        "interval": "1s",
        "bar": {
            "open_ts": "2024-08-08T23:59:02.000000Z",
            "close_ts": "2024-08-08T23:59:02.999000Z",
            "open": "12",
            "high": "12",
            "low": "12",
            "close": "12",
            "volume": "2",
            "trades": 1,
            "closed": False,
            "quality": "live",
        },
        "last_closed": {
            "open_ts": "2024-08-08T23:59:01.000000Z",
            "close_ts": "2024-08-08T23:59:01.999000Z",
            "open": "11",
            "high": "11",
            "low": "11",
            "close": "11",
            "volume": "2",
            "trades": 1,
            "closed": True,
            "quality": "live",
        },
    }


def test_open_bars_are_told_at_their_pace(candles: Candles) -> None:
    """The short ones four times a second, the others once; none that has not changed."""
    candles.apply(trade(1, 0))
    assert told(advance(candles, 100)) == [interval.name for interval in INTERVALS]

    candles.apply(trade(2, 110))
    assert told(advance(candles, 200)) == []
    assert told(advance(candles, 350)) == ["1s", "1m"]
    assert told(advance(candles, 700)) == []
    assert told(advance(candles, 1100)) == ["5m", "15m", "1h", "4h", "1d"]


def test_closed_bars_are_told_at_once(candles: Candles) -> None:
    """By the trade that closes them, or by time; every interval that ends there."""
    candles.apply(trade(1, 0))
    advance(candles, 900)

    assert told(candles.apply(trade(2, 1000))) == ["1s"]
    assert told(advance(candles, 1100)) == []
    last = candles.advance({"binance": BEGIN_NS + 60 * NS_PER_S + GRACE_NS}, NO_OFFSET)
    assert told(last) == [interval.name for interval in INTERVALS]


def test_a_clock_that_went_back_holds_nothing_up(candles: Candles) -> None:
    """What was told later than now was told in another round of a replay."""
    candles.apply(trade(1, 900_000))
    advance(candles, 900_000)
    candles.lose("binance")
    candles.apply(trade(1, 0))

    assert told(advance(candles, 100)) == [interval.name for interval in INTERVALS]


def test_time_is_the_venues_own(candles: Candles) -> None:
    """The feed's clock is 1.2 s behind the venue's: a second ends when it ends there."""
    offsets = {"binance": -1200 * NS_PER_MS}
    candles.apply(trade(1, 0, ts_init=BEGIN_NS - 1200 * NS_PER_MS))
    before = candles.advance({"binance": BEGIN_NS - 200 * NS_PER_MS + GRACE_NS - 1}, offsets)
    after = candles.advance({"binance": BEGIN_NS - 200 * NS_PER_MS + GRACE_NS}, offsets)

    assert [one.payload["last_closed"] is None for one in (before[0], after[0])] == [True, False]


def test_a_clock_that_cannot_be_closes_nothing(candles: Candles) -> None:
    """An event with a time far ahead makes the venue's clock seem so; bars go by it up to a minute."""
    candles.apply(trade(1, 0))
    candles.advance({"binance": BEGIN_NS}, {"binance": -(10**18)})

    assert candles.bars("binance", "BTCUSDT", "1s", limit=1)[0]["open_ts"] == "2024-08-08T23:59:59.000000Z"


def test_a_silent_venue_degrades_its_bars(candles: Candles) -> None:
    """Any event at all is a sign of life."""
    candles.apply(trade(1, 0))
    candles.apply(trade(2, 1000))
    candles.apply(quote_tick(1, ts_init=BEGIN_NS + 5 * NS_PER_S))
    candles.advance({"binance": BEGIN_NS + 5 * NS_PER_S + SILENCE_NS}, NO_OFFSET)
    candles.advance({"binance": BEGIN_NS + 7 * NS_PER_S + SILENCE_NS}, NO_OFFSET)

    qualities = [row["quality"] for row in candles.bars("binance", "BTCUSDT", "1s", limit=99)]
    assert qualities == ["degraded", *["live"] * 13, "degraded", "degraded", "live"]


def test_where_events_are_handed_in_silence_is_no_loss() -> None:
    """Each call is confirmed, so nothing is missing; and nobody can be asked for what was before."""
    candles = Candles(["binance"], handed_in=["binance"])
    candles.apply(trade(1, 0))
    candles.advance({"binance": BEGIN_NS + 20 * NS_PER_S + SILENCE_NS}, NO_OFFSET)

    qualities = [row["quality"] for row in candles.bars("binance", "BTCUSDT", "1s", limit=99)]
    assert qualities == ["degraded", *["live"] * 29]
    assert candles.take_requests() == []


@pytest.mark.parametrize("instruments", [None, {"BTCUSDT", "ADAUSDT"}])
def test_a_broken_connection_degrades_the_bars_of_its_instruments(
    candles: Candles, instruments: set[str] | None
) -> None:
    """Whatever comes of others, and until something comes of them that was not on its way before."""
    candles.apply(trade(1, 0))
    candles.apply(trade(1, 0, instrument_id="ETHUSDT"))
    candles.receive_disconnection("binance", instruments, received_ns=BEGIN_NS + 1500 * NS_PER_MS)
    advance(candles, 1500)
    candles.apply(trade(2, 1200))
    candles.apply(trade(2, 3000, instrument_id="ETHUSDT"))
    advance(candles, 3600)
    candles.apply(bar("1m", BEGIN_NS, ts_init=BEGIN_NS + 3900 * NS_PER_MS))
    advance(candles, 4600)

    qualities = {
        name: [row["quality"] for row in candles.bars("binance", name, "1s", limit=99)]
        for name in ("BTCUSDT", "ETHUSDT")
    }
    assert qualities["BTCUSDT"] == ["degraded", "degraded", "degraded", "live", "live"]
    assert qualities["ETHUSDT"] == ["degraded", "live", "live", "live", "live"]


def test_other_events_make_no_candles(candles: Candles) -> None:
    """A quote has no part in a bar."""
    assert candles.apply(quote_tick(1)) == []
    assert candles.bars("binance", "BTCUSDT", "1s", limit=1) == []


def test_only_what_is_followed_has_candles() -> None:
    """Other instruments' trades and bars are left out."""
    candles = Candles(["binance"], Following({"binance": ["ETHUSDT"]}))
    candles.apply(trade(1, 0))
    candles.apply(bar("1m", BEGIN_NS))
    candles.apply(trade(1, 0, instrument_id="ETHUSDT"))

    assert candles.bars("binance", "BTCUSDT", "1s", limit=1) == []
    assert len(candles.bars("binance", "ETHUSDT", "1s", limit=1)) == 1


def test_what_is_followed_no_longer_has_no_candles(candles: Candles) -> None:
    """Its topics end, the others go on; what was not there ends nothing."""
    candles.apply(trade(1, 0))
    candles.apply(trade(1, 0, instrument_id="ETHUSDT"))

    ended = candles.forget("binance", ["BTCUSDT", "XRPUSDT"])

    assert ended == {candles_topic("binance", interval.name, "BTCUSDT") for interval in INTERVALS}
    assert {one.instrument_id for one in advance(candles, 100)} == {"ETHUSDT"}


def test_a_source_that_is_no_venue_has_no_candles(candles: Candles) -> None:
    """Reference prices are of no market."""
    assert candles.apply(trade(1, 0, venue="coingecko")) == []


def test_the_venues_bars_are_told(candles: Candles) -> None:
    """One that corrects ours at once, another with the next of ours; one of no use never."""
    candles.apply(trade(1, 500))
    candles.apply(trade(2, 1500))
    advance(candles, 1600)
    correction = bar("1s", BEGIN_NS, "11", ts_init=BEGIN_NS + 1700 * NS_PER_MS)

    assert told(candles.apply(correction)) == ["1s"]
    assert candles.apply(correction) == []
    assert candles.apply(bar("1m", BEGIN_NS, "11", is_closed=False)) == []
    assert candles.take_tally().checked == Counter()


def test_bars_alone_can_be_told(candles: Candles) -> None:
    """Where the venue tells of a minute, the second has nothing to tell, and the minute that follows is not known."""
    candles.apply(bar("1m", BEGIN_NS, "11"))
    last = advance(candles, 60_000 + GRACE_NS // NS_PER_MS)

    assert told(last) == ["1m", "5m", "15m", "1h", "4h", "1d"]
    assert last[0].payload["bar"] is None
    assert last[0].meta["quality"] == "live"


def test_a_loss_begins_new_epochs_and_keeps_the_bars(candles: Candles) -> None:
    """Of all instruments of the venue, or of those that it touched; they are told again at once."""
    candles.apply(trade(1, 0))
    candles.apply(trade(1, 0, instrument_id="ETHUSDT"))
    candles.apply(trade(2, 2000))
    advance(candles, 2000)

    some = candles.lose("binance", ["ETHUSDT", "XRPUSDT"])
    everything = candles.lose("binance")

    assert some == {candles_topic("binance", interval.name, "ETHUSDT") for interval in INTERVALS}
    assert everything == some | {candles_topic("binance", interval.name, "BTCUSDT") for interval in INTERVALS}
    assert candles.lose("sim") == frozenset()
    assert len(advance(candles, 2100)) == 14
    assert len(candles.bars("binance", "BTCUSDT", "1s", limit=99)) == 3


def test_lost_trades_degrade_a_bar(candles: Candles) -> None:
    """Of the instrument that they were lost of."""
    candles.apply(trade(1, 0))
    candles.apply(trade(2, 1000))
    candles.lose_trades("binance", "BTCUSDT")
    candles.lose_trades("binance", "ETHUSDT")

    assert candles.bars("binance", "BTCUSDT", "1s", limit=1)[0]["quality"] == "degraded"


def test_bars_are_asked_for_by_time_and_number(candles: Candles) -> None:
    """Oldest first; the open one is the last, and has no place before its own time."""
    for number in range(5):
        candles.apply(trade(number, 1000 * number, str(number + 1)))

    def closes(limit: int, before_ms: int | None = None) -> list[object]:
        before_ns = None if before_ms is None else BEGIN_NS + before_ms * NS_PER_MS
        return [row["close"] for row in candles.bars("binance", "BTCUSDT", "1s", limit=limit, before_ns=before_ns)]

    assert closes(1) == ["5"]
    assert closes(3) == ["3", "4", "5"]
    assert closes(99) == ["1", "2", "3", "4", "5"]
    assert closes(2, 4000) == ["3", "4"]
    assert closes(2, 4001) == ["4", "5"]
    assert closes(2, 0) == []


def test_history_is_asked_for_once(candles: Candles) -> None:
    """Of every interval as soon as a bar of it is closed for good."""
    candles.apply(trade(1, 500))
    assert len(candles.take_requests()) == 0
    advance(candles, 1000 + SETTLING_NS // NS_PER_MS)
    requests = candles.take_requests()

    assert [one.interval for one in requests] == list(INTERVALS)
    assert {(one.venue, one.instrument_id) for one in requests} == {("binance", "BTCUSDT")}
    assert requests[1].end_ns == BEGIN_NS - 60 * NS_PER_S
    assert requests[1].start_ns == BEGIN_NS - 60_000 * NS_PER_S
    assert candles.take_requests() == []


def test_an_answer_is_told_at_once(candles: Candles) -> None:
    """What was before the first trade, and nothing where it changes nothing."""
    candles.apply(trade(1, 500))
    bars = tuple(bar("1m", BEGIN_NS - number * 60 * NS_PER_S, "9") for number in (2, 1))
    answer = BarHistory(
        venue="binance", instrument_id="BTCUSDT", ts_event=None, ts_init=BEGIN_NS, interval="1m", bars=bars
    )

    assert "1m" in told(candles.apply(answer))
    assert candles.apply(answer) == []
    assert len(candles.bars("binance", "BTCUSDT", "1m", limit=9)) == 3


def test_the_tally_is_taken_once(candles: Candles) -> None:
    """Bars that were compared, in what they differed, and late trades."""
    candles.apply(trade(1, 0))
    candles.apply(trade(2, 1000))
    candles.apply(trade(3, 2000))
    candles.apply(trade(4, 1500))
    candles.apply(bar("1s", BEGIN_NS + NS_PER_S, "10", trades=3, volume="4"))
    tally, again = candles.take_tally(), candles.take_tally()

    assert (tally.checked, tally.differing) == (Counter({"1s": 1}), Counter({("1s", "trades"): 1}))
    assert tally.late_trades == Counter(counted=1)
    assert not again.checked + again.late_trades
    assert not again.differing
