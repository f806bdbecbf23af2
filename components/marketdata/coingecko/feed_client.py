"""The fallback: asks CoinGecko for prices now and then, and no more often than it allows."""

import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

import treq
from twisted.internet.defer import Deferred, ensureDeferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure
from twisted.web.client import Agent
from twisted.web.http import OK

from components.contract.envelope import NS_PER_S
from components.marketdata.backoff import Backoff
from components.marketdata.coingecko.asset_store import CoinListStore
from components.marketdata.coingecko.assets import ASSET_IDS, CoinBasket
from components.marketdata.coingecko.decoder import (
    COINS_LIST_PATH,
    CoinGeckoDecoder,
    markets_path,
    peek,
    read_coin_ids,
    retry_after_s,
)
from components.marketdata.coingecko.settings import CoinGeckoSettings
from components.marketdata.feed import ConnectionReport, FeedOutput, FeedState
from components.marketdata.frames import Decoder, Peek
from components.model.errors import VenueFault
from components.model.market import Instrument
from components.web.bounded_body_client import read_body
from components.web.failed_request_client import no_answer

VENUE = "coingecko"
TIMEOUT_S = 10.0
MAX_BODY_BYTES = 16 * 1024 * 1024
LONGEST_WAIT_S = 900.0
JITTER = 0.1
"""The interval is longer by up to so much of it, so that gateways that were started together do not ask together."""

LIST_RETRY_NS = 3600 * NS_PER_S


class CoinGeckoFeed:
    """
    The feed of CoinGecko's prices.

    It asks for all coins at once, one round an interval; after a refusal it waits as long as it is told to, and longer
    with every failure in a row. The list of coins is asked for once a week at most: a coin that is not in it is told
    and not used. Decodes no prices.

    Source: CoinGecko API docs, "Common Errors & Rate Limit".

    Attributes:
        venue: What the prices' source is called.
        peek: Tells what an answer is about.
        decoder: Reads the answers.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        *,
        settings: CoinGeckoSettings,
        store: CoinListStore,
        random: Callable[[], float],
        wall_clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """
        Ask nothing yet.

        Args:
            reactor: Whose timers and sockets it uses.
            settings: As whom, where and how often to ask.
            store: Where the list of coins is kept.
            random: Gives a number from 0 up to, but not including, 1.
            wall_clock_ns: What time it is, UNIX nanoseconds.
        """
        self._basket = CoinBasket({**ASSET_IDS, **settings.asset_ids})
        self.venue = VENUE
        self.peek: Peek = peek
        self.decoder: Decoder = CoinGeckoDecoder(VENUE, self._basket)
        self._reactor = reactor
        self._settings = settings
        self._store = store
        self._random = random
        self._wall_clock_ns = wall_clock_ns
        self._http = treq.client.HTTPClient(Agent(reactor, connectTimeout=TIMEOUT_S))
        self._backoff = Backoff(random=random, floor_s=float(settings.interval_s), cap_s=LONGEST_WAIT_S)
        self._wanted: Callable[[], Collection[Instrument]] = tuple
        self._is_verified = False
        self._list_due_ns = 0
        self._retry_after_s = 0.0
        self._told = (FeedState.CONNECTING, "")
        self._asking: Deferred[None] | None = None
        self._timer: IDelayedCall | None = None
        self._is_stopped = False

    def follow(self, wanted: Callable[[], Collection[Instrument]]) -> None:
        """Price what is wanted each time that prices are asked for."""
        self._wanted = wanted

    def start(self, output: FeedOutput) -> None:
        """Begin to ask; the first time a moment later, when the other feeds have told their instruments."""
        self._timer = self._reactor.callLater(1.0, self._ask, output)

    def stop(self) -> "Deferred[None]":
        """Ask no more."""
        self._is_stopped = True
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if self._asking is not None:
            self._asking.cancel()
        return succeed(None)

    def now_ns(self) -> int:
        """The wall clock."""
        return self._wall_clock_ns()

    def list_instruments(self) -> "Deferred[tuple[Instrument, ...]]":
        """None: it is no venue, and prices what venues trade."""
        return succeed(())

    def connections(self) -> tuple[ConnectionReport, ...]:
        """None: it is asked now and then."""
        return ()

    def request_book(self, instrument_id: str, *, is_urgent: bool) -> None:
        """Nothing: an average has no book."""

    def request_bars(self, instrument_id: str, interval: str, *, start_ns: int, end_ns: int) -> None:
        """Nothing: no bars are made of averages."""

    def _ask(self, output: FeedOutput) -> None:
        self._asking = ensureDeferred(self._round(output))
        self._asking.addCallbacks(self._succeed, self._fail, callbackArgs=(output,), errbackArgs=(output,))

    async def _round(self, output: FeedOutput) -> None:
        self._basket.follow(self._wanted())
        if self._basket.priced:
            await self._verify(output)
        for ids in self._basket.requests():
            body = await self._get(markets_path(ids))
            output.receive_message(body, self.now_ns())

    async def _verify(self, output: FeedOutput) -> None:
        now_ns = self.now_ns()
        if self._is_verified or now_ns < self._list_due_ns:
            return
        # Where the list cannot be had the prices are: they are asked for without it until it is due again.
        self._list_due_ns = now_ns + LIST_RETRY_NS
        ids = self._store.read(now_ns=now_ns) or await self._fetch_list(output, now_ns)
        self._is_verified = True
        for asset, coin in self._basket.retire(ids).items():
            output.receive_error(f"CoinGecko has no coin {coin}: {asset} is not priced")
        self._basket.follow(self._wanted())

    async def _fetch_list(self, output: FeedOutput, now_ns: int) -> frozenset[str]:
        ids = read_coin_ids(await self._get(COINS_LIST_PATH))
        try:
            self._store.keep(ids, now_ns=now_ns)
        except OSError as error:
            output.receive_error(f"CoinGecko's list of coins cannot be kept: {error.strerror}")
        return ids

    async def _get(self, path: str) -> bytes:
        asked = ensureDeferred(self._request(path))
        asked.addTimeout(TIMEOUT_S, self._reactor, onTimeoutCancel=no_answer(VenueFault))
        return await asked

    async def _request(self, path: str) -> bytes:
        response: Any = await self._http.get(
            self._settings.url + path, headers=self._settings.headers, unbuffered=True, allow_redirects=False
        )
        body = await read_body(response, most_bytes=MAX_BODY_BYTES)
        if response.code == OK:
            return body
        header = response.headers.getRawHeaders("retry-after", [None])[0]
        now = datetime.fromtimestamp(self.now_ns() / NS_PER_S, tz=UTC)
        self._retry_after_s = retry_after_s(header, now=now)
        raise VenueFault(f"status {response.code}: {body[:200].decode(errors='replace')}")

    def _succeed(self, _result: None, output: FeedOutput) -> None:
        self._backoff.receive_data()
        self._tell(output, FeedState.LIVE, f"{len(self._basket.priced)} instruments are priced")
        self._ask_after(self._settings.interval_s * (1 + JITTER * self._random()), output)

    def _fail(self, failure: Failure, output: FeedOutput) -> None:
        if self._is_stopped:
            return
        reason = failure.getErrorMessage() or type(failure.value).__name__
        output.receive_error(reason)
        self._tell(output, FeedState.SILENT, reason)
        wait_s, self._retry_after_s = max(self._backoff.wait_after_failure_s(), self._retry_after_s), 0.0
        self._ask_after(wait_s, output)

    def _ask_after(self, wait_s: float, output: FeedOutput) -> None:
        self._timer = self._reactor.callLater(wait_s, self._ask, output)

    def _tell(self, output: FeedOutput, state: FeedState, reason: str) -> None:
        if self._told != (state, reason):
            self._told = (state, reason)
            output.receive_state(state, reason)
