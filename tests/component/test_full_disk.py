"""A disk that is really full: what was acknowledged is there, what was not is not, and everything is refused."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from prometheus_client import CollectorRegistry
from twisted.internet import reactor
from twisted.internet.defer import DeferredList
from twisted.internet.interfaces import IReactorFromThreads
from twisted.logger import capturedLogs

from components.contract.topics import Owner
from components.metrics.journal import JournalMetrics
from components.streams.answers import Ownership
from components.streams.component import StreamPublisher
from components.streams.journal_store import SqliteJournal
from components.streams.sqlite_store import SqliteFile, Synchronous
from components.streams.stream import Streams
from components.wamp.procedures import register_procedures
from tests.support.counting_part import CountingPart
from tests.support.journal_entries import NOW_NS, ORDERS
from tests.support.recording_session import RecordingSession
from tests.support.small_disk import small_disk

PLACE = "tapecast.orders.cancel_all"
PADDING = "x" * 2000
BALLAST_KB = 64


@attrs.define
class Process:
    """One process with a part, on a journal in a file."""

    directory: Path
    session: RecordingSession = attrs.field(factory=RecordingSession)
    part: CountingPart = attrs.field(factory=CountingPart)
    losses: list[None] = attrs.field(factory=list)
    publisher: StreamPublisher = attrs.field(init=False)
    _numbers: Iterator[int] = attrs.field(factory=lambda: itertools.count(1), init=False)

    @publisher.default
    def _make_publisher(self) -> StreamPublisher:
        epochs = (f"e{number}" for number in itertools.count(1))
        journal = SqliteJournal(
            SqliteFile(self.directory / "trading.journal", synchronous=Synchronous.FULL),
            call_in_reactor=IReactorFromThreads(reactor).callFromThread,
            metrics=JournalMetrics(CollectorRegistry(), owner="trading"),
        )
        return StreamPublisher(
            self.session,
            Streams(lambda: next(epochs), journal),
            Ownership(owner=Owner.TRADING, now_ns=lambda _topic: NOW_NS),
            parts=[self.part],
            on_lost=lambda: self.losses.append(None),
        )

    async def start(self) -> None:
        """Go on from the file, and take commands."""
        await self.publisher.start()
        await register_procedures(self.session, {PLACE: self.publisher.guard(self.place)})

    def place(self, _caller: object) -> dict[str, int]:
        """A command that is a fact and an event."""
        number = next(self._numbers)
        with self.publisher.transaction():
            self.publisher.record("counting", self.part.fact(number))
            self.publisher.publish(ORDERS, {"number": number, "padding": PADDING}, ts_ns=NOW_NS)
        return {"number": number}


@pytest_twisted.ensureDeferred
async def test_what_cannot_be_written_is_refused_and_never_was(tmp_path: Path) -> None:
    """A commit that fails leaves its commands unacknowledged, and the next process knows nothing of them."""
    with small_disk(tmp_path) as directory:
        ballast = directory / "ballast"
        ballast.write_bytes(bytes(BALLAST_KB * 1024))
        process = Process(directory)
        await process.start()

        acknowledged: list[int] = []
        refused: list[str] = []
        with capturedLogs():
            while not refused:
                answers = await DeferredList([process.session.ask(PLACE) for _ in range(3)], consumeErrors=True)
                acknowledged += [answer["number"] for is_told, answer in answers if is_told]
                refused += [failure.value.error for is_told, failure in answers if not is_told]

        assert set(refused) == {"tapecast.error.unavailable"}
        assert len(acknowledged) > 3
        assert acknowledged == list(range(1, len(acknowledged) + 1))
        assert [event["payload"]["number"] for event in process.session.events(ORDERS)] == acknowledged
        with pytest.raises(ApplicationError) as raised:
            await process.session.ask(PLACE)
        assert raised.value.error == "tapecast.error.unavailable"
        assert process.publisher.health()[0]["state"] == "down"
        await process.publisher.stop()
        assert process.losses == [None]

        ballast.unlink()
        successor = Process(directory)
        await successor.start()
        assert successor.part.applied == acknowledged
        assert (await successor.session.ask(PLACE)) == {"number": 1}
        await successor.publisher.stop()
