"""The market's streams over a pool of connections: whose numbers go on, and whose begin anew."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest_twisted
from prometheus_client import CollectorRegistry

from components.marketdata.component import MarketData
from components.marketdata.following import Following
from components.marketdata.market import Market as MarketCores
from components.metrics.market import MarketMetrics
from components.streams.stream import Streams
from tests.support.binance_text import trade
from tests.support.live_feed import Scene
from tests.support.market import keep_nothing, never
from tests.support.recording_session import RecordingSession
from tests.support.venue_server import VenueConnection

EVEN, ODD = "tapecast.trades.binance.A0", "tapecast.trades.binance.A1"


class Pooled:
    """A market over the live feed, which is connected to a venue on this machine."""

    def __init__(self, instruments: tuple[str, ...]) -> None:
        epochs = (f"e{number}" for number in itertools.count(1))
        self.scene = Scene(instruments=instruments)
        self.venue = self.scene.venue
        self.clock = self.scene.clock
        self.session = RecordingSession()
        self.data = MarketData(
            self.session,
            self.clock,
            [self.scene.feed],
            market=MarketCores(["binance"], Following({"binance": instruments})),
            keep=keep_nothing,
            on_fault=never,
            streams=Streams(lambda: next(epochs)),
            metrics=MarketMetrics(CollectorRegistry()),
        )

    def connection_with(self, stream: str) -> VenueConnection | None:
        """The open connection that brings a stream."""
        for connection in self.venue.open_connections:
            if any(stream in request["params"] for request in connection.requests):
                return connection
        return None

    async def play(self, stream: str, *sent: bytes) -> None:
        """Let the venue tell something on the connection that brings a stream, and have it worked on."""
        await self.venue.when(lambda: self.connection_with(stream) is not None)
        connection = self.connection_with(stream)
        assert connection is not None
        connection.play(sent)
        await self.venue.received_by(connection)
        self.clock.advance(0)

    def numbers(self, topic: str) -> list[tuple[str, int, str]]:
        """Epoch, number and trade of every event on a topic of trades."""
        return [(one["epoch"], one["seq"], one["payload"]["trade_id"]) for one in self.session.events(topic)]


@asynccontextmanager
async def pooled(instruments: tuple[str, ...]) -> AsyncIterator[Pooled]:
    """Such a market, started, and ended with nothing left open."""
    market = Pooled(instruments)
    await market.data.start()
    yield market
    await market.data.stop()
    await market.venue.stop()
    assert market.clock.getDelayedCalls() == []


@pytest_twisted.ensureDeferred
async def test_a_lost_connection_ends_the_epochs_of_its_own_instruments_only() -> None:
    """The others' numbers go on in steps of one, and no event of theirs is missing."""
    async with pooled(tuple(f"A{number}" for number in range(201))) as market:
        await market.play("a0@trade", trade(1, s="A0"))
        await market.play("a1@trade", trade(1, s="A1"))
        lost = market.connection_with("a1@trade")
        assert lost is not None

        lost.drop()
        await market.venue.when(lambda: lost.has_ended)
        await market.play("a0@trade", trade(2, s="A0"))
        await market.clock.conditions.when(lambda: market.scene.feed._slots[2]._has_attempt_planned)
        market.clock.advance(1.0)
        await market.play("a1@trade", trade(5, s="A1"))
        await market.play("a0@trade", trade(3, s="A0"))

        epochs = {epoch for epoch, _, _ in market.numbers(EVEN)}
        assert [number[1:] for number in market.numbers(EVEN)] == [(1, "1"), (2, "2"), (3, "3")]
        assert len(epochs) == 1
        first, second = market.numbers(ODD)
        assert (first[1:], second[1:]) == ((1, "1"), (1, "5"))
        assert first[0] != second[0]


@pytest_twisted.ensureDeferred
async def test_a_lost_connection_makes_the_prices_of_its_own_instruments_suspect() -> None:
    """Their status says that the connection broke; the others stay live."""
    async with pooled(tuple(f"A{number}" for number in range(201))) as market:
        await market.play("a0@trade", trade(1, s="A0"))
        await market.play("a1@trade", trade(1, s="A1"))
        lost = market.connection_with("a1@trade")
        assert lost is not None

        lost.drop()
        await market.clock.conditions.when(lambda: market.scene.feed._slots[2]._has_attempt_planned)
        market.clock.pump([0.1] * 5)

        assert [one["payload"]["state"] for one in market.session.events("tapecast.status.A0")] == ["live"]
        assert [one["payload"]["reason"] for one in market.session.events("tapecast.status.A1")][-1] == "broken"
