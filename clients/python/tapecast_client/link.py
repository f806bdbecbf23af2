"""
The life of the connection: when to open it, when to give it up, when to open it again.

    phase       open           join     lose                          stop
    idle        -> opening     -        -                             -> ended
    opening     -              -> live  -> waiting, or ended          -> ended
    live        -              -        -> waiting, or ended          -> ended
    waiting     -> opening     -        -                             -> ended
    ended       -              -        -                             -
"""

import enum
from collections.abc import Callable

import attrs

from tapecast_client.closes import ComeBack, Ending
from tapecast_client.errors import wait_of

NS_PER_S = 1_000_000_000
QUIET_NS = 3 * NS_PER_S
"""Silence after which the gateway is asked for a sign of life; its heartbeat comes every second."""
SILENCE_NS = 8 * NS_PER_S
"""Silence after which the connection counts as lost."""
JOIN_NS = 15 * NS_PER_S
"""Longest time for an attempt to become a session."""
STEADY_NS = 10 * NS_PER_S
"""How old a session must be for what comes on it to count as success."""
LATER_S = 10.0
"""First wait where the gateway says `later`."""
MAX_FAILURES = 32
"""Beyond, doubling has long met any longest wait."""


class Phase(enum.StrEnum):
    """Where a connection is; the module's table says what follows what."""

    IDLE = "idle"
    OPENING = "opening"
    LIVE = "live"
    WAITING = "waiting"
    ENDED = "ended"


class Check(enum.Enum):
    """What the watchdog wants."""

    NOTHING = enum.auto()
    ASK = enum.auto()
    CUT = enum.auto()


@attrs.define(kw_only=True)
class Link:
    """
    What is decided about the connection.

    Sans-I/O. The number of attempts has no limit. Waits double and are jittered over their upper half; only a session
    on which data flows when it is `STEADY_NS` old makes them begin anew, so that a gateway that lets one in, tells the
    state and hangs up is not hammered.

    Units: `now_ns` is nanoseconds on a clock that does not jump.

    Attributes:
        random: Gives a number from 0 up to, but not including, 1; it spreads clients that were lost together.
        first_delay_s: The first wait after a session.
        longest_delay_s: The longest one, but for one that the gateway announced.
        has_token_source: Whether there is a new token to come back with.
        phase: Where it is.
    """

    random: Callable[[], float]
    first_delay_s: float = 0.5
    longest_delay_s: float = 30.0
    has_token_source: bool = False
    phase: Phase = attrs.field(default=Phase.IDLE, init=False)
    _failures: int = attrs.field(default=0, init=False)
    _since_ns: int = attrs.field(default=0, init=False)
    _joined_ns: int = attrs.field(default=0, init=False)
    _heard_ns: int = attrs.field(default=0, init=False)
    _asked_ns: int = attrs.field(default=0, init=False)
    _announced_s: float | None = attrs.field(default=None, init=False)

    def open(self, *, now_ns: int) -> None:
        """An attempt begins."""
        self.phase = Phase.OPENING
        self._since_ns = now_ns
        self._announced_s = None

    def join(self, *, now_ns: int) -> None:
        """The session is joined."""
        self.phase = Phase.LIVE
        self._joined_ns = self._heard_ns = self._asked_ns = now_ns

    def hear(self, *, now_ns: int) -> None:
        """A message came."""
        self._heard_ns = now_ns

    def receive_data(self) -> None:
        """What was heard last is an event or an answer: the gateway works, where it does so for a while."""
        if self._heard_ns - self._joined_ns >= STEADY_NS:
            self._failures = 0

    def announce(self, retry_after_ms: object) -> None:
        """The gateway said how long it will be away; what is no time is not heeded."""
        announced_ms = wait_of(retry_after_ms)
        self._announced_s = self._announced_s if announced_ms is None else announced_ms / 1000

    def lose(self, ending: Ending) -> float | None:
        """
        The connection, or the attempt, is over.

        Returns:
            How many seconds to wait for the next attempt; None where there is to be none.
        """
        if ending.come_back is ComeBack.NO or (ending.come_back is ComeBack.NEW_TOKEN and not self.has_token_source):
            self.phase = Phase.ENDED
            return None
        self.phase = Phase.WAITING
        delay_s = self._delay_s(ending.come_back)
        self._failures = min(self._failures + 1, MAX_FAILURES)
        return delay_s

    def stop(self) -> None:
        """The user wants no more of it."""
        self.phase = Phase.ENDED

    def check(self, *, now_ns: int) -> Check:
        """What is to be done about the time that went by; to be asked about once a second."""
        if self.phase is Phase.OPENING:
            return Check.CUT if now_ns - self._since_ns >= JOIN_NS else Check.NOTHING
        silence_ns = now_ns - self._heard_ns
        if silence_ns >= SILENCE_NS:
            return Check.CUT
        if silence_ns >= QUIET_NS and now_ns - self._asked_ns >= QUIET_NS:
            self._asked_ns = now_ns
            return Check.ASK
        return Check.NOTHING

    def _delay_s(self, come_back: ComeBack) -> float:
        if self._announced_s is not None:
            return self._announced_s + self.random() * max(self._announced_s, self.first_delay_s)
        first_s = LATER_S if come_back is ComeBack.LATER else self.first_delay_s
        longest_s: float = min(self.longest_delay_s, first_s * 2.0**self._failures)
        return longest_s * (1 + self.random()) / 2
