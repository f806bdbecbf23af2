"""The change from one connection of the live feed to the next: made before the old one breaks."""

import json

import pytest_twisted

from components.marketdata.binance.slot_client import MAX_HELD, OVERLAP_S
from components.marketdata.feed import FeedState
from tests.support.live_feed import playing
from tests.support.venue_server import SHUTDOWN, accept, recorded_messages


@pytest_twisted.ensureDeferred
async def test_the_shutdown_notice_makes_before_it_breaks() -> None:
    """On the venue's notice a second connection takes over: nothing is missing, the order holds, no break is told."""
    messages = recorded_messages(40)
    async with playing() as scene:
        await scene.connected(1)
        old = scene.venue.connections[0]
        old.play(messages[:10])
        await scene.received(10)
        scene.clock.advance(5.0)

        old.play([SHUTDOWN])
        await scene.connected(2)
        new = scene.venue.connections[1]
        old.play(messages[10:30])
        new.play(messages[15:30])
        await scene.received(30)
        await scene.venue.received_by(new)
        assert not old.has_ended
        scene.clock.advance(OVERLAP_S)
        new.play(messages[30:])
        await scene.venue.when(lambda: old.has_ended)
        await scene.received(55)

        assert scene.output.messages == messages[:30] + messages[15:40]
        assert scene.output.breaks == []
        assert old.close_code == 1000
        assert [state for state, _ in scene.output.states] == [FeedState.CONNECTING, FeedState.LIVE]


@pytest_twisted.ensureDeferred
async def test_an_old_connection_is_replaced_before_the_venue_ends_it() -> None:
    """After 23 and a quarter hours at the earliest a new connection is made, and the old one closed behind it."""
    messages = recorded_messages(2)
    async with playing(silence_s=1e6) as scene:
        await scene.connected(1)
        old = scene.venue.connections[0]
        old.play(messages[:1])
        await scene.received(1)

        scene.clock.advance(23.25 * 3600 - 1)
        await scene.venue.received_by(old)
        assert len(scene.venue.connections) == 1
        scene.clock.advance(1)
        await scene.connected(2)
        scene.venue.connections[1].play(messages[1:])
        await scene.venue.received_by(scene.venue.connections[1])
        scene.clock.advance(OVERLAP_S)
        await scene.venue.when(lambda: old.has_ended)

        assert scene.output.messages == messages
        assert scene.output.breaks == []


@pytest_twisted.ensureDeferred
async def test_a_notice_without_lead_time_loses_nothing_once_the_new_connection_is_ready() -> None:
    """If the old connection ends while the new one already brings everything, what was held follows without a break."""
    messages = recorded_messages(30)
    async with playing() as scene:
        await scene.connected(1)
        old = scene.venue.connections[0]
        old.play(messages[:10])
        await scene.received(10)
        scene.clock.advance(5.0)
        old.play([SHUTDOWN])
        await scene.connected(2)
        new = scene.venue.connections[1]
        new.play(messages[10:30])
        await scene.venue.received_by(new)
        assert len(scene.output.messages) == 10

        old.drop()
        await scene.received(30)

        assert scene.output.messages == messages
        assert scene.output.breaks == []


@pytest_twisted.ensureDeferred
async def test_an_end_before_the_new_connection_is_ready_is_a_break() -> None:
    """If the old connection ends while the new one has brought nothing yet, something may be missing."""
    messages = recorded_messages(2)
    async with playing() as scene:
        await scene.connected(1)
        old = scene.venue.connections[0]
        old.play(messages[:1])
        await scene.received(1)
        scene.clock.advance(5.0)
        old.play([SHUTDOWN])
        await scene.connected(2)

        old.drop()
        await scene.state(FeedState.CONNECTING)
        scene.venue.connections[1].play(messages[1:])
        await scene.received(2)

        assert scene.kinds() == ["message", "break", "message"]
        assert len(scene.venue.connections) == 2


@pytest_twisted.ensureDeferred
async def test_a_successor_that_fails_is_tried_again_while_the_old_goes_on() -> None:
    """A new connection that drops before it takes over costs nothing but another attempt."""
    messages = recorded_messages(3)
    async with playing() as scene:
        await scene.connected(1)
        old = scene.venue.connections[0]
        old.play(messages[:1])
        await scene.received(1)
        scene.clock.advance(5.0)
        old.play([SHUTDOWN])
        await scene.connected(2)

        scene.venue.connections[1].drop()
        await scene.attempt_planned()
        old.play(messages[1:2])
        await scene.received(2)
        scene.clock.advance(1.0)
        await scene.connected(3)
        scene.venue.connections[2].play(messages[2:])
        await scene.venue.received_by(scene.venue.connections[2])
        scene.clock.advance(OVERLAP_S)
        await scene.received(3)

        assert scene.output.messages == messages
        assert scene.output.breaks == []


@pytest_twisted.ensureDeferred
async def test_a_notice_right_after_connecting_waits_for_the_next_attempts_time() -> None:
    """A venue that announces its end at once is not hammered: a second lies between two attempts."""
    async with playing() as scene:
        await scene.connected(1)

        scene.venue.connections[0].play([SHUTDOWN, SHUTDOWN])
        await scene.attempt_planned()
        assert scene.next_attempt_in_s() == 1.0
        scene.clock.advance(1.0)
        await scene.connected(2)

        assert len(scene.venue.open_connections) == 2


@pytest_twisted.ensureDeferred
async def test_a_notice_on_the_successor_makes_another() -> None:
    """A new connection that is about to end is no use: it is closed, and the old one goes on until then."""
    messages = recorded_messages(1)
    async with playing() as scene:
        await scene.connected(1)
        scene.clock.advance(5.0)
        scene.venue.connections[0].play([*messages, SHUTDOWN])
        await scene.connected(2)

        scene.venue.connections[1].play([SHUTDOWN])
        await scene.attempt_planned()
        scene.clock.advance(1.0)
        await scene.connected(3)

        assert [connection.has_ended for connection in scene.venue.connections] == [False, True, False]
        assert scene.output.messages == messages


@pytest_twisted.ensureDeferred
async def test_what_is_held_for_a_change_is_bounded() -> None:
    """When 10 000 messages wait, the change is made without waiting longer."""
    (message,) = recorded_messages(1)
    async with playing() as scene:
        await scene.connected(1)
        scene.clock.advance(5.0)
        scene.venue.connections[0].play([SHUTDOWN])
        await scene.connected(2)

        scene.venue.connections[1].play([message] * (MAX_HELD - 1))
        await scene.venue.received_by(scene.venue.connections[1])
        assert scene.output.messages == []
        scene.venue.connections[1].play([message] * 2)
        await scene.received(MAX_HELD + 1)

        assert len(scene.output.messages) == MAX_HELD + 1
        assert scene.output.breaks == []


@pytest_twisted.ensureDeferred
async def test_no_change_is_made_to_a_connection_that_has_not_everything_yet() -> None:
    """However much comes of the streams that it has: the old one still brings all."""
    first, *messages = recorded_messages(10)
    async with playing() as scene:
        await scene.connected(1)
        scene.clock.advance(5.0)
        old = scene.venue.connections[0]
        scene.venue.answer = lambda _: None
        old.play([SHUTDOWN])
        await scene.connected(2)
        new = scene.venue.connections[1]

        new.play([first] * MAX_HELD)
        await scene.venue.received_by(new)
        old.play(messages)
        await scene.received(len(messages))
        new.sendMessage(json.dumps(accept(new.requests[0])).encode())
        new.play(messages)
        await scene.venue.received_by(new)
        scene.clock.advance(OVERLAP_S)
        await scene.venue.when(lambda: old.has_ended)

        assert scene.output.messages == messages + messages
        assert scene.output.breaks == []
