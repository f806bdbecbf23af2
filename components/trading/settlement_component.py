"""What the desk decides is written down and published in one piece, whoever asked for it."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import attrs
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from components.contract.envelope import NS_PER_S, Meta
from components.model.accounts import AccountFigures
from components.model.alerts import Alarm
from components.model.errors import CommandRejected, Unavailable
from components.model.money import exact
from components.model.orders import Order
from components.streams.component import StreamPublisher
from components.trading.accounts import Accounts
from components.trading.alarms import alarms
from components.trading.changes import Change
from components.trading.facts import ToldFact, encode_fact
from components.trading.intake.intake import meta_of
from components.trading.orders.desk import Desk, Step
from components.trading.publications import publications
from components.wamp.procedures import Caller

_Result = TypeVar("_Result")


@attrs.frozen(kw_only=True)
class SettlementListener:
    """
    Who is told of settlements.

    Attributes:
        on_changed: Told of every user whose account is another than before.
        on_alarm: Told of what somebody has to look after, and when it was, UNIX nanoseconds; what it writes down
            belongs to the same group.
        on_refused: Told of everything that the desk refuses.
    """

    on_changed: Callable[[str], None]
    on_alarm: Callable[[Alarm, int], None]
    on_refused: Callable[[CommandRejected], None]


class Settlement:
    """
    The one way to the desk.

    It satisfies `AccountControl`. What one call decides is one group of the journal: its facts, and the events that
    they lead to. Where a bug escapes from the middle of it, nothing of it is written, and the process has to end: that
    is the publisher's to tell.
    """

    _log = Logger()

    def __init__(
        self,
        desk: Desk,
        accounts: Accounts,
        publisher: StreamPublisher,
        *,
        clock: IReactorTime,
        wall_clock_ns: Callable[[], int],
        listener: SettlementListener,
    ) -> None:
        """
        Let others decide; nothing is asked of the desk yet.

        Args:
            desk: Decides.
            accounts: What the desk decides about.
            publisher: Of the process, and its journal.
            clock: Wakes the desk.
            wall_clock_ns: What time it is, UNIX nanoseconds.
            listener: Who is told of what happens.
        """
        self._desk = desk
        self._accounts = accounts
        self._publisher = publisher
        self._clock = clock
        self._wall_clock_ns = wall_clock_ns
        self._listener = listener
        self._waking: IDelayedCall | None = None
        self._deadline_ns: int | None = None
        self._is_stopped = False

    def run(self, decide: Callable[[int], _Result], *, caller: Caller | None = None) -> _Result:
        """
        Decide something at a caller's wish, now.

        Args:
            decide: Takes the time, UNIX nanoseconds.
            caller: Who wishes it; events of that account say what the caller calls the call.

        Raises:
            CommandRejected: The desk refuses.
            Unavailable: The router or the journal is behind.
        """
        if not self._publisher.has_room:
            raise Unavailable("more comes in than can be written down at present; try again")
        return self.carry_out(decide, caller=caller)

    @exact
    def carry_out(self, decide: Callable[[int], _Result], *, caller: Caller | None = None) -> _Result:
        """
        Decide something that may not wait: a cancel, or what a venue tells.

        Raises:
            CommandRejected: The desk refuses.
        """
        now_ns = self._wall_clock_ns()
        with self._watched(), self._publisher.transaction():
            try:
                result = decide(now_ns)
            except CommandRejected as refusal:
                self._listener.on_refused(refusal)
                self._tell(self._desk.take(), now_ns, caller=caller)
                raise
            self._tell(self._desk.take(), now_ns, caller=caller)
            return result

    @exact
    def take_in(self, facts: Iterable[ToldFact], venue: str) -> None:
        """
        Take over what a platform handed in: it is the platform's word, and nobody here decides about it.

        Each fact is told by itself, with the platform's own time: what it says of a balance now is news, whatever it
        says of it next.

        Raises:
            Unavailable: The router or the journal is behind.
        """
        if not self._publisher.has_room:
            raise Unavailable("more comes in than can be written down at present; try again")
        now_ns = self._wall_clock_ns()
        with self._watched(), self._publisher.transaction():
            for fact in facts:
                step = Step(fact=fact, changes=tuple(self._accounts.ledger.apply(fact)))
                self._tell([step], now_ns, meta=meta_of(fact, venue))

    def stop(self) -> None:
        """Wake the desk no more."""
        self._is_stopped = True
        self._plan()

    def user_ids(self) -> Collection[str]:
        """Whose accounts there are."""
        return self._accounts.ledger.user_ids()

    def figures(self, user_id: str, *, now_ns: int) -> AccountFigures:
        """One account at the marks of now."""
        return self._accounts.figures(user_id, now_ns)

    def cancel_orders(self, user_id: str | None, instrument_id: str | None, *, reason: str, now_ns: int) -> list[Order]:  # noqa: ARG002 - the desk's time is the settlement's own
        """Ask for the cancelling of open orders, of all users or instruments where none is named."""
        return self.carry_out(lambda now: self._desk.cancel_all(user_id, instrument_id, reason=reason, now_ns=now))

    def close_position(self, user_id: str, instrument_id: str, *, tag: str, reason: str, now_ns: int) -> None:  # noqa: ARG002 - the same
        """Send a market order that closes a position."""
        self.carry_out(
            lambda now: self._desk.close_position(user_id, instrument_id, tag=tag, reason=reason, now_ns=now)
        )

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except CommandRejected:
            raise
        except Exception:
            self._log.failure("trading has failed; this is a bug in the gateway")
            raise
        finally:
            self._plan()

    def _tell(
        self, steps: Iterable[Step], now_ns: int, *, caller: Caller | None = None, meta: Meta | None = None
    ) -> None:
        changes: list[Change] = []
        for step in steps:
            self._publisher.record(self._accounts.ledger.name, encode_fact(step.fact))
            changes += step.changes
        changed: set[str] = set()
        own, correlation_id = (None, None) if caller is None else (caller.user_id, caller.correlation_id)
        for one in publications(changes, self._accounts.markets):
            changed.add(one.user_id)
            self._publisher.publish(
                one.topic,
                one.payload,
                ts_ns=now_ns,
                meta=meta,
                correlation_id=correlation_id if one.user_id == own else None,
            )
        for alarm in alarms(changes):
            self._listener.on_alarm(alarm, now_ns)
        for user_id in changed:
            self._listener.on_changed(user_id)

    def _plan(self) -> None:
        deadline_ns = None if self._is_stopped else self._desk.next_deadline_ns
        if deadline_ns == self._deadline_ns:
            return
        if self._waking is not None:
            self._waking.cancel()
            self._waking = None
        self._deadline_ns = deadline_ns
        if deadline_ns is not None:
            wait_s = max(0, deadline_ns - self._wall_clock_ns()) / NS_PER_S
            self._waking = self._clock.callLater(wait_s, self._wake)

    def _wake(self) -> None:
        self._waking = self._deadline_ns = None
        self.carry_out(lambda now: self._desk.advance(now_ns=now))
