"""Which objects a process is made of."""

import random
import secrets
from typing import Any

from prometheus_client import CollectorRegistry

from components.marketdata.binance_client import BinanceFeed
from components.marketdata.component import MarketData
from components.marketdata.feed import Feed
from components.marketdata.replay_client import ReplayFeed
from components.marketdata.sim_client import SimFeed
from components.metrics.market import MarketMetrics
from components.runtime.settings import BINANCE_INSTRUMENTS, FeedChoice, FeedKind, Settings
from components.streams.stream import Streams
from components.wamp.session import WampSession


def new_epoch() -> str:
    """An opaque name that no earlier epoch had."""
    return secrets.token_hex(6)


def make_feed(choice: FeedChoice, settings: Settings, reactor: Any) -> Feed:
    """The feed that the operator chose."""
    if choice.recording is not None:
        return ReplayFeed(reactor, path=choice.recording, speed=settings.replay_speed)
    if choice.kind is FeedKind.SIM:
        return SimFeed(reactor, seed=settings.sim_seed)
    return BinanceFeed(
        reactor,
        instruments=settings.instruments or BINANCE_INSTRUMENTS,
        websocket_url=settings.binance_websocket_url,
        rest_url=settings.binance_rest_url,
        silence_s=settings.silence_s,
        random=random.SystemRandom().random,
    )


def make_market_data(session: WampSession, settings: Settings, reactor: Any, registry: CollectorRegistry) -> MarketData:
    """The market data component with its feeds."""
    return MarketData(
        session,
        reactor,
        [make_feed(choice, settings, reactor) for choice in settings.feeds],
        instruments=settings.instruments,
        streams=Streams(new_epoch),
        metrics=MarketMetrics(registry),
        inbox_capacity=settings.feed_queue,
    )
