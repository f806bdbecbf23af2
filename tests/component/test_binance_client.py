"""The live feed against a venue on this machine that drops, goes silent, refuses and sends garbage."""

from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor as real_reactor

from components.marketdata.binance.feed_client import BinanceFeed
from components.marketdata.binance.streams import (
    INSTRUMENTS_PER_CONNECTION,
    MAX_INSTRUMENTS,
    REQUEST_INTERVAL_S,
    stream_names,
)
from components.marketdata.feed import FeedState
from components.model.errors import ConfigError
from tests.support.clocked_reactor import ClockedReactor
from tests.support.live_feed import HIGHEST, LOWEST, SILENCE_S, Scene, playing
from tests.support.venue_server import recorded_messages, refuse


@pytest_twisted.ensureDeferred
async def test_what_the_venue_sends_is_handed_on_unchanged() -> None:
    """Every message comes out as it was sent, in order, with the time of receipt, and no break before it."""
    messages = recorded_messages(500)
    async with playing() as scene:
        await scene.connected(1)

        scene.venue.connections[0].play(messages)
        await scene.received(500)

        assert scene.output.messages == messages
        assert scene.output.breaks == []
        assert scene.output.received_ns == sorted(scene.output.received_ns)
        assert scene.output.received_ns[-1] <= scene.feed.now_ns()
        assert [state for state, _ in scene.output.states] == [FeedState.CONNECTING, FeedState.LIVE]


@pytest_twisted.ensureDeferred
async def test_it_asks_for_combined_streams_by_request() -> None:
    """The combined path is opened, and all streams of the instruments are asked for in one message."""
    async with playing(instruments=("BTCUSDT", "ETHUSDT")) as scene:
        await scene.connected(1)

        (connection,) = scene.venue.connections
        assert connection.path == "/stream"
        assert connection.requests == [
            {
                "method": "SUBSCRIBE",
                "params": [
                    "btcusdt@trade",
                    "btcusdt@bookTicker",
                    "btcusdt@ticker",
                    "btcusdt@depth@100ms",
                    "btcusdt@kline_1s",
                    "btcusdt@kline_1m",
                    "ethusdt@trade",
                    "ethusdt@bookTicker",
                    "ethusdt@ticker",
                    "ethusdt@depth@100ms",
                    "ethusdt@kline_1s",
                    "ethusdt@kline_1m",
                ],
                "id": 1,
            }
        ]


@pytest_twisted.ensureDeferred
async def test_requests_are_paced_below_the_venues_limit() -> None:
    """Of a full connection's streams the first request goes at once, and one more each half second."""
    async with playing(instruments=tuple(f"A{number}" for number in range(INSTRUMENTS_PER_CONNECTION))) as scene:
        await scene.connected(1)
        (connection,) = scene.venue.connections
        sent_after_s = {}

        for number in range(2, 4):
            scene.clock.advance(REQUEST_INTERVAL_S)
            await scene.requested(number)
            sent_after_s[number] = scene.clock.seconds()
        scene.clock.advance(REQUEST_INTERVAL_S)

        assert sent_after_s == {2: 0.5, 3: 1.0}
        assert sum(len(request["params"]) for request in connection.requests) == len(stream_names(scene.instruments))


@pytest_twisted.ensureDeferred
async def test_a_drop_is_told_as_one_break_before_the_next_message() -> None:
    """After an unplanned loss the feed connects again, and says once that something may be missing."""
    messages = recorded_messages(20)
    async with playing() as scene:
        await scene.connected(1)
        scene.venue.connections[0].play(messages[:10])
        await scene.received(10)

        scene.venue.connections[0].drop()
        await scene.state(FeedState.CONNECTING)
        scene.clock.advance(1.0)
        await scene.connected(2)
        assert scene.output.breaks == []
        scene.venue.connections[1].play(messages[10:])
        await scene.received(20)

        assert scene.kinds() == ["message"] * 10 + ["break"] + ["message"] * 10
        assert scene.output.messages == messages
        assert scene.output.states[-1][0] is FeedState.LIVE


@pytest_twisted.ensureDeferred
async def test_a_close_by_the_venue_is_a_loss_too() -> None:
    """A polite end by the venue, such as after 24 hours, breaks continuity like a drop."""
    messages = recorded_messages(2)
    async with playing() as scene:
        await scene.connected(1)
        scene.venue.connections[0].play(messages[:1])
        await scene.received(1)

        scene.venue.connections[0].sendClose(1000)
        await scene.state(FeedState.CONNECTING)
        scene.clock.advance(1.0)
        await scene.connected(2)
        scene.venue.connections[1].play(messages[1:])
        await scene.received(2)

        assert scene.kinds() == ["message", "break", "message"]


@pytest_twisted.ensureDeferred
async def test_garbage_is_handed_on_and_ends_nothing() -> None:
    """Binary, text that is no UTF-8 and text that is no JSON are for the decoder to count."""
    garbage = [b"\x00\xff\xfe", b'{"stream":"btcusdt@trade","data":\xff}', b"not json", b""]
    async with playing() as scene:
        await scene.connected(1)
        connection = scene.venue.connections[0]

        connection.sendMessage(garbage[0], isBinary=True)
        connection.play(garbage[1:])
        connection.play(recorded_messages(1))
        await scene.received(5)

        assert scene.output.messages == [*garbage, *recorded_messages(1)]
        assert len(scene.venue.connections) == 1


@pytest_twisted.ensureDeferred
async def test_a_venue_that_goes_silent_is_left() -> None:
    """Without data for the set time the feed says so, hangs up, connects again and tells a break."""
    messages = recorded_messages(2)
    async with playing() as scene:
        await scene.connected(1)
        scene.venue.connections[0].play(messages[:1])
        await scene.received(1)

        scene.clock.advance(SILENCE_S - 1)
        assert scene.output.states[-1][0] is FeedState.LIVE
        scene.clock.advance(1)
        assert scene.output.states[-1] == (FeedState.SILENT, "no data for 30 s")
        await scene.state(FeedState.CONNECTING)
        scene.clock.advance(1.0)
        await scene.connected(2)
        scene.venue.connections[1].play(messages[1:])
        await scene.received(2)

        assert scene.kinds() == ["message", "break", "message"]
        assert scene.output.breaks == ["connection 1 lost: no data for 30 s"]


@pytest_twisted.ensureDeferred
async def test_only_data_keeps_the_watchdog_quiet() -> None:
    """Replies, pings and garbage are no sign that data flows; an event is."""
    async with playing() as scene:
        await scene.connected(1)
        connection = scene.venue.connections[0]
        connection.play(recorded_messages(1))
        await scene.received(1)

        scene.clock.advance(SILENCE_S - 1)
        connection.play(recorded_messages(1))
        await scene.received(2)
        scene.clock.advance(SILENCE_S - 1)
        connection.play([b"garbage"])
        connection.sendPing(b"1234")
        await scene.venue.when(lambda: scene.venue.pongs == [b"1234"])
        await scene.received(3)
        states_before = len(scene.output.states)
        scene.clock.advance(1)

        assert [state for state, _ in scene.output.states[states_before:]] == [FeedState.SILENT]


@pytest_twisted.ensureDeferred
async def test_waits_grow_while_the_venue_accepts_and_hangs_up() -> None:
    """A connection that opens counts for nothing: each wait is twice the last, up to the cap."""
    async with playing(draw=HIGHEST) as scene:
        scene.venue.hangs_up = True
        waits_s = []

        for count in range(1, 8):
            await scene.attempt_planned()
            assert len(scene.venue.connections) == count
            waits_s.append(round(scene.next_attempt_in_s(), 3))
            scene.clock.advance(waits_s[-1])

        assert waits_s == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


@pytest_twisted.ensureDeferred
async def test_data_resets_the_waits() -> None:
    """After a connection that brought data the next wait is the shortest again."""
    async with playing(draw=HIGHEST) as scene:
        scene.venue.hangs_up = True
        for wait_s in (2.0, 4.0):
            await scene.attempt_planned()
            scene.clock.advance(wait_s)
        await scene.attempt_planned()
        scene.venue.hangs_up = False
        scene.clock.advance(8.0)
        await scene.connected(4)
        scene.venue.connections[3].play(recorded_messages(1))
        await scene.received(1)

        scene.venue.connections[3].drop()
        await scene.attempt_planned()

        assert round(scene.next_attempt_in_s(), 3) == 2.0


@pytest_twisted.ensureDeferred
async def test_a_venue_that_is_not_there_is_tried_again() -> None:
    """A refused connection is a state and another attempt, not an error that escapes."""
    scene = Scene()
    await scene.venue.stop()

    scene.feed.start(scene.output)
    await scene.clock.conditions.when(lambda: bool(scene.clock.getDelayedCalls()))
    # Twisted waits that long for a second address of the host.
    scene.clock.advance(0.3)
    await scene.attempt_planned()
    await scene.feed.stop()

    assert scene.output.states[-1][0] is FeedState.CONNECTING
    assert "refused" in scene.output.states[-1][1]
    assert scene.clock.getDelayedCalls() == []


@pytest_twisted.ensureDeferred
async def test_a_refused_request_is_told_with_its_reason() -> None:
    """The operator learns what the venue did not accept; the connection stays."""
    async with playing() as scene:
        scene.venue.answer = refuse
        await scene.connected(1)
        await scene.venue.received_by(scene.venue.connections[0])

        assert scene.output.states[-1] == (FeedState.CONNECTING, "the venue refused request 1: 2 Invalid request")
        assert len(scene.venue.open_connections) == 1


@pytest_twisted.ensureDeferred
async def test_stop_while_an_attempt_is_under_way_leaves_nothing() -> None:
    """A feed that is stopped before it is connected ends at once."""
    scene = Scene()
    scene.feed.start(scene.output)

    await scene.feed.stop()

    assert scene.clock.getDelayedCalls() == []
    assert scene.venue.connections == []
    await scene.venue.stop()


@pytest_twisted.ensureDeferred
async def test_stop_closes_as_the_protocol_wants_it() -> None:
    """The venue gets a close frame with code 1000, and nothing follows."""
    async with playing() as scene:
        await scene.connected(1)

        await scene.feed.stop()
        await scene.venue.when(lambda: not scene.venue.open_connections)

        assert scene.venue.connections[0].close_code == 1000


@pytest.mark.parametrize(
    "settings",
    [
        {"websocket_url": "http://127.0.0.1"},
        {"rest_url": "ws://127.0.0.1"},
        {"instruments": tuple(f"A{number}" for number in range(MAX_INSTRUMENTS + 1))},
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(settings: dict[str, Any]) -> None:
    """A wrong URL and a wrong number of instruments are the operator's errors, told before anything is opened."""
    with pytest.raises(ConfigError):
        BinanceFeed(ClockedReactor(real_reactor), **{"instruments": ("BTCUSDT",), "random": lambda: LOWEST, **settings})
