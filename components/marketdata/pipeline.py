"""The way of one feed's messages: from the inbox through decoder and state to numbered events."""

import msgspec

from components.contract.envelope import Envelope
from components.marketdata.frames import Decoder
from components.marketdata.inbox import Inbox, WaitingMessage
from components.marketdata.instruments import Instruments
from components.marketdata.market import Market
from components.marketdata.market_state import Publication, trades_topic
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

    Sans-I/O. Market, streams and instruments are shared by all feeds; inbox and decoder are this feed's own.
    """

    def __init__(
        self,
        inbox: Inbox,
        decoder: Decoder,
        *,
        venue: str,
        market: Market,
        streams: Streams,
        instruments: Instruments,
    ) -> None:
        self.inbox = inbox
        self._decoder = decoder
        self._venue = venue
        self._market = market
        self._streams = streams
        self._instruments = instruments

    def take(self, limit: int) -> list[WaitingMessage]:
        """The messages to process next, at most `limit`; holes that overflow left are now in the trades' numbers."""
        messages = self.inbox.take(limit)
        for instrument_id, count in self.inbox.take_lost_trades().items():
            if self._market.lines.follows(instrument_id):
                self._streams.skip(trades_topic(self._venue, instrument_id), count)
        return messages

    def process(self, message: WaitingMessage, *, ts_ns: int) -> list[OutgoingEvent]:
        """
        Process one message; where continuity was lost before it, the venue's streams begin a new epoch.

        Args:
            message: As it waited.
            ts_ns: What time it is on the feed's clock, UNIX nanoseconds: its events are published now.

        Raises:
            MalformedMessage: It cannot be read, and changes nothing.
        """
        for instruments in self.inbox.take_breaks(message.run):
            self._streams.begin_epoch(self._market.lose(self._venue, instruments).__contains__)
        outgoing: list[OutgoingEvent] = []
        for event in self._decoder.decode(message.data, received_ns=message.received_ns):
            if isinstance(event, MarketEvent):
                outgoing.extend(self._events(event, message, ts_ns))
        return outgoing

    def _events(self, event: MarketEvent, message: WaitingMessage, ts_ns: int) -> list[OutgoingEvent]:
        publications = self._market.apply(event, now_ns=message.arrived_ns)
        if publications:
            self._instruments.note(event.venue, event.instrument_id)
        return [
            outgoing(one, self._streams, ts_ns=ts_ns, source=event.venue, arrived_ns=message.arrived_ns)
            for one in publications
        ]


def outgoing(publication: Publication, streams: Streams, *, ts_ns: int, source: str, arrived_ns: int) -> OutgoingEvent:
    """The event that a publication becomes once its stream has numbered it."""
    topic = publication.topic
    return OutgoingEvent(
        topic=topic,
        envelope=streams.append(topic, publication.payload, ts_ns=ts_ns, meta=publication.meta),
        family=publication.family,
        source=source,
        instrument_id=publication.instrument_id,
        arrived_ns=arrived_ns,
    )
