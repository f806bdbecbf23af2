"""The publisher and its journal, killed at any point: nothing written is lost, nothing is half there."""

import itertools
import shutil
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import attrs
import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs

from components.contract.topics import Owner
from components.streams import component
from components.streams.answers import Ownership
from components.streams.component import StreamPublisher
from components.streams.journal import Entry, Group
from components.streams.sqlite_store import Synchronous
from components.streams.stream import Streams, decoded
from components.wamp.procedures import register_procedures
from tests.support.counting_part import CountingPart
from tests.support.journal_entries import FILLS, NOW_NS, ORDERS, PORTFOLIO
from tests.support.market import completed
from tests.support.recording_session import Published, RecordingSession
from tests.support.stepped_journal import SteppedJournal

TOPICS = (ORDERS, FILLS, PORTFOLIO)
Number = tuple[str, int]
CHECKPOINT_RECORDS = 3

topics = st.sampled_from(TOPICS)
counts = st.integers(1, 6)


@attrs.define
class Life:
    """One process, from its start to its death."""

    journal: SteppedJournal
    session: RecordingSession
    streams: Streams
    publisher: StreamPublisher
    part: CountingPart
    acknowledged: int = 0
    placed: "dict[int, Deferred[int]]" = attrs.field(factory=dict)

    def ask(self, procedure: str, *args: object) -> Any:
        """Call one of its procedures."""
        return self.session.ask(f"tapecast.trading.{procedure}", *args)


class CrashMachine(RuleBasedStateMachine):
    """Publishes, writes, acknowledges, dies and starts again."""

    def __init__(self) -> None:
        """Begin with an empty file and a router that has heard nothing."""
        super().__init__()
        self.constants = mock.patch.object(component, "CHECKPOINT_RECORDS", CHECKPOINT_RECORDS)
        self.constants.start()
        self.directory = Path(tempfile.mkdtemp(prefix="crashes-"))
        self.epochs = (f"e{number}" for number in itertools.count(1))
        self.payloads = itertools.count(1)
        self.arrived: list[Published] = []
        self.durable: list[Group] = []
        self.life = self.start()

    def teardown(self) -> None:
        """Write and publish the rest, and look at all that was said."""
        self.write(1_000)
        self.die(data=None)
        self.life.journal.die()
        self.constants.stop()
        shutil.rmtree(self.directory)

    def start(self) -> Life:
        """A new process on the same file."""
        session, part = RecordingSession(holds_acknowledgements=True), CountingPart()
        journal = SteppedJournal(self.directory / "a.journal", synchronous=Synchronous.FULL)
        streams = Streams(lambda: next(self.epochs), journal)
        ownership = Ownership(owner=Owner.TRADING, now_ns=lambda _topic: NOW_NS)
        publisher = StreamPublisher(session, streams, ownership, parts=[part])
        completed(publisher.start())
        register_procedures(session, publisher.handlers())
        return Life(journal, session, streams, publisher, part)

    @rule(topic=topics)
    def publish(self, topic: str) -> None:
        """One more event."""
        self.life.publisher.publish(topic, {"number": next(self.payloads)}, ts_ns=NOW_NS)

    @rule(topics=st.lists(topics, max_size=3))
    def place(self, topics: list[str]) -> None:
        """A command that is a fact, and leads to events."""
        number = next(self.payloads)
        answer: Any = self.life.publisher.guard(self.do)(number, topics)
        self.life.placed[number] = answer

    def do(self, number: int, topics: list[str]) -> int:
        """What the command does."""
        with self.life.publisher.transaction():
            self.life.publisher.record("counting", self.life.part.fact(number))
            for topic in topics:
                self.life.publisher.publish(topic, {"number": number}, ts_ns=NOW_NS)
        return number

    @rule(topic=topics, data=st.data())
    def fall_over(self, topic: str, data: st.DataObject) -> None:
        """A bug in the middle of a command: the process ends."""
        with capturedLogs(), pytest.raises(ZeroDivisionError):
            self.break_off(topic)
        self.die(data)

    def break_off(self, topic: str) -> None:
        """Record and publish, and fail."""
        publisher, number = self.life.publisher, next(self.payloads)
        with publisher.transaction():
            publisher.record("counting", self.life.part.fact(number))
            publisher.publish(topic, {"number": number}, ts_ns=NOW_NS)
            raise ZeroDivisionError

    @rule(topic=topics, count=st.integers(1, 3))
    def skip(self, topic: str, count: int) -> None:
        """Numbers are lost."""
        self.life.publisher.skip(topic, count)

    @rule(topic=topics)
    def begin(self, topic: str) -> None:
        """Continuity is lost."""
        self.life.publisher.begin_epoch(lambda one: one == topic)

    @rule(count=counts)
    def write(self, count: int) -> None:
        """Some entries become durable."""
        self.life.journal.write(count)

    @rule()
    def acknowledge(self) -> None:
        """The router says that it has an event, and with it all before."""
        life = self.life
        if life.session.acknowledgements:
            asked = [index for index, one in enumerate(life.session.published, start=1) if one.wants_acknowledgement]
            life.acknowledged = asked[len(asked) - len(life.session.acknowledgements)]
            life.session.acknowledgements.pop(0).callback(None)

    @rule(data=st.data(), count=st.integers(0, 6), is_written=st.booleans())
    def die_writing(self, data: st.DataObject, count: int, is_written: bool) -> None:  # noqa: FBT001 - hypothesis draws it
        """The process is killed, maybe after a write of which it could tell nobody."""
        if is_written:
            self.life.journal.write(count, is_told=False)
        self.die(data)

    @rule(data=st.data(), count=counts, share=st.floats(0, 1))
    def die_half_way(self, data: st.DataObject, count: int, share: float) -> None:
        """The process is killed, or its machine, while something is on its way to the disk."""
        self.life.journal.tear(count, share=share)
        self.die(data)

    @rule()
    def stop(self) -> None:
        """The process ends in order, and is started again."""
        life = self.life
        life.journal.write(1_000)
        while life.session.acknowledgements:
            self.acknowledge()
        completed(life.publisher.stop())
        self.arrived += life.session.published
        self.begin_anew()

    def die(self, data: st.DataObject | None) -> None:
        """The process is killed; what the router has not acknowledged may not have arrived."""
        life = self.life
        life.journal.die()
        published = life.session.published
        arrived = len(published) if data is None else data.draw(st.integers(life.acknowledged, len(published)))
        self.arrived += published[:arrived]
        self.begin_anew()

    def begin_anew(self) -> None:
        """Start the next process, and look at what it and those before it have said."""
        self.durable += self.life.journal.durable
        placed = self.life.placed
        self.life = self.start()
        self.check()
        told = {number for number, answer in placed.items() if answer.called}
        assert told <= set(self.life.part.applied)

    @rule(topic=topics, data=st.data(), is_written=st.booleans())
    @precondition(lambda self: self.arrived)
    def resume(self, topic: str, data: st.DataObject, is_written: bool) -> None:  # noqa: FBT001 - hypothesis draws it
        """Who knows an event that arrived gets what followed it, once that is durable, or a snapshot."""
        known = [self.number(one) for one in self.arrived if one.topic == topic]
        if not known:
            return
        epoch, seq = data.draw(st.sampled_from(known[-5:]))
        asked = self.life.ask("stream_resume", topic, epoch, seq)
        if is_written:
            self.write(1_000)
        assert asked.called or not is_written
        if not asked.called:
            return
        stream = self.life.streams.open(topic)
        last_durable = self.last_durable(topic)
        assert (stream.epoch, stream.seq) == last_durable
        if epoch == stream.epoch and (topic == PORTFOLIO or self.is_unbroken(topic, epoch, seq)):
            after = [one for one in self.written(topic) if one[0][0] == epoch and one[0][1] > seq]
            events = [event for _, event in after]
            assert asked.result == {"recovered": True, "events": events[-1:] if topic == PORTFOLIO else events}
        else:
            snapshot = asked.result["snapshot"]
            assert (asked.result["recovered"], snapshot["epoch"], snapshot["seq"]) == (False, *last_durable)

    def is_unbroken(self, topic: str, epoch: str, seq: int) -> bool:
        """Whether every number after one has an event."""
        there = {number for number, _ in self.written(topic)}
        last = self.last_durable(topic)[1]
        return all((epoch, one) in there for one in range(seq + 1, last + 1))

    def entries(self) -> list[Entry]:
        """Every entry that was ever written."""
        return [entry for group in (*self.durable, *self.life.journal.durable) for entry in group.entries]

    def facts(self) -> list[int]:
        """Every fact that was ever written."""
        groups = (*self.durable, *self.life.journal.durable)
        return [msgspec.msgpack.decode(record.body) for group in groups for record in group.records]

    def written(self, topic: str) -> list[tuple[Number, dict[str, object]]]:
        """Every event of a topic that was ever written."""
        entries = self.entries()
        return [((one.epoch, one.seq), decoded(one.body)) for one in entries if one.topic == topic and one.body]

    def last_durable(self, topic: str) -> Number:
        """Where a topic is by what was written last."""
        entries = [one for one in self.entries() if one.topic == topic]
        return entries[-1].epoch, entries[-1].seq

    def number(self, one: Published) -> Number:
        """Which event of its topic one is."""
        return one.event["epoch"], one.event["seq"]

    def check(self) -> None:
        """Look at what a newly started process and those before it have said."""
        assert self.life.part.applied == self.facts()
        everything = [*self.arrived, *self.life.session.published]
        for topic in TOPICS:
            stream = self.life.streams.get(topic)
            assert stream is None or (stream.epoch, stream.seq) == self.last_durable(topic)
            written = dict(self.written(topic))
            assert stream is not None or not written
            told: dict[Number, dict[str, object]] = {}
            for one in everything:
                if one.topic == topic:
                    assert told.setdefault(self.number(one), one.event) == one.event
            assert all(written[number] == event for number, event in told.items())
            numbers = [number for number in written if number in told]
            assert list(told) == numbers
            missing = set(written) - set(told)
            assert not missing if topic != PORTFOLIO else not missing & set(list(written)[-1:])


TestCrashes: Any = CrashMachine.TestCase
TestCrashes.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
