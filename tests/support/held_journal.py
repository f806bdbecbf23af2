"""A journal that writes when the test says so."""

import attrs

from components.streams.journal import Entry, Group, JournalContent, JournalListener


@attrs.define
class HeldJournal:
    """
    Satisfies `Journal`; what is appended waits until the test lets it be written.

    Attributes:
        content: What an earlier process wrote.
        durable: The groups that are written.
        waiting: Those that are not.
        sent: The last position that was marked.
        is_full: Whether nothing should be added.
        is_stopped: Whether it was closed.
    """

    content: JournalContent = attrs.field(factory=JournalContent)
    durable: list[Group] = attrs.field(factory=list)
    waiting: list[Group] = attrs.field(factory=list)
    sent: int = 0
    is_full: bool = False
    is_stopped: bool = False
    _listener: JournalListener | None = None

    @property
    def listener(self) -> JournalListener:
        """Who is told, once it was started."""
        assert self._listener is not None, "the journal was not started"
        return self._listener

    @property
    def written(self) -> list[Entry]:
        """The entries that are durable."""
        return [entry for group in self.durable for entry in group.entries]

    async def start(self, listener: JournalListener) -> JournalContent:
        """Remember whom to tell."""
        self._listener = listener
        return self.content

    def append(self, group: Group) -> None:
        """Let it wait."""
        self.waiting.append(group)

    def write(self, count: int = 1) -> None:
        """Write the first groups of what waits, all at once."""
        written, self.waiting = self.waiting[:count], self.waiting[count:]
        self.durable += written
        self.listener.receive_durable(written[-1].number)

    def mark_sent(self, position: int) -> None:
        """Remember it."""
        self.sent = position

    async def stop(self) -> None:
        """Remember that it ended."""
        self.is_stopped = True
