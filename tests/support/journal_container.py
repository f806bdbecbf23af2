"""A container that owns the orders of twenty users and a book, and publishes them with a journal in a file."""

import os
import random
import time
from pathlib import Path
from typing import Any

import attrs
from autobahn.twisted.wamp import ApplicationSession
from prometheus_client import CollectorRegistry
from twisted.internet import reactor
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.task import LoopingCall

from components.contract.envelope import Payload
from components.contract.topics import Owner
from components.metrics.journal import JournalMetrics
from components.metrics.process import read_process
from components.runtime.settings import Settings
from components.runtime.wiring import new_epoch
from components.streams.answers import Ownership
from components.streams.component import StreamPublisher
from components.streams.journal_store import SqliteJournal
from components.streams.pruning_store import Retention
from components.streams.sqlite_store import SqliteFile
from components.streams.stream import Streams
from components.wamp.leaving import answer_open_calls
from components.wamp.procedures import register_procedures

ORDERS = tuple(f"tapecast.user.user{number}.orders" for number in range(20))
VENUE, INSTRUMENT = "sim", "BTCUSDT"
BOOK = f"tapecast.book.{VENUE}.{INSTRUMENT}"

EVENTS_A_SECOND = 2000
BOOK_EVERY = 20
"""One change of the book comes with so many events of orders."""

TICK_S = 0.02
LEVELS = 50
QUIET_NAME = "quiet"
"""While a file of this name is in the data directory, nothing is published."""

EVERYTHING = Retention(entries=10_000_000)


def journal_path(directory: Path, owner: Owner) -> Path:
    """Where the journal of an owner is."""
    return directory / f"{owner.value}.journal"


class ToyBook:
    """A book whose levels change at random."""

    def __init__(self) -> None:
        self._sizes: dict[str, dict[str, str]] = {"bids": {}, "asks": {}}

    def change(self) -> Payload:
        """Change up to four levels, and tell them."""
        changes: dict[str, list[list[str]]] = {"bids": [], "asks": []}
        for side, begins in (("bids", 1000), ("asks", 1000 + LEVELS)):
            for level in random.sample(range(LEVELS), random.randrange(3)):
                price, size = str(begins + level), str(random.randrange(4))
                changes[side].append([price, size])
                self._set(side, price, size)
        return self._payload(changes)

    def state(self, _topic: str = BOOK) -> Payload:
        """All levels."""
        return self._payload({side: [[price, size] for price, size in at.items()] for side, at in self._sizes.items()})

    def _set(self, side: str, price: str, size: str) -> None:
        if size == "0":
            self._sizes[side].pop(price, None)
        else:
            self._sizes[side][price] = size

    def _payload(self, sides: dict[str, list[list[str]]]) -> Payload:
        return {"instrument": INSTRUMENT, "venue": VENUE, **sides, "depth": {"bid": None, "ask": None}}


class JournalSession(ApplicationSession):
    """The session of the container."""

    _publishing: LoopingCall | None = None

    async def onJoin(self, _details: Any) -> None:
        """Go on where the journals end, and publish from then on."""
        self._directory = Settings.from_environment(os.environ).data_dir
        self._book = ToyBook()
        self._orders = self._publisher(Owner.TRADING)
        self._books = self._publisher(Owner.MARKET)
        for publisher in (self._orders, self._books):
            await publisher.start()
            await register_procedures(self, publisher.handlers())
        self._books.begin_epoch(lambda topic: topic == BOOK)
        self._books.publish(BOOK, self._book.state(), ts_ns=time.time_ns())
        self._published = 0
        self._due = 0.0
        self._publishing = LoopingCall(self._publish)
        self._publishing.start(TICK_S)
        self._reporting = LoopingCall(self._report)
        self._reporting.start(1.0)

    async def finish(self) -> None:
        """End in order."""
        await self._stop()
        if self.is_attached():
            await answer_open_calls(self)
            await self.leave()

    async def onLeave(self, _details: Any) -> None:
        """End with the session."""
        await self._stop()
        self.disconnect()

    async def _stop(self) -> None:
        publishing, self._publishing = self._publishing, None
        if publishing is not None:
            publishing.stop()
            self._reporting.stop()
            await self._orders.stop()
            await self._books.stop()

    def _publisher(self, owner: Owner) -> StreamPublisher:
        journal = SqliteJournal(
            SqliteFile(journal_path(self._directory, owner), retention=EVERYTHING),
            call_in_reactor=IReactorFromThreads(reactor).callFromThread,
            metrics=JournalMetrics(CollectorRegistry(), owner=owner.value),
        )
        ownership = Ownership(
            owner=owner,
            now_ns=lambda _topic: time.time_ns(),
            state=self._book.state if owner is Owner.MARKET else lambda _topic: None,
        )
        return StreamPublisher(self, Streams(new_epoch, journal), ownership)

    def _publish(self) -> None:
        if (self._directory / QUIET_NAME).exists():
            return
        self._due = min(self._due + EVENTS_A_SECOND * TICK_S, EVENTS_A_SECOND)
        while self._due >= 1 and self._orders.is_ready and self._books.is_ready:
            self._due -= 1
            self._published += 1
            topic = ORDERS[self._published % len(ORDERS)]
            payload: Payload = {"event": "update", "order_id": f"{os.getpid()}-{self._published}", "status": "new"}
            self._orders.publish(topic, payload, ts_ns=time.time_ns())
            if self._published % BOOK_EVERY == 0:
                self._books.publish(BOOK, self._book.change(), ts_ns=time.time_ns())

    def _report(self) -> None:
        parts = [*self._orders.health(), *self._books.health()]
        process = attrs.asdict(read_process())
        reported: Any = self.call("tapecast.node.report", container="market", parts=parts, families=[], process=process)
        reported.addErrback(lambda _failure: None)
