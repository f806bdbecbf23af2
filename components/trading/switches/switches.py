"""
The dead-man switch: whose orders are to be cancelled because nobody who asked for that is connected any more.

| what comes | while | what becomes of it |
|---|---|---|
| a session arms | any | it is armed; what the user has lost before is forgiven, and a deadline stops |
| an armed session arms again, with the same delay | nothing is lost | nothing |
| a session disarms | it is armed, or anything is lost | it is not armed; as its user is there, the rest as above |
| an armed session ends, however | others of the user are armed | its deadline is noted, and does not run |
| an armed session ends, however | it was the last | the deadline runs: the latest of all that lost sessions asked for |
| a session ends that is not armed | any | nothing |
| any session of the user joins | something is lost | all is forgiven, and must be armed again |
| any session of the user joins | nothing is lost | nothing |
| the deadline is reached | it runs | the user's orders are cancelled, and the user is forgotten |
| a join is seen behind the deadline, but before the orders are cancelled | it runs | the join counts |

What a process finds when it starts, having seen nothing for a while; all of it before anything is answered:

| what it finds | what becomes of it |
|---|---|
| an armed session is not there any more | it is lost now: the deadline is its whole delay from now |
| a session of the user joined behind the loss, and not behind the deadline | as with a join |
| a session of the user joined behind the deadline | nothing: the orders had to be cancelled before |
| the deadline is over | the orders are cancelled at once |
| the orders were cancelled, and that was not noted | they are cancelled once more: those that are open still |

When a session was lost that is missing at the start nobody can tell. A session counts as joined behind that where it
joined after the last of the user's sessions was armed.
"""

from collections.abc import Iterable, Mapping

import msgspec

from components.contract.envelope import NS_PER_MS, Payload, format_time
from components.model.arguments import integer_of
from components.model.errors import InvalidArgument
from components.model.sessions import JoinedSession

SHORTEST_MS = 1_000
LONGEST_MS = 3_600_000


class SwitchFact(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """
    One thing that has happened to a user's switch.

    Attributes:
        ts_ns: When, UNIX nanoseconds.
    """

    ts_ns: int
    user_id: str


class Armed(SwitchFact, frozen=True, kw_only=True):
    """A session wants the orders cancelled that long after it is lost."""

    session_id: int
    after_ns: int


class Disarmed(SwitchFact, frozen=True, kw_only=True):
    """A session wants that no more."""

    session_id: int


class Lost(SwitchFact, frozen=True, kw_only=True):
    """
    An armed session has ended.

    Attributes:
        deadline_ns: When the orders are to be cancelled for its sake, where no other session holds that up.
        since_ns: A session of the user that joined later came back.
    """

    session_id: int
    deadline_ns: int
    since_ns: int


class Stopped(SwitchFact, frozen=True, kw_only=True):
    """The user has come back."""


class Fired(SwitchFact, frozen=True, kw_only=True):
    """
    The deadline was reached.

    Attributes:
        cancelled_orders: How many orders were open then.
    """

    cancelled_orders: int


AnySwitchFact = Armed | Disarmed | Lost | Stopped | Fired


class Arming(msgspec.Struct, frozen=True, kw_only=True):
    """What one session asked for, and when."""

    after_ns: int
    armed_ns: int


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    """
    One user's switch.

    Attributes:
        armed: The sessions that hold it, by their numbers.
        deadline_ns: The latest that a lost session asked for; None where none is lost.
        since_ns: A session of the user that joined later came back; 0 where none is lost.
    """

    armed: dict[int, Arming] = {}
    deadline_ns: int | None = None
    since_ns: int = 0

    @property
    def is_running(self) -> bool:
        """Whether nobody holds it any more."""
        return self.deadline_ns is not None and not self.armed


_encode = msgspec.msgpack.Encoder().encode
_decode_fact = msgspec.msgpack.Decoder(AnySwitchFact).decode
_decode_switches = msgspec.msgpack.Decoder(dict[str, Switch]).decode


class Switches:
    """
    The switches of all users.

    Sans-I/O. Every method decides, makes facts and applies them; `take` tells which they were. Applying the same facts
    in the same order makes the same switches.

    Units: UNIX nanoseconds, as a deadline outlives its process.
    """

    name = "switches"

    def __init__(self) -> None:
        """Begin with nothing armed."""
        self._switches: dict[str, Switch] = {}
        self._user_of: dict[int, str] = {}
        self._facts: list[AnySwitchFact] = []

    @property
    def is_idle(self) -> bool:
        """Whether nothing is armed, and nothing lost: whatever sessions do is of no interest."""
        return not self._switches

    @property
    def is_running(self) -> bool:
        """Whether any deadline runs."""
        return any(switch.is_running for switch in self._switches.values())

    @property
    def user_ids(self) -> list[str]:
        """Whose switches are armed, or have lost something."""
        return list(self._switches)

    def count_armed(self, user_id: str) -> int:
        """How many sessions hold a user's switch."""
        return len(self._switch(user_id).armed)

    def arm(self, user_id: str, session_id: int, after_ms: int, *, now_ns: int) -> None:
        """Let a session hold its user's switch: that long after it is lost the orders are cancelled."""
        switch, after_ns = self._switch(user_id), after_ms * NS_PER_MS
        arming = switch.armed.get(session_id)
        if arming is None or arming.after_ns != after_ns or switch.deadline_ns is not None:
            self._make(Armed(ts_ns=now_ns, user_id=user_id, session_id=session_id, after_ns=after_ns))

    def disarm(self, user_id: str, session_id: int, *, now_ns: int) -> None:
        """Let a session hold its user's switch no longer."""
        switch = self._switch(user_id)
        if session_id in switch.armed or switch.deadline_ns is not None:
            self._make(Disarmed(ts_ns=now_ns, user_id=user_id, session_id=session_id))

    def receive_leave(self, session_id: int, *, now_ns: int) -> None:
        """A session has ended, whoever's."""
        user_id = self._user_of.get(session_id)
        if user_id is not None:
            self._lose(user_id, session_id, now_ns=now_ns, since_ns=now_ns)

    def receive_join(self, user_id: str, *, now_ns: int) -> None:
        """A session of a user has joined."""
        if self._switch(user_id).deadline_ns is not None:
            self._make(Stopped(ts_ns=now_ns, user_id=user_id))

    def compare(self, sessions: Iterable[JoinedSession], *, now_ns: int) -> None:
        """Take note of what has become of all sessions while nobody told; `sessions` are all of `user_ids`."""
        joined: dict[str, dict[int, int]] = {user_id: {} for user_id in self._switches}
        for one in sessions:
            if one.user_id in joined:
                joined[one.user_id][one.session_id] = one.joined_ns
        for user_id, joined_ns in joined.items():
            self._compare(user_id, joined_ns, now_ns)

    def due(self, now_ns: int) -> list[str]:
        """Whose orders are to be cancelled now, the longest due first; `note_fired` says that they were."""
        deadlines = {
            user_id: switch.deadline_ns
            for user_id, switch in self._switches.items()
            if switch.deadline_ns is not None and switch.is_running and switch.deadline_ns <= now_ns
        }
        return sorted(deadlines, key=lambda user_id: deadlines[user_id])

    def note_fired(self, user_id: str, cancelled_orders: int, *, now_ns: int) -> None:
        """A user's orders were cancelled, because the deadline was reached."""
        self._make(Fired(ts_ns=now_ns, user_id=user_id, cancelled_orders=cancelled_orders))

    def take(self) -> list[AnySwitchFact]:
        """What has happened since the last time that this was asked."""
        facts, self._facts = self._facts, []
        return facts

    def apply_record(self, body: bytes) -> None:
        """Let a fact happen that a journal kept."""
        self._apply(_decode_fact(body))

    def checkpoint(self) -> bytes:
        """All switches."""
        return _encode(self._switches)

    def restore(self, checkpoint: bytes) -> None:
        """Begin with the switches of a checkpoint."""
        self._switches = _decode_switches(checkpoint)
        self._user_of = {
            session_id: user_id for user_id, switch in self._switches.items() for session_id in switch.armed
        }

    def _switch(self, user_id: str) -> Switch:
        return self._switches.get(user_id, _UNTOUCHED)

    def _compare(self, user_id: str, joined_ns: Mapping[int, int], now_ns: int) -> None:
        armed = self._switches[user_id].armed
        since_ns = max((one.armed_ns for one in armed.values()), default=0)
        for session_id in sorted(armed.keys() - joined_ns.keys()):
            self._lose(user_id, session_id, now_ns=now_ns, since_ns=since_ns)
        switch = self._switches[user_id]
        deadline_ns = switch.deadline_ns
        if deadline_ns is not None and any(switch.since_ns < one <= deadline_ns for one in joined_ns.values()):
            self._make(Stopped(ts_ns=now_ns, user_id=user_id))

    def _lose(self, user_id: str, session_id: int, *, now_ns: int, since_ns: int) -> None:
        after_ns = self._switches[user_id].armed[session_id].after_ns
        self._make(
            Lost(
                ts_ns=now_ns,
                user_id=user_id,
                session_id=session_id,
                deadline_ns=now_ns + after_ns,
                since_ns=since_ns,
            )
        )

    def _make(self, fact: AnySwitchFact) -> None:
        self._apply(fact)
        self._facts.append(fact)

    def _apply(self, fact: AnySwitchFact) -> None:
        switch = self._switch(fact.user_id)
        match fact:
            case Armed():
                arming = Arming(after_ns=fact.after_ns, armed_ns=fact.ts_ns)
                switch = Switch(armed={**switch.armed, fact.session_id: arming})
                self._user_of[fact.session_id] = fact.user_id
            case Disarmed():
                switch = Switch(armed=self._without(switch, fact.session_id))
            case Lost():
                switch = Switch(
                    armed=self._without(switch, fact.session_id),
                    deadline_ns=max(fact.deadline_ns, switch.deadline_ns or 0),
                    since_ns=max(fact.since_ns, switch.since_ns),
                )
            case Stopped():
                switch = Switch(armed=switch.armed)
            case _:
                switch = _UNTOUCHED
        if switch == _UNTOUCHED:
            self._switches.pop(fact.user_id, None)
        else:
            self._switches[fact.user_id] = switch

    def _without(self, switch: Switch, session_id: int) -> dict[int, Arming]:
        self._user_of.pop(session_id, None)
        return {number: arming for number, arming in switch.armed.items() if number != session_id}


_UNTOUCHED = Switch()


def delay_of(after_ms: object) -> int:
    """
    How long after a loss the orders are to be cancelled, in milliseconds; 0 is never.

    Raises:
        InvalidArgument: It is no such number.
    """
    delay_ms = integer_of("after_ms", after_ms, least=0, most=LONGEST_MS)
    if 0 < delay_ms < SHORTEST_MS:
        raise InvalidArgument("after_ms", f"expected 0, or an integer from {SHORTEST_MS} to {LONGEST_MS}")
    return delay_ms


def encoded_fact(fact: AnySwitchFact) -> bytes:
    """A fact as a journal keeps it."""
    return _encode(fact)


def news_of(fact: AnySwitchFact) -> Payload:
    """What a fact says to its user."""
    news: Payload = {"event": _EVENTS[type(fact)], "session": None, "after_ms": None, "deadline": None}
    if isinstance(fact, Armed | Disarmed | Lost):
        news["session"] = fact.session_id
    if isinstance(fact, Armed):
        news["after_ms"] = fact.after_ns // NS_PER_MS
    if isinstance(fact, Lost):
        news["deadline"] = format_time(fact.deadline_ns)
    news["cancelled_orders"] = fact.cancelled_orders if isinstance(fact, Fired) else None
    return news


_EVENTS: Mapping[type[AnySwitchFact], str] = {
    Armed: "switch_armed",
    Disarmed: "switch_disarmed",
    Lost: "switch_lost",
    Stopped: "switch_stopped",
    Fired: "switch_fired",
}
