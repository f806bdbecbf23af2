"""The connections of a router process: which are open, to end them all when it stops."""

from typing import Protocol

from components.contract.errors import Close


class Sending(Protocol):
    """What a connection has still to be sent."""

    @property
    def is_drained(self) -> bool:
        """Whether nothing waits that must not be lost."""


class Connection(Protocol):
    """A client's connection, of whatever transport."""

    @property
    def outbox(self) -> Sending:
        """What it is sent through."""

    def end(self, close: Close) -> None:
        """Say why, and end it; nothing where it is at its end already."""
