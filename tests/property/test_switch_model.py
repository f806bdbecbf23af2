"""The dead-man switch against a plain account of who came and went, with processes that die and start in between."""

from typing import Any

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from components.contract.envelope import NS_PER_MS
from components.model.sessions import JoinedSession
from components.trading.switches.switches import Switches, encoded_fact

USERS = ("alice", "bob")
DELAYS_MS = (1000, 2000, 5000)

users = st.sampled_from(USERS)
delays_ms = st.sampled_from(DELAYS_MS)


@attrs.define
class PlainUser:
    """
    What is true of one user.

    Attributes:
        sessions: When each joined that is there.
        armed: The delay and the time of each arming that counts.
        losses: The deadlines of what is lost and not forgiven.
        back_after_ns: Whoever joined later came back.
    """

    sessions: dict[int, int] = attrs.field(factory=dict)
    armed: dict[int, tuple[int, int]] = attrs.field(factory=dict)
    losses: list[int] = attrs.field(factory=list)
    back_after_ns: int = 0

    @property
    def deadline_ns(self) -> int | None:
        """When the orders are to be cancelled."""
        return max(self.losses) if self.losses and not self.armed else None

    def forgive(self) -> None:
        """The user is there."""
        self.losses.clear()
        self.back_after_ns = 0

    def lose(self, session_id: int, *, now_ns: int, back_after_ns: int) -> None:
        """An armed session is found to be gone."""
        after_ns, _ = self.armed.pop(session_id)
        self.losses.append(now_ns + after_ns)
        self.back_after_ns = max(self.back_after_ns, back_after_ns)

    def look_around(self, now_ns: int) -> None:
        """A process starts, and finds what is there."""
        last_ns = max((armed_ns for _, armed_ns in self.armed.values()), default=0)
        for session_id in [one for one in self.armed if one not in self.sessions]:
            self.lose(session_id, now_ns=now_ns, back_after_ns=last_ns)
        if self.losses and any(self.back_after_ns < joined <= max(self.losses) for joined in self.sessions.values()):
            self.forgive()


class SwitchMachine(RuleBasedStateMachine):
    """Sessions come and go; the process that watches them is there, or away."""

    def __init__(self) -> None:
        """Begin with nobody, at some time."""
        super().__init__()
        self.switches = Switches()
        self.checkpoint = self.switches.checkpoint()
        self.records: list[bytes] = []
        self.plain = {user_id: PlainUser() for user_id in USERS}
        self.now_ns = 1_000_000_000
        self.last_session = 0
        self.is_away = False
        self.fired: list[str] = []

    @initialize(user_id=users, longer_ms=delays_ms, shorter_ms=delays_ms, has_third=st.booleans())
    def begin(self, user_id: str, longer_ms: int, shorter_ms: int, has_third: bool) -> None:  # noqa: FBT001 - drawn
        """Two sessions of a user are armed, and perhaps a third is there that is not."""
        for delay_ms in (longer_ms, shorter_ms):
            self.join(user_id)
            self.arm_session(user_id, self.last_session, delay_ms)
        if has_third:
            self.join(user_id)

    @rule(user_id=users)
    def join(self, user_id: str) -> None:
        """One more session of a user."""
        self.now_ns += 1
        self.last_session += 1
        self.plain[user_id].sessions[self.last_session] = self.now_ns
        if not self.is_away:
            self.switches.receive_join(user_id, now_ns=self.now_ns)
            self.plain[user_id].forgive()

    @rule(user_id=users, data=st.data())
    def leave(self, user_id: str, data: st.DataObject) -> None:
        """A session is gone."""
        plain = self.plain[user_id]
        if not plain.sessions:
            return
        session_id = data.draw(st.sampled_from(sorted(plain.sessions, key=lambda one: one not in plain.armed)))
        del plain.sessions[session_id]
        self.now_ns += 1
        if self.is_away:
            return
        self.switches.receive_leave(session_id, now_ns=self.now_ns)
        if session_id in plain.armed:
            plain.lose(session_id, now_ns=self.now_ns, back_after_ns=self.now_ns)

    @precondition(lambda self: not self.is_away)
    @rule(user_id=users, delay_ms=delays_ms, data=st.data())
    def arm(self, user_id: str, delay_ms: int, data: st.DataObject) -> None:
        """A session wants the orders cancelled when it is lost."""
        plain = self.plain[user_id]
        if not plain.sessions:
            return
        self.arm_session(user_id, data.draw(st.sampled_from(sorted(plain.sessions))), delay_ms)

    def arm_session(self, user_id: str, session_id: int, delay_ms: int) -> None:
        """One session's switch."""
        plain = self.plain[user_id]
        self.now_ns += 1
        self.switches.arm(user_id, session_id, delay_ms, now_ns=self.now_ns)
        after_ns, armed_ns = delay_ms * NS_PER_MS, self.now_ns
        known = plain.armed.get(session_id)
        if known is None or known[0] != after_ns or plain.losses:
            plain.armed[session_id] = (after_ns, armed_ns)
        plain.forgive()

    @precondition(lambda self: not self.is_away)
    @rule(user_id=users, data=st.data())
    def disarm(self, user_id: str, data: st.DataObject) -> None:
        """A session wants that no longer, whether it did or not."""
        plain = self.plain[user_id]
        if not plain.sessions:
            return
        session_id = data.draw(st.sampled_from(sorted(plain.sessions)))
        self.switches.disarm(user_id, session_id, now_ns=self.now_ns)
        plain.armed.pop(session_id, None)
        plain.forgive()

    @rule(passed_ms=st.sampled_from([1, 900, 1000, 2500, 6000]))
    def wait(self, passed_ms: int) -> None:
        """Time goes by."""
        self.now_ns += passed_ms * NS_PER_MS

    @precondition(lambda self: not self.is_away)
    @rule()
    def look(self) -> None:
        """Cancel what is due: all of it, nothing else, and nobody's who still has an armed session."""
        due = self.switches.due(self.now_ns)

        deadlines = {user_id: plain.deadline_ns for user_id, plain in self.plain.items()}
        expected = [user_id for user_id, one in deadlines.items() if one is not None and one <= self.now_ns]
        assert sorted(due) == expected
        for user_id in due:
            plain = self.plain[user_id]
            assert not plain.armed.keys() & plain.sessions.keys()
            self.switches.note_fired(user_id, 0, now_ns=self.now_ns)
            plain.forgive()

    @precondition(lambda self: not self.is_away)
    @rule(keeps_state=st.booleans())
    def die(self, keeps_state: bool) -> None:  # noqa: FBT001 - drawn
        """The process is gone, behind a checkpoint or not."""
        self.write_down()
        if keeps_state:
            self.checkpoint, self.records = self.switches.checkpoint(), []
        self.is_away = True

    @precondition(lambda self: self.is_away)
    @rule()
    def lose_everybody(self) -> None:
        """The whole node is gone, and everybody with it."""
        for plain in self.plain.values():
            plain.sessions.clear()

    @precondition(lambda self: self.is_away)
    @rule()
    def start(self) -> None:
        """Another process goes on."""
        self.now_ns += 1
        self.switches = self.written_down()
        wanted = self.switches.user_ids
        self.switches.compare(
            [
                JoinedSession(session_id=session_id, user_id=user_id, joined_ns=joined_ns)
                for user_id, plain in self.plain.items()
                if user_id in wanted
                for session_id, joined_ns in plain.sessions.items()
            ],
            now_ns=self.now_ns,
        )
        for plain in self.plain.values():
            plain.look_around(self.now_ns)
        self.is_away = False

    @invariant()
    def is_as_told(self) -> None:
        """The switches are what is true of the users, and what the journal would make of them."""
        if self.is_away:
            return
        self.write_down()
        assert self.written_down().checkpoint() == self.switches.checkpoint()
        of_interest = [user_id for user_id, plain in self.plain.items() if plain.armed or plain.losses]
        assert sorted(self.switches.user_ids) == of_interest
        assert self.switches.is_idle is not bool(of_interest)
        assert self.switches.is_running is any(plain.deadline_ns is not None for plain in self.plain.values())
        for user_id, plain in self.plain.items():
            assert self.switches.count_armed(user_id) == len(plain.armed)
            if plain.deadline_ns is not None:
                assert user_id in self.switches.due(plain.deadline_ns)
                assert user_id not in self.switches.due(plain.deadline_ns - 1)

    def write_down(self) -> None:
        """Keep the facts as the journal does."""
        self.records += [encoded_fact(fact) for fact in self.switches.take()]

    def written_down(self) -> Switches:
        """What another process would make of the journal."""
        switches = Switches()
        switches.restore(self.checkpoint)
        for record in self.records:
            switches.apply_record(record)
        return switches


TestSwitches: Any = SwitchMachine.TestCase
TestSwitches.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
