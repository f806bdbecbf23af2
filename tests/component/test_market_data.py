"""Market data from a feed's bytes to the events and answers of the realm."""

import itertools

import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from prometheus_client import CollectorRegistry
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.python.failure import Failure

from components.marketdata.component import BATCH_LENGTH, TURN_BUDGET_NS, MarketData
from components.marketdata.feed import FeedState
from components.marketdata.market import Market as MarketCores
from components.metrics.market import MarketMetrics
from components.model.market import Instrument
from components.streams.stream import Streams
from tests.support.binance_text import combined, quote, raw, trade, trade_fields
from tests.support.hand_feed import HandFeed
from tests.support.market import QUOTE, TRADES, Market, completed, keep_nothing, make_market, never
from tests.support.recording_session import RecordingSession
from tests.support.recordings import BTCUSDT, messages


@pytest.fixture
def market() -> Market:
    """Market data that follows everything."""
    return make_market()


def test_a_message_becomes_an_event_in_the_next_turn(market: Market) -> None:
    """A quote is published with its topic, number, receive time and content, not before the reactor's turn."""
    market.feed.send(quote(1))
    assert market.session.published == []

    market.clock.advance(0)

    (published,) = market.session.published
    assert published.topic == QUOTE
    assert published.event == {
        "type": "snapshot",
        "epoch": "e1",
        "seq": 1,
        "ts": "2023-11-14T22:13:20.000000Z",
        "payload": {
            "instrument": "BTCUSDT",
            "venue": "binance",
            "bid": "61837.63000000",
            "bid_size": "3.78826000",
            "ask": "61837.64000000",
            "ask_size": "1.54698000",
        },
        "meta": {"source": "binance", "quality": "live", "received_ts": "2023-11-14T22:13:20.000000Z"},
    }


def test_quote_trade_and_price_go_out_in_order(market: Market) -> None:
    """A trade is followed by the price that it changed, the first by what it is taken from; each topic has numbers."""
    market.play(quote(1), trade(1), trade(2, p="61838.00000000"))

    assert [(one.topic, one.event["seq"]) for one in market.session.published] == [
        (QUOTE, 1),
        (TRADES, 1),
        ("tapecast.status.BTCUSDT", 1),
        ("tapecast.price.BTCUSDT", 1),
        (TRADES, 2),
        ("tapecast.price.BTCUSDT", 2),
    ]


def test_unreadable_messages_are_counted_and_stop_nothing(market: Market) -> None:
    """Garbage between two trades leaves them side by side."""
    market.play(trade(1), b"garbage", raw(trade_fields(2, p="x")), trade(3))

    assert [event["seq"] for event in market.session.events(TRADES)] == [1, 2]
    assert market.figure("tapecast_decode_errors_total", feed="binance") == 2


def test_unreadable_messages_are_spoken_of_once_a_second(market: Market) -> None:
    """However many there are, one line a second is logged, and it says how many."""
    with capturedLogs() as logged:
        market.play(*[b"garbage"] * 100)
        market.clock.advance(0.5)
        market.play(*[b"garbage"] * 100)
        market.clock.advance(0.5)
        market.play(b"garbage")

    assert [event["count"] for event in logged if "count" in event] == [1, 200]


def test_a_break_begins_new_epochs_where_it_stands_in_the_queue(market: Market) -> None:
    """What came before a break keeps its epoch, what came after has a new one, and other venues go on."""
    market.other.send(trade(1))
    market.feed.send(trade(8), trade(9))
    market.feed.output.receive_break("reconnected")
    market.feed.send(trade(1))
    market.clock.advance(0)
    market.other.send(trade(2))
    market.clock.advance(0)

    own = [(event["type"], event["seq"]) for event in market.session.events(TRADES)]
    epochs = [event["epoch"] for event in market.session.events(TRADES)]
    assert own == [("snapshot", 1), ("delta", 2), ("snapshot", 1)]
    assert epochs[0] == epochs[1] != epochs[2]
    others = market.session.events("tapecast.trades.sim")
    assert [(event["epoch"], event["seq"]) for event in others] == [(others[0]["epoch"], 1), (others[0]["epoch"], 2)]
    assert market.figure("tapecast_feed_errors_total", feed="binance", reason="break") == 1


def test_what_a_second_connection_tells_again_is_published_once(market: Market) -> None:
    """Duplicates leave no hole in the numbers, and are counted."""
    market.play(trade(1), trade(2), trade(1), trade(2), trade(3))

    assert [event["seq"] for event in market.session.events(TRADES)] == [1, 2, 3]
    assert market.figure("tapecast_market_events_ignored_total", reason="not_newer") == 2


def test_a_lost_trade_leaves_a_hole_in_the_numbers() -> None:
    """Of five trades in an inbox for three, the two that went are told by the step in `seq`."""
    market = make_market(inbox_capacity=3)
    market.play(trade(1))

    market.play(*(trade(number) for number in range(2, 7)))

    trades = market.session.events(TRADES)
    assert [(event["payload"]["trade_id"], event["seq"]) for event in trades] == [
        ("1", 1),
        ("4", 4),
        ("5", 5),
        ("6", 6),
    ]
    assert market.figure("tapecast_inbox_overflowed_total", feed="binance", kind="trade", fate="dropped") == 2


@pytest_twisted.ensureDeferred
async def test_a_lost_trade_of_another_instrument_makes_no_stream() -> None:
    """Nothing is numbered for an instrument that is not followed."""
    market = make_market(inbox_capacity=1, instruments=("ETHUSDT",))

    market.play(trade(1), trade(2))

    assert await market.session.ask("tapecast.market.stream_list", "") == []


def test_a_turn_ends_when_its_time_is_up() -> None:
    """A turn works on one batch of every feed after the other until its budget is spent; then others have theirs."""
    steps = itertools.count(0, TURN_BUDGET_NS)
    market = make_market(monotonic_ns=lambda: next(steps))
    market.feed.send(*(trade(number) for number in range(1, BATCH_LENGTH * 2 + 1)))
    seen_between: list[int] = []
    market.clock.callLater(0, lambda: seen_between.append(len(market.session.events(TRADES))))

    market.clock.advance(0)

    assert seen_between == [BATCH_LENGTH]
    assert len(market.session.events(TRADES)) == BATCH_LENGTH * 2
    assert not market.has_turn_planned


def test_the_pump_waits_for_a_router_that_is_behind(market: Market) -> None:
    """With two acknowledgements due nothing more is published; when one comes, it goes on where it stood."""
    market.session.holds_acknowledgements = True
    market.play(*(trade(number) for number in range(1, 2001)))
    published = len(market.session.events(TRADES))
    assert 512 <= published <= 512 + BATCH_LENGTH
    assert not market.has_turn_planned

    market.session.acknowledgements[0].callback(None)
    market.clock.advance(0)

    assert published < len(market.session.events(TRADES)) < 2000
    for acknowledgement in market.session.acknowledgements[1:]:
        acknowledgement.callback(None)
    market.session.holds_acknowledgements = False
    market.clock.advance(0)
    assert [event["seq"] for event in market.session.events(TRADES)] == list(range(1, 2001))


@pytest_twisted.ensureDeferred
async def test_time_waits_for_a_router_that_is_behind() -> None:
    """The bars that close meanwhile, of venues whose messages do not wait, are told when it goes on."""
    market = make_market(handed_in=("acme",))
    handed_in = {"instrument": "ACME-1", "trade_id": "7", "price": "100.5", "quantity": "2", "side": "buy"}
    await market.session.ask("tapecast.intake.trade", venue="acme", events=handed_in)
    market.session.holds_acknowledgements = True
    market.play(*(trade(number) for number in range(1, 2001)))
    published = len(market.session.published)

    market.clock.pump([1.0] * 5)
    assert len(market.session.published) == published

    for acknowledgement in market.session.acknowledgements:
        acknowledgement.callback(None)
    market.clock.advance(0)
    told = [event["payload"]["last_closed"] for event in market.session.events("tapecast.candles.acme.1s.ACME-1")]
    assert [closed["open_ts"] for closed in told if closed] == ["2023-11-14T22:13:23.000000Z"]


def test_a_failed_acknowledgement_stops_nothing(market: Market) -> None:
    """The router's refusal is counted, and the pump goes on."""
    market.session.holds_acknowledgements = True
    market.play(*(trade(number) for number in range(1, 601)))

    for acknowledgement in market.session.acknowledgements:
        acknowledgement.errback(Failure(ApplicationError("wamp.error.not_authorized")))
    market.clock.advance(0)

    assert len(market.session.events(TRADES)) == 600
    assert market.figure("tapecast_publish_failures_total") == 2


def test_a_lost_session_leaves_the_rest_in_bounds(market: Market) -> None:
    """When the session is gone the pump rests, and the feed may go on handing in."""
    market.session.is_lost = True

    market.play(trade(1))
    market.play(trade(2))

    assert not market.has_turn_planned
    assert market.figure("tapecast_inbox_messages", feed="binance") == 1


def test_a_feed_that_can_wait_goes_on_when_there_is_room() -> None:
    """Above half it waits, below half it is released; with room it need not wait at all."""
    market = make_market(inbox_capacity=4)
    assert market.feed.output.when_room().called

    market.feed.send(trade(1), trade(2))
    waiting = market.feed.output.when_room()
    assert not waiting.called

    market.clock.advance(0)
    assert waiting.called


def test_a_feed_waits_on_while_the_router_is_behind() -> None:
    """What the router does not take leaves no room, so that nobody is released until it does."""
    market = make_market(inbox_capacity=1200)
    market.session.holds_acknowledgements = True
    market.feed.send(*(trade(number) for number in range(1, 1201)))
    waiting = market.feed.output.when_room()

    market.clock.advance(0)
    assert not waiting.called

    market.session.acknowledgements[0].callback(None)
    market.clock.advance(0)
    assert waiting.called


def test_health_tells_how_each_feed_is(market: Market) -> None:
    """State, reason and age of every feed, the age from its last message on."""
    assert market.data.health()[0] == {
        "name": "feed:binance",
        "state": "degraded",
        "reason": "starting",
        "age_ms": None,
    }
    market.feed.output.receive_state(FeedState.LIVE, "receiving")
    market.feed.send(trade(1))
    market.clock.advance(1.25)
    market.other.output.receive_state(FeedState.ENDED, "stopped")

    assert market.data.health() == [
        {"name": "feed:binance", "state": "up", "reason": "receiving", "age_ms": 1250},
        {"name": "feed:sim", "state": "down", "reason": "stopped", "age_ms": None},
    ]


def test_a_feed_that_falls_silent_is_counted_once(market: Market) -> None:
    """Only the change to silence counts, not its repetition."""
    for state in (FeedState.LIVE, FeedState.SILENT, FeedState.SILENT, FeedState.LIVE, FeedState.SILENT):
        market.feed.output.receive_state(state, "")

    assert market.data.health()[0]["state"] == "degraded"
    assert market.figure("tapecast_feed_errors_total", feed="binance", reason="silent") == 2


def test_feeds_of_one_venue_are_told_apart() -> None:
    """The second feed of a venue gets a number, so that health and figures stay apart."""
    feeds = [HandFeed(), HandFeed(), HandFeed(venue="sim")]
    data = MarketData(
        RecordingSession(),
        Clock(),
        feeds,
        market=MarketCores(["binance", "sim"]),
        keep=keep_nothing,
        on_fault=never,
        streams=Streams(str),
        metrics=MarketMetrics(CollectorRegistry()),
    )

    assert [part["name"] for part in data.health()] == ["feed:binance", "feed:binance-2", "feed:sim"]


def test_figures_are_counted_by_topic_source_and_instrument(market: Market) -> None:
    """Each event counts once, and its latency from the message's arrival to its publishing."""
    market.feed.send(trade(1))
    market.clock.advance(0.25)

    assert market.figure("tapecast_events_published_total", topic="trades", source="binance") == 1
    assert market.figure("tapecast_events_published_total", topic="price", source="binance") == 1
    assert market.figure("tapecast_update_latency_seconds_sum", instrument="BTCUSDT") == 0.75
    assert market.figure("tapecast_feed_age_seconds", feed="binance") == 0.25


def test_only_the_chosen_instruments_are_published() -> None:
    """With a choice, all other instruments are neither published nor listed."""
    market = make_market(
        instruments=("ETHUSDT",),
        listed=(Instrument(instrument_id="BTCUSDT"), Instrument(instrument_id="ETHUSDT")),
    )

    market.play(trade(1), trade(1, s="ETHUSDT"))

    assert {one.topic for one in market.session.published} == {
        "tapecast.trades.binance.ETHUSDT",
        "tapecast.status.ETHUSDT",
        "tapecast.price.ETHUSDT",
    }


def test_an_instrument_that_no_feed_has_is_named() -> None:
    """Once every feed has said what it has, a choice in vain is a warning that names it."""
    with capturedLogs() as logged:
        make_market(instruments=("BTCUSDT", "BTCUSD"))

    assert [event["instruments"] for event in logged if "instruments" in event] == ["BTCUSD"]


@pytest.mark.parametrize("listed", [(), RuntimeError("no answer")])
def test_nothing_is_said_of_instruments_while_a_feed_does_not_tell(listed: tuple[Instrument, ...] | Exception) -> None:
    """A recording lists nothing, a venue may not answer: either may have the instrument."""
    with capturedLogs() as logged:
        make_market(instruments=("BTCUSD",), listed=listed)

    assert [event for event in logged if "instruments" in event] == []


def test_nothing_is_said_of_instruments_that_may_be_handed_in() -> None:
    """What a platform has shows only when it hands it in."""
    with capturedLogs() as logged:
        make_market(instruments=("BTCUSDT", "GOLD"), handed_in=("acme",))

    assert [event for event in logged if "instruments" in event] == []


def test_stopping_ends_the_feeds_and_drops_what_waits(market: Market) -> None:
    """After the stop nothing is published and nobody waits for room."""
    market.feed.send(*(trade(number) for number in range(1, 6001)))
    waiting = market.feed.output.when_room()

    completed(market.data.stop())
    market.play(trade(6001))

    assert market.feed.is_stopped
    assert market.other.is_stopped
    assert waiting.called
    assert market.session.published == []
    assert market.clock.getDelayedCalls() == []


def test_market_data_that_rests_can_be_stopped(market: Market) -> None:
    """A stop between two messages is a stop as well."""
    market.play(trade(1))

    completed(market.data.stop())

    assert market.feed.is_stopped


def test_messages_without_a_topic_publish_nothing(market: Market) -> None:
    """Partial depth, control replies and shutdown notices are taken and lead to no event."""
    market.play(
        combined("btcusdt@depth5", {"lastUpdateId": 1, "bids": [], "asks": []}),
        raw({"result": None, "id": 1}),
        raw({"e": "serverShutdown", "E": 1}),
    )

    assert market.session.published == []
    assert market.figure("tapecast_market_events_ignored_total", reason="not_published") == 1
    assert market.figure("tapecast_decode_errors_total", feed="binance") in (None, 0)


def test_the_whole_recording_is_published_in_order(market: Market) -> None:
    """A subscriber that keeps up gets every recorded quote and trade, numbered from one without a hole."""
    for received_ns, data in messages(BTCUSDT):
        market.feed.output.receive_message(data, received_ns)
        market.clock.advance(0)

    trades, quotes = market.session.events(TRADES), market.session.events(QUOTE)
    assert [event["seq"] for event in trades] == list(range(1, 9758))
    assert [event["seq"] for event in quotes] == list(range(1, 28_041))
    ids = [int(event["payload"]["trade_id"]) for event in trades]
    assert ids == sorted(ids)
    assert all(event["meta"]["lag_ms"] >= 0 for event in trades)
    assert market.figure("tapecast_venue_clock_offset_seconds", venue="binance") == pytest.approx(-1.272, abs=0.01)
