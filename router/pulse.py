"""Whether a process still lives: one that hangs does not die of it, and nobody else would notice."""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

from components.wamp.deadline import comes_within

INTERVAL_S = 10.0
ANSWERED_WITHIN_S = 30.0
"""No turn of a process that is well takes this long."""


class Pulse:
    """
    A question that a process is asked again and again.

    Any answer will do, an error too: what does not live says nothing at all.
    """

    def __init__(self, ask: Callable[[], "Deferred[Any]"], on_silence: Callable[[], None], clock: IReactorTime) -> None:
        """
        Watch over a process, from `start` on.

        Args:
            ask: Asks it once.
            on_silence: Called, once, when it has not answered in time.
            clock: Says when to ask, and when time is over.
        """
        self._ask = ask
        self._on_silence = on_silence
        self._clock = clock
        self._beating = LoopingCall(lambda: Deferred.fromCoroutine(self._beat()))
        self._beating.clock = clock

    def start(self) -> None:
        """Begin to ask."""
        self._beating.start(INTERVAL_S, now=False)

    def stop(self) -> None:
        """Ask no more; what is asked already may stay without an answer."""
        if self._beating.running:
            self._beating.stop()

    async def _beat(self) -> None:
        has_answered = await comes_within(ANSWERED_WITHIN_S, self._ask(), self._clock)
        if not has_answered and self._beating.running:
            self.stop()
            self._on_silence()
