"""The publisher of every slice: numbers events, writes them down, publishes them in order, and answers for them."""

import collections
import functools
import inspect
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from components.contract.envelope import EventType, Meta, Payload
from components.model.errors import CommandRejected, Unavailable
from components.streams.answers import Handler, Ownership, StreamAnswers
from components.streams.drafts import Draft, Drafts, Unpublished
from components.streams.journal import Entry, Record
from components.streams.parts import Part, Parts
from components.streams.stream import Streams, decoded
from components.wamp.publisher import PacedPublisher
from components.wamp.session import WampSession

CHECKPOINT_RECORDS = 100_000
"""After so many records the state of all parts is written down, so that a start has no more than those to apply."""


class StreamPublisher:
    """
    Publish the streams of one owner, and keep the state of its parts.

    An event is numbered at once, then written to the journal, and published when it is durable: what the journal does
    not have, nobody has heard of, neither as an event nor in an answer. What was written and perhaps not published
    when a process died is published by the next one, under the same numbers. Facts of parts and the events that they
    lead to are written in one group, all or nothing. Once the journal has failed, or a bug has left a group
    unfinished, nothing more is written, and every answer is `unavailable`: the process is to end, and its successor
    goes on from what is durable.
    """

    _log = Logger()

    def __init__(
        self,
        session: WampSession,
        streams: Streams,
        ownership: Ownership,
        *,
        parts: Sequence[Part] = (),
        on_ready: Callable[[], None] = lambda: None,
        on_failure: Callable[[], None] = lambda: None,
        on_lost: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Wire the streams to the realm; nothing happens before `start`.

        Args:
            session: Joined to the realm.
            streams: The owner's, and their journal; nobody else numbers events in them.
            ownership: What only the owner can say of the topics.
            parts: What is restored from the journal at the start; their facts are handed to `record`.
            on_ready: Called when the publisher may be ready again.
            on_failure: Called for every event that failed, or whose acknowledgement did.
            on_lost: Called once, when nothing can be written any more and the process is to end.
        """
        self._streams = streams
        self._journal = streams.journal
        self._owner = ownership.owner
        self._answers = StreamAnswers(streams, ownership)
        self._parts = Parts(parts)
        self._on_ready = on_ready
        self._on_failure = on_failure
        self._on_lost = on_lost
        self._paced = PacedPublisher(session, on_ready=on_ready, on_failure=on_failure, on_acknowledged=self._mark_sent)
        self._drafts = Drafts(is_written=streams.journal is not None)
        self._failed_by: str | None = None
        self._undurable: collections.deque[tuple[int, list[Unpublished]]] = collections.deque()
        self._waiting: collections.deque[tuple[int, Deferred[None]]] = collections.deque()

    async def start(self) -> None:
        """
        Go on where the journal ends: parts and streams are as they were, and what may not have been published is.

        Where the journal may have lost its end, all streams begin new epochs, so that no number is given twice.

        Raises:
            ConfigError: The journal cannot be used.
        """
        if self._journal is None:
            return
        content = await self._journal.start(self)
        self._drafts.number = content.last_group
        self._parts.go_on(content)
        unsent: list[Entry] = []
        for entry in content.entries:
            self._drafts.position = entry.position
            if self._streams.restore(entry) and entry.body is not None and entry.position > content.sent:
                unsent.append(entry)
        for entry in unsent:
            if entry.body is not None:
                is_last = entry is unsent[-1]
                self._paced.publish(entry.topic, decoded(entry.body), position=entry.position, is_last=is_last)
        if unsent:
            self._log.info("{owner}: {count} events published again", owner=self._owner.value, count=len(unsent))
        if not content.is_complete:
            self.begin_epoch(lambda _topic: True)
        self._write_checkpoint_when_due()

    async def stop(self) -> None:
        """Write and publish what waits, hear that the router has it, and close the journal."""
        if self._undurable:
            with suppress(Unavailable):
                await self._when_durable()
        await self._paced.when_quiet()
        if self._journal is not None:
            await self._journal.stop()

    @property
    def is_ready(self) -> bool:
        """Whether router and journal keep up, and both are there at all."""
        return self._failed_by is None and self._paced.is_ready and (self._journal is None or not self._journal.is_full)

    @property
    def has_room(self) -> bool:
        """Whether what cannot be put off is taken: router and journal are there, and not far behind."""
        return self._failed_by is None and self._paced.has_room and (self._journal is None or not self._journal.is_full)

    def health(self) -> list[dict[str, object]]:
        """How the journal is, as a part of the node's report; none where there is nothing that could fail."""
        if self._failed_by is not None:
            state, reason = "down", self._failed_by
        elif self._journal is None:
            return []
        elif self._journal.is_full:
            state, reason = "degraded", "it is behind"
        else:
            state, reason = "up", ""
        return [{"name": f"journal:{self._owner}", "state": state, "reason": reason, "age_ms": None}]

    def handlers(self) -> dict[str, Handler]:
        """What answers the router's questions about the streams, by URI."""
        return {uri: self.guard(handler) for uri, handler in self._answers.handlers().items()}

    def guard(self, handler: Handler) -> Handler:
        """
        A handler whose answers, and refusals, wait until everything that they may tell is durable.

        The handler may be asynchronous. It raises Unavailable once nothing can be written any more.
        """

        @functools.wraps(handler)
        def answer(*args: object, **kwargs: object) -> object:
            self._refuse_after_failure()
            try:
                result = handler(*args, **kwargs)
            except CommandRejected:
                if not self._undurable:
                    raise
                refusal = Failure()
                return self._when_durable().addCallback(lambda _: refusal)
            if inspect.isawaitable(result):
                return ensureDeferred(self._told_later(result))
            return self._when_durable().addCallback(lambda _: result) if self._undurable else result

        return answer

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """
        All that is published and recorded in this block is one group: written whole, or not at all.

        The block must not wait for anything. A command that is refused in it leaves what was done before; any other
        exception is a bug that leaves nothing of the group, and with it a state that nobody may see: the publisher has
        failed then.

        Raises:
            RuntimeError: Another transaction is open.
        """
        with self._ending_on_a_bug("in a transaction"):
            self._drafts.begin()
            try:
                with self._ending_on_a_bug("in a transaction"):
                    yield
            finally:
                self._append(self._drafts.end())

    @contextmanager
    def joined_transaction(self) -> Iterator[None]:
        """The transaction that is open, whose group this block becomes part of; or one of its own where none is."""
        if self._drafts.is_open:
            yield
            return
        with self.transaction():
            yield

    def record(self, part_name: str, body: bytes) -> None:
        """
        Write down a fact that a part has applied; a group by itself outside of a transaction.

        Args:
            part_name: The part.
            body: What its `apply_record` makes the same of.

        Raises:
            KeyError: There is no such part.
        """
        record = Record(number=self._parts.count(part_name), part=part_name, body=body)
        self._append(self._drafts.record(record))

    def publish(
        self,
        topic: str,
        payload: Payload,
        *,
        ts_ns: int,
        meta: Meta | None = None,
        event_type: EventType | None = None,
        correlation_id: str | None = None,
    ) -> None:
        """
        Publish one event as soon as it is durable; after the journal has failed it is dropped, and counts as failed.

        Args:
            topic: Where it goes.
            payload: What it says; it must not be changed any more.
            ts_ns: When it is published, UNIX nanoseconds on the topic's own clock.
            meta: `source`, `quality`, `event_ts`, `lag_ms`, where they are known.
            event_type: What it is; None for one more. The first of an epoch is a snapshot, unless a heartbeat.
            correlation_id: What the caller called what led to it; None where it has no name.

        Raises:
            UnknownTopic: The contract has no such topic.
        """
        stream = self._streams.open(topic)
        if self._failed_by is not None:
            self._on_failure()
            return
        event = stream.append(payload, ts_ns=ts_ns, meta=meta, event_type=event_type, correlation_id=correlation_id)
        if self._journal is None and not self._drafts.is_open:
            self._paced.publish(topic, event)
        else:
            self._append(self._drafts.add([stream], event))

    async def written(self) -> None:
        """
        Return when all that was published and recorded so far is durable.

        Raises:
            Unavailable: It is not, and never will be.
        """
        self._refuse_after_failure()
        if self._undurable:
            await self._when_durable()

    def skip(self, topic: str, count: int) -> None:
        """
        Consume numbers for events that were lost before they could be published.

        Raises:
            UnknownTopic: The contract has no such topic.
        """
        stream = self._streams.open(topic)
        if self._failed_by is not None:
            return
        stream.skip(count)
        self._append(self._drafts.add([stream], None))

    def begin_epoch(self, topics: Callable[[str], bool]) -> None:
        """Start all streams anew whose topic is chosen: their continuity was lost."""
        if self._failed_by is not None:
            return
        self._append(self._drafts.add(self._streams.begin_epoch(topics), None))

    def forget(self, topics: Callable[[str], bool]) -> None:
        """Let all streams go whose topic is chosen: nothing follows on them."""
        self._streams.forget(topics)

    def receive_durable(self, number: int) -> None:
        """Publish what the journal has written, and answer what waited for it."""
        undurable = self._undurable
        events: list[Unpublished] = []
        while undurable and undurable[0][0] <= number:
            events += undurable.popleft()[1]
        for one in events:
            self._paced.publish(one.topic, one.event, position=one.position, is_last=one is events[-1])
        while self._waiting and self._waiting[0][0] <= number:
            self._waiting.popleft()[1].callback(None)
        self._write_checkpoint_when_due()
        self._on_ready()

    def receive_failure(self, reason: str) -> None:
        """Take note that the journal has failed: what it has not written is not published, and nothing is answered."""
        is_new = self._note_failure(reason)
        for _, events in self._undurable:
            for _ in events:
                self._on_failure()
        self._undurable.clear()
        waiting, self._waiting = self._waiting, collections.deque()
        for _, deferred in waiting:
            deferred.errback(_unavailable())
        if is_new:
            self._on_lost()

    @contextmanager
    def _ending_on_a_bug(self, where: str) -> Iterator[None]:
        try:
            yield
        except CommandRejected:
            raise
        except BaseException as error:
            if self._note_failure(f"a bug in the gateway: {type(error).__name__} {where}"):
                self._on_lost()
            raise

    def _note_failure(self, reason: str) -> bool:
        if self._failed_by is not None:
            return False
        self._failed_by = reason
        self._log.critical("the journal of {owner} has failed: {reason}", owner=self._owner.value, reason=reason)
        return True

    def _append(self, draft: Draft | None) -> None:
        if draft is None or self._failed_by is not None:
            return
        if self._journal is None:
            for one in draft.events:
                self._paced.publish(one.topic, one.event)
        elif (group := self._drafts.group(draft)) is not None:
            self._undurable.append((group.number, draft.events))
            self._journal.append(group)

    def _write_checkpoint_when_due(self) -> None:
        if self._journal is None or self._failed_by is not None:
            return
        with self._ending_on_a_bug("while a checkpoint was made"):
            checkpoint = self._parts.next_checkpoint(every=CHECKPOINT_RECORDS)
        if checkpoint is not None:
            self._journal.append(self._drafts.checkpoint_group(checkpoint))

    def _mark_sent(self, position: int) -> None:
        if self._journal is not None:
            self._journal.mark_sent(position)

    async def _told_later(self, result: Awaitable[object]) -> object:
        try:
            told = await result
        except CommandRejected:
            await self.written()
            raise
        await self.written()
        return told

    def _when_durable(self) -> "Deferred[None]":
        waiting: Deferred[None] = Deferred()
        self._waiting.append((self._undurable[-1][0], waiting))
        return waiting

    def _refuse_after_failure(self) -> None:
        if self._failed_by is not None:
            raise _unavailable()


def _unavailable() -> Unavailable:
    return Unavailable("what happens cannot be written down at present; try again later")
