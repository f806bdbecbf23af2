"""Things that are kept until a time of their own."""

import heapq
from typing import Generic, TypeVar

_Thing = TypeVar("_Thing")

SPARE_ENTRIES = 64
"""How many times may be noted that count no more, besides as many as there are things."""


class Expiring(Generic[_Thing]):
    """
    Things by name, in the order in which they came, each with the time at which it goes.

    Sans-I/O. What it costs to keep one does not grow with how many there are.

    Units: UNIX nanoseconds.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._things: dict[str, tuple[_Thing, int | None]] = {}
        self._ends: list[tuple[int, str]] = []

    def find(self, name: str, *, now_ns: int) -> _Thing | None:
        """The one of that name, where it is there then."""
        thing, end_ns = self._things.get(name, (None, None))
        return None if end_ns is not None and end_ns <= now_ns else thing

    def put(self, name: str, thing: _Thing, expires_at_ns: int | None) -> None:
        """Keep one behind all others, in place of the one of that name; None is for ever."""
        self._things.pop(name, None)
        self._things[name] = (thing, expires_at_ns)
        if expires_at_ns is not None:
            heapq.heappush(self._ends, (expires_at_ns, name))
            if len(self._ends) > 2 * len(self._things) + SPARE_ENTRIES:
                self._ends = [(end_ns, one) for one, (_, end_ns) in self._things.items() if end_ns is not None]
                heapq.heapify(self._ends)

    def remove(self, name: str) -> None:
        """Let one go, if it is there."""
        self._things.pop(name, None)

    def drop_expired(self, *, now_ns: int) -> None:
        """Let all go whose time has come."""
        while self._ends and self._ends[0][0] <= now_ns:
            end_ns, name = heapq.heappop(self._ends)
            thing = self._things.get(name)
            if thing is not None and thing[1] == end_ns:
                del self._things[name]

    def has_room(self, most: int, *, now_ns: int) -> bool:
        """Whether there are fewer than so many then."""
        return len(self._things) < most or len(self.at(now_ns=now_ns)) < most

    def at(self, *, now_ns: int) -> list[_Thing]:
        """Those that are there then, in order."""
        return [thing for thing, end_ns in self._things.values() if end_ns is None or end_ns > now_ns]

    def all(self) -> list[_Thing]:
        """All, with those that nobody has dropped yet, in order."""
        return [thing for thing, _ in self._things.values()]
