"""When each session's token is about to end, and when it has ended."""

import enum

import attrs

from router.token_ends import TokenEnds

NOTICE_S = 60
"""How long before a token's end its session is told."""


class Due(enum.Enum):
    """What is due of a session's token."""

    NOTICE = "notice"
    END = "end"


@attrs.define
class TokenTimes:
    """
    What is due of the tokens of sessions.

    Sans-I/O; times are UNIX seconds. Of each token there is one notice, `NOTICE_S` before its end or at once where it
    has less to go, and one end, when the leeway is over as well. Another token of the session takes the place of both.
    """

    _notices: TokenEnds = attrs.field(factory=TokenEnds)
    _ends: TokenEnds = attrs.field(factory=TokenEnds)

    def __len__(self) -> int:
        return len(self._ends)

    def set(self, session_id: int, *, expires_at_s: float, leeway_s: float) -> None:
        """Let a session have a token that it did not have before."""
        self._notices.set(session_id, expires_at_s - NOTICE_S)
        self._ends.set(session_id, expires_at_s + leeway_s)

    def forget(self, session_id: int) -> None:
        """Know no more of a session, where it was known."""
        self._notices.forget(session_id)
        self._ends.forget(session_id)

    def next_s(self) -> float | None:
        """When something is due next; None where nothing will be."""
        times_s = (self._notices.next_s(), self._ends.next_s())
        return min((time_s for time_s in times_s if time_s is not None), default=None)

    def pop_due(self, *, now_s: float) -> tuple[int, Due] | None:
        """Of which session what is due, each once, ends before notices; None where nothing is."""
        session_id = self._ends.pop_due(now_s=now_s)
        if session_id is not None:
            self._notices.forget(session_id)
            return session_id, Due.END
        session_id = self._notices.pop_due(now_s=now_s)
        return None if session_id is None else (session_id, Due.NOTICE)
