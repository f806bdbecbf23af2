"""The feed of the simulated exchange, on a clock that the test moves."""

from collections import Counter

import pytest
import pytest_twisted
from twisted.internet import reactor as real_reactor
from twisted.internet.task import Clock

from components.contract.envelope import NS_PER_S
from components.marketdata.binance.frames import peek
from components.marketdata.book.book_requests import RequestPace
from components.marketdata.book.book_sync import BookState, BookSync
from components.marketdata.feed import FeedState
from components.marketdata.sim.sim_client import INTERVAL_S, SimFeed
from components.marketdata.sim.simulated_book import LEVELS
from components.model.errors import UnknownInstrument
from components.model.intervals import INTERVAL_BY_NAME
from components.model.market import BarHistory, BookDeltas, BookSnapshot
from tests.support.feed_output import RecordingOutput

START_NS = 1_732_176_000 * NS_PER_S


class Scene:
    """A feed on a clock of its own, and what it hands out."""

    def __init__(self, seed: int = 1) -> None:
        self.clock = Clock()
        self.offset_ns = START_NS
        self.output = RecordingOutput(real_reactor)
        self.feed = SimFeed(self.clock, seed=seed, wall_clock_ns=self.now_ns)

    def now_ns(self) -> int:
        """The wall clock, which goes with the timers until it is set."""
        return self.offset_ns + int(self.clock.seconds() * NS_PER_S)

    def play(self, seconds: float) -> list[bytes]:
        """Let time pass in the feed's own steps, and return what came."""
        before = len(self.output.messages)
        self.clock.pump([INTERVAL_S] * round(seconds / INTERVAL_S))
        return self.output.messages[before:]


def test_messages_come_as_time_passes() -> None:
    """Some come in every second, stamped with the wall clock, and the feed is live."""
    scene = Scene()
    scene.feed.start(scene.output)
    assert scene.output.messages == []

    seconds = [scene.play(1) for _ in range(3)]

    assert all(50 < len(messages) < 500 for messages in seconds)
    assert scene.output.states == [(FeedState.LIVE, "simulating, seed 1")]
    assert scene.output.breaks == []
    assert scene.output.received_ns == sorted(scene.output.received_ns)
    assert START_NS < scene.output.received_ns[-1] <= scene.feed.now_ns()


def test_the_seed_decides_what_comes() -> None:
    """Two feeds with one seed hand out the same bytes, another seed others."""
    scenes = [Scene(seed) for seed in (7, 7, 8)]
    for scene in scenes:
        scene.feed.start(scene.output)

    first, second, other = (scene.play(2) for scene in scenes)

    assert first == second
    assert first != other


@pytest.mark.parametrize("jump_s", [-3600, 3600])
def test_a_leap_of_the_wall_clock_is_not_caught_up(jump_s: int) -> None:
    """After an hour's leap in either direction the market goes on from there at its usual rate."""
    scene = Scene()
    scene.feed.start(scene.output)
    scene.play(1)

    scene.offset_ns += jump_s * NS_PER_S
    messages = scene.play(1)

    assert 50 < len(messages) < 500


def test_bars_that_are_asked_for_are_answered_at_once() -> None:
    """A chart has a day of history from the start; what is not remembered is not in the answer."""
    scene = Scene()
    end_ns = scene.now_ns() - INTERVAL_BY_NAME["1h"].length_ns
    scene.feed.request_bars("BTCUSDT", "1h", start_ns=0, end_ns=end_ns)
    scene.feed.start(scene.output)
    assert scene.output.messages == []

    for instrument_id, interval in (("BTCUSDT", "1h"), ("BTCUSDT", "1s"), ("NOSUCH", "1h")):
        scene.feed.request_bars(instrument_id, interval, start_ns=0, end_ns=end_ns)

    answers = [scene.feed.decoder.decode(data, received_ns=scene.now_ns()) for data in scene.output.messages]
    (hours,), (seconds,) = answers
    assert isinstance(hours, BarHistory)
    assert isinstance(seconds, BarHistory)
    assert [bar.open_ts % INTERVAL_BY_NAME["1h"].length_ns for bar in hours.bars] == [0] * len(hours.bars)
    assert len(hours.bars) in (22, 23)
    assert hours.bars[-1].open_ts <= end_ns
    assert seconds.bars == ()


def test_a_book_that_is_asked_for_is_answered_at_once() -> None:
    """The whole book as it is now comes as a message, and what comes next continues it."""
    scene = Scene()
    scene.feed.request_book("BTCUSDT", is_urgent=True)
    scene.feed.start(scene.output)
    assert scene.output.messages == []
    scene.play(1)
    scene.output.messages.clear()

    scene.feed.request_book("BTCUSDT", is_urgent=True)
    scene.feed.request_book("NOSUCH", is_urgent=True)

    (data,) = scene.output.messages
    (book,) = scene.feed.decoder.decode(data, received_ns=scene.now_ns())
    assert isinstance(book, BookSnapshot)
    assert (book.instrument_id, len(book.bids), len(book.asks)) == ("BTCUSDT", LEVELS, LEVELS)
    assert book.levels_asked is not None
    assert book.levels_asked > LEVELS
    sync = BookSync(Counter(), RequestPace())
    sync.join(book, now_ns=0)
    for told in scene.play(2):
        for event in scene.feed.decoder.decode(told, received_ns=scene.now_ns()):
            if isinstance(event, BookDeltas) and event.instrument_id == "BTCUSDT":
                sync.apply(event)
    assert sync.state is BookState.SYNCED


def test_stop_leaves_nothing() -> None:
    """A stopped feed has no timer, and hands out nothing more."""
    scene = Scene()
    scene.feed.start(scene.output)
    scene.play(1)

    scene.feed.stop()

    assert scene.clock.getDelayedCalls() == []
    assert scene.play(1) == []


def test_stop_before_start_is_allowed() -> None:
    """A feed that never ran has nothing to end."""
    assert Scene().feed.stop().called


@pytest_twisted.ensureDeferred
async def test_it_lists_a_dozen_instruments_with_all_rules() -> None:
    """Currencies, steps and smallest order of each are told."""
    listed = await Scene().feed.list_instruments()

    assert len(listed) == 12
    for instrument in listed:
        assert None not in (
            instrument.base,
            instrument.quote,
            instrument.tick_size,
            instrument.lot_size,
            instrument.min_notional,
        )


@pytest_twisted.ensureDeferred
async def test_only_what_is_followed_is_handed_out() -> None:
    """What is removed goes on in the simulation, and comes back where it has got to."""
    scene = Scene()
    scene.feed.start(scene.output)
    scene.play(1)

    scene.feed.remove_instruments(("BTCUSDT",))
    without = {peek(data).instrument_id for data in scene.play(2)}
    listed = await scene.feed.list_instruments()
    scene.feed.add_instruments(("BTCUSDT",))

    assert "BTCUSDT" not in without
    assert "ETHUSDT" in without
    assert len(listed) == len(await scene.feed.list_instruments()) - 1
    assert "BTCUSDT" in {peek(data).instrument_id for data in scene.play(2)}


@pytest_twisted.ensureDeferred
async def test_rules_are_told_of_what_is_simulated() -> None:
    """Followed or not; anything else is an unknown instrument."""
    feed = SimFeed(Clock(), seed=1, instruments=())

    (rules,) = await feed.look_up(["ETHBTC"])

    assert (rules.base, rules.quote) == ("ETH", "BTC")
    assert await feed.list_instruments() == ()
    with pytest.raises(UnknownInstrument, match="'NONESUCH'"):
        await feed.look_up(["ETHBTC", "NONESUCH"])
