"""Market data between feeds that the test plays and a session that remembers."""

import itertools
from collections.abc import Callable, Collection, Coroutine
from typing import Any

import attrs
import pytest
from autobahn.wamp.exception import ApplicationError
from prometheus_client import CollectorRegistry
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from components.marketdata.component import MarketData
from components.marketdata.following import Following
from components.marketdata.market import Market as MarketCores
from components.metrics.market import MarketMetrics
from components.model.market import Instrument
from components.streams.journal import Journal
from components.streams.stream import Streams
from tests.support.hand_feed import HandFeed
from tests.support.market_events import RECEIVED_NS
from tests.support.recording_session import RecordingSession

TRADES = "tapecast.trades.binance.BTCUSDT"
QUOTE = "tapecast.quote.binance.BTCUSDT"
LISTED = (Instrument(instrument_id="BTCUSDT"),)


@attrs.define
class Market:
    """Market data between feeds that the test plays and a session that remembers."""

    data: MarketData
    feed: HandFeed
    other: HandFeed
    session: RecordingSession
    clock: Clock
    registry: CollectorRegistry
    kept: list[tuple[str, tuple[str, ...]]]
    faults: list[None]

    def figure(self, name: str, **labels: str) -> float | None:
        """One figure as Prometheus would collect it."""
        return self.registry.get_sample_value(name, labels)

    @property
    def has_turn_planned(self) -> bool:
        """Whether a turn of the reactor is asked for now, besides what happens at intervals."""
        return any(call.getTime() <= self.clock.seconds() for call in self.clock.getDelayedCalls())

    def play(self, *sent: bytes) -> None:
        """Hand messages in by the first feed and let them be worked on."""
        self.feed.send(*sent)
        self.clock.advance(0)

    async def refused(self, procedure: str, *args: object) -> str:
        """The code by which a call is refused."""
        with pytest.raises(ApplicationError) as raised:
            await self.session.ask(procedure, *args)
        return str(raised.value.kwargs["code"])


def make_market(
    *,
    instruments: tuple[str, ...] = (),
    inbox_capacity: int = 10_000,
    listed: tuple[Instrument, ...] | Exception = LISTED,
    monotonic_ns: Callable[[], int] | None = None,
    is_disk_full: bool = False,
    journal: Journal | None = None,
    epochs: str = "e",
    handed_in: tuple[str, ...] = (),
) -> Market:
    """
    Market data with two feeds, `binance` before `sim`, started.

    Events of venues that are handed in count before both. On a full disk no change can be kept. Epochs are called `e1`,
    `e2`, ... or by another word.
    """
    kept: list[tuple[str, tuple[str, ...]]] = []
    faults: list[None] = []

    def keep(venue: str, followed: Collection[str]) -> None:
        if is_disk_full:
            raise OSError("no space left on device")
        kept.append((venue, tuple(followed)))

    clock, session, registry = Clock(), RecordingSession(), CollectorRegistry()
    feed, other = HandFeed(instruments=listed), HandFeed(venue="sim")
    following = Following(dict.fromkeys([*handed_in, "binance", "sim"], instruments or None))
    names = (f"{epochs}{number}" for number in itertools.count(1))
    data = MarketData(
        session,
        clock,
        [feed, other],
        market=MarketCores([*handed_in, "binance", "sim"], following),
        keep=keep,
        on_fault=lambda: faults.append(None),
        streams=Streams(lambda: next(names), journal),
        metrics=MarketMetrics(registry),
        inbox_capacity=inbox_capacity,
        monotonic_ns=monotonic_ns or (lambda: int(clock.seconds() * 1e9)),
        wall_clock_ns=lambda: RECEIVED_NS + int(clock.seconds() * 1e9),
    )
    completed(data.start())
    return Market(
        data=data,
        feed=feed,
        other=other,
        session=session,
        clock=clock,
        registry=registry,
        kept=kept,
        faults=faults,
    )


def completed(work: Coroutine["Deferred[Any]", Any, None]) -> None:
    """Run what needs no waiting here, and raise what it raised."""
    failures: list[Failure] = []
    done = ensureDeferred(work)
    done.addErrback(failures.append)
    assert done.called
    for failure in failures:
        failure.raiseException()


def never() -> None:
    """A market that has no bug calls nobody."""
    raise AssertionError("the market failed")


def keep_nothing(_venue: str, _followed: Collection[str]) -> None:
    """No place to write down what is followed."""
    raise OSError("there is no place to write this down")
