"""What every feed is to the rest: where it hands its messages, how it says how it is, whose clock counts."""

import enum
from collections.abc import Callable, Collection
from typing import Protocol, runtime_checkable

import attrs
from twisted.internet.defer import Deferred

from components.marketdata.frames import Decoder, Peek
from components.model.market import Instrument


class FeedState(enum.StrEnum):
    """How a feed is, as health and metrics tell it."""

    CONNECTING = "connecting"
    LIVE = "live"
    SILENT = "silent"
    ENDED = "ended"


@attrs.frozen(kw_only=True)
class ConnectionReport:
    """
    How one of a feed's connections is.

    Attributes:
        number: What it is called, counted from 1.
        state: How it is.
        reason: Why.
        instruments: How many instruments it brings.
        streams: How many of the venue's streams.
        age_s: Since its first data, in seconds; None where none has come.
    """

    number: int
    state: FeedState
    reason: str
    instruments: int
    streams: int
    age_s: float | None


class FeedOutput(Protocol):
    """Where a feed hands what it has; every call returns at once."""

    def receive_message(self, data: bytes, received_ns: int) -> None:
        """Take one message as the venue wrote it, and when it was received on the feed's clock."""

    def receive_break(self, reason: str, instruments: Collection[str] | None = None) -> None:
        """Take note that continuity was lost, of these instruments or of all: their streams begin a new epoch."""

    def receive_state(self, state: FeedState, reason: str) -> None:
        """Take note of how the feed is now, and why."""

    def receive_disconnection(self, instruments: Collection[str]) -> None:
        """Take note that these instruments have lost their connection, until something comes of them."""

    def receive_error(self, reason: str) -> None:
        """Take note that something went wrong, whether or not it changed the state."""

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

    def connections(self) -> tuple[ConnectionReport, ...]:
        """How its connections are; none where it has none."""

    def request_book(self, instrument_id: str, *, is_urgent: bool) -> None:
        """
        Ask for a snapshot of an instrument's order book.

        It comes as a message among the others, later or never: whoever needs it asks again after a while.

        Args:
            instrument_id: What it is about.
            is_urgent: Whether there is no book until it comes; else it may wait for those that are.
        """

    def request_bars(self, instrument_id: str, interval: str, *, start_ns: int, end_ns: int) -> None:
        """
        Ask for closed bars of an instrument.

        They come as one message among the others, later or never: whoever needs them asks again after a while.

        Args:
            instrument_id: What they are about.
            interval: How long they are, by the contract's name.
            start_ns: When the first of them opens, UNIX nanoseconds.
            end_ns: When the last of them opens; it is closed.
        """


@runtime_checkable
class ReferenceFeed(Feed, Protocol):
    """A source of prices that is no venue: it prices what venues trade."""

    def follow(self, wanted: Callable[[], Collection[Instrument]]) -> None:
        """Price what is wanted, which may change at any time."""


@runtime_checkable
class AdjustableFeed(Feed, Protocol):
    """A feed that can follow more and less while it runs, which a recording cannot."""

    def look_up(self, instruments: Collection[str]) -> "Deferred[tuple[Instrument, ...]]":
        """
        Ask the source for the rules of instruments that are not followed yet.

        The Deferred fails with `UnknownInstrument` where there is no such instrument, and with `Unavailable` where the
        source does not tell.
        """

    def add_instruments(self, instruments: Collection[str]) -> None:
        """
        Follow more instruments; what is followed already stays as it is.

        Raises:
            InvalidArgument: It cannot follow so many; nothing is changed.
        """

    def remove_instruments(self, instruments: Collection[str]) -> None:
        """Follow instruments no longer: nothing more is handed out of them."""
