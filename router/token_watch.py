"""The end of every session whose token ends, and the notice before it: one timer for all of them."""

import time
from collections.abc import Callable

import attrs
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from auth.claims import TokenRules
from router.token_times import Due, TokenTimes

LOOK_AGAIN_S = 60.0
"""The clock of the day may be set meanwhile, and the timer's is another."""

DONE_PER_TURN = 64
"""How many are told or ended in one turn of the reactor, so that the others' sockets are served meanwhile."""


@attrs.frozen(kw_only=True)
class TokenHolder:
    """
    A session, as far as its token is concerned.

    Attributes:
        warn: Called once for each token, a minute before its end.
        end: Called when the token has ended.
    """

    warn: Callable[[], None]
    end: Callable[[], None]


class TokenWatch:
    """
    Warns each session before its token ends, and ends it with its token, with the leeway that a join has.

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
        self._times = TokenTimes()
        self._holders: dict[int, TokenHolder] = {}
        self._timer: IDelayedCall | None = None

    def follow(self, session_id: int, expires_at_s: float, holder: TokenHolder) -> None:
        """
        Warn a session and end it, in time.

        Args:
            session_id: The session.
            expires_at_s: When the token ends, UNIX seconds.
            holder: The session itself.
        """
        self._holders[session_id] = holder
        self.renew(session_id, expires_at_s)

    def renew(self, session_id: int, expires_at_s: float) -> None:
        """Let a session have another token, where it has one at all."""
        if session_id in self._holders:
            self._times.set(session_id, expires_at_s=expires_at_s, leeway_s=self.leeway_s)
            self._wake_for_next()

    def forget(self, session_id: int) -> None:
        """Watch a session no more: it has ended."""
        if self._holders.pop(session_id, None) is not None:
            self._times.forget(session_id)
            self._wake_for_next()

    def _wake_for_next(self) -> None:
        next_s = self._times.next_s()
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
            for _ in range(DONE_PER_TURN):
                due = self._times.pop_due(now_s=self._now_s())
                if due is None:
                    break
                self._do(*due)
        finally:
            self._wake_for_next()

    def _do(self, session_id: int, due: Due) -> None:
        if due is Due.END:
            self._holders.pop(session_id).end()
        else:
            self._holders[session_id].warn()
