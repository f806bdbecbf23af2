"""One subscriber of a topic, or of all topics below a prefix, with its own place in each of them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import attrs

from tapecast_client.driver import Driver, Once
from tapecast_client.errors import CallRefused, ClientError, InternalFault, MalformedEvent
from tapecast_client.events import (
    ContinuityLost,
    Event,
    Match,
    Refused,
    read_delivery,
    read_event,
)
from tapecast_client.paced_calls import PacedCalls
from tapecast_client.topic_stream import Ask, Output, TopicStream

NS_PER_S = 1_000_000_000
LIST_RETRY_S = 2.0

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Callbacks:
    """
    Whom to tell what; all are called at once, and must not wait.

    Attributes:
        on_event: Takes events and states, in order.
        on_loss: Takes the news that events are missing; the state that follows goes to `on_event`. Without it the log
            is told.
        on_refused: Takes the news that the gateway does not let us read. Without it the log is told.
    """

    on_event: Callable[[Event], object]
    on_loss: Callable[[ContinuityLost], object] | None = None
    on_refused: Callable[[Refused], object] | None = None


class Follower:
    """
    A subscription as its user has it: it outlives sessions.

    Shape: a `TopicStream` for each topic; with a prefix they come with the gateway's list and with events, so that
    there are as many as the gateway publishes.

    Attributes:
        uri: The topic or prefix.
        match: Which of the two.
    """

    def __init__(self, uri: str, match: Match, callbacks: Callbacks, *, driver: Driver, calls: PacedCalls) -> None:
        self.uri = uri
        self.match = match
        self._callbacks = callbacks
        self._driver = driver
        self._calls = calls
        self._streams: dict[str, TopicStream] = {}
        self._timers: dict[str, Once] = {}
        self._list_timer = Once(driver)
        self._is_closed = False
        if match is Match.EXACT:
            self._open(uri)

    @property
    def topics(self) -> list[str]:
        """The topics that are known so far."""
        return list(self._streams)

    def begin(self) -> None:
        """The subscription stands: find each topic's place in its stream."""
        for stream in list(self._streams.values()):
            self._obey(stream, stream.begin())
        if self.match is Match.PREFIX:
            self._list()

    def receive(self, topic: str | None, envelope: Mapping[str, Any]) -> None:
        """Take an event."""
        topic = topic or self.uri
        try:
            event = read_event(topic, envelope)
        except MalformedEvent as error:
            self._driver.report("an event was skipped", error)
            return
        stream = self._streams.get(topic)
        if stream is None:
            stream = self._open(topic)
            self._obey(stream, stream.begin())
        due_ns = stream.due_ns
        outputs = stream.receive(event, now_ns=self._driver.now_ns())
        if outputs or stream.due_ns != due_ns:
            self._obey(stream, outputs)

    def refuse(self, error: CallRefused) -> None:
        """The gateway does not let us subscribe."""
        self._tell(self._callbacks.on_refused, Refused(uri=self.uri, error=error), "a subscription was refused")

    def lose(self) -> None:
        """The session is over."""
        self._list_timer.cancel()
        for timer in self._timers.values():
            timer.cancel()
        for stream in self._streams.values():
            stream.lose()

    def close(self) -> None:
        """Nothing more is told."""
        self._is_closed = True
        self.lose()

    def _open(self, topic: str) -> TopicStream:
        self._timers[topic] = Once(self._driver)
        stream = self._streams[topic] = TopicStream(topic)
        return stream

    def _list(self) -> None:
        self._calls.call("tapecast.stream.list", {"prefix": self.uri}, self._listed)

    def _listed(self, rows: Any, error: ClientError | None) -> None:
        if self._is_closed:
            return
        if error is not None:
            if isinstance(error, CallRefused) and error.retry:
                self._list_timer.set(LIST_RETRY_S, self._list)
            return
        for topic in _topics(rows):
            if topic not in self._streams:
                stream = self._open(topic)
                self._obey(stream, stream.begin())

    def _obey(self, stream: TopicStream, outputs: Iterable[Output]) -> None:
        for output in outputs:
            if self._is_closed:
                return
            if isinstance(output, Event):
                self._tell(self._callbacks.on_event, output, "nobody takes an event")
            elif isinstance(output, Ask):
                self._ask(stream, output)
            elif isinstance(output, ContinuityLost):
                self._tell(self._callbacks.on_loss, output, "events are missing")
            else:
                self._tell(self._callbacks.on_refused, output, "a topic was refused")
        if stream.due_ns is not None:
            delay_s = max(0, stream.due_ns - self._driver.now_ns()) / NS_PER_S
            self._timers[stream.topic].set(delay_s, lambda: self._wake(stream))

    def _tell(self, callback: Callable[[T], object] | None, news: T, what: str) -> None:
        if callback is None:
            self._driver.report(what, news)
            return
        try:
            callback(news)
        except Exception as error:  # noqa: BLE001 - the user's code; whatever it is, the stream goes on
            self._driver.report("a callback failed", error)

    def _wake(self, stream: TopicStream) -> None:
        self._obey(stream, stream.wake(now_ns=self._driver.now_ns()))

    def _ask(self, stream: TopicStream, ask: Ask) -> None:
        def answered(result: Any, error: ClientError | None) -> None:
            if not self._is_closed:
                self._obey(stream, self._answer(stream, ask, result, error))

        if ask.is_resume:
            place = {"topic": ask.topic, "epoch": ask.epoch, "seq": ask.seq}
            self._calls.call("tapecast.stream.resume", place, answered)
        else:
            self._calls.call("tapecast.stream.get", {"topic": ask.topic}, answered)

    def _answer(self, stream: TopicStream, ask: Ask, result: Any, error: ClientError | None) -> list[Output]:
        now_ns = self._driver.now_ns()
        if error is None:
            try:
                return _take_answer(stream, ask, result, now_ns)
            except MalformedEvent as malformed:
                self._driver.report("an answer cannot be read", malformed)
                error = InternalFault("tapecast.error.internal", message=str(malformed), retry=True, details={})
        return stream.fail(ask, error, now_ns=now_ns) if isinstance(error, CallRefused) else []


def _take_answer(stream: TopicStream, ask: Ask, result: Any, now_ns: int) -> list[Output]:
    topic = ask.topic
    if not isinstance(result, Mapping):
        raise MalformedEvent(f"{topic}: expected an answer with fields")
    if not ask.is_resume:
        state = read_event(topic, result, is_state=True)
        return stream.answer_state(ask, state, read_delivery(topic, result), now_ns=now_ns)
    if result.get("recovered") is True:
        events = [read_event(topic, envelope) for envelope in _envelopes(topic, result.get("events"))]
        return stream.answer_events(ask, events, now_ns=now_ns)
    (snapshot,) = _envelopes(topic, [result.get("snapshot")])
    delivery = read_delivery(topic, snapshot) if "delivery" in snapshot else None
    return stream.answer_state(ask, read_event(topic, snapshot, is_state=True), delivery, now_ns=now_ns)


def _envelopes(topic: str, values: object) -> list[Mapping[str, Any]]:
    if not isinstance(values, list | tuple) or not all(isinstance(value, Mapping) for value in values):
        raise MalformedEvent(f"{topic}: expected envelopes")
    return list(values)


def _topics(rows: object) -> list[str]:
    if not isinstance(rows, list | tuple):
        return []
    return [row["topic"] for row in rows if isinstance(row, Mapping) and isinstance(row.get("topic"), str)]
