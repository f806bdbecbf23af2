"""The market with a fallback beside its venue: what clients are told of it, and what they are not."""

import itertools
from collections.abc import Callable, Collection

import attrs
import pytest
import pytest_twisted
from prometheus_client import CollectorRegistry
from twisted.internet.task import Clock

from components.marketdata.coingecko.assets import ASSET_IDS, CoinBasket
from components.marketdata.coingecko.decoder import CoinGeckoDecoder, peek
from components.marketdata.component import MarketData
from components.marketdata.feed import FeedState
from components.marketdata.following import Following
from components.marketdata.frames import Decoder, Peek
from components.marketdata.market import Market
from components.metrics.market import MarketMetrics
from components.model.market import Instrument
from components.streams.stream import Streams
from tests.support.binance_text import trade
from tests.support.coingecko_server import coin_text, markets_text
from tests.support.hand_feed import HandFeed
from tests.support.market import completed, keep_nothing, never
from tests.support.recording_session import RecordingSession

PRICE, STATUS = "tapecast.price.BTCUSDT", "tapecast.status.BTCUSDT"
ANSWER = markets_text(coin_text("bitcoin", price="61800"), coin_text("tether", price="1"))


@attrs.define
class HandFallback(HandFeed):
    """Satisfies `ReferenceFeed`; the test speaks for CoinGecko."""

    venue: str = "coingecko"
    instruments: tuple[Instrument, ...] | Exception = ()
    peek: Peek = attrs.field(default=peek, init=False)
    decoder: Decoder = attrs.field(init=False)
    basket: CoinBasket = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.basket = CoinBasket(ASSET_IDS)
        self.decoder = CoinGeckoDecoder(self.venue, self.basket)
        self.time_ns = 1_795_165_220_000_000_000

    def follow(self, wanted: Callable[[], Collection[Instrument]]) -> None:
        """Remember what is wanted."""
        self.wanted = wanted

    def answer(self, data: bytes) -> None:
        """Hand out an answer, as if it had been asked for."""
        self.basket.follow(self.wanted())
        self.send(data)

    wanted: Callable[[], Collection[Instrument]] = tuple


class Backed:
    """A market of one venue and a fallback."""

    def __init__(self) -> None:
        epochs = (f"e{number}" for number in itertools.count(1))
        self.clock, self.session, self.registry = Clock(), RecordingSession(), CollectorRegistry()
        self.feed, self.fallback = HandFeed(instruments=()), HandFallback()
        self.data = MarketData(
            self.session,
            self.clock,
            [self.feed, self.fallback],
            market=Market(["binance"], Following({"binance": ["BTCUSDT"]}), fallbacks=["coingecko"]),
            keep=keep_nothing,
            on_fault=never,
            streams=Streams(lambda: next(epochs)),
            metrics=MarketMetrics(self.registry),
            monotonic_ns=lambda: int(self.clock.seconds() * 1e9),
        )
        completed(self.data.start())

    def play(self, seconds: int) -> None:
        """Let time pass in tenths of a second."""
        for _ in range(seconds * 10):
            self.clock.advance(0.1)


@pytest.fixture
def backed() -> Backed:
    """One that was started, and heard nothing yet."""
    return Backed()


@pytest_twisted.ensureDeferred
async def test_a_fallback_makes_the_price_before_any_venue_does(backed: Backed) -> None:
    """The instrument can be asked for, is on no venue, and its price is degraded."""
    backed.fallback.answer(ANSWER)
    backed.play(1)

    price = await backed.session.ask("tapecast.market.get_price", "BTC/USDT")
    (row,) = await backed.session.ask("tapecast.market.list_instruments")
    assert (price["price"], price["bid"]) == ("61800", None)
    assert (price["meta"]["source"], price["meta"]["quality"], price["meta"]["lag_ms"]) == (
        "coingecko",
        "degraded",
        19_877.0,
    )
    assert (row["instrument"], row["venues"]) == ("BTCUSDT", [])
    assert {one.topic for one in backed.session.published} == {STATUS, PRICE}


def test_a_venue_that_falls_silent_is_stood_in_for_and_comes_back(backed: Backed) -> None:
    """From bytes to events: live, suspect, failed over, recovering, live; each price is one source's."""
    for number in range(40):
        backed.feed.send(trade(number + 1))
        backed.play(1)
    backed.fallback.answer(ANSWER)
    backed.play(30)
    for number in range(60):
        backed.feed.send(trade(number + 100))
        backed.play(1)

    statuses = [event["payload"] for event in backed.session.events(STATUS)]
    assert [(one["source"], one["state"], one["reason"]) for one in statuses] == [
        ("binance", "live", "started"),
        ("binance", "suspect", "stale"),
        ("coingecko", "failed_over", "stale"),
        ("coingecko", "recovering", "agrees"),
        ("binance", "live", "recovered"),
    ]
    prices = backed.session.events(PRICE)
    assert [(event["payload"]["price"], event["meta"]["source"], event["meta"]["quality"]) for event in prices] == [
        ("61837.63000000", "binance", "live"),
        ("61837.63000000", "binance", "stale"),
        ("61800", "coingecko", "degraded"),
        ("61837.63000000", "binance", "live"),
    ]
    assert backed.registry.get_sample_value("tapecast_prices", {"state": "live"}) == 1
    changes = {"state": "failed_over", "reason": "stale"}
    assert backed.registry.get_sample_value("tapecast_price_changes_total", changes) == 1


@pytest_twisted.ensureDeferred
async def test_a_fallback_is_seen_among_the_feeds(backed: Backed) -> None:
    """Its state and its errors are told; what it prices is what the venues have."""
    backed.fallback.output.receive_error("status 429")
    backed.fallback.output.receive_state(FeedState.SILENT, "status 429")

    _, row = await backed.session.ask("tapecast.admin.feeds.list")

    assert (row["venue"], row["state"], row["instruments"]) == ("coingecko", "degraded", None)
    assert [one["error"] for one in row["last_errors"]] == ["status 429"]
    errors = {"feed": "coingecko", "reason": "error"}
    assert backed.registry.get_sample_value("tapecast_feed_errors_total", errors) == 1
