"""
One topic of the market as trading follows it: what is news, what waits for the state, and when something is missing.

    phase    ask       a whole       a change                 the state that was asked for    lose
    lost     -> asked  -> live       dropped: the state that  dropped                         lost
                                     is asked for has it
    asked    asked,    -> live       held                     -> live, then what was held     -> lost
             nothing
             is held
    live     -         taken, live   taken; -> lost where     dropped                         -> lost
                                     one before is missing

Every event of a conflated topic is a whole one. An event that is known, or of an epoch that was left, is dropped in
every phase.
"""

import collections
import enum
from collections.abc import Mapping
from typing import Any

import attrs

from components.contract.envelope import EventType
from components.contract.topics import Delivery

MAX_HELD = 1_000
"""Changes that wait for the state; with one more they go, and the state is asked for again."""

REMEMBERED_EPOCHS = 8

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
_MOST_DOUBLINGS = 5
"""After so many the longest wait is reached."""

Event = Mapping[str, Any]


class Phase(enum.Enum):
    """Where a topic is; the module's table says what follows what."""

    LOST = enum.auto()
    ASKED = enum.auto()
    LIVE = enum.auto()


@attrs.frozen
class Told:
    """
    One event, or a state, that is news.

    Attributes:
        event: Its envelope.
        is_whole: Whether it tells everything, else what changed since the one before.
    """

    event: Event
    is_whole: bool


@attrs.frozen
class Lost:
    """Something is missing: what was told counts no more, and the state is to be asked for."""


Output = Told | Lost


@attrs.define(eq=False)
class StreamFollower:
    """
    One topic.

    Sans-I/O: give it the events as they come, and the state that was asked for once the subscription stood. What it
    returns is in order and without a gap.

    Attributes:
        delivery: The topic's class.
        phase: Where it is.
    """

    delivery: Delivery
    phase: Phase = attrs.field(default=Phase.LOST, init=False)
    _epoch: str | None = attrs.field(default=None, init=False)
    _seq: int = attrs.field(default=0, init=False)
    _held: list[Event] = attrs.field(factory=list, init=False)
    _left: collections.deque[str] = attrs.field(factory=lambda: collections.deque(maxlen=REMEMBERED_EPOCHS), init=False)

    def ask(self) -> None:
        """Take note that the state is asked for now: whatever came before is in it."""
        self.phase = Phase.ASKED
        self._held.clear()

    def receive(self, event: Event) -> list[Output]:
        """Take an event from the wire."""
        if event["epoch"] in self._left or (event["epoch"] == self._epoch and event["seq"] <= self._seq):
            return []
        if self.delivery is Delivery.CONFLATED or event["type"] == EventType.SNAPSHOT:
            return self._take(event, is_whole=True)
        if self.phase is Phase.ASKED:
            return self._hold(event)
        if self.phase is Phase.LOST:
            return []
        if event["epoch"] == self._epoch and event.get("first_seq", event["seq"]) <= self._seq + 1:
            return self._take(event, is_whole=False)
        return self.lose()

    def answer(self, state: Event) -> list[Output]:
        """Take the state that was asked for."""
        if self.phase is not Phase.ASKED:
            return []
        held, self._held = self._held, []
        outputs = self._take(state, is_whole=True)
        for event in held:
            outputs += self.receive(event)
        return outputs

    def check(self, state: Event) -> list[Output]:
        """Compare with what the owner says of the topic: another epoch, or nothing, ends what was told."""
        is_same = state["epoch"] == self._epoch and bool(state["payload"])
        return [] if self.phase is not Phase.LIVE or is_same or state["epoch"] in self._left else self.lose()

    def lose(self) -> list[Output]:
        """Count nothing that was told any more; tells so where it counted."""
        was_live = self.phase is Phase.LIVE
        self.phase = Phase.LOST
        self._held.clear()
        return [Lost()] if was_live else []

    def _take(self, event: Event, *, is_whole: bool) -> list[Output]:
        if self._epoch not in (None, event["epoch"]):
            self._left.append(str(self._epoch))
        self._epoch, self._seq = event["epoch"], event["seq"]
        self.phase = Phase.LIVE
        self._held.clear()
        return [Told(event, is_whole)]

    def _hold(self, event: Event) -> list[Output]:
        if len(self._held) >= MAX_HELD:
            return self.lose()
        self._held.append(event)
        return []


def wait_after_failure_s(failures: int, chance: float) -> float:
    """
    How long to wait before the next question, in seconds: doubling, capped, fully jittered above the first.

    Args:
        failures: How many questions have failed in a row, 1 or more.
        chance: A number from 0 up to, but not including, 1.
    """
    longest_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(failures, _MOST_DOUBLINGS))
    return FIRST_WAIT_S + chance * (longest_s - FIRST_WAIT_S)
