"""
One topic as a subscriber sees it: what to ask for, what to deliver, what to drop, so that nothing is missing unseen.

    phase     begin          receive                 answer               error            lose
    idle      -> asked       dropped                 -                    -                idle
    asked     -              held                    -> live, or waiting  -> waiting,      idle
                                                                          asked, refused
    waiting   -              dropped, the answer     -                    -                idle
                             will contain it; after
                             an error -> asked, as
                             soon as a second is over
    live      -              delivered, dropped as   -                    -                idle
                             a duplicate, or
                             -> asked, waiting
    refused   -> asked       dropped                 -                    -                idle

An answer contains everything that came before its question was sent, so only what comes after is held. A conflated
topic that was live once is never held up: each of its events is complete in itself.
"""

import collections
import enum

import attrs

from tapecast_client.errors import CallRefused, InternalFault, RateLimited
from tapecast_client.events import ContinuityLost, Delivery, Event, Refused

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000
MAX_HELD = 10_000
"""Events that wait for an answer; with one more all go, and what is missing then is asked for again."""
FIRST_WAIT_NS = NS_PER_S
LONGEST_WAIT_NS = 30 * NS_PER_S
CALM_NS = 2 * LONGEST_WAIT_NS
"""A topic that had nothing to repair for so long begins with the shortest wait again."""
REMEMBERED_EPOCHS = 8


class Phase(enum.Enum):
    """Where a topic is; the module's table says what follows what."""

    IDLE = enum.auto()
    ASKED = enum.auto()
    WAITING = enum.auto()
    LIVE = enum.auto()
    REFUSED = enum.auto()


@attrs.frozen(kw_only=True)
class Ask:
    """
    A call that is to be made now.

    Attributes:
        topic: Of which topic.
        number: Tells this question from the earlier ones of the topic.
        epoch: From where to resume; None asks for a snapshot.
        seq: From where to resume.
    """

    topic: str
    number: int
    epoch: str | None = None
    seq: int = 0

    @property
    def is_resume(self) -> bool:
        """Whether events are asked for, and not only the state."""
        return self.epoch is not None


Output = Ask | Event | ContinuityLost | Refused


@attrs.define
class TopicStream:
    """
    One topic's place in its stream.

    Sans-I/O: it is told what came and when, and returns what is to be asked and delivered, in order. It lives as long
    as the subscription, over any number of sessions, and trusts the order of a topic's events, nothing else: they may
    be lost or doubled at any point, and answers may overtake them.

    Units: `now_ns` and `due_ns` are nanoseconds on a clock that does not jump.

    Attributes:
        topic: Its URI.
        delivery: What the gateway may leave out; None until it said so.
        epoch: Where the topic is; None before the first answer.
        seq: The newest number that was delivered or is contained in a state that was.
        due_ns: When `wake` has something to ask; None where it has not.
    """

    topic: str
    delivery: Delivery | None = None
    epoch: str | None = attrs.field(default=None, init=False)
    seq: int = attrs.field(default=0, init=False)
    due_ns: int | None = attrs.field(default=None, init=False)
    phase: Phase = attrs.field(default=Phase.IDLE, init=False)
    _held: list[Event] = attrs.field(factory=list, init=False)
    _number: int = attrs.field(default=0, init=False)
    _wants_resume: bool = attrs.field(default=False, init=False)
    _has_moved: bool = attrs.field(default=False, init=False)
    _left: collections.deque[str] = attrs.field(factory=lambda: collections.deque(maxlen=REMEMBERED_EPOCHS), init=False)
    _repair_wait_ns: int = attrs.field(default=FIRST_WAIT_NS, init=False)
    _repaired_ns: int | None = attrs.field(default=None, init=False)
    _failure_wait_ns: int = attrs.field(default=FIRST_WAIT_NS, init=False)
    _soonest_ns: int | None = attrs.field(default=None, init=False)

    def begin(self) -> list[Output]:
        """The subscription stands: ask for what is missing, or for the state where nothing is known."""
        self._failure_wait_ns = FIRST_WAIT_NS
        return [self._ask(resumes=self.epoch is not None)]

    def lose(self) -> None:
        """The subscription, or its session, is over; the place in the stream stays."""
        self.phase = Phase.IDLE
        self.due_ns = None
        self._held.clear()

    def receive(self, event: Event, *, now_ns: int) -> list[Output]:
        """Take an event from the wire."""
        if self.phase is Phase.LIVE:
            return self._take(event, now_ns)
        if self.phase not in (Phase.ASKED, Phase.WAITING):
            return []
        if self.delivery is Delivery.CONFLATED and self.epoch is not None and event.epoch not in self._left:
            return self._take(event, now_ns)
        if self.phase is Phase.ASKED:
            if len(self._held) >= MAX_HELD:
                self._held.clear()
            self._held.append(event)
            return []
        return self._hurry(now_ns)

    def answer_state(self, ask: Ask, state: Event, delivery: Delivery | None, *, now_ns: int) -> list[Output]:
        """
        Take the whole state that was asked for, or that came in place of events.

        Args:
            ask: The question.
            state: Its answer.
            delivery: The topic's class, where the answer tells it.
            now_ns: The time.
        """
        if not self._is_awaited(ask):
            return []
        self.delivery = delivery or self.delivery
        return [*self._adopt_state(state), *self._go_live(now_ns)]

    def answer_events(self, ask: Ask, events: list[Event], *, now_ns: int) -> list[Output]:
        """Take the events that were asked for: all behind the place in the stream, or the newest of a conflated one."""
        if not self._is_awaited(ask):
            return []
        held, self._held = self._held, []
        self._held = [*events, *held]
        return self._go_live(now_ns)

    def fail(self, ask: Ask, error: CallRefused, *, now_ns: int) -> list[Output]:
        """Take a refusal: ask again later where that can help, for a state where events are not to be had."""
        if not self._is_awaited(ask):
            return []
        if error.retry or isinstance(error, InternalFault):
            announced_ms = error.retry_after_ms if isinstance(error, RateLimited) else None
            self._wait(now_ns + max(self._failure_wait_ns, (announced_ms or 0) * NS_PER_MS), resumes=ask.is_resume)
            self._soonest_ns = None if isinstance(error, RateLimited) else now_ns + FIRST_WAIT_NS
            self._failure_wait_ns = min(2 * self._failure_wait_ns, LONGEST_WAIT_NS)
            return []
        if ask.is_resume:
            return [self._ask(resumes=False)]
        self.phase = Phase.REFUSED
        self._held.clear()
        return [Refused(uri=self.topic, error=error)]

    def wake(self, *, now_ns: int) -> list[Output]:
        """Ask what is due."""
        if self.phase is not Phase.WAITING or self.due_ns is None or now_ns < self.due_ns:
            return []
        return [self._ask(resumes=self._wants_resume)]

    def _is_awaited(self, ask: Ask) -> bool:
        return self.phase is Phase.ASKED and ask.number == self._number

    def _ask(self, *, resumes: bool) -> Ask:
        self.phase = Phase.ASKED
        self.due_ns = None
        self._held.clear()
        self._has_moved = False
        self._number += 1
        if resumes:
            return Ask(topic=self.topic, number=self._number, epoch=self.epoch, seq=self.seq)
        return Ask(topic=self.topic, number=self._number)

    def _hurry(self, now_ns: int) -> list[Output]:
        """An event came while its owner was thought to be away: it is back, and its journal holds only so much."""
        if self._soonest_ns is not None and self.due_ns is not None:
            self.due_ns = min(self.due_ns, self._soonest_ns)
        return self.wake(now_ns=now_ns)

    def _wait(self, due_ns: int, *, resumes: bool) -> None:
        self.phase = Phase.WAITING
        self.due_ns = due_ns
        self._soonest_ns = None
        self._wants_resume = resumes
        self._held.clear()

    def _repair(self, now_ns: int, *, resumes: bool) -> list[Output]:
        last_ns, self._failure_wait_ns = self._repaired_ns, FIRST_WAIT_NS
        if last_ns is None or now_ns - last_ns >= CALM_NS:
            self._repair_wait_ns = FIRST_WAIT_NS
            due_ns = now_ns
        else:
            due_ns = max(now_ns, last_ns + self._repair_wait_ns)
            self._repair_wait_ns = min(2 * self._repair_wait_ns, LONGEST_WAIT_NS)
        self._repaired_ns = due_ns
        self._wait(due_ns, resumes=resumes)
        return self.wake(now_ns=now_ns)

    def _take(self, event: Event, now_ns: int) -> list[Output]:
        if event.epoch != self.epoch:
            return self._take_other_epoch(event, now_ns)
        if event.seq <= self.seq:
            return []
        if event.first_seq > self.seq + 1 and self.delivery is not Delivery.CONFLATED:
            return self._repair(now_ns, resumes=self.delivery is not Delivery.GAPPED)
        self.seq = event.seq
        return [event]

    def _take_other_epoch(self, event: Event, now_ns: int) -> list[Output]:
        is_left = event.epoch in self._left
        begins = event.type == "snapshot" and self.delivery is Delivery.GAPPED
        if not is_left and (begins or self.delivery is Delivery.CONFLATED):
            self._has_moved = True
            return [*self._move(event), event]
        return self._repair(now_ns, resumes=True)

    def _adopt_state(self, state: Event) -> list[Output]:
        if state.epoch == self.epoch and state.seq <= self.seq:
            return []
        # A conflated topic can have gone on to an epoch that is newer than the answer.
        if state.epoch != self.epoch and self._has_moved:
            return []
        notice = self._move(state)
        return [*notice, state] if state.seq or notice else notice

    def _move(self, event: Event) -> list[Output]:
        """Go to an event's place, and say what is missing between."""
        epoch, seq = self.epoch, self.seq
        self.epoch, self.seq = event.epoch, event.seq
        if epoch is None:
            return []
        if epoch != event.epoch:
            self._left.append(epoch)
            if event.epoch in self._left:
                self._left.remove(event.epoch)
        if self.delivery is Delivery.CONFLATED:
            return []
        return [ContinuityLost(topic=self.topic, epoch=epoch, seq=seq, new_epoch=event.epoch, new_seq=event.seq)]

    def _go_live(self, now_ns: int) -> list[Output]:
        self.phase = Phase.LIVE
        self._failure_wait_ns = FIRST_WAIT_NS
        held, self._held = self._held, []
        outputs: list[Output] = []
        for event in held:
            outputs += self._take(event, now_ns)
            # What is left over is contained in the next answer.
            if self.phase is not Phase.LIVE:
                break
        return outputs
