"""Which objects a process is made of."""

import random
import secrets
import time
from collections.abc import Callable
from typing import Any

import attrs
from prometheus_client import CollectorRegistry

from auth.claims import TokenRules
from auth.user_directory_client import HttpUserDirectory
from auth.user_list_store import FileUserDirectory
from auth.user_settings import UserSettings
from auth.users import UserDirectory
from components.admin.component import AdminComponent
from components.admin.lifetimes import TokenLifetime
from components.admin.seams_component import AdminSeams, Announce
from components.contract.topics import Owner
from components.marketdata.binance.feed_client import BinanceFeed
from components.marketdata.coingecko.asset_store import COINS_FILE_NAME, CoinListStore
from components.marketdata.coingecko.feed_client import VENUE as COINGECKO
from components.marketdata.coingecko.feed_client import CoinGeckoFeed
from components.marketdata.coingecko.settings import Plan
from components.marketdata.component import MarketData
from components.marketdata.feed import Feed
from components.marketdata.following import Following
from components.marketdata.market import Market
from components.marketdata.replay.replay_client import ReplayFeed
from components.marketdata.sim.sim_client import SimFeed
from components.metrics.journal import JournalMetrics
from components.metrics.market import MarketMetrics
from components.runtime.followed import read_followed
from components.runtime.node_config import containers_of
from components.runtime.settings import FeedChoice, FeedKind, JournalKind, Settings
from components.streams.journal import Journal
from components.streams.journal_store import SqliteJournal
from components.streams.sqlite_store import SqliteFile, Synchronous
from components.streams.stream import Streams
from components.wamp.log_level import LogLevelSwitch
from components.wamp.router_control import RouterControl
from components.wamp.router_view import RouterView
from components.wamp.session import WampSession
from router.logs import set_level

ADMIN_JOURNAL_NAME = "admin.journal"
MARKET_JOURNAL_NAME = "market.journal"


def new_epoch() -> str:
    """An opaque name that no earlier epoch had."""
    return secrets.token_hex(6)


def start_user_directory(settings: UserSettings, reactor: Any) -> UserDirectory | None:
    """
    The directory of users that the operator chose; None where tokens alone say who may come in.

    Raises:
        ConfigError: Its file cannot be used.
    """
    directory = settings.directory
    if directory.path is not None:
        of_file = FileUserDirectory(reactor, directory.path, now_ns=time.monotonic_ns)
        of_file.start()
        return of_file
    return None if directory.url is None else HttpUserDirectory(reactor, settings, now_ns=time.monotonic_ns)


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


def make_fallbacks(settings: Settings, reactor: Any) -> list[Feed]:
    """The sources of prices that are no venues."""
    if settings.coingecko.plan is Plan.OFF:
        return []
    return [
        CoinGeckoFeed(
            reactor,
            settings=settings.coingecko,
            store=CoinListStore(settings.data_dir / COINS_FILE_NAME),
            random=random.SystemRandom().random,
        )
    ]


def make_market(settings: Settings, following: Following) -> Market:
    """What the chosen feeds' messages are made into."""
    return Market(
        [choice.venue for choice in settings.feeds],
        following,
        simulated=[choice.venue for choice in settings.feeds if choice.kind is FeedKind.SIM],
        handed_in=[choice.venue for choice in settings.feeds if choice.kind is FeedKind.INTAKE],
        fallbacks=() if settings.coingecko.plan is Plan.OFF else (COINGECKO,),
        rules=attrs.evolve(settings.prices, fallback_stale_ns=settings.coingecko.stale_ns),
    )


def make_market_journal(settings: Settings, reactor: Any, registry: CollectorRegistry) -> Journal | None:
    """The journal that the operator chose for the market; None where nothing is to outlive the process."""
    if settings.market_journal is JournalKind.MEMORY:
        return None
    return SqliteJournal(
        SqliteFile(settings.data_dir / MARKET_JOURNAL_NAME),
        call_in_reactor=reactor.callFromThread,
        metrics=JournalMetrics(registry, owner=Owner.MARKET.value),
    )


def make_admin(
    session: WampSession,
    router: RouterView,
    control: RouterControl,
    settings: Settings,
    reactor: Any,
    *,
    announce: Announce,
) -> AdminComponent:
    """
    What operators ask of the router worker, with a journal: what is acknowledged outlives a loss of power.

    `announce` publishes to everyone, or to a role.
    """
    registry = CollectorRegistry()
    metrics = JournalMetrics(registry, owner=Owner.ROUTER.value)

    def open_streams() -> Streams:
        file = SqliteFile(settings.data_dir / ADMIN_JOURNAL_NAME, synchronous=Synchronous.FULL)
        return Streams(new_epoch, SqliteJournal(file, call_in_reactor=reactor.callFromThread, metrics=metrics))

    seams = AdminSeams(
        router=router,
        control=control,
        lifetime=token_lifetime(settings.tokens.rules),
        announce=announce,
        containers=containers_of(settings),
        log_level=LogLevelSwitch(reactor, set_level),
        clock=reactor,
        monotonic_ns=time.monotonic_ns,
        wall_clock_ns=time.time_ns,
    )
    return AdminComponent(session, open_streams, seams, registry=registry)


def token_lifetime(rules: TokenRules) -> TokenLifetime:
    """How long tokens can be good by these rules."""
    # Without `iat` a token's life is counted from when it is shown, and so has no end that could be told before.
    is_bounded = "iat" in rules.required_claims
    return TokenLifetime(longest_s=rules.max_lifetime_s if is_bounded else None, leeway_s=rules.leeway_s)


def make_market_data(
    session: WampSession,
    settings: Settings,
    reactor: Any,
    registry: CollectorRegistry,
    *,
    on_fault: Callable[[], None],
) -> MarketData:
    """
    The market data component with its feeds; `on_fault` is called after a bug of ours.

    Raises:
        ConfigError: What was added and removed at run time cannot be read, or is more than a feed can follow.
    """
    store, followed = read_followed(settings, settings.data_dir)
    return MarketData(
        session,
        reactor,
        [
            *(
                make_feed(choice, followed[choice.venue] or (), settings, reactor)
                for choice in settings.feeds
                if choice.kind is not FeedKind.INTAKE
            ),
            *make_fallbacks(settings, reactor),
        ],
        market=make_market(settings, Following(followed)),
        keep=store.keep,
        on_fault=on_fault,
        streams=Streams(new_epoch, make_market_journal(settings, reactor, registry)),
        metrics=MarketMetrics(registry),
        inbox_capacity=settings.feed_queue,
    )
