"""Which objects a process is made of."""

import random
import secrets
from typing import Any

from prometheus_client import CollectorRegistry

from components.marketdata.binance_client import BinanceFeed
from components.marketdata.component import MarketData
from components.marketdata.feed import Feed
from components.marketdata.feeds_component import Followed
from components.marketdata.following import Following
from components.marketdata.replay_client import ReplayFeed
from components.marketdata.sim_client import SimFeed
from components.metrics.market import MarketMetrics
from components.runtime.followed import read_followed
from components.runtime.settings import FeedChoice, FeedKind, Settings
from components.streams.stream import Streams
from components.wamp.session import WampSession


def new_epoch() -> str:
    """An opaque name that no earlier epoch had."""
    return secrets.token_hex(6)


def make_feed(choice: FeedChoice, instruments: tuple[str, ...], settings: Settings, reactor: Any) -> Feed:
    """The feed that the operator chose, following these instruments."""
    if choice.recording is not None:
        return ReplayFeed(reactor, path=choice.recording, speed=settings.replay_speed)
    if choice.kind is FeedKind.SIM:
        return SimFeed(reactor, instruments=instruments, seed=settings.sim_seed)
    return BinanceFeed(
        reactor,
        instruments=instruments,
        websocket_url=settings.binance_websocket_url,
        rest_url=settings.binance_rest_url,
        silence_s=settings.silence_s,
        random=random.SystemRandom().random,
    )


def make_market_data(session: WampSession, settings: Settings, reactor: Any, registry: CollectorRegistry) -> MarketData:
    """
    The market data component with its feeds.

    Raises:
        ConfigError: What was added and removed at run time cannot be read, or is more than a feed can follow.
    """
    store, followed = read_followed(settings, settings.data_dir)
    return MarketData(
        session,
        reactor,
        [make_feed(choice, followed[choice.venue] or (), settings, reactor) for choice in settings.feeds],
        followed=Followed(following=Following(followed), keep=store.keep),
        streams=Streams(new_epoch),
        metrics=MarketMetrics(registry),
        inbox_capacity=settings.feed_queue,
    )
