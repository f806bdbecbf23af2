"""A journal that writes when the test says so."""

import attrs

from components.streams.journal import Entry, JournalContent, JournalListener


@attrs.define
class HeldJournal:
    """
    Satisfies `Journal`; what is appended waits until the test lets it be written.

    Attributes:
        content: What an earlier process wrote.
        written: What is durable.
        waiting: What is not.
        sent: The last position that was marked.
        is_full: Whether nothing should be added.
        is_stopped: Whether it was closed.
    """

    content: JournalContent = attrs.field(factory=JournalContent)
    written: list[Entry] = attrs.field(factory=list)
    waiting: list[Entry] = attrs.field(factory=list)
    sent: int = 0
    is_full: bool = False
    is_stopped: bool = False
    _listener: JournalListener | None = None

    @property
    def listener(self) -> JournalListener:
        """Who is told, once it was started."""
        assert self._listener is not None, "the journal was not started"
        return self._listener

    async def start(self, listener: JournalListener) -> JournalContent:
        """Remember whom to tell."""
        self._listener = listener
        return self.content

    def append(self, entry: Entry) -> None:
        """Let it wait."""
        self.waiting.append(entry)

    def write(self, count: int = 1) -> None:
        """Write the first of what waits, all at once."""
        written, self.waiting = self.waiting[:count], self.waiting[count:]
        self.written += written
        self.listener.receive_durable(written[-1].position)

    def mark_sent(self, position: int) -> None:
        """Remember it."""
        self.sent = position

    async def stop(self) -> None:
        """Remember that it ended."""
        self.is_stopped = True
