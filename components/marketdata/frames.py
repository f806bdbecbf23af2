"""What reads a venue's messages: a glance that tells kind, stream and instrument, and then the decoder."""

import enum
from collections.abc import Callable
from typing import NamedTuple, Protocol


class MessageKind(enum.StrEnum):
    """What a venue's message is about."""

    TRADE = "trade"
    AGGREGATE_TRADE = "aggregate_trade"
    QUOTE = "quote"
    TICKER = "ticker"
    MINI_TICKER = "mini_ticker"
    MINI_TICKERS = "mini_tickers"
    KLINE = "kline"
    KLINES = "klines"
    DEPTH = "depth"
    PARTIAL_DEPTH = "partial_depth"
    SNAPSHOT = "snapshot"
    CONTROL = "control"
    SHUTDOWN = "shutdown"
    OTHER = "other"


class Frame(NamedTuple):
    """
    What a glance at a message's first bytes tells.

    Attributes:
        kind: What it is about; `OTHER` where the glance cannot tell.
        stream: What it shares with the messages that it can replace; equal for messages of one stream.
        instrument_id: Its instrument, empty where it names none that a URI can hold.
    """

    kind: MessageKind
    stream: str
    instrument_id: str


Peek = Callable[[bytes], Frame]
"""Tells the frame of a venue's message from its first bytes; never raises, never parses."""


class Decoder(Protocol):
    """Makes market events of a venue's bytes."""

    def decode(self, data: bytes, *, received_ns: int) -> tuple[object, ...]:
        """
        What one message tells, in order; what is no `MarketEvent` concerns the connection only.

        Raises:
            MalformedMessage: It cannot be read.
        """
