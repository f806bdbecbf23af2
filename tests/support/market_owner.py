"""The market's process as another process sees it over the realm: streams, and the list of instruments."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import attrs
from autobahn.wamp.exception import ApplicationError
from twisted.internet.task import Clock

from components.contract.topics import Delivery, family_of
from components.model.accounts import Mark
from components.trading.live.followed_instrument_component import MarketListener
from components.trading.live.markets import Level, Markets
from components.trading.live.markets_component import LiveMarkets
from tests.support.recording_session import RecordingSession

GET, LIST, PROBE = "tapecast.stream.get", "tapecast.market.list_instruments", "tapecast.market.get_prices"
PRICE, STATUS, BOOK = "tapecast.price.BTCUSDT", "tapecast.status.BTCUSDT", "tapecast.book.sim.BTCUSDT"
WALL_NS = 1_700_000_000_000_000_000


def row(instrument: str, base: str | None, quote: str | None, **other: Any) -> dict[str, Any]:
    """One row of `list_instruments`."""
    return {
        "instrument": instrument,
        "base": base,
        "quote": quote,
        "tick_size": "0.01",
        "lot_size": "0.001",
        "min_notional": "5",
        "state": "trading",
        "aliases": [f"{base}/{quote}"],
        "venues": ["sim"],
        **other,
    }


def price_payload(price: str) -> dict[str, Any]:
    """What an event of a price says."""
    return {"instrument": "BTCUSDT", "price": price, "bid": None, "ask": None, "volume": "1"}


def book_payload(bids: dict[str, str], asks: dict[str, str]) -> dict[str, Any]:
    """What an event of a book says."""
    return {"bids": [[*one] for one in bids.items()], "asks": [[*one] for one in asks.items()], "depth": {}}


@attrs.define
class OwnedStream:
    """
    One stream of the market.

    Attributes:
        state: The payload of its state.
        meta: What is said of that.
    """

    epoch: str = "e1"
    seq: int = 0
    state: dict[str, Any] = attrs.field(factory=dict)
    meta: dict[str, Any] = attrs.field(factory=dict)


@attrs.define
class MarketOwner:
    """
    Answers for the market on a recording session, and publishes to who has subscribed.

    Attributes:
        is_away: Whether nobody answers.
        rows: The instruments.
        streams: What each topic told last.
        failures: Topics that are answered with an error.
    """

    session: RecordingSession = attrs.field(factory=RecordingSession)
    is_away: bool = False
    rows: list[dict[str, Any]] = attrs.field(factory=lambda: [row("BTCUSDT", "BTC", "USDT")])
    streams: dict[str, OwnedStream] = attrs.field(factory=dict)
    failures: set[str] = attrs.field(factory=set)

    def __attrs_post_init__(self) -> None:
        self.session.results |= {
            GET: self._get,
            LIST: lambda: self._unless_away(self.rows),
            PROBE: lambda **_: self._unless_away([]),
        }

    def stream(self, topic: str) -> OwnedStream:
        """The stream of a topic."""
        return self.streams.setdefault(topic, OwnedStream())

    def publish(
        self, topic: str, payload: dict[str, Any], *, epoch: str | None = None, count: int = 1, quality: str = "live"
    ) -> None:
        """Number an event, and hand it to who has subscribed; where it stands for several it was merged of them."""
        stream = self.stream(topic)
        begins = epoch is not None or stream.seq == 0
        if epoch is not None:
            stream.epoch, stream.seq = epoch, 0
        stream.seq += count
        stream.meta = {"source": "sim", "quality": quality}
        family = family_of(topic)
        assert family is not None
        if family.delivery is Delivery.CONFLATED or begins:
            stream.state = payload
        event = {"type": "snapshot" if begins else "delta", "epoch": stream.epoch, "seq": stream.seq}
        if count > 1:
            event["first_seq"] = stream.seq - count + 1
        self.hand_over(topic, {**event, "ts": "2026-01-01T12:00:00.000000Z", "payload": payload, "meta": stream.meta})

    def hand_over(self, topic: str, event: dict[str, Any]) -> None:
        """Give an event to who has subscribed."""
        handler = self.session.subscribed.get(topic)
        if handler is not None:
            handler(**event)

    def asked(self, topic: str) -> int:
        """How often the state of a topic was asked for."""
        return self.session.calls.count((GET, (), {"topic": topic}))

    def state(self, topic: str) -> dict[str, Any]:
        """The answer to who asks for a topic's state."""
        stream = self.stream(topic)
        family = family_of(topic)
        assert family is not None
        return {
            "type": "snapshot",
            "epoch": stream.epoch,
            "seq": stream.seq,
            "payload": stream.state,
            "meta": {**stream.meta, "age_ms": 250},
            "delivery": family.delivery.value,
        }

    def _get(self, topic: str) -> object:
        if topic in self.failures:
            return ApplicationError("tapecast.error.unavailable")
        return self._unless_away(self.state(topic))

    def _unless_away(self, answer: object) -> object:
        return ApplicationError("wamp.error.no_such_procedure") if self.is_away else answer


@attrs.define
class MarketSight:
    """
    The live markets of a trading process, and what they told it.

    Attributes:
        told: Snapshots, deltas and losses of books, and marks, in words.
        faults: The bugs that were reported.
        is_broken: Whether whoever is told has a bug.
    """

    owner: MarketOwner = attrs.field(factory=MarketOwner)
    clock: Clock = attrs.field(factory=Clock)
    told: list[str] = attrs.field(factory=list)
    faults: list[str] = attrs.field(factory=list)
    is_broken: bool = False
    most_followed: int = 1_000
    chance: Callable[[], float] = lambda: 0.0
    markets: LiveMarkets = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.markets = LiveMarkets(
            self.owner.session,
            self.clock,
            MarketListener(
                on_book_snapshot=lambda name, bids, asks: self.tell(f"book {name} {_book(bids, asks)}"),
                on_book_deltas=lambda name, bids, asks: self.tell(f"change {name} {_book(bids, asks)}"),
                on_book_lost=lambda name: self.tell(f"lost {name}"),
                on_mark=lambda name, mark: self.tell(f"mark {name} {_mark(mark)}"),
            ),
            wall_clock_ns=lambda: WALL_NS + int(self.clock.seconds() * 1e9),
            chance=self.chance,
            on_fault=lambda: self.faults.append("fault"),
            most_followed=self.most_followed,
        )
        as_trading_sees_it: Markets = self.markets
        assert as_trading_sees_it.mark("nothing") is None

    def tell(self, words: str) -> None:
        """Take note of what is told."""
        if self.is_broken:
            raise RuntimeError(words)
        self.told.append(words)

    def take(self) -> list[str]:
        """What was told since this was asked last."""
        taken, self.told[:] = list(self.told), []
        return taken

    def advance(self, seconds: float) -> None:
        """Let time go by in eighths of a second, which add up exactly."""
        for _ in range(math.ceil(seconds * 8)):
            self.clock.advance(0.125)


def made_sight(**other: Any) -> MarketSight:
    """The same, with other settings."""
    made = MarketSight(**other)
    made.owner.publish(STATUS, {"state": "live"})
    made.owner.publish(PRICE, price_payload("100"))
    made.owner.publish(BOOK, book_payload({"99": "1"}, {"101": "2"}))
    made.markets.start()
    return made


async def ensured_sight() -> MarketSight:
    """Markets that follow the instrument, of which nothing is left to be told."""
    made = made_sight()
    await made.markets.ensure("BTCUSDT")
    made.take()
    return made


def _book(bids: Sequence[Level], asks: Sequence[Level]) -> str:
    return " | ".join(" ".join(f"{size}@{price}" for price, size in side) or "-" for side in (bids, asks))


def _mark(mark: Mark) -> str:
    return f"{mark.price}{' stale' if mark.is_stale else ''}"
