"""What every feed is to the rest: where it hands its messages, how it says how it is, whose clock counts."""

import enum
from collections.abc import Collection
from typing import Protocol

from twisted.internet.defer import Deferred

from components.marketdata.frames import Decoder, Peek
from components.model.market import Instrument


class FeedState(enum.StrEnum):
    """How a feed is, as health and metrics tell it."""

    CONNECTING = "connecting"
    LIVE = "live"
    SILENT = "silent"
    ENDED = "ended"


class FeedOutput(Protocol):
    """Where a feed hands what it has; every call returns at once."""

    def receive_message(self, data: bytes, received_ns: int) -> None:
        """Take one message as the venue wrote it, and when it was received on the feed's clock."""

    def receive_break(self, reason: str, instruments: Collection[str] | None = None) -> None:
        """Take note that continuity was lost, of these instruments or of all: their streams begin a new epoch."""

    def receive_state(self, state: FeedState, reason: str) -> None:
        """Take note of how the feed is now, and why."""

    def when_room(self) -> "Deferred[None]":
        """A Deferred that fires when there is room for more; only a feed that can wait asks."""


class Feed(Protocol):
    """
    One source of a venue's messages.

    Attributes:
        venue: The venue whose messages these are: `binance`, `sim`.
        peek: Tells what a message is about without decoding it.
        decoder: Reads the messages.
    """

    venue: str
    peek: Peek
    decoder: Decoder

    def start(self, output: FeedOutput) -> None:
        """Begin to hand out messages."""

    def stop(self) -> "Deferred[None]":
        """End; the Deferred fires when nothing more will come and nothing is left open."""

    def now_ns(self) -> int:
        """The time on the feed's own clock: the wall clock, or a replay's recorded one."""

    def list_instruments(self) -> "Deferred[tuple[Instrument, ...]]":
        """The instruments that this feed follows, with their rules as far as the source tells them."""
