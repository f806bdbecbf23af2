"""The connections of a router process: which are open, to end them all when it stops, or some as an operator says."""

from typing import Protocol

from components.contract.errors import Close
from router.places import Place


class Sending(Protocol):
    """What a connection has still to be sent."""

    @property
    def is_drained(self) -> bool:
        """Whether nothing waits that must not be lost."""


class Ended(Protocol):
    """Something that an end can be put to."""

    def end(self, close: Close) -> None:
        """Say why, and end it; nothing where it is at its end already."""


class Connection(Ended, Protocol):
    """A client's connection, of whatever transport."""

    @property
    def outbox(self) -> Sending:
        """What it is sent through."""


class PlacedConnection(Connection, Protocol):
    """
    One that was let in.

    Attributes:
        place: Where it comes from; None for one without an address.
    """

    place: Place | None

    @property
    def is_at_end(self) -> bool:
        """Whether it was told to end, or is gone: nothing of it is listened to any more."""
