"""The end of every session whose token ends: one timer for all of them."""

import time
from collections.abc import Callable
from datetime import datetime

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from auth.claims import TokenRules
from router.token_ends import TokenEnds

LOOK_AGAIN_S = 60.0
"""The clock of the day may be set meanwhile, and the timer's is another."""

ENDED_PER_TURN = 64
"""How many are ended in one turn of the reactor, so that the others' sockets are served meanwhile."""


class TokenWatch:
    """
    Ends each session when its token has ended, with the leeway that a join has.

    Attributes:
        leeway_s: How long a token is good beyond its end.
    """

    def __init__(self, clock: IReactorTime, now_s: Callable[[], float] = time.time) -> None:
        """
        Watch nobody yet.

        Args:
            clock: Gives the turns.
            now_s: Tells UNIX seconds.
        """
        self.leeway_s = TokenRules().leeway_s
        self._clock = clock
        self._now_s = now_s
        self._ends = TokenEnds()
        self._sessions: dict[int, Callable[[], None]] = {}
        self._timer: IDelayedCall | None = None

    def follow(self, session_id: int, expires_at: str, end: Callable[[], None]) -> None:
        """
        End a session when its token has ended.

        Args:
            session_id: The session.
            expires_at: When the token ends, ISO-8601.
            end: Ends the session.
        """
        self._sessions[session_id] = end
        self.renew(session_id, expires_at)

    def renew(self, session_id: int, expires_at: str) -> None:
        """Let a session have the end of another token, where it has one at all."""
        if session_id in self._sessions:
            self._ends.set(session_id, datetime.fromisoformat(expires_at).timestamp() + self.leeway_s)
            self._wake_for_next()

    def forget(self, session_id: int) -> None:
        """Watch a session no more: it has ended."""
        if self._sessions.pop(session_id, None) is not None:
            self._ends.forget(session_id)
            self._wake_for_next()

    def _wake_for_next(self) -> None:
        next_s = self._ends.next_s()
        if next_s is None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            return
        wait_s = min(max(next_s - self._now_s(), 0.0), LOOK_AGAIN_S)
        if self._timer is None:
            self._timer = self._clock.callLater(wait_s, self._look)
        elif self._clock.seconds() + wait_s < self._timer.getTime():
            self._timer.reset(wait_s)

    def _look(self) -> None:
        self._timer = None
        try:
            for _ in range(ENDED_PER_TURN):
                session_id = self._ends.pop_due(now_s=self._now_s())
                if session_id is None:
                    break
                self._sessions.pop(session_id)()
        finally:
            self._wake_for_next()
