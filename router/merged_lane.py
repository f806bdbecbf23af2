"""
What waits of one book for one connection: at most a snapshot, and one event with all that has changed since.

| what comes | what waits then |
|---|---|
| a snapshot, or anything else that is no change | that alone; it is in the place of everything before |
| the first change | the snapshot, where there is one, and the change |
| a change that follows | the same, with its levels merged in |
| a change that is known already | the same |
| one that does not follow, or too many levels | the snapshot, where there is one, and the newest change |
"""

import attrs

from router.book_changes import Place
from router.events import Event
from router.fate import Fate


@attrs.define
class _Run:
    """
    Changes that follow each other.

    Attributes:
        newest: The last of them.
        first: The first one's place.
        last: The last one's place.
        since_ns: When the first was published.
    """

    newest: Event
    first: Place
    last: Place
    since_ns: int

    def merged(self) -> Event:
        return self.newest if self.first is self.last else self.newest.merged_since(self.first)


@attrs.define
class MergedLane:
    """
    The lane of one subscription and topic.

    Sans-I/O. It holds the newest change, and where the first one was; the levels are in the book's `BookChanges`, for
    all who wait, and are put together when the lane is taken.
    """

    _snapshot: Event | None = None
    _run: _Run | None = None

    def __len__(self) -> int:
        return (self._snapshot is not None) + (self._run is not None)

    def offer(self, event: Event) -> Fate:
        """Let an event wait, with what waits already or in its place."""
        publication, run = event.publication, self._run
        place = publication.place
        if place is None:
            fate = Fate.CONFLATED if len(self) else Fate.WAITS
            self._snapshot, self._run = event, None
            return fate
        if run is not None and place.is_known_by(run.last):
            return Fate.MERGED
        if run is not None and place.follows(run.last) and publication.reaches(run.first):
            run.newest, run.last = event, place
            return Fate.MERGED
        self._run = _Run(event, place, place, publication.published_ns)
        return Fate.WAITS if run is None else Fate.DROPPED

    def head(self) -> Event | None:
        """What goes next; None where nothing waits."""
        if self._snapshot is not None:
            return self._snapshot
        return None if self._run is None else self._run.merged()

    def drop_head(self) -> None:
        """Forget what goes next."""
        if self._snapshot is not None:
            self._snapshot = None
        else:
            self._run = None

    def events(self) -> list[Event]:
        """All that waits, in order."""
        snapshots = [] if self._snapshot is None else [self._snapshot]
        return snapshots if self._run is None else [*snapshots, self._run.merged()]

    @property
    def since_ns(self) -> int | None:
        """When the oldest of what waits was published; None where nothing waits."""
        if self._snapshot is not None:
            return self._snapshot.publication.published_ns
        return None if self._run is None else self._run.since_ns
