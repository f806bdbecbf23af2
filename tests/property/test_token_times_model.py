"""What is due of sessions' tokens, against a model that keeps every token in a plain list."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from router.token_times import NOTICE_S, Due, TokenTimes

LEEWAY_S = 30
lifetimes_s = st.integers(0, 3 * NOTICE_S)


class TokenTimesMachine(RuleBasedStateMachine):
    """
    Sessions come, renew and go while time passes, and every now and then all that is due is done.

    The model: each session's one token, and whether its notice was given.
    """

    sessions = Bundle("sessions")

    def __init__(self) -> None:
        super().__init__()
        self.times = TokenTimes()
        self.now_s = 1_000
        self.last_session = 0
        self.tokens: dict[int, int] = {}
        self.warned: set[int] = set()

    @rule(target=sessions, lifetime_s=lifetimes_s)
    def join(self, lifetime_s: int) -> int:
        """A session joins with a token."""
        self.last_session += 1
        self._take_token(self.last_session, lifetime_s)
        return self.last_session

    @rule(session=sessions, lifetime_s=lifetimes_s)
    def renew(self, session: int, lifetime_s: int) -> None:
        """A session that is there goes on with another token, which may end sooner."""
        if session in self.tokens:
            self._take_token(session, lifetime_s)

    def _take_token(self, session: int, lifetime_s: int) -> None:
        self.times.set(session, expires_at_s=self.now_s + lifetime_s, leeway_s=LEEWAY_S)
        self.tokens[session] = self.now_s + lifetime_s
        self.warned.discard(session)

    @rule(session=consumes(sessions))
    def leave(self, session: int) -> None:
        """A session ends by itself; one that has ended already is not known any more."""
        self.times.forget(session)
        self.tokens.pop(session, None)
        self.warned.discard(session)

    @rule(passed_s=st.integers(0, 2 * NOTICE_S))
    def wait(self, passed_s: int) -> None:
        """Time passes, perhaps a lot at once."""
        self.now_s += passed_s

    @rule(target=sessions, most=st.integers(1, 5))
    def do_what_is_due(self, most: int) -> object:
        """Some of it is done, as in one turn; each is due exactly where the model says so."""
        for _ in range(most):
            due = self.times.pop_due(now_s=self.now_s)
            if due is None:
                assert not self._ended() | self._to_warn()
                break
            session, what = due
            if what is Due.END:
                assert session in self._ended()
                del self.tokens[session]
                self.warned.discard(session)
            else:
                assert not self._ended(), "ends come before notices"
                assert session in self._to_warn()
                self.warned.add(session)
        return multiple()

    def _ended(self) -> set[int]:
        return {one for one, end_s in self.tokens.items() if end_s + LEEWAY_S <= self.now_s}

    def _to_warn(self) -> set[int]:
        return {one for one, end_s in self.tokens.items() if end_s - NOTICE_S <= self.now_s and one not in self.warned}

    @invariant()
    def wakes_in_time(self) -> None:
        """Whoever sleeps until the next thing is due misses none."""
        notices = [end_s - NOTICE_S for one, end_s in self.tokens.items() if one not in self.warned]
        ends = [end_s + LEEWAY_S for end_s in self.tokens.values()]
        assert self.times.next_s() == min(notices + ends, default=None)
        assert len(self.times) == len(self.tokens)


TestTokenTimes: Any = TokenTimesMachine.TestCase
