"""The way of one feed's messages: from the inbox through decoder and state to numbered events."""

import msgspec

from components.contract.envelope import Envelope
from components.marketdata.binance_decoder import BinanceDecoder
from components.marketdata.inbox import Inbox, WaitingMessage
from components.marketdata.instruments import Instruments
from components.marketdata.market_state import MarketState, trades_topic
from components.model.market import MarketEvent
from components.streams.stream import Streams


class OutgoingEvent(msgspec.Struct, frozen=True, kw_only=True):
    """
    One event, ready to be published.

    Attributes:
        topic: Where it goes.
        envelope: What clients get.
        family: The topic's kind, as figures name it.
        source: The venue that it comes from.
        instrument_id: What it is about.
        arrived_ns: When the message that it comes from came in, on this process's monotonic clock.
    """

    topic: str
    envelope: Envelope
    family: str
    source: str
    instrument_id: str
    arrived_ns: int


class Pipeline:
    """
    Turn what one feed received into events.

    Sans-I/O. State, streams and instruments are shared by all feeds; inbox and decoder are this feed's own.
    """

    def __init__(
        self,
        inbox: Inbox,
        decoder: BinanceDecoder,
        *,
        venue: str,
        state: MarketState,
        streams: Streams,
        instruments: Instruments,
    ) -> None:
        self.inbox = inbox
        self._decoder = decoder
        self._venue = venue
        self._state = state
        self._streams = streams
        self._instruments = instruments
        self._run = 0

    def take(self, limit: int) -> list[WaitingMessage]:
        """The messages to process next, at most `limit`; holes that overflow left are now in the trades' numbers."""
        messages = self.inbox.take(limit)
        for instrument_id, count in self.inbox.take_lost_trades().items():
            if self._state.follows(instrument_id):
                self._streams.skip(trades_topic(self._venue, instrument_id), count)
        return messages

    def process(self, message: WaitingMessage) -> list[OutgoingEvent]:
        """
        Process one message; where continuity was lost before it, the venue's streams begin a new epoch.

        Raises:
            MalformedMessage: It cannot be read, and changes nothing.
        """
        if message.run != self._run:
            self._run = message.run
            self._streams.begin_epoch(self._state.reset(self._venue).__contains__)
        outgoing: list[OutgoingEvent] = []
        for event in self._decoder.decode(message.data, received_ns=message.received_ns):
            if isinstance(event, MarketEvent):
                outgoing.extend(self._events(event, message))
        return outgoing

    def _events(self, event: MarketEvent, message: WaitingMessage) -> list[OutgoingEvent]:
        publications = self._state.apply(event)
        if publications:
            self._instruments.note(event.venue, event.instrument_id)
        return [
            OutgoingEvent(
                topic=one.topic,
                envelope=self._streams.append(one.topic, one.payload, ts_ns=message.received_ns, meta=one.meta),
                family=one.family,
                source=event.venue,
                instrument_id=one.instrument_id,
                arrived_ns=message.arrived_ns,
            )
            for one in publications
        ]
