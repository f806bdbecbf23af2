"""What goes out of a journal's file, a little with every write: old entries, and the records of old states."""

import collections
import sqlite3
from collections.abc import Sequence

import attrs

from components.streams.journal import Entry
from components.streams.stream import HISTORY_LENGTH

TOPICS_PRUNED_A_SECOND = 16
SLACK = 4
"""A topic is pruned when it has a quarter more entries than it is to keep, not with every one."""

CHECKPOINTS_KEPT = 2
"""The newest, and the one before in case that the newest cannot be read some day."""

RECORDS_DROPPED_AT_ONCE = 500

_COUNTS = "SELECT topic, count(*) FROM entries WHERE NOT is_conflated GROUP BY topic"
_OLDEST = "SELECT written_s FROM entries WHERE topic = ? ORDER BY position LIMIT 1"
_BEHIND_NEWEST = "(SELECT position FROM entries WHERE topic = :topic ORDER BY position DESC LIMIT 1 OFFSET :kept)"
_FIRST_YOUNG = (
    "(SELECT position FROM entries WHERE topic = :topic AND written_s >= :oldest_s ORDER BY position LIMIT 1)"
)
_DROP_TOO_MANY = f"DELETE FROM entries WHERE topic = :topic AND position <= min(:sent, {_BEHIND_NEWEST})"  # noqa: S608 - constants
_DROP_TOO_OLD = f"{_DROP_TOO_MANY} AND position < coalesce({_FIRST_YOUNG}, :sent + 1)"
_KEPT_CHECKPOINT = "SELECT number FROM checkpoints ORDER BY number DESC LIMIT 1 OFFSET ?"
_DROP_CHECKPOINTS = "DELETE FROM checkpoints WHERE number < ?"
_DROP_RECORDS = """
    DELETE FROM records WHERE number <= :kept AND number < (SELECT min(number) FROM records) + :at_once
"""


@attrs.frozen(kw_only=True)
class Retention:
    """
    How much stays in a journal; the newest entry of a topic stays however old it is.

    Attributes:
        entries: At most about so many of one topic.
        age_s: Older ones go, but for the newest `HISTORY_LENGTH`, which make the topic's snapshot.
        total: At most about so many of all topics together: where there are many topics, each keeps fewer.
    """

    entries: int = 1000
    age_s: int = 24 * 3600
    total: int = 100_000


class Pruning:
    """
    Let go of what need not stay, so that a file is bounded by its retention and the number of its topics.

    What the router is not known to have stays. Of a topic that is not conflated the oldest entries go first, so that
    what is left has no hole; a conflated one keeps its newest event by the writer's doing.
    """

    def __init__(self, retention: Retention) -> None:
        """Prune nothing before `begin`."""
        self._retention = retention
        self._counts: collections.Counter[str] = collections.Counter()
        self._turns: collections.deque[str] = collections.deque()
        self._pruned_s = 0
        self._superseded = 0

    def begin(self, run: sqlite3.Cursor) -> None:
        """Count what the file has."""
        self._counts = collections.Counter(dict(run.execute(_COUNTS)))
        self._turns = collections.deque(self._counts)
        self.drop_checkpoints(run)

    def drop_checkpoints(self, run: sqlite3.Cursor) -> None:
        """Let go of all checkpoints but the newest, and from now on of the records that are in all of those."""
        kept = run.execute(_KEPT_CHECKPOINT, (CHECKPOINTS_KEPT - 1,)).fetchone()
        if kept is not None:
            (self._superseded,) = kept
            run.execute(_DROP_CHECKPOINTS, kept)

    def drop_some(self, run: sqlite3.Cursor, written: Sequence[Entry], *, sent: int, now_s: int) -> None:
        """Let go of some of what need not stay; the entries were just written."""
        for one in written:
            if not one.is_conflated:
                if one.topic not in self._counts:
                    self._turns.append(one.topic)
                self._counts[one.topic] += 1
                self._drop_too_many(run, one.topic, sent)
        if self._superseded:
            run.execute(_DROP_RECORDS, {"kept": self._superseded, "at_once": RECORDS_DROPPED_AT_ONCE})
            if not run.rowcount:
                self._superseded = 0
        if now_s != self._pruned_s:
            self._pruned_s = now_s
            for topic in list(self._turns)[:TOPICS_PRUNED_A_SECOND]:
                self._turns.rotate(-1)
                self._drop_too_many(run, topic, sent)
                self._drop_too_old(run, topic, sent, now_s - self._retention.age_s)

    @property
    def _kept(self) -> int:
        return max(1, min(self._retention.entries, self._retention.total // max(1, len(self._counts))))

    def _drop_too_many(self, run: sqlite3.Cursor, topic: str, sent: int) -> None:
        kept = self._kept
        if self._counts[topic] > kept + kept // SLACK:
            run.execute(_DROP_TOO_MANY, {"topic": topic, "kept": kept, "sent": sent})
            self._counts[topic] -= run.rowcount

    def _drop_too_old(self, run: sqlite3.Cursor, topic: str, sent: int, oldest_s: int) -> None:
        oldest = run.execute(_OLDEST, (topic,)).fetchone()
        # Without this look at one entry, all of the topic's would be looked at in vain.
        if oldest is not None and oldest[0] < oldest_s:
            values = {"topic": topic, "kept": HISTORY_LENGTH, "sent": sent, "oldest_s": oldest_s}
            run.execute(_DROP_TOO_OLD, values)
            self._counts[topic] -= run.rowcount
