"""What accounts are worth, told once a second where it is another than before: `portfolio` and `margin`."""

from collections.abc import Callable
from typing import Protocol

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from components.contract.envelope import Payload
from components.streams.component import StreamPublisher
from components.trading.account_queries import AccountQueries
from components.trading.payloads import topic_of
from components.trading.worth_board import WorthBoard

ROUND_S = 1.0
TURN_S = 0.05
ACCOUNTS_A_TURN = 5
"""So many accounts are reckoned in one go: an order that comes meanwhile waits no longer than that takes."""


class Watcher(Protocol):
    """Who looks at accounts when they are worth something else."""

    def receive_change(self, user_id: str, /) -> None:
        """An account is to be looked at."""

    def advance(self, now_ns: int, /) -> None:
        """Look at some of those that are, and at what time brings about: once a turn."""


class WorthPublisher:
    """Publish what accounts are worth, and have them looked at."""

    def __init__(
        self,
        board: WorthBoard,
        queries: AccountQueries,
        publisher: StreamPublisher,
        *,
        watcher: Watcher,
        clock: IReactorTime,
        wall_clock_ns: Callable[[], int],
        on_fault: Callable[[Failure], None],
    ) -> None:
        """
        Publish nothing yet.

        Args:
            board: Whose worth changed.
            queries: Say what it is.
            publisher: Of the process.
            watcher: Looks at accounts that are worth something else.
            clock: Of the process.
            wall_clock_ns: What time it is, UNIX nanoseconds.
            on_fault: Told of a bug.
        """
        self._board = board
        self._queries = queries
        self._publisher = publisher
        self._watcher = watcher
        self._wall_clock_ns = wall_clock_ns
        self._on_fault = on_fault
        self._turning = LoopingCall(self._turn)
        self._turning.clock = clock
        self._rounds = LoopingCall(board.begin_round)
        self._rounds.clock = clock

    def start(self) -> None:
        """Tell what accounts are worth from now on."""
        for looping, interval_s in ((self._rounds, ROUND_S), (self._turning, TURN_S)):
            looping.start(interval_s, now=False).addErrback(self._on_fault)

    def stop(self) -> None:
        """Tell it no more."""
        for looping in (self._rounds, self._turning):
            if looping.running:
                looping.stop()

    def _turn(self) -> None:
        if not self._publisher.is_ready:
            return
        now_ns = self._wall_clock_ns()
        for user_id in self._board.take(ACCOUNTS_A_TURN):
            worth = self._queries.worth(user_id, now_ns=now_ns)
            self._board.hold(user_id, worth.instruments)
            with self._publisher.transaction():
                self._publish(user_id, "portfolio", worth.portfolio, now_ns)
                if worth.margin is not None:
                    self._publish(user_id, "margin", worth.margin, now_ns)
            self._watcher.receive_change(user_id)
        self._watcher.advance(now_ns)

    def _publish(self, user_id: str, name: str, body: Payload, now_ns: int) -> None:
        if self._board.is_news(user_id, name, body):
            self._publisher.publish(topic_of(user_id, name), body, ts_ns=now_ns)
