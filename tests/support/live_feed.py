"""The live feed, connected to a venue on this machine, on a clock that the test moves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from twisted.internet import reactor as real_reactor

from components.marketdata.binance.feed_client import BinanceFeed
from components.marketdata.binance.slot_client import BinanceSlot
from components.marketdata.feed import FeedState
from tests.support.clocked_reactor import ClockedReactor
from tests.support.feed_output import RecordingOutput
from tests.support.venue_server import VenueServer

LOWEST = 0.0
HIGHEST = 1 - 2**-53
SILENCE_S = 30.0


class Scene:
    """A venue, a feed that is connected to it, and what the feed hands out."""

    def __init__(
        self,
        *,
        draw: float = LOWEST,
        instruments: tuple[str, ...] = ("BTCUSDT",),
        silence_s: float = SILENCE_S,
        rest_url: str = "http://127.0.0.1:9",
    ) -> None:
        self.instruments = instruments
        self.clock = ClockedReactor(real_reactor)
        self.venue = VenueServer(real_reactor)
        self.output = RecordingOutput(real_reactor)
        self.feed = BinanceFeed(
            self.clock,
            instruments=instruments,
            random=lambda: draw,
            websocket_url=self.venue.url,
            rest_url=rest_url,
            silence_s=silence_s,
        )

    async def connected(self, count: int) -> None:
        """Wait until the venue has seen that many connections, and a request on the last."""
        await self.venue.when(
            lambda: len(self.venue.connections) == count and bool(self.venue.connections[-1].requests)
        )

    async def requested(self, count: int) -> None:
        """Wait until the last connection has brought that many requests."""
        await self.venue.when(lambda: len(self.venue.connections[-1].requests) == count)

    async def received(self, count: int) -> None:
        """Wait until the feed has handed out that many messages."""
        await self.output.when(lambda: len(self.output.messages) >= count)

    async def attempt_planned(self) -> None:
        """Wait until the feed has lost a connection and waits for its next attempt."""
        await self.clock.conditions.when(lambda: self._slot()._has_attempt_planned)

    def next_attempt_in_s(self) -> float:
        """How long the feed will wait for its next attempt."""
        timer = self._slot()._attempt_timer
        return 0.0 if timer is None else timer.getTime() - self.clock.seconds()

    def _slot(self) -> BinanceSlot:
        return self.feed._slots[1]

    async def state(self, state: FeedState) -> None:
        """Wait until the feed is in a state."""
        await self.output.when(lambda: bool(self.output.states) and self.output.states[-1][0] is state)

    def kinds(self) -> list[str]:
        """What was handed out, in order, without the values."""
        return [kind for kind, _ in self.output.log if kind != "state"]


@asynccontextmanager
async def playing(**settings: Any) -> AsyncIterator[Scene]:
    """A scene whose feed runs, and is stopped at the end with nothing left open."""
    scene = Scene(**settings)
    scene.feed.start(scene.output)
    yield scene
    await scene.feed.stop()
    await scene.venue.stop()
    assert scene.clock.getDelayedCalls() == []
