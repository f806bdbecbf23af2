"""The pool of connections of the live feed, against a venue on this machine."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_twisted

from components.marketdata.binance.attempt_limit import AttemptLimit
from components.marketdata.binance.slot_client import OVERLAP_S, BinanceSlot
from components.marketdata.binance.streams import (
    INSTRUMENTS_PER_CONNECTION,
    MAX_INSTRUMENTS,
    MAX_STREAMS_PER_REQUEST,
    REQUEST_INTERVAL_S,
    stream_names,
)
from components.marketdata.feed import FeedState
from components.model.errors import InvalidArgument
from tests.support.binance_text import trade
from tests.support.live_feed import Scene, playing
from tests.support.venue_server import SHUTDOWN, VenueConnection, refuse

EVEN_AND_ODD = tuple(f"A{number}" for number in range(INSTRUMENTS_PER_CONNECTION + 1))
"""One more than fits on a connection: the even ones are on the first, the odd ones on the second."""

VENUE_LIMIT_PER_S = 5
VENUE_STREAM_LIMIT = 1024


def followed(connection: VenueConnection) -> set[str]:
    """The streams that a connection brings, by the requests that it has brought."""
    streams: set[str] = set()
    for request in connection.requests:
        if request["method"] == "SUBSCRIBE":
            streams.update(request["params"])
        else:
            streams.difference_update(request["params"])
    return streams


async def settled(scene: Scene) -> None:
    """Let every connection ask for all that it wants."""
    for connection in scene.venue.open_connections:
        await scene.venue.received_by(connection)
    for _ in range(-(-len(stream_names(EVEN_AND_ODD)) // MAX_STREAMS_PER_REQUEST)):
        scene.clock.advance(REQUEST_INTERVAL_S)
        for connection in scene.venue.open_connections:
            await scene.venue.received_by(connection)


@asynccontextmanager
async def two_connections() -> AsyncIterator[tuple[Scene, VenueConnection, VenueConnection]]:
    """A feed whose two connections have asked for everything and brought data."""
    async with playing(instruments=EVEN_AND_ODD) as scene:
        await scene.venue.when(lambda: len([one for one in scene.venue.connections if one.requests]) == 2)
        await settled(scene)
        even, odd = sorted(scene.venue.connections, key=lambda one: "a1@trade" in followed(one))
        even.play([trade(1, s="A0")])
        odd.play([trade(1, s="A1")])
        await scene.received(2)
        yield scene, even, odd


@pytest_twisted.ensureDeferred
async def test_instruments_are_spread_over_connections() -> None:
    """Each stream is on one connection, and both have about as many."""
    async with two_connections() as (scene, even, odd):
        assert followed(even) | followed(odd) == set(stream_names(EVEN_AND_ODD))
        assert not followed(even) & followed(odd)
        assert scene.output.states[-1] == (FeedState.LIVE, "data flows")
        assert [(one.number, one.instruments, one.streams) for one in scene.feed.connections()] == [
            (1, len(EVEN_AND_ODD[::2]), len(followed(even))),
            (2, len(EVEN_AND_ODD[1::2]), len(followed(odd))),
        ]


@pytest_twisted.ensureDeferred
async def test_a_lost_connection_is_a_break_of_its_own_instruments() -> None:
    """What the other brings is handed on all the time; the state says which connection is in trouble."""
    async with two_connections() as (scene, even, odd):
        odd.drop()
        await scene.state(FeedState.CONNECTING)
        even.play([trade(2, s="A0")])
        await scene.received(3)
        assert scene.output.states[-1][1].startswith("connection 2: ")
        assert [(one.state, one.age_s is None) for one in scene.feed.connections()] == [
            (FeedState.LIVE, False),
            (FeedState.CONNECTING, True),
        ]
        scene.clock.advance(1.0)
        await scene.connected(3)
        scene.venue.connections[2].play([trade(3, s="A1")])
        await scene.received(4)

        assert scene.output.disconnected == [frozenset(EVEN_AND_ODD[1::2])]
        assert scene.output.broken == [frozenset(EVEN_AND_ODD[1::2])]
        assert scene.kinds() == ["message"] * 3 + ["break", "message"]
        assert scene.output.errors == [scene.output.breaks[0]]
        assert scene.output.breaks[0].startswith("connection 2 lost: ")
        assert scene.output.states[-1] == (FeedState.LIVE, "data flows")
        await settled(scene)
        assert followed(scene.venue.connections[2]) == set(stream_names(EVEN_AND_ODD[1::2]))


@pytest_twisted.ensureDeferred
async def test_what_is_added_is_asked_for_on_a_living_connection() -> None:
    """One request names the new streams alone; what flows goes on."""
    async with two_connections() as (scene, even, odd):
        scene.clock.advance(REQUEST_INTERVAL_S)
        asked = len(odd.requests)

        scene.feed.add_instruments(("NEW", "A1"))
        await scene.venue.when(lambda: len(odd.requests) > asked)
        odd.play([trade(2, s="A1"), trade(1, s="NEW")])
        await scene.received(4)

        assert odd.requests[-1]["method"] == "SUBSCRIBE"
        assert tuple(odd.requests[-1]["params"]) == stream_names(("NEW",))
        assert scene.output.breaks == []
        assert len(scene.venue.connections) == 2
        assert "new@trade" not in followed(even)


@pytest_twisted.ensureDeferred
async def test_of_what_is_removed_nothing_is_handed_on() -> None:
    """Its streams are ended, and what the venue still sends of them is dropped; the rest goes on."""
    async with two_connections() as (scene, _even, odd):
        scene.clock.advance(REQUEST_INTERVAL_S)
        asked = len(odd.requests)

        scene.feed.remove_instruments(("A1", "unheard of"))
        odd.play([trade(2, s="A1"), trade(1, s="A3")])
        await scene.received(3)
        await scene.venue.when(lambda: len(odd.requests) > asked)

        assert odd.requests[-1]["method"] == "UNSUBSCRIBE"
        assert tuple(odd.requests[-1]["params"]) == stream_names(("A1",))
        assert scene.output.messages[2:] == [trade(1, s="A3")]


@pytest_twisted.ensureDeferred
async def test_a_connection_is_closed_with_its_last_instrument_and_opened_with_a_first() -> None:
    """A feed without instruments is live and has no connection."""
    async with playing() as scene:
        await scene.connected(1)

        scene.feed.remove_instruments(("BTCUSDT",))
        await scene.venue.when(lambda: not scene.venue.open_connections)
        assert scene.output.states[-1] == (FeedState.LIVE, "no instruments are followed")
        assert scene.feed.connections() == ()
        scene.feed.add_instruments(("ETHUSDT",))
        await scene.connected(2)

        assert followed(scene.venue.connections[1]) == set(stream_names(("ETHUSDT",)))
        assert scene.output.states[-1][0] is FeedState.CONNECTING
        assert scene.output.breaks == []


@pytest_twisted.ensureDeferred
async def test_a_stop_waits_for_a_connection_that_is_closing() -> None:
    """Whoever stops the feed right after removing everything leaves nothing open."""
    async with playing() as scene:
        await scene.connected(1)
        scene.feed.remove_instruments(("BTCUSDT",))

        await scene.feed.stop()
        await scene.venue.when(lambda: not scene.venue.open_connections)

        assert scene.venue.connections[0].close_code == 1000


@pytest_twisted.ensureDeferred
async def test_a_new_connection_asks_for_what_is_followed_now() -> None:
    """What was added and removed while there was none counts."""
    async with playing(instruments=("A", "B")) as scene:
        await scene.connected(1)
        scene.venue.connections[0].drop()
        await scene.attempt_planned()
        scene.feed.remove_instruments(("A",))
        scene.feed.add_instruments(("C",))

        scene.clock.advance(1.0)
        await scene.connected(2)

        assert followed(scene.venue.connections[1]) == set(stream_names(("B", "C")))


@pytest_twisted.ensureDeferred
async def test_a_change_reaches_a_connection_that_is_about_to_take_over() -> None:
    """Both connections follow what is added; what the new one holds of what was removed is dropped."""
    async with playing(instruments=("A", "B")) as scene:
        await scene.connected(1)
        old = scene.venue.connections[0]
        old.play([trade(1, s="A")])
        await scene.received(1)
        scene.clock.advance(5.0)
        old.play([SHUTDOWN])
        await scene.connected(2)
        new = scene.venue.connections[1]
        new.play([trade(2, s="A"), trade(2, s="B")])
        await scene.venue.received_by(new)

        scene.feed.remove_instruments(("A",))
        scene.feed.add_instruments(("C",))
        for _ in range(2):
            scene.clock.advance(REQUEST_INTERVAL_S)
            await scene.venue.received_by(new)
        new.play([trade(1, s="C")])
        await scene.venue.received_by(new)
        scene.clock.advance(OVERLAP_S)
        await scene.venue.when(lambda: old.has_ended)

        assert followed(new) == followed(old) == set(stream_names(("B", "C")))
        assert scene.output.messages == [trade(1, s="A"), trade(2, s="B"), trade(1, s="C")]
        assert scene.output.breaks == []


@pytest_twisted.ensureDeferred
async def test_a_refusal_of_a_later_request_is_told_and_ends_nothing() -> None:
    """The connection lives on, and its reason says what the venue did not accept."""
    async with two_connections() as (scene, _even, odd):
        scene.clock.advance(REQUEST_INTERVAL_S)
        scene.venue.answer = refuse

        scene.feed.add_instruments(("NEW",))
        await scene.output.when(lambda: bool(scene.output.errors))

        assert scene.output.errors[-1].startswith("the venue refused request ")
        assert scene.output.states[-1][0] is FeedState.LIVE
        assert scene.output.states[-1][1].startswith("connection 2: the venue refused request ")
        assert not odd.has_ended


@pytest_twisted.ensureDeferred
async def test_more_than_the_pool_has_room_for_are_refused() -> None:
    """Nothing is changed by what does not fit."""
    async with playing() as scene:
        await scene.connected(1)

        with pytest.raises(InvalidArgument, match=f"at most {MAX_INSTRUMENTS - 1} more"):
            scene.feed.add_instruments([f"A{number}" for number in range(MAX_INSTRUMENTS)])

        assert [one.instruments for one in scene.feed.connections()] == [1]


@pytest_twisted.ensureDeferred
async def test_a_thousand_instruments_are_asked_for_at_the_venues_pace() -> None:
    """No connection has more streams than the venue allows, nor sends it more than a few messages a second."""
    names = tuple(f"A{number}" for number in range(1000))
    async with playing(instruments=names) as scene:
        needed = -(-len(names) // INSTRUMENTS_PER_CONNECTION)
        await scene.venue.when(lambda: len([one for one in scene.venue.connections if one.requests]) == needed)
        asked_at_s: dict[VenueConnection, list[float]] = {one: [0.0] for one in scene.venue.connections}
        while set().union(*map(followed, scene.venue.connections)) != set(stream_names(names)):
            scene.clock.advance(0.1)
            for connection, times_s in asked_at_s.items():
                await scene.venue.received_by(connection)
                times_s.extend([scene.clock.seconds()] * (len(connection.requests) - len(times_s)))

        for connection, times_s in asked_at_s.items():
            assert len(followed(connection)) <= VENUE_STREAM_LIMIT
            assert all(later - earlier > 1 / VENUE_LIMIT_PER_S for earlier, later in itertools.pairwise(times_s))
        assert sum(len(followed(one)) for one in asked_at_s) == len(stream_names(names))
        assert list(itertools.chain(*asked_at_s.values()))[-1] < 10.0


@pytest_twisted.ensureDeferred
async def test_attempts_of_all_connections_together_are_limited() -> None:
    """Where the limit is met a slot waits for it, and says so; a connection that lives stays as it is."""
    attempts = AttemptLimit(most=1, window_s=60.0)
    async with playing() as scene:
        await scene.connected(1)
        slot = BinanceSlot(
            scene.clock,
            number=7,
            url=scene.venue.url,
            silence_s=30.0,
            random=lambda: 0.0,
            attempts=attempts,
            owner=scene.feed,
        )
        scene.venue.hangs_up = True
        slot.start(("ETHUSDT",))
        await scene.venue.when(lambda: len(scene.venue.connections) == 2)
        await scene.clock.conditions.when(lambda: slot._has_attempt_planned)

        scene.clock.advance(1.0)
        assert slot.reason == "waiting for the venue's limit of connection attempts"
        scene.venue.hangs_up = False
        scene.clock.advance(58.0)
        assert len(scene.venue.connections) == 2
        scene.clock.advance(1.0)
        await scene.connected(3)

        await slot.stop()
