"""Which of a venue's connections brings which instruments."""

from collections.abc import Iterable

import attrs

from components.model.errors import InvalidArgument

Assignment = dict[int, tuple[str, ...]]
"""Instruments by the number of their connection, counted from 1."""


@attrs.define(kw_only=True)
class ConnectionPool:
    """
    Instruments spread over connections.

    Sans-I/O: it says which connection an instrument belongs to, and opens none. As few connections as hold all are
    used, and what is new goes to the one with the fewest instruments. Nobody is moved: an instrument stays where it is
    until it is removed, as moving it would cost its continuity. A connection without instruments is none; its number,
    the lowest that is free, is the next new one's.

    Attributes:
        capacity: Most instruments of one connection.
        max_connections: Most connections.
    """

    capacity: int
    max_connections: int
    _members: dict[int, dict[str, None]] = attrs.field(factory=dict, init=False)
    _connection_of: dict[str, int] = attrs.field(factory=dict, init=False)

    @property
    def instruments(self) -> tuple[str, ...]:
        """Everything that is assigned, in the order in which it was added."""
        return tuple(self._connection_of)

    def add(self, instruments: Iterable[str]) -> Assignment:
        """
        Assign instruments to connections.

        Returns:
            What is new, by connection; what was assigned already stays where it is and is left out.

        Raises:
            InvalidArgument: They do not fit; nothing is assigned.
        """
        new = [one for one in dict.fromkeys(instruments) if one not in self._connection_of]
        room = self.capacity * self.max_connections - len(self._connection_of)
        if len(new) > room:
            raise InvalidArgument("instruments", f"expected at most {room} more, received {len(new)}")
        self._open_connections(len(self._connection_of) + len(new))
        added: dict[int, list[str]] = {}
        for one in new:
            number = min(self._members, key=lambda number: (len(self._members[number]), number))
            self._members[number][one] = None
            self._connection_of[one] = number
            added.setdefault(number, []).append(one)
        return {number: tuple(names) for number, names in added.items()}

    def remove(self, instruments: Iterable[str]) -> Assignment:
        """
        Forget instruments.

        Returns:
            What was assigned and is no more, by connection; what was not assigned is left out.
        """
        removed: dict[int, list[str]] = {}
        for one in instruments:
            number = self._connection_of.pop(one, None)
            if number is not None:
                del self._members[number][one]
                removed.setdefault(number, []).append(one)
        for number in removed:
            if not self._members[number]:
                del self._members[number]
        return {number: tuple(names) for number, names in removed.items()}

    def members(self, number: int) -> tuple[str, ...]:
        """The instruments of a connection; none where there is no such connection."""
        return tuple(self._members.get(number, ()))

    def _open_connections(self, instruments: int) -> None:
        number = 1
        while len(self._members) * self.capacity < instruments:
            self._members.setdefault(number, {})
            number += 1
