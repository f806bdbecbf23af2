"""Which instruments a gateway follows: what the settings say, with what operators have changed since."""

from pathlib import Path

from components.marketdata.binance.streams import check_instruments_fit
from components.marketdata.followed_store import FOLLOWED_FILE_NAME, FollowedStore
from components.marketdata.sim.simulated_instruments import SIMULATED_INSTRUMENTS
from components.runtime.settings import BINANCE_INSTRUMENTS, FeedChoice, FeedKind, Settings

ByVenue = dict[str, tuple[str, ...] | None]
"""The instruments of each venue; None for everything that its feed tells."""


def read_followed(settings: Settings, directory: Path) -> tuple[FollowedStore, ByVenue]:
    """
    What each venue follows, and where changes of that are kept: a recording, and a venue that is handed in, what
    the settings say.

    Raises:
        ConfigError: What was kept cannot be read, or is more than a feed can follow.
    """
    adjustable = [choice for choice in settings.feeds if choice.kind in (FeedKind.SIM, FeedKind.BINANCE)]
    configured = {choice.venue: _configured(choice, settings) for choice in adjustable}
    store = FollowedStore(directory / FOLLOWED_FILE_NAME, configured)
    followed: ByVenue = {}
    for choice in settings.feeds:
        if choice not in adjustable:
            followed[choice.venue] = settings.instruments or None
            continue
        instruments = store.followed(choice.venue)
        if choice.kind is FeedKind.BINANCE:
            check_instruments_fit(instruments)
        followed[choice.venue] = instruments
    return store, followed


def _configured(choice: FeedChoice, settings: Settings) -> tuple[str, ...]:
    every = tuple(one.symbol for one in SIMULATED_INSTRUMENTS)
    return settings.instruments or (every if choice.kind is FeedKind.SIM else BINANCE_INSTRUMENTS)
