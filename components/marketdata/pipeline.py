"""The way of one feed's messages: from the inbox through decoder and state to what is published."""

from collections.abc import Callable
from typing import Protocol

from components.marketdata.frames import Decoder
from components.marketdata.inbox import Inbox, WaitingMessage
from components.marketdata.instruments import Instruments
from components.marketdata.market import Market
from components.marketdata.market_state import Publication, trades_topic
from components.model.market import MarketEvent


class Numbering(Protocol):
    """What a pipeline does to the numbers of streams; the publisher of the market's streams satisfies it."""

    def skip(self, topic: str, count: int) -> None:
        """Consume numbers for events that were lost before they could be published."""

    def begin_epoch(self, topics: Callable[[str], bool]) -> None:
        """Start all streams anew whose topic is chosen: their continuity was lost."""


class Pipeline:
    """
    Turn what one feed received into what is published.

    Sans-I/O. Market, numbering and instruments are shared by all feeds; inbox and decoder are this feed's own.
    """

    def __init__(
        self,
        inbox: Inbox,
        decoder: Decoder,
        *,
        venue: str,
        market: Market,
        numbering: Numbering,
        instruments: Instruments,
    ) -> None:
        self.inbox = inbox
        self._decoder = decoder
        self._venue = venue
        self._market = market
        self._numbering = numbering
        self._instruments = instruments

    def take(self, limit: int) -> list[WaitingMessage]:
        """The messages to process next, at most `limit`; holes that overflow left are now in the trades' numbers."""
        messages = self.inbox.take(limit)
        for instrument_id, count in self.inbox.take_lost_trades().items():
            if self._market.following.has(instrument_id, self._venue):
                self._numbering.skip(trades_topic(self._venue, instrument_id), count)
                self._market.candles.lose_trades(self._venue, instrument_id)
        return messages

    def process(self, message: WaitingMessage) -> list[Publication]:
        """
        Process one message; where continuity was lost before it, the venue's streams begin a new epoch.

        Raises:
            MalformedMessage: It cannot be read, and changes nothing.
        """
        for instruments in self.inbox.take_breaks(message.run):
            self._numbering.begin_epoch(self._market.lose(self._venue, instruments).__contains__)
        publications: list[Publication] = []
        for event in self._decoder.decode(message.data, received_ns=message.received_ns):
            if isinstance(event, MarketEvent):
                publications += self._apply(event, message.arrived_ns)
        return publications

    def _apply(self, event: MarketEvent, arrived_ns: int) -> list[Publication]:
        publications = self._market.apply(event, now_ns=arrived_ns)
        if publications and self._market.is_venue(event.venue):
            self._instruments.note(event.venue, event.instrument_id)
        elif publications:
            self._instruments.note_price(event.instrument_id)
        return publications
