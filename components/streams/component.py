"""The publisher of every slice: numbers events, writes them down, publishes them in order, and answers for them."""

import collections
import functools
from collections.abc import Callable
from contextlib import suppress

import msgspec
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from components.contract.envelope import Envelope, EventType, Meta, Payload
from components.contract.topics import Delivery
from components.model.errors import Unavailable
from components.streams.answers import Handler, Ownership, StreamAnswers
from components.streams.journal import Entry, Journal
from components.streams.stream import Stream, Streams, decoded, encoded
from components.wamp.publisher import PacedPublisher
from components.wamp.session import WampSession


class _Unpublished(msgspec.Struct, frozen=True):
    """One event that is written, or about to be; no event where an entry has none."""

    position: int
    topic: str
    event: Envelope | None


class StreamPublisher:
    """
    Publish the streams of one owner.

    An event is numbered at once, then written to the journal, and published when it is durable: what the journal does
    not have, nobody has heard of, neither as an event nor in an answer. What was written and perhaps not published
    when a process died is published by the next one, under the same numbers. Once the journal has failed nothing is
    published any more, and every answer is `unavailable`.
    """

    _log = Logger()

    def __init__(
        self,
        session: WampSession,
        streams: Streams,
        ownership: Ownership,
        *,
        on_ready: Callable[[], None] = lambda: None,
        on_failure: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Wire the streams to the realm; nothing happens before `start`.

        Args:
            session: Joined to the realm.
            streams: The owner's, and their journal; nobody else numbers events in them.
            ownership: What only the owner can say of the topics.
            on_ready: Called when the publisher may be ready again.
            on_failure: Called for every event that failed, or whose acknowledgement did.
        """
        self._streams = streams
        self._journal = streams.journal
        self._owner = ownership.owner
        self._answers = StreamAnswers(streams, ownership)
        self._on_ready = on_ready
        self._on_failure = on_failure
        self._paced = PacedPublisher(session, on_ready=on_ready, on_failure=on_failure, on_acknowledged=self._mark_sent)
        self._position = 0
        self._failed_by: str | None = None
        self._unpublished: collections.deque[_Unpublished] = collections.deque()
        self._waiting: collections.deque[tuple[int, Deferred[None]]] = collections.deque()

    async def start(self) -> None:
        """
        Go on where the journal ends: streams continue their numbers, and what may not have been published is.

        Where the journal may have lost its end, all streams begin new epochs, so that no number is given twice.

        Raises:
            ConfigError: The journal cannot be used.
        """
        if self._journal is None:
            return
        content = await self._journal.start(self)
        unsent: list[Entry] = []
        for entry in content.entries:
            self._position = entry.position
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

    async def stop(self) -> None:
        """Write and publish what waits, hear that the router has it, and close the journal."""
        if self._unpublished:
            with suppress(Unavailable):
                await self._when_durable()
        await self._paced.when_quiet()
        if self._journal is not None:
            await self._journal.stop()

    @property
    def is_ready(self) -> bool:
        """Whether router and journal keep up, and both are there at all."""
        return self._failed_by is None and self._paced.is_ready and (self._journal is None or not self._journal.is_full)

    def health(self) -> list[dict[str, object]]:
        """How the journal is, as a part of the node's report; none where there is nothing that could fail."""
        if self._journal is None:
            return []
        if self._failed_by is not None:
            state, reason = "down", self._failed_by
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
        A handler whose answers wait until everything that they may tell is durable.

        The handler raises Unavailable once the journal has failed.
        """

        @functools.wraps(handler)
        def answer(*args: object, **kwargs: object) -> object:
            self._refuse_after_failure()
            result = handler(*args, **kwargs)
            return self._when_durable().addCallback(lambda _: result) if self._unpublished else result

        return answer

    def publish(
        self,
        topic: str,
        payload: Payload,
        *,
        ts_ns: int,
        meta: Meta | None = None,
        event_type: EventType | None = None,
    ) -> None:
        """
        Publish one event as soon as it is durable; after the journal has failed it is dropped, and counts as failed.

        Args:
            topic: Where it goes.
            payload: What it says; it must not be changed any more.
            ts_ns: When it is published, UNIX nanoseconds on the topic's own clock.
            meta: `source`, `quality`, `event_ts`, `lag_ms`, where they are known.
            event_type: What it is; None for one more. The first of an epoch is a snapshot, unless a heartbeat.

        Raises:
            UnknownTopic: The contract has no such topic.
        """
        stream = self._streams.open(topic)
        if self._failed_by is not None:
            self._on_failure()
            return
        event = stream.append(payload, ts_ns=ts_ns, meta=meta, event_type=event_type)
        if self._journal is None:
            self._paced.publish(topic, event)
        else:
            self._write(self._journal, stream, event)

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
        if self._journal is not None:
            self._write(self._journal, stream, None)

    def begin_epoch(self, topics: Callable[[str], bool]) -> None:
        """Start all streams anew whose topic is chosen: their continuity was lost."""
        if self._failed_by is not None:
            return
        for stream in self._streams.begin_epoch(topics):
            if self._journal is not None:
                self._write(self._journal, stream, None)

    def forget(self, topics: Callable[[str], bool]) -> None:
        """Let all streams go whose topic is chosen: nothing follows on them."""
        self._streams.forget(topics)

    def receive_durable(self, position: int) -> None:
        """Publish what the journal has written, and answer what waited for it."""
        unpublished = self._unpublished
        while unpublished and unpublished[0].position <= position:
            one = unpublished.popleft()
            if one.event is not None:
                is_last = not unpublished or unpublished[0].position > position
                self._paced.publish(one.topic, one.event, position=one.position, is_last=is_last)
        while self._waiting and self._waiting[0][0] <= position:
            self._waiting.popleft()[1].callback(None)
        self._on_ready()

    def receive_failure(self, reason: str) -> None:
        """Take note that the journal has failed: what it has not written is not published, and nothing is answered."""
        self._failed_by = reason
        self._log.critical("the journal of {owner} has failed: {reason}", owner=self._owner.value, reason=reason)
        for _ in range(len(self._unpublished)):
            self._on_failure()
        self._unpublished.clear()
        waiting, self._waiting = self._waiting, collections.deque()
        for _, deferred in waiting:
            deferred.errback(_unavailable())

    def _write(self, journal: Journal, stream: Stream, event: Envelope | None) -> None:
        self._position += 1
        entry = Entry(
            position=self._position,
            topic=stream.topic,
            epoch=stream.epoch,
            seq=stream.seq,
            ts_ns=stream.ts_ns,
            body=None if event is None else encoded(event),
            is_conflated=stream.delivery is Delivery.CONFLATED,
        )
        self._unpublished.append(_Unpublished(entry.position, stream.topic, event))
        journal.append(entry)

    def _mark_sent(self, position: int) -> None:
        if self._journal is not None:
            self._journal.mark_sent(position)

    def _when_durable(self) -> "Deferred[None]":
        waiting: Deferred[None] = Deferred()
        self._waiting.append((self._unpublished[-1].position, waiting))
        return waiting

    def _refuse_after_failure(self) -> None:
        if self._failed_by is not None:
            raise _unavailable()


def _unavailable() -> Unavailable:
    return Unavailable("what happens cannot be written down at present; try again later")
