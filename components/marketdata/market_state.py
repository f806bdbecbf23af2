"""What the market events of all venues make of quotes, tickers and trades."""

import collections
import enum
from collections.abc import Callable, Collection, Sequence
from typing import Any

import attrs
import msgspec

from components.contract.envelope import Meta, Payload
from components.contract.topics import PREFIX
from components.marketdata.following import Following
from components.model.market import MarketEvent, QuoteTick, TickerStatistics, TradeTick


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """
    One event for one topic, before the topic's stream numbers it.

    Attributes:
        topic: Where it goes.
        family: The topic's kind, as figures name it: `quote`, `ticker`, `trades`, `price`, `status`, `book`.
        instrument_id: What it is about.
        payload: What clients get.
        meta: `source`, `quality`, `received_ts`, and `event_ts` and `lag_ms` where the venue gives a time; many
            publications may share it.
        begins_epoch: Whether the topic's stream lost its continuity before it, and begins a new epoch with it.
    """

    topic: str
    family: str
    instrument_id: str
    payload: Payload
    meta: Meta
    begins_epoch: bool = False


class Ignored(enum.StrEnum):
    """Why an event was not published."""

    NOT_NEWER = "not_newer"
    NOT_PUBLISHED = "not_published"


@attrs.define
class _Line:
    """One instrument on one venue: its topics, and the newest that was seen."""

    quote_topic: str
    ticker_topic: str
    trades_topic: str
    quote_update_id: int = -1
    ticker_ts: int = -1
    # A longer number is a larger one: ids are compared as text without being parsed.
    trade_id: tuple[int, str] = (0, "")


class MarketState:
    """
    The newest of every instrument on every venue.

    Sans-I/O: feed it events, publish what it returns. Every quote, trade and ticker is one publication. What is not
    newer than what was seen before is left out and counted: a feed that changes its connection without a break tells
    some things twice.
    """

    def __init__(self, venues: Sequence[str], following: Following | None = None) -> None:
        """
        Begin empty.

        Args:
            venues: All venues whose events will come.
            following: Whose events are published; None for everything.
        """
        self._following = following or Following(dict.fromkeys(venues))
        self._lines: dict[str, dict[str, _Line]] = {venue: {} for venue in venues}
        self._ignored: collections.Counter[Ignored] = collections.Counter()
        self._apply: dict[type, Callable[[Any, _Line, Meta], list[Publication]]] = {
            QuoteTick: self._apply_quote,
            TradeTick: self._apply_trade,
            TickerStatistics: self._apply_ticker,
        }

    def apply(self, event: MarketEvent, meta: Meta) -> list[Publication]:
        """
        Take one event in.

        Args:
            event: What a venue told.
            meta: Where it comes from, how good and how old it is.

        Returns:
            What is to be published, in order. Nothing for depth, bars and aggregate trades: an aggregate repeats trades
            that come singly as well, and the others have no topic yet.
        """
        apply = self._apply.get(type(event))
        if apply is None or not self._following.has(event.instrument_id, event.venue):
            self._ignored[Ignored.NOT_PUBLISHED] += 1
            return []
        lines = self._lines[event.venue]
        line = lines.get(event.instrument_id)
        if line is None:
            line = lines[event.instrument_id] = _new_line(event.venue, event.instrument_id)
        return apply(event, line, meta)

    def reset(self, venue: str, instruments: Collection[str] | None = None) -> frozenset[str]:
        """
        Forget what a venue told of some instruments, or of all: continuity was lost.

        Returns:
            The topics that tell what it told; each begins a new epoch.
        """
        topics: set[str] = set()
        lines = self._lines[venue]
        for instrument_id in tuple(lines) if instruments is None else lines.keys() & instruments:
            line = lines.pop(instrument_id)
            topics.update((line.quote_topic, line.ticker_topic, line.trades_topic))
        return frozenset(topics)

    def take_ignored(self) -> dict[Ignored, int]:
        """How many events were not published, by reason, since the last time this was asked."""
        ignored, self._ignored = dict(self._ignored), collections.Counter()
        return ignored

    def _apply_quote(self, event: QuoteTick, line: _Line, meta: Meta) -> list[Publication]:
        if event.update_id <= line.quote_update_id:
            return self._ignore_old()
        line.quote_update_id = event.update_id
        payload: Payload = {
            "instrument": event.instrument_id,
            "venue": event.venue,
            "bid": event.bid,
            "bid_size": event.bid_size,
            "ask": event.ask,
            "ask_size": event.ask_size,
        }
        return [_publication(line.quote_topic, "quote", event, payload, meta)]

    def _apply_trade(self, event: TradeTick, line: _Line, meta: Meta) -> list[Publication]:
        trade_id = (len(event.trade_id), event.trade_id)
        if trade_id <= line.trade_id:
            return self._ignore_old()
        line.trade_id = trade_id
        payload: Payload = {
            "instrument": event.instrument_id,
            "venue": event.venue,
            "trade_id": event.trade_id,
            "price": event.price,
            "quantity": event.quantity,
            "side": event.side.value,
        }
        return [_publication(line.trades_topic, "trades", event, payload, meta)]

    def _apply_ticker(self, event: TickerStatistics, line: _Line, meta: Meta) -> list[Publication]:
        if event.ts_event is not None:
            if event.ts_event <= line.ticker_ts:
                return self._ignore_old()
            line.ticker_ts = event.ts_event
        payload: Payload = {
            "instrument": event.instrument_id,
            "venue": event.venue,
            "price": event.price,
            "price_change": event.price_change,
            "price_change_percent": event.price_change_percent,
            "open_price": event.open_price,
            "high_price": event.high_price,
            "low_price": event.low_price,
            "volume": event.volume,
            "quote_volume": event.quote_volume,
            "trades": event.trades,
        }
        return [_publication(line.ticker_topic, "ticker", event, payload, meta)]

    def _ignore_old(self) -> list[Publication]:
        self._ignored[Ignored.NOT_NEWER] += 1
        return []


def trades_topic(venue: str, instrument_id: str) -> str:
    """The topic of an instrument's trades on a venue."""
    return f"{PREFIX}.trades.{venue}.{instrument_id}"


def _new_line(venue: str, instrument_id: str) -> _Line:
    return _Line(
        quote_topic=f"{PREFIX}.quote.{venue}.{instrument_id}",
        ticker_topic=f"{PREFIX}.ticker.{venue}.{instrument_id}",
        trades_topic=trades_topic(venue, instrument_id),
    )


def _publication(topic: str, family: str, event: MarketEvent, payload: Payload, meta: Meta) -> Publication:
    return Publication(
        topic=topic,
        family=family,
        instrument_id=event.instrument_id,
        payload=payload,
        meta=meta,
    )
