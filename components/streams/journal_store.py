"""The journal that outlives its process: one thread writes an SQLite file, many groups with one commit."""

import collections
import threading
import time
from collections.abc import Callable

from twisted.internet.defer import Deferred

from components.metrics.journal import JournalMetrics
from components.streams.journal import Group, JournalContent, JournalListener
from components.streams.sqlite_store import SqliteFile

CAPACITY = 10_000
BATCH_LENGTH = 1_000
"""So many entries and records are enough for a commit; the last group is written whole all the same."""

MARK_DELAY_S = 1.0
"""How long the mark of what the router has waits for entries to be written with."""


class SqliteJournal:
    """
    Write groups in a thread, and tell the reactor's what is durable.

    The thread takes the groups that wait, until it has `BATCH_LENGTH` entries and records, and commits those at once;
    what comes meanwhile is the next commit's. The queue is full at a capacity, beyond which nothing should be added; it
    does not refuse what is added all the same, so that the events of one message stay together. A write that fails is
    the last one.
    """

    def __init__(
        self,
        file: SqliteFile,
        *,
        call_in_reactor: Callable[..., object],
        metrics: JournalMetrics,
        capacity: int = CAPACITY,
    ) -> None:
        """
        Name the file; nothing is opened before `start`.

        Args:
            file: Where the groups go.
            call_in_reactor: Has a function called in the reactor's thread, with arguments.
            metrics: Where commits are counted.
            capacity: How many entries and records may wait.
        """
        self._file = file
        self._call_in_reactor = call_in_reactor
        self._metrics = metrics
        self._capacity = capacity
        self._listener: JournalListener | None = None
        self._unwritten = 0
        self._ended: Deferred[None] = Deferred()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        # What both threads touch is below, and touched only by who has the condition.
        self._condition = threading.Condition()
        self._groups: collections.deque[Group] = collections.deque()
        self._sent = 0
        self._marked = 0
        self._is_stopping = False
        metrics.watch_waiting(lambda: self._unwritten)

    @property
    def is_full(self) -> bool:
        """Whether so much waits to be written that nothing should be added."""
        return self._unwritten >= self._capacity

    async def start(self, listener: JournalListener) -> JournalContent:
        """
        Open the file, and tell what it holds.

        Raises:
            ConfigError: It cannot be used.
        """
        content = self._file.open()
        self._listener = listener
        self._sent = self._marked = content.sent
        self._thread.start()
        return content

    def append(self, group: Group) -> None:
        """Have one group written behind all others; the listener is told when it is."""
        self._unwritten += _length(group)
        with self._condition:
            self._groups.append(group)
            if len(self._groups) == 1:
                self._condition.notify()

    def mark_sent(self, position: int) -> None:
        """Note, with the next entries or soon, that the router has everything up to a position."""
        with self._condition:
            self._sent = max(self._sent, position)
            self._condition.notify()

    async def stop(self) -> None:
        """Write what waits, and close the file."""
        if self._listener is None:
            return
        with self._condition:
            self._is_stopping = True
            self._condition.notify()
        await self._ended

    def _run(self) -> None:
        try:
            while (batch := self._next_batch()) is not None:
                groups, sent = batch
                begun_s = time.perf_counter()
                self._file.write(groups, sent=sent, now_s=int(time.time()))
                if groups:
                    self._call_in_reactor(self._receive_written, groups, time.perf_counter() - begun_s)
            self._file.close()
        except Exception as error:  # noqa: BLE001 - whatever ends the writing, nobody may wait for it any more
            self._file.abandon()
            self._call_in_reactor(self._receive_failure, str(error) or type(error).__name__)
        finally:
            self._call_in_reactor(self._ended.callback, None)

    def _next_batch(self) -> tuple[list[Group], int] | None:
        """What is to be written next, once there is something; None when nothing will come any more."""
        with self._condition:
            while not self._groups and not self._is_stopping:
                if self._sent == self._marked:
                    self._condition.wait()
                elif not self._condition.wait(MARK_DELAY_S):
                    break
            if not self._groups and self._sent == self._marked:
                return None
            groups, length = [], 0
            while self._groups and length < BATCH_LENGTH:
                groups.append(self._groups.popleft())
                length += _length(groups[-1])
            self._marked = self._sent
            return groups, self._sent

    def _receive_written(self, groups: list[Group], took_s: float) -> None:
        length = sum(map(_length, groups))
        self._unwritten -= length
        self._metrics.count_commit(length, took_s)
        if self._listener is not None:
            self._listener.receive_durable(groups[-1].number)

    def _receive_failure(self, reason: str) -> None:
        if self._listener is not None:
            self._listener.receive_failure(reason)


def _length(group: Group) -> int:
    return len(group.entries) + len(group.records)
