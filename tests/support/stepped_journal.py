"""A journal in a real file, written step by step in the test's own thread, whose process can die at any of them."""

from pathlib import Path

from components.streams.journal import Entry, Group, JournalContent, JournalListener
from components.streams.sqlite_store import SqliteFile, Synchronous


class SteppedJournal:
    """
    Satisfies `Journal`: what is appended waits until the test lets it be written.

    Attributes:
        durable: The groups that are written, of this process.
        sent: How far the router is known to have come.
    """

    is_full = False

    def __init__(self, path: Path, *, synchronous: Synchronous = Synchronous.NORMAL) -> None:
        self.durable: list[Group] = []
        self.sent = 0
        self._path = path
        self._log = path.with_name(f"{path.name}-wal")
        self._file = SqliteFile(path, synchronous=synchronous)
        self._waiting: list[Group] = []
        self._listener: JournalListener | None = None
        self._clock_s = 0

    @property
    def written(self) -> list[Entry]:
        """The entries that are durable, of this process."""
        return [entry for group in self.durable for entry in group.entries]

    async def start(self, listener: JournalListener) -> JournalContent:
        """Open the file."""
        self._listener = listener
        content = self._file.open()
        self.sent = content.sent
        return content

    def append(self, group: Group) -> None:
        """Let it wait."""
        self._waiting.append(group)

    def mark_sent(self, position: int) -> None:
        """Remember it; it goes into the file with the next write."""
        self.sent = position

    async def stop(self) -> None:
        """Write what waits, and close the file."""
        self.write(len(self._waiting))
        self._file.close()

    def write(self, count: int, *, is_told: bool = True) -> None:
        """Write the first groups of what waits, or the mark alone, and tell, unless the process dies before it can."""
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        self._clock_s += 1
        self._file.write(batch, sent=self.sent, now_s=self._clock_s)
        self.durable += batch
        if batch and is_told and self._listener is not None:
            self._listener.receive_durable(batch[-1].number)

    def tear(self, count: int, *, share: float) -> None:
        """Die while the first of what waits is written: so much of what is written has reached the disk."""
        durable, begins = list(self.durable), self._log_bytes()
        self.write(count, is_told=False)
        file, log = self._path.read_bytes(), self._log.read_bytes()
        reached = begins + int((len(log) - begins) * share)
        self.die()
        self._path.write_bytes(file)
        self._log.write_bytes(log[:reached])
        if reached < len(log):
            self.durable = durable

    def _log_bytes(self) -> int:
        return self._log.stat().st_size if self._log.exists() else 0

    def fail(self, reason: str) -> None:
        """Tell that nothing can be written any more."""
        assert self._listener is not None, "the journal was not started"
        self._listener.receive_failure(reason)

    def die(self) -> None:
        """Let go of the file as a process does that is killed."""
        self._file.abandon()
