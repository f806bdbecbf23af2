"""A feed's listener that writes everything down."""

from collections.abc import Collection
from typing import Any

from twisted.internet.defer import Deferred, succeed

from components.marketdata.feed import FeedState
from tests.support.conditions import Conditions


class RecordingOutput:
    """
    Writes down what a feed hands out, in order.

    Attributes:
        log: `("message", data)`, `("break", reason)` and `("state", state)` in the order in which they came.
        has_room: Whether a feed that asks may go on at once.
    """

    def __init__(self, reactor: Any) -> None:
        self.conditions = Conditions(reactor)
        self.when = self.conditions.when
        self.log: list[tuple[str, object]] = []
        self.messages: list[bytes] = []
        self.received_ns: list[int] = []
        self.breaks: list[str] = []
        self.broken: list[frozenset[str] | None] = []
        self.disconnected: list[frozenset[str]] = []
        self.errors: list[str] = []
        self.states: list[tuple[FeedState, str]] = []
        self.has_room = True
        self._room: Deferred[None] | None = None

    def receive_message(self, data: bytes, received_ns: int) -> None:
        """Write down a message."""
        self.log.append(("message", data))
        self.messages.append(data)
        self.received_ns.append(received_ns)
        self.conditions.changed()

    def receive_break(self, reason: str, instruments: Collection[str] | None = None) -> None:
        """Write down a break, and whose."""
        self.broken.append(None if instruments is None else frozenset(instruments))
        self.log.append(("break", reason))
        self.breaks.append(reason)
        self.conditions.changed()

    def receive_state(self, state: FeedState, reason: str) -> None:
        """Write down a state."""
        self.log.append(("state", state))
        self.states.append((state, reason))
        self.conditions.changed()

    def receive_disconnection(self, instruments: Collection[str]) -> None:
        """Write down who has no connection."""
        self.disconnected.append(frozenset(instruments))
        self.conditions.changed()

    def receive_error(self, reason: str) -> None:
        """Write down what went wrong."""
        self.errors.append(reason)
        self.conditions.changed()

    def when_room(self) -> "Deferred[None]":
        """Fire at once, or when `make_room` is called."""
        if self.has_room:
            return succeed(None)
        self._room = Deferred()
        return self._room

    def make_room(self) -> None:
        """Let a feed that waits go on, once."""
        room, self._room = self._room, None
        if room is not None:
            room.callback(None)
