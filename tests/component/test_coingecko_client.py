"""The fallback against a CoinGecko on this machine that answers well, badly or not at all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet import reactor as real_reactor

from components.contract.envelope import NS_PER_S
from components.marketdata.coingecko.asset_store import COINS_FILE_NAME, MAX_AGE_NS, CoinListStore
from components.marketdata.coingecko.feed_client import LONGEST_WAIT_S, TIMEOUT_S, CoinGeckoFeed
from components.marketdata.coingecko.settings import CoinGeckoSettings, Plan
from components.marketdata.feed import AdjustableFeed, FeedState, ReferenceFeed
from components.marketdata.instruments import WELL_KNOWN
from components.model.market import Instrument, ReferencePrice
from tests.support.clocked_reactor import ClockedReactor
from tests.support.coingecko_server import COINS, CoinGeckoServer
from tests.support.feed_output import RecordingOutput

NOW_NS = 1_795_165_200_000_000_000
BTCUSDT = Instrument(instrument_id="BTCUSDT", base="BTC", quote="USDT")
MARKETS = "/coins/markets?vs_currency=usd&ids=tether%2Cbitcoin&per_page=250&precision=full"


class Scene:
    """CoinGecko, a feed that asks it, and what the feed hands out."""

    def __init__(self, directory: Path, *, wanted: tuple[Instrument, ...], **settings: object) -> None:
        self.clock = ClockedReactor(real_reactor)
        self.server = CoinGeckoServer(real_reactor)
        self.output = RecordingOutput(real_reactor)
        self.store = CoinListStore(directory / COINS_FILE_NAME)
        self.wanted = wanted
        chosen: dict[str, object] = {"plan": Plan.KEYLESS, "base_url": self.server.url, **settings}
        self.feed = CoinGeckoFeed(
            self.clock,
            settings=CoinGeckoSettings(**chosen),  # type: ignore[arg-type] # the test's own values
            store=self.store,
            random=lambda: 0.5,
            wall_clock_ns=lambda: NOW_NS + int(self.clock.seconds() * NS_PER_S),
        )
        self.feed.follow(lambda: self.wanted)

    async def asked(self) -> float:
        """Let it ask once, and say in how many seconds it will ask again."""
        (call,) = self.clock.getDelayedCalls()
        self.clock.advance(max(0, call.getTime() - self.clock.seconds()))
        await self.clock.conditions.when(lambda: self._next_s() is not None)
        return self._next_s() or 0.0

    def _next_s(self) -> float | None:
        timer = self.feed._timer
        return timer.getTime() - self.clock.seconds() if timer is not None and timer.active() else None

    def prices(self) -> list[ReferencePrice]:
        """What is told of all that was handed out."""
        return [one for data in self.output.messages for one in self.feed.decoder.decode(data, received_ns=NOW_NS)]  # type: ignore[misc] # this feed's decoder makes nothing else


@asynccontextmanager
async def asking(
    directory: Path, *, wanted: tuple[Instrument, ...] = (BTCUSDT,), **settings: object
) -> AsyncIterator[Scene]:
    """A feed that was started."""
    scene = Scene(directory, wanted=wanted, **settings)
    scene.feed.start(scene.output)
    yield scene
    await scene.feed.stop()
    await scene.server.stop()
    assert scene.clock.getDelayedCalls() == []


@pytest_twisted.ensureDeferred
async def test_prices_are_asked_for_once_an_interval(tmp_path: Path) -> None:
    """The list of coins once, then all coins in one request a minute, a little later than the minute."""
    async with asking(tmp_path) as scene:
        waits_s = [await scene.asked(), await scene.asked()]

        assert scene.server.requests == ["/coins/list", MARKETS, MARKETS]
        assert waits_s == pytest.approx([63, 63])
        assert [(one.instrument_id, one.price) for one in scene.prices()] == [("BTCUSDT", "66005.6089744")] * 2
        assert scene.output.states == [(FeedState.LIVE, "1 instruments are priced")]
        assert scene.output.received_ns[0] == NOW_NS + NS_PER_S


@pytest.mark.parametrize(("plan", "header"), [(Plan.DEMO, "x-cg-demo-api-key"), (Plan.PRO, "x-cg-pro-api-key")])
@pytest_twisted.ensureDeferred
async def test_the_key_goes_in_a_header(tmp_path: Path, plan: Plan, header: str) -> None:
    """Never in a URL, and not at all without one."""
    async with asking(tmp_path, plan=plan, key="CG-secret") as scene:
        await scene.asked()

        assert scene.server.keys == [{header: "CG-secret"}] * 2
        assert not any("CG-secret" in path for path in scene.server.requests)
    async with asking(tmp_path) as scene:
        await scene.asked()

        assert scene.server.keys == [{}]


@pytest_twisted.ensureDeferred
async def test_what_is_wanted_is_asked_anew_each_time(tmp_path: Path) -> None:
    """Without anything to price nothing is asked; instruments that come later are priced later."""
    async with asking(tmp_path, wanted=()) as scene:
        await scene.asked()
        assert scene.server.requests == []
        assert scene.output.states == [(FeedState.LIVE, "0 instruments are priced")]

        scene.wanted = WELL_KNOWN
        await scene.asked()

        assert [one.instrument_id for one in scene.prices()] == ["BTCUSDT", "ETHUSDT", "BNBUSDT", "ETHBTC"]


@pytest_twisted.ensureDeferred
async def test_a_coin_that_is_not_listed_is_told_and_not_asked_for(tmp_path: Path) -> None:
    """Of the operator's own coins as well as of the reviewed ones."""
    base = Instrument(instrument_id="BASEUSDT", base="BASE", quote="USDT")
    async with asking(tmp_path, wanted=(BTCUSDT, base), asset_ids={"BASE": "no-such-coin"}) as scene:
        await scene.asked()

        assert "CoinGecko has no coin no-such-coin: BASE is not priced" in scene.output.errors
        assert scene.server.requests[-1] == MARKETS


@pytest_twisted.ensureDeferred
async def test_the_list_of_coins_is_kept_for_a_week(tmp_path: Path) -> None:
    """A new start does not ask for it; a week later it is asked for again."""
    async with asking(tmp_path) as scene:
        await scene.asked()
    async with asking(tmp_path) as scene:
        await scene.asked()

        assert scene.server.requests == [MARKETS]
        assert scene.store.read(now_ns=NOW_NS + NS_PER_S) == frozenset(COINS)
        assert scene.store.read(now_ns=NOW_NS + NS_PER_S + MAX_AGE_NS) is None


@pytest_twisted.ensureDeferred
async def test_without_the_list_prices_are_asked_for_all_the_same(tmp_path: Path) -> None:
    """What cannot be compared is told, and an hour later the list is asked for again."""
    async with asking(tmp_path) as scene:
        scene.server.listed = None
        await scene.asked()
        await scene.asked()
        assert scene.server.requests == ["/coins/list", MARKETS]
        assert len(scene.prices()) == 1

        scene.server.listed = [*COINS]
        scene.clock.rightNow += 3600
        await scene.asked()

        assert scene.server.requests[2:] == ["/coins/list", MARKETS]


@pytest_twisted.ensureDeferred
async def test_a_list_that_cannot_be_kept_counts_until_the_end(tmp_path: Path) -> None:
    """The disk's fault is told once."""
    async with asking(tmp_path / "missing") as scene:
        await scene.asked()
        await scene.asked()

        kept = [error for error in scene.output.errors if "cannot be kept" in error]
        assert kept == ["CoinGecko's list of coins cannot be kept: No such file or directory"]
        assert len(scene.prices()) == 2


@pytest_twisted.ensureDeferred
async def test_too_many_requests_wait_as_long_as_they_are_told_to(tmp_path: Path) -> None:
    """The refusal's words are told, and the first success ends it."""
    async with asking(tmp_path) as scene:
        await scene.asked()
        scene.server.status, scene.server.headers = 429, {"retry-after": "600"}

        wait_s = await scene.asked()

        assert wait_s == 600
        assert [state for state, _ in scene.output.states] == [FeedState.LIVE, FeedState.SILENT]
        assert "status 429" in scene.output.errors[-1]
        assert "You have exceeded the rate limit." in scene.output.errors[-1]
        scene.server.status = 200
        assert await scene.asked() == pytest.approx(63)
        assert [state for state, _ in scene.output.states[2:]] == [FeedState.LIVE]


@pytest_twisted.ensureDeferred
async def test_failures_in_a_row_are_further_and_further_apart(tmp_path: Path) -> None:
    """Doubling, with jitter, a quarter of an hour at most, and never less than the interval."""
    async with asking(tmp_path) as scene:
        scene.server.status = 500

        waits_s = [await scene.asked() for _ in range(7)]

        assert waits_s[:3] == [pytest.approx(90), pytest.approx(150), pytest.approx(270)]
        assert waits_s[-1] == pytest.approx(60 + 0.5 * (LONGEST_WAIT_S - 60))
        assert len(scene.output.errors) == 7


@pytest_twisted.ensureDeferred
async def test_an_answer_that_does_not_come_is_given_up(tmp_path: Path) -> None:
    """After ten seconds it is a failure as any other."""
    async with asking(tmp_path) as scene:
        scene.server.is_silent = True
        scene.clock.advance(1)
        await scene.server.when(lambda: len(scene.server.requests) == 1)

        scene.clock.advance(TIMEOUT_S)
        await scene.output.when(lambda: bool(scene.output.errors))

        assert scene.output.errors == ["no answer within 10 s"]
        assert [state for state, _ in scene.output.states] == [FeedState.SILENT]


@pytest_twisted.ensureDeferred
async def test_a_redirection_is_not_followed(tmp_path: Path) -> None:
    """The key goes to the host that the operator names, and to no other."""
    async with asking(tmp_path, plan=Plan.DEMO, key="CG-secret") as scene:
        scene.server.status, scene.server.headers = 302, {"location": f"{scene.server.url}/coins/list"}
        await scene.asked()

        assert "status 302" in scene.output.errors[-1]
        assert len(scene.server.requests) == 1


@pytest_twisted.ensureDeferred
async def test_a_stop_ends_what_is_asked(tmp_path: Path) -> None:
    """Nothing is handed out afterwards, and no failure is told."""
    async with asking(tmp_path) as scene:
        scene.clock.advance(1)

        await scene.feed.stop()

        assert scene.output.log == []
        assert scene.output.errors == []


@pytest_twisted.ensureDeferred
async def test_a_feed_that_was_not_started_can_be_stopped(tmp_path: Path) -> None:
    """A start that fails elsewhere ends so."""
    scene = Scene(tmp_path, wanted=())

    await scene.feed.stop()
    await scene.server.stop()

    assert scene.clock.getDelayedCalls() == []


def test_it_is_a_source_of_prices_and_no_venue(tmp_path: Path) -> None:
    """It lists nothing, and has neither connections nor books nor bars."""
    feed: ReferenceFeed = CoinGeckoFeed(
        ClockedReactor(real_reactor),
        settings=CoinGeckoSettings(),
        store=CoinListStore(tmp_path),
        random=lambda: 0.0,
    )

    feed.request_book("BTCUSDT", is_urgent=True)
    feed.request_bars("BTCUSDT", "1m", start_ns=0, end_ns=1)

    assert isinstance(feed, ReferenceFeed)
    assert not isinstance(feed, AdjustableFeed)
    assert feed.connections() == ()
    assert feed.list_instruments().result == ()
    assert feed.now_ns() > NOW_NS // 2


@pytest.mark.parametrize("content", [b"", b"{}", b'{"fetched_ns":"x","ids":[]}', b"\xff"])
def test_a_kept_list_of_another_form_is_not_there(tmp_path: Path, content: bytes) -> None:
    """It is asked for again."""
    (tmp_path / COINS_FILE_NAME).write_bytes(content)

    assert CoinListStore(tmp_path / COINS_FILE_NAME).read(now_ns=NOW_NS) is None


def test_a_list_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """Where the file's place is taken by a directory."""
    (tmp_path / COINS_FILE_NAME / "x").mkdir(parents=True)

    with pytest.raises(OSError, match="directory"):
        CoinListStore(tmp_path / COINS_FILE_NAME).keep(frozenset({"bitcoin"}), now_ns=NOW_NS)

    assert [path.name for path in tmp_path.iterdir()] == [COINS_FILE_NAME]
