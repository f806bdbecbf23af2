"""The shell of the dead-man switch: it watches sessions, cancels orders at the deadline, and tells what happened."""

from collections.abc import Callable

from twisted.internet.defer import ensureDeferred, maybeDeferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from components.contract.topics import PREFIX
from components.model.accounts import AccountControl
from components.model.errors import Unavailable
from components.streams.component import StreamPublisher
from components.trading.payloads import topic_of
from components.trading.switches.switches import Switches, delay_of, encoded_fact, news_of
from components.wamp.procedures import Caller, Handler
from components.wamp.session import SubscribingSession
from components.wamp.session_watch import SessionWatch

REASON = "disconnected"
"""Why the orders were cancelled, in the orders' events."""

LOOK_INTERVAL_S = 0.1
"""How often it is seen whether a deadline is reached, while one runs; the wall clock may be set meanwhile."""


class SwitchesComponent:
    """
    Answer `session.cancel_on_disconnect`, and do what it promises.

    Sessions are watched only while a switch is armed or a deadline runs. A call is answered when every end of its
    session will be heard of.
    """

    _log = Logger()

    def __init__(
        self,
        session: SubscribingSession,
        switches: Switches,
        publisher: StreamPublisher,
        control: AccountControl,
        *,
        clock: IReactorTime,
        wall_clock_ns: Callable[[], int],
        on_fault: Callable[[], None],
    ) -> None:
        """
        Wire the switches to the realm; nothing happens before `start`.

        Args:
            session: Joined to the realm.
            switches: One of the publisher's parts.
            publisher: Writes down and tells what happens to switches.
            control: Cancels orders.
            clock: Gives the turns in which deadlines are looked at.
            wall_clock_ns: What time it is, UNIX nanoseconds.
            on_fault: Called once a bug of ours is logged: nothing is cancelled any more.
        """
        self._switches = switches
        self._publisher = publisher
        self._control = control
        self._clock = clock
        self._wall_clock_ns = wall_clock_ns
        self._on_fault = on_fault
        self._watch = SessionWatch(session, on_join=self._receive_join, on_leave=self._receive_leave)
        self._arming = 0
        self._look: IDelayedCall | None = None

    def handlers(self) -> dict[str, Handler]:
        """What answers which procedure, to be guarded by the publisher."""
        return {f"{PREFIX}.session.cancel_on_disconnect": self._cancel_on_disconnect}

    async def start(self) -> None:
        """
        Find out what became of sessions since an earlier process saw them; to be called before anything is answered.

        Raises:
            Unavailable: The router does not tell.
        """
        if self._switches.is_idle:
            return
        await self._watch.begin()
        sessions = await self._watch.list_sessions(self._switches.user_ids)
        self._switches.compare(sessions, now_ns=self._wall_clock_ns())
        self._tell()
        while self._fire_one():
            pass
        self._settle()

    def stop(self) -> None:
        """Look at no deadline any more; what is armed stays so."""
        if self._look is not None:
            self._look.cancel()
            self._look = None

    async def _cancel_on_disconnect(self, caller: Caller, after_ms: object) -> dict[str, object]:
        delay_ms = delay_of(after_ms)
        if delay_ms:
            await self._arm(caller, delay_ms)
        else:
            self._switches.disarm(caller.user_id, caller.session_id, now_ns=self._wall_clock_ns())
        self._tell(caller.correlation_id)
        self._settle()
        return {"after_ms": delay_ms, "armed_sessions": self._switches.count_armed(caller.user_id)}

    async def _arm(self, caller: Caller, delay_ms: int) -> None:
        """Arm a session of which it is known that its end will be told."""
        self._arming += 1
        try:
            if not self._watch.is_on:
                await self._watch.begin()
                sessions = await self._watch.list_sessions([caller.user_id])
                if all(one.session_id != caller.session_id for one in sessions):
                    raise Unavailable("this session is at its end")
            self._switches.arm(caller.user_id, caller.session_id, delay_ms, now_ns=self._wall_clock_ns())
        finally:
            self._arming -= 1
            self._settle()

    def _receive_join(self, user_id: str) -> None:
        self._switches.receive_join(user_id, now_ns=self._wall_clock_ns())
        self._tell()
        self._settle()

    def _receive_leave(self, session_id: int) -> None:
        self._switches.receive_leave(session_id, now_ns=self._wall_clock_ns())
        self._tell()
        self._settle()

    def _tell(self, correlation_id: str | None = None) -> None:
        """Write down and publish what has happened to switches; the correlation id is of the call that led to it."""
        facts = self._switches.take()
        if not facts:
            return
        with self._publisher.transaction():
            for fact in facts:
                self._publisher.record(self._switches.name, encoded_fact(fact))
                self._publisher.publish(
                    topic_of(fact.user_id, "session"), news_of(fact), ts_ns=fact.ts_ns, correlation_id=correlation_id
                )

    def _settle(self) -> None:
        """Look at deadlines while one runs, and watch sessions while anything is of interest."""
        if self._look is None and self._switches.is_running:
            self._look = self._clock.callLater(LOOK_INTERVAL_S, self._look_now)
        if self._switches.is_idle and not self._arming and self._watch.is_on:
            ending = ensureDeferred(self._watch.end())
            ending.addErrback(self._report_fault)

    def _look_now(self) -> None:
        self._look = None
        maybeDeferred(self._look_once).addErrback(self._report_fault)

    def _look_once(self) -> None:
        if self._fire_one():
            self._look = self._clock.callLater(0, self._look_now)
        self._settle()

    def _fire_one(self) -> bool:
        """Cancel the orders of one user whose deadline is reached; one a turn, as there can be thousands."""
        now_ns = self._wall_clock_ns()
        due = self._switches.due(now_ns)
        if not due:
            return False
        # Before it is noted: a process that dies in between leaves it to the next, and cancelling twice does no harm.
        cancelled = self._control.cancel_orders(due[0], None, reason=REASON, now_ns=now_ns)
        self._switches.note_fired(due[0], len(cancelled), now_ns=now_ns)
        self._tell()
        return True

    def _report_fault(self, failure: Failure) -> None:
        self._log.failure("the dead-man switch has failed; this is a bug in the gateway", failure=failure)
        self._on_fault()
