"""The shell of one followed topic: subscribes, asks for the state, and asks again until it is there."""

from collections.abc import Callable
from typing import Any

import attrs
from autobahn.wamp.exception import ApplicationError, TransportLost
from twisted.internet.defer import CancelledError, Deferred, DeferredSemaphore, ensureDeferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from components.contract.topics import PREFIX, Delivery
from components.model.errors import MalformedMessage
from components.trading.live.stream_follower import (
    FIRST_WAIT_S,
    Event,
    Lost,
    Output,
    Phase,
    StreamFollower,
    wait_after_failure_s,
)
from components.wamp.session import SubscribingSession, Subscription

MOST_QUESTIONS = 16
"""So many questions for states wait for their answers at a time, of all topics together."""

_FAILED = (ApplicationError, TransportLost, MalformedMessage)


@attrs.frozen(kw_only=True)
class Realm:
    """
    What all followed topics have in common.

    Attributes:
        session: Joined to the realm.
        clock: Tells when to ask again.
        chance: Gives a number from 0 up to, but not including, 1, for the jitter of waits.
        on_fault: Called once a bug of ours is logged.
        questions: Bounds how many are under way.
    """

    session: SubscribingSession
    clock: IReactorTime
    chance: Callable[[], float]
    on_fault: Callable[[], None]
    questions: DeferredSemaphore = attrs.field(factory=lambda: DeferredSemaphore(MOST_QUESTIONS))


@attrs.frozen
class Receiver:
    """
    Who is told of a topic.

    Attributes:
        take: Takes an event or a state, and whether it is whole; raises MalformedMessage where it cannot be read.
        lose: Is told that what it took counts no more.
    """

    take: Callable[[Event, bool], None]
    lose: Callable[[], None]


class FollowedTopic:
    """
    Follow one topic, from `start` to `stop`.

    While its owner is away nothing is asked: `lose` says so, and `resume` that it is back.
    """

    _log = Logger()

    def __init__(self, realm: Realm, topic: str, delivery: Delivery, receiver: Receiver) -> None:
        """
        Follow nothing yet.

        Args:
            realm: What all topics have in common.
            topic: Its URI.
            delivery: Its class.
            receiver: Who is told.
        """
        self.topic = topic
        self._realm = realm
        self._receiver = receiver
        self._follower = StreamFollower(delivery)
        self._subscription: Subscription | None = None
        self._is_away = False
        self._is_stopped = False
        self._is_pursuing = False
        self._is_comparing = False
        self._failures = 0
        self._asked_s: float | None = None
        self._waiting: Deferred[None] | None = None
        self._first_answer: list[Deferred[None]] | None = []

    def start(self) -> None:
        """Subscribe, and ask for the state."""
        self._pursue()

    @property
    def is_answered(self) -> bool:
        """Whether the state was asked for once, whatever the answer."""
        return self._first_answer is None

    def when_answered(self) -> "Deferred[None]":
        """A Deferred that fires when the state was asked for once, whatever the answer."""
        if self._first_answer is None:
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        self._first_answer.append(waiting)
        return waiting

    def stop(self) -> None:
        """Unsubscribe, and tell nothing more."""
        self._is_stopped = True
        self._wake()
        self._settle()
        self._unsubscribe()

    def lose(self) -> None:
        """The owner is away: what was told counts no more, and nobody is asked until it is back."""
        self._is_away = True
        self._wake()
        self._settle()
        self._deliver(self._follower.lose())

    def resume(self) -> None:
        """The owner is back: ask for the state."""
        self._is_away = False
        self._failures = 0
        self._pursue()

    def check(self) -> None:
        """Ask the owner whether what was told still counts."""
        if self._follower.phase is Phase.LIVE and not self._is_comparing:
            self._is_comparing = True
            ensureDeferred(self._compare()).addErrback(self._report_fault)

    def _receive(self, **event: Any) -> None:
        if self._is_stopped:
            return
        try:
            self._deliver(self._follower.receive(event))
        except MalformedMessage as error:
            self._failures += 1
            self._log.error("{topic} cannot be read: {error}", topic=self.topic, error=error)
        except Exception:  # noqa: BLE001 - whatever it is, it is a bug
            self._report_fault(None)
        self._pursue()

    def _pursue(self) -> None:
        if self._is_wanting and not self._is_pursuing:
            self._is_pursuing = True
            ensureDeferred(self._become_live()).addErrback(self._report_fault)

    @property
    def _is_wanting(self) -> bool:
        return not (self._is_stopped or self._is_away or self._follower.phase is Phase.LIVE)

    async def _become_live(self) -> None:
        try:
            while self._is_wanting:
                await self._wait()
                if self._is_wanting:
                    await self._attempt()
        finally:
            self._is_pursuing = False

    async def _wait(self) -> None:
        if self._asked_s is None:
            return
        wait_s = wait_after_failure_s(self._failures, self._realm.chance()) if self._failures else FIRST_WAIT_S
        left_s = self._asked_s + wait_s - self._realm.clock.seconds()
        if left_s > 0:
            self._waiting = deferLater(self._realm.clock, left_s)
            try:
                await self._waiting
            except CancelledError:
                pass
            finally:
                self._waiting = None

    async def _attempt(self) -> None:
        self._asked_s = self._realm.clock.seconds()
        try:
            await self._subscribe()
            await self._realm.questions.run(self._ask)
            self._failures = 0
        except _FAILED as error:
            self._failures += 1
            self._log.debug("{topic} has no state: {error}", topic=self.topic, error=error)
        self._settle()

    async def _subscribe(self) -> None:
        if self._subscription is None:
            self._subscription = await self._realm.session.subscribe(self._receive, self.topic)
            if self._is_stopped:
                self._unsubscribe()

    def _ask(self) -> "Deferred[None]":
        return ensureDeferred(self._ask_state())

    async def _ask_state(self) -> None:
        if not self._is_wanting:
            return
        self._follower.ask()
        state = await self._realm.session.call(f"{PREFIX}.stream.get", topic=self.topic)
        if not self._is_stopped:
            self._deliver(self._follower.answer(state))

    async def _compare(self) -> None:
        try:
            state = await self._realm.session.call(f"{PREFIX}.stream.get", topic=self.topic)
        except _FAILED as error:
            self._log.debug("{topic} cannot be compared: {error}", topic=self.topic, error=error)
            outputs = self._follower.lose()
        else:
            outputs = self._follower.check(state)
        finally:
            self._is_comparing = False
        if not self._is_stopped:
            self._deliver(outputs)
            self._pursue()

    def _deliver(self, outputs: list[Output]) -> None:
        for output in outputs:
            if isinstance(output, Lost):
                self._receiver.lose()
                continue
            try:
                self._receiver.take(output.event, output.is_whole)
            except MalformedMessage:
                self._deliver(self._follower.lose())
                raise

    def _unsubscribe(self) -> None:
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            subscription.unsubscribe().addErrback(
                lambda failure: self._log.debug("{topic} stays: {error}", topic=self.topic, error=failure.value)
            )

    def _wake(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()

    def _settle(self) -> None:
        waiting, self._first_answer = self._first_answer or [], None
        for one in waiting:
            one.callback(None)

    def _report_fault(self, failure: Failure | None) -> None:
        self._log.failure("{topic} cannot be followed; this is a bug in the gateway", failure, topic=self.topic)
        self._realm.on_fault()
